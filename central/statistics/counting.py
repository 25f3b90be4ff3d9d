"""Entries counted by site and by vehicle, anew for the periods that were touched: what arrives late is counted where
it belongs, and what arrives twice is stored once and so counted once.
"""

import json
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Table,
    and_,
    bindparam,
    case,
    delete,
    func,
    insert,
    literal_column,
    select,
)
from sqlmodel import Session

from central.asking import DAY_MS, day_of, day_start_ms
from central.statistics.bands import UPPER_PERCENT
from central.statistics.periods import period_of, span_of
from central.store.counted_tables import COUNTED, PLACES, SITE_PERIODS, VEHICLE_PERIODS
from central.store.due import Due
from central.store.tables import ENTRIES
from central.store.together import Together

CHINA_AHEAD_MS = 8 * 3_600_000
HUNDRED_TONNE_KG = 100_000
"""百吨王: from here on; no statute defines it (`config/law/linkage`)."""

_E = ENTRIES.c
_DAY = (_E.at_ms + literal_column(str(CHINA_AHEAD_MS), BigInteger)) // literal_column(str(DAY_MS), BigInteger)
_WEIGHED = _E.type == "weighing"
_FIRST = and_(_WEIGHED, _E.parent.is_(None))
_EXCEEDED = and_(_FIRST, _E.outcome == "exceeded")
_LIMIT_KG = _E.gross_kg - _E.excess_kg

# Every weighing runs these: made once.
_OF_VEHICLE = select(_E.colour, _E.at_ms, _E.outcome, _E.excess_kg, _E.gross_kg).where(
    _E.plate == bindparam("of_plate"), _E.at_ms >= bindparam("from_ms"), _E.at_ms < bindparam("past_ms"), _FIRST
)
_V = VEHICLE_PERIODS.c
_UNCOUNTED = delete(VEHICLE_PERIODS).where(
    _V.plate == bindparam("of_plate"),
    _V.unit == bindparam("of_unit"),
    _V.period.between(bindparam("low"), bindparam("high")),
)
_COUNT_VEHICLE = Together(VEHICLE_PERIODS)


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))


def _sum(column: ColumnElement[int], condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, func.coalesce(column, 0)), else_=0))


def _band(place: int) -> ColumnElement[int]:
    """As bands.band_of says it, in the database's words."""
    known = and_(_EXCEEDED, _E.excess_kg > 0, _LIMIT_KG > 0)
    above = [] if place == 0 else [_E.excess_kg * 100 > _LIMIT_KG * UPPER_PERCENT[place - 1]]
    upto = [] if place == len(UPPER_PERCENT) else [_E.excess_kg * 100 <= _LIMIT_KG * UPPER_PERCENT[place]]
    return _count(and_(known, *above, *upto))


_COUNTS: dict[str, Callable[[], ColumnElement[int]]] = {
    "entries": func.count,
    "checked": lambda: _count(_FIRST),
    "rechecked": lambda: _count(and_(_WEIGHED, _E.parent.is_not(None))),
    "within": lambda: _count(and_(_FIRST, _E.outcome == "within")),
    "exceeded": lambda: _count(_EXCEEDED),
    "undetermined": lambda: _count(and_(_FIRST, _E.outcome == "undetermined")),
    "tolerated": lambda: _count(and_(_FIRST, _E.action == "admit-within-tolerance")),
    "held": lambda: _count(and_(_FIRST, _E.action == "hold")),
    "refused": lambda: _count(and_(_FIRST, _E.action == "refuse")),
    "released": lambda: _count(_E.type == "release"),
    "evaded": lambda: _count(_E.type == "evasion"),
    **{f"band_{place}": partial(_band, place) for place in range(len(UPPER_PERCENT) + 1)},
    "hundred_tonne": lambda: _count(and_(_FIRST, _E.gross_kg >= HUNDRED_TONNE_KG)),
    "gross_kg": lambda: _sum(_E.gross_kg, _FIRST),
    "excess_kg": lambda: _sum(_E.excess_kg, _EXCEEDED),
}
assert tuple(_COUNTS) == COUNTED


