"""A barrier and a lamp behind an I/O board: pulses, end positions, one lamp at a time.

    open    pulse barrier_open ─────────────────────────► input barrier_open within travel_ms, else DeviceError
    close   interlock off? ─► not yet down? ─► pulse barrier_close ─► input barrier_closed within travel_ms, or error
                                  └ interlock on while it moves ─► open again, DeviceError

A pulse is never left on: its off is sent even when the task is cancelled, tried again, and a failure is raised.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

from drivers.errors import DeviceError, DriverError

OFF_TRIES = 4
OFF_RETRY_S = 0.1
WATCH_S = 0.02  # how often the inputs are looked at while the boom moves


class Board(Protocol):
    """What an actuator needs of an I/O board."""

    async def set(self, role: str, on: bool) -> None: ...


class Barrier:
    """Roles: outputs barrier_open, barrier_close; inputs barrier_open, barrier_closed and the named interlock.

    `is_on` gives an input as last read, None while unknown. `sleep` takes seconds. One movement at a time.
    """

    def __init__(
        self,
        board: Board,
        pulse_ms: int,
        travel_ms: int,
        interlock: str,
        is_on: Callable[[str], bool | None],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        assert pulse_ms > 0
        assert travel_ms > 0
        self._board, self._is_on, self._sleep = board, is_on, sleep
        self._pulse_ms, self._travel_ms, self._interlock = pulse_ms, travel_ms, interlock
        self._moving = asyncio.Lock()

    async def open(self) -> None:
        """Up, and seen to be up. DeviceError where it is not in time."""
        async with self._moving:
            await self._raise()

    async def close(self) -> None:
        """Down, and seen to be down. DeviceError, and up again, where a vehicle comes under it.

        An arm that is down stays: to raise it when its loop is lost would let go whoever waits before it.
        Refused by DeviceError while the interlock is on or unknown; to wait for it is the caller's business.
        """
        async with self._moving:
            self._refuse_unsafe()
            if self._is_on("barrier_closed") is True:
                return
            await self._pulse("barrier_close", stop=self._unsafe)
            if await self._reached("barrier_closed", stop=self._unsafe):
                return
            if self._unsafe():
                await self._raise()
                raise DeviceError(f"barrier opened again: {self._interlock} came on or was lost while it closed")
            raise DeviceError(self._not_reached("closed"))

    async def _raise(self) -> None:
        await self._pulse("barrier_open")
        if not await self._reached("barrier_open"):
            raise DeviceError(self._not_reached("open"))

    def _unsafe(self) -> bool:
        return self._is_on(self._interlock) is not False

    def _refuse_unsafe(self) -> None:
        state = self._is_on(self._interlock)
        if state is not False:
            why = "occupied" if state else "unknown: is the I/O board answering?"
            raise DeviceError(f"barrier not closed: {self._interlock} is {why}")

    def _not_reached(self, end: str) -> str:
        return f"barrier did not reach {end} in {self._travel_ms} ms: check motor, boom and end switches"

    async def _pulse(self, role: str, stop: Callable[[], bool] = lambda: False) -> None:
        try:
            await self._board.set(role, True)
            await self._wait(self._pulse_ms, stop)
        finally:
            await _finish(self._release(role))

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
    """Roles lamp_red and lamp_green. Never both: the other goes off first."""

    def __init__(self, board: Board) -> None:
        self._board = board

    async def show(self, colour: str) -> None:
        """`colour` is red or green. Returns when the board has confirmed both. DriverError leaves at most one on."""
        assert colour in ("red", "green")
        other = "green" if colour == "red" else "red"
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
