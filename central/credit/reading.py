"""What is asked of listings, gate lists and grades."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, func, or_, select, text, tuple_
from sqlmodel import Session

from central.credit.grades import CLEAN_CHECKS_MIN, Record
from central.credit.listing import ON_THE_LIST
from central.statistics.periods import span_of
from central.store.case_tables import TallyRow
from central.store.counted_tables import VEHICLE_PERIODS
from central.store.credit_tables import GATE_LISTS, LISTINGS
from central.store.table_of import table_of

_T = table_of(TallyRow).c
_L, _G, _V = LISTINGS.c, GATE_LISTS.c, VEHICLE_PERIODS.c

_CLEAN = text("vehicle_periods.exceeded = 0")
"""In the words of the partial index, so that it serves."""


def listings(
    session: Session,
    equal: Mapping[str, Any],
    span_ms: tuple[int | None, int | None],
    after: str | None,
    limit: int,
) -> list[dict[str, Any]]:
    """By id. `span_ms`: something was done about them in that time."""
    query = select(LISTINGS).order_by(_L.id).limit(limit)
    for name, value in equal.items():
        if value is not None:
            query = query.where(_L[name] == value)
    if span_ms[0] is not None:
        query = query.where(_L.changed_ms >= span_ms[0])
    if span_ms[1] is not None:
        query = query.where(_L.changed_ms < span_ms[1])
    return _rows(session, query if after is None else query.where(_L.id > after))


def gate_lists(session: Session, status: str | None, after: tuple[Any, ...] | None, limit: int) -> list[dict[str, Any]]:
    """By status, plate and colour."""
    order = (_G.status, _G.plate, _G.colour)
    query = select(GATE_LISTS).order_by(*order).limit(limit)
    if status is not None:
        query = query.where(_G.status == status)
    return _rows(session, query if after is None else query.where(tuple_(*order) > tuple_(*after)))


def record_of(session: Session, plate: str, colour: str, year: int) -> Record:
    """One vehicle's year, as the grades look at it."""
    here = (_V.plate == plate, _V.colour == colour, _V.unit == "year", _V.period == year)
    counted = session.connection().execute(select(_V.checked, _V.exceeded).where(*here)).first()
    key = f"{plate}|{colour}"
    from_ms, past_ms = span_of(year, "year")
    in_year = (_T.party == "vehicle", _T.party_key == key, _T.decided_ms >= from_ms, _T.decided_ms < past_ms)
    decided = session.connection().execute(select(func.count(func.distinct(_T.act_key))).where(*in_year)).scalar()
    listed = session.connection().execute(listed_in("vehicle", year).where(_L.party_key == key).limit(1)).first()
    checked, exceeded = (0, 0) if counted is None else (counted.checked, counted.exceeded)
    return Record(checked, exceeded, int(decided or 0), listed is not None)


def listed_in(party: str, year: int) -> Select[Any]:
    """The keys of such parties that were listed on a day of the year."""
    standing = (_L.party == party, _L.state.in_(sorted(ON_THE_LIST)), _L.grounded)
    stood = (_L.since <= f"{year}-12-31", or_(_L.until.is_(None), _L.until >= f"{year}-01-01"))
    return select(_L.party_key).where(*standing, *stood)


def kept_clean(session: Session, year: int, after: tuple[Any, ...] | None, limit: int) -> list[dict[str, Any]]:
    """Vehicles checked often and never found over, nor decided on, nor listed: most checked first."""
    key = _V.plate + "|" + _V.colour
    from_ms, past_ms = span_of(year, "year")
    decided = select(_T.case).where(
        _T.party == "vehicle", _T.party_key == key, _T.decided_ms >= from_ms, _T.decided_ms < past_ms
    )
    listed = listed_in("vehicle", year).where(_L.party_key == key)
    here = (_V.unit == "year", _V.period == year, _CLEAN, _V.checked >= CLEAN_CHECKS_MIN)
    query = (
        select(_V.plate, _V.colour, _V.checked)
        .where(*here, ~decided.exists(), ~listed.exists())
        .order_by(_V.checked.desc(), _V.plate, _V.colour)
        .limit(limit)
    )
    if after is not None:
        beyond = tuple_(-_V.checked, _V.plate, _V.colour) > tuple_(-after[0], after[1], after[2])
        query = query.where(_V.checked <= after[0], beyond)
    return _rows(session, query)


def _rows(session: Session, query: Any) -> list[dict[str, Any]]:
    return [dict(row) for row in session.connection().execute(query).mappings()]
