"""Leads at a source enterprise that tracing makes: its record is not believed, or its truck was topped up afterwards.

One lead for one exit, however often the truck was found over behind it. It is a suspicion: nobody has opened anything.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from central.acts.reading import entry_by_id
from central.leads.deriving import lead_row, replace_leads
from central.leads.kinds import TRACED_KINDS, Lead, Party, TracedKind
from central.store.case_tables import LeadRow
from central.store.due import Due
from central.store.trace_tables import TRACES
from central.supervision_rules import TraceRules

MADE: Mapping[str, tuple[TracedKind, Party]] = {
    "record-false": ("false-record", "source"),
    "loaded-after-exit": ("topped-up", "vehicle"),
}
"""What a result of tracing makes, and against whom: who topped a truck up is not known, and it was not the source."""

_T = TRACES.c


def keep_leads(session: Session, due: Due, rules: TraceRules) -> None:
    """The leads of every exit that a find of this vehicle in the touched span can be traced to, in place of the old."""
    low, high = due.from_ms - rules.window_ms, due.to_ms + rules.window_ms
    traces = _traces(session, due.key, low, high + rules.window_ms)
    mine = select(LeadRow).where(LeadRow.plate == due.key, col(LeadRow.kind).in_(TRACED_KINDS))
    old = session.exec(mine.where(col(LeadRow.at_ms).between(low, high))).all()
    replace_leads(session, old, _rows(session, [one for one in traces if _left_within(one, low, high)]))


def _traces(session: Session, plate: str, from_ms: int, to_ms: int) -> Sequence[Mapping[Any, Any]]:
    columns = (_T.entry, _T.result, _T.origin, _T.origin_ms, _T.found_ms, _T.difference_kg)
    here = (_T.plate == plate, _T.found_ms.between(from_ms, to_ms), _T.kind == "source-exit")
    found = session.connection().execute(select_columns(*columns).where(*here))
    return found.mappings().all()


def _left_within(trace: Mapping[Any, Any], low: int, high: int) -> bool:
    return trace["origin_ms"] is not None and low <= trace["origin_ms"] <= high


def _rows(session: Session, traces: Sequence[Mapping[Any, Any]]) -> Iterable[LeadRow]:
    made = [one for one in traces if one["result"] in MADE]
    made.sort(key=lambda one: (one["origin"], one["result"], one["found_ms"], one["entry"]))
    for (origin, result), group in groupby(made, key=lambda one: (one["origin"], one["result"])):
        row = entry_by_id(session, origin)
        if row is not None:
            kind, party = MADE[result]
            found = [{name: one[name] for name in ("entry", "found_ms", "difference_kg")} for one in group]
            yield lead_row(session, Lead(kind, origin, party), row, [origin], found=found)
