"""The canonical line of each weighing: what was decided, under which entry, and where the time went.

opened ──settle──▶ settled ──identify──▶ asked ──queue, judge, store──▶ durable ──act──▶ lamp, sign, barrier done

It is told once, when the actuators have done what followed; or without `act_ms`, when they have not within
`PATIENCE_MS`, when the next weighing comes, or at the end. The plate is told in part: the entry has all of it.
"""

from collections.abc import Callable, Mapping
from typing import Any

from gateway.core.effects import Record

PATIENCE_MS = 10_000
Tell = Callable[[Mapping[str, Any]], None]


def masked(plate: str | None) -> str | None:
    """Enough of a plate to find it again beside its entry: 豫A***45. A short one keeps its first character only."""
    if plate is None:
        return None
    return f"{plate[:2]}***{plate[-2:]}" if len(plate) > 5 else f"{plate[:1]}***"


class WeighingLine:
    """One lane's. Times are the monotonic clock's, in ms."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._settled_ms: int | None = None
        self._record: Record | None = None
        self._opened_ms = self._store_from_ms = 0
        self._times: dict[str, Any] = {}
        self._line: dict[str, Any] = {}
        self._stored_ms: int | None = None

    def watch(self, state: str, at_ms: int) -> None:
        """After each step of the passage: the wait for a plate begins when the load has settled."""
        if state == "identifying":
            self._settled_ms = at_ms if self._settled_ms is None else self._settled_ms
        elif state != "recording":
            self._settled_ms = None

    def asked(self, record: Record, *, began_ms: int, now_ms: int, judge_ms: float) -> None:
        """The passage has asked for its record. Asked again after a failed store, it is the same wait."""
        if record is self._record:
            return
        settled_ms = record.settled_ms if self._settled_ms is None else self._settled_ms
        self._record, self._opened_ms, self._store_from_ms = record, record.opened_ms, now_ms
        self._times = {
            "settle_ms": settled_ms - record.opened_ms,
            "identify_ms": record.settled_ms - settled_ms,
            "queue_ms": began_ms - record.settled_ms,
            "judge_ms": round(judge_ms, 3),
        }

    def stored(self, facts: Mapping[str, Any], record: Record, now_ms: int) -> None:
        """It is durable; `facts` are what the line says beside the times."""
        self.flush()
        if record is not self._record:  # not of this lane's passage
            self.asked(record, began_ms=record.settled_ms, now_ms=record.settled_ms, judge_ms=0)
        self._line = {**facts, **self._times, "store_ms": now_ms - self._store_from_ms}
        self._stored_ms = now_ms

    def acted(self, now_ms: int, *, busy: bool) -> None:
        """When all that followed from the record was begun, and then whenever an actuator is done."""
        if self._stored_ms is None:
            return
        if not busy:
            self._say({"act_ms": now_ms - self._stored_ms, "total_ms": now_ms - self._opened_ms})
        elif now_ms - self._stored_ms >= PATIENCE_MS:
            self.flush()

    def flush(self) -> None:
        """Tell what is known of a line that waits."""
        if self._stored_ms is not None:
            self._say({"act_ms": None, "total_ms": None})

    def _say(self, more: Mapping[str, Any]) -> None:
        line, self._line, self._stored_ms = self._line, {}, None
        self._tell({**line, **more})
