"""One fact of a sound weighing altered, and exactly that item of the evidence no longer holds."""

import hashlib
import json
from collections.abc import Callable
from typing import Any, get_args

import pytest
from roads import SEEN, Place

from central.acts.document import content_of
from central.case_rules import CaseRules
from central.cases.evidence import Weighed, electronic, examine_evidence
from central.cases.statements import Confirmed
from central.store.tables import EntryRow
from gateway.contract.entry import GENESIS, canonical

Document = dict[str, Any]


def weighed(change: Callable[[Document], None] = lambda _: None, **said: Any) -> Weighed:
    """A proven overload at a checkpoint, altered before it was hashed."""
    place = Place("station-1", "checkpoint")
    before = place.sees("豫B00001", "2026-03-02 11:00", 30_000)
    entry = place.sees("豫A12345", "2026-03-02 12:00", 58_400, pictures=SEEN)
    document = json.loads(entry.body)
    change(document)
    body = canonical(document)
    row = EntryRow(
        journal=entry.journal,
        seq=2,
        site=place.site,
        type="weighing",
        at_ms=1_772_424_000_000,
        received_ms=0,
        body=body,
        prev_hash=before.hash,
        hash=hashlib.sha256(before.hash + body).digest(),
        signature=b"",
        key_id="",
        alg="",
        plate="豫A12345",
        colour="yellow",
    )
    earlier = EntryRow(
        journal=entry.journal,
        seq=1,
        site=place.site,
        type="weighing",
        at_ms=0,
        received_ms=0,
        body=before.body,
        prev_hash=before.prev_hash,
        hash=before.hash,
        signature=b"",
        key_id="",
        alg="",
    )
    facts: dict[str, Any] = {
        "row": row,
        "content": content_of(body),
        "dossier": content_of(body).sub("dossier"),
        "before": earlier,
        "chain_alarm": False,
        "reviewed": frozenset(),
        "confirmed": frozenset(),
        "parties_known": frozenset(),
    }
    return Weighed(**{**facts, **said})


def lacking(found: Weighed) -> list[str]:
    return [one.name for one in examine_evidence(found, CaseRules(), lambda _: True) if one.missing]


def put(*path: str, value: Any) -> Callable[[Document], None]:
    def change(document: Document) -> None:
        place = document
        for name in path[:-1]:
            place = place[name]
        place[path[-1]] = value

    return change


ROAD = ("content", "judgement", "road_limit")
ALTERED: list[tuple[Callable[[Document], None], str]] = [
    (put("content", "instrument", "valid_until", value="2026-03-01"), "certificate"),
    (put("content", "instrument", "valid_until", value="some day"), "certificate"),
    (put("content", "instrument", "expired", value=True), "certificate"),
    (put("content", "place", "enforcement_mode", value="unattended"), "reviewed"),
    (put("content", "place", "enforcement_mode", value="operator"), "reviewed"),
    (put("content", "measurement", "flags", value=["too-fast"]), "range"),
    (put("content", "measurement", "flags", value=["unequal-axle-sum"]), "range"),
    (put("content", "measurement", "gross_kg", value=None), "range"),
    (put(*ROAD, "proof", value="inconclusive"), "proof"),
    (put(*ROAD, "outcome", value="undetermined"), "proof"),
    (put("content", "judgement", "illegal_over_limit", value=None), "illegal"),
    (put("content", "judgement", "illegal_over_limit", value=False), "illegal"),
    (put("content", "identity", "confidence_percent", value=89), "plate"),
    (put("content", "identity", "plate", value=None), "plate"),
    (put("content", "identity", "pictures", value=[]), "pictures"),
    (put("clock", "synchronised", value=False), "clock"),
    (put("content", "dossier", "enterprise", value={"known": {"id": "ent-1"}, "apart": []}), "dossier"),
]


def test_a_sound_weighing_lacks_nothing() -> None:
    assert lacking(weighed()) == []
    assert lacking(weighed(put("content", "instrument", "valid_until", value="2026-03-02"))) == [], "its last day"


@pytest.mark.parametrize(("change", "item"), ALTERED, ids=[item for _, item in ALTERED])
def test_one_thing_altered_is_one_item_lacking(change: Callable[[Document], None], item: str) -> None:
    assert lacking(weighed(change)) == [item]


@pytest.mark.parametrize(
    "said",
    [{"chain_alarm": True}, {"before": None}],
    ids=["alarm", "no entry before it"],
)
def test_a_chain_that_does_not_hold_is_no_proof(said: dict[str, Any]) -> None:
    assert lacking(weighed(**said)) == ["chain"]


def test_bytes_that_are_not_those_of_the_hash_are_no_proof() -> None:
    found = weighed()
    found.row.hash = bytes(32)
    assert lacking(found) == ["chain"]


def test_an_entry_that_continues_another_one_is_no_proof() -> None:
    found = weighed()
    assert found.before is not None
    found.before.hash = bytes(32)
    assert lacking(found) == ["chain"]


def test_at_the_bounds_it_still_holds() -> None:
    assert lacking(weighed(put("content", "identity", "confidence_percent", value=90))) == []
    first = weighed()
    first.row.seq, first.row.prev_hash = 1, GENESIS
    first.row.hash = hashlib.sha256(GENESIS + first.row.body).digest()
    assert lacking(first) == []
    first.row.prev_hash = bytes(31) + b"1"
    first.row.hash = hashlib.sha256(first.row.prev_hash + first.row.body).digest()
    assert lacking(first) == ["chain"], "a first entry follows nothing"


def test_what_a_person_may_confirm_and_what_not() -> None:
    everything = {"confirmed": frozenset(get_args(Confirmed))}
    confirmed = [item for change, item in ALTERED if lacking(weighed(change, **everything)) == []]
    assert sorted(set(confirmed)) == ["clock", "illegal", "plate", "range"]
    assert lacking(weighed(put("content", "measurement", "gross_kg", value=None), **everything)) == ["range"]
    assert lacking(weighed(put("content", "judgement", "illegal_over_limit", value=False), **everything)) == ["illegal"]
    jumped = put("clock", value={"synchronised": None, "stepped_ms": -3_600_000})
    assert lacking(weighed(jumped, **everything)) == ["clock"], "nobody can compare what was an hour off before"


def test_both_reviews_make_a_record_evidence() -> None:
    unattended = put("content", "place", "enforcement_mode", value="unattended")
    assert electronic(weighed(unattended))
    assert not electronic(weighed())
    assert lacking(weighed(unattended, reviewed=frozenset({"technical"}))) == ["reviewed"]
    assert lacking(weighed(unattended, reviewed=frozenset({"technical", "legal"}))) == []


def test_a_carrier_that_becomes_known_completes_the_dossier() -> None:
    nobody = put("content", "dossier", "enterprise", value={"known": {}, "apart": []})
    assert lacking(weighed(nobody)) == ["dossier"]
    assert lacking(weighed(nobody, parties_known=frozenset({"driver.name"}))) == []
    apart = put("content", "dossier", "driver", value={"known": {}, "apart": ["name"]})
    assert lacking(weighed(apart)) == []
