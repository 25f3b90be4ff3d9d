"""Hours in which a site was not heard of, while central itself was at work: seen by central, not told by the site."""

from collections.abc import Iterable

from sqlalchemy import insert, select, update
from sqlmodel import Session

from central.store.site_states import SILENT_MS_MAX
from central.store.source_tables import SILENCES
from central.store.tables import SITE_STATES


def watch(session: Session, sites: Iterable[str], started_ms: int, now_ms: int) -> None:
    """Begin and end silences by when each site was last heard of. Before `started_ms` nobody listened."""
    connection = session.connection()
    heard = connection.execute(select(SITE_STATES.c.site, SITE_STATES.c.seen_ms))
    seen: dict[str, int] = {row.site: row.seen_ms for row in heard}
    silent = connection.execute(select(SILENCES.c.site, SILENCES.c.from_ms).where(SILENCES.c.until_ms.is_(None)))
    open_since: dict[str, int] = {row.site: row.from_ms for row in silent}
    for site in sites:
        last_ms = seen.get(site)
        from_ms = open_since.get(site)
        if from_ms is not None:
            if last_ms is not None and last_ms > from_ms:
                ended = update(SILENCES).where(SILENCES.c.site == site, SILENCES.c.from_ms == from_ms)
                connection.execute(ended.values(until_ms=last_ms))
            continue
        since_ms = max(last_ms or started_ms, started_ms)
        if now_ms - since_ms > SILENT_MS_MAX:
            connection.execute(insert(SILENCES), {"site": site, "from_ms": since_ms})


def silent_ms(spans: Iterable[tuple[int, int | None]], from_ms: int, until_ms: int, now_ms: int) -> int:
    """How much of the time between was silent; a silence without an end lasts until now."""
    total = 0
    for begun_ms, ended_ms in spans:
        ended = now_ms if ended_ms is None else ended_ms
        total += max(0, min(ended, until_ms, now_ms) - max(begun_ms, from_ms))
    return total
