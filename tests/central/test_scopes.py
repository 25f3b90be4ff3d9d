"""A reader's token opens what its scopes name and nothing else; a query that is not understood is refused by name."""

from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest
from boxes import ADMIN, NOW, TOKEN, Box

from central.bootstrap import create_app
from central.scopes import ReaderSettings
from central.settings import CentralSettings
from gateway.contract.wire import BATCH_CONTENT_TYPE, batch_of

COUNTER = {"Authorization": "Bearer counter-token"}
CLERK = {"Authorization": "Bearer clerk-token"}
WHOLE = {"Authorization": f"Bearer {ADMIN}"}


@pytest.fixture
async def doors(lite: CentralSettings) -> AsyncIterator[httpx.AsyncClient]:
    readers = (
        ReaderSettings("counter", "counter-token", ("statistics:read",)),
        ReaderSettings("clerk", "clerk-token", ("records:read",)),
    )
    app = create_app(replace(lite, readers=readers), clock=lambda: NOW, new_incarnation=lambda: "first")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://central") as http:
        yield http
    app.state.central.close()


async def test_a_scope_opens_its_own_addresses_only(doors: httpx.AsyncClient) -> None:
    assert (await doors.get("/api/v1/records", headers=CLERK)).status_code == 200
    refused = await doors.get("/api/v1/records", headers=COUNTER)
    assert refused.status_code == 403
    assert "'records:read'" in refused.json()["error"]
    assert "'counter'" in refused.json()["cure"]
    assert (await doors.get("/api/v1/records", headers=WHOLE)).status_code == 200


@pytest.mark.parametrize("token", ["", "counter-toke", TOKEN])
async def test_a_token_that_is_no_readers_opens_nothing(doors: httpx.AsyncClient, token: str) -> None:
    answer = await doors.get("/api/v1/records", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("sit=quarry-1", "query.sit: unknown"),
        ("from=yesterday", "'yesterday' is no time; write 2026-05-01"),
        ("until=2026-05-01T08:00:00", "has no time zone"),
        ("from=2026-05-02&until=2026-05-01", "from is not before until"),
        ("limit=501", "query.limit"),
    ],
)
async def test_a_query_that_is_not_understood_is_refused_by_name(
    doors: httpx.AsyncClient, asked: str, told: str
) -> None:
    answer = await doors.get(f"/api/v1/records?{asked}", headers=CLERK)
    assert answer.status_code == 422
    assert told in answer.json()["error"]


async def test_a_clerk_sees_records_but_no_plates(doors: httpx.AsyncClient) -> None:
    box = Box()
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": BATCH_CONTENT_TYPE}
    await doors.post("/api/v1/entries", content=batch_of([box.weigh()], "any"), headers=headers)
    for path in ("/api/v1/records", "/api/v1/records/j1/1"):
        assert "豫A12345" not in (await doors.get(path, headers=CLERK)).text
        assert "豫A12345" in (await doors.get(path, headers=WHOLE)).text
    assert (await doors.get("/api/v1/records/j1/1", headers=CLERK)).json()["data_base64"] is None
    assert (await doors.get(f"/api/v1/evidence/{'a' * 64}", headers=CLERK)).status_code == 403


async def test_an_address_without_a_query_takes_none(doors: httpx.AsyncClient) -> None:
    answer = await doors.get("/api/v1/records/j1/1?site=quarry-1", headers=CLERK)
    assert answer.status_code == 422
    assert "'site'" in answer.json()["error"]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("from=2026-05-01", 3),
        ("until=2026-04-30", 0),
        ("from=2026-05-01T07:00:02Z", 2),  # included
        ("until=2026-05-01T15:00:02%2B08:00", 1),  # not included
        ("from=2026-05-01T07:00:02Z&until=2026-05-01T07:00:03Z", 1),
    ],
)
async def test_records_of_a_time(doors: httpx.AsyncClient, asked: str, found: int) -> None:
    box = Box()
    entries = [box.weigh() for _ in range(3)]  # at 07:00:01, :02, :03
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": BATCH_CONTENT_TYPE}
    assert (await doors.post("/api/v1/entries", content=batch_of(entries, "any"), headers=headers)).status_code == 200
    answer = await doors.get(f"/api/v1/records?{asked}", headers=CLERK)
    assert len(answer.json()["records"]) == found
