"""What the pages and the API ask of the tables. Answers are plain JSON shapes; times RFC 3339, masses whole kg."""

import base64
import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, tuple_
from sqlmodel import Session, col, select

from central.asking import PAGE_MAX
from central.store.database import moment_text
from central.store.progress import known_above
from central.store.tables import AlarmRow, EntryRow, ProgressRow, QuarantineRow, SiteRow

GAPS_MAX = 100
ALARMS_MAX = 20
JOURNALS_PER_SITE_MAX = 100
SILENT_MS_MAX = 180_000
"""A site not heard of for three minutes does not count as online, whatever it said last."""

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
    query = select(EntryRow)
    for name in ("site", "plate", "type", "outcome"):
        value = getattr(wanted, name)
        if value is not None:
            query = query.where(getattr(EntryRow, name) == value)
    if wanted.from_ms is not None:
        query = query.where(col(EntryRow.at_ms) >= wanted.from_ms)
    if wanted.until_ms is not None:
        query = query.where(col(EntryRow.at_ms) < wanted.until_ms)
    order = (col(EntryRow.at_ms), col(EntryRow.journal), col(EntryRow.seq))
    if wanted.after is not None:
        mark = session.get(EntryRow, wanted.after)
        if mark is None:
            return None
        query = query.where(tuple_(*order) < tuple_(mark.at_ms, mark.journal, mark.seq))
    query = query.order_by(*(column.desc() for column in order)).limit(wanted.limit + 1)
    rows = session.exec(query).all()
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


def site_detail(session: Session, site: str, now_ms: int) -> dict[str, Any]:
    """One site: its online state, what it says of itself, its journals and alarms."""
    state = session.get(SiteRow, site)
    status = _status_of(state)
    silent = state is None or now_ms - state.seen_ms > SILENT_MS_MAX
    journals = select(ProgressRow).where(ProgressRow.site == site).order_by(ProgressRow.journal)
    alarms = select(AlarmRow).where(AlarmRow.site == site).order_by(col(AlarmRow.raised_ms).desc(), AlarmRow.journal)
    return {
        "id": site,
        "online": not silent and not _says_offline(status),
        "last_seen": moment_text(state.seen_ms) if state else None,
        "status": status,
        "status_at": moment_text(state.status_ms) if state and state.status_ms is not None else None,
        "records": _count(session, EntryRow, site),
        "quarantined": _count(session, QuarantineRow, site),
        "journals": [_journal(session, row) for row in session.exec(journals.limit(JOURNALS_PER_SITE_MAX))],
        "alarms": [
            {
                "kind": row.kind,
                "entry": f"{row.journal}/{row.seq}",
                "at": moment_text(row.raised_ms),
                "detail": row.detail,
            }
            for row in session.exec(alarms.limit(ALARMS_MAX))
        ],
    }


def statistics(session: Session) -> dict[str, Any]:
    """Counts of entries by site and type, and of outcomes and actions of weighings by site."""
    types: dict[str, dict[str, int]] = {}
    for site, kind, count in session.exec(
        select(EntryRow.site, EntryRow.type, func.count()).group_by(EntryRow.site, EntryRow.type)
    ):
        types.setdefault(site, {})[kind] = count
    return {
        "entries": sum(sum(counts.values()) for counts in types.values()),
        "types": types,
        "outcomes": _weighings_by(session, col(EntryRow.outcome)),
        "actions": _weighings_by(session, col(EntryRow.action)),
    }


def _weighings_by(session: Session, column: Any) -> dict[str, dict[str, int]]:
    query = select(EntryRow.site, column, func.count()).where(EntryRow.type == "weighing")
    found: dict[str, dict[str, int]] = {}
    for site, value, count in session.exec(query.group_by(EntryRow.site, column)):
        found.setdefault(site, {})[value or "unstated"] = count
    return found


def _listed(row: EntryRow) -> dict[str, Any]:
    return {
        "id": f"{row.journal}/{row.seq}",
        **{name: getattr(row, name) for name in _LISTED},
        "parent": row.parent,
        "at": moment_text(row.at_ms),
        "received_at": moment_text(row.received_ms),
    }


def _journal(session: Session, row: ProgressRow) -> dict[str, Any]:
    above = known_above(session, row.site, row.journal, row.through)
    conflicts = (
        select(QuarantineRow.seq)
        .where(QuarantineRow.site == row.site, QuarantineRow.journal == row.journal, QuarantineRow.kind == "conflict")
        .distinct()
        .order_by(col(QuarantineRow.seq))
    )
    return {
        "journal": row.journal,
        "through": row.through,
        "above": len(above),
        "gaps": _gaps(row.through, above),
        "conflicts": list(session.exec(conflicts.limit(GAPS_MAX))),
    }


def _gaps(through: int, above: list[int]) -> list[list[int]]:
    """First and last of each run of missing seqs below the highest known."""
    gaps: list[list[int]] = []
    last = through
    for seq in above:
        if seq > last + 1:
            gaps.append([last + 1, seq - 1])
            if len(gaps) == GAPS_MAX:
                break
        last = seq
    return gaps


def _count(session: Session, table: type[EntryRow] | type[QuarantineRow], site: str) -> int:
    return session.exec(select(func.count()).select_from(table).where(table.site == site)).one()


def _status_of(state: SiteRow | None) -> Any:
    if state is None or state.status is None:
        return None
    try:
        return json.loads(state.status)
    except (ValueError, RecursionError):
        return state.status


def _says_offline(status: Any) -> bool:
    return isinstance(status, dict) and (status.get("online") is False or status.get("state") == "offline")
