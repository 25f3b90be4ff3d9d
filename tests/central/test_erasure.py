"""Who it was can be forgotten once the case has ended: by a token for that alone, put down, and counts hold."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from deciding import decided_case
from places import rows_of
from roads import AUTHORITY, OFFICERS, PICTURE, SEEN, Centre, Place, moment

from central.routes.examples import ERASURE
from central.store.fact_tables import FactRow, PersonRow

PLATE, LICENCE, NAME = "豫A12345", "410100199001010000", "示例驾驶员"
ERASE = "persons/erasures"


@pytest.fixture
def station() -> Place:
    return Place("station-1", "checkpoint")


@pytest.fixture
async def centre(tmp_path: Path, station: Place) -> AsyncIterator[Centre]:
    made = Centre(tmp_path, [station])
    await made.has_picture(PICTURE, station)
    yield made
    await made.close()


async def case_of(centre: Centre, station: Place, day: str, *, close: bool = True) -> str:
    """A decided case whose driver somebody named."""
    caught = station.sees(PLATE, f"{day} 08:00", 52_500, pictures=SEEN)
    await centre.take(station, caught)
    case = await decided_case(centre, caught.id, day, 1_500, close=False)
    later = f"{day[:8]}{int(day[8:]) + 4:02d} 09:00"
    await named(centre, case, later)
    if close:
        await centre.say(f"cases/{case}/moves/close", later.replace("09:00", "10:00"))
    return case


async def open_case(centre: Centre, station: Place, day: str) -> str:
    """A case that was filed and no more, whose driver somebody named."""
    caught = station.sees(PLATE, f"{day} 08:00", 52_500, pictures=SEEN)
    await centre.take(station, caught)
    filed = await centre.say("cases", f"{day} 09:00", entry=caught.id, authority=AUTHORITY, officers=OFFICERS)
    await named(centre, filed["id"], f"{day} 10:00")
    return str(filed["id"])


async def named(centre: Centre, case: str, at: str) -> None:
    facts = {"name": NAME, "licence": LICENCE}
    await centre.say(f"cases/{case}/party-known", at, party="driver", facts=facts, source="officer")


def values(centre: Centre) -> list[str]:
    return sorted(row["value"] for row in rows_of(centre.central, PersonRow)["PersonRow"])


async def test_the_values_go_and_everything_that_stands_on_the_facts_stays(centre: Centre, station: Place) -> None:
    case = await case_of(centre, station, "2026-03-02")
    before = await centre.get(f"cases/{case}")
    facts = rows_of(centre.central, FactRow)["FactRow"]
    assert values(centre) == [LICENCE, NAME]
    answer = await centre.say(ERASE, "2026-03-20 09:00", case=case)
    assert (answer["cases"], answer["values"], values(centre)) == (1, 2, [])
    after = await centre.get(f"cases/{case}")
    driver = after["content"]["parties"]["driver"]
    assert driver["identity"] == {"name": None, "licence": None}, "that it was known stays"
    assert driver == before["content"]["parties"]["driver"]
    kept = rows_of(centre.central, FactRow)["FactRow"]
    assert [one for one in kept if one["kind"] != "persons-erased"] == facts
    counted = await centre.get("parties/driver/count", key=driver["key"], on="2026-03-20")
    assert counted["cases"] == [case], "under the pseudonym"
    [put_down] = await centre.rows(ERASE)
    assert (put_down["who"], put_down["case"], put_down["values"]) == ("administrator", case, 2)
    assert NAME not in str(put_down)


async def test_an_open_case_still_needs_to_name_the_party(centre: Centre, station: Place) -> None:
    case = await case_of(centre, station, "2026-03-02", close=False)
    refused = await centre.offer(ERASE, "2026-03-20 09:00", case=case)
    assert (refused.status_code, values(centre)) == (409, [LICENCE, NAME])
    assert (await centre.offer(ERASE, "2026-03-20 10:00", case="nobody-s-case")).status_code == 404


async def test_what_ended_before_a_day_goes_together_and_a_repetition_does_nothing(
    centre: Centre, station: Place
) -> None:
    await case_of(centre, station, "2026-03-02")
    await case_of(centre, station, "2026-05-04")
    centre.now = moment("2026-07-01 09:00")
    said = {**ERASURE, "ended_before": "2026-05-08"}
    told = [(await centre.http.post(f"/api/v1/{ERASE}", json=said)).json() for _ in range(2)]
    assert [(one["outcome"], one["cases"], one["values"]) for one in told] == [("stored", 1, 2), ("repeated", 1, 2)]
    assert values(centre) == [LICENCE, NAME], "closed on the 8th is not before it"
    shown = await centre.http.post(f"/api/v1/{ERASE}", json={**ERASURE, "id": "erase-2026-0002"})
    assert (shown.status_code, shown.json()["cases"], values(centre)) == (201, 1, [])


@pytest.mark.parametrize(
    ("move", "said"),
    [
        ("annul", {"annulled_by": "court"}),
        ("decide-no-penalty", {"ground": "not-proved"}),
        ("transfer", {"to": "示例"}),
    ],
)
async def test_a_case_that_ended_without_being_closed_is_forgotten_by_its_end(
    centre: Centre, station: Place, move: str, said: dict[str, str]
) -> None:
    if move == "annul":
        case = await case_of(centre, station, "2026-03-02", close=False)
    else:
        case = await open_case(centre, station, "2026-03-02")
    await centre.say(f"cases/{case}/moves/{move}", "2026-03-10 09:00", **said)
    early = await centre.say(ERASE, "2026-03-20 09:00", ended_before="2026-03-10")
    assert (early["cases"], values(centre)) == (0, [LICENCE, NAME])
    late = await centre.say(ERASE, "2026-03-20 10:00", ended_before="2026-03-11")
    assert (late["cases"], values(centre)) == (1, [])


@pytest.mark.parametrize("said", [{}, {"case": "case-000001", "ended_before": "2026-05-08"}])
async def test_one_case_or_one_day_must_be_named(centre: Centre, said: dict[str, str]) -> None:
    assert (await centre.offer(ERASE, "2026-03-20 09:00", **said)).status_code == 422


async def test_only_the_scope_for_it_erases(centre: Centre) -> None:
    county = {"Authorization": "Bearer reader-token-1"}
    refused = await centre.http.post(f"/api/v1/{ERASE}", json=ERASURE, headers=county)
    assert (refused.status_code, "'personal:erase'" in refused.text) == (403, True)
