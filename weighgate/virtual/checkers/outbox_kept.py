"""Invariant 2: nothing leaves the outbox before central has it; what is refused is parked, and was really refused."""

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from weighgate.virtual.place import Place
    from weighgate.virtual.world import World

Has = Callable[[str, int], bool]

PENDING = "select row, journal, seq from entries join outbox using (row) where state = 'pending'"
SINCE = "select row, journal, seq from entries where row > ?"
STATE = "select journal, seq, state from entries join outbox using (row) where row = ?"
LEFT = "select journal, seq, state from entries join outbox using (row) where state in ('acked', 'parked')"


class OutboxKept:
    """Compares the two stores' committed rows: each entry when it has left the outbox, and all of them at the end."""

    name = "outbox-kept"

    def __init__(self) -> None:
        self._versions: dict[str, tuple[int, int]] = {}
        self._waiting: dict[tuple[str, int], set[int]] = {}
        self._last_row: dict[tuple[str, int], int] = {}

    def begin(self, world: "World") -> None:
        """Nothing was sent yet."""

    def look(self, world: "World") -> None:
        """While central is what it always was; after a restore what it lost is offered again first."""
        centre = world.centre
        if any("older copy" in line for line in world.happened) or not centre.machine.alive:
            return
        for place in world.places:
            versions = (centre.machine.version, place.box.machine.version)
            if self._versions.get(place.id) != versions:
                self._versions[place.id] = versions
                rows = [found for row in sorted(self._left(place)) for found in place.box.rows(STATE, row)]
                self._compare(world, place, rows, centre.has_stored, centre.has_refused)

    def _left(self, place: "Place") -> set[int]:
        """Rows that stood in the outbox at the last look, or came since, and stand there no more."""
        box = (place.id, len(place.box.gone))  # another one's rows begin anew
        before = self._last_row.get(box, 0)
        waiting = {row for row, _, _ in place.box.rows(PENDING)}
        came = {row for row, _, _ in place.box.rows(SINCE, before)}
        left = (self._waiting.get(box, set()) | came) - waiting
        self._waiting[box], self._last_row[box] = waiting, max(came, default=before)
        return left

    def end(self, world: "World") -> None:
        if not world.centre.machine.alive:
            return
        stored = {(journal, seq) for _, journal, seq, _ in world.centre.stored()}
        refused = {(journal, seq) for _, journal, seq, _ in world.centre.quarantined()}
        for place in world.places:
            self._compare(world, place, place.box.rows(LEFT), lambda *one: one in stored, lambda *one: one in refused)

    def _compare(self, world: "World", place: "Place", rows: list[tuple[str, int, str]], has: Has, no: Has) -> None:
        if world.forked(place):
            return
        for journal, seq, state in rows:
            if state == "acked" and not has(journal, seq):
                world.blame(self.name, f"{place.id}: {journal}/{seq} left the outbox and central does not have it")
            if state == "parked" and not no(journal, seq):
                world.blame(self.name, f"{place.id}: {journal}/{seq} is parked and central never refused it")
