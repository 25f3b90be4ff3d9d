"""What is asked of the register, the lists and the ledger."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import or_, select
from sqlmodel import Session

from central.asking import DAY_MS, day_of, day_start_ms
from central.sources.silence import silent_ms
from central.statistics.periods import period_of, period_text, span_of
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
    """Day by day (both ends in) and site by site: what was weighed, held, let go and on which grounds, and silent. Also
    a day on which nothing was weighed, where tickets were given or the site was not heard of.
    """
    sites = [row["site"] for row in _rows(session, select(SOURCE_SITES.c.site).where(SOURCE_SITES.c.source == source))]
    told = _told(session, source, sites, days)
    silences = _silences(session, sites, days)
    silent = {(day, site) for site, spans in silences.items() for day in _days_of(spans, days, now_ms)}
    places = sorted(place for place in {*told, *silent} if after is None or place > after)[:limit]
    nothing: Row = {}
    return [_ledger_row(place, told.get(place, nothing), silences.get(place[1], ()), now_ms) for place in places]


def _told(session: Session, source: str, sites: Sequence[str], days: tuple[int, int]) -> dict[tuple[int, str], Row]:
    """By day and site, what the three tables have of them."""
    weighed, let_go, given = SITE_PERIODS.c, LEDGER.c, TICKETS.c
    counted = [weighed[name] for name in ("checked", "exceeded", "held", "released")]
    found: dict[tuple[int, str], Row] = {}
    for day, site, query in (
        (weighed.period, weighed.site, select(*counted).where(weighed.unit == "day")),
        (let_go.day, let_go.site, select(let_go.released_over, let_go.grounds)),
        (given.day, given.site, select(given.tickets).where(given.source == source)),
    ):
        here = query.add_columns(day.label("day"), site).where(day.between(*days), site.in_(sites))
        for row in _rows(session, here):
            found.setdefault((row["day"], row["site"]), {}).update(row)
    return found


def _ledger_row(place: tuple[int, str], told: Row, silences: Sequence[tuple[int, int | None]], now_ms: int) -> Row:
    day, site = place
    tickets, trucks = told.get("tickets"), told.get("checked", 0)
    return {
        "site": site,
        "day": period_text(day),
        "trucks": trucks,
        "attempts": told.get("held", 0),
        "over": told.get("exceeded", 0),
        "releases": told.get("released", 0),
        "released_over": told.get("released_over", 0),
        "grounds": json.loads(told.get("grounds", "{}")),
        "tickets": tickets,
        "tickets_missing": None if tickets is None else trucks - tickets,
        "silent_minutes": silent_ms(silences, *span_of(day, "day"), now_ms) // 60_000,
        "period": day,
    }


def _days_of(spans: Sequence[tuple[int, int | None]], days: tuple[int, int], now_ms: int) -> Iterable[int]:
    """The days that these silences touch."""
    begin_ms, end_ms = span_of(days[0], "day")[0], span_of(days[1], "day")[1]
    for from_ms, until_ms in spans:
        past_ms = min(now_ms if until_ms is None else until_ms, end_ms)
        first_ms = day_start_ms(day_of(max(from_ms, begin_ms)))
        yield from (period_of(at_ms, "day") for at_ms in range(first_ms, past_ms, DAY_MS))


def _silences(session: Session, sites: Sequence[str], days: tuple[int, int]) -> dict[str, list[tuple[int, int | None]]]:
    """Those of the sites that touch the days."""
    begin_ms, end_ms = span_of(days[0], "day")[0], span_of(days[1], "day")[1]
    of = SILENCES.c
    reaching = or_(of.until_ms.is_(None), of.until_ms > begin_ms)
    query = select(of.site, of.from_ms, of.until_ms).where(of.site.in_(sites), of.from_ms < end_ms, reaching)
    found: dict[str, list[tuple[int, int | None]]] = {}
    for site, from_ms, until_ms in session.connection().execute(query.limit(SILENCES_MAX)):
        found.setdefault(site, []).append((from_ms, until_ms))
    return found


def _rows(session: Session, query: Any) -> list[Row]:
    return [dict(row) for row in session.connection().execute(query).mappings()]
