"""The machine's two clocks behind the Clock port, and the watch that sees a wall clock jump."""

import time
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from gateway.kernel_clock import kernel_clock

LOCAL = ZoneInfo("Asia/Shanghai")


def local_day(at: datetime) -> date:
    """The day on which laws and certificates begin and end."""
    return at.astimezone(LOCAL).date()


class SystemClock:
    """Wall clock to stamp, monotonic to measure. A jump of the wall clock against the monotonic one is remembered."""

    JUMP_MS = 1000

    def __init__(self) -> None:
        self._anchor_ms = self._wall_ms() - self.monotonic_ms()
        self._stepped_ms: int | None = None

    @staticmethod
    def _wall_ms() -> int:
        return time.time_ns() // 1_000_000

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic_ms(self) -> int:
        return time.monotonic_ns() // 1_000_000

    def quality(self) -> Mapping[str, Any]:
        """`synchronised` and `offset_ms` as the kernel says, None where it does not; `stepped_ms` is the last jump."""
        synchronised, offset_ms = kernel_clock()
        return {"synchronised": synchronised, "offset_ms": offset_ms, "stepped_ms": self._stepped_ms}

    def stepped(self) -> int | None:
        """Milliseconds the wall clock jumped since the last look, or None."""
        anchor_ms = self._wall_ms() - self.monotonic_ms()
        jump_ms, self._anchor_ms = anchor_ms - self._anchor_ms, anchor_ms
        if abs(jump_ms) < self.JUMP_MS:
            return None
        self._stepped_ms = jump_ms
        return jump_ms
