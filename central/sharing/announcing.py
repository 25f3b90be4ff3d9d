"""What a derivation changed or took away is put into the outbox in the same transaction: its rows are looked at before
and after.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, String, Table, cast, select
from sqlmodel import Session

from central.deriver import Derivation, Derivations
from central.sharing.outbox import announce
from central.store.case_tables import CaseRow, LeadRow
from central.store.credit_tables import LISTINGS
from central.store.due import Due
from central.store.sharing_tables import REFERRALS
from central.store.source_tables import SOURCE_ITEMS
from central.store.table_of import table_of
from central.store.tables import ENTRIES
from central.store.trace_tables import TRACES
from central.supervision_rules import Hook, Kind

AT_ONCE_MAX = 1_000
"""Rows of one key that are looked at, the newest: of no vehicle are there more in years."""

Rows = dict[str, dict[str, Any]]
_CASES, _LEADS = table_of(CaseRow), table_of(LeadRow)


@dataclass(frozen=True, slots=True)
class Watched:
    """The rows of a table that a due key of a topic can change; `key` names one of them to the outside."""

    kind: Kind
    table: Table
    where: Callable[[Due], ColumnElement[bool]]
    key: tuple[str, ...] = ("id",)
    newest: str = "id"

    def rows(self, session: Session, due: Due) -> Rows:
        query = select(self.table).where(self.where(due)).order_by(self.table.c[self.newest].desc()).limit(AT_ONCE_MAX)
        found = (dict(row) for row in session.connection().execute(query).mappings())
        return {"|".join(str(row[name]) for name in self.key): row for row in found}

    def stands(self, session: Session, row: Mapping[str, Any]) -> bool:
        here = [self.table.c[name] == row[name] for name in self.key]
        return session.connection().execute(select(self.table.c[self.key[0]]).where(*here)).first() is not None


def _of_party(due: Due) -> ColumnElement[bool]:
    name, _, key = due.key.partition("|")
    return (LISTINGS.c.party == name) & (LISTINGS.c.party_key == key)


def _of_loose(due: Due) -> ColumnElement[bool]:
    of_it = ENTRIES.c.journal + "/" + cast(ENTRIES.c.seq, String)
    return (_LEADS.c.entry == due.key) | _LEADS.c.entry.in_(select(of_it).where(ENTRIES.c.parent == due.key))


WATCHED: Mapping[str, tuple[Watched, ...]] = {
    "vehicle": (
        Watched("trace", TRACES, lambda due: TRACES.c.plate == due.key, ("entry", "kind"), "found_ms"),
        Watched("lead", _LEADS, lambda due: _LEADS.c.plate == due.key, newest="at_ms"),
    ),
    "loose": (Watched("lead", _LEADS, _of_loose),),
    "case": (Watched("case", _CASES, lambda due: _CASES.c.id == due.key),),
    "party": (Watched("listing", LISTINGS, _of_party),),
    "referral": (Watched("referral", REFERRALS, lambda due: REFERRALS.c.id == due.key),),
    "item": (Watched("source-item", SOURCE_ITEMS, lambda due: SOURCE_ITEMS.c.id == due.key),),
}
"""By topic."""


def announced(derivations: Derivations, hooks: Sequence[Hook]) -> Derivations:
    """The same derivations, whose changes every hook is told of that asked for them."""
    wanted = frozenset[str]().union(*(hook.kinds for hook in hooks))
    asked = {topic: [one for one in watched if one.kind in wanted] for topic, watched in WATCHED.items()}
    return {
        topic: (_telling(own, hooks, asked[topic]),) if asked.get(topic) else own for topic, own in derivations.items()
    }


def _telling(own: tuple[Derivation, ...], hooks: Sequence[Hook], watched: Sequence[Watched]) -> Derivation:
    def derive(session: Session, due: Due) -> Iterable[Due]:
        stood = [one.rows(session, due) for one in watched]
        further = [one for derive in own for one in derive(session, due)]
        for one, before in zip(watched, stood, strict=True):
            _tell(session, due, hooks, one, before)
        return further

    return derive


def _tell(session: Session, due: Due, hooks: Sequence[Hook], watched: Watched, before: Rows) -> None:
    now = watched.rows(session, due)
    for key, row in sorted(now.items()):
        if before.get(key) != row:
            announce(session, hooks, watched.kind, key, _content(row))
    for key, row in sorted(before.items()):
        if key not in now and not watched.stands(session, row):
            announce(session, hooks, watched.kind, key, _content(row), gone=True)


def _content(row: Mapping[Any, Any]) -> dict[str, Any]:
    """The row with its stored JSON opened. Its id goes as `key`, which may name a vehicle."""
    said = {name: value for name, value in row.items() if name not in ("content", "id", "party_key")}
    return {**said, "content": json.loads(row["content"])}
