"""Clocks over the virtual loop: the world's true one, and each box's own, which can step and drift."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from gateway.clock import SystemClock

BEGIN = datetime(2026, 11, 2, 0, 0, tzinfo=UTC)
ROUNDED_S = 0.001


class TrueClock:
    """What time it is, whoever thinks otherwise."""

    def __init__(self, loop: asyncio.AbstractEventLoop, begin: datetime = BEGIN) -> None:
        self._begin = begin
        self.monotonic_s = loop.time

    def now(self) -> datetime:
        return self._begin + timedelta(milliseconds=round(self.monotonic_s() * 1000))


class BoxClock:
    """A box's wall clock: off by `offset_ms`, gaining `drift_ppm`. Its monotonic clock only drifts."""

    def __init__(self, true: TrueClock) -> None:
        self._true, self._loop_s = true, true.monotonic_s
        self.offset_ms = 0
        self.drift_ppm = 0
        self._steps: list[tuple[float, int]] = [(0.0, 0)]
        self._anchor_ms = 0
        self._stepped_ms: int | None = None

    def now(self) -> datetime:
        gained_ms = self._true.monotonic_s() * 1000 * self.drift_ppm / 1e6
        return self._true.now() + timedelta(milliseconds=self.offset_ms + round(gained_ms))

    def step(self, by_ms: int) -> None:
        self.offset_ms += by_ms
        self._steps.append((self._true.monotonic_s(), self.offset_ms))

    def said_at_s(self, moment: datetime) -> float:
        """The world's time at which this clock last said `moment`: by the step that was in force then."""
        behind_s = (self.now() - moment).total_seconds()
        until_s = self._true.monotonic_s()
        for since_s, offset_ms in reversed(self._steps):
            at_s = self._true.monotonic_s() - behind_s + (self.offset_ms - offset_ms) / 1000
            if since_s - ROUNDED_S <= at_s <= until_s + ROUNDED_S:
                return at_s
            until_s = since_s
        return self._true.monotonic_s() - behind_s

    def monotonic_ms(self) -> int:
        return round(self._loop_s() * 1000)

    def quality(self) -> Mapping[str, Any]:
        return {"synchronised": None, "offset_ms": None, "stepped_ms": self._stepped_ms}

    def stepped(self) -> int | None:
        """As SystemClock says it."""
        jump_ms, self._anchor_ms = self.offset_ms - self._anchor_ms, self.offset_ms
        if abs(jump_ms) < SystemClock.JUMP_MS:
            return None
        self._stepped_ms = jump_ms
        return jump_ms
