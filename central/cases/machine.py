"""Whether a step is lawful now, and where it leads: nothing but the procedure's table decides. Pure."""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date

from central.cases.procedure import SAME, Move, Period, Procedure
from central.workdays import LastDay

ACT = "act"
"""Under this name `days` holds the day on which the act ended."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where a case stands: its state, and on which day each move that counts was last made. `ends`: the day that a move
    which makes a period longer named as its last. `ever`: the moves made, whether or not they count still.
    """

    state: str
    days: Mapping[str, date] = field(default_factory=dict)
    ends: Mapping[str, date] = field(default_factory=dict)
    ever: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Refused:
    """The article that forbids the move, and the words of which one would have to hold."""

    clause: str
    what: tuple[str, ...]


def begin(procedure: Procedure, act_day: date) -> Position:
    return Position(procedure.begins, {ACT: act_day})


def make(
    procedure: Procedure, at: Position, name: str, day: date, holds: AbstractSet[str], until: date | None = None
) -> Position | Refused:
    """The next position, or the first of the table's needs that is not met. `holds`: the words true of this move;
    `until`: the last day it names.
    """
    move = procedure.moves[name]
    if at.state not in move.from_:
        return Refused(move.clause, move.from_)
    words = {*holds, *_done(at), *_of_time(procedure, at, day, until)}
    for need in move.needs:
        if words.issuperset(need.when) and not words & set(need.what):
            return Refused(need.clause, need.what)
    return follow(move, at, day, until)


def follow(move: Move, at: Position, day: date, until: date | None = None) -> Position:
    """The position after a move that was lawful when it was made."""
    ends = at.ends if until is None else {**at.ends, move.name: until}
    state = at.state if move.to == SAME else move.to
    stand = {name: made for name, made in at.days.items() if name not in move.anew}
    return Position(state, {**stand, move.name: day}, ends, at.ever | {move.name})


@dataclass(frozen=True, slots=True)
class Running:
    """A period that began: its last day, and on which day a move ended it, if one did."""

    period: Period
    last: LastDay
    ended: date | None


def periods_of(procedure: Procedure, at: Position) -> list[Running]:
    """Every period that has begun; a move before its beginning does not end it."""
    found = []
    for period in procedure.periods:
        begun = max((at.days[move] for move in period.after if move in at.days), default=None)
        if begun is None:
            continue
        ends = [at.days[move] for move in period.until if move in at.days and at.days[move] >= begun]
        found.append(Running(period, _last_day(period, at, begun), min(ends, default=None)))
    return found


def _last_day(period: Period, at: Position, begun: date) -> LastDay:
    """As counted, or as a later move named it."""
    counted, move = period.last_day(begun), period.longer_by
    if move is None or move not in at.ends or at.days[move] < begun:
        return counted
    return max(counted, LastDay(at.ends[move], verified=True))


def _done(at: Position) -> set[str]:
    return {f"done:{move}" for move in at.days if move != ACT} | {f"ever:{move}" for move in at.ever}


def _of_time(procedure: Procedure, at: Position, day: date, until: date | None) -> Iterator[str]:
    for running in periods_of(procedure, at):
        yield f"{'in-time' if day <= running.last.at_latest else 'over'}:{running.period.name}"
        if until is not None and until > running.last.day:
            yield f"longer:{running.period.name}"
