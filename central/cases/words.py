"""Which of the procedure's words hold for one move: what was stated, the evidence, the law, other cases on the act."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from central.case_rules import CaseRules
from central.cases.evidence import Item
from central.cases.story import Story
from central.cases.surroundings import Other
from gateway.law.measures import Proposal

SIMPLE_YUAN_MAX = {"citizen": 200, "organisation": 3_000}
"""Administrative Penalty Law art. 51."""

HEARING_KINDS = ("revocation", "suspension")
PERSONS = ("driver", "manager")
SAME_PARTY = {"carrier": "enterprise"}
"""The carrier or owner is the enterprise, or stands in its place."""

HOME_KINDS = ("revocation", "suspension")
"""Of a certificate, an occupation, a business: the authority that issued it decides (Regulation 593 art. 66)."""

ON_SPOT_CASH_YUAN_MAX = 100
"""Administrative Penalty Law art. 68."""


@dataclass(frozen=True, slots=True)
class Situation:
    """All that a move is held against. `body` is what was stated with it."""

    move: str
    body: Mapping[str, Any]
    story: Story
    items: Sequence[Item]
    electronic: bool
    mode: str
    others: Sequence[Other]
    proposals: Sequence[Proposal]
    at_home: bool
    """Whether the vehicle's home authority is the one that works here."""

    rules: CaseRules


def words_of(now: Situation) -> frozenset[str]:
    return frozenset({*_of_persons(now), *_of_evidence(now), *_of_telling(now), *_of_measures(now), *_of_the_rest(now)})


def _of_persons(now: Situation) -> Iterator[str]:
    body = now.body
    officers = set(body.get("officers", ()))
    investigators = {one for move in now.story.moves for one in move.body.get("officers", ())}
    if len(officers) >= 2:
        yield "two-officers"
    if body.get("certificates_shown"):
        yield "certificates-shown"
    if body.get("approved_by"):
        yield "head-approved"
    if body.get("host") and body["host"] not in investigators:
        yield "host-did-not-investigate"
    if body.get("reviewer") and body.get("reviewer_qualified") and body.get("passed"):
        yield "reviewer-qualified"


def _of_evidence(now: Situation) -> Iterator[str]:
    items = {one.name: one for one in now.items}
    if now.electronic:
        yield "electronic"
    if items["reviewed"].holds:
        yield "evidence-reviewed"
    if items["certificate"].holds:
        yield "instrument-certified"
    if all(one.holds for one in now.items):
        yield "evidence-complete"
    if now.mode != "police-at-joint-station":
        yield "transport-punishes"
    if not any(one.origin == "transport" for one in now.others):
        yield "no-other-case"


def _of_telling(now: Situation) -> Iterator[str]:
    body, told = now.body, now.story.told
    stated = all(body.get(name) for name in ("measures", "facts", "reasons", "basis"))
    if stated and {"statement", "defence"} <= set(body.get("rights", ())):
        yield "told-in-full"
    rights = body.get("rights", ()) if now.move == "tell" or told is None else told.body.get("rights", ())
    if "hearing" in rights:
        yield "hearing-offered"
    if body.get("statement") or body.get("expressly"):
        yield "statement-heard"
    if body.get("expressly"):
        yield "waived-expressly"
    proposed = [*body.get("measures", ()), *now.story.measures(told)]
    if any(hearing_due(one, now.rules) for one in proposed):
        yield "hearing-due"
    if body.get("complex") or (told is not None and told.body.get("complex")):
        yield "complex"
    if told is not None and not graver(body.get("measures", ()), now.story.measures(told)):
        yield "not-graver-than-told"


def _of_measures(now: Situation) -> Iterator[str]:
    measures = now.body.get("measures", ())
    if measures and all(provided(one, now.proposals) for one in measures):
        yield "provided-by-law"
    if now.at_home or not any(one["kind"] in HOME_KINDS for one in measures):
        yield "competent-here"
    if not fined_twice(measures, now.others):
        yield "not-fined-twice"
    if measures and all(simple(one) for one in measures):
        yield "simple-fits"
    if any(one["kind"] == "fine" for one in now.story.measures(now.story.decision)):
        yield "fined"


