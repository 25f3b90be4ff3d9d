"""Traces kept right: one vehicle's traces anew for what its entries and positions touched, in any order of arrival."""

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy import Column, ColumnElement, bindparam, case, delete, func, insert, select
from sqlmodel import Session

from central.statistics.periods import period_of, span_of
from central.store.due import Due
from central.store.tables import ENTRIES
from central.store.trace_tables import ORIGIN_PERIODS, POSITIONS, TRACES
from central.supervision_rules import TraceRules
from central.tracing.leads import keep_leads
from central.tracing.origin import LET_GO, ORIGINS, Finding, Left, Position, Unweighed, Weighed, trace

ENTRIES_MAX = 20_000
"""Of one vehicle and span; what is beyond was not weighed by one truck."""

_E = ENTRIES.c
_SLIM = (_E.journal, _E.seq, _E.site, _E.at_ms, _E.colour, _E.gross_kg, _E.outcome, _E.action)
_ORDER = (_E.at_ms, _E.journal, _E.seq)
_T = TRACES.c

# Every weighing runs these: made once.
_SPAN: dict[str, Any] = {name: bindparam(name) for name in ("of_plate", "from_ms", "until_ms")}


def _within(plate: Column[Any], at_ms: Column[Any]) -> tuple[ColumnElement[bool], ...]:
    return plate == _SPAN["of_plate"], at_ms >= _SPAN["from_ms"], at_ms <= _SPAN["until_ms"]


_OVER = (
    select(*_SLIM)
    .where(*_within(_E.plate, _E.at_ms), _E.type == "weighing")
    .where(_E.parent.is_(None), _E.outcome == "exceeded", _E.gross_kg.is_not(None))
    .order_by(*_ORDER)
    .limit(ENTRIES_MAX)
)
_WEIGHED_AND_RELEASED = (
    select(*_SLIM, _E.type, _E.parent, _E.body)
    .where(*_within(_E.plate, _E.at_ms), _E.type.in_(("weighing", "release")))
    .order_by(*_ORDER)
    .limit(ENTRIES_MAX)
)
_P = POSITIONS.c
_WHERE_SEEN = (
    select(_P.at_ms, _P.speed_kmh, _P.longitude_e6, _P.latitude_e6)
    .where(*_within(_P.plate, _P.at_ms))
    .order_by(_P.at_ms)
    .limit(ENTRIES_MAX)
)
_STOOD = select(TRACES).where(*_within(_T.plate, _T.found_ms))
_GONE = delete(TRACES).where(_T.entry == bindparam("of_entry"), _T.kind == bindparam("of_kind"))
_FRESH = insert(TRACES)


def tracer(rules: TraceRules) -> Callable[[Session, Due], Iterable[Due]]:
    """The derivation of topic `vehicle`: its overloads that the touched span can have changed, traced anew."""

    def derive(session: Session, due: Due) -> Iterable[Due]:
        plate, from_ms, until_ms = due.key, due.from_ms, due.to_ms + rules.window_ms
        found = _overloads(session, plate, from_ms, until_ms)
        if not found:  # entries never change: where no overload is, none was traced
            return ()
        rows: list[dict[str, Any]] = []
        before, unweighed = _passages(session, plate, found[0].at_ms - rules.window_ms, found[-1].at_ms)
        kinds = {one.entry: one.site_kind for one in before}
        positions = _positions(session, plate, found[0].at_ms - rules.window_ms, found[-1].at_ms)
        for one in found:
            if kinds.get(one.entry, "source-exit") != "source-exit":
                findings = _findings(one, kinds[one.entry], before, positions, rules, unweighed)
                rows += [_row_of(plate, finding) for finding in findings]
        touched = _replace(session, plate, from_ms, until_ms, rows)
        keep_leads(session, due, rules)
        return touched

    return derive


def _findings(
    found: Weighed,
    site_kind: str,
    before: Sequence[Weighed],
    positions: Sequence[Position],
    rules: TraceRules,
    unweighed: Sequence[Unweighed],
) -> Iterable[Finding]:
    for kind in ORIGINS:
        if kind == site_kind:
            continue
        finding = trace(found, kind, before, positions, rules, unweighed)
        if kind == "source-exit" or finding.origin is not None:  # few trucks use an expressway
            yield finding


def _row_of(plate: str, finding: Finding) -> dict[str, Any]:
    found, origin = finding.found, finding.origin
    content = {
        "found_kg": found.gross_kg,
        "origin_kg": None if origin is None else origin.gross_kg,
        "origin_outcome": None if origin is None else origin.outcome,
        "left": None if origin is None else origin.left,
        "notes": finding.notes,
        "verified": False,
        "stops": [[stop.from_ms, stop.until_ms, stop.longitude_e6, stop.latitude_e6] for stop in finding.stops],
    }
    return {
        "entry": found.entry,
        "kind": finding.kind,
        "plate": plate,
        "colour": found.colour,
        "site": found.site,
        "found_ms": found.at_ms,
        "result": finding.result,
        "origin": None if origin is None else origin.entry,
        "origin_site": None if origin is None else origin.site,
        "origin_ms": None if origin is None else origin.at_ms,
        "difference_kg": finding.difference_kg,
        "content": json.dumps(content, ensure_ascii=False),
    }


def _overloads(session: Session, plate: str, from_ms: int, until_ms: int) -> list[Weighed]:
    """First weighings that were over, wherever: their sites' kinds are read with the rest."""
    rows = session.connection().execute(_OVER, _asked(plate, from_ms, until_ms))
    return [_weighed(row, "", "released", None) for row in rows]


