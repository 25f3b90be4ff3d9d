"""From a candidate to the list, off it again, and back from the gates when what it stood on is taken away."""

import json
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest
from boxes import ADMIN, NOW
from hypothesis import given
from hypothesis import strategies as st
from places import QUARRY, STATION, Place, deliver_to, settings_of

from central.bootstrap import create_app
from central.credit.criteria import CRITERIA
from central.credit.deriving import credit_subjects, derive_listings
from central.credit.grades import Record, grade_of
from central.credit.listing import STEPS, Done, Listing, listing_after, misfit, refusal
from central.credit.lists import fitting, whole_list
from central.scopes import ReaderSettings
from central.store.case_tables import ProposalRow
from central.store.facts import facts_about
from gateway.contract.down import BULLETIN_BYTES_MAX, Lists
from gateway.contract.entry import canonical

WHOLE = {"Authorization": f"Bearer {ADMIN}"}
LOOKER = {"Authorization": "Bearer looker-token"}
PLATE, KEY = "豫A00001", "豫A00001|yellow"
DAY_MS = 86_400_000


def done(number: int, kind: str, day: int, **body: Any) -> Done:
    return Done(f"act-{number:03d}", kind, day * DAY_MS, date(2026, 1, day), body)


WAY = [
    done(1, "publicised", 1, until="2026-01-08", medium="网站"),
    done(2, "objection-raised", 3, text="非本人"),
    done(3, "objection-rejected", 5, finding="查实"),
    done(4, "listed", 9, document="豫交信〔2026〕1号"),
    done(5, "repair-applied", 20, text="已学习"),
    done(6, "repair-granted", 25, finding="同意"),
]


def test_the_whole_way() -> None:
    on = listing_after(WAY[:4])
    assert (on.state, on.since, on.until) == ("listed", date(2026, 1, 9), date(2028, 1, 8))
    off = listing_after(WAY)
    assert (off.state, off.until, off.unfit) == ("removed", date(2026, 1, 25), ())


def test_who_is_removed_when_its_time_is_over_was_listed_no_longer_than_that() -> None:
    over = listing_after([*WAY[:4], Done("act-009", "removed", 900 * DAY_MS, date(2029, 1, 1), {"finding": "期满"})])
    assert (over.state, over.until, over.ended) == ("removed", date(2028, 1, 8), date(2028, 1, 8))


@given(st.permutations([*WAY, done(7, "objection-upheld", 26, finding="x")]))
def test_no_order_of_arrival_changes_a_listing(acts: list[Done]) -> None:
    listing = listing_after(acts)
    assert (listing.state, listing.unfit) == ("removed", ("act-007",))


EXPECTED = {
    ("proposed", "candidate-entered"), ("dismissed", "candidate-entered"), ("removed", "candidate-entered"),
    ("proposed", "publicised"), ("publicised", "objection-raised"), ("objected", "objection-rejected"),
    ("objected", "objection-upheld"), ("proposed", "dismissed"), ("publicised", "dismissed"),
    ("publicised", "listed"), ("listed", "repair-applied"), ("repair-applied", "repair-refused"),
    ("repair-applied", "repair-granted"), ("listed", "removed"), ("repair-applied", "removed"),
}  # fmt: skip
FULL = {name: "x" for step in STEPS.values() for name in step.needs} | {"until": "2026-01-20"}


@pytest.mark.parametrize(
    "state", ["proposed", "publicised", "objected", "dismissed", "listed", "repair-applied", "removed"]
)
@pytest.mark.parametrize("kind", STEPS)
def test_every_step_from_every_state(state: Any, kind: str) -> None:
    day = 21 if kind == "listed" else 10
    listing = Listing(state=state, publicised_until="2026-01-20")
    assert (refusal(listing, done(1, kind, day, **FULL)) is None) == ((state, kind) in EXPECTED)


@pytest.mark.parametrize(
    ("acts", "act", "told"),
    [
        (WAY[:1], done(9, "listed", 8, document="x"), "runs until 2026-01-08"),
        (WAY[:1], done(9, "objection-raised", 9, text="x"), "ended on 2026-01-08"),
        (WAY[:3], done(9, "listed", 9), "lacks document"),
        (WAY[:4], done(0, "dismissed", 2, finding="x"), "later acts"),
    ],
)
def test_what_is_too_early_too_late_or_incomplete_is_refused(acts: list[Done], act: Done, told: str) -> None:
    assert told in str(misfit(acts, act))


@pytest.mark.parametrize(
    ("record", "grade"),
    [
        (Record(20, 0, 0, False), "A"),
        (Record(19, 0, 0, False), "B"),
        (Record(400, 1, 0, False), "C"),
        (Record(400, 0, 3, False), "C"),
        (Record(400, 0, 4, False), "D"),
        (Record(400, 0, 0, True), "D"),
    ],
)
def test_who_kept_clean_is_graded_so(record: Record, grade: str) -> None:
    assert grade_of(record)[0] == grade


