"""Invariant 7: the barrier never comes down on a vehicle."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from weighgate.virtual.world import World


class BarrierNeverHits:
    """The road itself tells when an arm touches a truck."""

    name = "barrier-never-hits"

    def begin(self, world: "World") -> None:
        """Nobody is there yet."""

    def look(self, world: "World") -> None:
        """The truth remembers it."""

    def end(self, world: "World") -> None:
        for place in world.places:
            for event in place.truth.events:
                if event["event"] == "violation":
                    world.blame(self.name, f"{place.id}: {event}")
