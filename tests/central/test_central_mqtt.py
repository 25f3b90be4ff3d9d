"""Round trip over a real Mosquitto, through run_central."""

import asyncio
import os
import signal
from dataclasses import replace

import aiomqtt
import pytest
from boxes import Box

from central.bootstrap import run_central
from central.settings import CentralSettings, MqttSettings
from gateway.contract.wire import Acknowledgement, batch_of


@pytest.mark.needs_mosquitto
async def test_entries_come_back_acknowledged_and_sigterm_stops(
    lite: CentralSettings, mosquitto: int, box: Box
) -> None:
    mqtt = MqttSettings("127.0.0.1", mosquitto, tls=False, topic_prefix="central-test/v1")
    central = asyncio.create_task(run_central(replace(lite, mqtt=mqtt)))
    async with asyncio.timeout(20), aiomqtt.Client("127.0.0.1", mosquitto) as client:
        await client.subscribe("central-test/v1/quarry-1/acks", qos=1)
        # until central has subscribed, the broker throws batches away: offer again, as an edge does
        entry = box.weigh()

        async def offering() -> None:
            while True:
                for site in ("nobody", "quarry-1"):
                    await client.publish(f"central-test/v1/{site}/entries", batch_of([entry], "quarry-1"), qos=1)
                await asyncio.sleep(0.1)

        offers = asyncio.create_task(offering())
        message = await anext(aiter(client.messages))
        offers.cancel()
        assert isinstance(message.payload, bytes)
        ack = Acknowledgement.model_validate_json(message.payload)
        assert (ack.journal, ack.through) == ("j1", 1)
    os.kill(os.getpid(), signal.SIGTERM)
    async with asyncio.timeout(5):
        await central
