"""What a source enterprise let out: its leads, with what the law of the place provides against it. People decide."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import select, tuple_
from sqlmodel import Session

from central.asking import day_of
from central.store.case_tables import LeadRow
from central.store.source_tables import SOURCE_SITES
from central.store.table_of import table_of
from gateway.law.measures import Circumstances, Fact, Known, Schedule
from gateway.law.penalties import measures_for

FACTS: dict[str, Fact] = {"source-release": "source-released", "unweighed": "source-duty-breached"}
"""Kinds of leads against a source enterprise, and what of them the law asks about."""

_L = table_of(LeadRow).c


def releases(
    session: Session,
    source: str,
    span_ms: tuple[int | None, int | None],
    after: tuple[Any, ...] | None,
    limit: int,
) -> list[dict[str, Any]]:
    """Leads of the enterprise's sites, newest first."""
    sites = select(SOURCE_SITES.c.site).where(SOURCE_SITES.c.source == source)
    shown = (_L.id, _L.kind, _L.entry, _L.site, _L.plate, _L.at_ms, _L.state)
    query = select(*shown).where(_L.site.in_(sites), _L.kind.in_(sorted(FACTS)))
    if span_ms[0] is not None:
        query = query.where(_L.at_ms >= span_ms[0])
    if span_ms[1] is not None:
        query = query.where(_L.at_ms < span_ms[1])
    if after is not None:
        query = query.where(tuple_(_L.at_ms, _L.id) < tuple_(*after))
    rows = session.connection().execute(query.order_by(_L.at_ms.desc(), _L.id.desc()).limit(limit)).mappings()
    return [dict(row) for row in rows]


def provided(kind: str, at_ms: int, schedules: Iterable[Schedule], jurisdiction: str) -> list[dict[str, Any]]:
    """What the law of that day and place provides against the source enterprise; nothing where it has nothing."""
    day: date = day_of(at_ms)
    in_force = [one for one in schedules if one.in_force(day)]
    found = Circumstances(known=Known(facts=frozenset({FACTS[kind]})))
    return [
        {
            "kind": one.kind,
            "amount_min_yuan": one.amount_min_yuan,
            "amount_max_yuan": one.amount_max_yuan,
            "clause": one.clause,
            "authority": one.authority,
            "verified": one.verified,
        }
        for one in measures_for(found, in_force, "transport", jurisdiction=jurisdiction)
        if one.party == "source"
    ]
