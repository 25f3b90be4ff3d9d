"""Simulated devices of a site, in a process of their own, that note at the wire when things happen.

python devices.py lanes FOLDER WEB   eight indicators and boards on pseudo-terminals; trucks come and go; each opening
                                     is noted with the time since the reading that completed its settling
python devices.py frames FOLDER      eight indicators on pseudo-terminals, ten frames a second, all counted
python devices.py modbus FOLDER      eight instruments behind eight TCP ports, every poll counted

Ports stand in FOLDER/ports; the file FOLDER/ready says that they are there. Events go to FOLDER/events as JSON lines,
counters to FOLDER/counters.json at SIGUSR1 and at the end. Times are of CLOCK_MONOTONIC, which all processes share.
"""

import asyncio
import contextlib
import json
import signal
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TextIO

import httpx

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "processes"))

from place import LANES, plate_of

from drivers.cameras import PROTOCOLS as CAMERAS
from drivers.protocol import protocol_named
from drivers.readings import PlateReading, WeightReading
from drivers.register_maps import load_map
from drivers.registers import ScaleMap, encode_scale
from simulator.links import Pty
from simulator.modbus_server import RtuServer, TcpServer, Unit

ROOT = Path(__file__).resolve().parents[1]
FRAME_S = 0.1
GROSS_KG = 12_000  # within for every kind of truck, and more than an empty one: nobody need be known to be let go
WINDOW_FROM, WINDOW_S = 2, 0.95
"""The settling window begins with this frame, from 0: two show that somebody came, and the second begins it anew. The
first frame that this device sent WINDOW_S later completes it: the twelfth, where the pace is even."""

EMPTY_FRAMES = 8
LEAVES_S, BOOM_S = 0.3, 0.15
GIVES_UP_S = 20.0
OPEN, CLOSE = 0, 1
PROTOCOL = protocol_named("yaohua-continuous-0")


class Crossing:
    """One lane: a truck stands on the scale until the barrier opens, leaves, and the next comes."""

    def __init__(self, lane: int, events: TextIO, push: Callable[[int, int], None], hush: Path) -> None:
        self.lane, self._events, self._push, self._hush = lane, events, push, hush
        self._trucks = 0
        self._frames = self._pause()  # below 0: the platform is empty
        self._window_from_s: float | None = None
        self._completed_s: float | None = None
        self._opened_s: float | None = None
        self._came_s = 0.0
        self._boom = ("closed", 0.0)
        self._coils = [False] * 8

    def frame(self, now_s: float) -> bytes:
        """The next frame of the indicator, sent at this moment."""
        if self._opened_s is not None and now_s - self._opened_s >= LEAVES_S:
            self._frames, self._opened_s = self._pause(), None
            self._window_from_s = self._completed_s = None
        if self._frames < 0:
            self._frames += self._may_come(now_s)
            return PROTOCOL.encode(WeightReading(Decimal(0)))
        if self._frames == 0:
            self._came_s = now_s
            self._push(self.lane, self._trucks)
            self._trucks += 1
        if self._frames == WINDOW_FROM:
            self._window_from_s = now_s
        if self._completed_s is None and self._window_from_s is not None and now_s - self._window_from_s >= WINDOW_S:
            self._completed_s = now_s
        if self._opened_s is None and now_s - self._came_s > GIVES_UP_S:
            self._tell("stuck", waited_s=now_s - self._came_s)
            self._opened_s = now_s
        self._frames += 1
        return PROTOCOL.encode(WeightReading(Decimal(GROSS_KG + self.lane * 20)))

    def _pause(self) -> int:
        """Frames until the next truck, uneven so that the lanes do not march in step."""
        return -EMPTY_FRAMES - (3 * self._trucks + 5 * self.lane) % EMPTY_FRAMES

    def _may_come(self, now_s: float) -> bool:
        where, since_s = self._boom
        free = where == "closed" and now_s - since_s > BOOM_S
        return self._frames < -1 or (free and not self._hush.exists())

    def read_inputs(self, address: int, count: int) -> list[bool]:
        where, since_s = self._boom
        there = time.monotonic() - since_s > BOOM_S
        felt = [False, False, where == "open" and there, where == "closed" and there, False, False, False, False]
        return felt[address : address + count]

    def read_coils(self, address: int, count: int) -> list[bool]:
        return self._coils[address : address + count]

    def write_coil(self, address: int, on: bool) -> None:
        now_s = time.monotonic()
        self._coils[address] = on
        if address == OPEN and on and self._frames >= 0 and self._opened_s is None:
            self._opened_s = now_s
            took_s = None if self._completed_s is None else now_s - self._completed_s
            self._tell("opened", took_s=took_s, stood_s=now_s - self._came_s)
        if on and address in (OPEN, CLOSE):
            self._boom = ("open" if address == OPEN else "closed", now_s)

    def read_registers(self, address: int, count: int) -> list[int]:
        raise LookupError(address, count)

    def write_register(self, address: int, word: int) -> None:
        raise LookupError(address, word)

    def _tell(self, what: str, **facts: object) -> None:
        self._events.write(json.dumps({"what": what, "lane": self.lane, "at_s": time.monotonic(), **facts}) + "\n")
        self._events.flush()


