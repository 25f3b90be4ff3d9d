"""Leads that tracing makes at a source enterprise: one for one exit, whatever comes late, and people's word on it."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from roads import Centre, Place

PLATE = "豫A12345"


@pytest.fixture
def quarry() -> Place:
    return Place("quarry-1", "source-exit")


@pytest.fixture
def station() -> Place:
    return Place("station-1", "checkpoint")


@pytest.fixture
async def centre(tmp_path: Path, quarry: Place, station: Place) -> AsyncIterator[Centre]:
    made = Centre(tmp_path, [quarry, station])
    yield made
    await made.close()


async def at_the_source(centre: Centre) -> list[Any]:
    rows: list[Any] = await centre.rows("leads", site="quarry-1")
    return rows


async def test_a_record_that_nobody_can_believe_is_a_lead_against_the_source(
    centre: Centre, quarry: Place, station: Place
) -> None:
    left = quarry.sees(PLATE, "2026-03-02 08:00", 30_000)
    first, second = (station.sees(PLATE, f"2026-03-02 {hour}:00", 58_000) for hour in ("12", "15"))
    await centre.take(station, second, first)
    await centre.take(quarry, left)
    [lead] = await at_the_source(centre)
    assert (lead["kind"], lead["entry"], lead["state"]) == ("false-record", left.id, "open")
    assert (lead["party"], lead["party_key"]) == ("source", "quarry-1"), "as the exit's own dossier names it"
    assert [one["entry"] for one in lead["content"]["found"]] == [first.id, second.id], "one lead for one exit"


async def test_a_later_exit_takes_the_lead_off_the_earlier_one(centre: Centre, quarry: Place, station: Place) -> None:
    early = quarry.sees(PLATE, "2026-03-02 08:00", 48_000)
    await centre.take(quarry, early)
    await centre.take(station, station.sees(PLATE, "2026-03-02 12:00", 58_000))
    assert [(one["kind"], one["entry"]) for one in await at_the_source(centre)] == [("topped-up", early.id)]
    late = quarry.sees(PLATE, "2026-03-02 10:00", 57_800)
    await centre.take(quarry, late, quarry.lets_go(late, PLATE, "2026-03-02 10:05", "the buyer waits"))
    assert [one["kind"] for one in await at_the_source(centre)] == ["source-release"], "it left like this"


async def test_an_exit_is_not_doubted_for_what_another_let_out_unweighed(
    centre: Centre, quarry: Place, station: Place
) -> None:
    await centre.take(quarry, quarry.sees(PLATE, "2026-03-02 08:00", 30_000))
    await centre.take(station, station.sees(PLATE, "2026-03-02 12:00", 58_000))
    assert [one["kind"] for one in await at_the_source(centre)] == ["false-record"]
    await centre.take(quarry, quarry.sees(PLATE, "2026-03-02 10:00", None))
    assert [one["kind"] for one in await at_the_source(centre)] == ["unweighed", "topped-up"]
    [traced] = await centre.rows("traces", plate=PLATE, kind="source-exit")
    assert traced["content"]["notes"] == ["passed-unweighed"]


async def test_what_people_say_of_it_stands_on_it(centre: Centre, quarry: Place, station: Place) -> None:
    left = quarry.sees(PLATE, "2026-03-02 08:00", 48_000)
    await centre.take(quarry, left)
    await centre.take(station, station.sees(PLATE, "2026-03-02 12:00", 58_000))
    await centre.say(f"leads/topped-up/{left.id}/dismiss", "2026-03-03 09:00")
    assert [one["state"] for one in await at_the_source(centre)] == ["dismissed"]
