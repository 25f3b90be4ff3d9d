"""Decisions of the police, imported: the number of an authority's document is one decision, told how often ever."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from roads import Centre, Place

PLATE = "豫A12345"
POINTS = {"party": "driver", "kind": "points", "act": "overload", "clause": "cn-points-rules-2021", "points": 1}
DECIDED: dict[str, Any] = {
    "number": "示例〔2026〕1号", "authority": "示例交警大队", "plate": PLATE, "colour": "yellow",
    "happened": "2026-03-02T12:10:00+08:00",
    "measures": [POINTS],
}  # fmt: skip
AT = "2026-03-03 09:00"


@pytest.fixture
async def centre(tmp_path: Path) -> AsyncIterator[Centre]:
    made = Centre(tmp_path, [Place("joint-1", "checkpoint", "police-at-joint-station")])
    yield made
    await made.close()


async def counted(centre: Centre) -> int:
    found = await centre.get("parties/vehicle/count", key=f"{PLATE}|yellow", on="2026-03-04")
    return int(found["acts"])


@pytest.mark.parametrize("number", ["示例〔2026〕1号", " 示例〔2026〕 1号", "示例〔２０２６〕１号"])
async def test_the_same_number_under_another_id_counts_once(centre: Centre, number: str) -> None:
    first = await centre.say("police-decisions", AT, **DECIDED)
    again = await centre.say("police-decisions", AT, **{**DECIDED, "number": number})
    assert (again["id"], await counted(centre)) == (first["id"], 1)


@pytest.mark.parametrize("other", [{"number": "示例〔2026〕2号"}, {"authority": "示例交警二大队"}])
async def test_another_number_or_another_authority_is_another_decision(centre: Centre, other: dict[str, str]) -> None:
    await centre.say("police-decisions", AT, **DECIDED)
    await centre.say("police-decisions", AT, **DECIDED | other)
    assert await counted(centre) == 2


@pytest.mark.parametrize("other", [{"plate": "豫A99999"}, {"measures": [{**POINTS, "points": 3}]}])
async def test_the_same_number_that_says_otherwise_is_refused(centre: Centre, other: dict[str, Any]) -> None:
    first = await centre.say("police-decisions", AT, **DECIDED)
    refused = await centre.offer("police-decisions", AT, **DECIDED | other)
    assert (refused.status_code, "was imported before" in refused.text) == (409, True)
    assert (await centre.get(f"cases/{first['id']}"))["plate"] == PLATE


async def test_an_annulled_one_does_not_come_back_by_being_told_again(centre: Centre) -> None:
    first = await centre.say("police-decisions", AT, **DECIDED)
    await centre.say(f"cases/{first['id']}/moves/annul", "2026-03-10 09:00", annulled_by="court")
    again = await centre.say("police-decisions", AT, **DECIDED)
    assert (again["state"], await counted(centre)) == ("annulled", 0)


@pytest.mark.parametrize(("gross_kg", "acts"), [(48_000, 0), (58_000, 1)])
async def test_only_what_was_over_the_roads_limit_is_counted(centre: Centre, gross_kg: int, acts: int) -> None:
    """Regulation 593 art. 66 counts 违法超限; what is over its papers alone is punished and not counted."""
    joint = centre.places["joint-1"]
    seen = joint.sees(PLATE, "2026-03-02 12:05", gross_kg, licence_gross_kg=31_000, consequence="case")
    await centre.take(joint, seen)
    said = await centre.say("police-decisions", AT, **DECIDED, entry=seen.id)
    assert await counted(centre) == acts
    proposed = (await centre.get(f"cases/{said['id']}"))["content"]["parties"]["driver"]["proposed"]
    assert {one["act"] for one in proposed} >= {"overload"}
