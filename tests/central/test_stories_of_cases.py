"""The stories of cases, told to a central that is called; and two more of what the law forbids and what being late
costs. `test_stories_at_work.py` tells the same four to real processes.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from deciding import TOLD, decided_case, fine
from roads import AUTHORITY, OFFICERS, PICTURE, SEEN, Centre, Place
from stories import STORIES, STRANGER, TOPPED_UP, Roads, Story


@pytest.fixture
def roads() -> Roads:
    return Roads()


@pytest.fixture
def station(roads: Roads) -> Place:
    return roads.station


@pytest.fixture
async def centre(tmp_path: Path, roads: Roads) -> AsyncIterator[Centre]:
    made = Centre(tmp_path, roads.places)
    await made.has_picture(PICTURE, roads.station)
    yield made
    await made.close()


@pytest.mark.parametrize("story", STORIES.values(), ids=lambda story: story.__name__)
async def test_from_the_scale_to_the_lawful_end(story: Story, centre: Centre, roads: Roads) -> None:
    await story(centre, roads)


async def test_nobody_revokes_without_offering_a_hearing_nor_another_province_s_certificate(
    centre: Centre, station: Place
) -> None:
    for number, day in enumerate(("2026-03-02", "2026-04-06", "2026-05-11", "2026-06-15")):
        caught = station.sees(STRANGER, f"{day} 08:00", 52_500, pictures=SEEN)
        await centre.take(station, caught)
        if number < 3:
            await decided_case(centre, caught.id, day, 1_500)
    revoked = {"party": "vehicle", "kind": "revocation", "act": "vehicle-repeated", "clause": "cn-reg593-2011 art.66"}
    case = await centre.say("cases", "2026-06-15 09:00", entry=caught.id, authority=AUTHORITY, officers=OFFICERS)
    moves = f"cases/{case['id']}/moves"
    await centre.say(f"{moves}/complete", "2026-06-15 10:00", officers=OFFICERS, certificates_shown=True)
    silent = {**TOLD, "rights": ["statement", "defence"]}
    clause, _ = await centre.refused(f"{moves}/tell", "2026-06-16 09:00", measures=[revoked], **silent)
    assert clause == "cn-penalty-law-2021 art.63", "a hearing is always offered before revoking"
    await centre.say(f"{moves}/tell", "2026-06-16 09:00", measures=[revoked], **TOLD)
    await centre.say(f"{moves}/waive-statement", "2026-06-16 10:00", expressly=True)
    await centre.say(f"{moves}/waive-hearing", "2026-06-16 11:00", expressly=True)
    clause, _ = await centre.refused(f"{moves}/decide", "2026-06-17 09:00", measures=[revoked], officers=OFFICERS)
    assert clause == "cn-penalty-law-2021 art.38", "three decided acts are not more than three"
    transferred = await centre.say(f"{moves}/transfer", "2026-06-17 10:00", to="车籍地道路运输管理机构")
    assert transferred["state"] == "transferred"


async def test_a_fine_that_is_paid_late_costs_more_but_not_while_it_is_contested(
    centre: Centre, station: Place
) -> None:
    caught = station.sees(TOPPED_UP, "2026-03-02 08:00", 52_500, pictures=SEEN)
    await centre.take(station, caught)
    case = await centre.say("cases", "2026-03-02 09:00", entry=caught.id, authority=AUTHORITY, officers=OFFICERS)
    moves = f"cases/{case['id']}/moves"
    await centre.say(f"{moves}/complete", "2026-03-02 10:00", officers=OFFICERS, certificates_shown=True)
    await centre.say(f"{moves}/tell", "2026-03-03 09:00", measures=[fine(1_500)], **TOLD)
    await centre.say(f"{moves}/waive-statement", "2026-03-03 10:00", expressly=True)
    await centre.say(f"{moves}/decide", "2026-03-04 09:00", measures=[fine(1_500)], officers=OFFICERS)
    await centre.say(f"{moves}/serve", "2026-03-04 10:00", how="handed-over")
    await centre.say(f"{moves}/contest", "2026-03-20 09:00")
    await centre.say(f"{moves}/contest-ended", "2026-03-29 09:00")
    await centre.say(f"{moves}/pay", "2026-03-31 09:00", amount_yuan=1_500, through="bank")
    paid = (await centre.get(f"cases/{case['id']}"))["payment"]
    assert paid == {
        "fine_yuan": 1_500,
        "paid_yuan": 1_500,
        "due": "2026-03-19",
        "paid": "2026-03-31",
        "surcharge_yuan": 90,
    }


async def test_an_extended_case_is_owed_by_its_new_last_day_and_decided_no_later(
    centre: Centre, station: Place
) -> None:
    caught = station.sees(TOPPED_UP, "2026-03-02 12:00", 58_400, pictures=SEEN)
    await centre.take(station, caught)
    case = await centre.say("cases", "2026-03-02 15:00", entry=caught.id, authority=AUTHORITY, officers=OFFICERS)
    moves = f"cases/{case['id']}/moves"
    silent = await centre.offer(f"{moves}/extend", "2026-05-20 09:00", approved_by="head-1")
    assert (silent.status_code, "until" in silent.text) == (422, True)
    clause, _ = await centre.refused(f"{moves}/extend", "2026-05-20 09:00", approved_by="head-1", until="2026-05-31")
    assert clause == "cn-penalty-law-2021 art.60", "it ends then anyway"
    await centre.say(f"{moves}/extend", "2026-05-20 09:00", approved_by="head-1", until="2026-06-30")
    [owed] = await centre.rows("duties", subject=f"case:{case['id']}")
    assert (owed["kind"], owed["due_day"]) == ("decide", "2026-06-30")


async def test_who_was_told_of_less_is_told_again_and_heard_again_before_more_is_decided(
    centre: Centre, station: Place
) -> None:
    caught = station.sees(TOPPED_UP, "2026-03-02 08:00", 52_500, pictures=SEEN)
    await centre.take(station, caught)
    case = await centre.say("cases", "2026-03-02 09:00", entry=caught.id, authority=AUTHORITY, officers=OFFICERS)
    moves = f"cases/{case['id']}/moves"
    await centre.say(f"{moves}/complete", "2026-03-02 10:00", officers=OFFICERS, certificates_shown=True)
    await centre.say(f"{moves}/tell", "2026-03-03 09:00", measures=[fine(1_000)], **TOLD)
    await centre.say(f"{moves}/waive-statement", "2026-03-03 10:00", expressly=True)
    decision = {"measures": [fine(1_500)], "officers": OFFICERS}
    clause, _ = await centre.refused(f"{moves}/decide", "2026-03-04 09:00", **decision)
    assert clause == "cn-penalty-law-2021 art.45", "graver than told"
    await centre.say(f"{moves}/tell", "2026-03-04 10:00", measures=[fine(1_500)], **TOLD)
    clause, _ = await centre.refused(f"{moves}/decide", "2026-03-04 11:00", **decision)
    assert clause == "cn-penalty-law-2021 art.45", "it waived to speak of less"
    await centre.say(f"{moves}/waive-statement", "2026-03-04 12:00", expressly=True)
    decided = await centre.say(f"{moves}/decide", "2026-03-05 09:00", **decision)
    assert (decided["state"], decided["content"]["told"][0]["amount_yuan"]) == ("decided", 1_500)
