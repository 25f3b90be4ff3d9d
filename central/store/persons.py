"""Forgetting who it was: values about natural persons go, the facts they came with stay as they were signed for.

What stays tells that something was known, and of a driver the pseudonym under which acts are counted: the same value
gives the same pseudonym again, and nobody reads the value out of it without central's key.
"""

from collections.abc import Sequence

from sqlalchemy import delete, func, select
from sqlmodel import Session

from central.store.case_tables import CaseRow
from central.store.fact_tables import FactRow, PersonRow
from central.store.table_of import table_of

_F = table_of(FactRow).c
PERSONS = table_of(PersonRow)
_C = table_of(CaseRow).c

ENDED = ("closed", "dropped", "transferred", "annulled")
"""States of a case in which nobody needs to name the party any more but for what retention asks."""

ENDING = ("close", "decide-no-penalty", "transfer", "annul", "police-decision")
"""Facts that end one: a case that ends more than once ended with the last."""

CASES_MAX = 500


def erase_persons(session: Session, cases: Sequence[str]) -> int:
    """Delete the values that came with what was stated about these cases; how many there were."""
    stated = select(_F.id).where(_F.subject.in_([f"case:{one}" for one in cases]))
    return session.connection().execute(delete(PERSONS).where(PERSONS.c.fact.in_(stated))).rowcount


def cases_to_forget(session: Session, before_ms: int) -> list[str]:
    """The first cases that ended before a moment and still name somebody, in the order of their ends."""
    named = select(_F.subject).join(PERSONS, PERSONS.c.fact == _F.id).where(_F.subject.like("case:%")).distinct()
    subjects = named.subquery("named").c.subject
    last_ms = select(func.max(_F.at_ms)).where(_F.subject == subjects, _F.kind.in_(ENDING)).scalar_subquery()
    ended = (_C.id == func.substr(subjects, len("case:") + 1), _C.state.in_(ENDED), last_ms < before_ms)
    query = select(_C.id).where(*ended).order_by(last_ms, _C.id).limit(CASES_MAX)
    return list(session.connection().execute(query).scalars())
