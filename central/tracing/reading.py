"""What is asked of the traces."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select, tuple_
from sqlmodel import Session

from central.store.trace_tables import TRACES

KEY = ("found_ms", "entry", "kind")
_ORDER = tuple(TRACES.c[name] for name in KEY)


def traces(
    session: Session,
    equal: Mapping[str, str | None],
    from_ms: int | None,
    until_ms: int | None,
    after: tuple[Any, ...] | None,
    limit: int,
) -> list[dict[str, Any]]:
    """Newest find first. `equal`: column → value, those with None left out."""
    query = select(TRACES).order_by(*(one.desc() for one in _ORDER)).limit(limit)
    for name, value in equal.items():
        if value is not None:
            query = query.where(TRACES.c[name] == value)
    if from_ms is not None:
        query = query.where(TRACES.c.found_ms >= from_ms)
    if until_ms is not None:
        query = query.where(TRACES.c.found_ms < until_ms)
    if after is not None:
        query = query.where(tuple_(*_ORDER) < tuple_(*after))
    return [dict(row) for row in session.connection().execute(query).mappings()]
