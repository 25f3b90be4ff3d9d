"""The table of the procedure against its own worked examples: whatever row is altered, an example goes red."""

import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from central.cases.procedure_file import ProcedureFile, faults_in, load_procedure
from gateway.errors import ConfigError

FILE = Path(__file__).parents[2] / "config" / "law" / "procedure" / "cn-penalty-law-2021.toml"
TABLE = tomllib.loads(FILE.read_text(encoding="utf-8"))
STATES = list(TABLE["lawful"])

SHIPPED = ProcedureFile.model_validate(TABLE)
FIELDS: Any = ProcedureFile.model_fields
PARTS = {name: TypeAdapter[Any](FIELDS[name].annotation) for name in ("moves", "periods")}

Mutant = tuple[str, ProcedureFile]


def _altered(path: tuple[Any, ...], change: Any) -> ProcedureFile:
    """The shipped table in which `change` was done to what stands at this path; None takes it out."""
    part = _with(TABLE[path[0]], path[1:], change)
    return SHIPPED.model_copy(update={path[0]: PARTS[path[0]].validate_python(part)})


def _with(inside: Any, path: tuple[Any, ...], change: Any) -> Any:
    """A copy along the path alone: the rest is shared."""
    copied = inside.copy()
    if len(path) > 1:
        copied[path[0]] = _with(inside[path[0]], path[1:], change)
    elif change is None:
        del copied[path[0]]
    else:
        copied[path[0]] = change
    return copied


def _move_mutants() -> Iterator[Mutant]:
    for number, move in enumerate(TABLE["moves"]):
        here, name = ("moves", number), move["name"]
        yield f"{name} missing", _altered(here, None)
        yield f"{name}: another article", _altered((*here, "clause"), "art.1")
        for state in STATES:
            states = [one for one in move["from"] if one != state] if state in move["from"] else [*move["from"], state]
            if states:
                yield f"{name}: from {states}", _altered((*here, "from"), states)
        for state in {*STATES, "same"} - {move["to"]}:
            if {move["to"], state} == {"same", *move["from"]}:
                continue  # the only state it is made from: both words mean the same
            yield f"{name}: to {state}", _altered((*here, "to"), state)
        for answered in move.get("anew", ()):
            rest = [one for one in move["anew"] if one != answered]
            yield f"{name}: {answered} stands", _altered((*here, "anew"), rest)
        for at, need in enumerate(move["needs"]):
            yield f"{name}: without need {need['what']}", _altered((*here, "needs", at), None)
            yield f"{name}: {need['what']} by another article", _altered((*here, "needs", at, "clause"), "art.1")
            for word in need["what"] if len(need["what"]) > 1 else []:
                rest = [one for one in need["what"] if one != word]
                yield f"{name}: {rest} instead of {need['what']}", _altered((*here, "needs", at, "what"), rest)
            if "when" in need:
                yield f"{name}: {need['what']} always", _altered((*here, "needs", at, "when"), [])


def _period_mutants() -> Iterator[Mutant]:
    for number, period in enumerate(TABLE["periods"]):
        here, name = ("periods", number), period["name"]
        yield f"period {name} missing", _altered(here, None)
        if "longer_by" in period:
            yield f"period {name}: never longer", _altered((*here, "longer_by"), None)
        for count in (period["count"] - 1, period["count"] + 1):
            yield f"period {name}: {count}", _altered((*here, "count"), count)
        for unit in {"days", "working-days", "years"} - {period["unit"]}:
            yield f"period {name}: {unit}", _altered((*here, "unit"), unit)
        for end in ("after", "until"):
            for move in period[end] if len(period[end]) > 1 else []:
                rest = [one for one in period[end] if one != move]
                yield f"period {name}: {end} {rest}", _altered((*here, end), rest)


@cache
def _mutants() -> list[Mutant]:
    return [*_move_mutants(), *_period_mutants()]


def test_the_shipped_table_does_what_its_examples_say() -> None:
    assert list(faults_in(SHIPPED)) == []
    assert len(load_procedure(FILE).moves) == len(TABLE["moves"])


@pytest.mark.parametrize("chunk", range(4))
def test_every_altered_row_turns_an_example_red(chunk: int) -> None:
    mine = _mutants()[chunk::4]
    alive = [name for name, table in mine if next(faults_in(table), None) is None]
    assert len(mine) > 150, "the table has far more ways to go wrong"
    assert alive == []


def test_a_file_that_contradicts_an_example_does_not_load(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.toml"
    text = FILE.read_text(encoding="utf-8")
    wrong.write_text(text.replace("count = 90", "count = 60"), encoding="utf-8")
    with pytest.raises(ConfigError, match="owed decide 2026-05-31, came to decide 2026-05-01"):
        load_procedure(wrong)