def count_site(session: Session, due: Due) -> Iterable[Due]:
    """Days, months and years of one site that the span touches."""
    connection = session.connection()
    first_ms, past_ms = day_start_ms(day_of(due.from_ms)), day_start_ms(day_of(due.to_ms)) + DAY_MS
    here = (_E.site == due.key, _E.at_ms >= first_ms, _E.at_ms < past_ms)
    counted = connection.execute(
        select(_DAY.label("day"), *(made().label(name) for name, made in _COUNTS.items())).where(*here).group_by(_DAY)
    ).mappings()
    rows = []
    for row in counted:
        known = dict(row)
        start_ms = int(known.pop("day")) * DAY_MS - CHINA_AHEAD_MS
        rows.append({"site": due.key, "unit": "day", "period": period_of(start_ms, "day"), **_whole(known)})
    of_site = SITE_PERIODS.c.site == due.key
    _replace(session, SITE_PERIODS, of_site, "day", (due.from_ms, due.to_ms), rows)
    for unit, days in (("month", 100), ("year", 10_000)):
        low, high = period_of(due.from_ms, unit), period_of(due.to_ms, unit)
        whole = SITE_PERIODS.c.period // literal_column(str(days), Integer)
        sums = [func.sum(SITE_PERIODS.c[name]).label(name) for name in COUNTED]
        of_days = (of_site, SITE_PERIODS.c.unit == "day")
        within = SITE_PERIODS.c.period.between(low * days, (high + 1) * days - 1)
        found = connection.execute(
            select(whole.label("whole"), *sums).where(*of_days, within).group_by(whole)
        ).mappings()
        rows = [
            {"site": due.key, "unit": unit, "period": int(row["whole"]), **_whole({n: row[n] for n in COUNTED})}
            for row in found
        ]
        _replace(session, SITE_PERIODS, of_site, unit, (due.from_ms, due.to_ms), rows)
    _note_place(session, due.key)
    return ()


def count_vehicle(session: Session, due: Due) -> Iterable[Due]:
    """Months and years of one vehicle that the span touches."""
    connection = session.connection()
    from_ms = span_of(period_of(due.from_ms, "year"), "year")[0]
    past_ms = span_of(period_of(due.to_ms, "year"), "year")[1]
    asked = {"of_plate": due.key, "from_ms": from_ms, "past_ms": past_ms}
    found: dict[tuple[str, str, int], dict[str, Any]] = {}
    for colour, at_ms, outcome, excess_kg, gross_kg in connection.execute(_OF_VEHICLE, asked):
        for unit in ("month", "year"):
            key = (colour or "unknown", unit, period_of(at_ms, unit))
            row = found.setdefault(
                key, {"checked": 0, "exceeded": 0, "hundred_tonne": 0, "worst_excess_kg": 0, "last_over_ms": None}
            )
            row["checked"] += 1
            row["hundred_tonne"] += (gross_kg or 0) >= HUNDRED_TONNE_KG
            if outcome == "exceeded":
                row["exceeded"] += 1
                row["worst_excess_kg"] = max(row["worst_excess_kg"], excess_kg or 0)
                row["last_over_ms"] = max(row["last_over_ms"] or at_ms, at_ms)
    for unit in ("month", "year"):
        span = {"low": period_of(from_ms, unit), "high": period_of(past_ms - 1, unit)}
        connection.execute(_UNCOUNTED, {"of_plate": due.key, "of_unit": unit, **span})
    rows = [
        {"plate": due.key, "colour": colour, "unit": unit, "period": period, **row}
        for (colour, unit, period), row in found.items()
    ]
    _COUNT_VEHICLE.run(connection, rows)
    return ()


def _whole(row: dict[str, Any]) -> dict[str, int]:
    """PostgreSQL sums to numeric."""
    return {name: int(value) for name, value in row.items()}


def _replace(
    session: Session,
    table: Table,
    whose: ColumnElement[bool],
    unit: str,
    span_ms: tuple[int, int],
    rows: list[dict[str, Any]],
) -> None:
    touched = table.c.period.between(period_of(span_ms[0], unit), period_of(span_ms[1], unit))
    connection = session.connection()
    connection.execute(delete(table).where(whose, table.c.unit == unit, touched))
    if rows:
        connection.execute(insert(table), rows)


def _note_place(session: Session, site: str) -> None:
    """Its kind and name, as its newest weighing has them."""
    connection = session.connection()
    newest = (_E.at_ms.desc(), _E.journal.desc(), _E.seq.desc())
    body = connection.execute(select(_E.body).where(_E.site == site, _WEIGHED).order_by(*newest).limit(1)).scalar()
    connection.execute(delete(PLACES).where(PLACES.c.site == site))
    if body is None:
        return
    content = json.loads(body).get("content")
    place = content.get("place") if isinstance(content, dict) else None
    place = place if isinstance(place, dict) else {}
    said = {name: str(place.get(key) or "").replace("\0", "")[:size] for name, key, size in _SAID}
    connection.execute(insert(PLACES), {"site": site, **said})


_SAID = (("kind", "kind", 32), ("mode", "enforcement_mode", 32), ("name", "name", 200), ("region", "region", 16))
