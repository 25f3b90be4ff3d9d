"""What evidence lacks is listed item by item before a case is filed and decided, and a gap forbids the step."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from deciding import TOLD, fine
from roads import AUTHORITY, OFFICERS, PICTURE, SEEN, Centre, Place

PLATE = "豫A12345"


@pytest.fixture
def station() -> Place:
    return Place("station-1", "checkpoint")


@pytest.fixture
def road() -> Place:
    return Place("road-1", "checkpoint", "unattended")


@pytest.fixture
async def centre(tmp_path: Path, station: Place, road: Place) -> AsyncIterator[Centre]:
    made = Centre(tmp_path, [station, road])
    yield made
    await made.close()


async def lacks(centre: Centre, entry: str) -> dict[str, list[str]]:
    found = await centre.get(f"evidence-check/{entry}")
    assert found["complete"] == (not any(one["missing"] for one in found["items"]))
    return {one["name"]: one["missing"] for one in found["items"] if one["missing"]}


async def test_sound_evidence_lacks_nothing(centre: Centre, station: Place) -> None:
    await centre.has_picture(PICTURE, station)
    caught = station.sees(PLATE, "2026-03-02 12:00", 58_400, pictures=SEEN)
    await centre.take(station, caught)
    assert await lacks(centre, caught.id) == {}


@pytest.mark.parametrize(
    ("said", "item", "words"),
    [
        (
            {"instrument": {"valid_until": "2026-03-01"}},
            "certificate",
            "valid until 2026-03-01; it weighed on 2026-03-02",
        ),
        ({"instrument": {"certificate": ""}}, "certificate", "names no certificate"),
        ({"confidence": 60}, "plate", "read with 60 % confidence"),
        ({"colour": "unknown"}, "plate", "colour"),
        ({"pictures": ()}, "pictures", "a picture of the vehicle"),
        ({"pictures": ("f" * 64,)}, "pictures", "has not arrived"),
        ({"enterprise": {}}, "dossier", "the name of the carrier"),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_each_gap_is_named(centre: Centre, station: Place, said: dict[str, Any], item: str, words: str) -> None:
    await centre.has_picture(PICTURE, station)
    caught = station.sees(PLATE, "2026-03-02 12:00", 58_400, **{"pictures": SEEN, **said})
    await centre.take(station, caught)
    found = await lacks(centre, caught.id)
    assert list(found) == [item]
    assert words in found[item][0]


async def test_a_chain_that_is_not_whole_yet_is_no_proof(centre: Centre, station: Place) -> None:
    await centre.has_picture(PICTURE, station)
    before = station.sees("豫B00001", "2026-03-02 11:00", 30_000)
    caught = station.sees(PLATE, "2026-03-02 12:00", 58_400, pictures=SEEN)
    await centre.take(station, caught)
    assert await lacks(centre, caught.id) == {"chain": [f"the entry before it, {before.id}, has not arrived"]}
    await centre.take(station, before)
    assert await lacks(centre, caught.id) == {}


async def test_an_unattended_record_is_no_evidence_before_both_reviews(centre: Centre, road: Place) -> None:
    await centre.has_picture(PICTURE, road)
    caught = road.sees(PLATE, "2026-03-02 12:00", 58_400, pictures=SEEN)
    await centre.take(road, caught)
    filing = {"entry": caught.id, "authority": AUTHORITY, "officers": OFFICERS}
    clause, missing = await centre.refused("cases", "2026-03-03 09:00", **filing)
    assert clause == "cn-penalty-law-2021 art.41"
    assert missing[1:] == ["reviewed: the technical review", "reviewed: the legal review"]
    await centre.say(f"leads/unattended/{caught.id}/review", "2026-03-03 10:00", technical=True)
    clause, missing = await centre.refused("cases", "2026-03-03 11:00", **filing)
    assert missing[1:] == ["reviewed: the legal review"]
    lead = await centre.say(f"leads/unattended/{caught.id}/review", "2026-03-03 12:00", legal=True)
    assert lead["state"] == "reviewed"
    assert (await centre.say("cases", "2026-03-03 13:00", **filing))["state"] == "filed"


async def test_an_uncertified_instrument_proves_nothing(centre: Centre, station: Place) -> None:
    caught = station.sees(PLATE, "2026-03-02 12:00", 58_400, pictures=SEEN, instrument={"expired": True})
    await centre.take(station, caught)
    clause, missing = await centre.refused(
        "cases", "2026-03-02 15:00", entry=caught.id, authority=AUTHORITY, officers=OFFICERS
    )
    assert clause == "cn-penalty-law-2021 art.41"
    assert any("certificate" in one for one in missing)


async def test_a_person_may_confirm_a_plate_but_no_missing_picture(centre: Centre, station: Place) -> None:
    caught = station.sees(PLATE, "2026-03-02 12:00", 58_400, confidence=60, pictures=SEEN)
    await centre.take(station, caught)
    case = await centre.say("cases", "2026-03-02 13:00", entry=caught.id, authority=AUTHORITY, officers=OFFICERS)
    complete = f"cases/{case['id']}/moves/complete"
    shown = {"officers": OFFICERS, "certificates_shown": True}
    clause, missing = await centre.refused(complete, "2026-03-02 14:00", **shown)
    assert clause == "cn-penalty-law-2021 art.40"
    assert [one.split(":")[0] for one in missing[1:]] == ["plate", "pictures"]
    await centre.say(f"cases/{case['id']}/evidence-confirmed", "2026-03-02 14:10", confirms=["plate"])
    _, missing = await centre.refused(complete, "2026-03-02 14:20", **shown)
    assert [one.split(":")[0] for one in missing[1:]] == ["pictures"]
    await centre.has_picture(PICTURE, station)
    assert (await centre.say(complete, "2026-03-02 14:30", **shown))["state"] == "investigated"


async def test_a_late_entry_reopens_what_stood_on_the_act(centre: Centre, station: Place, road: Place) -> None:
    await centre.has_picture(PICTURE, station)
    caught = station.sees(PLATE, "2026-03-02 12:00", 52_400, pictures=SEEN)
    await centre.take(station, caught)
    case = await centre.say("cases", "2026-03-02 13:00", entry=caught.id, authority=AUTHORITY, officers=OFFICERS)
    assert case["review"] is None
    late = road.sees(PLATE, "2026-03-02 09:00", 52_600)
    await centre.take(road, late)
    found = await centre.get(f"cases/{case['id']}")
    assert found["review"] == "the act it stands on has changed since: entries came late"
    assert found["state"] == "filed", "nothing is altered by itself"
    again = await centre.say(f"cases/{case['id']}/looked-again", "2026-03-02 14:00")
    assert again["review"] is None


async def test_the_simple_procedure_where_it_fits(centre: Centre, station: Place) -> None:
    await centre.has_picture(PICTURE, station)
    caught = station.sees(PLATE, "2026-03-02 12:00", 49_900, pictures=SEEN)
    await centre.take(station, caught)
    warning = {"party": "carrier", "kind": "warning", "act": "over-limit/mass", "clause": "cn-order62-2016 art.43(2)"}
    spot = {"entry": caught.id, "authority": AUTHORITY, "officers": OFFICERS, "statement": "none", **TOLD}
    clause, _ = await centre.refused("cases/on-spot", "2026-03-02 12:30", measures=[warning], **spot)
    assert clause == "cn-penalty-law-2021 art.52", "no form handed over"
    clause, _ = await centre.refused("cases/on-spot", "2026-03-02 12:30", measures=[fine(500)], form_number="1", **spot)
    assert clause == "cn-penalty-law-2021 art.38", "up to a tonne the law names a warning"
    case = await centre.say("cases/on-spot", "2026-03-02 12:30", measures=[warning], form_number="1", **spot)
    assert (case["state"], case["counted"]) == ("served", False)
    closed = await centre.say(f"cases/{case['id']}/moves/close", "2026-03-02 13:30")
    assert closed["state"] == "closed"


async def test_one_act_is_not_filed_twice_nor_one_statement_stored_twice(centre: Centre, station: Place) -> None:
    await centre.has_picture(PICTURE, station)
    caught = station.sees(PLATE, "2026-03-02 12:00", 58_400, pictures=SEEN)
    await centre.take(station, caught)
    filing = {"id": "case-000001", "entry": caught.id, "authority": AUTHORITY, "officers": OFFICERS}
    first = await centre.say("cases", "2026-03-02 13:00", **filing)
    assert await centre.say("cases", "2026-03-02 13:00", **filing) == first
    answer = await centre.offer("cases", "2026-03-02 13:00", **{**filing, "authority": "another"})
    assert answer.status_code == 409
    clause, _ = await centre.refused("cases", "2026-03-02 14:00", **{**filing, "id": "case-000002"})
    assert clause == "cn-penalty-law-2021 art.25"


async def test_a_driver_is_named_to_whom_may_see_it_and_counted_under_a_pseudonym(
    centre: Centre, station: Place
) -> None:
    caught = station.sees(PLATE, "2026-03-02 12:00", 58_400, pictures=SEEN)
    await centre.take(station, caught)
    case = await centre.say("cases", "2026-03-02 13:00", entry=caught.id, authority=AUTHORITY, officers=OFFICERS)
    facts = {"name": "张三", "licence": "410100199001010000"}
    known = await centre.say(
        f"cases/{case['id']}/party-known", "2026-03-02 13:10", party="driver", facts=facts, source="officer"
    )
    driver = known["content"]["parties"]["driver"]
    assert driver["identity"] == {"name": None, "licence": None}
    assert driver["missing"] == ["qualification_certificate"]
    assert known["driver"].startswith("driver-")
    masked = await centre.http.get(f"/api/v1/cases/{case['id']}", headers={"Authorization": "Bearer reader-token-1"})
    assert PLATE not in masked.text
    assert "豫A1***5" in masked.text
    assert "张三" not in masked.text
    refused = await centre.http.get(
        f"/api/v1/cases/{case['id']}/documents/filing", headers={"Authorization": "Bearer reader-token-1"}
    )
    assert refused.status_code == 403
