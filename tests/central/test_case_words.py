"""Each word of the procedure holds where it should, and one thing taken away takes that word away."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from deciding import TOLD, fine

from central.case_rules import CaseRules
from central.cases.evidence import Item
from central.cases.law import load_case_law
from central.cases.machine import begin
from central.cases.story import Story
from central.cases.surroundings import Other
from central.cases.wording import WORDS
from central.cases.words import Situation, words_of
from central.shipped import law_dir
from central.store.facts import Fact
from gateway.law.measures import Proposal

PROCEDURE = load_case_law(law_dir()).procedure
ITEMS = ("certificate", "reviewed", "range", "proof", "illegal", "plate", "pictures", "chain", "clock", "dossier")
SMALL = fine(200, payer="citizen")
LAW = (
    Proposal("carrier", "fine", 200, 4_500, None, "art.43(2)", "交通", True, "over-limit/mass"),
    Proposal("vehicle", "revocation", None, None, None, "art.66", "车籍地", True, "vehicle-repeated"),
    Proposal("driver", "points", None, None, 3, "art.11", "公安", True, "overload"),
)
REVOKED = {"party": "vehicle", "kind": "revocation", "act": "vehicle-repeated", "clause": "x", "payer": "organisation"}
BODY: dict[str, Any] = {
    **TOLD,
    "measures": [SMALL],
    "officers": ["a", "b"],
    "certificates_shown": True,
    "approved_by": "head",
    "host": "c",
    "reviewer": "d",
    "reviewer_qualified": True,
    "passed": True,
    "expressly": True,
    "statement": "none",
    "form_number": "1",
    "ground": "no-fault",
    "annulled_by": "court",
    "how": "electronic",
    "consented": True,
    "through": "bank",
    "amount_yuan": 200,
    "copy_of": "copy-000001",
    "complex": True,
}


def made(kind: str, **body: Any) -> Fact:
    return Fact(f"{kind}-000001", kind, "case:c", 1, 1, "county", "why", body)


def situation() -> Situation:
    """Everything holds that can hold at once."""
    story = Story("c", begin(PROCEDURE, date(2026, 3, 1)))
    story.moves = [
        made("file", officers=["a", "b"]),
        made("tell", measures=[SMALL], rights=TOLD["rights"], complex=False),
        made("copy"),
        made("decide", measures=[SMALL]),
    ]
    items = [Item(name, "art.41") for name in ITEMS]
    rules = CaseRules(hearing_yuan_citizen=100)
    return Situation("decide", BODY, story, items, True, "transport", (), LAW, True, rules)


def without(*names: str, **said: Any) -> Callable[[Situation], Situation]:
    def change(now: Situation) -> Situation:
        body: Mapping[str, Any] = {name: value for name, value in now.body.items() if name not in names}
        return replace(now, body={**body, **said})

    return change


def lacking(item: str) -> Callable[[Situation], Situation]:
    return lambda now: replace(
        now, items=[Item(one.name, one.clause, ("gone",)) if one.name == item else one for one in now.items]
    )


def told(**said: Any) -> Callable[[Situation], Situation]:
    def change(now: Situation) -> Situation:
        first, tell, *rest = now.story.moves
        now.story.moves = [first, replace(tell, body={**tell.body, **said}), *rest]
        return now

    return change


def decided(*measures: Mapping[str, Any]) -> Callable[[Situation], Situation]:
    def change(now: Situation) -> Situation:
        now.story.moves[-1] = made("decide", measures=list(measures))
        return now

    return change


def others(*found: Other) -> Callable[[Situation], Situation]:
    return lambda now: replace(now, others=found)


WARNING = {"party": "carrier", "kind": "warning", "act": "over-limit/mass", "clause": "x", "payer": "organisation"}
TAKEN_AWAY: list[tuple[str, Callable[[Situation], Situation]]] = [
    ("two-officers", without(officers=["a", "a"])),
    ("certificates-shown", without("certificates_shown")),
    ("head-approved", without("approved_by")),
    ("host-did-not-investigate", without(host="b")),
    ("host-did-not-investigate", without("host")),
    ("reviewer-qualified", without("reviewer_qualified")),
    ("reviewer-qualified", without("passed")),
    ("reviewer-qualified", without("reviewer")),
    ("electronic", lambda now: replace(now, electronic=False)),
    ("evidence-reviewed", lacking("reviewed")),
    ("instrument-certified", lacking("certificate")),
    *[("evidence-complete", lacking(item)) for item in ITEMS],
    ("transport-punishes", lambda now: replace(now, mode="police-at-joint-station")),
    ("no-other-case", others(Other("o", "transport", "filed", ()))),
    *[("told-in-full", without(name)) for name in ("measures", "facts", "reasons", "basis", "rights")],
    ("told-in-full", without(rights=["statement", "hearing"])),
    ("told-in-full", without(rights=["defence", "hearing"])),
    ("hearing-offered", told(rights=["statement", "defence"])),
    ("statement-heard", without("statement", "expressly")),
    ("waived-expressly", without("expressly")),
    ("hearing-due", lambda now: replace(now, rules=CaseRules())),
    ("complex", without("complex")),
    ("not-graver-than-told", without(measures=[fine(201, payer="citizen")])),
    ("not-graver-than-told", without(measures=[WARNING])),
    ("provided-by-law", without(measures=[fine(4_501)])),
    ("provided-by-law", without(measures=[fine(199)])),
    ("provided-by-law", without(measures=[{**SMALL, "act": "another"}])),
    ("provided-by-law", without(measures=[{"party": "driver", "kind": "points", "act": "overload", "points": 6}])),
    ("provided-by-law", without("measures")),
    ("competent-here", lambda now: replace(without(measures=[REVOKED])(now), at_home=False)),
    ("not-fined-twice", others(Other("o", "police", "closed", (SMALL,)))),
    ("not-fined-twice", without(measures=[SMALL, SMALL])),
    ("simple-fits", without(measures=[fine(201, payer="citizen")])),
    ("simple-fits", without(measures=[fine(3_001)])),
    ("simple-fits", without(measures=[SMALL, REVOKED])),
    ("fined", decided(WARNING)),
    ("form-handed-over", without("form_number")),
    ("waiving-ground", without("ground")),
    ("annulling-ground", without("annulled_by")),
    ("service-lawful", without("consented")),
    ("paid-at-bank", without(through="officer", amount_yuan=50)),
    ("answers-a-copy", without(copy_of="copy-000002")),
    ("paid-in-full", without(amount_yuan=199)),
    ("paid-in-full", without("amount_yuan")),
    ("simple-fits", without(measures=[fine(201, party="driver")])),
    ("simple-fits", without(measures=[fine(201, party="manager")])),
    ("not-fined-twice", without(measures=[SMALL, {**SMALL, "party": "enterprise"}])),
    ("not-fined-twice", others(Other("o", "police", "closed", ({**SMALL, "party": "enterprise"},)))),
]


def test_everything_holds_at_first() -> None:
    assert words_of(situation()) == {*WORDS, "electronic", "hearing-due", "complex", "fined"}


@pytest.mark.parametrize(("word", "change"), TAKEN_AWAY, ids=[word for word, _ in TAKEN_AWAY])
def test_one_thing_taken_away_takes_its_word(word: str, change: Callable[[Situation], Situation]) -> None:
    assert word not in words_of(change(situation()))


@pytest.mark.parametrize(
    ("word", "change"),
    [
        ("provided-by-law", without(measures=[fine(199, mitigated="corrected at once")])),  # art. 32
        ("simple-fits", without(measures=[WARNING])),
        ("simple-fits", without(measures=[fine(3_000)])),
        ("hearing-due", without(measures=[REVOKED])),
        ("competent-here", without(measures=[REVOKED])),
        ("not-fined-twice", others(Other("o", "police", "closed", ({**SMALL, "party": "driver"},)))),
        ("service-lawful", without("consented", how="post")),
        ("no-other-case", others(Other("o", "police", "closed", ()))),
        ("complex", lambda now: told(complex=True)(without("complex")(now))),
    ],
)
def test_what_comes_to_the_same_holds_too(word: str, change: Callable[[Situation], Situation]) -> None:
    assert word in words_of(change(situation()))


def test_a_small_fine_decided_on_the_spot_may_be_paid_there() -> None:
    now = without(through="officer", amount_yuan=100)(situation())
    now.story.moves.append(made("decide-on-spot", measures=[SMALL]))
    assert "paid-at-bank" in words_of(now)
    assert "paid-at-bank" not in words_of(replace(now, body={**now.body, "amount_yuan": 101}))


def test_what_was_paid_in_parts_is_paid() -> None:
    now = without(amount_yuan=150)(situation())
    assert "paid-in-full" not in words_of(now)
    now.story.moves.append(made("pay-part", amount_yuan=50))
    assert "paid-in-full" in words_of(now)


def test_a_person_s_fine_is_a_larger_one_by_a_person_s_bound() -> None:
    now = without(measures=[fine(201, party="driver")])(replace(situation(), rules=CaseRules()))
    assert "hearing-due" in words_of(now)


def test_a_revocation_is_always_one_a_hearing_is_offered_for() -> None:
    now = replace(without(measures=[REVOKED])(situation()), rules=CaseRules())
    assert "hearing-due" in words_of(now)