def _passages(session: Session, plate: str, from_ms: int, until_ms: int) -> tuple[list[Weighed], list[Unweighed]]:
    """With what their documents say of place and vehicle, and whether anybody let them go."""
    weighed, unweighed = list[Weighed](), list[Unweighed]()
    known = list(session.connection().execute(_WEIGHED_AND_RELEASED, _asked(plate, from_ms, until_ms)))
    let_go = {row.parent for row in known if row.type == "release"}
    for row in known:
        if row.type != "weighing":
            continue
        content = _content(row.body)
        place, identity = _table(content.get("place")), _table(content.get("identity"))
        site_kind = str(place.get("kind") or "")
        if row.gross_kg is None:
            unweighed.append(Unweighed(site_kind, row.at_ms, row.colour or "unknown"))
            continue
        kerb_kg = _table(identity.get("vehicle")).get("kerb_kg")
        left: Left = "released"
        if row.action is not None and row.action not in LET_GO and f"{row.journal}/{row.seq}" not in let_go:
            left = "refused" if row.action == "refuse" else "not-released"
        kerb_kg = kerb_kg if isinstance(kerb_kg, int) and not isinstance(kerb_kg, bool) else None
        weighed.append(_weighed(row, site_kind, left, kerb_kg))
    return weighed, unweighed


def _weighed(row: Any, site_kind: str, left: Left, kerb_kg: int | None) -> Weighed:
    entry, colour = f"{row.journal}/{row.seq}", row.colour or "unknown"
    return Weighed(
        entry, row.site, site_kind, row.at_ms, colour, row.gross_kg, row.outcome or "undetermined", left, kerb_kg
    )


def _content(body: bytes) -> dict[str, Any]:
    return _table(_table(json.loads(body)).get("content"))


def _table(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _positions(session: Session, plate: str, from_ms: int, until_ms: int) -> list[Position]:
    return [Position(*row) for row in session.connection().execute(_WHERE_SEEN, _asked(plate, from_ms, until_ms))]


def _asked(plate: str, from_ms: int, until_ms: int) -> dict[str, Any]:
    return {"of_plate": plate, "from_ms": from_ms, "until_ms": until_ms}


def _replace(session: Session, plate: str, from_ms: int, until_ms: int, rows: list[dict[str, Any]]) -> list[Due]:
    """Origins whose counts stand on what changed; none where nothing did."""
    connection = session.connection()
    rows_before = connection.execute(_STOOD, _asked(plate, from_ms, until_ms)).mappings()
    stood = {(row["entry"], row["kind"]): dict(row) for row in rows_before}
    now = {(row["entry"], row["kind"]): row for row in rows}
    changed = [key for key in stood.keys() | now.keys() if stood.get(key) != now.get(key)]
    if gone := [{"of_entry": entry, "of_kind": kind} for entry, kind in sorted(changed) if (entry, kind) in stood]:
        connection.execute(_GONE, gone)
    fresh = [now[key] for key in sorted(changed) if key in now]
    if fresh:
        connection.execute(_FRESH, fresh)
    touched = [row for key in changed for row in (stood.get(key), now.get(key)) if row is not None]
    return [
        Due("origin", row["origin_site"], row["found_ms"], row["found_ms"])
        for row in touched
        if row["origin_site"] is not None and row["kind"] == "source-exit"
    ]


def count_origin(session: Session, due: Due) -> Iterable[Due]:
    """The derivation of topic `origin`: months and years of one source site, counted anew from its traces."""
    connection = session.connection()
    for unit in ("month", "year"):
        for period in range(period_of(due.from_ms, unit), period_of(due.to_ms, unit) + 1):
            from_ms, past_ms = span_of(period, unit)
            if from_ms == past_ms:  # 202613 is no month
                continue
            here = (_T.origin_site == due.key, _T.found_ms >= from_ms, _T.found_ms < past_ms, _T.kind == "source-exit")
            counts = [func.coalesce(func.sum(case((_T.result == result, 1), else_=0)), 0) for result in _COUNTED]
            same, false, later = (int(one) for one in connection.execute(select(*counts).where(*here)).one())
            o = ORIGIN_PERIODS.c
            connection.execute(delete(ORIGIN_PERIODS).where(o.site == due.key, o.unit == unit, o.period == period))
            if same or false or later:
                row = {"same_load": same, "record_false": false, "loaded_after": later, "blamed": same + false}
                connection.execute(insert(ORIGIN_PERIODS), {"site": due.key, "unit": unit, "period": period, **row})
    return ()


_COUNTED = ("same-load", "record-false", "loaded-after-exit")


def stored_positions(session: Session, plate: str, reports: Iterable[Position]) -> Due | None:
    """Keep reports of one vehicle, each once; what they touch, or None where all were known."""
    fresh = set(reports)
    if not fresh:
        return None
    span = min(one.at_ms for one in fresh), max(one.at_ms for one in fresh)
    fresh -= set(_positions(session, plate, *span))
    rows = [
        {
            "plate": plate,
            "at_ms": one.at_ms,
            "speed_kmh": one.speed_kmh,
            "longitude_e6": one.longitude_e6,
            "latitude_e6": one.latitude_e6,
        }
        for one in sorted(fresh, key=lambda one: one.at_ms)
    ]
    if not rows:
        return None
    session.connection().execute(insert(POSITIONS), rows)
    return Due("vehicle", plate, *span)
