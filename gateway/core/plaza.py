"""A toll plaza: trucks are weighed before it and ask by plate behind it.

Unweighed means no; each weighing is used once.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from gateway.core.verdict import Action

Reason = Literal["within", "within-tolerance", "over-limit", "undetermined", "unweighed", "expired", "used"]

WEIGHED_MAX = 10_000
CLOCK_SLACK_MS = 60_000  # a weighing further in the future than this was made before the clock was set back: it is void

REASONS: dict[Action, Reason] = {
    "admit": "within",
    "release": "within",
    "admit-within-tolerance": "within-tolerance",
    "refuse": "over-limit",
    "hold": "undetermined",
}
ADMITTED: tuple[Reason, ...] = ("within", "within-tolerance")


@dataclass(frozen=True, slots=True)
class Weighed:
    """One weighing a plaza may still be asked about. `at_ms` is wall time, so that it outlives a restart."""

    entry_id: str
    plate: str
    colour: str
    action: Action
    at_ms: int
    used: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """May it enter? `entry_id` is the weighing the answer stands on, None where there is none."""

    admit: bool
    reason: Reason
    entry_id: str | None = None


class Plaza:
    """The newest weighing of each plate and colour. Bounded: the oldest goes first and its truck is weighed again."""

    __slots__ = ("_validity_ms", "_weighed")

    def __init__(self, validity_ms: int, restored: Iterable[Weighed] = ()) -> None:
        assert validity_ms > 0
        self._validity_ms = validity_ms
        self._weighed: dict[tuple[str, str], Weighed] = {}
        for one in sorted(restored, key=lambda weighed: weighed.at_ms):
            self._keep(one)

    def weighed(self, entry_id: str, plate: str, colour: str, action: Action, at_ms: int) -> None:
        self._keep(Weighed(entry_id, plate, colour, action, at_ms))

    def ask(self, plate: str, colour: str, at_ms: int) -> Answer:
        """Whether this vehicle may enter now. Asking changes nothing; `use` does."""
        found = self._weighed.get((plate, colour))
        if found is None:
            return Answer(admit=False, reason="unweighed")
        if found.used:
            return Answer(admit=False, reason="used", entry_id=found.entry_id)
        if not -CLOCK_SLACK_MS <= at_ms - found.at_ms <= self._validity_ms:
            return Answer(admit=False, reason="expired", entry_id=found.entry_id)
        found = self._refused_since(found) or found
        reason = REASONS[found.action]
        return Answer(admit=reason in ADMITTED, reason=reason, entry_id=found.entry_id)

    def _refused_since(self, found: Weighed) -> Weighed | None:
        """A later weighing that said no and may be this vehicle's: its plate, where one camera read no colour."""
        for one in reversed(self._weighed.values()):  # in the order of weighing, whatever the clock did
            if one is found:
                break
            alike = one.plate == found.plate and "unknown" in (one.colour, found.colour)
            if alike and not one.used and REASONS[one.action] not in ADMITTED:
                return one
        return None

    def use(self, entry_id: str | None, *, used: bool = True) -> None:
        """The vehicle entered on this weighing: it opens no second gate. Not `used`: the yes was never said."""
        for key, one in self._weighed.items():
            if one.entry_id == entry_id:
                self._weighed[key] = replace(one, used=used)
                return

    def _keep(self, one: Weighed) -> None:
        self._weighed.pop((one.plate, one.colour), None)
        self._weighed[one.plate, one.colour] = one
        while len(self._weighed) > WEIGHED_MAX:
            del self._weighed[next(iter(self._weighed))]
