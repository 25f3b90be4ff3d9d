"""Four stories from the scale to the lawful end, with the articles named. Each can be told to any central, and all of
them to one: every story has its own plate, its own time and its own journals.
"""

import hashlib
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from deciding import TOLD, decided_case, fine
from roads import AUTHORITY, OFFICERS, PICTURE, SEEN, Doors, Place

TOPPED_UP, AT_JOINT, STRANGER, LET_OUT = "豫A12345", "豫B23456", "冀B54321", "豫C62000"
POLICE = "示例交警大队"
REPAIRED = b"the barrier, locked to the scale"


class Roads:
    """The places of one story; `story` names their journals."""

    def __init__(self, story: str = "j") -> None:
        self.quarry = Place("quarry-1", "source-exit", journal=f"quarry-1-{story}")
        self.entrance = Place("toll-1", "toll-entrance", "operator", journal=f"toll-1-{story}")
        self.station = Place("station-1", "checkpoint", journal=f"station-1-{story}")
        self.joint = Place("joint-1", "checkpoint", "police-at-joint-station", journal=f"joint-1-{story}")
        self.places = (self.quarry, self.entrance, self.station, self.joint)


async def topped_up(centre: Doors, roads: Roads) -> None:
    """(a) Loaded legally at a quarry, topped up on the way, refused at the entrance, caught at a station."""
    await centre.has_picture(PICTURE, roads.station)
    refused = roads.entrance.sees(TOPPED_UP, "2025-03-03 10:00", 58_600)
    caught = roads.station.sees(TOPPED_UP, "2025-03-03 12:00", 58_400, pictures=SEEN)
    unloaded = roads.station.sees(TOPPED_UP, "2025-03-03 14:00", 48_500, parent=caught.id)
    await centre.take(roads.entrance, refused)
    await centre.take(roads.station, caught, unloaded)
    [first] = await centre.rows("traces", plate=TOPPED_UP, site="station-1", kind="source-exit")
    assert first["result"] == "no-origin", "the quarry has not told yet"
    await centre.take(roads.quarry, roads.quarry.sees(TOPPED_UP, "2025-03-03 08:00", 48_000))
    [traced] = await centre.rows("traces", plate=TOPPED_UP, site="station-1", kind="source-exit")
    assert (traced["result"], traced["origin_site"]) == ("loaded-after-exit", "quarry-1"), "told late, and run again"

    [act] = await centre.rows("acts", plate=TOPPED_UP)
    assert [one["entry"] for one in act["content"]["members"]] == [refused.id, caught.id, unloaded.id]
    assert (act["worst"], act["consequence"]) == (caught.id, "case"), "the station's weighing decides, not the refusal"
    leads = {one["kind"]: one for one in await centre.rows("leads", plate=TOPPED_UP)}
    assert {kind: one["state"] for kind, one in leads.items()} == {"checkpoint": "open", "topped-up": "open"}
    assert (leads["topped-up"]["site"], leads["topped-up"]["party"]) == ("quarry-1", "vehicle"), (
        "by whom is to be found"
    )
    clause, _ = await centre.refused("cases", "2025-03-03 15:00", entry=caught.id, authority=AUTHORITY, officers=["1"])
    assert clause == "cn-penalty-law-2021 art.42", "one officer"
    case = await centre.say("cases", "2025-03-03 15:00", entry=caught.id, authority=AUTHORITY, officers=OFFICERS)
    assert set(case["content"]["parties"]) == {"vehicle", "driver", "enterprise", "source"}
    company = case["content"]["parties"]["enterprise"]
    assert (company["identity"]["name"], company["sources"]["name"]) == ("示例运输公司", "register")
    assert [one["amount_max_yuan"] for one in company["proposed"] if one["kind"] == "fine"] == [4_500]
    assert [one["state"] for one in await centre.rows("leads", plate=TOPPED_UP, kind="checkpoint")] == ["filed"]
    licensed = {"party": "enterprise", "fact": "transport_licence", "value": "豫交运管许可 示例号", "source": "card"}
    asked = {"party": "driver", "fact": "name", "source": "officer"}
    await centre.take(roads.station, roads.station.learns(caught, "2025-03-03 15:10", licensed, asked))
    parties = (await centre.get(f"cases/{case['id']}"))["content"]["parties"]
    assert parties["enterprise"]["identity"]["transport_licence"] == licensed["value"], (
        "art. 44 of Order 62 asks for it"
    )
    assert (parties["driver"]["identity"], parties["driver"]["sources"]) == ({"name": None}, {"name": "officer"})
    await _decided_by_the_book(centre, f"cases/{case['id']}/moves")
    await _copied_home(centre, case["id"])


