"""A loaded RS-485 line on a clock that costs nothing: bytes take their time, and two talkers at once are seen.

The line is 9600 baud; its units begin to answer some milliseconds after the question's last byte. All times are the
line's own.
"""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import mean
from typing import Any

import pytest
from modbus_servers import io_map

from drivers.board import IoBoard
from drivers.bus import Bus
from drivers.bus_units import FULL_EVERY, UnitRoll
from drivers.errors import DeviceTimeout, DriverError
from drivers.readings import HealthReading, InputReading, Reading
from drivers.registers import IoMap
from simulator.devices import Board
from simulator.modbus_server import RtuServer, Unit
from weighgate.virtual.loop import VirtualLoop

BAUD = 9600
BYTE_S = 11 / BAUD
GAP_S = 3.5 * BYTE_S
TURN_S = 0.005  # from a question's last byte to the answer's first
POLL_MS = 100
TIMEOUT_MS = 100


@dataclass
class Rs485:
    """The line itself, as a link to the bus's owner. Who talks while another does is a collision."""

    loop: VirtualLoop
    units: dict[int, Unit]
    turn_s: dict[int, float] = field(default_factory=dict)
    dead: set[int] = field(default_factory=set)
    collisions: int = 0
    asked: list[tuple[float, int]] = field(default_factory=list)
    _busy_until: float = 0.0
    _quiet_since: float = 0.0
    _arrived: bytearray = field(default_factory=bytearray)
    _more: asyncio.Event = field(default_factory=asyncio.Event)

    async def write(self, data: bytes) -> None:
        now = self.loop.time()
        self.asked.append((now, data[0]))
        if now < self._busy_until - 1e-9 or now < self._quiet_since + GAP_S - 1e-4:
            self.collisions += 1
        ends = now + len(data) * BYTE_S
        self._take(ends)
        if data[0] in self.dead:
            return
        for answer in RtuServer(self.units).feed(data):
            begins = ends + self.turn_s.get(data[0], TURN_S)
            self._take(begins + len(answer) * BYTE_S)
            for place, byte in enumerate(answer, start=1):
                self.loop.call_at(begins + place * BYTE_S, self._hear, byte)

    async def read(self) -> bytes:
        while not self._arrived:
            self._more.clear()
            await self._more.wait()
        found = bytes(self._arrived)
        self._arrived.clear()
        return found

    async def close(self) -> None: ...

    def _take(self, until: float) -> None:
        self._busy_until = self._quiet_since = max(self._busy_until, until)

    def _hear(self, byte: int) -> None:
        self._arrived.append(byte)
        self._more.set()


@dataclass
class Site:
    """Boards on one bus, each polled in its own task, with what each told and when it was polled with an answer."""

    line: Rs485
    bus: Bus
    boards: dict[int, IoBoard]
    told: dict[int, list[tuple[float, Reading]]]

    def cycles_s(self, unit: int, since_s: float) -> list[float]:
        """From one question to the next."""
        times = [at for at, asked in self.line.asked if asked == unit and at >= since_s]
        return [after - before for before, after in pairwise(times)]


def board() -> IoMap:
    return io_map()


def run(work: Callable[[Site], Coroutine[Any, Any, None]], units: int = 4, poll_ms: int = POLL_MS) -> Site:
    """Play `work` on a line with this many boards; whatever it takes costs nothing."""
    loop = VirtualLoop()

    async def play() -> Site:
        line = Rs485(loop, {unit: Board(board()) for unit in range(1, units + 1)})

        async def open_link(_: str) -> Rs485:
            return line

        bus = Bus(
            f"serial:///dev/none?baudrate={BAUD}", TIMEOUT_MS, lambda: round(loop.time() * 1000), open_link=open_link
        )
        boards = {
            unit: IoBoard(f"b{unit}", bus, unit, board(), {"loop_entry": 0}, {"lamp_red": 0}, poll_ms)
            for unit in line.units
        }
        site = Site(line, bus, boards, {unit: [] for unit in boards})
        tasks = [asyncio.create_task(bus.run())]
        for unit, one in boards.items():
            told = site.told[unit]
            tasks.append(asyncio.create_task(one.run(lambda reading, told=told: told.append((loop.time(), reading)))))  # type: ignore[misc]
        await work(site)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        return site

    try:
        return loop.run_until_complete(play())
    finally:
        loop.close()


@pytest.mark.parametrize("dead", [set(), {3}, {2, 3, 4}])
def test_requests_never_collide_whoever_is_dead(dead: set[int]) -> None:
    async def work(site: Site) -> None:
        site.line.turn_s = {1: 0.005, 2: 0.03, 3: 0.0, 4: 0.012}
        for _ in range(20):
            await asyncio.sleep(0.5)
            site.line.dead = dead if site.line.dead != dead else set()
            for one in site.boards.values():
                try:
                    await one.set("lamp_red", True)
                except DriverError:
                    continue

    site = run(work)
    assert site.line.collisions == 0
    assert len(site.line.asked) > 200


