"""What the gates are told: which vehicles are on which list. What a gate does with it is the matrix's."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import case, select
from sqlmodel import Session

from central.credit.deriving import MARKS
from central.store.credit_tables import GATE_LISTS, LISTINGS
from central.store.fact_tables import FactRow
from central.store.table_of import table_of
from gateway.contract.down import BULLETIN_BYTES_MAX
from gateway.contract.entry import canonical

LISTED_MAX, LISTED_BYTES_MAX = 20_000, BULLETIN_BYTES_MAX - 4_096
"""What one bulletin holds; of more, the gravest go first, and the rest is not told."""

GRAVEST: Sequence[str] = ("certificate-revoked", "discredited", "watched")
_F = table_of(FactRow).c
_RANK = case(*((GATE_LISTS.c.status == status, rank) for rank, status in enumerate(GRAVEST)), else_=len(GRAVEST))


def fitting(listed: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """As many from the front as one bulletin holds."""
    room = LISTED_BYTES_MAX
    for place, one in enumerate(listed):
        room -= len(canonical(one)) + 1
        if room < 0:
            return listed[:place]
    return listed


def any_kept(session: Session) -> bool:
    """Whether lists are kept here at all: else what an administrator published by hand stays as it is."""
    connection = session.connection()
    if connection.execute(select(LISTINGS.c.id).limit(1)).first() is not None:
        return True
    marks = select(_F.id).where(_F.kind.in_(sorted(MARKS))).limit(1)
    return connection.execute(marks).first() is not None


def whole_list(session: Session, today: str) -> list[dict[str, Any]]:
    """`listed` of a bulletin of kind `lists`: {plate, colour, status, since, until, source}, days as text.

    The gravest first, as many as a bulletin holds. What ended before `today` is left out. Every site gets the whole
    list: a truck is not tied to a place.
    """
    g = GATE_LISTS.c
    query = select(GATE_LISTS).where((g.until.is_(None)) | (g.until >= today)).order_by(_RANK, g.plate, g.colour)
    return fitting([dict(row) for row in session.connection().execute(query.limit(LISTED_MAX)).mappings()])
