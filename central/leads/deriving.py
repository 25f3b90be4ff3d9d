"""Leads, recomputed for the span of a vehicle's time that was touched, after its acts."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlmodel import Session, col, select

from central.acts.document import content_of
from central.acts.grouping import acts_of
from central.acts.papers import dossier_of
from central.acts.party_keys import party_key, vehicle_key
from central.acts.reading import entry_by_id, says_anything, weighings_around
from central.acts.sighting import sighting_of
from central.case_rules import CaseRules
from central.leads.kinds import CLAUSES, OWN_KINDS, Lead, lead_of_act, lead_of_release, lead_of_weighing
from central.store.case_tables import CaseRow, LeadRow
from central.store.due import Due
from central.store.facts import Fact, facts_of
from central.store.tables import EntryRow
from gateway.law.linkage import Linkage

DISPOSITIONS = {"lead-reviewed": "reviewed", "lead-dismissed": "dismissed"}
"""Facts about `lead:<entry>`; the last of them, in the order of when they were made by people, says how it stands."""

SAME_ACT_MS = 6 * 3_600_000
"""A police decision that names no weighing is about the act of its vehicle this near, where there is exactly one."""

OTHERS_MAX = 2_000


class Leads:
    """Derivations of the topics `vehicle` and `loose`, behind those of acts."""

    def __init__(self, linkage: Linkage, rules: CaseRules) -> None:
        self._linkage = linkage
        self._rules = rules

    def of_vehicle(self, session: Session, due: Due) -> Iterable[Due]:
        span = (due.key, due.from_ms, due.to_ms, self._rules.trip_ms)
        if not says_anything(session, *span):
            return []
        weighings = weighings_around(session, *span)
        rows = [*weighings, *_others(session, due, weighings)]
        self._replace(session, rows)
        return [*_cases_on(session, rows), *_cases_near(session, due.key, rows, due)]

    def of_loose(self, session: Session, due: Due) -> Iterable[Due]:
        row = entry_by_id(session, due.key)
        if row is not None and not row.plate:
            rows = [row, *_referring(session, [row])]
            self._replace(session, rows)
            return _cases_on(session, rows)
        return []

    def _replace(self, session: Session, rows: Sequence[EntryRow]) -> None:
        """The leads of these entries, in place of those of our kinds that stand on any of them."""
        by_id = {f"{row.journal}/{row.seq}": row for row in rows}
        new = list(self._rows(session, by_id))
        query = select(LeadRow).where(col(LeadRow.entry).in_(list(by_id)), col(LeadRow.kind).in_(OWN_KINDS))
        replace_leads(session, session.exec(query).all(), new)

    def _rows(self, session: Session, by_id: dict[str, EntryRow]) -> Iterable[LeadRow]:
        sightings = [sighting_of(row, self._linkage, self._rules) for row in by_id.values() if row.type == "weighing"]
        for act in acts_of(sightings, self._rules):
            lead = lead_of_act(act)
            if lead is not None:
                members = [one.sighting.entry for one in act.members]
                yield lead_row(session, lead, by_id[act.deciding.entry], members, act=act.id)
        for entry, row in by_id.items():
            lead = _lead_of_entry(session, entry, row, by_id)
            if lead is not None:
                yield lead_row(session, lead, row, [entry])


def _lead_of_entry(session: Session, entry: str, row: EntryRow, by_id: dict[str, EntryRow]) -> Lead | None:
    content = content_of(row.body)
    if row.type == "evasion":
        return Lead("evasion", entry, "vehicle")
    if row.type == "weighing":
        return lead_of_weighing(entry, content)
    if row.type == "release" and row.parent:
        weighed = by_id.get(row.parent) or entry_by_id(session, row.parent)
        if weighed is not None:
            over = weighed.outcome == "exceeded" or bool(weighed.over_papers_kg)
            return lead_of_release(entry, content, content_of(weighed.body), over=over)
    return None


def replace_leads(session: Session, old: Iterable[LeadRow], new: Iterable[LeadRow]) -> None:
    """Write `new` in place of `old`; what says the same stays as it is."""
    fresh = {row.id: row for row in new}
    for row in old:
        if row.id in fresh and row.model_dump() == fresh[row.id].model_dump():
            del fresh[row.id]
        else:
            session.delete(row)
    session.flush()
    session.add_all(fresh.values())
    session.flush()


def lead_row(
    session: Session,
    lead: Lead,
    row: EntryRow,
    members: Sequence[str],
    *,
    act: str | None = None,
    found: Sequence[Mapping[str, Any]] = (),
) -> LeadRow:
    """A lead as it stands. `row` decides it, `members` are all it stands on; `found`: the weighings traced to it."""
    document = content_of(row.body)
    said = _dispositions(session, members)
    stands_on = col(CaseRow.entry).in_(members) | (col(CaseRow.entry).is_(None) & col(CaseRow.weighing).in_(members))
    filed = session.exec(select(CaseRow.id).where(stands_on).order_by(CaseRow.id)).all()
    content: dict[str, Any] = {
        "clause": CLAUSES[lead.kind],
        "members": list(members),
        "deciding": f"{row.journal}/{row.seq}",
        "cases": list(filed),
        "excess_kg": row.excess_kg,
        "reason": document.text("reason", 2_000),
        "by": document.text("by"),
        **({"found": [dict(one) for one in found]} if found else {}),
        "said": [{"by": one.who, "at_ms": one.at_ms, "what": one.kind, "why": one.why} for one in said],
    }
    state = "filed" if filed else DISPOSITIONS[said[-1].kind] if said else "open"
    return LeadRow(
        id=f"{lead.kind}/{lead.entry}",
        kind=lead.kind,
        entry=lead.entry,
        act=act,
        site=row.site,
        plate=row.plate,
        at_ms=row.at_ms,
        party=lead.party,
        party_key=_key_of(session, lead, row),
        state=state,
        content=json.dumps(content, ensure_ascii=False, sort_keys=True),
    )


def _key_of(session: Session, lead: Lead, row: EntryRow) -> str | None:
    """Under which key its party is counted, as far as the weighing behind it tells."""
    match lead.party:
        case "operator":
            return row.site
        case "vehicle":
            return vehicle_key(row.plate, row.colour)
        case "source":
            weighed = entry_by_id(session, row.parent) if row.type == "release" and row.parent else None
            return party_key("source", dossier_of(session, weighed or row), row.plate, row.colour)


def _cases_on(session: Session, rows: Sequence[EntryRow]) -> list[Due]:
    """Cases that stand on any of these entries: their act may be another one now."""
    ids = [f"{row.journal}/{row.seq}" for row in rows]
    query = select(CaseRow.id).where(col(CaseRow.entry).in_(ids) | col(CaseRow.weighing).in_(ids))
    return [Due("case", one) for one in session.exec(query)]


def _cases_near(session: Session, plate: str, rows: Sequence[EntryRow], due: Due) -> list[Due]:
    """The police's cases of this vehicle around these weighings: they are about the act that is near."""
    moments = [due.from_ms, due.to_ms, *(row.at_ms for row in rows)]
    happened = col(CaseRow.happened_ms)
    query = select(CaseRow.id).where(CaseRow.plate == plate, CaseRow.origin == "police")
    near = happened.between(min(moments) - SAME_ACT_MS, max(moments) + SAME_ACT_MS)
    return [Due("case", one) for one in session.exec(query.where(near))]


