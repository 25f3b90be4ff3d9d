"""A broker that is killed and comes back empty: central subscribes again, and no entry is lost."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import aiomqtt
import httpx
import pytest
from boxes import ADMIN, NOW, Box
from programs import Broker, running_broker

from central.bootstrap import Central, create_app
from central.settings import CentralSettings, MqttSettings
from gateway.contract.entry import StoredEntry
from gateway.contract.wire import Acknowledgement, batch_of

PREFIX = "central-test/v1"
BATCH = 10


class Edge:
    """Offers what is not acknowledged, again and again, and connects again when the broker is lost."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.waiting: dict[int, StoredEntry] = {}
        self.seen = asyncio.Event()
        self.heard = True  # the library's wait can swallow a cancellation: offering ends where hearing ended

    async def run(self) -> None:
        while True:
            try:
                async with aiomqtt.Client("127.0.0.1", self.port) as client:
                    await client.subscribe(f"{PREFIX}/quarry-1/acks", qos=1)
                    async with asyncio.TaskGroup() as both:
                        both.create_task(self._hear(client))
                        both.create_task(self._offer(client))
            except* aiomqtt.MqttError:
                pass
            await asyncio.sleep(0.05)

    async def _hear(self, client: aiomqtt.Client) -> None:
        self.heard = True
        try:
            await self._listen(client)
        finally:
            self.heard = False

    async def _listen(self, client: aiomqtt.Client) -> None:
        async for message in client.messages:
            assert isinstance(message.payload, bytes)
            ack = Acknowledgement.model_validate_json(message.payload)
            assert (ack.quarantined, ack.conflicts) == ([], [])
            for seq in [seq for seq in self.waiting if seq <= ack.through or seq in ack.also]:
                del self.waiting[seq]
            self.seen.set()

    async def _offer(self, client: aiomqtt.Client) -> None:
        while self.heard:
            batch = list(self.waiting.values())[:BATCH]
            if batch:
                await client.publish(f"{PREFIX}/quarry-1/entries", batch_of(batch, "quarry-1"), qos=1)
            await asyncio.sleep(0.02)

    async def until_waiting(self, most: int) -> None:
        while len(self.waiting) > most:
            self.seen.clear()
            await self.seen.wait()


@asynccontextmanager
async def central_at(settings: CentralSettings) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(settings, clock=lambda: NOW, new_incarnation=lambda: "first")
    central: Central = app.state.central
    assert central.mqtt is not None
    door = asyncio.create_task(central.mqtt.run())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://central") as http:
        await central.mqtt.connected.wait()
        yield http
    door.cancel()
    await asyncio.gather(door, return_exceptions=True)
    central.close()


async def until_counted(http: httpx.AsyncClient, line: str) -> None:
    while line not in (await http.get("/metrics")).text:  # noqa: ASYNC110 - what a Prometheus sees
        await asyncio.sleep(0.02)


async def kill_and_revive(broker: Broker, http: httpx.AsyncClient) -> None:
    await asyncio.to_thread(broker.stop, signal.SIGKILL)
    await until_counted(http, "central_mqtt_connected 0")
    await asyncio.to_thread(broker.start_again)


@pytest.mark.needs_mosquitto
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_nothing_is_lost_when_the_broker_is_killed_and_forgets(lite: CentralSettings, box: Box) -> None:
    everything = [box.weigh() for _ in range(120)]
    with running_broker() as broker:
        mqtt = MqttSettings("127.0.0.1", broker.port, tls=False, topic_prefix=PREFIX)
        async with asyncio.timeout(60), central_at(replace(lite, mqtt=mqtt)) as http:
            edge = Edge(broker.port)
            running = asyncio.create_task(edge.run())
            for number in range(2):
                edge.waiting |= {entry.seq: entry for entry in everything[number * 60 : (number + 1) * 60]}
                await edge.until_waiting(30)
                await kill_and_revive(broker, http)
                await edge.until_waiting(0)
            await until_counted(http, "central_mqtt_connected 1")
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            page = await http.get("/api/v1/records?limit=500", headers={"Authorization": f"Bearer {ADMIN}"})
            assert sorted(record["seq"] for record in page.json()["records"]) == list(range(1, 121))
