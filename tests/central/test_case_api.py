"""The examples that OpenAPI shows for cases are what central takes; lists are paged and know their filters."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from roads import PICTURE, SEEN, Centre, Place, moment

PLATE = "豫A12345"


@pytest.fixture
async def centre(tmp_path: Path) -> AsyncIterator[Centre]:
    station = Place("station-1", "checkpoint")
    station.journal = "j1"  # as the examples name it
    made = Centre(tmp_path, [station])
    await made.has_picture(PICTURE, station)
    masses = {5: 58_400, 6: 49_900, 7: 58_400}
    caught = [station.sees(PLATE, f"2026-0{month}-01 15:00", kg, pictures=SEEN) for month, kg in masses.items()]
    await made.take(station, *caught)
    yield made
    await made.close()


def examples(schema: dict[str, Any]) -> dict[str, dict[str, Any] | None]:
    """What every statement about leads, cases and parties is shown to look like, by its address."""
    found = {}
    for address, methods in schema["paths"].items():
        if set(methods.get("post", {}).get("tags", ())) & {"leads", "cases", "parties"}:
            found[address.removeprefix("/api/v1/")] = methods["post"]["requestBody"]["content"]["application/json"].get(
                "example"
            )
    return found


SAID_IN_ORDER = (
    ("parties/enterprise/fleet", "parties/enterprise/fleet?key=ent-1"),
    ("parties/enterprise/share-found", "parties/enterprise/share-found?key=ent-1"),
    ("parties/{party}/certificate", "parties/vehicle/certificate?key=豫A12345|yellow"),
    ("leads/{kind}/{journal}/{seq}/review", "leads/checkpoint/j1/1/review"),
    ("leads/{kind}/{journal}/{seq}/dismiss", "leads/checkpoint/j1/3/dismiss"),
    ("cases", "cases"),
    ("cases/{case}/party-known", "cases/case-2026-0001/party-known"),
    ("cases/{case}/evidence-confirmed", "cases/case-2026-0001/evidence-confirmed"),
    ("cases/{case}/circumstance-found", "cases/case-2026-0001/circumstance-found"),
    ("cases/{case}/looked-again", "cases/case-2026-0001/looked-again"),
    ("cases/{case}/moves/{move}", "cases/case-2026-0001/moves/tell"),
    ("police-decisions", "police-decisions"),
    ("cases/on-spot", "cases/on-spot"),
)
PROPOSAL = "proposals/{proposal}/{step}"


async def test_the_shown_examples_are_taken(centre: Centre) -> None:
    shown = examples(centre.app.openapi())
    assert sorted(shown) == sorted([*(address for address, _ in SAID_IN_ORDER), PROPOSAL])
    centre.now = moment("2027-01-01 00:00")  # all of them lie behind it
    complete = {"id": "complete-0001", "at": "2026-05-02T00:00:00Z", "why": "done", "officers": ["1", "2"]}
    for address, where in SAID_IN_ORDER:
        if where.endswith("/tell"):
            body = {**complete, "certificates_shown": True}
            answer = await centre.http.post("/api/v1/cases/case-2026-0001/moves/complete", json=body)
            assert answer.status_code == 200, answer.text
        answer = await centre.http.post(f"/api/v1/{where}", json=shown[address])
        assert answer.status_code in (200, 201, 202), (where, answer.text)
        await centre.central.deriver.settle()
    answer = await centre.http.post(f"/api/v1/proposals/p-{'0' * 24}/sent", json=shown[PROPOSAL])
    assert answer.status_code == 404, "well said, of a proposal that nobody made"


async def test_an_authority_that_nobody_names_files_nothing(centre: Centre) -> None:
    answer = await centre.offer("cases", "2026-07-02 09:00", entry="j1/3", officers=["1", "2"])
    assert answer.status_code == 422
    assert "cases.authority" in answer.json()["cure"]


async def test_a_statement_of_the_future_is_refused_with_what_is_missing(centre: Centre) -> None:
    answer = await centre.http.post("/api/v1/cases", json=examples(centre.app.openapi())["cases"])
    assert answer.status_code == 409
    assert answer.json().keys() == {"error", "cure", "clause", "missing"}


async def test_lists_are_paged_and_filtered(centre: Centre) -> None:
    first = await centre.get("leads", limit=2)
    second = await centre.get("leads", limit=2, after=first["next"])
    ids = [one["entry"] for one in (*first["rows"], *second["rows"])]
    assert ids == ["j1/3", "j1/2", "j1/1"]
    assert second["next"] is None
    june = await centre.get("leads", **{"from": "2026-06-01", "until": "2026-06-30"})
    assert [one["entry"] for one in june["rows"]] == ["j1/2"]
    assert (await centre.get("acts", plate=PLATE, limit=1))["rows"][0]["id"] == "j1/3"
    assert (await centre.get("leads", state="filed"))["rows"] == []
    unknown = await centre.http.get("/api/v1/leads", params={"plat": PLATE})
    assert unknown.status_code == 422


async def test_what_is_not_here_is_said_so(centre: Centre) -> None:
    for address in ("cases/case-nowhere", "leads/checkpoint/j1/99", "evidence-check/j1/99"):
        answer = await centre.http.get(f"/api/v1/{address}")
        assert answer.status_code == 404, address
    answer = await centre.offer("cases", "2026-08-01 09:00", entry="j9/1", authority="示例")
    assert answer.status_code == 404
    answer = await centre.offer("cases/case-nowhere/moves/serve", "2026-08-01 09:00", how="post")
    assert answer.status_code == 404
    answer = await centre.offer("cases/case-nowhere/moves/hang", "2026-08-01 09:00")
    assert answer.status_code == 404


@pytest.mark.parametrize("address", ["leads", "leads/checkpoint/j1/1", "acts", "cases", "records", "traces"])
async def test_who_may_not_see_persons_reads_no_plate_anywhere(centre: Centre, address: str) -> None:
    answer = await centre.http.get(f"/api/v1/{address}", headers={"Authorization": "Bearer reader-token-1"})
    assert (answer.status_code, PLATE in answer.text) == (200, False)


async def test_a_reader_without_the_scope_writes_nothing(centre: Centre) -> None:
    answer = await centre.http.get("/api/v1/cases", headers={"Authorization": "Bearer wrong-token"})
    assert answer.status_code == 401
