"""Forgetting who it was: values about natural persons go, the facts they came with stay as they were signed for.

What stays tells that something was known, and of a driver the pseudonym under which acts are counted: the same value
gives the same pseudonym again, and nobody reads the value out of it without central's key.
"""

from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlmodel import Session

from central.store.case_tables import CaseRow
from central.store.fact_tables import FactRow, PersonRow
from central.store.table_of import table_of

_F = table_of(FactRow).c
PERSONS = table_of(PersonRow)
_C = table_of(CaseRow).c

ENDED = ("closed", "dropped", "transferred", "annulled")
"""States of a case in which nobody needs to name the party any more but for what retention asks."""

CASES_MAX = 500


def erase_persons(session: Session, cases: Sequence[str]) -> int:
    """Delete the values that came with what was stated about these cases; how many there were."""
    stated = select(_F.id).where(_F.subject.in_([f"case:{one}" for one in cases]))
    return session.connection().execute(delete(PERSONS).where(PERSONS.c.fact.in_(stated))).rowcount


def cases_to_forget(session: Session, before_ms: int) -> list[str]:
    """The first cases that ended before a moment and still name somebody, in the order of their closing."""
    known = select(PERSONS.c.fact).join_from(PERSONS, FactRow, PERSONS.c.fact == _F.id)
    named = known.where(_F.subject == "case:" + _C.id).exists()
    ended = (_C.state.in_(ENDED), _C.closed_ms < before_ms)
    query = select(_C.id).where(*ended, named).order_by(_C.closed_ms, _C.id).limit(CASES_MAX)
    return list(session.connection().execute(query).scalars())
