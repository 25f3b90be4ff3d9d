"""The examples that OpenAPI shows for cases are what central takes; lists are paged and know their filters."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from roads import PICTURE, SEEN, Centre, Place

PLATE = "豫A12345"


@pytest.fixture
async def centre(tmp_path: Path) -> AsyncIterator[Centre]:
    station = Place("station-1", "checkpoint")
    station.journal = "j1"  # as the examples name it
    made = Centre(tmp_path, [station])
    await made.has_picture(PICTURE, station)
    caught = [station.sees(PLATE, f"2026-0{month}-01 15:00", 58_400, pictures=SEEN) for month in (5, 6, 7)]
    await made.take(station, *caught)
    yield made
    await made.close()


def examples(schema: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Every example of a statement, by its address."""
    return {
        address: content["example"]
        for address, methods in schema["paths"].items()
        for content in methods.get("post", {}).get("requestBody", {}).get("content", {}).values()
        if "example" in content
    }


async def test_the_shown_examples_are_taken(centre: Centre) -> None:
    shown = examples(centre.app.openapi())
    filed = shown["/api/v1/cases"]
    answer = await centre.http.post("/api/v1/cases", json=filed)
    assert answer.status_code == 409, "made in the future of this clock"
    assert answer.json().keys() >= {"error", "cure", "clause", "missing"}
    address = f"cases/{filed['id']}"
    await centre.say("cases", "2026-05-01 17:00", **{name: filed[name] for name in filed if name != "at"})
    shown_officers = {"officers": filed["officers"], "certificates_shown": True}
    await centre.say(f"{address}/moves/complete", "2026-05-02 17:00", **shown_officers)
    told = shown["/api/v1/cases/{case}/moves/{move}"]
    case = await centre.say(f"{address}/moves/tell", "2026-05-03 17:00", **{n: told[n] for n in told if n != "at"})
    assert case["state"] == "told"
    police = shown["/api/v1/police-decisions"]
    found = await centre.say("police-decisions", "2026-05-04 17:00", **{n: police[n] for n in police if n != "at"})
    assert found["weighing"] == "j1/1"


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


async def test_a_reader_without_the_scope_writes_nothing(centre: Centre) -> None:
    answer = await centre.http.get("/api/v1/cases", headers={"Authorization": "Bearer wrong-token"})
    assert answer.status_code == 401