async def _decided_by_the_book(centre: Doors, moves: str) -> None:
    """Each step that the law forbids is tried before the one that it demands."""
    large = {"measures": [fine(4_500)]}
    clause, _ = await centre.refused(f"{moves}/decide", "2025-03-03 16:00", officers=OFFICERS, **large)
    assert clause == "cn-penalty-law-2021 art.44", "nobody told the party"
    await centre.say(f"{moves}/complete", "2025-03-03 16:00", officers=OFFICERS, certificates_shown=True)
    offered = {**TOLD, "rights": ["statement", "defence"]}
    clause, _ = await centre.refused(f"{moves}/tell", "2025-03-04 09:00", **large, **offered)
    assert clause == "cn-penalty-law-2021 art.63", "4 500 yuan is a larger fine here"
    await centre.say(f"{moves}/tell", "2025-03-04 09:00", **large, **TOLD)
    await centre.say(f"{moves}/hear-statement", "2025-03-04 10:00", statement="no objection")
    clause, _ = await centre.refused(f"{moves}/decide", "2025-03-11 09:00", officers=OFFICERS, **large)
    assert clause == "cn-penalty-law-2021 art.64", "five working days to ask for a hearing"
    more = {"measures": [fine(5_000)]}
    clause, _ = await centre.refused(f"{moves}/decide", "2025-03-12 09:00", officers=OFFICERS, **more)
    assert clause == "cn-penalty-law-2021 art.38", "Order 62 names 4 500 and no more"
    await centre.say(f"{moves}/decide", "2025-03-12 09:00", officers=OFFICERS, **large)
    await centre.say(f"{moves}/serve", "2025-03-12 10:00", how="handed-over")
    clause, _ = await centre.refused(f"{moves}/pay", "2025-03-12 11:00", amount_yuan=4_500, through="officer")
    assert clause == "cn-penalty-law-2021 art.67", "not to the officer"
    await centre.say(f"{moves}/pay", "2025-03-13 11:00", amount_yuan=4_500, through="bank")
    await centre.say(f"{moves}/close", "2025-03-14 11:00")


async def _copied_home(centre: Doors, case: str) -> None:
    [owed] = await centre.rows("duties", subject=f"case:{case}")
    assert (owed["kind"], owed["clause"], owed["due_day"]) == ("copy", "cn-order62-2016 art.44", "2025-03-25")
    to = "车籍地道路运输管理机构"
    done = await centre.say(f"cases/{case}/moves/copy", "2025-03-17 09:00", party="vehicle", to=to)
    assert done["content"]["parties"]["vehicle"]["copies"][0]["to"] == to
    assert await centre.rows("duties", subject=f"case:{case}") == []
    answer = {"copy_of": done["content"]["copies"][0]["id"], "outcome": "已记录"}
    answered = await centre.say(f"cases/{case}/moves/copy-answered", "2025-03-31 09:00", **answer)
    assert answered["content"]["parties"]["vehicle"]["copies"][0]["answer"] == "已记录"
    printed = await centre.get(f"cases/{case}/documents/decision")
    fine = "罚款 4500 元（《超限运输车辆行驶公路管理规定》第四十三条第（二）项）"
    assert any(fine in line for line in printed["lines"])
    letter = await centre.get(f"cases/{case}/documents/copy")
    assert any("（黄色），车型 铰接列车 1+2+3" in line for line in letter["lines"])


async def at_a_joint_station(centre: Doors, roads: Roads) -> None:
    """(b) The same truck's like, caught where the police stand too: transport weighs and fines nothing."""
    await centre.has_picture(PICTURE, roads.joint)
    await centre.take(roads.quarry, roads.quarry.sees(AT_JOINT, "2025-04-14 08:00", 48_000))
    await centre.take(roads.entrance, roads.entrance.sees(AT_JOINT, "2025-04-14 10:00", 58_600))
    caught = roads.joint.sees(AT_JOINT, "2025-04-14 12:00", 58_400, pictures=SEEN)
    await centre.take(roads.joint, caught)
    [act] = await centre.rows("acts", plate=AT_JOINT)
    assert (len(act["content"]["members"]), act["worst"]) == (2, caught.id)
    [lead] = await centre.rows("leads", plate=AT_JOINT, kind="joint-station")
    assert lead["state"] == "open"
    filing = {"entry": caught.id, "authority": AUTHORITY, "officers": OFFICERS}
    clause, _ = await centre.refused("cases", "2025-04-14 15:00", **filing)
    assert clause == "cn-traffic-law-2021 art.92", "the police alone punish"
    driver = {"party": "driver", "kind": "fine", "act": "overload", "clause": "cn-traffic-law-2021 art.92"}
    punished = {"measures": [{**driver, "amount_yuan": 500, "payer": "citizen"}]}
    decided = {"number": "示例-1", "authority": POLICE, "driver_licence": "410100199001010000", **punished}
    when = {"plate": AT_JOINT, "colour": "yellow", "happened": "2025-04-14T12:10:00+08:00"}
    decision = await centre.say("police-decisions", "2025-04-15 09:00", **decided, **when)
    again = await centre.say("police-decisions", "2025-04-15 09:00", **{**decided, "number": " 示例－１"}, **when)
    assert again["id"] == decision["id"], "the same number of the same authority, told twice"
    assert (decision["origin"], decision["state"], decision["weighing"]) == ("police", "closed", caught.id)
    assert decision["counted"]
    assert "410100199001010000" not in str(decision), "a driver is counted under a pseudonym"
    counted = await centre.get("parties/vehicle/count", key=f"{AT_JOINT}|yellow", on="2025-04-15")
    assert (counted["acts"], counted["cases"]) == (1, [decision["id"]])
    assert [one["state"] for one in await centre.rows("leads", plate=AT_JOINT, kind="joint-station")] == ["filed"]


