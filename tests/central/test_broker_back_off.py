"""A broker that takes central in and throws it out at once is asked less and less often."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from boxes import ADMIN, NOW, write_key
from programs import free_port

from central import mqtt as mqtt_module
from central.bootstrap import build_central
from central.mqtt import MqttDoor
from central.settings import CentralSettings, MqttSettings

CONNECT_TAKEN = b"\x20\x02\x00\x00"


@pytest.fixture
async def broker() -> AsyncIterator[int]:
    """The port of a broker that takes CONNECT and SUBSCRIBE, and hangs up."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1024)
        writer.write(CONNECT_TAKEN)
        asked = await reader.read(1024)
        writer.write(b"\x90\x04" + asked[2:4] + b"\x01\x01")
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


class Enough(Exception):  # noqa: N818 - ends the door's loop
    pass


async def waits_of(folder: Path, port: int, count: int) -> list[float]:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == count:
            raise Enough

    write_key(folder / "central.key")
    url = f"sqlite:///{folder}/central.db"
    settings = CentralSettings("127.0.0.1", 0, url, folder / "evidence", folder / "central.key", ADMIN, None, ())
    central = build_central(settings, clock=lambda: NOW, new_incarnation=lambda: "first")
    mqtt = MqttSettings("127.0.0.1", port, tls=False, topic_prefix="central-test/v1")
    door = MqttDoor(mqtt, central.receiver, central.metrics, sleep=sleep)
    try:
        async with asyncio.timeout(30):
            with pytest.raises(Enough):
                await door.run()
    finally:
        central.close()
    return waits


async def test_the_waits_grow_though_every_connection_begins_well(tmp_path: Path, broker: int) -> None:
    assert await waits_of(tmp_path, broker, 6) == [0.5, 1.0, 2.0, 5.0, 10.0, 10.0]


async def test_the_waits_grow_while_nobody_answers(tmp_path: Path) -> None:
    assert await waits_of(tmp_path, free_port(), 3) == [0.5, 1.0, 2.0]


async def test_a_connection_that_lasted_begins_the_waits_anew(
    tmp_path: Path, broker: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mqtt_module, "LASTED_S", 0)
    assert await waits_of(tmp_path, broker, 3) == [0.5, 0.5, 0.5]
