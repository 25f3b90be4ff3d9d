"""Figures and traces over the API: filtered, paged without a gap, masked for whoever may not see persons, and noted."""

import base64
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from boxes import ADMIN, NOW
from places import central_of, deliver, settings_of
from test_counted_and_traced import AS_RELEASED, TOPPED_UP, story

from central.bootstrap import create_app
from central.scopes import ReaderSettings

WHOLE = {"Authorization": f"Bearer {ADMIN}"}
COUNTER = {"Authorization": "Bearer counter-token"}


@pytest.fixture(scope="module")
def stood(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A central that holds the story of two days, derived; made once and copied."""
    folder = tmp_path_factory.mktemp("told")
    central = central_of(folder)
    deliver(central, story())
    central.close()
    return folder


@pytest.fixture
async def http(stood: Path, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    for name in ("central.db", "central.key"):
        shutil.copy(stood / name, tmp_path / name)
    readers = (ReaderSettings("counter", "counter-token", ("statistics:read", "cases:read")),)
    app = create_app(
        settings_of(tmp_path, readers=readers), clock=lambda: NOW, new_incarnation=lambda: "first", inline=True
    )
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://central") as client:
        client.settle = app.state.central.deriver.settle  # type: ignore[attr-defined]
        yield client
    app.state.central.close()


async def got(http: httpx.AsyncClient, path: str, headers: dict[str, str] = WHOLE) -> Any:
    answer = await http.get(f"/api/v1{path}", headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_series_adds_up_sites_and_says_rate_and_bands(http: httpx.AsyncClient) -> None:
    page = await got(http, "/statistics/series?unit=day&from=2026-05-01&until=2026-05-02")
    assert [row["period"] for row in page["rows"]] == ["2026-05-01", "2026-05-02"]
    first = page["rows"][0]
    assert (first["checked"], first["exceeded"], first["rate"]) == (5, 4, "0.8000")
    assert first["bands"] == {"0-10": 0, "10-20": 2, "20-50": 0, "50-100": 0, "over-100": 2}
    of_tolls = await got(http, "/statistics/series?kind=toll-entrance")
    assert [(row["period"], row["checked"], row["refused"]) for row in of_tolls["rows"]] == [("2026-05", 2, 1)]
    kinds = await got(http, "/statistics/kinds")
    assert {row["kind"]: row["checked"] for row in kinds["rows"]} == {
        "checkpoint": 4,
        "source-exit": 2,
        "toll-entrance": 2,
    }


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("/statistics/sites?unit=month", "site"),
        ("/statistics/repeat-offenders?period=2026-05&at_least=1", "plate"),
        ("/statistics/hundred-tonnes?from=2026-05-01", "entry"),
        ("/traces?from=2026-05-01", "entry"),
    ],
)
async def test_pages_of_one_row_are_the_whole_list(http: httpx.AsyncClient, path: str, key: str) -> None:
    whole = (await got(http, path))["rows"]
    assert len(whole) >= 2
    found, after = [], ""
    while True:
        page = await got(http, f"{path}&limit=1{after}")
        found += page["rows"]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert found == whole
    assert [row[key] for row in found] == [row[key] for row in whole]


async def test_the_worst_come_first(http: httpx.AsyncClient) -> None:
    offenders = await got(http, "/statistics/repeat-offenders?period=2026&at_least=2")
    assert [(row["plate"], row["exceeded"]) for row in offenders["rows"]] == [(TOPPED_UP, 2), (AS_RELEASED, 2)]
    sources = await got(http, "/statistics/top-sources?period=2026-05")
    assert [(row["site"], row["blamed"], row["loaded_after"]) for row in sources["rows"]] == [("quarry-1", 1, 2)]


async def test_who_may_not_see_persons_sees_masked_plates(http: httpx.AsyncClient) -> None:
    rows = (await got(http, "/traces?result=same-load&kind=source-exit", COUNTER))["rows"]
    assert [row["plate"] for row in rows] == ["豫A0***2"]
    rows = (await got(http, "/statistics/repeat-offenders?period=2026-05", COUNTER))["rows"]
    assert {row["plate"] for row in rows} == {"豫A0***1", "豫A0***2"}


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/statistics/series?unit=day", "days need query.from and query.until"),
        ("/statistics/series?units=day", "query.units: unknown"),
        ("/statistics/top-sources?period=2026-13", "no month or year"),
        ("/statistics/sites?after=abc", "no page of this list"),
        ("/traces?result=guilty", "query.result"),
    ],
)
async def test_a_question_that_cannot_be_answered_says_why(http: httpx.AsyncClient, path: str, told: str) -> None:
    answer = await http.get(f"/api/v1{path}", headers=WHOLE)
    assert answer.status_code == 422
    assert told in answer.json()["error"]


async def test_the_mark_of_a_page_names_no_vehicle(http: httpx.AsyncClient) -> None:
    page = await got(http, "/statistics/repeat-offenders?period=2026-05&at_least=1&limit=1", COUNTER)
    mark = page["next"]
    opened = base64.urlsafe_b64decode(mark + "=" * (-len(mark) % 4))
    assert TOPPED_UP.encode() not in opened
    assert page["rows"][0]["plate"] == "豫A0***1"
    forged = base64.urlsafe_b64encode(b'[9, "x", "y"]').decode()
    answer = await http.get(f"/api/v1/statistics/repeat-offenders?period=2026-05&after={forged}", headers=WHOLE)
    assert answer.status_code == 422


async def test_positions_that_come_late_change_what_is_said(http: httpx.AsyncClient) -> None:
    driven = [
        {
            "plate": TOPPED_UP,
            "at": f"2026-05-01T0{minute // 60}:{minute % 60:02d}:00Z",
            "speed_kmh": 60,
            "longitude_e6": 113_000_000 + minute,
            "latitude_e6": 34_000_000,
        }
        for minute in range(0, 121, 10)
    ]
    for _ in range(2):
        answer = await http.post("/api/v1/positions", json={"positions": driven}, headers=WHOLE)
        assert answer.status_code == 202
    await http.settle()  # type: ignore[attr-defined]
    rows = (await got(http, f"/traces?plate={TOPPED_UP}&site=station-1&kind=source-exit"))["rows"]
    assert [(row["result"], row["content"]["notes"]) for row in rows] == [("record-false", ["no-stop-on-the-way"])]
