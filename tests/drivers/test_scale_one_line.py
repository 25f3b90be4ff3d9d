"""A site switched to any scale protocol by one line: simulated indicator, pseudo-terminal, the gateway's own device.

Method: the quarry's shipped site file with that one line changed, read by simulator and gateway alike; a truck stands
on the platform of the simulated lane; what the gateway's device hands up is compared with its true load.
"""

import asyncio
import re
import socket
import time
from collections.abc import Iterable
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime
from decimal import Decimal
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
LINE = 'protocol = "yaohua-continuous-0"'
GROSS_KG = 31_000
ENOUGH = 5  # readings


class SimulatedClock:
    """The truck drove on a minute ago; from then on it is real time."""

    def __init__(self) -> None:
        self.ahead_s = 0.0

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic_s(self) -> float:
        return time.monotonic() + self.ahead_s


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


@pytest.mark.parametrize("protocol", load_protocols())
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


async def weigh(site_text: str, path: Path) -> None:
    """Simulator and gateway both read the file; the truck's load comes through."""
    document = on_disk(path, site_text)
    settings = parse_site(document, path)
    said: list[Reading] = []
    enough = asyncio.Event()

    def hear(reading: Reading) -> None:
        said.append(reading)
        if sum(isinstance(each, WeightReading) for each in said) >= ENOUGH:
            enough.set()

    async with AsyncExitStack() as stack:
        clock = SimulatedClock()
        site = Site(
            document, maps=CONFIG / "registers", seed=1, faults=FaultPlan(), truth=Truth(None), clock=clock,
            sleep=asyncio.sleep, frame_ms=lambda _road: 20,
        )  # fmt: skip
        await site.open(MachinePorts(stack))
        equipment = Equipment(settings, CONFIG / "registers", GatewayClock(), open_link)
        device = equipment.of(settings.lanes[0]).scale
        playing = asyncio.create_task(site.feeds()[0].run())
        reading = asyncio.create_task(device.run(hear, lambda *_: None))
        try:
            async with asyncio.timeout(60):
                while not said:  # noqa: ASYNC110 - empty platform: zero is heard before the truck drives on
                    await asyncio.sleep(0.01)
                await play(site, clock)
                said.clear()
                enough.clear()
                await enough.wait()
        finally:
            await ended((playing, reading))
    feed = site.feeds()[0]
    assert not isinstance(feed, AskedScale) or not feed.strange, "it was told something that no request is"
    assert HealthReading("live") not in said, "it was live before"
    assert_truthful([each.mass_kg for each in said if isinstance(each, WeightReading)])


def assert_truthful(loads: list[Decimal | None]) -> None:
    assert None not in loads
    shown = {load for load in loads if load}
    assert shown
    for load in shown:
        assert load is not None
        assert abs(load - GROSS_KG) <= 40
        assert load % 20 == 0
