"""A case's rows, recomputed from its facts, its act and the law: how it stands, what is owed, what it counts for."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Any

from sqlmodel import Session, col, delete, select

from central.acts.document import Document
from central.asking import day_of, day_start_ms
from central.case_rules import CaseRules
from central.cases.four import copies_of, four_parties
from central.cases.law import CaseLaw
from central.cases.machine import periods_of
from central.cases.punished import keep_punished
from central.cases.story import Story, tell
from central.cases.surroundings import Basis, Parties, basis_of, found_of, law_for, others_on, parties_of
from central.cases.words import fined_twice
from central.leads.deriving import SAME_ACT_MS
from central.store.case_tables import ActRow, CaseRow, DutyRow, TallyRow
from central.store.database import moment_text
from central.store.due import Due
from central.store.facts import facts_of
from gateway.law.measures import Known

RIGHTS = ("limitation", "ask-hearing", "hearing-notice")
"""Periods that bound what may be done; nobody owes anything by them."""

NOT_OPEN = ("annulled", "dropped", "transferred")


class Cases:
    """Derivation of the topic `case`; the key is the case's id."""

    def __init__(self, law: CaseLaw, rules: CaseRules) -> None:
        self._law = law
        self._rules = rules

    def of_case(self, session: Session, due: Due) -> Iterable[Due]:
        facts = facts_of(session, f"case:{due.key}")
        entry = next((str(one.body["entry"]) for one in facts if one.body.get("entry")), None)
        basis = None if entry is None else basis_of(session, entry)
        first_day = day_of(facts[0].at_ms) if facts else day_of(0)
        story = tell(self._law.procedure, due.key, facts, first_day if basis is None else basis.ended)
        if story.filed is None:
            return []
        if basis is None:
            basis = _basis_near(session, story)
        row, keys = self._row(story, basis, _review(session, story, basis))
        decided = [] if story.state in NOT_OPEN else story.measures(story.decision)
        further = [*self._tallies(session, row, keys), *keep_punished(session, row, decided, keys)]
        self._duties(session, row, story)
        old = session.get(CaseRow, row.id)
        if old is not None and old.model_dump() == row.model_dump():
            return further
        further += _leads_of(row) if old is None or old.weighing != row.weighing else []
        if basis is not None and row.decided_ms is not None:  # their fine may be a second one now, or no more
            further += [Due("case", one.id) for one in others_on(session, basis, row.id)]
        if old is not None:
            session.delete(old)
            session.flush()
        session.add(row)
        session.flush()
        return further

    def _row(self, story: Story, basis: Basis | None, review: str | None) -> tuple[CaseRow, Parties]:
        filed, decision = story.filed, story.decision
        assert filed is not None
        keys = parties_of(basis, story)
        plate, colour, happened_ms = _vehicle(story, basis)
        closed = filed if story.police else story.last("close")
        annulled = story.state == "annulled"
        row = CaseRow(
            id=story.id,
            origin="police" if story.police else "transport",
            authority=str(filed.body.get("authority", "")),
            state=story.state,
            entry=None if not filed.body.get("entry") else str(filed.body["entry"]),
            weighing=None if basis is None else f"{basis.weighing.journal}/{basis.weighing.seq}",
            act=None if basis is None or basis.act is None else basis.act.id,
            plate=plate,
            colour=colour,
            driver=keys.driver,
            enterprise=keys.enterprise,
            source=keys.source,
            happened_ms=happened_ms,
            filed_ms=filed.at_ms,
            decided_ms=None if decision is None else decision.at_ms,
            closed_ms=None if closed is None else closed.at_ms,
            counted=decision is not None and story.state not in NOT_OPEN and self._counts(story, basis),
            annulled=annulled,
            review=review,
            content=json.dumps(self._content(story, basis, keys, plate), ensure_ascii=False, sort_keys=True),
        )
        return row, keys

    def _counts(self, story: Story, basis: Basis | None) -> bool:
        """Warnings count by setting; what was ended without a penalty never does, nor what was over the vehicle's
        papers alone: only 违法超限 accumulates (Regulation 593 art. 66).
        """
        if basis is not None and basis.weighing.over_papers_kg:
            return False
        kinds = {one["kind"] for one in story.measures(story.decision)}
        return bool(kinds - {"warning"}) or (self._rules.count_warnings and "warning" in kinds)

    def _content(self, story: Story, basis: Basis | None, keys: Parties, plate: str | None) -> dict[str, Any]:
        decision = story.decision
        dossier = Document(None) if basis is None else basis.dossier
        found = Known(
            facts=found_of(story)
        )  # without counts: they change with other cases, and this one stays as it is
        proposals = () if basis is None else law_for(basis, found, self._law.schedules, self._rules)
        return {
            "measures": [dict(one) for one in story.measures(decision)],
            "told": [dict(one) for one in story.measures(story.told)],
            "parties": four_parties(dossier, keys, story, proposals, plate),
            "copies": copies_of(story),
            "periods": [
                {
                    "name": one.period.name,
                    "clause": one.period.clause,
                    "last_day": one.last.day.isoformat(),
                    "verified": one.last.verified,
                    "ended": None if one.ended is None else one.ended.isoformat(),
                }
                for one in periods_of(self._law.procedure, story.at)
            ],
            "moves": [
                {"id": one.id, "move": one.kind, "title": self._title(one.kind), "at": moment_text(one.at_ms),
                 "by": one.who, "why": one.why, "officers": list(one.body.get("officers", ()))}
                for one in story.moves
            ],
            "problems": list(story.problems),
            "annulled_at": moment_text(at) if (at := _annulled_ms(story)) is not None else None,
        }  # fmt: skip

    def _title(self, move: str) -> str:
        found = self._law.procedure.moves.get(move)
        return "公安机关处罚决定" if found is None else found.title

    def _tallies(self, session: Session, row: CaseRow, keys: Parties) -> list[Due]:
        """What this case counts for, in place of what it counted for; the parties concerned are counted anew."""
        vehicle = dict(keys.pairs()).get("vehicle")
        new: dict[tuple[str, str], TallyRow] = {}
        if row.counted and row.decided_ms is not None:
            for party, key in keys.pairs():
                new[party, key] = TallyRow(
                    party=party,
                    party_key=key,
                    case=row.id,
                    act_key=row.act or row.weighing or f"case:{row.id}",
                    happened_ms=row.happened_ms,
                    decided_ms=row.decided_ms,
                    vehicle=vehicle,
                    origin=row.origin,
                )
        old = {(one.party, one.party_key): one for one in session.exec(select(TallyRow).where(TallyRow.case == row.id))}
        changed = [
            pair
            for pair in {**old, **new}
            if pair not in old or pair not in new or old[pair].model_dump() != new[pair].model_dump()
        ]
        touched: list[Due] = []
        for party, key in changed:
            rows = [one for one in (old.get((party, key)), new.get((party, key))) if one is not None]
            moments = [self._counting_ms(one) for one in rows]
            touched.append(Due("party", f"{party}|{key}", min(moments), max(moments)))
            if (party, key) in old:
                session.delete(old[party, key])
        session.flush()
        session.add_all(new[pair] for pair in changed if pair in new)
        session.flush()
        return touched

    def _counting_ms(self, row: TallyRow) -> int:
        return row.decided_ms if self._rules.count_day == "decided" else row.happened_ms

    def _duties(self, session: Session, row: CaseRow, story: Story) -> None:
        """What is owed by when. Of the police's own cases only the withdrawal of what stood on them here."""
        subject = f"case:{row.id}"
        session.exec(delete(DutyRow).where(col(DutyRow.subject) == subject, col(DutyRow.kind).in_(self._kinds())))
        for one in periods_of(self._law.procedure, story.at):
            if one.period.name in RIGHTS or (story.police and one.period.name != "withdraw"):
                continue
            if one.period.name == "pay" and not any(each["kind"] == "fine" for each in story.measures(story.decision)):
                continue
            session.add(
                DutyRow(
                    id=f"{one.period.name}/{row.id}",
                    kind=one.period.name,
                    subject=subject,
                    clause=one.period.clause,
                    due_day=one.last.day.isoformat(),
                    verified=one.last.verified,
                    done=int(one.ended is not None),
                    done_ms=None if one.ended is None else day_start_ms(one.ended),
                )
            )
        session.flush()

    def _kinds(self) -> Sequence[str]:
        return [one.name for one in self._law.procedure.periods]