def test_a_dead_unit_costs_the_others_less_than_a_tenth_of_their_cycle() -> None:
    cycles = {}
    for dead in (set(), {4}):

        async def work(site: Site, dead: set[int] = dead) -> None:
            await asyncio.sleep(2)
            site.line.dead = set(dead)
            await asyncio.sleep(60)

        site = run(work)
        cycles[bool(dead)] = {unit: mean(site.cycles_s(unit, 3.0)) for unit in (1, 2, 3)}
    for unit in (1, 2, 3):
        assert cycles[True][unit] < 1.1 * cycles[False][unit]


def test_so_does_one_on_a_line_that_is_never_idle() -> None:
    cycles = {}
    for dead in (set(), {6}):

        async def work(site: Site, dead: set[int] = dead) -> None:
            await asyncio.sleep(2)
            site.line.dead = set(dead)
            await asyncio.sleep(60)

        site = run(work, units=6, poll_ms=1)
        cycles[bool(dead)] = {unit: mean(site.cycles_s(unit, 3.0)) for unit in range(1, 6)}
        if dead:
            assert len([at for at, unit in site.line.asked if unit == 6 and at > 3]) > 20  # and is not forgotten
    for unit in range(1, 6):
        assert cycles[True][unit] < 1.1 * cycles[False][unit]


@pytest.mark.parametrize("gone_s", [0.4, 3.0, 30.0])
def test_a_unit_is_back_within_one_poll_of_its_return_where_the_line_is_free(gone_s: float) -> None:
    back_s = []

    async def work(site: Site) -> None:
        await asyncio.sleep(2)
        site.line.dead = {2}
        await asyncio.sleep(gone_s)
        site.line.dead = set()
        returned = len(site.told[2]), asyncio.get_running_loop().time()
        await asyncio.sleep(2)
        live = [at for at, reading in site.told[2][returned[0] :] if reading == HealthReading("live")]
        back_s.extend(at - returned[1] for at in live)

    site = run(work, units=2)
    assert [one for _, one in site.told[2] if isinstance(one, InputReading)] == [InputReading("loop_entry", False)] * 2
    assert len(back_s) == 1
    assert back_s[0] <= POLL_MS / 1000 + 0.05  # a poll, and the time of its own question and answer


def test_a_dead_unit_that_comes_back_to_a_busy_line_waits_for_its_turn_and_no_longer() -> None:
    back_s = []

    async def work(site: Site) -> None:
        await asyncio.sleep(2)
        site.line.dead = {6}
        await asyncio.sleep(20)
        site.line.dead = set()
        began = asyncio.get_running_loop().time()
        while not any(at > began for at, one in site.told[6] if one == HealthReading("live")):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        back_s.append(asyncio.get_running_loop().time() - began)

    run(work, units=6, poll_ms=1)
    assert back_s[0] < 2.5


def test_a_command_is_not_kept_waiting_by_the_dead() -> None:
    waited = []

    async def work(site: Site) -> None:
        site.line.dead = {2, 3}
        await asyncio.sleep(5)
        for _ in range(50):
            began = asyncio.get_running_loop().time()
            await site.boards[1].set("lamp_red", True)
            waited.append(asyncio.get_running_loop().time() - began)
            await asyncio.sleep(0.037)

    run(work, units=3)
    assert max(waited) < TIMEOUT_MS / 1000 + 0.06  # one full look at most, and its own question and answer


def test_one_that_is_alone_is_asked_at_every_poll() -> None:
    async def work(site: Site) -> None:
        await asyncio.sleep(1)
        site.line.dead = {1}
        await asyncio.sleep(10)

    site = run(work, units=1)
    assert len([at for at, _ in site.line.asked if at > 1]) > 40
    assert site.bus.health()["units"][1]["suspended"] is True


def test_the_roll_gives_back_what_the_silent_took() -> None:
    roll = UnitRoll(100)
    assert roll.window_ms(1) == 100
    roll.heard(1, 20)
    roll.heard(2, 30)
    roll.missed(2, 100, 1000)
    assert roll.wait_ms(2, 1000) == 0  # the miss that found it dead is not given back
    assert roll.window_ms(2) == 40
    assert roll.window_ms(3) == 100  # never asked yet
    roll.missed(2, 40, 2000)
    assert roll.wait_ms(2, 2000) == 460
    assert roll.wait_ms(1, 2000) == 0
    roll.missed(2, 0, 2500)
    assert roll.wait_ms(2, 2500) == 0
    for _ in range(FULL_EVERY - 3):
        roll.missed(2, 0, 2500)
    assert roll.window_ms(2) == 100  # now and then a full look: it may have become slower
    roll.heard(2, 35)
    assert roll.window_ms(2) == 100
    assert roll.silent(2) is False


async def test_a_silent_unit_is_refused_at_once_while_the_line_is_not_its_own() -> None:
    bus = Bus("tcp://127.0.0.1:1", 100, lambda: 0)
    bus._roll.heard(1, 20)
    bus._roll.missed(2, 0, 0)
    bus._roll.missed(2, 40, 0)
    with pytest.raises(DeviceTimeout, match="asked again in 460 ms"):
        await bus.read_inputs(2, 0, 8)
