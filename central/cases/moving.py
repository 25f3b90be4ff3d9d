"""A person moves a case: checked against everything known now, and kept as a fact that nothing alters later."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic import BaseModel
from sqlmodel import Session

from central.asking import AHEAD_MS_MAX, day_of
from central.case_rules import CaseRules
from central.cases.deriving import digest
from central.cases.evidence import Item, Weighed, electronic, examine_evidence, missing_of
from central.cases.law import CaseLaw
from central.cases.machine import Refused, make
from central.cases.story import ENTERED, STANDS_ON, Story, said_by, same_decision, tell, until_of
from central.cases.surroundings import Basis, basis_of, known_about, law_for, others_on, parties_of, weighed_of
from central.cases.wording import refusal
from central.cases.words import Situation, words_of
from central.deriver import Deriver
from central.errors import FactConflict, MoveRefused, NotHere
from central.parties.provinces import province_of_plate
from central.store.due import Due
from central.store.facts import Fact, append_fact, fact_by_id, facts_of, one_at_a_time

OPENING = ("file", "decide-on-spot")
ENTERING = ("file", "decide-on-spot", ENTERED)
BY_ITEM = ("evidence-complete", "instrument-certified", "evidence-reviewed")


@dataclass(frozen=True, slots=True)
class Casework:
    """What moves are checked with. `has_file`: whether the evidence of this hash has arrived whole."""

    law: CaseLaw
    rules: CaseRules
    deriver: Deriver
    has_file: Callable[[str], bool]

    def move(self, session: Session, case: str, fact: Fact, personal: Mapping[str, str] | None = None) -> Story:
        """Make a move, or put down a note; the case as it stands then.

        Raises:
            MoveRefused: the law does not allow it now; the article, and what is missing.
            FactConflict: this id is taken by something else. NotHere: no such case, or nothing it could stand on.
        """
        one_at_a_time(session)
        repeated = fact_by_id(session, fact.id)
        if repeated is not None:
            _check_same(repeated, fact)
            return self._story(session, case)[0]
        story, basis = self._current(session, case, fact)
        if fact.kind == ENTERED and story.filed is not None:
            if not same_decision(story.filed, fact):
                raise MoveRefused("", f"this decision was imported before, as '{story.filed.id}', and said otherwise")
            return story
        self._check_time(story, basis, fact)
        if fact.kind in self.law.procedure.moves:
            self._check_lawful(session, story, basis, fact)
        if fact.kind in STANDS_ON and basis is not None:
            fact = replace(fact, body={**fact.body, "stood_on": digest(basis.stands_on)})
        append_fact(session, fact, [Due("case", case)], personal)
        self.deriver.bring_up_to_date(session, "case", case)
        return self._story(session, case)[0]

    def evidence(self, session: Session, entry: str, story: Story | None = None) -> list[Item]:
        """The evidence of an entry, item by item.

        Raises:
            NotHere: no such entry, or the weighing it refers to has not arrived.
        """
        return examine_evidence(
            self._weighed(session, _found(basis_of(session, entry), entry), story), self.rules, self.has_file
        )

    def story(self, session: Session, case: str) -> tuple[Story, Basis | None]:
        """A case told from its facts, with what it stands on.

        Raises:
            NotHere: no such case.
        """
        story, basis = self._story(session, case)
        if story.filed is None:
            raise NotHere(f"no case '{case}'")
        return story, basis

    def _story(self, session: Session, case: str) -> tuple[Story, Basis | None]:
        facts = facts_of(session, f"case:{case}")
        entry = next((str(one.body["entry"]) for one in facts if one.body.get("entry")), None)
        basis = None if entry is None else basis_of(session, entry)
        day = day_of(facts[0].at_ms) if basis is None and facts else day_of(0) if basis is None else basis.ended
        return tell(self.law.procedure, case, facts, day), basis

    def _current(self, session: Session, case: str, fact: Fact) -> tuple[Story, Basis | None]:
        """The case with its act as of now; a new case's act for the moves that open one."""
        story, basis = self._story(session, case)
        if story.filed is None:
            if fact.kind not in ENTERING:
                raise NotHere(f"no case '{case}'")
            if "entry" in fact.body:
                basis = _found(basis_of(session, str(fact.body["entry"])), str(fact.body["entry"]))
        if basis is not None and basis.weighing.plate:
            self.deriver.bring_up_to_date(session, "vehicle", basis.weighing.plate)
            entry = str(fact.body.get("entry") or (story.filed.body.get("entry") if story.filed else ""))
            basis = basis_of(session, entry) or basis
            if story.filed is None:  # the act may end on another day now
                story = tell(self.law.procedure, case, [], basis.ended)
        return story, basis

    def _check_time(self, story: Story, basis: Basis | None, fact: Fact) -> None:
        if fact.at_ms > fact.made_ms + AHEAD_MS_MAX:
            raise MoveRefused("", f"'{fact.kind}' is dated in the future")
        if fact.kind in OPENING and basis is not None and fact.at_ms + AHEAD_MS_MAX < basis.entry.at_ms:
            raise MoveRefused("", f"'{fact.kind}' is dated before what it stands on")
        last = max((one.at_ms for one in (*story.moves, *story.notes)), default=None)
        if last is not None and fact.at_ms <= last:
            raise MoveRefused("", f"'{fact.kind}' is dated before or at what was put down last; cases go forward")

    def _check_lawful(self, session: Session, story: Story, basis: Basis | None, fact: Fact) -> None:
        if story.police and fact.kind != "annul":
            raise MoveRefused("cn-penalty-law-2021 art.17", "the police decided this case: here it is only counted")
        day = day_of(fact.at_ms)
        words, items = self._words(session, story, basis, fact)
        found = make(self.law.procedure, story.at, fact.kind, day, words, until_of(fact))
        if isinstance(found, Refused):
            titles = {name: move.title for name, move in self.law.procedure.moves.items()}
            zh, en = refusal(titles[fact.kind], fact.kind, found.clause, found.what, titles)
            missing = missing_of(items) if set(found.what) & set(BY_ITEM) else ()
            raise MoveRefused(found.clause, zh, (en, *missing))

    def _words(
        self, session: Session, story: Story, basis: Basis | None, fact: Fact
    ) -> tuple[frozenset[str], list[Item]]:
        if basis is None:  # the police's own: nothing of it is weighed here
            return frozenset({"annulling-ground"} if fact.body.get("annulled_by") else ()), []
        weighed = self._weighed(session, basis, story)
        items = examine_evidence(weighed, self.rules, self.has_file)
        parties = parties_of(basis, story)
        known = known_about(session, parties, story, day_of(fact.at_ms), self.rules)
        now = Situation(
            move=fact.kind,
            body=fact.body,
            story=story,
            items=items,
            electronic=electronic(weighed),
            mode=weighed.content.sub("place").text("enforcement_mode") or "",
            others=others_on(session, basis, story.id),
            proposals=law_for(basis, known, self.law.schedules, self.rules),
            at_home=self._at_home(basis),
            rules=self.rules,
        )
        return words_of(now), items

    def _weighed(self, session: Session, basis: Basis, story: Story | None) -> Weighed:
        return weighed_of(session, basis, story)

    def _at_home(self, basis: Basis) -> bool:
        home = province_of_plate(basis.weighing.plate)
        return home is not None and home == self.rules.jurisdiction


def _found(basis: Basis | None, entry: str) -> Basis:
    if basis is None:
        raise NotHere(f"'{entry}' is not here, or the weighing it refers to is not")
    return basis


def _check_same(stored: Fact, offered: Fact) -> None:
    if (stored.kind, stored.subject, stored.at_ms, stored.why, said_by(stored)) != (
        offered.kind, offered.subject, offered.at_ms, offered.why, said_by(offered),
    ):  # fmt: skip
        raise FactConflict(offered.id)


def pseudonym(secret: bytes, what: str, value: str) -> str:
    """By what a natural person is counted and found again without being named; the same person always the same."""
    return f"{what}-{hashlib.blake2b(value.encode(), key=secret[:64], digest_size=16).hexdigest()}"


def body_of(said: BaseModel) -> dict[str, Any]:
    """What a person stated, as the fact keeps it: only what was said."""
    whole = said.model_dump(mode="json", exclude={"id", "at", "why"})
    default = {name: field.get_default() for name, field in type(said).model_fields.items()}
    return {name: value for name, value in whole.items() if value not in (None, [], default.get(name))}
