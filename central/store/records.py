"""What the pages and the API ask of the tables. Answers are plain JSON shapes; times RFC 3339, masses whole kg."""

import base64
import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, text, tuple_
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from central.asking import PAGE_MAX
from central.store.database import moment_text
from central.store.tables import ENTRIES, EntryRow

MIX_MS = 86_400_000
MIX_MS_MAX = 7 * MIX_MS
"""What statistics() looks through: a week of every entry."""

_LISTED = ("site", "journal", "seq", "type", "lane", "plate", "colour", "gross_kg", "outcome", "excess_kg", "action")


@dataclass(frozen=True, slots=True)
class RecordFilter:
    site: str | None = None
    plate: str | None = None
    type: str | None = None
    outcome: str | None = None
    from_ms: int | None = None
    until_ms: int | None = None
    after: tuple[str, int] | None = None
    limit: int = 100


def records_page(session: Session, wanted: RecordFilter) -> dict[str, Any] | None:
    """Newest first. `next` is the id to pass as `after`. None: the entry named by `after` is not here."""
    assert 1 <= wanted.limit <= PAGE_MAX
    query = select_columns(*(ENTRIES.c[name] for name in (*_LISTED, "parent", "at_ms", "received_ms")))
    for name in ("site", "plate", "type", "outcome"):
        value = getattr(wanted, name)
        if value is not None:
            query = query.where(ENTRIES.c[name] == value)
    # In the words of the partial indexes, so that they serve.
    if wanted.type is not None and wanted.type != "weighing":
        query = query.where(text("type <> 'weighing'"))
    if wanted.outcome is not None and wanted.outcome != "within":
        query = query.where(text("outcome <> 'within'"))
    if wanted.from_ms is not None:
        query = query.where(ENTRIES.c.at_ms >= wanted.from_ms)
    if wanted.until_ms is not None:
        query = query.where(ENTRIES.c.at_ms < wanted.until_ms)
    order = (ENTRIES.c.at_ms, ENTRIES.c.journal, ENTRIES.c.seq)
    if wanted.after is not None:
        mark = session.get(EntryRow, wanted.after)
        if mark is None:
            return None
        query = query.where(tuple_(*order) < tuple_(mark.at_ms, mark.journal, mark.seq))
    query = query.order_by(*(column.desc() for column in order)).limit(wanted.limit + 1)
    rows = session.connection().execute(query).all()
    page = rows[: wanted.limit]
    following = f"{page[-1].journal}/{page[-1].seq}" if len(rows) > len(page) else None
    return {"records": [_listed(row) for row in page], "next": following}


def record_detail(session: Session, journal: str, seq: int) -> dict[str, Any] | None:
    """One entry whole, its exact bytes as base64 beside the parsed document."""
    row = session.get(EntryRow, (journal, seq))
    if row is None:
        return None
    return {
        **_listed(row),
        "alg": row.alg,
        "key_id": row.key_id,
        "prev_hash": row.prev_hash.hex(),
        "hash": row.hash.hex(),
        "signature": row.signature.hex(),
        "data_base64": base64.b64encode(row.body).decode(),
        "document": json.loads(row.body),
    }


def statistics(session: Session, from_ms: int | None, until_ms: int | None) -> dict[str, Any]:
    """Counts of entries by site and type, and of outcomes and actions of weighings by site, in a stretch of time.

    Without one: the day up to the newest entry. Longer stretches are what /api/v1/statistics/series is for.
    """
    at_ms = col(EntryRow.at_ms)
    if until_ms is None:
        newest = session.exec(select(func.max(at_ms))).one()
        until_ms = 0 if newest is None else newest + 1
    if from_ms is None:
        from_ms = until_ms - MIX_MS
    shown = (ENTRIES.c.site, ENTRIES.c.type, ENTRIES.c.outcome, ENTRIES.c.action)
    then = (ENTRIES.c.at_ms >= from_ms, ENTRIES.c.at_ms < until_ms)
    query = select_columns(*shown, func.count()).where(*then).group_by(*shown)
    types: dict[str, dict[str, int]] = {}
    outcomes: dict[str, dict[str, int]] = {}
    actions: dict[str, dict[str, int]] = {}
    for site, kind, outcome, action, count in session.connection().execute(query):
        _add(types, site, kind, count)
        if kind == "weighing":
            _add(outcomes, site, outcome, count)
            _add(actions, site, action, count)
    total = sum(sum(counts.values()) for counts in types.values())
    return {"entries": total, "types": types, "outcomes": outcomes, "actions": actions}


def _add(counts: dict[str, dict[str, int]], site: str, value: str | None, count: int) -> None:
    of_site = counts.setdefault(site, {})
    of_site[value or "unstated"] = of_site.get(value or "unstated", 0) + count


def _listed(row: Any) -> dict[str, Any]:
    return {
        "id": f"{row.journal}/{row.seq}",
        **{name: getattr(row, name) for name in _LISTED},
        "parent": row.parent,
        "at": moment_text(row.at_ms),
        "received_at": moment_text(row.received_ms),
    }
