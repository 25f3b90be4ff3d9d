"""What is asked of the counts. Each question reads a bounded stretch of an index."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, literal_column, select, tuple_
from sqlmodel import Session

from central.statistics.counting import HUNDRED_TONNE_KG
from central.store.counted_tables import COUNTED, PLACES, SITE_PERIODS, VEHICLE_PERIODS
from central.store.tables import ENTRIES
from central.store.trace_tables import ORIGIN_PERIODS

Row = Mapping[str, Any]
_S, _V, _O, _E = SITE_PERIODS.c, VEHICLE_PERIODS.c, ORIGIN_PERIODS.c, ENTRIES.c
_SUMS = [func.sum(_S[name]).label(name) for name in COUNTED]


@dataclass(frozen=True, slots=True)
class Over:
    """Of which periods (both ends in), and of which sites."""

    unit: str
    first: int
    last: int
    site: str | None = None
    kind: str | None = None


def _of(query: Select[Any], over: Over) -> Select[Any]:
    query = query.where(_S.unit == over.unit, _S.period.between(over.first, over.last))
    if over.site is not None:
        query = query.where(_S.site == over.site)
    if over.kind is not None:
        query = query.where(_S.site.in_(select(PLACES.c.site).where(PLACES.c.kind == over.kind)))
    return query


def series(session: Session, over: Over, after: int | None, limit: int) -> list[Row]:
    """The chosen sites together, period by period, oldest first."""
    query = _of(select(_S.period, *_SUMS), over).group_by(_S.period).order_by(_S.period).limit(limit)
    return _rows(session, query if after is None else query.where(_S.period > after))


def by_site(session: Session, over: Over, after: str | None, limit: int) -> list[Row]:
    """Site by site over the chosen periods, with its kind and name, by site."""
    query = _of(select(_S.site, *_SUMS), over).group_by(_S.site).order_by(_S.site).limit(limit)
    counted = (query if after is None else query.where(_S.site > after)).subquery()
    places = select(counted, PLACES.c.kind, PLACES.c.name).outerjoin(PLACES, PLACES.c.site == counted.c.site)
    return _rows(session, places.order_by(counted.c.site))


def by_kind(session: Session, over: Over, after: str | None, limit: int) -> list[Row]:
    """Kind of place by kind of place, over the chosen periods."""
    kind = func.coalesce(PLACES.c.kind, literal_column("''"))  # a bound value would be another one in GROUP BY
    joined = SITE_PERIODS.outerjoin(PLACES, PLACES.c.site == _S.site)
    query = _of(select(kind.label("kind"), *_SUMS).select_from(joined), over)
    query = query.group_by(kind).order_by(kind).limit(limit)
    return _rows(session, query if after is None else query.where(kind > after))


def repeat_offenders(
    session: Session, unit: str, period: int, at_least: int, after: tuple[int, str, str] | None, limit: int
) -> list[Row]:
    """Vehicles by how often they were found over in a month or year, most first."""
    here = (_V.unit == unit, _V.period == period, _V.exceeded >= at_least)
    query = select(VEHICLE_PERIODS).where(*here).order_by(_V.exceeded.desc(), _V.plate, _V.colour).limit(limit)
    if after is not None:
        query = query.where(
            _V.exceeded <= after[0], tuple_(-_V.exceeded, _V.plate, _V.colour) > (-after[0], *after[1:])
        )
    return _rows(session, query)


def top_sources(session: Session, unit: str, period: int, after: tuple[int, str] | None, limit: int) -> list[Row]:
    """Source sites by how many overloads left them so, or were recorded falsely, most first."""
    query = select(ORIGIN_PERIODS, PLACES.c.name).outerjoin(PLACES, PLACES.c.site == _O.site)
    query = query.where(_O.unit == unit, _O.period == period).order_by(_O.blamed.desc(), _O.site).limit(limit)
    if after is not None:
        query = query.where(_O.blamed <= after[0], tuple_(-_O.blamed, _O.site) > tuple_(-after[0], after[1]))
    return _rows(session, query)


def hundred_tonners(
    session: Session,
    from_ms: int | None,
    until_ms: int | None,
    site: str | None,
    after: tuple[int, str, int] | None,
    limit: int,
) -> list[Row]:
    """First weighings of a hundred tonnes and more, newest first."""
    order = (_E.at_ms, _E.journal, _E.seq)
    # The bound stands in the text of the statement, so that the index of just these rows serves.
    here = (_E.type == "weighing", _E.gross_kg >= literal_column(str(HUNDRED_TONNE_KG)))
    shown = (*order, _E.site, _E.plate, _E.colour, _E.gross_kg, _E.excess_kg, _E.outcome, _E.action)
    query = select(*shown).where(*here, _E.parent.is_(None)).order_by(*(one.desc() for one in order)).limit(limit)
    if from_ms is not None:
        query = query.where(_E.at_ms >= from_ms)
    if until_ms is not None:
        query = query.where(_E.at_ms < until_ms)
    if site is not None:
        query = query.where(_E.site == site)
    return _rows(session, query if after is None else query.where(tuple_(*order) < tuple_(*after)))


def _rows(session: Session, query: Select[Any]) -> list[Row]:
    return [dict(row) for row in session.connection().execute(query).mappings()]
