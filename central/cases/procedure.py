"""The procedure as its table says it: moves with what they need, and periods. Read by `procedure_file.py`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from central.workdays import LastDay, days_after, working_days_after, years_after

Unit = Literal["days", "working-days", "years"]
SAME = "same"
"""As `to`: the state stays as it is."""


@dataclass(frozen=True, slots=True)
class Need:
    """Any of `what` must hold, where all of `when` hold; else `clause` forbids the move."""

    what: tuple[str, ...]
    clause: str
    when: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Move:
    """`anew`: moves that count as not made once this one was, because they answered what stood before."""

    name: str
    title: str
    from_: tuple[str, ...]
    to: str
    clause: str
    needs: tuple[Need, ...]
    anew: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Period:
    """Begins the day after the last of the moves `after` (or the act), and is ended by any of `until`. The move
    `longer_by` gives it another last day.
    """

    name: str
    after: tuple[str, ...]
    until: tuple[str, ...]
    count: int
    unit: Unit
    clause: str
    longer_by: str | None = None

    def last_day(self, begun: date) -> LastDay:
        match self.unit:
            case "days":
                return days_after(begun, self.count)
            case "working-days":
                return working_days_after(begun, self.count)
            case "years":
                return years_after(begun, self.count)


@dataclass(frozen=True, slots=True)
class Procedure:
    id: str
    title: str
    sha256: str
    valid_from: date
    begins: str
    moves: Mapping[str, Move]
    periods: tuple[Period, ...]

    @property
    def states(self) -> tuple[str, ...]:
        every = [self.begins, *(move.to for move in self.moves.values() if move.to != SAME)]
        return tuple(dict.fromkeys(every))
