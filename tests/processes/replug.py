"""A serial adapter pulled out and put in again and again: what the process holds must not grow.

python tests/processes/replug.py --cycles 1000

Each cycle closes the pseudo-terminal for good and puts a new one behind the same name, as a replugged adapter behind
its /dev/serial/by-id link. A talking scale and a Modbus bus live through all of them.
"""

import argparse
import asyncio
import gc
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path

import psutil  # type: ignore[import-untyped,unused-ignore]

from drivers.bus import Bus
from drivers.device import ScaleDevice
from drivers.errors import DriverError
from drivers.link import open_link
from drivers.readings import HealthReading, Reading, WeightReading
from drivers.scales.yaohua_continuous import PROTOCOL
from simulator.links import Pty
from simulator.modbus_server import BareUnit, RtuServer

STATE_S_MAX = 5.0
BUS_EVERY = 5
STALE_MS = 60_000
RSS_GROWTH_BYTES_MAX = 2 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Holdings:
    """What a process holds: `rss_bytes` after a garbage collection."""

    descriptors: int
    tasks: int
    rss_bytes: int

    @classmethod
    def now(cls) -> "Holdings":
        gc.collect()
        process = psutil.Process()
        return cls(process.num_fds(), len(asyncio.all_tasks()), process.memory_info().rss)

    def grown_to(self, later: "Holdings") -> list[str]:
        """What grew, a line each."""
        faults = []
        if later.descriptors != self.descriptors:
            faults.append(f"descriptors: {self.descriptors}, later {later.descriptors}")
        if later.tasks != self.tasks:
            faults.append(f"tasks: {self.tasks}, later {later.tasks}")
        if later.rss_bytes - self.rss_bytes >= RSS_GROWTH_BYTES_MAX:
            faults.append(f"memory: {self.rss_bytes} bytes, later {later.rss_bytes}")
        return faults


class Coils(BareUnit):
    """One board: eight inputs, all off."""

    def read_coils(self, address: int, count: int) -> list[bool]:
        return [False] * count

    def read_inputs(self, address: int, count: int) -> list[bool]:
        return [False] * count


class Plugged:
    """A scale that talks on one adapter, a board that answers on another, and the drivers that live through it all."""

    def __init__(self, folder: Path) -> None:
        self._protocol = PROTOCOL
        self._boards = RtuServer({1: Coils()})
        self._scale_path, self._bus_path = folder / "scale", folder / "bus"
        self._clock_ms: Callable[[], int] = lambda: time.monotonic_ns() // 1_000_000
        self.state = "connecting"
        self.loads = 0
        url = f"serial://{self._scale_path}?baudrate=9600"
        self._device = ScaleDevice(
            "scale", lambda: open_link(url), self._protocol, "kg", STALE_MS, self._clock_ms, _soon, reconnect_min_ms=100
        )
        self._bus = Bus(f"serial://{self._bus_path}?baudrate=115200", 500, self._clock_ms, sleep=_soon)

    def tasks(self) -> list["asyncio.Task[None]"]:
        return [
            asyncio.create_task(self._device.run(self._take, lambda *_: None)),
            asyncio.create_task(self._bus.run()),
        ]

    def _take(self, reading: Reading) -> None:
        if isinstance(reading, HealthReading):
            self.state = reading.state
        else:
            self.loads += 1

    async def plug_and_pull_scale(self) -> None:
        """In: until a load has come. Out: until the driver has said that it is lost."""
        port = Pty(self._scale_path, lambda _: None)
        port.open()
        before = self.loads
        frame = self._protocol.encode(WeightReading(Decimal(1560), "kg", stable=True, net=False))
        async with asyncio.timeout(STATE_S_MAX):
            while self.loads == before:
                port.write(frame)
                await asyncio.sleep(0.001)
        port.close()
        await _until(lambda: self.state == "lost")

    async def plug_and_pull_bus(self) -> None:
        """In: until the board has answered. Out: until a question finds the line gone."""
        port = Pty(self._bus_path, lambda chunk: port.write(b"".join(self._boards.feed(chunk))))
        port.open()
        async with asyncio.timeout(STATE_S_MAX):
            while not await self._answers():  # noqa: ASYNC110 - as below
                await asyncio.sleep(0.001)
            port.close()
            while await self._answers():  # noqa: ASYNC110
                await asyncio.sleep(0.001)

    async def _answers(self) -> bool:
        try:
            await self._bus.read_inputs(1, 0, 8)
        except DriverError:
            return False
        return True


async def _soon(seconds: float) -> None:
    """Back-off, a hundred times as fast."""
    await asyncio.sleep(seconds / 100)


async def _until(done: Callable[[], bool]) -> None:
    async with asyncio.timeout(STATE_S_MAX):
        while not done():  # noqa: ASYNC110 - what is awaited happens in the kernel
            await asyncio.sleep(0.001)


async def replug(
    folder: Path, cycles: int, *, warm: int, show: Callable[[int], None] = lambda _: None
) -> tuple[Holdings, Holdings]:
    """What is held after `warm` cycles, and after all of them. Each fifth cycle pulls the bus's adapter too."""
    plugged = Plugged(folder)
    tasks = plugged.tasks()
    try:
        for number in range(1, cycles + 1):
            await plugged.plug_and_pull_scale()
            if number % BUS_EVERY == 0:
                await plugged.plug_and_pull_bus()
            if number == warm:
                early = Holdings.now()
            show(number)
        return early, Holdings.now()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--cycles", type=int, default=1000)
    words.add_argument("--report", type=Path, help="write the figures here as JSON")
    given = words.parse_args()
    warm = max(1, given.cycles // 10)
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        early, late = asyncio.run(replug(Path(folder), given.cycles, warm=warm, show=_show))
    faults = early.grown_to(late)
    report = {"cycles": given.cycles, "seconds": round(time.monotonic() - begun, 1), f"after_{warm}": asdict(early)}
    report |= {f"after_{given.cycles}": asdict(late), "faults": faults}
    sys.stdout.write(json.dumps(report, indent=2) + "\n")
    if given.report:
        given.report.parent.mkdir(parents=True, exist_ok=True)
        given.report.write_text(json.dumps(report, indent=2) + "\n")
    return 1 if faults else 0


def _show(number: int) -> None:
    if number % 50 == 0 and os.isatty(2):
        sys.stderr.write(f"\r{number} cycles")


if __name__ == "__main__":
    sys.exit(main())
