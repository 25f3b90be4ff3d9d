"""Other departments are told of what changed, wherever in a vehicle's time, and of what is no more."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from roads import Centre, Place

from central.sharing.outbox import due_messages
from central.supervision_rules import Hook, Kind

PLATE = "豫A12345"


def hook(kind: Kind, persons: bool = True) -> Hook:
    return Hook(f"{kind}-{'whole' if persons else 'masked'}", "http://office/in", frozenset({kind}), persons=persons)


@pytest.fixture
def quarry() -> Place:
    return Place("quarry-1", "source-exit")


@pytest.fixture
def station() -> Place:
    return Place("station-1", "checkpoint")


@pytest.fixture
async def centre(tmp_path: Path, quarry: Place, station: Place) -> AsyncIterator[Centre]:
    hooks = (hook("lead"), hook("lead", persons=False), hook("listing"), hook("trace"))
    made = Centre(tmp_path, [quarry, station], hooks=hooks)
    yield made
    await made.close()


def told(centre: Centre, of: Hook) -> list[dict[str, Any]]:
    """What waits for a hook, in its order."""
    rows = centre.central.database.run_here(lambda session: due_messages(session, of.name, 0, 500))
    return [json.loads(row["body"]) for row in rows]


async def test_a_lead_that_a_late_entry_takes_away_is_told_as_gone(
    centre: Centre, quarry: Place, station: Place
) -> None:
    early = quarry.sees(PLATE, "2026-03-02 08:00", 48_000)
    await centre.take(quarry, early)
    await centre.take(station, station.sees(PLATE, "2026-03-02 12:00", 58_000))
    late = quarry.sees(PLATE, "2026-03-02 10:00", 57_800)
    await centre.take(quarry, late)
    said = [one for one in told(centre, hook("lead")) if one["data"]["entry"] == early.id]
    assert [(one["key"], one["data"].get("gone", False)) for one in said] == [
        (f"topped-up/{early.id}", False),
        (f"topped-up/{early.id}", True),
    ]
    [_, masked] = [one for one in told(centre, hook("lead", persons=False)) if one["data"]["entry"] == early.id]
    assert (masked["key"], masked["data"]["gone"], masked["data"]["plate"]) == ("", True, "豫A1***5")


async def test_an_act_that_a_late_entry_parts_is_told_as_two(centre: Centre, station: Place) -> None:
    """Its second half was weighed hours after what came late."""
    first, second = (station.sees(PLATE, f"2026-03-02 {hour}:00", 58_000) for hour in ("08", "20"))
    await centre.take(station, first, second)
    await centre.take(station, station.sees(PLATE, "2026-03-02 12:00", 40_000))
    assert [(one["data"]["entry"], one["data"]["content"]["members"]) for one in told(centre, hook("lead"))] == [
        (first.id, [first.id, second.id]),
        (first.id, [first.id]),
        (second.id, [second.id]),
    ]


async def test_a_candidate_whose_ground_fell_is_told_as_gone(centre: Centre) -> None:
    measure = {"party": "enterprise", "kind": "fine", "act": "instructed", "clause": "c", "amount_yuan": 20_000}
    decided = await centre.say(
        "police-decisions", "2026-03-02 09:00", number="示例-1", authority="示例交警", plate=PLATE, colour="yellow",
        happened="2026-03-02T08:00:00+08:00", enterprise_id="ent-1", measures=[measure],
    )  # fmt: skip
    await centre.say(f"cases/{decided['id']}/moves/annul", "2026-03-05 09:00", annulled_by="court")
    assert [(one["key"], one["data"].get("gone", False)) for one in told(centre, hook("listing"))] == [
        ("enterprise|ent-1|5", False),
        ("enterprise|ent-1|5", True),
    ]
    assert await centre.rows("credit/listings") == []
