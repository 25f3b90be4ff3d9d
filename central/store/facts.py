"""Facts: what people and other authorities did. Append-only, each once by its own id, read in one fixed order."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

from sqlalchemy import Select, bindparam, func, or_, select
from sqlmodel import Session

from central.errors import FactConflict, FactTooLarge
from central.store.due import Due, mark_due
from central.store.fact_tables import FACTS, FactRow, PersonRow
from gateway.contract.entry import canonical

FACT_BYTES_MAX = 64 * 1024
FACTS_PER_SUBJECT_MAX = 2_000
"""More were made of nothing that a person handles; they are read all at once."""

STATING_LOCK = 0x57656967
"""The letters Weig: a number is all by which PostgreSQL knows such a lock."""

_OF_SUBJECT = (
    select(FACTS)
    .where(FACTS.c.subject == bindparam("of"))
    .order_by(FACTS.c.at_ms, FACTS.c.id)
    .limit(FACTS_PER_SUBJECT_MAX)
)
_ALONE = select(func.pg_advisory_xact_lock(STATING_LOCK))
_OF_KIND = _OF_SUBJECT.where(FACTS.c.kind == bindparam("one"))


@dataclass(frozen=True, slots=True)
class Fact:
    """`at_ms` is when it happened, `made_ms` when it was put down here; `who` did it, `why` in their own words.

    `subject` is what it is about (`case:<id>`, `lead:<entry>`, `enterprise:<id>`…). Order: (at_ms, id), never arrival.
    """

    id: str
    kind: str
    subject: str
    at_ms: int
    made_ms: int
    who: str
    why: str
    body: Mapping[str, Any] = field(default_factory=dict)


def one_at_a_time(session: Session) -> None:
    """Until this transaction ends nobody else states what is checked against what was stated: also where two centrals
    work on one PostgreSQL. SQLite has one writer anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.connection().execute(_ALONE)


def append_fact(
    session: Session, fact: Fact, touched: Iterable[Due], personal: Mapping[str, str] | None = None
) -> Literal["stored", "repeated"]:
    """Keep a fact and mark what it touches, in this transaction. `personal` values are kept apart, deletable.

    Raises:
        FactConflict: this id is taken by a fact that says otherwise. FactTooLarge: it is longer than FACT_BYTES_MAX.
    """
    body = canonical(fact.body).decode()
    if len(body.encode()) > FACT_BYTES_MAX:
        raise FactTooLarge(f"the statement has {len(body.encode())} bytes; one holds {FACT_BYTES_MAX}")
    known = session.get(FactRow, fact.id)
    if known is not None:
        said = (known.kind, known.subject, known.at_ms, known.who, known.why, known.body)
        if said != (fact.kind, fact.subject, fact.at_ms, fact.who, fact.why, body):
            raise FactConflict(fact.id)
        return "repeated"
    session.add(
        FactRow(
            id=fact.id,
            kind=fact.kind,
            subject=fact.subject,
            at_ms=fact.at_ms,
            made_ms=fact.made_ms,
            who=fact.who,
            why=fact.why,
            body=body,
        )
    )
    session.add_all(PersonRow(fact=fact.id, name=name, value=value) for name, value in (personal or {}).items())
    session.flush()
    mark_due(session.connection(), touched)
    return "stored"


def facts_about(session: Session, subjects: Sequence[str]) -> dict[str, list[Fact]]:
    """All that was stated about these subjects, by subject, each by (at_ms, id): one question for all."""
    found: dict[str, list[Fact]] = {subject: [] for subject in subjects}
    asked = {f"of_{place}": subject for place, subject in enumerate(subjects)}
    for row in session.connection().execute(_about(len(subjects)), asked):
        found[row.subject].append(fact_of(row))
    return found


@lru_cache
def _about(count: int) -> Select[Any]:
    """Made once: a list of any length would be written anew for each question."""
    subjects = or_(*(FACTS.c.subject == bindparam(f"of_{place}") for place in range(count)))
    return select(FACTS).where(subjects).order_by(FACTS.c.at_ms, FACTS.c.id).limit(FACTS_PER_SUBJECT_MAX * count)


def facts_of(session: Session, subject: str, kind: str | None = None) -> list[Fact]:
    """All that was stated about a subject, by (at_ms, id)."""
    rows = session.connection().execute(_OF_SUBJECT if kind is None else _OF_KIND, {"of": subject, "one": kind})
    return [fact_of(row) for row in rows]


def fact_by_id(session: Session, fact_id: str) -> Fact | None:
    row = session.get(FactRow, fact_id)
    return None if row is None else fact_of(row)


def fact_of(row: Any) -> Fact:
    """`row`: of the table, or mapped."""
    body = json.loads(row.body)
    return Fact(row.id, row.kind, row.subject, row.at_ms, row.made_ms, row.who, row.why, body)
