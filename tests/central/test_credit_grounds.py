"""What puts a party before the discredit list: its decided acts where they say it, an officer's document where not."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from roads import Centre, Place, moment

from central.credit.grounds import Ground, Punished, grounds_of

DAY = date(2026, 6, 1)
KEY = "豫A12345|yellow"


def instructed(days_ago: int, yuan: int = 5_000, origin: str = "transport") -> Punished:
    return Punished(f"case-{1_000 - days_ago}", "instructed", yuan, DAY - timedelta(days=days_ago), origin)


@pytest.mark.parametrize(
    ("punished", "grounds"),
    [
        ([instructed(0, 19_999)], {}),
        ([instructed(0, 20_000)], {5: "case-1000"}),
        ([instructed(0), instructed(100)], {}),
        ([instructed(0), instructed(100), instructed(364)], {5: "case-1000"}),
        ([instructed(0), instructed(100), instructed(365)], {}),  # the year begins the day after
        ([instructed(0), instructed(400), instructed(500), instructed(600)], {5: "case-600"}),
        ([Punished("c", "blocked-or-forced", 0, DAY, "transport")], {}),
        ([Punished("c", "blocked-or-forced", 0, DAY, "police")], {8: "c"}),
        ([Punished("c", "evaded", 30_000, DAY, "police")], {}),
    ],
)
def test_what_decided_cases_say_by_themselves(punished: list[Punished], grounds: dict[int, str]) -> None:
    found = grounds_of(None, reversed(punished))
    assert {number: one.id for number, one in found.items()} == grounds
    counted = Ground("p", DAY)
    assert grounds_of(counted, punished) == {1: counted, 2: counted, 3: counted, **found}


@pytest.fixture
async def centre(tmp_path: Path) -> AsyncIterator[Centre]:
    made = Centre(tmp_path, [Place("station-1", "checkpoint")])
    yield made
    await made.close()


async def police(centre: Centre, number: int, act: str, yuan: int, party: str = "enterprise") -> str:
    measure = {"party": party, "kind": "fine", "act": act, "clause": "cn-reg593-2011", "amount_yuan": yuan}
    day = f"2026-03-{number:02d}"
    decided = await centre.say(
        "police-decisions", f"{day} 09:00", number=f"示例-{number}", authority="示例交警", plate="豫A12345",
        colour="yellow", happened=f"{day}T08:00:00+08:00", enterprise_id="ent-1", measures=[measure],
    )  # fmt: skip
    return str(decided["id"])


async def listings(centre: Centre, **asked: Any) -> list[tuple[Any, ...]]:
    rows = await centre.rows("credit/listings", **asked)
    return [(one["criterion"], one["state"], one["grounded"], one["ground"]) for one in rows]


async def test_who_instructed_is_a_candidate_until_the_case_is_annulled(centre: Centre) -> None:
    cases = [await police(centre, number, "instructed", 5_000) for number in (2, 3)]
    assert await listings(centre, party="enterprise") == []
    cases.append(await police(centre, 4, "instructed", 5_000, "carrier"))  # the enterprise, by another word
    assert await listings(centre, party="enterprise") == [(5, "proposed", True, cases[2])]
    acts = "credit/enterprise/ent-1/5/acts"
    await centre.say(acts, "2026-04-01 09:00", kind="publicised", until="2026-04-10", medium="网站")
    await centre.say(f"cases/{cases[0]}/moves/annul", "2026-04-05 09:00", annulled_by="court")
    [fallen] = await centre.rows("credit/listings", party="enterprise", to_withdraw=1)
    assert (fallen["grounded"], fallen["ground"]) == (False, None)
    late = await centre.offer(acts, "2026-04-11 09:00", kind="listed", document="d")
    assert (late.status_code, "nothing stands" in late.text) == (409, True)
    await centre.say(acts, "2026-04-11 09:00", kind="dismissed", finding="决定被撤销，已撤回公示")
    assert await centre.rows("credit/listings", to_withdraw=1) == []
    assert await listings(centre, party="enterprise") == [(5, "dismissed", False, None)]


async def test_what_ended_is_a_candidate_anew_with_a_ground_that_came_later(centre: Centre) -> None:
    first = await police(centre, 2, "instructed", 20_000)
    acts = "credit/enterprise/ent-1/5/acts"
    await centre.say(acts, "2026-03-04 09:00", kind="dismissed", finding="已整改")
    assert await listings(centre, state="dismissed") == [(5, "dismissed", True, first)]
    second = await police(centre, 6, "instructed", 20_000)
    assert await listings(centre, state="proposed") == [(5, "proposed", True, second)]
    publicity = {"kind": "publicised", "until": "2026-04-10", "medium": "网站"}
    early = await centre.offer(acts, "2026-04-01 09:00", **publicity)
    assert (early.status_code, "entered anew" in early.json()["cure"]) == (409, True)
    entered = {"kind": "candidate-entered", "ground": "g", "document": "d", "case": second}
    await centre.say(acts, "2026-04-01 09:00", **entered)
    await centre.say(acts, "2026-04-01 10:00", **publicity)
    assert await listings(centre, criterion=5) == [(5, "publicised", True, second)]


async def test_who_forced_through_is_one_by_the_decision_of_the_police(centre: Centre) -> None:
    case = await police(centre, 2, "blocked-or-forced", 1_000, "carrier")
    assert await listings(centre, criterion=8) == [(8, "proposed", True, case)]


@pytest.mark.parametrize(
    ("party", "criterion"), [("repairer", 4), ("enterprise", 6), ("source", 7), ("driver", 9), ("driver", 10)]
)
async def test_what_no_case_says_is_entered_with_its_document(centre: Centre, party: str, criterion: int) -> None:
    acts = f"credit/{party}/key-1/{criterion}/acts"
    for without in ("ground", "document"):
        said = {"ground": "文书认定", "document": "示例文书 1 号"}
        del said[without]
        refused = await centre.offer(acts, "2026-04-01 09:00", kind="candidate-entered", **said)
        assert (refused.status_code, without in refused.json()["error"]) == (409, True)
    await centre.say(acts, "2026-04-01 10:00", kind="candidate-entered", ground="文书认定", document="示例文书 1 号")
    await centre.say(acts, "2026-04-02 09:00", kind="publicised", until="2026-04-10", medium="网站")
    await centre.say(acts, "2026-04-11 09:00", kind="listed", document="示例决定 1 号")
    assert await listings(centre, criterion=criterion) == [(criterion, "listed", True, None)]


async def test_nothing_that_a_gate_does_not_take_comes_onto_its_list(centre: Centre) -> None:
    entered = {"kind": "candidate-entered", "ground": "g", "document": "d"}
    for key in ("豫A12345", "豫A12345|", "豫A12345|Yellow", "豫|yellow", "豫A1|2|yellow", f"{'豫' * 17}|yellow"):
        refused = await centre.offer(f"credit/vehicle/{key}/1/acts", "2026-04-01 09:00", **entered)
        assert (refused.status_code, "no vehicle" in refused.text) == (422, True), key
    mark = {"kind": "certificate-revoked", "plate": "豫A12345", "colour": "yellow", "document": "d", "ground": "g"}
    refused = await centre.offer("credit/marks", "2026-04-01 09:00", until="2026-03-31", **mark)
    assert (refused.status_code, "until" in refused.text) == (422, True)
    await centre.say("credit/marks", "2026-04-01 09:00", until="2026-04-01", **mark)
    await centre.gates_say("豫A12345", "certificate-revoked")
    centre.now = moment("2026-04-02 00:00")
    await centre.gates_say("豫A12345", "unlisted")


async def test_an_enterprise_that_is_known_by_name_only_is_public_by_it(centre: Centre) -> None:
    acts = "credit/enterprise/name:示例运输公司/7/acts"
    await centre.say(acts, "2026-04-01 09:00", kind="candidate-entered", ground="g", document="d")
    assert await centre.rows("public/listings") == [], "nobody has published it"
    await centre.say(acts, "2026-04-02 09:00", kind="publicised", until="2026-04-10", medium="网站")
    assert [one["name"] for one in await centre.rows("public/listings")] == ["示例运输公司"]


async def test_a_listing_that_ended_is_public_no_more_and_costs_no_later_year_its_grade(centre: Centre) -> None:
    acts = f"credit/vehicle/{KEY}/1/acts"
    await centre.say(acts, "2024-04-01 09:00", kind="candidate-entered", ground="g", document="d")
    await centre.say(acts, "2024-04-02 09:00", kind="publicised", until="2024-04-10", medium="网站")
    await centre.say(acts, "2024-04-11 09:00", kind="listed", document="d")
    asked = {"plate": "豫A12345", "colour": "yellow"}
    for day, public, year, grade in (
        ("2026-04-10", 1, 2026, "D"),
        ("2026-04-11", 0, 2027, "B"),
        ("2026-04-11", 0, 2023, "B"),
    ):
        centre.now = moment(f"{day} 12:00")
        assert len(await centre.rows("public/listings")) == public
        assert (await centre.get("credit/vehicle", period=year, **asked))["grade"] == grade


async def test_what_an_authority_put_down_on_a_case_falls_with_it(centre: Centre) -> None:
    first, second = [await police(centre, number, "evaded", 5_000) for number in (2, 3)]
    mark = {"plate": "豫A12345", "colour": "yellow", "document": "d"}
    for case, told in (("case-000001", "does not stand"), (first, "")):
        answer = await centre.offer("credit/marks", "2026-04-01 09:00", kind="vehicle-watched", case=case, **mark)
        assert (answer.status_code, told in answer.text) == (409 if told else 201, True)
    await centre.say("credit/marks", "2026-04-02 09:00", kind="certificate-revoked", case=second, **mark)
    entered = {"kind": "candidate-entered", "ground": "g", "document": "d"}
    await centre.say("credit/enterprise/ent-1/7/acts", "2026-04-02 09:00", case=second, **entered)
    strangers = await centre.offer("credit/source/quarry-9/7/acts", "2026-04-02 09:00", case=second, **entered)
    assert (strangers.status_code, "against this source" in strangers.text) == (409, True)
    assert await listings(centre, criterion=7) == [(7, "proposed", True, None)]
    await centre.gates_say("豫A12345", "certificate-revoked")
    await centre.say(f"cases/{second}/moves/annul", "2026-04-05 09:00", annulled_by="court")
    await centre.gates_say("豫A12345", "watched")
    assert await listings(centre, criterion=7) == [(7, "proposed", False, None)]
    await centre.say(f"cases/{first}/moves/annul", "2026-04-06 09:00", annulled_by="court")
    await centre.gates_say("豫A12345", "unlisted")


async def test_a_mark_sent_again_after_its_case_fell_is_the_same_mark(centre: Centre) -> None:
    case = await police(centre, 2, "evaded", 5_000)
    mark = {"plate": "豫A12345", "colour": "yellow", "document": "d", "kind": "vehicle-watched", "case": case}
    said = {"id": "mark-000001", "at": "2026-04-01T01:00:00Z", "why": "x", **mark}
    centre.now = moment("2026-04-02 00:00")
    assert (await centre.http.post("/api/v1/credit/marks", json=said)).status_code == 201
    await centre.say(f"cases/{case}/moves/annul", "2026-04-05 09:00", annulled_by="court")
    again = await centre.http.post("/api/v1/credit/marks", json=said)
    assert (again.status_code, again.json()) == (200, {"outcome": "repeated"})
    both = await centre.offer("credit/marks", "2026-04-06 09:00", proposal=f"p-{24 * '0'}", **mark)
    assert (both.status_code, "not both" in both.text) == (422, True)


@pytest.mark.parametrize("kind", ["vehicle-watched", "certificate-revoked"])
async def test_words_alone_say_whether_they_stand_apart_from_what_was_decided(centre: Centre, kind: str) -> None:
    """Else an annulled case would leave at the gates what was its consequence."""
    case = await police(centre, 2, "evaded", 5_000)
    mark = {"kind": kind, "plate": "豫A12345", "colour": "yellow", "document": "d", "ground": "多次超限"}
    refused = await centre.offer("credit/marks", "2026-04-01 09:00", **mark)
    assert (refused.status_code, case in refused.json()["error"]) == (409, True)
    both = await centre.offer("credit/marks", "2026-04-01 09:00", case=case, apart=True, **mark)
    assert (both.status_code, "does not stand apart" in both.text) == (422, True)
    await centre.say("credit/marks", "2026-04-01 09:00", apart=True, **mark)
    entered = {"kind": "candidate-entered", "ground": "拒不接受检查", "document": "d"}
    for status, said in ((409, {}), (201, {"apart": True})):
        answer = await centre.offer("credit/enterprise/ent-1/7/acts", "2026-04-01 10:00", **entered, **said)
        assert answer.status_code == status, answer.text
    await centre.say(f"cases/{case}/moves/annul", "2026-04-05 09:00", annulled_by="court")
    await centre.gates_say("豫A12345", "watched" if kind == "vehicle-watched" else kind)
    assert await listings(centre, criterion=7) == [(7, "proposed", True, None)]
