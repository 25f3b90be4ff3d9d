"""Which weighings are one act, and which facts are leads: one thing changed makes it another act, or none."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from roads import Centre, Place

from central.acts.grouping import acts_of
from central.acts.sighting import Sighting
from central.case_rules import HOUR_MS, CaseRules

RULES = CaseRules()


def seen(hour: int, mass_kg: int, **said: Any) -> Sighting:
    over_kg = max(0, mass_kg - 49_000)
    facts: dict[str, Any] = {
        "entry": f"j/{hour}",
        "at_ms": hour * HOUR_MS,
        "site": "s",
        "site_kind": "checkpoint",
        "mode": "transport",
        "region": "",
        "colour": "yellow",
        "outcome": "exceeded" if over_kg else "within",
        "gross_kg": mass_kg,
        "excess_kg": over_kg,
        "parent": None,
        "consequence": "case" if over_kg else "ledger",
    }
    return Sighting(**{**facts, **said})


def grouped(*sightings: Sighting) -> list[list[str]]:
    return [[one.sighting.entry for one in act.members] for act in acts_of(sightings, RULES)]


@pytest.mark.parametrize(
    ("sightings", "acts"),
    [
        ([seen(1, 55_000), seen(25, 55_000)], [["j/1", "j/25"]]),
        ([seen(1, 55_000), seen(26, 55_000)], [["j/1"], ["j/26"]]),  # longer than a trip
        ([seen(1, 55_000), seen(2, 60_500)], [["j/1", "j/2"]]),  # a tenth more: two scales may differ so
        ([seen(1, 55_000), seen(2, 60_501)], [["j/1"], ["j/2"]]),  # loaded again
        ([seen(1, 55_000), seen(2, 52_000)], [["j/1", "j/2"]]),  # unloaded a little, and still over
        ([seen(1, 55_000), seen(2, 48_000), seen(3, 55_000)], [["j/1"], ["j/3"]]),  # within limits in between
        ([seen(1, 55_000), seen(2, 55_000, site_kind="source-exit")], [["j/1"], ["j/2"]]),  # left a loading place
        ([seen(1, 55_000, site_kind="source-exit"), seen(2, 55_000)], [["j/1", "j/2"]]),  # let go there, and caught
        ([seen(1, 55_000), seen(2, 55_000, colour="blue")], [["j/1"], ["j/2"]]),
        ([seen(1, 55_000), seen(2, 55_000, colour="unknown")], [["j/1"], ["j/2"]]),
        ([seen(1, 55_000), seen(2, 55_000, colour="unknown", parent="j/1")], [["j/1", "j/2"]]),
        ([seen(1, 55_000), seen(99, 48_000, parent="j/1")], [["j/1", "j/99"]]),  # one detention, however long
        ([seen(1, 55_000, parent="elsewhere/1")], [["j/1"]]),
        ([seen(1, 55_000), seen(2, 60_501, gross_kg=None)], [["j/1", "j/2"]]),  # how heavy is not known: not heavier
        ([seen(1, 48_000)], []),
        ([seen(1, 48_000, overloaded=True)], [["j/1"]]),  # over its own papers alone
        ([seen(1, 48_000, overloaded=True), seen(2, 48_000), seen(3, 48_000, overloaded=True)], [["j/1"], ["j/3"]]),
        ([seen(1, 48_000, overloaded=True), seen(2, 50_000)], [["j/1", "j/2"]]),  # one trip, two scales
    ],
)
def test_what_is_one_act(sightings: list[Sighting], acts: list[list[str]]) -> None:
    assert grouped(*sightings) == acts
    assert grouped(*reversed(sightings)) == acts


def test_the_gravest_decides_and_not_the_heaviest() -> None:
    entrance = seen(1, 59_000, consequence="ledger")
    [act] = acts_of([entrance, seen(2, 58_000), seen(3, 57_000)], RULES)
    assert act.deciding.entry == "j/2"


def test_what_is_over_the_roads_limit_decides_before_what_is_over_its_papers() -> None:
    papers = seen(1, 48_000, overloaded=True, excess_kg=17_000, consequence="case")
    [act] = acts_of([papers, seen(2, 50_000)], RULES)
    assert act.deciding.entry == "j/2"


@pytest.fixture
async def centre(tmp_path: Path) -> AsyncIterator[Centre]:
    places = [
        Place("quarry-1", "source-exit"),
        Place("toll-1", "toll-entrance", "operator"),
        Place("s-1", "checkpoint"),
    ]
    made = Centre(tmp_path, places, CaseRules(refused_entries="lead"))
    made.places = {one.site: one for one in places}
    yield made
    await made.close()


async def kinds(centre: Centre) -> list[tuple[str, str, str | None]]:
    rows = (await centre.get("leads"))["rows"]
    return sorted((one["kind"], one["party"], one["party_key"]) for one in rows)


async def test_a_release_at_the_source_is_a_lead_unless_its_ground_is_lawful(centre: Centre) -> None:
    quarry = centre.places["quarry-1"]
    held = [quarry.sees(plate, "2026-03-02 08:00", 60_000) for plate in ("豫A00001", "豫A00002")]
    freed = quarry.lets_go(held[0], "豫A00001", "2026-03-02 08:10", "the buyer waits")
    lawful = quarry.lets_go(held[1], "豫A00002", "2026-03-02 08:10", "emergency-or-military")
    await centre.take(quarry, freed, lawful)
    assert await kinds(centre) == [], "what they let go has not arrived"
    await centre.take(quarry, *held)
    assert await kinds(centre) == [("source-release", "source", "quarry-1")]


@pytest.mark.parametrize(
    ("consequence", "found"), [("lead", [("overloaded", "vehicle", "豫A00001|yellow")]), ("ledger", [])]
)
async def test_over_its_papers_alone_is_a_lead_where_the_matrix_says_so(
    centre: Centre, consequence: str, found: list[tuple[str, str, str]]
) -> None:
    station = centre.places["s-1"]
    seen = station.sees("豫A00001", "2026-03-02 08:00", 48_000, licence_gross_kg=31_000, consequence=consequence)
    await centre.take(station, seen)
    assert await kinds(centre) == found


async def test_who_lets_an_overloaded_truck_go_is_a_lead(centre: Centre) -> None:
    station = centre.places["s-1"]
    seen = station.sees("豫A00001", "2026-03-02 08:00", 48_000, licence_gross_kg=31_000, consequence="lead")
    freed = station.lets_go(seen, "豫A00001", "2026-03-02 08:10", "told to")
    await centre.take(station, seen, freed)
    assert [one[0] for one in await kinds(centre)] == ["forced-release", "overloaded"]


async def test_a_forced_release_an_evasion_and_a_passage_without_a_ticket(centre: Centre) -> None:
    quarry, toll = centre.places["quarry-1"], centre.places["toll-1"]
    held = toll.sees("豫A00001", "2026-03-02 08:00", 60_000, consequence="ledger")
    freed = toll.lets_go(held, "豫A00001", "2026-03-02 08:10", "told to")
    await centre.take(toll, held, freed)
    await centre.take(toll, toll.make("evasion", at="2026-03-02T01:00:00.000Z", plate="豫A00003", colour="yellow"))
    await centre.take(quarry, quarry.sees("豫A00004", "2026-03-02 09:00", None))
    assert await kinds(centre) == [
        ("evasion", "vehicle", "豫A00003|yellow"),
        ("forced-release", "operator", "toll-1"),
        ("refused-entry", "vehicle", "豫A00001|yellow"),
        ("unweighed", "source", "quarry-1"),
    ]


async def test_a_lead_that_people_dismiss_stays_dismissed_when_more_arrives(centre: Centre) -> None:
    station = centre.places["s-1"]
    late, caught = (
        station.sees("豫A00001", "2026-03-02 07:00", 55_000),
        station.sees("豫A00001", "2026-03-02 08:00", 55_000),
    )
    await centre.take(station, caught)
    said = await centre.say(f"leads/checkpoint/{caught.id}/dismiss", "2026-03-02 09:00")
    assert said["state"] == "dismissed"
    await centre.take(station, late)
    [lead] = (await centre.get("leads"))["rows"]
    assert (lead["entry"], lead["state"]) == (late.id, "dismissed")