def _dispositions(session: Session, members: Sequence[str]) -> list[Fact]:
    found = [fact for entry in members for fact in facts_of(session, f"lead:{entry}") if fact.kind in DISPOSITIONS]
    return sorted(found, key=lambda fact: (fact.at_ms, fact.id))


def _others(session: Session, due: Due, weighings: Sequence[EntryRow]) -> list[EntryRow]:
    """Releases and evasions of this plate in the span, and whatever refers to one of these weighings."""
    query = select(EntryRow).where(EntryRow.plate == due.key, col(EntryRow.type).in_(("release", "evasion")))
    spanned = query.where(col(EntryRow.at_ms) >= due.from_ms, col(EntryRow.at_ms) <= due.to_ms)
    own = session.exec(spanned.order_by(col(EntryRow.at_ms)).limit(OTHERS_MAX)).all()
    known = {(row.journal, row.seq): row for row in (*own, *_referring(session, weighings))}
    return list(known.values())


def _referring(session: Session, weighings: Sequence[EntryRow]) -> Sequence[EntryRow]:
    ids = [f"{row.journal}/{row.seq}" for row in weighings]
    query = select(EntryRow).where(col(EntryRow.parent).in_(ids), col(EntryRow.type).in_(("release", "evasion")))
    return session.exec(query.limit(OTHERS_MAX)).all()
