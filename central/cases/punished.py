"""What a case decided against each party for acts that criteria 5 and 8 of the discredit list name."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import delete, insert, select
from sqlmodel import Session

from central.cases.four import AGAINST
from central.cases.surroundings import Parties
from central.store.case_tables import PUNISHED, CaseRow
from central.store.due import Due

ACTS = ("instructed", "blocked-or-forced")
"""As the penalty files name them."""


def keep_punished(
    session: Session, case: CaseRow, measures: Iterable[Mapping[str, Any]], keys: Parties
) -> Iterable[Due]:
    """The rows of one case in place of those it had; the parties of both, where anything changed."""
    connection, mine = session.connection(), PUNISHED.c.case == case.id
    old = [dict(row) for row in connection.execute(select(PUNISHED).where(mine)).mappings()]
    new = _rows(case, measures, dict(keys.pairs()))
    if sorted(old, key=_place) == new:
        return
    connection.execute(delete(PUNISHED).where(mine))
    if new:
        connection.execute(insert(PUNISHED), new)
    for row in (*old, *new):
        yield Due("party", f"{row['party']}|{row['party_key']}", row["decided_ms"], row["decided_ms"])


def _rows(case: CaseRow, measures: Iterable[Mapping[str, Any]], keys: Mapping[str, str]) -> list[dict[str, Any]]:
    """One for each party and act, in their order: the money of all its fines for it."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for one in measures:
        party, act = AGAINST.get(one["party"], ""), one["act"]
        if act in ACTS and party in keys:
            whose = {"case": case.id, "party": party, "party_key": keys[party], "act": act}
            known = {"yuan": 0, "decided_ms": case.decided_ms, "origin": case.origin}
            row = found.setdefault((party, act), whose | known)
            row["yuan"] += (one.get("amount_yuan") or 0) if one["kind"] == "fine" else 0
    return sorted(found.values(), key=_place)


def _place(row: Mapping[str, Any]) -> tuple[str, str]:
    return row["party"], row["act"]
