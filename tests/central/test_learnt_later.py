"""What a site learnt of the four parties after it weighed: read into the evidence and the case, in any order."""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from roads import AUTHORITY, OFFICERS, PICTURE, SEEN, Centre, Place

PLATE = "豫A12345"
NAMED = {"party": "enterprise", "fact": "name", "value": "示例运输公司", "source": "card"}
NUMBERED = {"party": "enterprise", "fact": "id", "value": "ent-9", "source": "card"}


@pytest.fixture
def station() -> Place:
    return Place("station-1", "checkpoint")


@pytest.fixture
async def centre(tmp_path: Path, station: Place) -> AsyncIterator[Centre]:
    made = Centre(tmp_path, [station])
    await made.has_picture(PICTURE, station)
    yield made
    await made.close()


async def filed(centre: Centre, entry: str) -> str:
    case = await centre.say("cases", "2026-03-02 12:30", entry=entry, authority=AUTHORITY, officers=OFFICERS)
    return str(case["id"])


async def enterprise(centre: Centre, case: str) -> Any:
    return (await centre.get(f"cases/{case}"))["content"]["parties"]["enterprise"]


async def test_the_carrier_s_name_learnt_later_completes_the_evidence_and_the_case(
    centre: Centre, station: Place
) -> None:
    caught = station.sees(PLATE, "2026-03-02 12:00", 58_400, pictures=SEEN, enterprise={})
    await centre.take(station, caught)
    case = await filed(centre, caught.id)
    moves = f"cases/{case}/moves"
    shown = {"officers": OFFICERS, "certificates_shown": True}
    clause, missing = await centre.refused(f"{moves}/complete", "2026-03-02 13:00", **shown)
    assert clause == "cn-penalty-law-2021 art.40"
    assert any("the name of the carrier" in one for one in missing)
    await centre.take(station, station.learns(caught, "2026-03-02 13:10", NAMED, NUMBERED))
    known = await enterprise(centre, case)
    assert (known["identity"], known["sources"]) == (
        {"name": "示例运输公司", "id": "ent-9"},
        {"name": "card", "id": "card"},
    )
    assert (await centre.rows("cases", enterprise="ent-9"))[0]["id"] == case, "and it is counted under that number"
    completed = await centre.say(f"{moves}/complete", "2026-03-02 14:00", **shown)
    assert completed["state"] == "investigated"


async def test_a_name_takes_no_number_away(centre: Centre, station: Place) -> None:
    """Else an enterprise would shed its count by being named once more."""
    caught = station.sees(PLATE, "2026-03-02 12:00", 58_400, pictures=SEEN)
    await centre.take(station, caught)
    case = await filed(centre, caught.id)
    known = {"party": "enterprise", "source": "officer"}
    await centre.say(f"cases/{case}/party-known", "2026-03-02 13:00", facts={"name": "示例运输公司"}, **known)
    assert (await enterprise(centre, case))["key"] == "ent-1"
    await centre.say(f"cases/{case}/party-known", "2026-03-02 14:00", facts={"id": "n" * 200}, **known)
    assert (await enterprise(centre, case))["key"] == "n" * 128


async def test_it_may_come_before_the_weighing_it_is_about(centre: Centre, station: Place) -> None:
    caught = station.sees(PLATE, "2026-03-02 12:00", 58_400, pictures=SEEN, enterprise={})
    await centre.take(station, station.learns(caught, "2026-03-02 13:10", NAMED))
    await centre.take(station, caught)
    assert (await enterprise(centre, await filed(centre, caught.id)))["identity"] == {"name": "示例运输公司"}


async def test_what_says_otherwise_stands_beside_and_of_persons_nothing_but_that_it_is_known(
    centre: Centre, station: Place
) -> None:
    caught = station.sees(PLATE, "2026-03-02 12:00", 58_400, pictures=SEEN)
    other: Mapping[str, str] = {**NAMED, "value": "另一家公司"}
    leaked = {"party": "driver", "fact": "licence", "value": "410100199001010000", "source": "officer"}
    await centre.take(station, caught, station.learns(caught, "2026-03-02 13:10", other, leaked))
    case = await filed(centre, caught.id)
    assert (await enterprise(centre, case))["conflicts"] == [{"fact": "name", "value": "另一家公司", "source": "card"}]
    assert "410100199001010000" not in str(await centre.get(f"cases/{case}")), "it should not have left the site at all"


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"party": "owner", "fact": "name"},
        {**NAMED, "fact": "age"},
        {**NAMED, "source": "hearsay"},
        {**NAMED, "value": 7},
    ],
)
async def test_what_is_no_fact_of_a_party_completes_nothing(
    centre: Centre, station: Place, said: dict[str, Any]
) -> None:
    caught = station.sees(PLATE, "2026-03-02 12:00", 58_400, pictures=SEEN, enterprise={})
    await centre.take(station, caught, station.learns(caught, "2026-03-02 13:10", said))
    assert (await enterprise(centre, await filed(centre, caught.id)))["identity"] == {}