def _of_the_rest(now: Situation) -> Iterator[str]:
    body = now.body
    if body.get("form_number"):
        yield "form-handed-over"
    if body.get("ground"):
        yield "waiving-ground"
    if body.get("annulled_by"):
        yield "annulling-ground"
    if body.get("how") != "electronic" or body.get("consented"):
        yield "service-lawful"
    on_spot = now.story.last("decide-on-spot") is not None
    small = on_spot and (body.get("amount_yuan") or 0) <= ON_SPOT_CASH_YUAN_MAX
    if body.get("through") in ("bank", "electronic") or small:
        yield "paid-at-bank"
    if body.get("copy_of") in {one.id for one in now.story.moves if one.kind == "copy"}:
        yield "answers-a-copy"
    if now.story.paid_yuan + (body.get("amount_yuan") or 0) >= now.story.fine_yuan:
        yield "paid-in-full"


def hearing_due(measure: Mapping[str, Any], rules: CaseRules) -> bool:
    """Revocation, suspension, or a fine as large as the setting says (Administrative Penalty Law art. 63)."""
    if measure["kind"] in HEARING_KINDS:
        return True
    larger = {"citizen": rules.hearing_yuan_citizen, "organisation": rules.hearing_yuan_organisation}
    return measure["kind"] == "fine" and (measure.get("amount_yuan") or 0) > larger[payer_of(measure)]


def payer_of(measure: Mapping[str, Any]) -> str:
    """Whose bounds hold: a driver and a manager are persons, whatever was stated."""
    return "citizen" if measure["party"] in PERSONS else str(measure["payer"])


def provided(measure: Mapping[str, Any], proposals: Iterable[Proposal]) -> bool:
    """Whether the law provides it so: its party, act and kind, and an amount within what the law names."""
    for one in proposals:
        if (one.party, one.kind, one.act) != (measure["party"], measure["kind"], measure["act"]):
            continue
        if one.kind != "fine":
            return one.points is None or one.points == measure.get("points")
        yuan = measure.get("amount_yuan")
        least, most = one.amount_min_yuan or 0, one.amount_max_yuan or 0
        return yuan is not None and yuan <= most and (yuan >= least or bool(measure.get("mitigated")))
    return False


def fined_twice(measures: Sequence[Mapping[str, Any]], others: Iterable[Other]) -> bool:
    """One party fined twice for one act: within this decision, or by another case (Administrative Penalty Law art. 29).

    The carrier's over-limit and the driver's overload are acts of two parties, and not one of them.
    """
    mine = [(_fined(one), one["act"]) for one in measures if one["kind"] == "fine"]
    theirs = {_fined(one) for other in others for one in other.measures if one["kind"] == "fine"}
    return len(mine) != len(set(mine)) or any(party in theirs for party, _ in mine)


def _fined(measure: Mapping[str, Any]) -> str:
    return SAME_PARTY.get(measure["party"], str(measure["party"]))


def simple(measure: Mapping[str, Any]) -> bool:
    if measure["kind"] == "warning":
        return True
    yuan = measure.get("amount_yuan")
    return measure["kind"] == "fine" and yuan is not None and yuan <= SIMPLE_YUAN_MAX[payer_of(measure)]


def graver(decided: Sequence[Mapping[str, Any]], told: Sequence[Mapping[str, Any]]) -> bool:
    """A kind that the party was not told of, or more money from it (Administrative Penalty Law arts 44, 45)."""
    known = {(one["party"], one["kind"], one["act"]): one.get("amount_yuan") or 0 for one in told}
    return any(
        (one["party"], one["kind"], one["act"]) not in known
        or (one.get("amount_yuan") or 0) > known[one["party"], one["kind"], one["act"]]
        for one in decided
    )
