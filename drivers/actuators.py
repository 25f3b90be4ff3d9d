"""Barriers and a lamp behind an I/O board: pulses, end positions, one lamp at a time.

    open    relays off ─► pulse open ─────────────────────────► input open within travel_ms, else DeviceError
    close   relays off ─► interlocks off? ─► not yet down? ─► pulse close ─► input closed within travel_ms, or error
                                                └ an interlock on while it moves ─► open again, DeviceError

A pulse is never left on: its off is sent even when the task is cancelled, tried again, and a failure is raised. What a
power cut left on nevertheless is switched off before the next movement: a relay that is on already starts nothing.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from drivers.errors import DeviceError, DriverError

OFF_TRIES = 4
OFF_RETRY_S = 0.1
WATCH_S = 0.02  # how often the inputs are looked at while the boom moves


class Board(Protocol):
    """What an actuator needs of an I/O board."""

    async def set(self, role: str, on: bool) -> None: ...


@dataclass(frozen=True, slots=True)
class Arm:
    """The roles of one arm: two outputs that start it, two inputs that say where it is."""

    name: str
    open_it: str
    close_it: str
    is_open: str
    is_closed: str


BEHIND = Arm("barrier", "barrier_open", "barrier_close", "barrier_open", "barrier_closed")
BEFORE = Arm("front barrier", "front_open", "front_close", "front_open", "front_closed")


class Barrier:
    """One arm, never closed while one of its interlocks (inputs: loop, curtain, beam, emergency) is on or unknown.

    `is_on` gives an input as last read, None while unknown. `sleep` takes seconds. One movement at a time.
    """

    def __init__(
        self,
        board: Board,
        pulse_ms: int,
        travel_ms: int,
        interlocks: str | tuple[str, ...],
        is_on: Callable[[str], bool | None],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        arm: Arm = BEHIND,
    ) -> None:
        assert pulse_ms > 0
        assert travel_ms > 0
        assert interlocks, "an arm without an interlock comes down on a vehicle"
        self._board, self._is_on, self._sleep, self._arm = board, is_on, sleep, arm
        self._pulse_ms, self._travel_ms = pulse_ms, travel_ms
        self._interlocks = (interlocks,) if isinstance(interlocks, str) else interlocks
        self._moving = asyncio.Lock()
        self._surely_off: set[str] = set()  # of the two outputs; none at a start: power may have gone in a pulse

    async def open(self) -> None:
        """Up, and seen to be up. DeviceError where it is not in time."""
        async with self._moving:
            await self._relays_off()
            await self._raise()

    async def close(self) -> None:
        """Down, and seen to be down. DeviceError, and up again, where a vehicle comes under it.

        An arm that is down stays: to raise it when its loop is lost would let go whoever waits before it.
        Refused by DeviceError while an interlock is on or unknown; to wait for it is the caller's business.
        """
        async with self._moving:
            await self._relays_off()
            self._refuse_unsafe()
            if self._is_on(self._arm.is_closed) is True:
                return
            await self._pulse(self._arm.close_it, stop=self._unsafe)
            if await self._reached(self._arm.is_closed, stop=self._unsafe):
                return
            if self._unsafe():
                unsafe = self._first_unsafe()
                await self._raise()
                raise DeviceError(f"{self._arm.name} opened again: {unsafe} came on or was lost while it closed")
            raise DeviceError(self._not_reached("closed"))

    async def close_when_free(self) -> None:
        """As `close`, once no interlock is on. An occupied one is waited for, an unknown one refused."""
        while any(self._is_on(one) is True for one in self._interlocks):
            await self._sleep(WATCH_S)
        await self.close()

    async def _relays_off(self) -> None:
        for role in (self._arm.close_it, self._arm.open_it):
            if role not in self._surely_off:
                await self._board.set(role, False)
                self._surely_off.add(role)

    async def _raise(self) -> None:
        await self._pulse(self._arm.open_it)
        if not await self._reached(self._arm.is_open):
            raise DeviceError(self._not_reached("open"))

    def _unsafe(self) -> bool:
        return self._first_unsafe() is not None

    def _first_unsafe(self) -> str | None:
        return next((one for one in self._interlocks if self._is_on(one) is not False), None)

    def _refuse_unsafe(self) -> None:
        unsafe = self._first_unsafe()
        if unsafe is not None:
            why = "occupied" if self._is_on(unsafe) else "unknown: is the I/O board answering?"
            raise DeviceError(f"{self._arm.name} not closed: {unsafe} is {why}")

    def _not_reached(self, end: str) -> str:
        return f"{self._arm.name} did not reach {end} in {self._travel_ms} ms: check motor, boom and end switches"

    async def _pulse(self, role: str, stop: Callable[[], bool] = lambda: False) -> None:
        ended: asyncio.CancelledError | None = None
        self._surely_off.discard(role)
        try:
            await self._board.set(role, True)
            await self._wait(self._pulse_ms, stop)
        except asyncio.CancelledError as error:
            ended = error
            raise
        finally:
            try:
                await _finish(self._release(role))
            except DriverError as error:
                if ended is not None:  # a failure in its place would leave whoever is to end at work for ever
                    raise ended from error
                raise

    async def _release(self, role: str) -> None:
        for last in (False,) * (OFF_TRIES - 1) + (True,):
            try:
                await self._board.set(role, False)
            except DriverError as error:
                if last:
                    message = f"output {role} may be left on after {OFF_TRIES} tries: switch the board off; {error}"
                    raise DeviceError(message) from error
                await self._sleep(OFF_RETRY_S)
            else:
                self._surely_off.add(role)
                return

    async def _reached(self, role: str, stop: Callable[[], bool] = lambda: False) -> bool:
        await self._wait(self._travel_ms, lambda: self._is_on(role) is True or stop())
        return self._is_on(role) is True and not stop()

    async def _wait(self, wait_ms: int, until: Callable[[], bool]) -> None:
        """At most `wait_ms`, counted in steps so that only `sleep` knows the time."""
        step_ms = round(WATCH_S * 1000)
        for passed_ms in range(0, wait_ms, step_ms):
            if until():
                return
            await self._sleep(min(step_ms, wait_ms - passed_ms) / 1000)


class Lamp:
    """Roles lamp_red and lamp_green, and lamp_yellow where there is one. Never two: the others go off first."""

    def __init__(self, board: Board, *, yellow: bool = False) -> None:
        self._board = board
        self.colours = ("red", "yellow", "green") if yellow else ("red", "green")

    async def show(self, colour: str) -> None:
        """Returns when the board has confirmed all. DriverError leaves at most one on."""
        assert colour in self.colours
        for other in self.colours:
            if other != colour:
                await self._board.set(f"lamp_{other}", False)
        await self._board.set(f"lamp_{colour}", True)


async def _finish(work: Awaitable[None]) -> None:
    """Await `work` to its end even if we are cancelled meanwhile; the cancellation follows after it."""
    task = asyncio.ensure_future(work)
    cancelled = False
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            if task.cancelled():
                raise
            cancelled = True
        except DriverError:
            break  # told below, by result()
    if cancelled:
        error = task.exception()
        raise asyncio.CancelledError from error
    task.result()
