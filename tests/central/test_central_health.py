"""Alive, ready and counted: what a supervisor, a balancer and a Prometheus learn of central."""

import asyncio
import hashlib
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from boxes import NOW, TOKEN, Box
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from central.bootstrap import create_app
from central.settings import CentralSettings, MqttSettings
from gateway.contract.entry import StoredEntry
from gateway.contract.wire import BATCH_CONTENT_TYPE, batch_of

SQLITE_ONLY = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
HEADERS = {"Authorization": f"Bearer {TOKEN}", "Content-Type": BATCH_CONTENT_TYPE}


async def offer(client: httpx.AsyncClient, *entries: StoredEntry) -> None:
    answer = await client.post("/api/v1/entries", content=batch_of(list(entries), "quarry-1"), headers=HEADERS)
    assert answer.status_code == 200, answer.text


async def counted(client: httpx.AsyncClient) -> dict[str, float]:
    """Every sample of /metrics, as name{label,…} → value."""
    found = {}
    for family in text_string_to_metric_families((await client.get("/metrics")).text):
        for sample in family.samples:
            labels = ",".join(sample.labels[name] for name in sorted(sample.labels))
            found[f"{sample.name}{{{labels}}}"] = sample.value
    return found


@asynccontextmanager
async def central_of(settings: CentralSettings) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(settings, clock=lambda: NOW, new_incarnation=lambda: "first")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://central") as http:
        http.central = app.state.central  # type: ignore[attr-defined]
        yield http
    app.state.central.close()


def forbid_writing(database_url: str) -> None:
    url = make_url(database_url)
    sqlite = url.get_backend_name() == "sqlite"
    if sqlite:
        statements = ["CREATE TRIGGER full BEFORE UPDATE ON identity BEGIN SELECT RAISE(ABORT, 'disk full'); END"]
    else:
        end = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{url.database}'"
        statements = [f"ALTER DATABASE {url.database} SET default_transaction_read_only = on", end]
    engine = create_engine(url if sqlite else url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


async def test_ready_means_that_it_can_store(settings: CentralSettings, database_url: str) -> None:
    async with central_of(settings) as client:
        ready = await client.get("/readyz")
        assert (ready.status_code, ready.json()) == (
            200,
            {"ready": True, "database": True, "evidence": True, "mqtt": None},
        )
    async with central_of(settings) as client:
        forbid_writing(database_url)
        unready = await client.get("/readyz")
        assert (unready.status_code, unready.json()["ready"], unready.json()["database"]) == (503, False, False)
        assert "central.database" in unready.json()["cure"]
        assert (await client.get("/healthz")).status_code == 200


@SQLITE_ONLY
async def test_not_ready_without_a_place_for_evidence(lite: CentralSettings) -> None:
    async with central_of(lite) as client:
        shutil.rmtree(lite.evidence_dir)
        lite.evidence_dir.write_text("in the way")
        unready = await client.get("/readyz")
        assert (unready.status_code, unready.json()["evidence"]) == (503, False)
        assert "central.evidence_dir" in unready.json()["cure"]


@SQLITE_ONLY
async def test_not_ready_until_the_broker_answers(lite: CentralSettings) -> None:
    mqtt = MqttSettings("127.0.0.1", 1, tls=False, topic_prefix="x")
    async with central_of(replace(lite, mqtt=mqtt)) as client:
        unready = await client.get("/readyz")
        assert (unready.status_code, unready.json()["mqtt"]) == (503, False)
        assert "mqtt.url" in unready.json()["cure"]
    async with central_of(replace(lite, mqtt=mqtt)) as client:
        client.central.mqtt.connected.set()  # type: ignore[attr-defined]
        assert (await client.get("/readyz")).json()["mqtt"] is True


@SQLITE_ONLY
async def test_many_who_ask_whether_it_is_ready_cost_one_write(lite: CentralSettings) -> None:
    async with central_of(lite) as client:
        database, runs = client.central.database, []  # type: ignore[attr-defined]
        database.run = lambda work, run=database.run: runs.append(1) or run(work)
        answers = await asyncio.gather(*(client.get("/readyz") for _ in range(20)))
        assert {answer.status_code for answer in answers} == {200}
        assert len(runs) == 1


async def test_every_entry_is_counted_for_its_site(settings: CentralSettings, box: Box) -> None:
    first, _missing, third = (box.weigh() for _ in range(3))
    forged = replace(box.weigh(), signature=bytes(64))
    async with central_of(settings) as client:
        await offer(client, first, third)
        await offer(client, first, Box().weigh(21_000), forged, forged)
        found = await counted(client)
        assert found["central_entries_stored_total{quarry-1}"] == 2
        assert found["central_entries_repeated_total{quarry-1}"] == 2  # the first again, and the forged one again
        assert found["central_entries_conflicting_total{quarry-1}"] == 1
        assert found["central_entries_quarantined_total{quarry-1}"] == 1
        assert found["central_journal_gaps{quarry-1}"] == 1
        assert found["central_commit_seconds_count{}"] == 2
        assert found["central_mqtt_connected{}"] == 0
        await offer(client, _missing)
        assert (await counted(client))["central_journal_gaps{quarry-1}"] == 0


@SQLITE_ONLY
async def test_evidence_is_counted_by_bytes_and_files(lite: CentralSettings) -> None:
    data = b"picture" * 100
    path = f"/api/v1/evidence/{hashlib.sha256(data).hexdigest()}"
    async with central_of(lite) as client:
        await client.put(path, content=data[:50], headers={**HEADERS, "Content-Range": f"bytes 0-49/{len(data)}"})
        rest = {**HEADERS, "Content-Range": f"bytes 50-{len(data) - 1}/{len(data)}"}
        assert (await client.put(path, content=data[50:], headers=rest)).status_code == 201
        found = await counted(client)
        assert found["central_evidence_bytes_total{quarry-1}"] == len(data)
        assert found["central_evidence_files_total{quarry-1}"] == 1


@SQLITE_ONLY
async def test_no_stranger_makes_a_label(lite: CentralSettings, box: Box, tmp_path: Path) -> None:
    async with central_of(lite) as client:
        box.weigh()
        before = set(await counted(client))
        wrong = {**HEADERS, "Authorization": "Bearer stranger-token"}
        for number in range(3):
            await client.post("/api/v1/entries", content=batch_of(box.entries, f"site-{number}"), headers=wrong)
            await client.central.receiver.accept(f"site-{number}", [])  # type: ignore[attr-defined]
        after = set(await counted(client))
        assert not [name for name in after - before if "site-" in name]
