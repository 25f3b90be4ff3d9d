"""A Toledo indicator and a Modbus transmitter behind a bad network: the state has its name, no load is made up, and
it comes back.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from decimal import Decimal
from pathlib import Path

import pytest
from wire_proxy import HALF_OPEN, Fault, WireProxy, cut_after, slow

from drivers.bus import Bus
from drivers.device import ScaleDevice
from drivers.link import open_link
from drivers.modbus_scale import ModbusScale
from drivers.readings import HealthReading, Reading, WeightReading
from drivers.register_maps import load_map
from drivers.registers import ScaleMap
from drivers.scales.toledo_continuous import build
from simulator.devices import RegisterScale
from simulator.links import TcpFeed
from simulator.modbus_server import TcpServer

MAPS = Path(__file__).resolve().parents[2] / "config" / "registers"
FRAME_S = 0.01
STALE_MS = 250
UP_ONLY, DOWN_ONLY = Fault(hold_down=True), Fault(hold_up=True)


def now_ms() -> int:
    return time.monotonic_ns() // 1_000_000


class Scale:
    """Shows 20 kg more at each look, so that a load that was never shown, or shown before, gives itself away."""

    def __init__(self) -> None:
        self.shown = 0

    def show(self) -> WeightReading:
        self.shown += 20
        return WeightReading(Decimal(self.shown), "kg", stable=True, net=False)


class Heard:
    """What the driver hands up, in order."""

    def __init__(self) -> None:
        self.states: list[HealthReading] = []
        self.loads: list[int] = []

    def take(self, reading: Reading) -> None:
        if isinstance(reading, HealthReading):
            self.states.append(reading)
        elif isinstance(reading, WeightReading) and reading.value is not None:
            self.loads.append(int(reading.value))

    @property
    def state(self) -> str:
        return self.states[-1].state if self.states else "connecting"

    async def until(self, done: Callable[[], bool]) -> None:
        async with asyncio.timeout(4):
            while not done():  # noqa: ASYNC110 - what is awaited happens in the kernel and in other tasks
                await asyncio.sleep(0.005)

    async def until_state(self, state: str) -> None:
        await self.until(lambda: self.state == state)

    async def until_more_loads(self) -> None:
        count = len(self.loads)
        await self.until(lambda: len(self.loads) > count + 3)


@asynccontextmanager
async def toledo(scale: Scale, heard: Heard) -> AsyncIterator[WireProxy]:
    protocol = build()
    feed = TcpFeed("127.0.0.1", 0)
    await feed.open()

    async def talk() -> None:
        while True:
            feed.write(protocol.encode(scale.show()))
            await asyncio.sleep(FRAME_S)

    async with WireProxy(feed.port).standing() as wire:
        url = f"tcp://127.0.0.1:{wire.port}"
        device = ScaleDevice(
            "scale",
            lambda: open_link(url),
            protocol,
            "kg",
            STALE_MS,
            now_ms,
            asyncio.sleep,
            reconnect_min_ms=20,
            reopen_ms=2 * STALE_MS,
        )
        tasks = [asyncio.create_task(talk()), asyncio.create_task(device.run(heard.take, lambda *_: None))]
        try:
            yield wire
        finally:
            await ended(tasks)
            await feed.close()


@asynccontextmanager
async def modbus(scale: Scale, heard: Heard) -> AsyncIterator[WireProxy]:
    found = load_map(MAPS / "laumas.toml")
    assert isinstance(found, ScaleMap)
    server = TcpServer({1: RegisterScale(scale.show, found)})
    port = await server.open("127.0.0.1", 0)
    async with WireProxy(port).standing() as wire:
        bus = Bus(f"tcp://127.0.0.1:{wire.port}", 120, now_ms)
        reader = ModbusScale("scale", bus, 1, found, "kg", 10, STALE_MS, now_ms, asyncio.sleep)
        tasks = [asyncio.create_task(bus.run()), asyncio.create_task(reader.run(heard.take, lambda *_: None))]
        try:
            yield wire
        finally:
            await ended(tasks)
    await server.close()


async def ended(tasks: list["asyncio.Task[None]"]) -> None:
    for task in tasks:
        task.cancel()
    for found in await asyncio.gather(*tasks, return_exceptions=True):
        assert isinstance(found, asyncio.CancelledError), found


SCALES = pytest.mark.parametrize("start", [toledo, modbus], ids=["toledo", "modbus"])
Start = Callable[[Scale, Heard], AbstractAsyncContextManager[WireProxy]]


def assert_no_load_is_made_up(scale: Scale, heard: Heard) -> None:
    assert all(0 < load <= scale.shown and load % 20 == 0 for load in heard.loads)
    assert heard.loads == sorted(set(heard.loads)), "a load came twice, or an old one after a newer one"


@SCALES
async def test_a_slow_wire_is_late_and_nothing_else(start: Start) -> None:
    scale, heard = Scale(), Heard()
    async with start(scale, heard) as wire:
        await wire.set(slow(0.03))
        await heard.until(lambda: len(heard.loads) > 20)
    assert [one.state for one in heard.states] == ["live"]
    assert_no_load_is_made_up(scale, heard)


@SCALES
async def test_a_wire_that_breaks_in_the_middle_of_frames_makes_no_load_up(start: Start) -> None:
    scale, heard = Scale(), Heard()
    async with start(scale, heard) as wire:
        await heard.until_state("live")
        await wire.set(cut_after(131))
        wire.tear_those_that_stand()
        await heard.until(lambda: wire.cuts >= 5)
        assert "lost" in {one.state for one in heard.states}
        await wire.mend()
        await heard.until_state("live")
        await heard.until_more_loads()
        assert heard.state == "live"
    assert_no_load_is_made_up(scale, heard)


async def test_an_indicator_that_forgot_the_connection_is_connected_anew() -> None:
    """A converter whose session hangs: its kernel still answers, so that no keepalive ever finds it dead."""
    scale, heard = Scale(), Heard()
    async with toledo(scale, heard) as wire:
        await heard.until_state("live")
        wire.forget_those_that_stand()
        await heard.until_state("stale")
        await heard.until(lambda: wire.accepted == 2)
        await heard.until_state("live")
        await heard.until_more_loads()
        assert [one.state for one in heard.states] == ["live", "stale", "live"]
    assert_no_load_is_made_up(scale, heard)


@SCALES
@pytest.mark.parametrize("fault", [HALF_OPEN, UP_ONLY], ids=["half-open", "one-way"])
async def test_silence_has_its_name_and_ends_with_the_fault(start: Start, fault: Fault) -> None:
    scale, heard = Scale(), Heard()
    async with start(scale, heard) as wire:
        await heard.until_state("live")
        await wire.set(fault)
        await heard.until(lambda: heard.state in ("stale", "lost"))
        assert heard.states[-1].reason
        await wire.mend()
        await heard.until_state("live")
        await heard.until_more_loads()
    assert_no_load_is_made_up(scale, heard)


async def test_an_indicator_that_cannot_be_spoken_to_is_still_heard() -> None:
    scale, heard = Scale(), Heard()
    async with toledo(scale, heard) as wire:
        await heard.until_state("live")
        await wire.set(DOWN_ONLY)
        await heard.until_more_loads()
        assert heard.state == "live"


async def test_a_transmitter_that_cannot_be_asked_is_not_live() -> None:
    scale, heard = Scale(), Heard()
    async with modbus(scale, heard) as wire:
        await heard.until_state("live")
        await wire.set(DOWN_ONLY)
        await heard.until(lambda: heard.state in ("stale", "lost"))
        await wire.tear()
        await heard.until_state("live")


async def test_a_transmitter_that_forgot_the_connection_is_connected_anew() -> None:
    scale, heard = Scale(), Heard()
    async with modbus(scale, heard) as wire:
        await heard.until_state("live")
        wire.forget_those_that_stand()
        await heard.until(lambda: wire.accepted == 2)
        await heard.until_state("live")
        await heard.until_more_loads()
