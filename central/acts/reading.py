"""All weighings that can be one act with those of a span: read outwards until it is quiet on both sides."""

from collections.abc import Sequence

from sqlalchemy import and_, bindparam, exists, or_
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from central.store.tables import ENTRIES, EntryRow

WEIGHINGS_MAX = 2_000
"""Of one plate without a quiet time between: far more than a truck can pass scales in weeks. The rest is left out."""


_SAYS = exists().where(
    ENTRIES.c.plate == bindparam("of_plate"),
    ENTRIES.c.at_ms.between(bindparam("low"), bindparam("high")),
    or_(
        ENTRIES.c.outcome == "exceeded",
        ENTRIES.c.over_papers_kg.is_not(None),
        ENTRIES.c.action.in_(("hold", "refuse")),  # another weighing may be linked to it, days later
        ENTRIES.c.parent.is_not(None),
        ENTRIES.c.type.in_(("release", "evasion")),
        and_(ENTRIES.c.type == "weighing", ENTRIES.c.gross_kg.is_(None)),
    ),
)
_SAYS_ANYTHING = select_columns(_SAYS)


def says_anything(session: Session, plate: str, from_ms: int, to_ms: int, quiet_ms: int) -> bool:
    """Whether anything around this span can be an act or a lead. Most vehicles are within their limits: one look."""
    bounds = {"of_plate": plate, "low": from_ms - quiet_ms, "high": to_ms + quiet_ms}
    return bool(session.connection().execute(_SAYS_ANYTHING, bounds).scalar())


def weighings_around(session: Session, plate: str, from_ms: int, to_ms: int, quiet_ms: int) -> Sequence[EntryRow]:
    """Weighings of a plate in the span and in every chain that reaches into it.

    A chain is weighings over the limit or their papers no further apart than `quiet_ms`, or linked as one detention.
    """
    low, high = from_ms - quiet_ms, to_ms + quiet_ms
    while True:
        rows = _between(session, plate, low, high)
        wider_low, wider_high = _reach(session, plate, rows, low, high, quiet_ms)
        if (wider_low, wider_high) == (low, high) or len(rows) >= WEIGHINGS_MAX:
            return rows
        low, high = wider_low, wider_high


def _between(session: Session, plate: str, low: int, high: int) -> Sequence[EntryRow]:
    query = select(EntryRow).where(EntryRow.plate == plate, EntryRow.type == "weighing")
    spanned = query.where(col(EntryRow.at_ms) >= low, col(EntryRow.at_ms) <= high)
    return session.exec(
        spanned.order_by(col(EntryRow.at_ms), col(EntryRow.journal), col(EntryRow.seq)).limit(WEIGHINGS_MAX)
    ).all()


def _reach(
    session: Session, plate: str, rows: Sequence[EntryRow], low: int, high: int, quiet_ms: int
) -> tuple[int, int]:
    """As far as these rows' chains may go on."""
    over = [row.at_ms for row in rows if row.outcome == "exceeded" or row.over_papers_kg]
    linked = [row.at_ms for row in _linked(session, plate, rows)]
    earliest = [at_ms - quiet_ms for at_ms in (*over, *linked)]
    latest = [at_ms + quiet_ms for at_ms in (*over, *linked)]
    return min([low, *earliest]), max([high, *latest])


def _linked(session: Session, plate: str, rows: Sequence[EntryRow]) -> list[EntryRow]:
    """Parents and children of these, of the same plate."""
    ids = {f"{row.journal}/{row.seq}" for row in rows}
    children = select(EntryRow).where(col(EntryRow.parent).in_(ids), EntryRow.type == "weighing")
    found = list(session.exec(children)) if ids else []
    for parent in sorted({row.parent for row in rows if row.parent} - ids):
        row = entry_by_id(session, parent)
        if row is not None and row.type == "weighing":
            found.append(row)
    return [row for row in found if row.plate == plate]


def entry_by_id(session: Session, entry: str) -> EntryRow | None:
    journal, _, seq = entry.partition("/")
    return session.get(EntryRow, (journal, int(seq))) if seq.isascii() and seq.isdigit() and len(seq) <= 18 else None