def _basis_near(session: Session, story: Story) -> Basis | None:
    """The act a police decision is about, where it names no weighing and exactly one act of the vehicle is near."""
    assert story.filed is not None
    plate, happened_ms = story.filed.body.get("plate"), story.filed.body.get("happened_ms")
    if not isinstance(plate, str) or not isinstance(happened_ms, int):
        return None
    query = select(ActRow).where(
        ActRow.plate == plate,
        col(ActRow.begins_ms) <= happened_ms + SAME_ACT_MS,
        col(ActRow.ends_ms) >= happened_ms - SAME_ACT_MS,
    )
    found = session.exec(query.limit(2)).all()
    return basis_of(session, found[0].worst) if len(found) == 1 else None


def _vehicle(story: Story, basis: Basis | None) -> tuple[str | None, str | None, int]:
    filed = story.filed
    assert filed is not None
    if basis is None or story.police:
        return filed.body.get("plate"), filed.body.get("colour"), int(filed.body.get("happened_ms", filed.at_ms))
    ended_ms = basis.weighing.at_ms if basis.act is None else basis.act.ends_ms
    return basis.weighing.plate, basis.weighing.colour, ended_ms


def _review(session: Session, story: Story, basis: Basis | None) -> str | None:
    """Why people must look again: what the case stood on has changed, a fact came that cannot stand where it is, or
    another authority's fine for the same act.
    """
    if story.problems:
        return story.problems[0][:500]
    known = story.stood_on
    if basis is None or known is None or story.state in NOT_OPEN:
        return None
    if known != digest(basis.stands_on):
        return "the act it stands on has changed since: entries came late"
    if story.fine_yuan and fined_twice(story.measures(story.decision), others_on(session, basis, story.id)):
        return "cn-penalty-law-2021 art.29: a party was fined for this act by another case, too"
    return None


def digest(stands_on: str) -> str:
    return hashlib.sha256(stands_on.encode()).hexdigest()


def _annulled_ms(story: Story) -> int | None:
    one = story.last("annul")
    return None if one is None else one.at_ms


def _leads_of(row: CaseRow) -> list[Due]:
    """The leads of its act say that a case was filed."""
    if row.weighing is None:
        return []
    if row.plate:
        return [Due("vehicle", row.plate, row.happened_ms, row.happened_ms)]
    return [Due("loose", row.entry or row.weighing, row.happened_ms, row.happened_ms)]
