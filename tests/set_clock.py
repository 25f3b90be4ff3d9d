"""A clock that goes only when a test sets it, both of its faces together."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any


class SetClock:
    """Nobody says how well it is kept."""

    def __init__(self, at: datetime = datetime(2026, 3, 8, 12, 0, tzinfo=UTC)) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def monotonic_ms(self) -> int:
        return int(self.at.timestamp() * 1000)

    def quality(self) -> Mapping[str, Any]:
        return {"synchronised": None, "offset_ms": None}

    def go_on(self, **much: float) -> None:
        """By a timedelta's own words: hours=2."""
        self.at += timedelta(**much)
