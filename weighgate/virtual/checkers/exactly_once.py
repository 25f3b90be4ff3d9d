"""Invariant 4: central has each entry once, byte for byte; what it has not is accounted for."""

from typing import TYPE_CHECKING

from gateway.journal import verify

if TYPE_CHECKING:
    from weighgate.virtual.world import World


class ExactlyOnce:
    """At the end: the sum of all journals is what central stored, and every chain proves true."""

    name = "exactly-once"

    def begin(self, world: "World") -> None:
        """Nothing was sent yet."""

    def look(self, world: "World") -> None:
        """The end shows it."""

    def end(self, world: "World") -> None:
        bodies = {(journal, seq): body for _, journal, seq, body in world.centre.stored()}
        refused = {(journal, seq) for _, journal, seq, _ in world.centre.quarantined()}
        twins = any("box-twin" in line for line in world.happened)
        if refused and not twins:
            world.blame(self.name, f"central refused {sorted(refused)[:3]} though nobody sent anything wrong")
        for place in [one for one in world.places if not world.forked(one)]:
            if not twins:
                for storage in [place.box.storage, *place.box.gone]:
                    found = verify(storage)
                    if not found.ok:
                        world.blame(self.name, f"{place.id}: the chain does not prove true: {found}")
            for journal, seq, body in place.box.rows("select journal, seq, body from entries"):
                stored = bodies.get((journal, seq))
                if stored is None and (journal, seq) not in refused:
                    world.blame(self.name, f"{place.id}: central lacks {journal}/{seq}")
                if stored is not None and bytes(stored) != bytes(body) and (journal, seq) not in refused:
                    world.blame(self.name, f"{place.id}: central has other bytes for {journal}/{seq}")
