"""What a checker is: it watches the world and blames it."""

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from weighgate.virtual.world import World


class Checker(Protocol):
    """One invariant of the design. Each call may `world.blame(name, what)`."""

    name: str

    def begin(self, world: "World") -> None:
        """Everything stands; nothing has come yet."""

    def look(self, world: "World") -> None:
        """Once a virtual second."""

    def end(self, world: "World") -> None:
        """Healed, drained, or given up."""
