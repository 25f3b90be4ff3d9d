"""What a checker is: it watches the world and blames it."""

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from simulator.world import RoadLane
    from weighgate.virtual.world import World

SEEN_DOWN_S = 2.0  # three questions to a board that does not answer, and it is lost


class Checker(Protocol):
    """One invariant of the design. Each call may `world.blame(name, what)`."""

    name: str

    def begin(self, world: "World") -> None:
        """Everything stands; nothing has come yet."""

    def look(self, world: "World") -> None:
        """Once a virtual second."""

    def end(self, world: "World") -> None:
        """Healed, drained, or given up."""


def up_again(road: "RoadLane") -> bool:
    """Whether an arm that rises was on its way down, as far as its box can know: somebody may be under it.

    That is invariant 7, and lets nobody go. The box learns that an arm is down from the board it may just have lost.
    """
    return road.barrier is not None and road.barrier.closed_within(SEEN_DOWN_S)
