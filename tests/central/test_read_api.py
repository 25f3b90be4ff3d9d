"""What central answers to readers, and that without its database it acknowledges nothing."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from boxes import ADMIN, TOKEN, Box
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from gateway.contract.entry import StoredEntry
from gateway.contract.wire import BATCH_CONTENT_TYPE, batch_of

SITE_HEADERS = {"Authorization": f"Bearer {TOKEN}", "Content-Type": BATCH_CONTENT_TYPE}
TOLL_HEADERS = {"Authorization": "Bearer site-token-2", "Content-Type": BATCH_CONTENT_TYPE}
ADMIN_HEADERS = {"Authorization": f"Bearer {ADMIN}"}


def weighing(box: Box, plate: str, outcome: str, action: str) -> StoredEntry:
    return box.make(
        identity={"plate": plate, "colour": "yellow"},
        measurement={"gross_kg": 48_760},
        judgement={"road_limit": {"outcome": outcome, "excess_kg": 0}, "action": action},
    )


async def offer(client: httpx.AsyncClient, entries: list[StoredEntry], headers: dict[str, str]) -> httpx.Response:
    return await client.post("/api/v1/entries", content=batch_of(entries, "any"), headers=headers)


async def fill(client: httpx.AsyncClient) -> None:
    """Four entries of quarry-1 (j1) and one of toll-1 (t1)."""
    box, toll = Box(), Box("toll-1", "t1", b"toll")
    weighing(box, "豫A11111", "within", "release")
    weighing(box, "豫A22222", "exceeded", "hold")
    weighing(box, "豫A22222", "undetermined", "hold")
    box.make("release", weighing="j1/2", by="keeper", reason="unloaded")
    weighing(toll, "豫A22222", "exceeded", "refuse")
    for entries, headers in ((box.entries, SITE_HEADERS), (toll.entries, TOLL_HEADERS)):
        assert (await offer(client, entries, headers)).status_code == 200


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, ["j1/4", "j1/3", "j1/2", "t1/1", "j1/1"]),
        ({"site": "quarry-1"}, ["j1/4", "j1/3", "j1/2", "j1/1"]),
        ({"site": "toll-1"}, ["t1/1"]),
        ({"plate": "豫A22222"}, ["j1/3", "j1/2", "t1/1"]),
        ({"type": "release"}, ["j1/4"]),
        ({"outcome": "exceeded"}, ["j1/2", "t1/1"]),
        ({"plate": "豫A22222", "site": "quarry-1", "outcome": "exceeded"}, ["j1/2"]),
        ({"plate": "豫A2222_"}, []),
        ({"plate": "' OR 1=1 --"}, []),
        ({"after": "j1/2"}, ["t1/1", "j1/1"]),
    ],
    ids=lambda value: ",".join(value) if isinstance(value, dict) else "",
)
async def test_filters_find_exactly_what_they_name(
    client: httpx.AsyncClient, asked: dict[str, str], found: list[str]
) -> None:
    await fill(client)
    answer = await client.get("/api/v1/records", params=asked, headers=ADMIN_HEADERS)
    assert [record["id"] for record in answer.json()["records"]] == found


async def test_statistics_count_by_site(client: httpx.AsyncClient) -> None:
    await fill(client)
    answer = await client.get("/api/v1/statistics", headers=ADMIN_HEADERS)
    assert answer.json() == {
        "entries": 5,
        "types": {"quarry-1": {"weighing": 3, "release": 1}, "toll-1": {"weighing": 1}},
        "outcomes": {"quarry-1": {"within": 1, "exceeded": 1, "undetermined": 1}, "toll-1": {"exceeded": 1}},
        "actions": {"quarry-1": {"release": 1, "hold": 2}, "toll-1": {"refuse": 1}},
    }


@pytest.mark.parametrize("place", ["nowhere", "j1/0", "j1/999999999999999999", "j1/99"])
async def test_a_wrong_place_is_answered_with_a_cure(client: httpx.AsyncClient, place: str) -> None:
    answer = await client.get("/api/v1/records", params={"after": place}, headers=ADMIN_HEADERS)
    assert answer.status_code in (404, 422)
    assert answer.json()["cure"]


@contextmanager
def gone(database_url: str) -> Iterator[Callable[[], None]]:
    """Takes the database away from central: PostgreSQL shuts everyone out, SQLite loses its tables. Yields the cure."""
    url = make_url(database_url)
    admin = url if url.get_backend_name() == "sqlite" else url.set(database="postgres")
    engine = create_engine(admin, isolation_level="AUTOCOMMIT")

    def do(*statements: str) -> None:
        with engine.connect() as connection:
            for statement in statements:
                connection.execute(text(statement))

    if url.get_backend_name() == "sqlite":
        taken: Any = ["ALTER TABLE entries RENAME TO elsewhere"]
        given = "ALTER TABLE elsewhere RENAME TO entries"
    else:
        end = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{url.database}'"
        taken = [f"ALTER DATABASE {url.database} WITH ALLOW_CONNECTIONS false", end]
        given = f"ALTER DATABASE {url.database} WITH ALLOW_CONNECTIONS true"
    do(*taken)
    try:
        yield lambda: do(given)
    finally:
        engine.dispose()


async def test_without_its_database_central_acknowledges_nothing_and_recovers(
    client: httpx.AsyncClient, box: Box, database_url: str
) -> None:
    entries = [box.weigh(), box.weigh()]
    assert (await offer(client, entries[:1], SITE_HEADERS)).status_code == 200
    with gone(database_url) as bring_back:
        refused = await offer(client, entries, SITE_HEADERS)
        assert refused.status_code == 503
        assert refused.headers["retry-after"] == "5"
        assert set(refused.json()) == {"error", "cure"}
        assert "offer it again" in refused.json()["cure"]
        assert (await client.get("/api/v1/records", headers=ADMIN_HEADERS)).status_code == 503
        assert (await client.get("/healthz")).status_code == 200
        bring_back()
    answer = await offer(client, entries, SITE_HEADERS)
    assert [ack["through"] for ack in answer.json()] == [2]
