"""Every access is put down before it is answered, and kept for as long as the law asks and no longer.

Network logs are kept for at least six months (Cybersecurity Law art. 21, text of 2017).
"""

from typing import Any

from sqlalchemy import delete, select, text, tuple_
from sqlmodel import Session

from central.asking import DAY_MS
from central.store.access_tables import ACCESS

HOUR_MS = 3_600_000
KEPT_DAYS = 400
_NOTE = text(
    "INSERT INTO access_log (who, method, path, query, hour_ms, first_ms, last_ms, times)"
    " VALUES (:who, :method, :path, :query, :hour_ms, :now_ms, :now_ms, 1)"
    " ON CONFLICT (who, method, path, query, hour_ms) DO UPDATE SET times = access_log.times + 1,"
    " last_ms = CASE WHEN excluded.last_ms > access_log.last_ms THEN excluded.last_ms ELSE access_log.last_ms END"
)


def note_access(session: Session, who: str, method: str, path: str, query: str, now_ms: int) -> None:
    hour_ms = now_ms - now_ms % HOUR_MS
    connection = session.connection()
    asked = {"who": who, "method": method[:8], "path": path[:200], "query": query[:400]}
    connection.execute(_NOTE, {**asked, "hour_ms": hour_ms, "now_ms": now_ms})
    connection.execute(delete(ACCESS).where(ACCESS.c.hour_ms < now_ms - KEPT_DAYS * DAY_MS))


_KEY = (ACCESS.c.hour_ms, ACCESS.c.who, ACCESS.c.method, ACCESS.c.path, ACCESS.c.query)


def accesses(
    session: Session,
    who: str | None,
    from_ms: int | None,
    until_ms: int | None,
    after: tuple[Any, ...] | None,
    limit: int,
) -> list[dict[str, Any]]:
    """Newest first; `after` is (hour_ms, who, method, path, query) of the last one seen."""
    query = select(ACCESS)
    if who is not None:
        query = query.where(ACCESS.c.who == who)
    if from_ms is not None:
        query = query.where(ACCESS.c.hour_ms >= from_ms - HOUR_MS + 1)
    if until_ms is not None:
        query = query.where(ACCESS.c.hour_ms < until_ms)
    if after is not None:
        query = query.where(tuple_(*_KEY) < tuple_(*after))
    ordered = query.order_by(*(column.desc() for column in _KEY)).limit(limit)
    return [dict(row) for row in session.connection().execute(ordered).mappings()]
