"""Invariant 2: nothing leaves the outbox before central has it; what is refused is parked, and was really refused."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from weighgate.virtual.world import World


class OutboxKept:
    """Compares the two stores' committed rows."""

    name = "outbox-kept"

    def begin(self, world: "World") -> None:
        """Nothing was sent yet."""

    def look(self, world: "World") -> None:
        """While central is what it always was; after a restore what it lost is offered again first."""
        if not any("older copy" in line for line in world.happened):
            self._compare(world)

    def end(self, world: "World") -> None:
        self._compare(world)

    def _compare(self, world: "World") -> None:
        if not world.centre.machine.alive:
            return
        known = {(journal, seq) for _, journal, seq, _ in world.centre.stored()}
        refused = {(journal, seq) for _, journal, seq, _ in world.centre.quarantined()}
        for place in [one for one in world.places if not world.forked(one)]:
            rows = place.box.rows(
                "select journal, seq, state from entries join outbox using (row) where state in ('acked', 'parked')"
            )
            for journal, seq, state in rows:
                if state == "acked" and (journal, seq) not in known:
                    world.blame(self.name, f"{place.id}: {journal}/{seq} left the outbox and central does not have it")
                if state == "parked" and (journal, seq) not in refused:
                    world.blame(self.name, f"{place.id}: {journal}/{seq} is parked and central never refused it")
