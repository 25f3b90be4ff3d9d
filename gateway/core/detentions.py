"""Which vehicles are held, so that weighing one again is linked with the weighing that held it."""

from dataclasses import dataclass

DETENTIONS_MAX = 1_000
FORGET_MS = 7 * 24 * 3_600_000  # a detention that nobody closed for a week is no longer this one


@dataclass(frozen=True, slots=True)
class _Hold:
    entry_id: str
    at_ms: int


class Detentions:
    """Open holds by plate and colour. Bounded: the oldest goes first, and only the link is lost with it."""

    __slots__ = ("_open",)

    def __init__(self) -> None:
        self._open: dict[tuple[str, str], _Hold] = {}

    def hold(self, plate: str, colour: str, entry_id: str, at_ms: int) -> None:
        """It was held (again): the first weighing of a detention stays the parent of all that follow."""
        if self.parent_of(plate, colour, at_ms) is not None:
            return
        self._open[plate, colour] = _Hold(entry_id, at_ms)
        while len(self._open) > DETENTIONS_MAX:
            del self._open[next(iter(self._open))]

    def parent_of(self, plate: str, colour: str, at_ms: int) -> str | None:
        """The entry of the first weighing of the open detention, or None."""
        held = self._open.get((plate, colour))
        if held is None:
            return None
        if at_ms - held.at_ms > FORGET_MS:
            del self._open[plate, colour]
            return None
        return held.entry_id

    def close(self, plate: str, colour: str) -> None:
        self._open.pop((plate, colour), None)
