"""An event loop on which waiting costs nothing: when nobody has anything to do, time jumps to the next alarm.

No selector, no descriptors, no threads: work for an executor is done on the spot. What would wait for ever is an error.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor
from contextvars import Context, copy_context
from heapq import heappop, heappush
from itertools import count
from typing import Any

TOGETHER_S = 1e-6  # two alarms closer than this are one: sums of floats do not meet exactly


class Stuck(Exception):  # noqa: N818 - what it is, not a fault of a caller
    """Every task waits for another: no time will come at which one goes on."""


class Call:
    """What is to be called, as asyncio.Handle and TimerHandle are used: worlds make millions of them."""

    __slots__ = ("args", "at_s", "callback", "context")

    def __init__(self, callback: Callable[..., object], args: tuple[Any, ...], context: Context | None, at_s: float):
        self.callback: Callable[..., object] | None = callback
        self.args = args
        self.context = copy_context() if context is None else context
        self.at_s = at_s

    def cancel(self) -> None:
        self.callback, self.args = None, ()

    def cancelled(self) -> bool:
        return self.callback is None

    def when(self) -> float:
        return self.at_s


class VirtualLoop(asyncio.BaseEventLoop):
    """Seconds since its start are its time; `steps` counts its turns.

    At the turn `steps_max` it calls `on_endless`, once: whatever runs there turns without getting anywhere.
    """

    _stopping: bool

    def __init__(self) -> None:
        super().__init__()
        self._now_s = 0.0
        self._soon: deque[Call] = deque()
        self._alarms: list[tuple[float, int, Call]] = []  # the second: of two at one moment the older comes first
        self._order = count()
        self.steps = 0
        self.steps_max = 0
        self.on_endless: Callable[[], object] = lambda: None

    def time(self) -> float:
        return self._now_s

    def call_soon(  # type: ignore[override]
        self, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> Call:
        call = Call(callback, args, context, self._now_s)
        self._soon.append(call)
        return call

    call_soon_threadsafe = call_soon  # type: ignore[assignment]

    def call_later(  # type: ignore[override]
        self, delay: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> Call:
        return self.call_at(self._now_s + delay, callback, *args, context=context)

    def call_at(  # type: ignore[override]
        self, when: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> Call:
        call = Call(callback, args, context, when)
        heappush(self._alarms, (when, next(self._order), call))
        return call

    def _run_once(self) -> None:
        """One turn: all that is ready, and all whose time has come."""
        alarms, soon = self._alarms, self._soon
        while alarms and alarms[0][2].callback is None:
            heappop(alarms)
        if not (soon or self._stopping):
            if not alarms:
                raise Stuck("nothing is scheduled and nobody runs")
            self._now_s = max(self._now_s, alarms[0][0])
        self.steps += 1
        if self.steps == self.steps_max:
            self.on_endless()
        while alarms and alarms[0][0] < self._now_s + TOGETHER_S:
            soon.append(heappop(alarms)[2])
        for _ in range(len(soon)):
            call = soon.popleft()
            if call.callback is None:
                continue
            try:
                call.context.run(call.callback, *call.args)
            except (SystemExit, KeyboardInterrupt):
                raise
            except BaseException as error:  # noqa: BLE001 - as every loop does
                self.call_exception_handler({"message": f"in {call.callback}", "exception": error})

    def run_in_executor(  # type: ignore[override]
        self, _executor: Executor | None, func: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        future = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:  # noqa: BLE001 - whatever it was belongs to who asked
            future.set_exception(error)
        return future

    def _write_to_self(self) -> None:
        """Nobody waits in a selector to be woken."""
