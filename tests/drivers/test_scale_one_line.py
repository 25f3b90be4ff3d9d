"""A site switched to any scale protocol by one line: simulated indicator, pseudo-terminal, the gateway's own device.

Method: the quarry's shipped site file with that one line changed, read by simulator and gateway alike; a truck stands
on the platform of the simulated lane; what the gateway's device hands up is compared with its true load.
"""

import asyncio
import re
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from random import Random
from typing import Any

import pytest

from drivers.link import open_link
from drivers.protocol import load_protocols
from drivers.readings import HealthReading, Reading, WeightReading
from gateway.equipment import Equipment
from gateway.settings import parse_site, read_toml
from simulator.faults import FaultPlan
from simulator.ports import MachinePorts
from simulator.run import Site
from simulator.scales import AskedScale
from simulator.truth import Truth
from simulator.vehicles import make_trucks

CONFIG = Path(__file__).resolve().parents[2] / "config"
LINE, AXLE_LINE = 'protocol = "yaohua-continuous-0"', 'protocol = "modbus:laumas"'
HURRY = 20  # times as fast as real, where a truck must roll over all of its axles
GROSS_KG = 31_000
ENOUGH = 5  # readings


class SimulatedClock:
    """The truck drove on a minute ago; from then on it is real time, or a multiple of it."""

    def __init__(self, hurry: int = 1) -> None:
        self.ahead_s, self._hurry = 0.0, hurry

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic_s(self) -> float:
        return time.monotonic() * self._hurry + self.ahead_s


class GatewayClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic_ms(self) -> int:
        return time.monotonic_ns() // 1_000_000

    def quality(self) -> dict[str, Any]:
        return {"synchronised": None, "offset_ms": None}


def site_file(protocol: str, ports: Path) -> str:
    """The shipped file; only the first lane's protocol and the folder of the ports are others."""
    text = (CONFIG / "sites" / "quarry.toml").read_text(encoding="utf-8")
    assert LINE in text
    return text.replace(LINE, f'protocol = "{protocol}"', 1).replace("/tmp/weighgate", str(ports))


async def ended(tasks: Iterable["asyncio.Task[None]"]) -> None:
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def play(site: Site, clock: SimulatedClock) -> None:
    road, truck = site.lanes[0], make_trucks(1, 1, "source-exit")[0]
    road.enter(truck, GROSS_KG, Random(1))
    road.drive(road.layout.receptor.end_mm - 1000, 5_500.0, "eased")
    clock.ahead_s += 60


LIVE = [name for name, protocol in load_protocols().items() if protocol.follower is None]
TOTALS = [name for name, protocol in load_protocols().items() if protocol.follower is not None]


@pytest.mark.parametrize("protocol", LIVE)
async def test_one_line_of_the_site_file_switches_the_scale(protocol: str, tmp_path: Path) -> None:
    await weigh(site_file(protocol, tmp_path), tmp_path / "quarry.toml")


