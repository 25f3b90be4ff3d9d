"""Which units of a line answer, and when a silent one may be asked: often, and never at the cost of the others.

    live ──no answer──► silent: asked only while nobody else waits      live again with its first answer
                          └ what that held others up for, they get back: the line is theirs for eleven times as long

A silent unit is waited for only as long as units of this line take to begin an answer, and now and then for the whole
time-out, since it may have become slower. On a line that is never idle it is asked once in twelve of its windows.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

RETURNED_TIMES = 11.5  # so the silent take 8 % of the line at most
FULL_EVERY = 64  # so many short looks, then a full one
MARGIN_MS = 10


@dataclass(slots=True)
class _Unit:
    answers: int = 0
    timeouts: int = 0
    refusals: int = 0
    silent_in_row: int = 0
    begins_ms: int | None = None  # the longest it ever took to begin an answer


class UnitRoll:
    """One line's units. Times in ms, of a clock that never goes back."""

    def __init__(self, timeout_ms: int) -> None:
        self._timeout_ms = timeout_ms
        self._units: dict[int, _Unit] = {}
        self._theirs_until_ms = 0

    def silent(self, number: int) -> bool:
        unit = self._units.get(number)
        return unit is not None and unit.silent_in_row > 0

    def wait_ms(self, number: int, now_ms: int) -> int:
        """How long the line still belongs to those who answer; 0 for one of them, and where nobody else is."""
        if not self.silent(number) or not self._others_live(number):
            return 0
        return max(0, self._theirs_until_ms - now_ms)

    def window_ms(self, number: int) -> int:
        """How long to wait for the first byte of an answer."""
        unit = self._units.setdefault(number, _Unit())
        if unit.silent_in_row % FULL_EVERY == 0:
            return self._timeout_ms  # it answers, or it is time for a full look
        begins = [one.begins_ms for one in self._units.values() if one.begins_ms is not None]
        own = unit.begins_ms if unit.begins_ms is not None else max(begins, default=None)
        return self._timeout_ms if own is None else min(self._timeout_ms, own + MARGIN_MS)

    def patience_ms(self, number: int) -> int:
        """How long a silent unit's question may stand behind others before it is its turn."""
        return int(self.window_ms(number) * RETURNED_TIMES)

    def heard(self, number: int, begins_ms: int | None = None, *, refused: bool = False) -> None:
        unit = self._units.setdefault(number, _Unit())
        unit.answers += not refused
        unit.refusals += refused
        unit.silent_in_row = 0
        if begins_ms is not None:
            unit.begins_ms = max(begins_ms, unit.begins_ms or 0)

    def missed(self, number: int, held_up_ms: int, now_ms: int) -> None:
        """No answer; meanwhile others had to wait for `held_up_ms`. The miss that finds a loss is not given back."""
        unit = self._units.setdefault(number, _Unit())
        unit.timeouts += 1
        unit.silent_in_row += 1
        if unit.silent_in_row > 1:
            self._theirs_until_ms = max(self._theirs_until_ms, now_ms) + int(held_up_ms * RETURNED_TIMES)

    def health(self) -> Mapping[int, Mapping[str, Any]]:
        """By number. `suspended`: silent, and asked only when it costs nobody anything."""
        return {
            number: {
                "answers": unit.answers,
                "timeouts": unit.timeouts,
                "refusals": unit.refusals,
                "suspended": unit.silent_in_row > 0,
            }
            for number, unit in sorted(self._units.items())
        }

    def _others_live(self, number: int) -> bool:
        return any(unit.silent_in_row == 0 and unit.answers for one, unit in self._units.items() if one != number)