async def four_in_a_year(centre: Doors, roads: Roads) -> None:
    """(c) Four decided acts of another province's truck, one by the police; then one of them is annulled."""
    await centre.has_picture(PICTURE, roads.station)
    cases = []
    for day in ("2025-05-05", "2025-06-09", "2025-07-14"):
        caught = roads.station.sees(STRANGER, f"{day} 08:00", 52_500, pictures=SEEN)
        await centre.take(roads.station, caught)
        cases.append(await decided_case(centre, caught.id, day, 1_500))
    assert await centre.rows("proposals", party="vehicle", party_key=f"{STRANGER}|yellow") == [], "three are no more"
    await centre.take(roads.joint, roads.joint.sees(STRANGER, "2025-08-04 08:00", 52_500))
    points = {"party": "driver", "kind": "points", "act": "overload", "clause": "cn-points-rules-2021", "points": 1}
    police = await centre.say(
        "police-decisions", "2025-08-05 09:00", number="示例-2", authority=POLICE, plate=STRANGER, colour="yellow",
        happened="2025-08-04T08:00:00+08:00", measures=[points],
    )  # fmt: skip

    [proposal] = await centre.rows("proposals", party="vehicle", party_key=f"{STRANGER}|yellow")
    assert (proposal["measure"], proposal["clause"]) == ("revocation", "cn-reg593-2011 art.66")
    assert (proposal["case"], proposal["content"]["count"]["acts"]) == (police["id"], 4)
    assert (proposal["content"]["home"], proposal["content"]["outsider"]) == ("CN-HE", True)
    await centre.say(f"proposals/{proposal['id']}/sent", "2025-08-06 09:00", to="冀道路运输管理机构")
    await centre.say(f"proposals/{proposal['id']}/answered", "2025-08-20 09:00", outcome="已立案调查")
    [answered] = await centre.rows("proposals", party="vehicle", party_key=f"{STRANGER}|yellow")
    assert (answered["state"], len(answered["content"]["history"])) == ("answered", 2)
    await _listed(centre)
    await centre.gates_say(STRANGER, "discredited")
    mark = {"kind": "certificate-revoked", "plate": STRANGER, "colour": "yellow", "document": "冀 吊销决定 示例1号"}
    silent = await centre.offer("credit/marks", "2025-09-02 09:00", **mark)
    assert (silent.status_code, "`proposal`" in silent.text) == (422, True), "on what does it stand?"
    await centre.say("credit/marks", "2025-09-02 09:00", proposal=proposal["id"], **mark)
    await centre.gates_say(STRANGER, "certificate-revoked")
    await _taken_back(centre, cases[0], proposal["id"])


async def _listed(centre: Doors) -> None:
    """More than three in a year is criterion 1 of 交办公路〔2017〕8号: publicity first, then the list."""
    acts = f"credit/vehicle/{STRANGER}|yellow/1/acts"
    [candidate] = await centre.rows("credit/listings", party="vehicle", party_key=f"{STRANGER}|yellow")
    assert (candidate["state"], candidate["grounded"]) == ("proposed", True)
    await centre.say(acts, "2025-08-21 09:00", kind="publicised", until="2025-08-31", medium="信用交通网站")
    early = await centre.offer(acts, "2025-08-25 09:00", kind="listed", document="认定决定 示例1号")
    assert early.status_code == 409, "objections may still come"
    listed = {"kind": "listed", "document": "认定决定 示例1号", "until": "2099-12-31"}
    await centre.say(acts, "2025-09-01 09:00", **listed)


