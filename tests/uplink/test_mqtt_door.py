"""The MQTT door against a real Mosquitto: entries up, acknowledgements down, and who is there."""

import asyncio
import json
import socket

import aiomqtt
import pytest
from uplink_world import SITE, FakeCentral, World

from gateway.uplink.mqtt import MqttDoor

BASE = f"weighgate/v1/{SITE}"
pytestmark = pytest.mark.needs_mosquitto


async def until_status(watcher: aiomqtt.Client, online: bool) -> None:
    async for message in watcher.messages:
        assert isinstance(message.payload, bytes)
        if json.loads(message.payload)["online"] is online:
            return


async def answering(client: aiomqtt.Client, central: FakeCentral) -> None:
    async for message in client.messages:
        assert isinstance(message.payload, bytes)
        await client.publish(f"{BASE}/acks", central.accept(message.payload).model_dump_json(), qos=1)


async def test_entries_travel_and_a_lost_connection_is_seen_and_mended(mosquitto: int) -> None:
    central, world, listening = FakeCentral(), World(120), asyncio.Event()

    async def on_down(kind: str, payload: bytes) -> None:
        assert (kind, payload) == ("laws", b"{}")
        listening.set()

    door = MqttDoor(
        f"mqtt://127.0.0.1:{mosquitto}", "weighgate/v1", SITE,
        username=None, password=None, on_ack=world.relay.on_ack, sleep=lambda _: asyncio.sleep(0.05), on_down=on_down,
    )  # fmt: skip
    world.relay._doors = [door]
    async with asyncio.timeout(30), aiomqtt.Client("127.0.0.1", mosquitto) as watcher:
        await watcher.subscribe(f"{BASE}/status", qos=1)
        async with aiomqtt.Client("127.0.0.1", mosquitto) as far:
            await far.subscribe(f"{BASE}/entries", qos=1)
            answers = asyncio.create_task(answering(far, central))
            attending = asyncio.create_task(door.run())
            await until_status(watcher, online=True)
            while world.outbox.pending:
                await world.relay.drain_once()
                await asyncio.sleep(0.01)
            assert world.outbox.acked == central.stored == set(range(1, 121))

            assert door._client is not None
            wire = door._client._client.socket()
            assert wire is not None
            wire.shutdown(socket.SHUT_RDWR)
            await until_status(watcher, online=False)  # the last will
            await until_status(watcher, online=True)  # connected again
            await far.publish(f"{BASE}/down/laws", b"{}", qos=1)
            await listening.wait()  # past its own status, whose confirmation could swallow the end
            attending.cancel()
            await until_status(watcher, online=False)  # an orderly end says so itself
            answers.cancel()
            await asyncio.gather(attending, answers, return_exceptions=True)
