"""What the gates are told: which vehicles are on which list. What a gate does with it is the matrix's."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import case, select
from sqlmodel import Session

from central.store.credit_tables import GATE_LISTS

LISTED_MAX = 20_000
"""What one bulletin holds; of more, the gravest go first."""

GRAVEST: Sequence[str] = ("certificate-revoked", "discredited", "watched")
_RANK = case(*((GATE_LISTS.c.status == status, rank) for rank, status in enumerate(GRAVEST)), else_=len(GRAVEST))


def lists_for(session: Session, site: str, today: str) -> list[dict[str, Any]]:
    """`listed` of a bulletin of kind `lists` for a site: {plate, colour, status, since, until, source}, days as text.

    Every site gets the whole list: a truck is not tied to a place. What ended before `today` is left out.
    """
    assert site
    g = GATE_LISTS.c
    query = select(GATE_LISTS).where((g.until.is_(None)) | (g.until >= today)).order_by(_RANK, g.plate, g.colour)
    return [dict(row) for row in session.connection().execute(query.limit(LISTED_MAX)).mappings()]
