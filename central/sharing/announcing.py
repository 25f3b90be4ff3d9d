"""What changed is put into the outbox by the derivation that changed it, in the same transaction."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, String, Table, cast, select
from sqlmodel import Session

from central.sharing.outbox import announce
from central.store.case_tables import CaseRow, LeadRow
from central.store.credit_tables import LISTINGS
from central.store.due import Due
from central.store.sharing_tables import REFERRALS
from central.store.source_tables import SOURCE_ITEMS
from central.store.table_of import table_of
from central.store.tables import ENTRIES
from central.store.trace_tables import TRACES
from central.supervision_rules import Hook, Kind, TraceRules

Tell = Callable[[Session, Due], Iterable[Due]]
AT_ONCE_MAX = 1_000


def tellers(hooks: Sequence[Hook], rules: TraceRules) -> Mapping[str, tuple[Tell, ...]]:
    """By topic: to be run after the topic's own derivations. Empty where nobody asked."""
    if not hooks:
        return {}
    cases, leads = table_of(CaseRow), table_of(LeadRow)

    def found_then(due: Due) -> ColumnElement[bool]:
        span = TRACES.c.found_ms.between(due.from_ms, due.to_ms + rules.window_ms)
        return (TRACES.c.plate == due.key) & span

    def lead_then(due: Due) -> ColumnElement[bool]:
        span = leads.c.at_ms.between(due.from_ms - rules.window_ms, due.to_ms)  # an exit's leads come of later finds
        return (leads.c.plate == due.key) & span

    def loose_lead(due: Due) -> ColumnElement[bool]:
        of_it = ENTRIES.c.journal + "/" + cast(ENTRIES.c.seq, String)
        referring = select(of_it).where(ENTRIES.c.parent == due.key)
        return (leads.c.entry == due.key) | leads.c.entry.in_(referring)

    def party(due: Due) -> ColumnElement[bool]:
        name, _, key = due.key.partition("|")
        return (LISTINGS.c.party == name) & (LISTINGS.c.party_key == key)

    return {
        "vehicle": (
            _teller(hooks, "trace", TRACES, ("entry", "kind"), found_then),
            _teller(hooks, "lead", leads, ("id",), lead_then),
        ),
        "loose": (_teller(hooks, "lead", leads, ("id",), loose_lead),),
        "case": (_teller(hooks, "case", cases, ("id",), lambda due: cases.c.id == due.key),),
        "party": (_teller(hooks, "listing", LISTINGS, ("id",), party),),
        "referral": (_teller(hooks, "referral", REFERRALS, ("id",), lambda due: REFERRALS.c.id == due.key),),
        "item": (_teller(hooks, "source-item", SOURCE_ITEMS, ("id",), lambda due: SOURCE_ITEMS.c.id == due.key),),
    }


def _teller(
    hooks: Sequence[Hook],
    kind: Kind,
    table: Table,
    key: Sequence[str],
    where: Callable[[Due], ColumnElement[bool]],
) -> Tell:
    order = [table.c[name] for name in key]

    def tell(session: Session, due: Due) -> Iterable[Due]:
        query = select(table).where(where(due)).order_by(*order).limit(AT_ONCE_MAX)
        for row in session.connection().execute(query).mappings().all():
            announce(session, hooks, kind, "|".join(str(row[name]) for name in key), _content(row))
        return ()

    return tell


def _content(row: Mapping[Any, Any]) -> dict[str, Any]:
    """The row with its stored JSON opened. Its id goes as `key`, which may name a vehicle."""
    said = {name: value for name, value in row.items() if name not in ("content", "id", "party_key")}
    return {**said, "content": json.loads(row["content"])}
