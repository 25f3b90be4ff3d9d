"""On what central's own decided cases say a party may be listed: nothing is listed by it, people go on. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from central.parties.counting import year_before

INSTRUCTED_YUAN_MIN, INSTRUCTED_TIMES_MIN = 20_000, 3
"""Criterion 5: fined so much at once, or punished so often within a year."""


@dataclass(frozen=True, slots=True)
class Punished:
    """One case against the party for one act. `yuan`: its fines for it."""

    case: str
    act: str
    yuan: int
    day: date
    origin: str


class Ground(NamedTuple):
    """A proposal of accumulation or a case, and the day of the decision with which it came about."""

    id: str
    day: date


def grounds_of(counted: Ground | None, punished: Iterable[Punished]) -> Mapping[int, Ground]:
    """By criterion the newest that it stands on; `counted` is accumulation's proposal."""
    found: dict[int, Ground] = {} if counted is None else dict.fromkeys((1, 2, 3), counted)
    ordered = sorted(punished, key=lambda one: (one.day, one.case))
    instructed = [one for one in ordered if one.act == "instructed"]
    for place, one in enumerate(instructed, 1):
        year = [other for other in instructed[:place] if other.day >= year_before(one.day)]
        if one.yuan >= INSTRUCTED_YUAN_MIN or len(year) >= INSTRUCTED_TIMES_MIN:
            found[5] = Ground(one.case, one.day)
    for one in ordered:
        if one.act == "blocked-or-forced" and one.origin == "police":
            found[8] = Ground(one.case, one.day)
    return found
