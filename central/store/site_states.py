"""How each site stands: what it last said, its journals with their gaps, what lies in quarantine, its alarms.

A fixed number of questions for all the sites asked for, and one more for each journal that has a gap.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session

from central.store.database import moment_text
from central.store.intake import unresolved
from central.store.progress import known_above
from central.store.table_of import table_of
from central.store.tables import ENTRIES, PROGRESS, QUARANTINE, SITE_STATES, AlarmRow

GAPS_MAX = 100
ALARMS_MAX = 20
JOURNALS_PER_SITE_MAX = 100
SILENT_MS_MAX = 180_000
"""A site not heard of for three minutes does not count as online, whatever it said last."""

_ALARMS = table_of(AlarmRow)
_TOP = select(func.max(ENTRIES.c.seq)).where(ENTRIES.c.journal == PROGRESS.c.journal).scalar_subquery()

Rows = dict[str, list[Any]]


def site_states(session: Session, sites: Sequence[str], now_ms: int) -> list[dict[str, Any]]:
    """In the order given: online state, status, `records` stored, `quarantined`, `journals`, the newest `alarms`."""
    connection = session.connection()
    of = SITE_STATES.c
    seen = {row.site: row for row in connection.execute(select(SITE_STATES).where(of.site.in_(sites)))}
    counted = select(QUARANTINE.c.site, func.count()).where(QUARANTINE.c.site.in_(sites)).group_by(QUARANTINE.c.site)
    parked = {site: int(count) for site, count in connection.execute(counted)}
    journals, alarms = _journals(session, sites), _alarms(session, sites)
    return [
        _state(session, site, now_ms, seen.get(site), journals.get(site, []), alarms.get(site, []), parked.get(site, 0))
        for site in sites
    ]


def _state(
    session: Session, site: str, now_ms: int, state: Any, rows: list[Any], alarms: list[Any], parked: int
) -> dict[str, Any]:
    status = _status_of(None if state is None else state.status)
    silent = state is None or now_ms - state.seen_ms > SILENT_MS_MAX
    journals = [_journal(session, row, parked=parked > 0) for row in rows[:JOURNALS_PER_SITE_MAX]]
    # Every place up to `through` is stored or in quarantine: nothing of ten million is counted for it.
    places = sum(one["through"] + one["above"] for one in journals)
    return {
        "id": site,
        "online": not silent and not _says_offline(status),
        "last_seen": None if state is None else moment_text(state.seen_ms),
        "status": status,
        "status_at": None if state is None or state.status_ms is None else moment_text(state.status_ms),
        "records": places - (sum(_unresolved(session, site, row.journal) for row in rows) if parked else 0),
        "quarantined": parked,
        "journals": journals,
        "alarms": [
            {
                "kind": row.kind,
                "entry": f"{row.journal}/{row.seq}",
                "at": moment_text(row.raised_ms),
                "detail": row.detail,
            }
            for row in alarms
        ],
    }


def _journals(session: Session, sites: Sequence[str]) -> Rows:
    p = PROGRESS.c
    query = select(p.site, p.journal, p.through, _TOP.label("top")).where(p.site.in_(sites)).order_by(p.site, p.journal)
    return _by_site(session.connection().execute(query))


def _alarms(session: Session, sites: Sequence[str]) -> Rows:
    """The newest of each site."""
    a = _ALARMS.c
    order = (a.raised_ms.desc(), a.journal, a.seq, a.kind)
    rank = func.row_number().over(partition_by=a.site, order_by=order).label("rank")
    ranked = select(_ALARMS, rank).where(a.site.in_(sites)).subquery()
    newest = select(ranked).where(ranked.c.rank <= ALARMS_MAX).order_by(ranked.c.site, ranked.c.rank)
    return _by_site(session.connection().execute(newest))


def _by_site(rows: Any) -> Rows:
    found: Rows = {}
    for row in rows:
        found.setdefault(row.site, []).append(row)
    return found


def _journal(session: Session, row: Any, *, parked: bool) -> dict[str, Any]:
    """Looked into only where something lies above, or anything of the site is in quarantine."""
    whole = not parked and (row.top or 0) <= row.through
    above = [] if whole else known_above(session, row.site, row.journal, row.through)
    q = QUARANTINE.c
    conflicts = select(q.seq).where(q.site == row.site, q.journal == row.journal, q.kind == "conflict").distinct()
    found = session.connection().execute(conflicts.order_by(q.seq).limit(GAPS_MAX)).scalars() if parked else ()
    return {
        "journal": row.journal,
        "through": row.through,
        "above": len(above),
        "gaps": _gaps(row.through, above),
        "conflicts": list(found),
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


def _unresolved(session: Session, site: str, journal: str) -> int:
    """How many places of a journal hold nothing but a quarantined entry."""
    places = unresolved(site, journal).distinct().subquery()
    return int(session.connection().execute(select(func.count()).select_from(places)).scalar_one())


def _status_of(status: str | None) -> Any:
    if status is None:
        return None
    try:
        return json.loads(status)
    except (ValueError, RecursionError):
        return status


def _says_offline(status: Any) -> bool:
    return isinstance(status, Mapping) and (status.get("online") is False or status.get("state") == "offline")
