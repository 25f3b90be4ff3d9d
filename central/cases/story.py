"""A case told again from its facts: the same facts give the same case, in whatever order they came. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from central.asking import day_of
from central.cases.machine import Position, begin, follow
from central.cases.procedure import Procedure
from central.store.facts import Fact

DECISIONS = ("decide", "decide-on-spot")
ENTERED = "police-decision"
"""A case that the police decided: it enters whole, decided and closed, with one fact."""

PAYMENTS = ("pay-part", "pay")

STANDS_ON = ("file", "complete", "decide", "decide-on-spot", "looked-again")
"""Facts that keep which act they stood on."""


@dataclass
class Story:
    """As far as it was told. `problems` are facts that could not have been made where they stand."""

    id: str
    at: Position
    filed: Fact | None = None
    moves: list[Fact] = field(default_factory=list)
    notes: list[Fact] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def state(self) -> str:
        return self.at.state

    def last(self, *names: str) -> Fact | None:
        return next((one for one in reversed(self.moves) if one.kind in names), None)

    @property
    def decision(self) -> Fact | None:
        return self.last(*DECISIONS, ENTERED)

    @property
    def told(self) -> Fact | None:
        return self.last("tell")

    @property
    def police(self) -> bool:
        return self.filed is not None and self.filed.kind == ENTERED

    @property
    def stood_on(self) -> str | None:
        """The act as the last decisive fact knew it."""
        known = [one for one in (*self.moves, *self.notes) if one.kind in STANDS_ON and "stood_on" in one.body]
        known.sort(key=lambda one: (one.at_ms, one.id))
        return str(known[-1].body["stood_on"]) if known else None

    def measures(self, fact: Fact | None) -> list[Mapping[str, Any]]:
        return [] if fact is None else list(fact.body.get("measures", ()))

    @property
    def fine_yuan(self) -> int:
        """All fines of the decision."""
        return sum(one.get("amount_yuan") or 0 for one in self.measures(self.decision) if one["kind"] == "fine")

    @property
    def paid_yuan(self) -> int:
        return sum(one.body.get("amount_yuan") or 0 for one in self.moves if one.kind in PAYMENTS)

    def confirmed(self) -> set[str]:
        return {what for one in self.notes if one.kind == "evidence-confirmed" for what in one.body.get("confirms", ())}

    def circumstances(self) -> set[str]:
        return {what for one in self.notes if one.kind == "circumstance-found" for what in one.body.get("found", ())}


def until_of(fact: Fact) -> date | None:
    """The last day that a move named."""
    named = fact.body.get("until")
    return date.fromisoformat(named) if isinstance(named, str) else None


def same_decision(known: Fact, offered: Fact) -> bool:
    """Whether two imports under one authority's number say the same; in which spelling, by whom and why is all one."""
    named = {"number", "authority"}
    told = [{name: value for name, value in said_by(one).items() if name not in named} for one in (known, offered)]
    return (known.kind, known.at_ms, told[0]) == (offered.kind, offered.at_ms, told[1])


def said_by(fact: Fact) -> dict[str, Any]:
    """The person's own words of a fact, without what was kept beside them when it was made."""
    return {name: value for name, value in fact.body.items() if name not in ("stood_on", "keys")}


def tell(procedure: Procedure, case: str, facts: Iterable[Fact], act_day: date) -> Story:
    """Replay. A move that cannot follow is set aside and named; what was lawful when it was made is not judged anew."""
    story = Story(case, begin(procedure, act_day))
    for fact in facts:
        if fact.kind == ENTERED and story.filed is None:
            story.filed = fact
            story.moves.append(fact)
            story.at = Position("closed", {**story.at.days, "decide": day_of(fact.at_ms)})
        elif fact.kind == ENTERED:
            assert story.filed is not None
            if not same_decision(story.filed, fact):
                story.problems.append(f"{fact.id}: says otherwise than '{story.filed.id}' of the same decision")
        elif fact.kind in procedure.moves:
            move = procedure.moves[fact.kind]
            if story.state not in move.from_:
                story.problems.append(f"{fact.id}: '{fact.kind}' cannot follow '{story.state}'")
                continue
            story.at = follow(move, story.at, day_of(fact.at_ms), until_of(fact))
            story.moves.append(fact)
            if story.filed is None:
                story.filed = fact
        else:
            story.notes.append(fact)
    return story