async def test_an_indicator_behind_a_converter_is_asked_too(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    site = site_file("cas-swii", tmp_path)
    site, count = re.subn(r'url = "serial://\S*scale-1\S*"', f'url = "tcp://127.0.0.1:{port}"', site)
    assert count == 1
    await weigh(site, tmp_path / "quarry.toml")


def on_disk(path: Path, text: str) -> dict[str, Any]:
    path.write_text(text, encoding="utf-8")
    return read_toml(path)


@pytest.mark.parametrize("protocol", TOTALS)
async def test_one_line_switches_an_axle_lane_to_running_totals(protocol: str, tmp_path: Path) -> None:
    text = (CONFIG / "sites" / "station.toml").read_text(encoding="utf-8")
    text = re.sub(r"tcp://127\.0\.0\.1:(150\d\d)", f"serial://{tmp_path}/\\1", text)
    text = text.replace("/tmp/weighgate", str(tmp_path)).replace(AXLE_LINE, f'protocol = "{protocol}"', 1)
    truck = make_trucks(1, 1, "source-exit")[0]
    true_kg = truck.axle_loads_kg(GROSS_KG)
    async with at_work(on_disk(tmp_path / "station.toml", text), tmp_path, SimulatedClock(HURRY)) as talk:
        await talk.until(lambda: bool(talk.loads))
        talk.site.lanes[0].enter(truck, GROSS_KG, Random(1))
        talk.site.lanes[0].drive(30_000, 500.0, "steady")
        await talk.until(lambda: len(rises(talk.loads)) == len(true_kg) and talk.loads[-1] == 0)
    for found, load_kg in zip(rises(talk.loads), true_kg, strict=True):
        assert abs(found - load_kg) <= load_kg * Decimal("0.03") + 50
    derived = [each.evidence for each in talk.said if isinstance(each, WeightReading) and each.value]
    assert all(each is not None and " - " in each for each in derived)


@pytest.mark.parametrize("protocol", TOTALS)
def test_running_totals_are_refused_on_a_platform(protocol: str, tmp_path: Path) -> None:
    document = on_disk(tmp_path / "quarry.toml", site_file(protocol, tmp_path))
    settings = parse_site(document, tmp_path / "quarry.toml")
    equipment = Equipment(settings, CONFIG / "registers", GatewayClock(), open_link)
    (fault,) = equipment.faults(settings.lanes[0])
    assert fault.startswith("lanes[0].scale.protocol: mcgs counts up axles, which only a lane of kind axle takes")


def rises(loads: list[Decimal]) -> list[Decimal]:
    """The highest load between each two zeroes."""
    runs = [list(run) for loaded, run in groupby(loads, key=lambda load: load > 0) if loaded]
    return [max(run) for run in runs]


class Talk:
    """A site at work: what is simulated, and what the gateway's device said of its first lane."""

    def __init__(self, site: Site) -> None:
        self.site, self.said = site, list[Reading]()
        self._heard = asyncio.Event()

    def hear(self, reading: Reading) -> None:
        self.said.append(reading)
        self._heard.set()

    @property
    def loads(self) -> list[Decimal]:
        masses = [each.mass_kg for each in self.said if isinstance(each, WeightReading)]
        assert None not in masses
        return [mass for mass in masses if mass is not None]

    async def until(self, done: Callable[[], bool]) -> None:
        async with asyncio.timeout(60):
            while not done():
                self._heard.clear()
                await self._heard.wait()


@asynccontextmanager
async def at_work(document: dict[str, Any], folder: Path, clock: SimulatedClock) -> AsyncIterator[Talk]:
    """Simulator and gateway both read the file; only the first lane's scale talks."""
    settings = parse_site(document, folder / "site.toml")
    async with AsyncExitStack() as stack:
        site = Site(
            document, maps=CONFIG / "registers", seed=1, faults=FaultPlan(), truth=Truth(None), clock=clock,
            sleep=asyncio.sleep, frame_ms=lambda _road: 20,
        )  # fmt: skip
        await site.open(MachinePorts(stack))
        talk = Talk(site)
        device = Equipment(settings, CONFIG / "registers", GatewayClock(), open_link).of(settings.lanes[0]).scale
        tasks = [
            asyncio.create_task(site.feeds()[0].run()),
            asyncio.create_task(device.run(talk.hear, lambda *_: None)),
        ]
        try:
            yield talk
        finally:
            await ended(tasks)


async def weigh(site_text: str, path: Path) -> None:
    """The standing truck's load comes through."""
    clock = SimulatedClock()
    async with at_work(on_disk(path, site_text), path.parent, clock) as talk:
        await talk.until(lambda: bool(talk.loads))  # zero, before the truck drives on
        await play(talk.site, clock)
        talk.said.clear()
        await talk.until(lambda: len(talk.loads) >= ENOUGH)
    feed = talk.site.feeds()[0]
    assert not isinstance(feed, AskedScale) or not feed.strange, "it was told something that no request is"
    assert HealthReading("live") not in talk.said, "it was live before"
    assert_truthful(talk.loads)


def assert_truthful(loads: list[Decimal]) -> None:
    shown = {load for load in loads if load}
    assert shown
    for load in shown:
        assert abs(load - GROSS_KG) <= 40
        assert load % 20 == 0
