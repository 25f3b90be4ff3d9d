"""docs/procedure.md says what the procedure's table says: every move, need and period, and no move besides."""

from pathlib import Path

from central.cases.law import load_case_law
from central.cases.procedure import SAME, Move, Procedure
from central.cases.wording import words_for
from central.shipped import law_dir

TEXT = (Path(__file__).parents[2] / "docs" / "procedure.md").read_text(encoding="utf-8")
LAW = load_case_law(law_dir())
UNITS = {"days": "days", "working-days": "working days", "years": "years"}


def short(clause: str) -> str:
    return clause.removeprefix("cn-penalty-law-2021 ")


def needs_of(move: Move) -> str:
    said = []
    for need in move.needs:
        what = " or ".join(words_for(one, "en", {}) for one in need.what)
        when = f" where {' and '.join(need.when)}" if need.when else ""
        said.append(f"{what}{when} ({short(need.clause)})")
    return "; ".join(said) or "–"


def table_of(procedure: Procedure) -> list[str]:
    moves = [
        f"| `{one.name}` {one.title} | {', '.join(one.from_)} | {'as before' if one.to == SAME else one.to} "
        f"| {short(one.clause)} | {needs_of(one)} |"
        for one in procedure.moves.values()
    ]
    periods = [
        f"| {one.name} | {', '.join(one.after)} | {one.count} {UNITS[one.unit]} | {', '.join(one.until)} "
        f"| {short(one.clause)} |"
        for one in procedure.periods
    ]
    return moves + periods


def test_the_page_and_the_table_say_the_same() -> None:
    lines = [line for line in TEXT.splitlines() if line.startswith("| ")]
    wanted = table_of(LAW.procedure)
    assert [line for line in wanted if line not in lines] == []
    moves = {line.split("`")[1] for line in lines if line.startswith("| `")}
    assert moves == set(LAW.procedure.moves)


def test_every_document_stands_on_the_page() -> None:
    assert [one.title for one in LAW.documents.values() if one.title not in TEXT] == []
