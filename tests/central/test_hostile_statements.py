"""Whatever a token's holder states, or a box with a mad clock signs: it is refused by name, and central goes on."""

from collections.abc import AsyncIterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from roads import OFFICERS, Centre, Place, token_of

from central.answers import BODY_BYTES_MAX
from gateway.contract.entry import StoredEntry
from gateway.contract.wire import BATCH_CONTENT_TYPE, batch_of

PLATE, KEY, AT = "豫A12345", "豫A12345|yellow", "2026-03-02T04:00:00Z"
POINTS = {"party": "driver", "kind": "points", "act": "overload", "clause": "cn-points-rules-2021", "points": 1}
DECISION = {
    "number": "示例-1", "authority": "示例交警", "plate": PLATE, "colour": "yellow", "happened": "2026-03-02T00:00:00Z",
    "measures": [POINTS],
}  # fmt: skip
MARK = {"kind": "vehicle-watched", "plate": PLATE, "colour": "yellow", "document": "d", "apart": True}
STATEMENTS: dict[str, dict[str, Any]] = {
    "cases": {"entry": "station-1-j/1", "officers": OFFICERS, "authority": "示例"},
    "police-decisions": DECISION,
    "leads/checkpoint/station-1-j/1/review": {"legal": True},
    "leads/checkpoint/station-1-j/1/dismiss": {},
    "parties/enterprise/fleet?key=ent-1": {"vehicles": 3},
    "parties/vehicle/certificate?key=k": {"first_issued": "2020-01-01"},
    "sources/s1/acts": {
        "kind": "source-registered", "name": "n", "source_kind": "mine", "region": "410000", "authority": "a",
        "key_unit": True, "sites": [],
    },
    "credit/marks": MARK,
    f"credit/vehicle/{KEY}/1/acts": {
        "kind": "candidate-entered", "ground": "g", "document": "d", "apart": True,
    },
    "joint-duties": {
        "kind": "joint-duty", "site": "s", "until": "2026-03-02T05:00:00Z", "authorities": ["a", "b"], "officers": 2,
    },
    "persons/erasures": {"ended_before": "2026-01-01"},
}  # fmt: skip
BEYOND = ["0001-01-01T08:00:00Z", "0001-01-01T00:00:00+14:00", "1969-12-31T23:59:59Z", "9999-12-31T23:59:59-12:00"]
LISTS = [
    "leads", "acts", "cases", "proposals", "records", "traces", "statistics", "source-items", "credit/listings",
    "referrals", "joint-duties", "accesses", "persons/erasures", "statistics/hundred-tonnes",
    "statistics/series?unit=day", "source-ledger?source=s1",
]  # fmt: skip


@pytest.fixture
async def centre(tmp_path: Path) -> AsyncIterator[Centre]:
    station = Place("station-1", "checkpoint")
    made = Centre(tmp_path, [station])
    await made.take(station, station.sees(PLATE, "2026-03-02 10:00", 58_400))
    made.now = made.now.replace(month=11)
    yield made
    await made.close()


async def stated(centre: Centre, address: str, **said: Any) -> tuple[int, dict[str, Any]]:
    body = {"id": "said-00000001", "at": AT, "why": "x", **STATEMENTS[address], **said}
    answer = await centre.http.post(f"/api/v1/{address}", json=body)
    await centre.settle()
    return answer.status_code, answer.json()


async def test_what_was_done_beyond_the_calendar_or_tomorrow_is_refused(centre: Centre) -> None:
    for number, address in enumerate(STATEMENTS):
        for at in BEYOND:
            code, said = await stated(centre, address, at=at)
            assert (code, "1970" in said["error"]) == (422, True), (address, at)
        code, said = await stated(centre, address, at="2027-03-02T04:00:00Z")
        assert (code in (409, 422), said.keys() >= {"error", "cure"}) == (True, True), address
        code, said = await stated(centre, address, id=f"said-1000000{number}")
        assert code in (200, 201, 202), said


async def test_no_text_holds_what_a_database_does_not_take(centre: Centre) -> None:
    for address, body in STATEMENTS.items():
        for name in ("why", *(name for name, value in body.items() if isinstance(value, str))):
            code, said = await stated(centre, address, **{name: "a\0b"})
            assert (code, name in said["error"]) == (422, True), (address, name)


