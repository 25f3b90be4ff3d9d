"""A procedure file: read, checked, and held to its own worked examples. One that contradicts them does not load."""

from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from central.cases.machine import ACT, Position, Refused, begin, make, periods_of
from central.cases.procedure import Move, Need, Period, Procedure
from gateway.errors import ConfigError
from gateway.lawfiles.reading import read

Name = Annotated[str, Field(pattern=r"^[a-z][a-z-]{1,40}$")]
Word = Annotated[str, Field(pattern=r"^([a-z-]+:)?[a-z][a-z-]{1,40}$")]
Text = Annotated[str, Field(min_length=1, max_length=200)]
Step = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2} [a-z-]+( \d{4}-\d{2}-\d{2})?$")]
"""A day, the move made on it, and the last day that the move names."""
MADE, TIMED = ("done", "ever"), ("in-time", "over", "longer")


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class NeedFile(_Table):
    what: tuple[Word, ...] = Field(min_length=1)
    clause: Text
    when: tuple[Word, ...] = ()


class MoveFile(_Table):
    name: Name
    title: Text
    from_: tuple[Name, ...] = Field(alias="from", min_length=1)
    to: Name
    clause: Text
    needs: tuple[NeedFile, ...]
    anew: tuple[Name, ...] = ()


class PeriodFile(_Table):
    name: Name
    after: tuple[Name, ...] = Field(min_length=1)
    until: tuple[Name, ...] = Field(min_length=1)
    count: Annotated[int, Field(gt=0, le=1_000, strict=True)]
    unit: Literal["days", "working-days", "years"]
    clause: Text
    longer_by: Name | None = None


class ExampleFile(_Table):
    """`without` and `also` change the ordinary words for its own steps, not for those of the path it goes on from."""

    name: Text
    act: date = date(2026, 3, 1)
    after: Name | None = None
    without: tuple[Word, ...] = ()
    also: tuple[Word, ...] = ()
    steps: tuple[Step, ...]
    gives: Name | None = None
    refused: Text | None = None
    owed: dict[Name, date] | None = None


class ProcedureFile(_Table):
    id: Name | Text
    title: Text
    source: Text
    valid_from: date
    law: Text
    begins: Name
    moves: tuple[MoveFile, ...] = Field(min_length=1)
    periods: tuple[PeriodFile, ...]
    ordinary: tuple[Word, ...]
    lawful: dict[Name, tuple[Name, ...]]
    out_of_turn: dict[Name, Text]
    paths: dict[Name, tuple[Step, ...]]
    examples: tuple[ExampleFile, ...] = Field(min_length=1)


def load_procedure(path: Path) -> Procedure:
    """The procedure in this file.

    Raises:
        ConfigError: of another shape, a word that nothing can make true, or an example that comes out otherwise.
    """
    file, sha256 = read(path, ProcedureFile)
    faults = list(faults_in(file))
    if faults:
        raise ConfigError(str(path), faults)
    return procedure_of(file, sha256)


def procedure_of(file: ProcedureFile, sha256: str) -> Procedure:
    moves = [
        Move(
            name=one.name,
            title=one.title,
            from_=one.from_,
            to=one.to,
            clause=_whole(file, one.clause),
            needs=tuple(Need(need.what, _whole(file, need.clause), need.when) for need in one.needs),
            anew=one.anew,
        )
        for one in file.moves
    ]
    periods = [
        Period(one.name, one.after, one.until, one.count, one.unit, _whole(file, one.clause), one.longer_by)
        for one in file.periods
    ]
    by_name = {one.name: one for one in moves}
    return Procedure(file.id, file.title, sha256, file.valid_from, file.begins, by_name, tuple(periods))


def faults_in(file: ProcedureFile) -> Iterator[str]:
    """One line per word or name that is misspelt, and per example that comes out otherwise."""
    found = procedure_of(file, "")
    yield from _faults_of_words(file)
    yield from _faults_of_turns(file, found)
    yield from _faults_of_examples(file, found)


def _whole(file: ProcedureFile, clause: str) -> str:
    return f"{file.law} {clause}" if clause.startswith("art.") else clause


def _faults_of_words(file: ProcedureFile) -> Iterable[str]:
    """What would never hold, or lead nowhere."""
    moves = {one.name for one in file.moves}
    periods = {one.name for one in file.periods}
    known = {*file.ordinary, *(word for one in file.examples for word in one.also)}
    known |= {f"{word}:{one}" for word in MADE for one in moves} | {
        f"{word}:{one}" for word in TIMED for one in periods
    }
    for one in file.moves:
        yield from (f"moves.{one.name}: '{name}' is no move" for name in sorted({*one.anew} - moves))
        for need in one.needs:
            yield from (f"moves.{one.name}: '{w}' is in no example" for w in (*need.what, *need.when) if w not in known)
    for period in file.periods:
        names = {*period.after, *period.until, *([period.longer_by] if period.longer_by else [])} - {ACT}
        yield from (f"periods.{period.name}: '{name}' is no move" for name in sorted(names - moves))


def _faults_of_turns(file: ProcedureFile, procedure: Procedure) -> Iterable[str]:
    """In every state exactly the moves that `lawful` names; out of turn each is refused by the article it names."""
    if set(procedure.states) != set(file.lawful):
        yield f"lawful: the states are {', '.join(procedure.states)}"
    for state, named in file.lawful.items():
        found = {move.name for move in procedure.moves.values() if state in move.from_}
        yield from (f"lawful.{state}: '{name}' differs" for name in sorted(found ^ set(named)))
    clauses = {name: move.clause for name, move in procedure.moves.items()}
    named_clauses = {name: _whole(file, clause) for name, clause in file.out_of_turn.items()}
    differing = sorted(name for name in {**clauses, **named_clauses} if clauses.get(name) != named_clauses.get(name))
    yield from (f"out_of_turn.{name}: differs" for name in differing)


def _faults_of_examples(file: ProcedureFile, procedure: Procedure) -> Iterable[str]:
    for one in file.examples:
        said, owed = _outcome(file, procedure, one)
        wanted = one.gives if one.refused is None else _whole(file, one.refused)
        if said != wanted:
            yield f"example '{one.name}': wanted {wanted}, came to {said}"
        elif one.owed is not None and one.owed != owed:
            yield f"example '{one.name}': owed {_days(one.owed)}, came to {_days(owed)}"


def _outcome(file: ProcedureFile, procedure: Procedure, example: ExampleFile) -> tuple[str, dict[str, date]]:
    """The state at the end with what is owed then; or the clause that refused the last step, or which step before."""
    before = file.paths.get(example.after, ()) if example.after is not None else ()
    ordinary = set(file.ordinary)
    own = (ordinary - set(example.without)) | set(example.also)
    steps = [*((step, ordinary) for step in before), *((step, own) for step in example.steps)]
    at: Position = begin(procedure, example.act)
    for number, (step, holds) in enumerate(steps, 1):
        day, move, until = (*step.split(" "), "")[:3]
        if move not in procedure.moves:
            return f"no move '{move}'", {}
        last = date.fromisoformat(until) if until else None
        found = make(procedure, at, move, date.fromisoformat(day), holds, last)
        if isinstance(found, Refused):
            return found.clause if number == len(steps) else f"'{step}' was refused by {found.clause}", {}
        at = found
    return at.state, {one.period.name: one.last.day for one in periods_of(procedure, at) if one.ended is None}


def _days(owed: dict[str, date]) -> str:
    return ", ".join(f"{name} {day}" for name, day in sorted(owed.items())) or "nothing"
