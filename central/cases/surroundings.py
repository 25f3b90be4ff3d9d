"""What stands around a case when a move is checked, read once: the act, its evidence, other cases on it, the law."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from sqlmodel import Session, col, select

from central.acts.document import Document, content_of
from central.acts.papers import dossier_of
from central.acts.party_keys import last_word, party_key, vehicle_key
from central.acts.reading import entry_by_id
from central.asking import day_of
from central.case_rules import CaseRules
from central.cases.evidence import Weighed
from central.cases.story import Story
from central.parties.measures import FACTS, proposals_for
from central.parties.reading import count_of
from central.store.case_tables import ActMemberRow, ActRow, CaseRow
from central.store.facts import facts_of
from central.store.tables import AlarmRow, EntryRow
from gateway.law.measures import Fact, Known, Proposal, Schedule

OPEN_OR_DECIDED = ("filed", "investigated", "told", "hearing", "decided", "served", "paid", "closed")


@dataclass(frozen=True, slots=True)
class Basis:
    """What a case stands on: an entry, the weighing behind it with its dossier as it is known now, and the act that
    weighing belongs to.
    """

    entry: EntryRow
    weighing: EntryRow
    act: ActRow | None
    dossier: Document

    @property
    def stands_on(self) -> str:
        """The act as it is now, to be compared with what a decision knew."""
        if self.act is None:
            return f"{self.weighing.journal}/{self.weighing.seq}"
        return f"{self.act.worst} {self.act.excess_kg} {self.act.consequence} {self.act.content}"

    @property
    def ended(self) -> date:
        """The day the act ended: limitation runs from it (Administrative Penalty Law art. 36)."""
        return day_of(self.weighing.at_ms if self.act is None else self.act.ends_ms)


@dataclass(frozen=True, slots=True)
class Other:
    """Another case on the same act."""

    id: str
    origin: str
    state: str
    measures: tuple[Mapping[str, Any], ...]


def basis_of(session: Session, entry_id: str) -> Basis | None:
    """None: no such entry here, or it refers to a weighing that has not arrived."""
    entry = entry_by_id(session, entry_id)
    weighing = entry
    if entry is not None and entry.type != "weighing":
        weighing = entry_by_id(session, entry.parent) if entry.parent else entry
    if entry is None or weighing is None:
        return None
    member = session.get(ActMemberRow, f"{weighing.journal}/{weighing.seq}")
    act = None if member is None else session.get(ActRow, member.act)
    if act is not None:
        weighing = entry_by_id(session, act.worst) or weighing
    return Basis(entry, weighing, act, dossier_of(session, weighing))


def weighed_of(session: Session, basis: Basis, story: Story | None) -> Weighed:
    row = basis.weighing
    reviews = [fact for one in _members(basis) for fact in facts_of(session, f"lead:{one}", "lead-reviewed")]
    reviewed = frozenset(kind for fact in reviews for kind in ("technical", "legal") if fact.body.get(kind) is True)
    known = () if story is None else (one for one in story.notes if one.kind == "party-known")
    alarm = session.get(AlarmRow, ("chain_break", row.site, row.journal, row.seq))
    return Weighed(
        row=row,
        content=content_of(row.body),
        dossier=basis.dossier,
        before=session.get(EntryRow, (row.journal, row.seq - 1)),
        chain_alarm=alarm is not None,
        reviewed=reviewed,
        confirmed=frozenset() if story is None else frozenset(story.confirmed()),
        parties_known=frozenset(f"{one.body['party']}.{name}" for one in known for name in one.body.get("facts", ())),
    )


def _members(basis: Basis) -> list[str]:
    if basis.act is None:
        return [f"{row.journal}/{row.seq}" for row in (basis.entry, basis.weighing)]
    return [one["entry"] for one in json.loads(basis.act.content)["members"]]


def others_on(session: Session, basis: Basis, case: str) -> list[Other]:
    """Cases of whichever authority on the same act, those annulled, dropped or transferred left out."""
    members = _members(basis)
    here = (col(CaseRow.weighing).in_(members),)
    query = select(CaseRow).where(*here, CaseRow.id != case)
    rows = {row.id: row for row in session.exec(query)}
    if basis.act is not None:
        for row in session.exec(select(CaseRow).where(CaseRow.plate == basis.act.plate, CaseRow.act == basis.act.id)):
            rows.setdefault(row.id, row)
    rows.pop(case, None)
    return [
        Other(row.id, row.origin, row.state, tuple(json.loads(row.content).get("measures", ())))
        for _, row in sorted(rows.items())
        if row.state in OPEN_OR_DECIDED
    ]


@dataclass(frozen=True, slots=True)
class Parties:
    """Under which keys the four are counted; None where nobody knows."""

    vehicle: str | None
    driver: str | None
    enterprise: str | None
    source: str | None

    def pairs(self) -> list[tuple[str, str]]:
        every = (
            ("vehicle", self.vehicle),
            ("driver", self.driver),
            ("enterprise", self.enterprise),
            ("source", self.source),
        )
        return [(party, key) for party, key in every if key is not None]


def parties_of(basis: Basis | None, story: Story) -> Parties:
    """From the dossier, and what people completed later: the last word on a key counts."""
    keys: dict[str, str | None] = dict.fromkeys(("vehicle", "driver", "enterprise", "source"))
    if basis is not None:
        row = basis.weighing
        named = ("vehicle", "enterprise", "source")
        keys |= {one: party_key(one, basis.dossier, row.plate, row.colour) for one in named}
    for fact in (story.filed, *story.notes):
        if fact is not None and fact.kind in ("party-known", "police-decision"):
            said: Mapping[str, str] = fact.body.get("keys", {})
            keys |= {party: last_word(keys[party], key) for party, key in said.items() if party in keys}
    if story.police and story.filed is not None and keys["vehicle"] is None:
        keys["vehicle"] = vehicle_key(story.filed.body.get("plate"), story.filed.body.get("colour"))
    return Parties(keys["vehicle"], keys["driver"], keys["enterprise"], keys["source"])


def law_for(basis: Basis, known: Known, schedules: Sequence[Schedule], rules: CaseRules) -> tuple[Proposal, ...]:
    """What the law of the day of the act provides, with what is known beside the weighing."""
    day = day_of(basis.weighing.at_ms)
    return proposals_for(basis.weighing, known, schedules, jurisdiction=rules.jurisdiction, day=day)


def found_of(story: Story) -> frozenset[Fact]:
    """The circumstances people found, as the law names them."""
    found = story.circumstances()
    return frozenset(one for one in FACTS if one in found)


def known_about(session: Session, parties: Parties, story: Story, day: date, rules: CaseRules) -> Known:
    """What people found, and counts of decided acts as of `day`."""
    counts: dict[Literal["vehicle", "driver"], int] = {}
    if parties.vehicle is not None:
        counts["vehicle"] = count_of(session, "vehicle", parties.vehicle, day, rules).acts
    if parties.driver is not None:
        counts["driver"] = count_of(session, "driver", parties.driver, day, rules).acts
    return Known(facts=found_of(story), counts=counts)
