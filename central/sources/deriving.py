"""The register, the lists and the ledger of source enterprises, derived anew per touched key."""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, delete, insert, or_, select
from sqlmodel import Session

from central.asking import DAY_MS, day_of, day_start_ms
from central.sources.items import ENDED, Done, Item, item_after
from central.sources.register import Source, Stated, source_after
from central.statistics.periods import period_of
from central.store.due import Due
from central.store.facts import Fact, facts_of
from central.store.source_tables import LEDGER, SOURCE_ITEMS, SOURCE_SITES, SOURCES, TICKETS
from central.store.tables import ENTRIES

_E = ENTRIES.c
AT_ONCE = 200
"""Weighings looked up in one statement."""


def source_subject(source: str) -> str:
    return f"source-unit:{source}"


def item_subject(item: str) -> str:
    return f"source-item:{item}"


def derive_source(session: Session, due: Due) -> Iterable[Due]:
    """Topic `source`: one enterprise's row, its sites and its tickets."""
    found = source_of(session, due.key)
    _replace(session, SOURCES, SOURCES.c.id == due.key, [] if found.standing == "unknown" else [_row(due.key, found)])
    sites = [{"site": site, "source": due.key} for site in found.sites]
    _replace(session, SOURCE_SITES, SOURCE_SITES.c.source == due.key, sites)
    tickets = [
        {"site": site, "day": int(day.replace("-", "")), "source": due.key, "tickets": count}
        for (site, day), count in sorted(found.tickets.items())
    ]
    _replace(session, TICKETS, TICKETS.c.source == due.key, tickets)
    return ()


def derive_item(session: Session, due: Due) -> Iterable[Due]:
    """Topic `item`: one hazard or measure."""
    item = item_of(session, due.key)
    rows = []
    if item.source is not None:
        content = {name: getattr(item, name) for name in ("level", "hazard", "notice", "evidence", "unfit")}
        row = {name: getattr(item, name) for name in ("source", "list", "title", "state", "deadline", "listed_by")}
        row |= {"opened_ms": item.opened_ms, "closed_ms": item.closed_ms, "ended": int(item.state in ENDED)}
        rows = [{"id": due.key, **row, "content": json.dumps(content, ensure_ascii=False)}]
    _replace(session, SOURCE_ITEMS, SOURCE_ITEMS.c.id == due.key, rows)
    return ()


def keep_ledger(session: Session, due: Due) -> Iterable[Due]:
    """Topic `site`: releases of the touched days by ground, and how many of them were of trucks that were over."""
    connection = session.connection()
    first_ms, past_ms = day_start_ms(day_of(due.from_ms)), day_start_ms(day_of(due.to_ms)) + DAY_MS
    here = (_E.site == due.key, _E.at_ms >= first_ms, _E.at_ms < past_ms, _E.type == "release")
    releases = list(connection.execute(select(_E.at_ms, _E.parent, _E.body).where(*here)))
    over = _exceeded(session, {row.parent for row in releases if row.parent})
    days: dict[int, dict[str, Any]] = {}
    for row in releases:
        day = days.setdefault(period_of(row.at_ms, "day"), {"released_over": 0, "grounds": {}})
        content = json.loads(row.body).get("content")
        ground = str(content.get("ground") or "unstated")[:64] if isinstance(content, dict) else "unstated"
        day["grounds"][ground] = day["grounds"].get(ground, 0) + 1
        day["released_over"] += row.parent in over
    rows = [
        {"site": due.key, "day": day, **row, "grounds": json.dumps(dict(sorted(row["grounds"].items())))}
        for day, row in sorted(days.items())
    ]
    touched = LEDGER.c.day.between(period_of(due.from_ms, "day"), period_of(due.to_ms, "day"))
    _replace(session, LEDGER, and_(LEDGER.c.site == due.key, touched), rows)
    return ()


def source_of(session: Session, source: str) -> Source:
    return source_after(stated_of(session, source))


def stated_of(session: Session, source: str) -> list[Stated]:
    return [stated(fact) for fact in facts_of(session, source_subject(source))]


def stated(fact: Fact) -> Stated:
    return Stated(fact.id, fact.kind, fact.at_ms, fact.who, fact.why, fact.body)


def item_of(session: Session, item: str) -> Item:
    return item_after(done_of(fact) for fact in facts_of(session, item_subject(item)))


def done_of(fact: Fact) -> Done:
    return Done(fact.id, fact.kind, fact.at_ms, fact.body)


def _row(key: str, source: Source) -> dict[str, Any]:
    content = {"sites": source.sites, "talks": source.talks, "exposures": source.exposures}
    said = {name: getattr(source, name) for name in ("name", "kind", "region", "authority", "key_unit", "standing")}
    return {"id": key, **said, "content": json.dumps(content, ensure_ascii=False)}


def _exceeded(session: Session, weighings: Iterable[str]) -> set[str]:
    """Which of these entries found a truck over."""
    wanted = sorted(one for one in weighings if one.rpartition("/")[2].isdecimal() and len(one) <= 96)
    found: set[str] = set()
    for start in range(0, len(wanted), AT_ONCE):
        places = [one.rpartition("/") for one in wanted[start : start + AT_ONCE]]
        any_of = or_(*(and_(_E.journal == journal, _E.seq == int(seq)) for journal, _, seq in places if len(seq) < 17))
        query = select(_E.journal, _E.seq).where(any_of, _E.outcome == "exceeded")
        found.update(f"{journal}/{seq}" for journal, seq in session.connection().execute(query))
    return found


def _replace(
    session: Session, table: Table, whose: ColumnElement[bool], rows: list[Mapping[str, Any]] | list[dict[str, Any]]
) -> None:
    connection = session.connection()
    connection.execute(delete(table).where(whose))
    if rows:
        connection.execute(insert(table), [dict(row) for row in rows])


SOURCE_TOPICS: Mapping[str, Callable[[Session, Due], Iterable[Due]]] = {"source": derive_source, "item": derive_item}