async def _taken_back(centre: Doors, case: str, proposal: str) -> None:
    """Counts, proposal, listing and the gates' lists; what was published is withdrawn within three working days."""
    annulled = await centre.say(f"cases/{case}/moves/annul", "2025-09-03 09:00", annulled_by="reconsideration")
    assert (annulled["annulled"], annulled["counted"], annulled["state"]) == (True, False, "annulled")
    [fallen] = await centre.rows("proposals", party="vehicle", party_key=f"{STRANGER}|yellow")
    assert fallen["state"] == "to-withdraw"
    [owed] = await centre.rows("duties", kind="withdraw", subject=f"case:{case}")
    assert (owed["clause"], owed["due_day"]) == ("cn-penalty-law-2021 art.48", "2025-09-08")
    [unlisted] = await centre.rows("credit/listings", party="vehicle", party_key=f"{STRANGER}|yellow")
    assert (unlisted["grounded"], unlisted["to_withdraw"]) == (False, 1)
    await centre.gates_say(STRANGER, "unlisted")
    await centre.say(f"proposals/{proposal}/withdrawn", "2025-09-04 09:00")
    [withdrawn] = await centre.rows("proposals", party="vehicle", party_key=f"{STRANGER}|yellow")
    assert withdrawn["state"] == "withdrawn"
    for party, key in (("vehicle", f"{STRANGER}|yellow"), ("enterprise", "ent-1")):
        counted = await centre.get(f"parties/{party}/count", key=key, on="2025-09-04")
        assert case not in counted["cases"]


async def let_out_at_the_source(centre: Doors, roads: Roads) -> None:
    """(d) A quarry in Henan lets a truck out at 62 t (Order 62 art. 28 bids it weigh and hold; Henan's regulation of
    2018, art. 8 forbids the release). A station finds the same load. The county has the hazard cured and struck off.
    """
    await centre.take(roads.station, roads.station.sees(LET_OUT, "2025-10-13 09:30", 61_500))
    assert [one["result"] for one in await centre.rows("traces", plate=LET_OUT)] == ["no-origin"]
    held = roads.quarry.sees(LET_OUT, "2025-10-13 08:00", 62_000)
    released = roads.quarry.lets_go(held, LET_OUT, "2025-10-13 08:05", "the buyer waits")
    await centre.take(roads.quarry, held, released)
    [trace] = await centre.rows("traces", plate=LET_OUT)
    assert (trace["result"], trace["origin_site"]) == ("same-load", "quarry-1")
    acts = "sources/s1/acts"
    registered = {"name": "示例采石场", "source_kind": "mine", "region": "410000", "authority": "县治超办"}
    of_it = {"kind": "source-registered", "key_unit": True, "sites": ["quarry-1"]}
    await centre.say(acts, "2025-10-13 10:00", **of_it, **registered)
    [lead] = await centre.rows("source-releases", source="s1")
    assert (lead["kind"], lead["state"]) == ("source-release", "open")
    measure = lead["measures"][0]  # 河南省治理货物运输车辆超限超载条例 art. 8: 10 000 to 30 000
    assert (measure["kind"], measure["amount_min_yuan"], measure["amount_max_yuan"]) == ("fine", 10_000, 30_000)
    await _rectified(centre)
    [month] = await centre.rows("statistics/top-sources", period="2025-10")
    assert (month["site"], month["same_load"]) == ("quarry-1", 1)


async def _rectified(centre: Doors) -> None:
    """整改销号: found, noticed with all five of 五到位, cured with evidence, struck off."""
    acts = "source-items/h1/acts"
    hazard = {"source": "s1", "title": "道闸可手动抬起", "level": "major", "found_by": "县交通执法大队"}
    notice = {"responsible": "矿长", "measure": "联锁", "money_yuan": 1, "deadline": "2099-01-01", "plan": "值守"}
    passed = {"kind": "review-passed", "authority": "县"}
    await centre.say(acts, "2025-10-13 11:00", kind="hazard-found", **hazard)
    refused = await centre.offer(acts, "2025-10-13 12:00", finding="好", **passed)
    assert (refused.status_code, "handed-in" in refused.text) == (409, True)
    await centre.say(acts, "2025-10-13 13:00", kind="notice-issued", **notice)
    shown = hashlib.sha256(REPAIRED).hexdigest()
    await centre.say(acts, "2025-10-20 09:00", kind="evidence-handed-in", evidence=[shown])
    unseen = await centre.offer(acts, "2025-10-21 09:00", finding="已改", **passed)
    assert (unseen.status_code, "has not arrived" in unseen.text) == (409, True), "nobody reviews what is not there"
    assert await centre.has_picture(REPAIRED) == shown
    await centre.say(acts, "2025-10-21 09:00", finding="已改", **passed)
    [item] = await centre.rows("source-items", source="s1")
    assert item["state"] == "closed"


Story = Callable[[Doors, Roads], Coroutine[Any, Any, None]]
STORIES: Mapping[str, Story] = {
    "a": topped_up,
    "b": at_a_joint_station,
    "c": four_in_a_year,
    "d": let_out_at_the_source,
}
