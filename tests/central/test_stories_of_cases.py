"""Stories from the scale to the lawful end, each told through central's own API, with the articles named."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from roads import AUTHORITY, OFFICERS, PICTURE, SEEN, TOLD, Centre, Place, decided_case, fine

PLATE, STRANGER = "豫A12345", "冀B54321"


@pytest.fixture
def quarry() -> Place:
    return Place("quarry-1", "source-exit")


@pytest.fixture
def entrance() -> Place:
    return Place("toll-1", "toll-entrance", "operator")


@pytest.fixture
def station() -> Place:
    return Place("station-1", "checkpoint")


@pytest.fixture
def joint() -> Place:
    return Place("joint-1", "checkpoint", "police-at-joint-station")


@pytest.fixture
async def centre(tmp_path: Path, quarry: Place, entrance: Place, station: Place, joint: Place) -> AsyncIterator[Centre]:
    made = Centre(tmp_path, [quarry, entrance, station, joint])
    await made.has_picture(PICTURE, station)
    yield made
    await made.close()


async def test_a_truck_topped_up_on_the_way_is_one_act_against_four_parties(
    centre: Centre, quarry: Place, entrance: Place, station: Place
) -> None:
    await centre.take(quarry, quarry.sees(PLATE, "2026-03-02 08:00", 48_000))
    refused = entrance.sees(PLATE, "2026-03-02 10:00", 58_600)
    caught = station.sees(PLATE, "2026-03-02 12:00", 58_400, pictures=SEEN)
    unloaded = station.sees(PLATE, "2026-03-02 14:00", 48_500, parent=caught.id)
    await centre.take(entrance, refused)
    await centre.take(station, caught, unloaded)

    [act] = (await centre.get("acts"))["rows"]
    assert [one["entry"] for one in act["content"]["members"]] == [refused.id, caught.id, unloaded.id]
    assert (act["worst"], act["consequence"]) == (caught.id, "case"), "the station's weighing decides, not the refusal"
    [lead] = (await centre.get("leads"))["rows"]
    assert (lead["kind"], lead["state"]) == ("checkpoint", "open")

    clause, _ = await centre.refused("cases", "2026-03-02 15:00", entry=caught.id, authority=AUTHORITY, officers=["1"])
    assert clause == "cn-penalty-law-2021 art.42", "one officer"
    case = await centre.say("cases", "2026-03-02 15:00", entry=caught.id, authority=AUTHORITY, officers=OFFICERS)
    assert set(case["content"]["parties"]) == {"vehicle", "driver", "enterprise", "source"}
    company = case["content"]["parties"]["enterprise"]
    assert company["identity"]["name"] == "示例运输公司"
    assert company["sources"]["name"] == "register"
    assert [one["amount_max_yuan"] for one in company["proposed"] if one["kind"] == "fine"] == [4_500]
    assert (await centre.get("leads"))["rows"][0]["state"] == "filed"

    moves = f"cases/{case['id']}/moves"
    clause, _ = await centre.refused(f"{moves}/decide", "2026-03-02 16:00", measures=[fine(4_500)], officers=OFFICERS)
    assert clause == "cn-penalty-law-2021 art.44", "nobody told the party"
    await centre.say(f"{moves}/complete", "2026-03-02 16:00", officers=OFFICERS, certificates_shown=True)
    offered = {**TOLD, "rights": ["statement", "defence"]}
    clause, _ = await centre.refused(f"{moves}/tell", "2026-03-03 09:00", measures=[fine(4_500)], **offered)
    assert clause == "cn-penalty-law-2021 art.63", "4 500 yuan is a larger fine here"
    await centre.say(f"{moves}/tell", "2026-03-03 09:00", measures=[fine(4_500)], **TOLD)
    await centre.say(f"{moves}/hear-statement", "2026-03-03 10:00", statement="no objection")
    clause, _ = await centre.refused(f"{moves}/decide", "2026-03-10 09:00", measures=[fine(4_500)], officers=OFFICERS)
    assert clause == "cn-penalty-law-2021 art.64", "five working days to ask for a hearing"
    clause, _ = await centre.refused(f"{moves}/decide", "2026-03-11 09:00", measures=[fine(5_000)], officers=OFFICERS)
    assert clause == "cn-penalty-law-2021 art.38", "Order 62 names 4 500 and no more"
    await centre.say(f"{moves}/decide", "2026-03-11 09:00", measures=[fine(4_500)], officers=OFFICERS)
    await centre.say(f"{moves}/serve", "2026-03-11 10:00", how="handed-over")
    clause, _ = await centre.refused(f"{moves}/pay", "2026-03-11 11:00", amount_yuan=4_500, through="officer")
    assert clause == "cn-penalty-law-2021 art.67", "not to the officer"
    await centre.say(f"{moves}/pay", "2026-03-12 11:00", amount_yuan=4_500, through="bank")
    await centre.say(f"{moves}/close", "2026-03-13 11:00")
    [owed] = (await centre.get("duties"))["rows"]
    assert (owed["kind"], owed["clause"], owed["due_day"]) == ("copy", "cn-order62-2016 art.44", "2026-03-24")
    done = await centre.say(f"{moves}/copy", "2026-03-16 09:00", party="vehicle", to="车籍地道路运输管理机构")
    assert done["content"]["parties"]["vehicle"]["copies"][0]["to"] == "车籍地道路运输管理机构"
    assert (await centre.get("duties"))["rows"] == []
    copy = done["content"]["copies"][0]["id"]
    answer = {"copy_of": copy, "outcome": "已记录"}
    answered = await centre.say(f"{moves}/copy-answered", "2026-03-30 09:00", **answer)
    assert answered["content"]["parties"]["vehicle"]["copies"][0]["answer"] == "已记录"
    printed = await centre.get(f"cases/{case['id']}/documents/decision")
    assert any("罚款 4500 元" in line for line in printed["lines"])


async def test_what_was_topped_up_on_the_way_is_traced_to_after_the_exit(
    centre: Centre, quarry: Place, station: Place
) -> None:
    await centre.take(station, station.sees(PLATE, "2026-03-02 12:00", 58_400))
    await centre.take(quarry, quarry.sees(PLATE, "2026-03-02 08:00", 48_000))
    traced = {(one["kind"], one["result"]) for one in (await centre.get("traces", plate=PLATE))["rows"]}
    assert ("source-exit", "loaded-after-exit") in traced, "legal at the quarry, told late, and run again"


async def test_at_a_joint_station_transport_fines_nothing(centre: Centre, joint: Place) -> None:
    caught = joint.sees(PLATE, "2026-03-02 12:00", 58_400, pictures=SEEN)
    await centre.take(joint, caught)
    [lead] = (await centre.get("leads"))["rows"]
    assert lead["kind"] == "joint-station"
    clause, _ = await centre.refused(
        "cases", "2026-03-02 15:00", entry=caught.id, authority=AUTHORITY, officers=OFFICERS
    )
    assert clause == "cn-traffic-law-2021 art.92", "the police alone punish"
    driver = {"party": "driver", "kind": "fine", "act": "overload", "clause": "cn-traffic-law-2021 art.92"}
    decision = await centre.say(
        "police-decisions",
        "2026-03-03 09:00",
        number="示例-1",
        authority="示例交警大队",
        plate=PLATE,
        colour="yellow",
        happened="2026-03-02T12:10:00+08:00",
        driver_licence="410100199001010000",
        measures=[{**driver, "amount_yuan": 500, "payer": "citizen"}],
    )
    assert (decision["origin"], decision["state"], decision["weighing"]) == ("police", "closed", caught.id)
    assert decision["counted"]
    assert "410100199001010000" not in str(decision), "a driver is counted under a pseudonym"
    counted = await centre.get("parties/vehicle/count", key=f"{PLATE}|yellow", on="2026-03-03")
    assert (counted["acts"], counted["cases"]) == (1, [decision["id"]])
    assert (await centre.get("leads"))["rows"][0]["state"] == "filed"


async def test_four_decided_cases_in_a_year_are_proposed_home_and_one_annulled_takes_it_back(
    centre: Centre, station: Place, joint: Place
) -> None:
    cases = []
    for day in ("2026-03-02", "2026-04-06", "2026-05-11"):
        caught = station.sees(STRANGER, f"{day} 08:00", 52_500, pictures=SEEN)
        await centre.take(station, caught)
        cases.append(await decided_case(centre, caught.id, day, 1_500))
    assert (await centre.get("proposals"))["rows"] == [], "three are not more than three"
    await centre.take(joint, joint.sees(STRANGER, "2026-06-01 08:00", 52_500))
    points = {"party": "driver", "kind": "points", "act": "overload", "clause": "cn-points-rules-2021", "points": 1}
    police = await centre.say(
        "police-decisions", "2026-06-02 09:00", number="示例-2", authority="示例交警大队", plate=STRANGER,
        colour="yellow", happened="2026-06-01T08:00:00+08:00", measures=[points],
    )  # fmt: skip

    proposals = (await centre.get("proposals"))["rows"]
    [proposal] = [one for one in proposals if one["party"] == "vehicle"]
    assert (proposal["measure"], proposal["clause"]) == ("revocation", "cn-reg593-2011 art.66")
    assert (proposal["case"], proposal["content"]["count"]["acts"]) == (police["id"], 4)
    assert (proposal["content"]["home"], proposal["content"]["outsider"]) == ("CN-HE", True)
    await centre.say(f"proposals/{proposal['id']}/sent", "2026-06-03 09:00", to="冀道路运输管理机构")
    await centre.say(f"proposals/{proposal['id']}/answered", "2026-06-20 09:00", outcome="已立案调查")
    [answered] = (await centre.get("proposals", party="vehicle"))["rows"]
    assert (answered["state"], len(answered["content"]["history"])) == ("answered", 2)

    annulled = await centre.say(f"cases/{cases[0]}/moves/annul", "2026-07-01 09:00", annulled_by="reconsideration")
    assert (annulled["annulled"], annulled["counted"], annulled["state"]) == (True, False, "annulled")
    [fallen] = (await centre.get("proposals", party="vehicle"))["rows"]
    assert fallen["state"] == "to-withdraw"
    owed = (await centre.get("duties", kind="withdraw"))["rows"]
    assert [(one["clause"], one["due_day"]) for one in owed] == [("cn-penalty-law-2021 art.48", "2026-07-06")]
    await centre.say(f"proposals/{proposal['id']}/withdrawn", "2026-07-02 09:00")
    assert (await centre.get("proposals", party="vehicle"))["rows"][0]["state"] == "withdrawn"
    for party, key in (("vehicle", f"{STRANGER}|yellow"), ("enterprise", "ent-1")):
        counted = await centre.get(f"parties/{party}/count", key=key, on="2026-07-02")
        assert cases[0] not in counted["cases"]


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
    caught = station.sees(PLATE, "2026-03-02 08:00", 52_500, pictures=SEEN)
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
    assert paid == {"fine_yuan": 1_500, "due": "2026-03-19", "paid": "2026-03-31", "surcharge_yuan": 90}