async def test_what_is_blank_says_nothing(centre: Centre) -> None:
    """A telling whose facts are a space tells nobody of any (Administrative Penalty Law art. 44)."""
    for address in STATEMENTS:
        code, said = await stated(centre, address, why=" \u3000\n")
        assert (code, "why" in said["error"]) == (422, True), address
    for blank in ("facts", "reasons", "basis", "statement", "outcome"):
        code, said = await stated(centre, "cases", **{blank: " "})
        assert (code, blank in said["error"]) == (422, True), blank
    code, said = await stated(centre, "sources/s1/acts", name="\t")
    assert (code, "name" in said["error"]) == (422, True)


async def test_a_day_that_is_none_never_reaches_the_gates(centre: Centre) -> None:
    for until in ("2026-02-31", "9999-12-31"):
        code, said = await stated(centre, "credit/marks", until=until)
        assert (code, "until" in said["error"]) == (422, True)


def seen_at(moment: str) -> StoredEntry:
    place = Place("station-1", "checkpoint", journal=f"mad-{moment[:4]}")
    return place.make(
        at=moment,
        place={"kind": "checkpoint", "enforcement_mode": "transport"},
        identity={"plate": PLATE, "colour": "yellow"},
        measurement={"gross_kg": 60_000},
        judgement={"road_limit": {"outcome": "exceeded", "excess_kg": 11_000}, "action": "hold", "consequence": "case"},
    )


@pytest.mark.parametrize(
    ("at", "parked"),
    [("0001-01-01", True), ("1969-12-31", True), ("1970-01-01", False), ("9998-12-31", False), ("9999-12-31", True)],
)
async def test_an_entry_of_a_mad_clock_is_parked_and_stops_nobody(centre: Centre, at: str, parked: bool) -> None:
    headers = {"Authorization": f"Bearer {token_of('station-1')}", "Content-Type": BATCH_CONTENT_TYPE}
    body = batch_of([seen_at(f"{at}T23:59:59.000Z")], "station-1")
    [ack] = (await centre.http.post("/api/v1/entries", content=body, headers=headers)).json()
    assert bool(ack["quarantined"]) == parked
    await centre.settle()
    assert len((await centre.get("leads", plate=PLATE))["rows"]) == 2 - parked


async def test_a_time_that_cannot_be_reckoned_with_is_named(centre: Centre) -> None:
    times = ("from=0001-01-01T00:00:00%2B14:00", "until=9999-12-31T23:59:59-12:00", "from=0001-01-01")
    for address, asked in product(LISTS, times):
        joined = "&" if "?" in address else "?"
        answer = await centre.http.get(f"/api/v1/{address}{joined}{asked}")
        assert (answer.status_code, "1970" in answer.json()["error"]) == (422, True), (address, asked)


async def test_a_count_is_asked_for_in_known_words(centre: Centre) -> None:
    for name, asked in (("on", "9999-12-31"), ("on", "0001-01-01"), ("key", "a\0b"), ("nonsense", "1")):
        answer = await centre.http.get("/api/v1/parties/vehicle/count", params={"key": "x"} | {name: asked})
        assert (answer.status_code, name in answer.json()["error"]) == (422, True)


async def test_a_body_that_is_none_is_refused_in_our_words(centre: Centre) -> None:
    headers = {"content-type": "application/json", "authorization": "Bearer nobody's"}
    number, long = b'{"id":' + b"9" * 5_000 + b"}", b" " * (BODY_BYTES_MAX + 1)
    for content, code in ((b"{", 422), (b"[" * 100_000, 400), (number, 400), (long, 413)):
        answer = await centre.http.post("/api/v1/cases", content=content, headers=headers)
        assert (answer.status_code, answer.json().keys()) == (code, {"error", "cure"})


async def test_a_statement_longer_than_a_fact_is_refused(centre: Centre) -> None:
    long = dict.fromkeys(("facts", "reasons", "basis", "statement", "outcome", "expressly"), "超" * 4_000)
    code, said = await stated(
        centre, "cases", **{**long, "expressly": True, "measures": [{**POINTS, "mitigated": "减" * 4_000}]}
    )
    assert (code, "65536" in said["error"]) == (413, True)


async def test_an_address_that_is_none_is_refused_in_our_words(centre: Centre) -> None:
    nowhere, deleted = await centre.http.get("/api/v1/nothing"), await centre.http.delete("/api/v1/cases")
    assert (nowhere.status_code, nowhere.json().keys()) == (404, {"error", "cure"})
    assert (deleted.status_code, deleted.headers["allow"]) == (405, "GET")
