"""The MQTT door against a real Mosquitto: entries up, acknowledgements down, and who is there."""

import asyncio
import contextlib
import json
import os
import socket
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Self

import aiomqtt
import pytest
from programs import answers, await_start, find_program, free_port, stop
from uplink_world import SITE, FakeCentral, World, until

from gateway.contract.wire import question_of
from gateway.uplink.mqtt import MqttDoor

BASE = f"weighgate/v1/{SITE}"
pytestmark = pytest.mark.needs_mosquitto


def door_of(world: World, port: int) -> MqttDoor:
    door = MqttDoor(
        f"mqtt://127.0.0.1:{port}", "weighgate/v1", SITE,
        username=None, password=None, on_ack=world.relay.on_ack, sleep=lambda _: asyncio.sleep(0.05),
    )  # fmt: skip
    world.relay._doors = [door]
    return door


async def until_status(watcher: aiomqtt.Client, online: bool) -> None:
    async for message in watcher.messages:
        assert isinstance(message.payload, bytes)
        if json.loads(message.payload)["online"] is online:
            return


async def answering(port: int, central: FakeCentral, heard: asyncio.Event) -> None:
    """Central's side: connects again as long as it takes, answers batches, and each status with where it stands."""
    while True:
        with contextlib.suppress(aiomqtt.MqttError):
            async with aiomqtt.Client("127.0.0.1", port) as client:
                await client.subscribe([(f"{BASE}/entries", 1), (f"{BASE}/status", 1)])
                heard.set()
                async for message in client.messages:
                    assert isinstance(message.payload, bytes)
                    if message.topic.value.endswith("entries"):
                        ack = central.accept(message.payload)
                    else:
                        ack = central.ack(answers=question_of(message.payload))
                    await client.publish(f"{BASE}/acks", ack.model_dump_json(), qos=1)
        await asyncio.sleep(0.05)


@asynccontextmanager
async def central_at(port: int, central: FakeCentral) -> AsyncIterator[None]:
    heard = asyncio.Event()
    task = asyncio.create_task(answering(port, central, heard))
    try:
        await heard.wait()
        yield
    finally:
        while not task.done():  # once is not enough where the library's wait swallows it
            task.cancel()
            await asyncio.wait({task}, timeout=0.2)


async def test_entries_travel_and_a_lost_connection_is_seen_and_mended(mosquitto: int) -> None:
    central, world = FakeCentral(), World(120)
    door = door_of(world, mosquitto)
    async with asyncio.timeout(30), aiomqtt.Client("127.0.0.1", mosquitto) as watcher, central_at(mosquitto, central):
        await watcher.subscribe(f"{BASE}/status", qos=1)
        attending = asyncio.create_task(door.run())
        await until_status(watcher, online=True)
        await world.until_empty(20)
        assert world.outbox.acked == central.stored == set(range(1, 121))

        assert door._client is not None
        wire = door._client._client.socket()
        assert wire is not None
        wire.shutdown(socket.SHUT_RDWR)
        await until_status(watcher, online=False)  # the last will
        await until_status(watcher, online=True)  # connected again
        attending.cancel()
        await until_status(watcher, online=False)  # an orderly end says so itself
        with pytest.raises(asyncio.CancelledError):
            await attending


async def test_an_end_at_any_moment_leaves_offline_behind(mosquitto: int) -> None:
    """Also where the end comes together with the broker's word on the door's own status."""
    async with asyncio.timeout(60):
        for turns in range(0, 60, 2):
            door = door_of(World(), mosquitto)
            attending = asyncio.create_task(door.run())
            while not door.ready:  # noqa: ASYNC110 - turn by turn
                await asyncio.sleep(0)
            for _ in range(turns):
                await asyncio.sleep(0)
            await door.publish_status({"turns": turns})
            attending.cancel()
            await door.publish_status({"turns": turns})
            async with asyncio.timeout(5):
                await asyncio.gather(attending, return_exceptions=True)
            assert attending.cancelled()
            async with aiomqtt.Client("127.0.0.1", mosquitto) as watcher:
                await watcher.subscribe(f"{BASE}/status", qos=1)
                async for message in watcher.messages:
                    assert isinstance(message.payload, bytes)
                    assert json.loads(message.payload) == {"online": False}, turns
                    break


async def test_a_library_that_swallows_the_end_does_not_keep_the_door(monkeypatch: pytest.MonkeyPatch) -> None:
    """As asyncio.wait_for does when what it waits for is ready at the same moment."""
    said: list[str] = []
    swallowed: list[bool] = []

    class Swallowing:
        async def __aenter__(self) -> Self:
            return self

        async def __aexit__(self, *_: object) -> None:
            said.append("disconnect")

        async def subscribe(self, _topics: object) -> None:
            return None

        async def publish(self, _topic: str, payload: str, **_: object) -> None:
            said.append(payload)

        @property
        def messages(self) -> AsyncIterator[aiomqtt.Message]:
            return self._messages()

        async def _messages(self) -> AsyncIterator[aiomqtt.Message]:
            while True:
                try:
                    await asyncio.Event().wait()
                except asyncio.CancelledError:
                    if swallowed:
                        raise
                    swallowed.append(True)
                    yield aiomqtt.Message("x", b"", 0, retain=False, mid=1, properties=None)

    door = door_of(World(), 1)
    monkeypatch.setattr(door, "_connection", Swallowing)
    attending = asyncio.create_task(door.run())
    await until(lambda: bool(said), 5)
    attending.cancel()
    async with asyncio.timeout(5):
        await asyncio.gather(attending, return_exceptions=True)
    assert swallowed
    assert said[-2:] == ['{"online": false}', "disconnect"]


class Broker:
    """A Mosquitto that can be stopped and started again at the same port; it keeps nothing."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.folder = folder
        lines = [f"listener {self.port} 127.0.0.1", "allow_anonymous true", "persistence false"]
        lines += ["user root"] if os.geteuid() == 0 else []
        (folder / "mosquitto.conf").write_text("\n".join(lines) + "\n", encoding="utf-8")
        self.process: subprocess.Popen[bytes]
        self.start()

    def start(self) -> None:
        command = [find_program("mosquitto"), "-c", str(self.folder / "mosquitto.conf")]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        assert await_start(self.process, partial(answers, self.port))

    def stop(self) -> None:
        stop(self.process)


async def test_a_broker_that_restarts_and_forgets_everything_loses_nothing(tmp_path: Path) -> None:
    broker = Broker(tmp_path)
    try:
        central, world = FakeCentral(), World(100)
        door = door_of(world, broker.port)
        async with asyncio.timeout(60), central_at(broker.port, central):
            attending = asyncio.create_task(door.run())
            async with world.running():
                await until(lambda: len(world.outbox.acked) == 100, 20)
                for restart in range(2):
                    broker.stop()
                    await until(lambda: not door.ready, 10)
                    for number in range(50):
                        world.store(1_000 * (restart + 1) + number, 0)
                    broker.start()
                    await until(lambda: not world.outbox.pending, 20)
                    assert world.outbox.acked == central.stored
            attending.cancel()
            await asyncio.gather(attending, return_exceptions=True)
    finally:
        broker.stop()
