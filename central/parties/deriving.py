"""Proposals from accumulation, recomputed for one party whenever what was decided against it changed.

A proposal stands on the case with which the law's threshold was passed. Where a case is annulled the count falls: a
proposal that nobody has sent is gone, one that was sent must be withdrawn.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, insert, select
from sqlmodel import Session

from central.asking import day_of, day_start_ms
from central.case_rules import CaseRules
from central.parties.counting import Count, Decided, count_at, counts_along, year_before
from central.parties.measures import accumulated
from central.parties.provinces import province_of_plate
from central.parties.reading import certificate_from, decided_acts, known_of
from central.store.case_reading import PROPOSALS
from central.store.case_tables import ProposalRow
from central.store.due import Due
from central.store.facts import Fact
from gateway.law.measures import Proposal, Schedule

COUNTED = ("vehicle", "driver", "enterprise")
"""National law counts these; what a source enterprise accumulates is provincial."""

LEFT_OUT = ("listing",)
"""Kinds of measures that credit keeps, with publicity and objection."""

SENT = {"proposal-sent": "sent", "proposal-answered": "answered"}
EVER = (date(2000, 1, 1), date(2999, 12, 31))


_MINE = select(PROPOSALS).where(
    PROPOSALS.c.party == bindparam("of_party"),
    PROPOSALS.c.party_key == bindparam("key"),
    PROPOSALS.c.at_ms.between(bindparam("first"), bindparam("last")),
)


class Parties:
    """What accumulation proposes against one party."""

    def __init__(self, schedules: tuple[Schedule, ...], rules: CaseRules) -> None:
        self._schedules = schedules
        self._rules = rules

    def propose(self, session: Session, due: Due, facts: list[Fact]) -> None:
        """Topic `party`, whose keys are `<party>|<party key>`; `facts` are those about `party_subject`."""
        party, _, key = due.key.partition("|")
        if party not in COUNTED:
            return
        span = _span(due)
        new = {row.id: row.model_dump() for row in self._rows(session, party, key, span, facts)}
        connection = session.connection()
        asked = {"of_party": party, "key": key, "first": day_start_ms(span[0]), "last": day_start_ms(span[1])}
        old = {row["id"]: dict(row) for row in connection.execute(_MINE, asked).mappings()}
        changed = sorted(id_ for id_ in old.keys() | new.keys() if old.get(id_) != new.get(id_))
        if changed:
            connection.execute(delete(PROPOSALS).where(PROPOSALS.c.id.in_(changed)))
        if fresh := [new[id_] for id_ in changed if id_ in new]:
            connection.execute(insert(PROPOSALS), fresh)

    def _rows(
        self, session: Session, party: str, key: str, span: tuple[date, date], facts: list[Fact]
    ) -> Iterable[ProposalRow]:
        """The proposals of a span of days."""
        said: dict[str, list[Fact]] = {}
        for fact in facts:
            if fact.kind in ("proposal-sent", "proposal-answered", "proposal-withdrawn"):
                said.setdefault(str(fact.body.get("proposal")), []).append(fact)
        standing = set()
        decided = decided_acts(session, party, key, _earlier(_earlier(span[0])), span[1], self._rules)
        for one, count, proposal in self._passed(party, decided, facts):
            if one.day >= span[0]:
                row = _row(party, key, one, count, proposal, self._rules)
                standing.add(row.id)
                row.state = _state(said.get(row.id, []), stands=True)
                yield _with_history(row, said.get(row.id, []))
        for id_, told in sorted(said.items()):
            fallen = None if id_ in standing else _fallen(id_, party, key, told)
            if fallen is not None and day_start_ms(span[0]) <= fallen.at_ms <= day_start_ms(span[1]):
                yield fallen

    def _passed(
        self, party: str, decided: Sequence[Decided], facts: list[Fact]
    ) -> Iterable[tuple[Decided, Count, Proposal]]:
        """The cases with which a threshold was passed that was not passed before them."""
        first = certificate_from(facts, self._rules)
        before: set[tuple[str, str]] = set()
        for standing in counts_along(decided, first):
            one = standing.last
            known = known_of(party, standing.acts, standing.vehicles, one.day, facts)
            found = accumulated(known, self._schedules, jurisdiction=self._rules.jurisdiction, day=one.day)
            here = {(proposal.act, proposal.kind): proposal for proposal in found if proposal.kind not in LEFT_OUT}
            for what, proposal in here.items():
                if what not in before:
                    upto = (other for other in decided if (other.day, other.case) <= (one.day, one.case))
                    yield one, count_at(upto, one.day, first), proposal
            before = set(here)


def _span(due: Due) -> tuple[date, date]:
    """The days on which a proposal can differ: a case counts for a year. Facts about the party itself touch all."""
    if not due.from_ms:
        return EVER
    return day_of(due.from_ms), day_of(due.to_ms) + timedelta(days=366)


def _earlier(day: date) -> date:
    return EVER[0] if day == EVER[0] else year_before(day)


def proposal_id(party: str, key: str, measure: str, case: str) -> str:
    return "p-" + hashlib.sha256(f"{party}|{key}|{measure}|{case}".encode()).hexdigest()[:24]


def _row(party: str, key: str, one: Decided, count: Count, proposal: Proposal, rules: CaseRules) -> ProposalRow:
    home = province_of_plate(key) if party == "vehicle" else None
    content: dict[str, Any] = {
        "act": proposal.act,
        "verified": proposal.verified,
        "doubt": proposal.doubt,
        "count": {
            "from": count.begins.isoformat(),
            "to": count.ends.isoformat(),
            "cases": list(count.cases),
            "acts": count.acts,
            "vehicles": count.vehicles,
        },
        "home": home,
        "outsider": home is not None and rules.jurisdiction != "CN" and not rules.jurisdiction.startswith(home),
    }
    return ProposalRow(
        id=proposal_id(party, key, proposal.kind, one.case),
        party=party,
        party_key=key,
        measure=proposal.kind,
        clause=proposal.clause,
        authority=proposal.authority,
        case=one.case,
        at_ms=day_start_ms(one.day),
        state="open",
        content=json.dumps(content, ensure_ascii=False, sort_keys=True),
    )


def _state(said: Sequence[Fact], *, stands: bool) -> str:
    kinds = [fact.kind for fact in said]
    if not stands:
        return "withdrawn" if kinds and kinds[-1] == "proposal-withdrawn" else "to-withdraw"
    return next((SENT[kind] for kind in reversed(kinds) if kind in SENT), "open")


def _with_history(row: ProposalRow, said: Sequence[Fact]) -> ProposalRow:
    content = json.loads(row.content)
    content["history"] = [
        {"what": one.kind, "by": one.who, "at_ms": one.at_ms, "why": one.why, **one.body} for one in said
    ]
    row.content = json.dumps(content, ensure_ascii=False, sort_keys=True)
    return row


def _fallen(id_: str, party: str, key: str, said: Sequence[Fact]) -> ProposalRow | None:
    """A proposal that was sent and no longer stands, as it was when it was sent."""
    sent = next((one for one in said if one.kind == "proposal-sent"), None)
    if sent is None:
        return None
    body = sent.body
    row = ProposalRow(
        id=id_,
        party=party,
        party_key=key,
        measure=str(body.get("measure", "")),
        clause=str(body.get("clause", "")),
        authority=str(body.get("to", "")),
        case=str(body.get("case", "")),
        at_ms=int(body.get("proposed_ms", 0)),
        state=_state(said, stands=False),
        content=json.dumps({"fallen": True}),
    )
    return _with_history(row, said)