def test_there_are_ten_criteria() -> None:
    assert sorted(CRITERIA) == list(range(1, 11))
    assert {number for number, one in CRITERIA.items() if one.computed} == {1, 2, 3, 5, 8}


@pytest.fixture
async def http(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    readers = (ReaderSettings("looker", "looker-token", ("credit:read",)),)
    app = create_app(
        settings_of(tmp_path, readers=readers), clock=lambda: NOW, new_incarnation=lambda: "first", inline=True
    )
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://central") as client:
        client.central = app.state.central  # type: ignore[attr-defined]
        yield client
    app.state.central.close()


async def act(http: httpx.AsyncClient, path: str, kind: str, at: str, _code: int = 201, **body: Any) -> Any:
    document = {"id": f"{kind}-{at[5:10]}", "at": f"{at}T01:00:00Z", "why": "x", "kind": kind, **body}
    answer = await http.post(f"/api/v1/credit{path}", json=document, headers=WHOLE)
    assert answer.status_code == _code, answer.text
    await http.central.deriver.settle()  # type: ignore[attr-defined]
    return answer.json()


def propose(http: httpx.AsyncClient, party: str, key: str, state: str = "open") -> None:
    """As accumulation leaves it: a fourth decided case within the year."""

    def work(session: Any) -> None:
        row = ProposalRow(
            id=f"p-{party}", party=party, party_key=key, measure="revocation", clause="cn-reg593-2011 art.66",
            authority="home", case="c4", at_ms=DAY_MS, state=state, content=json.dumps({}),
        )  # fmt: skip
        session.merge(row)
        session.flush()
        derive_listings(session, party, key, facts_about(session, credit_subjects(party, key)))

    http.central.database.run_here(work)  # type: ignore[attr-defined]


def at_the_gates(http: httpx.AsyncClient) -> list[tuple[str, str]]:
    found = http.central.database.run_here(lambda s: whole_list(s, "2026-05-01"))  # type: ignore[attr-defined]
    Lists.model_validate({"listed": found})  # what a bulletin takes
    return [(row["plate"], row["status"]) for row in found]


PATH = f"/vehicle/{KEY}/1/acts"


async def test_a_listed_vehicle_is_at_the_gates_until_its_ground_falls(http: httpx.AsyncClient) -> None:
    refused = await act(http, PATH, "publicised", "2026-04-01", 409, until="2026-04-10", medium="网站")
    assert "nothing stands" in refused["error"]
    propose(http, "vehicle", KEY)
    await act(http, PATH, "publicised", "2026-04-01", until="2026-04-10", medium="网站")
    assert at_the_gates(http) == []
    await act(http, PATH, "listed", "2026-04-11", document="豫交信〔2026〕1号")
    assert at_the_gates(http) == [(PLATE, "discredited")]
    propose(http, "vehicle", KEY, "withdrawn")  # the decided case was annulled
    assert at_the_gates(http) == []
    answer = await http.get("/api/v1/credit/listings?to_withdraw=1", headers=WHOLE)
    assert [(row["id"], row["grounded"]) for row in answer.json()["rows"]] == [(f"vehicle|{KEY}|1", False)]
    answer = await http.get("/api/v1/credit/listings?state=listed", headers=LOOKER)
    assert [(row["id"], row["party_key"]) for row in answer.json()["rows"]] == [
        ("vehicle|豫A0***1|yellow|1", "豫A0***1|yellow")
    ]


async def test_the_third_criterion_needs_the_suspension_too(http: httpx.AsyncClient) -> None:
    propose(http, "enterprise", "e1")
    (row,) = (await http.get("/api/v1/credit/listings?party=enterprise", headers=WHOLE)).json()["rows"]
    assert (row["grounded"], row["content"]["lacking"]) == (False, "suspension-ordered")
    await act(http, "/enterprise/e1/3/acts", "suspension-ordered", "2026-04-02", document="责令停业")
    (row,) = (await http.get("/api/v1/credit/listings?party=enterprise", headers=WHOLE)).json()["rows"]
    assert (row["grounded"], row["content"]["lacking"]) == (True, None)


async def test_what_is_not_computed_is_entered_with_its_document(http: httpx.AsyncClient) -> None:
    path = "/repairer/r1/4/acts"
    await act(http, path, "candidate-entered", "2026-04-01", 409, ground="非法改装")
    await act(http, path, "candidate-entered", "2026-04-02", ground="非法改装", document="吊销决定 3号")
    (row,) = (await http.get("/api/v1/credit/listings?criterion=4", headers=WHOLE)).json()["rows"]
    assert (row["state"], row["grounded"]) == ("proposed", True)
    answer = await http.post("/api/v1/credit/vehicle/x/4/acts", json={}, headers=WHOLE)
    assert answer.status_code == 422


async def test_an_authoritys_mark_reaches_the_gates_and_leaves_them(http: httpx.AsyncClient) -> None:
    mark: dict[str, Any] = {"plate": PLATE, "colour": "yellow", "document": "重点监管名单", "ground": "吊销决定"}
    await act(http, "/marks", "vehicle-watched", "2026-04-01", **mark)
    await act(http, "/marks", "certificate-revoked", "2026-04-02", **mark)
    assert at_the_gates(http) == [(PLATE, "certificate-revoked"), (PLATE, "watched")]  # the gravest first
    await act(http, "/marks", "certificate-restored", "2026-04-03", **mark)
    assert at_the_gates(http) == [(PLATE, "watched")]
    answer = await http.get("/api/v1/credit/gate-lists", headers=LOOKER)
    assert [row["plate"] for row in answer.json()["rows"]] == ["豫A0***1"]


def test_a_list_that_is_too_long_for_a_bulletin_is_cut_behind_the_gravest() -> None:
    one = {
        "plate": PLATE,
        "colour": "yellow",
        "status": "watched",
        "since": "2026-01-01",
        "until": None,
        "source": "函" * 128,
    }
    many = [{**one, "plate": f"豫A{number:05d}"} for number in range(5_000)]
    kept = fitting(many)
    assert kept == many[: len(kept)]
    assert 0 < len(kept) < len(many)
    assert len(canonical({"listed": kept})) <= BULLETIN_BYTES_MAX
    assert fitting(many[:10]) == many[:10]


async def test_a_grade_says_what_it_stands_on(http: httpx.AsyncClient) -> None:
    answer = await http.get(f"/api/v1/credit/vehicle?plate={PLATE}&colour=yellow&period=2026", headers=WHOLE)
    assert (answer.json()["grade"], answer.json()["why"]) == ("B", "0 checks in the year, none over")
    clean = await http.get("/api/v1/credit/kept-clean?period=2026", headers=WHOLE)
    assert clean.json() == {"rows": [], "next": None}


async def test_who_was_checked_often_and_never_over_is_shown(http: httpx.AsyncClient) -> None:
    station = Place(STATION)
    for minute in range(20):
        station.weighed(minute, PLATE, 40_000)
        station.weighed(minute + 0.5, "豫A00002", 40_000 if minute else 60_000)
    for minute in range(19):
        station.weighed(minute + 0.2, "豫A00003", 40_000)
    await deliver_to(http.central, station.entries)  # type: ignore[attr-defined]
    rows = (await http.get("/api/v1/credit/kept-clean?period=2026", headers=WHOLE)).json()["rows"]
    assert [(row["plate"], row["checked"]) for row in rows] == [(PLATE, 20)]
    asked = f"/api/v1/credit/vehicle?plate={PLATE}&colour=yellow&period=2026"
    assert (await http.get(asked, headers=WHOLE)).json()["grade"] == "A"
    propose(http, "vehicle", KEY)
    await act(http, PATH, "publicised", "2026-04-01", until="2026-04-10", medium="网站")
    await act(http, PATH, "listed", "2026-04-11", document="x")
    assert (await http.get(asked, headers=WHOLE)).json()["grade"] == "D"
    assert (await http.get("/api/v1/credit/kept-clean?period=2026", headers=WHOLE)).json()["rows"] == []


async def test_a_source_enterprise_that_kept_clean_is_shown_beside_one_that_did_not(http: httpx.AsyncClient) -> None:
    register: dict[str, Any] = {"why": "名录", "kind": "source-registered", "source_kind": "mine", "region": "410000"}
    register |= {"authority": "县", "key_unit": True, "at": "2026-04-01T01:00:00Z"}
    for source, site in (("s1", QUARRY), ("s2", STATION), ("s3", "nowhere")):
        said = {**register, "id": f"register-{source}", "name": source, "sites": [site]}
        answer = await http.post(f"/api/v1/sources/{source}/acts", json=said, headers=WHOLE)
        assert answer.status_code == 201, answer.text
    quarry, station = Place(QUARRY), Place(STATION)
    for minute in range(20):
        quarry.weighed(minute, f"豫B{minute:05d}", 40_000)
    held = quarry.weighed(30, PLATE, 60_000)
    await deliver_to(http.central, quarry.entries)  # type: ignore[attr-defined]

    async def graded() -> list[tuple[Any, ...]]:
        rows, mark = list[Any](), ""
        while True:  # a page of one, to the end
            page = await http.get(f"/api/v1/credit/sources?period=2026&limit=1{mark}", headers=LOOKER)
            rows += page.json()["rows"]
            if page.json()["next"] is None:
                return [tuple(row[name] for name in ("source", "grade", "checked", "exceeded")) for row in rows]
            mark = f"&after={page.json()['next']}"

    assert await graded() == [("s1", "A", 21, 0), ("s2", "B", 0, 0), ("s3", "B", 0, 0)]
    station.weighed(90, PLATE, 60_200)  # it left like this
    await deliver_to(http.central, station.entries)  # type: ignore[attr-defined]
    assert (await graded())[0] == ("s1", "C", 21, 1)
    quarry.let_go(31, held, PLATE)
    await deliver_to(http.central, quarry.entries[-1:])  # type: ignore[attr-defined]
    assert (await graded())[0] == ("s1", "C", 21, 2), "and is a lead against it"