class Instrument:
    """A weighing instrument that counts how often it is read."""

    def __init__(self, scale: ScaleMap) -> None:
        self.polls = 0
        load = WeightReading(Decimal(GROSS_KG), unit="kg", stable=True, net=False)
        self._words = encode_scale(scale, load)

    def read_registers(self, address: int, count: int) -> list[int]:
        self.polls += 1
        return [self._words[one] for one in range(address, address + count)]

    def read_coils(self, address: int, count: int) -> list[bool]:
        raise LookupError(address, count)

    def read_inputs(self, address: int, count: int) -> list[bool]:
        raise LookupError(address, count)

    def write_coil(self, address: int, on: bool) -> None:
        raise LookupError(address, on)

    def write_register(self, address: int, word: int) -> None:
        raise LookupError(address, word)


async def every(period_s: float, first_s: float, work: Callable[[float], None]) -> None:
    """Call it at an even pace; one that came late does not make the next ones late."""
    due_s = time.monotonic() + first_s
    while True:
        await asyncio.sleep(max(0.0, due_s - time.monotonic()))
        work(time.monotonic())
        due_s += period_s


class Cameras:
    """Each pushes the plate of the truck that has just come, fire and forget."""

    def __init__(self, web: str, running: asyncio.TaskGroup) -> None:
        self._client = httpx.AsyncClient(base_url=web, timeout=5.0, trust_env=False)
        self._running, self._number = running, 0

    def push(self, lane: int, truck: int) -> None:
        self._running.create_task(self._push(lane, truck))

    async def _push(self, lane: int, truck: int) -> None:
        self._number += 1
        seen = PlateReading(
            plate=plate_of(lane, truck), colour="yellow", confidence_percent=97, event_id=f"event-{self._number}",
            device_time=datetime.now(UTC), device=f"cam-{lane + 1}",
        )  # fmt: skip
        body, kind = CAMERAS["zhenshi"].encode(seen)
        with contextlib.suppress(httpx.TransportError):
            await self._client.post(f"/cameras/{lane + 1}", content=body, headers={"content-type": kind})


async def lanes(
    folder: Path, stack: contextlib.ExitStack, running: asyncio.TaskGroup, web: str
) -> Callable[[], object]:
    events = stack.enter_context((folder / "events").open("w"))
    cameras = Cameras(web, running)
    crossings = [Crossing(lane, events, cameras.push, folder / "hush") for lane in range(LANES)]
    for pair in range(LANES // 2):
        rtu = RtuServer({1: crossings[2 * pair], 2: crossings[2 * pair + 1]})
        _bus(folder / "ports" / f"io-{pair}", rtu, stack)
    for crossing in crossings:
        port = _port(folder / "ports" / f"scale-{crossing.lane}", lambda _: None, stack)

        def send(now_s: float, port: Pty = port, crossing: Crossing = crossing) -> None:
            port.write(crossing.frame(now_s))

        running.create_task(every(FRAME_S, crossing.lane * FRAME_S / LANES, send))
    return dict


async def frames(folder: Path, stack: contextlib.ExitStack, running: asyncio.TaskGroup, _: str) -> Callable[[], object]:
    sent = [0] * LANES
    still = PROTOCOL.encode(WeightReading(Decimal(0)))
    for lane in range(LANES):
        port = _port(folder / "ports" / f"scale-{lane}", lambda _: None, stack)

        def send(_: float, port: Pty = port, lane: int = lane) -> None:
            if not (folder / "hush").exists():
                port.write(still)
                sent[lane] += 1

        running.create_task(every(FRAME_S, lane * FRAME_S / LANES, send))
    return lambda: {"sent": sent}


async def modbus(folder: Path, _: contextlib.ExitStack, __: asyncio.TaskGroup, ___: str) -> Callable[[], object]:
    found = load_map(ROOT / "config" / "registers" / "laumas.toml")
    assert isinstance(found, ScaleMap)
    instruments = [Instrument(found) for _ in range(LANES)]
    ports = []
    for one in instruments:
        units: dict[int, Unit] = {1: one}
        ports.append(await TcpServer(units).open("127.0.0.1", 0))
    (folder / "ports" / "modbus.json").write_text(json.dumps(ports))
    return lambda: {"polls": [one.polls for one in instruments]}


def _port(path: Path, receive: Callable[[bytes], None], stack: contextlib.ExitStack) -> Pty:
    port = Pty(path, receive)
    port.open()
    stack.callback(port.close)
    return port


def _bus(path: Path, rtu: RtuServer, stack: contextlib.ExitStack) -> None:
    def receive(chunk: bytes) -> None:
        for reply in rtu.feed(chunk):
            line.write(reply)

    line = _port(path, receive, stack)


async def main(kind: str, folder: str, web: str = "") -> None:
    """Until SIGTERM; SIGUSR1 writes the counters of this moment to FOLDER/counters.json."""
    place, stop, loop = Path(folder), asyncio.Event(), asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    with contextlib.ExitStack() as stack:
        async with asyncio.TaskGroup() as running:
            counters = await {"lanes": lanes, "frames": frames, "modbus": modbus}[kind](place, stack, running, web)

            def count() -> None:
                fresh = place / "counters.new"
                fresh.write_text(json.dumps({"at_s": time.monotonic(), **counters()}))  # type: ignore[dict-item]
                fresh.replace(place / "counters.json")

            loop.add_signal_handler(signal.SIGUSR1, count)
            (place / "ready").touch()
            await stop.wait()
            count()
            for task in running._tasks:  # noqa: SLF001 - a group has no other way to end its endless tasks
                task.cancel()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
