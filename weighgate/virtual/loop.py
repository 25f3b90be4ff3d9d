"""An event loop on which waiting costs nothing: when nobody has anything to do, time jumps to the next alarm.

No selector, no descriptors, no threads: work for an executor is done on the spot. What would wait for ever is an error.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any


class Stuck(Exception):  # noqa: N818 - what it is, not a fault of a caller
    """Every task waits for another: no time will come at which one goes on."""


class _Jump:
    """Stands where the loop's selector would: told how long to wait, it turns the clock."""

    def __init__(self, loop: "VirtualLoop") -> None:
        self._loop = loop

    def select(self, timeout: float | None) -> list[Any]:
        if timeout is None:
            raise Stuck("nothing is scheduled and nobody runs")
        self._loop.advance(timeout)
        return []


class VirtualLoop(asyncio.BaseEventLoop):
    """Seconds since its start are its time. `steps` counts turns of the loop; `on_turn` is called before each.

    At the turn `steps_max` it calls `on_endless`, once: whatever runs there turns without getting anywhere.
    """

    def __init__(self) -> None:
        super().__init__()
        self._now_s = 0.0
        self._selector = _Jump(self)
        self._clock_resolution = 1e-6  # two alarms closer than this are one: sums of floats do not meet exactly
        self.steps = 0
        self.on_turn: Callable[[], None] = lambda: None
        self.steps_max = 0
        self.on_endless: Callable[[], object] = lambda: None

    def time(self) -> float:
        return self._now_s

    def advance(self, seconds: float) -> None:
        assert seconds >= 0
        self._now_s += seconds
        self.steps += 1
        self.on_turn()
        if self.steps == self.steps_max:
            self.on_endless()

    def run_in_executor(  # type: ignore[override]
        self, _executor: Executor | None, func: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        future = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:  # noqa: BLE001 - whatever it was belongs to who asked
            future.set_exception(error)
        return future

    def _process_events(self, _event_list: Any) -> None:
        """There are none: nothing real is connected."""

    def _write_to_self(self) -> None:
        """Nobody waits in a selector to be woken."""
