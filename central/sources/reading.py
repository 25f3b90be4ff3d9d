"""What is asked of the register, the lists and the ledger."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import or_, select, tuple_
from sqlmodel import Session

from central.sources.silence import silent_ms
from central.statistics.periods import period_text, span_of
from central.store.counted_tables import SITE_PERIODS
from central.store.source_tables import LEDGER, SILENCES, SOURCE_ITEMS, SOURCE_SITES, SOURCES, TICKETS

Row = dict[str, Any]
SILENCES_MAX = 10_000


def sources(session: Session, equal: Mapping[str, Any], after: str | None, limit: int) -> list[Row]:
    """By id."""
    query = select(SOURCES).order_by(SOURCES.c.id).limit(limit)
    for name, value in equal.items():
        if value is not None:
            query = query.where(SOURCES.c[name] == value)
    return _rows(session, query if after is None else query.where(SOURCES.c.id > after))


def items(
    session: Session,
    equal: Mapping[str, Any],
    overdue_on: str | None,
    span_ms: tuple[int | None, int | None],
    after: str | None,
    limit: int,
) -> list[Row]:
    """By id. `overdue_on`: only those not ended whose deadline lies before it. `span_ms`: found or adopted then."""
    item = SOURCE_ITEMS.c
    query = select(SOURCE_ITEMS).order_by(item.id).limit(limit)
    for name, value in equal.items():
        if value is not None:
            query = query.where(item[name] == value)
    if overdue_on is not None:
        query = query.where(item.ended == 0, item.deadline < overdue_on)
    if span_ms[0] is not None:
        query = query.where(item.opened_ms >= span_ms[0])
    if span_ms[1] is not None:
        query = query.where(item.opened_ms < span_ms[1])
    return _rows(session, query if after is None else query.where(item.id > after))


def ledger(
    session: Session,
    source: str,
    days: tuple[int, int],
    now_ms: int,
    after: tuple[int, str] | None,
    limit: int,
) -> list[Row]:
    """Site by site and day by day (both ends in): what was weighed, held, let go and on which grounds, and silent."""
    s = SITE_PERIODS.c
    of_source = select(SOURCE_SITES.c.site).where(SOURCE_SITES.c.source == source)
    here = (s.unit == "day", s.period.between(*days), s.site.in_(of_source))
    on_day = (LEDGER.c.site == s.site) & (LEDGER.c.day == s.period)
    ticketed = (TICKETS.c.site == s.site) & (TICKETS.c.day == s.period) & (TICKETS.c.source == source)
    query = (
        select(s.site, s.period, s.checked, s.exceeded, s.held, s.released, LEDGER.c.released_over, LEDGER.c.grounds)
        .add_columns(TICKETS.c.tickets)
        .select_from(SITE_PERIODS.outerjoin(LEDGER, on_day).outerjoin(TICKETS, ticketed))
        .where(*here)
        .order_by(s.period, s.site)
        .limit(limit)
    )
    if after is not None:
        query = query.where(tuple_(s.period, s.site) > tuple_(*after))
    rows = _rows(session, query)
    silences = _silences(session, {row["site"] for row in rows}, days)
    return [_ledger_row(row, silences.get(row["site"], ()), now_ms) for row in rows]


def _ledger_row(row: Row, silences: Sequence[tuple[int, int | None]], now_ms: int) -> Row:
    tickets = row["tickets"]
    quiet_ms = silent_ms(silences, *span_of(row["period"], "day"), now_ms)
    return {
        "site": row["site"],
        "day": period_text(row["period"]),
        "trucks": row["checked"],
        "attempts": row["held"],
        "over": row["exceeded"],
        "releases": row["released"],
        "released_over": row["released_over"] or 0,
        "grounds": json.loads(row["grounds"] or "{}"),
        "tickets": tickets,
        "tickets_missing": None if tickets is None else row["checked"] - tickets,
        "silent_minutes": quiet_ms // 60_000,
        "period": row["period"],
    }


def _silences(session: Session, sites: Iterable[str], days: tuple[int, int]) -> dict[str, list[tuple[int, int | None]]]:
    """Those of the sites that touch the days."""
    begin_ms, end_ms = span_of(days[0], "day")[0], span_of(days[1], "day")[1]
    of = SILENCES.c
    reaching = or_(of.until_ms.is_(None), of.until_ms > begin_ms)
    query = select(of.site, of.from_ms, of.until_ms).where(of.site.in_(sorted(sites)), of.from_ms < end_ms, reaching)
    found: dict[str, list[tuple[int, int | None]]] = {}
    for site, from_ms, until_ms in session.connection().execute(query.limit(SILENCES_MAX)):
        found.setdefault(site, []).append((from_ms, until_ms))
    return found


def _rows(session: Session, query: Any) -> list[Row]:
    return [dict(row) for row in session.connection().execute(query).mappings()]
