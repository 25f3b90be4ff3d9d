"""A party's decided acts and what registers say of it, read with one indexed query each."""

from datetime import date
from typing import Any, Literal

from sqlalchemy import Column, Select, bindparam, select
from sqlmodel import Session

from central.asking import day_of, day_start_ms
from central.case_rules import CaseRules
from central.parties.counting import Count, Decided, anniversary_before, count_at, year_before
from central.store.case_tables import TallyRow
from central.store.facts import Fact, facts_of
from central.store.table_of import table_of
from gateway.law.measures import Fact as LawFact
from gateway.law.measures import Known

TALLIES_MAX = 5_000
"""Of one party in one year: a fleet of thousands of vehicles, each decided on. Past it the count is a lower bound."""

TALLIES = table_of(TallyRow)


def _by(day: Column[Any]) -> Select[Any]:
    t = TALLIES.c
    here = (t.party == bindparam("of_party"), t.party_key == bindparam("key"))
    span = (day >= bindparam("from_ms"), day < bindparam("past_ms"))
    return select(t.case, t.act_key, day, t.vehicle).where(*here, *span).order_by(day, t.case).limit(TALLIES_MAX)


_BY_DECIDED, _BY_HAPPENED = _by(TALLIES.c.decided_ms), _by(TALLIES.c.happened_ms)

Counted = Literal["vehicle", "driver", "enterprise", "source"]


def party_subject(party: str, key: str) -> str:
    """Under this subject facts about a party are stored: its fleet, its certificate, what came of proposals."""
    return f"party:{party}|{key}"


def decided_acts(session: Session, party: str, key: str, begins: date, ends: date, rules: CaseRules) -> list[Decided]:
    """Decided cases against a party with a counting day from `begins` to `ends`."""
    past_ms = day_start_ms(date.fromordinal(ends.toordinal() + 1))
    asked = {"of_party": party, "key": key, "from_ms": day_start_ms(begins), "past_ms": past_ms}
    rows = session.connection().execute(_BY_DECIDED if rules.count_day == "decided" else _BY_HAPPENED, asked)
    return [Decided(case, act_key, day_of(at_ms), vehicle) for case, act_key, at_ms, vehicle in rows]


def count_of(session: Session, party: str, key: str, day: date, rules: CaseRules) -> Count:
    """A party's count at the end of a day: what a new case is held against."""
    first = certificate_from(facts_of(session, party_subject(party, key)), rules)
    begins = year_before(day) if first is None else anniversary_before(first, day)
    return count_at(decided_acts(session, party, key, begins, day, rules), day, first)


def certificate_from(facts: list[Fact], rules: CaseRules) -> date | None:
    """The day of a certificate's first issue, where the year runs by it and somebody stated it; else None."""
    if rules.count_year != "anniversary":
        return None
    said = [fact.body.get("first_issued") for fact in facts if fact.kind == "certificate"]
    return date.fromisoformat(said[-1]) if said and isinstance(said[-1], str) else None


def fleet_on(facts: list[Fact], day: date) -> tuple[int, bool]:
    """Goods vehicles of an enterprise on a day, and whether it is a sole trader; 0 where nobody stated it."""
    said = [fact for fact in facts if fact.kind == "fleet" and day_of(fact.at_ms) <= day]
    if not said:
        return 0, False
    return int(said[-1].body.get("vehicles", 0)), bool(said[-1].body.get("sole_trader", False))


def share_found(facts: list[Fact], day: date) -> frozenset[LawFact]:
    """`share-serious` where the last who looked at the year in which a day lies found its share of violations serious
    (Regulation 593 art. 66): the law names no number.
    """
    said = [fact for fact in facts if fact.kind == "share-found" and year_before(day_of(fact.at_ms)) <= day]
    looked = next((fact for fact in reversed(said) if day <= day_of(fact.at_ms)), None)
    return frozenset({"share-serious"}) if looked is not None and looked.body.get("serious") else frozenset()


def known_of(party: str, acts: int, vehicles: int, day: date, facts: list[Fact]) -> Known:
    """A count as the law is asked about it."""
    if party == "vehicle":
        return Known(counts={"vehicle": acts})
    if party == "driver":
        return Known(counts={"driver": acts})
    fleet, sole_trader = fleet_on(facts, day)
    return Known(facts=share_found(facts, day), violators=vehicles, fleet=fleet, sole_trader=sole_trader)
