"""Counters with bounded labels; what is missing is named; nothing but names is told."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from gateway.errors import JournalError
from gateway.journal import open_journal
from gateway.keys import new_key
from gateway.metrics import CODES_MAX, Metrics, Now
from gateway.ports import Draft
from gateway.service import ServiceManager
from gateway.vitals import LANE_STUCK_MS, Vitals
from gateway.web.health import health_router


class Clock:
    def __init__(self) -> None:
        self.ms = 0

    def now(self) -> datetime:
        return datetime(2026, 11, 23, 8, 1, tzinfo=UTC)

    def monotonic_ms(self) -> int:
        return self.ms

    def quality(self) -> Mapping[str, Any]:
        return {}


class Lane:
    stepped_ms = 0
    dropped = 3


class Journal:
    """A disk that is well, full, or silent."""

    def __init__(self) -> None:
        self.state = "well"
        self.looks = 0

    async def prove_writable(self) -> None:
        self.looks += 1
        if self.state == "full":
            raise JournalError("/var/lib/secret/journal.sqlite: disk full")
        if self.state == "silent":
            await asyncio.Event().wait()

    async def oldest_pending(self) -> str | None:
        return "2026-11-23T08:00:00.000Z" if self.state == "well" else await self._fail()

    async def _fail(self) -> None:
        raise JournalError("no")


RELAY = {
    "pending": 2, "parked": 1, "evidence": 4, "in_flight": 0, "doors": {"mqtt": True, "http": False},
    "by_door": {"mqtt": {"sent": 5}, "http": {"unreachable": 2}}, "acknowledged": 5, "forged": 0, "doubted": 0,
}  # fmt: skip


class Site:
    def __init__(self, tmp_path: Path) -> None:
        self.clock, self.journal = Clock(), Journal()
        self.states = {"1": "live", "2": "live"}
        self.metrics = Metrics(["1", "2"], "0.1.0")
        health = {
            f"scale-{lane}": lambda lane=lane: {
                "state": self.states[lane], "frames": 10, "rejected": 1, "reconnects": 2, "last_frame_age_ms": 500,
                "reason": "tcp://10.0.0.7:4001: connection refused",
            }
            for lane in self.states
        }  # fmt: skip
        self.lanes = {"1": Lane(), "2": Lane()}
        self.vitals = Vitals(
            lanes=self.lanes, health=health, relay=lambda: RELAY, journal=self.journal, metrics=self.metrics,  # type: ignore[arg-type]
            clock=self.clock, storage=tmp_path, manager=ServiceManager({}),
        )  # fmt: skip
        app = FastAPI()
        app.include_router(health_router(self.vitals))
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://site")

    async def ask(self, path: str) -> tuple[int, Any]:
        answer = await self.http.get(path)
        return answer.status_code, answer.json()


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


async def test_ready_while_scales_are_live_and_the_journal_stores(site: Site) -> None:
    assert await site.ask("/readyz") == (200, {"ready": True, "missing": []})
    assert await site.ask("/healthz") == (200, {"alive": True, "faults": []})


async def test_a_lost_scale_is_named_without_its_address(site: Site) -> None:
    site.states["2"] = "lost"
    assert await site.ask("/readyz") == (503, {"ready": False, "missing": ["scale-2: lost"]})


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ("full", "journal: does not store; the page's alarms say why"),
        ("silent", "journal: no answer within 2 s; is its disk well?"),
    ],
)
async def test_a_journal_that_does_not_store_is_named(
    site: Site, state: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.vitals.JOURNAL_S", 2 if state == "full" else 0.05)
    site.journal.state = state
    code, found = await site.ask("/readyz")
    assert code == 503
    assert found["missing"] == [told.replace("2 s", f"{2 if state == 'full' else 0.05:g} s")]


async def test_who_asks_often_makes_the_disk_write_once(site: Site) -> None:
    await asyncio.gather(*(site.ask("/readyz") for _ in range(20)))
    assert site.journal.looks == 1


async def test_a_lane_that_stands_still_is_named(site: Site) -> None:
    site.clock.ms = LANE_STUCK_MS
    site.lanes["1"].stepped_ms = site.clock.ms - 100
    assert await site.ask("/healthz") == (503, {"alive": False, "faults": ["lane 2: no step for 60 s"]})


async def test_what_prometheus_reads(site: Site) -> None:
    site.metrics.weighed({"lane": "1", "outcome": "exceeded", "action": "hold"})
    site.metrics.alarm("device-lost")
    text = (await site.http.get("/metrics")).text
    for line in (
        'gateway_readings_total{device="scale-1"} 10.0',
        'gateway_frames_rejected_total{device="scale-2"} 1.0',
        'gateway_reconnects_total{device="scale-1"} 2.0',
        'gateway_device_state{device="scale-1",state="live"} 1.0',
        'gateway_device_silent_seconds{device="scale-1"} 0.5',
        'gateway_weighings_total{action="hold",lane="1",outcome="exceeded"} 1.0',
        'gateway_outbox_entries{state="pending"} 2.0',
        "gateway_outbox_oldest_seconds 60.0",
        'gateway_relay_entries_total{door="mqtt",what="sent"} 5.0',
        'gateway_relay_entries_total{door="http",what="unreachable"} 2.0',
        'gateway_door_open{door="http"} 0.0',
        'gateway_alarms_total{code="device-lost"} 1.0',
        'gateway_loads_dropped_total{lane="2"} 3.0',
    ):
        assert line in text.splitlines(), line
    assert "10.0.0.7" not in text


async def test_metrics_answer_while_the_journal_does_not(site: Site) -> None:
    site.journal.state = "full"
    assert "gateway_outbox_oldest_seconds 0.0" in (await site.http.get("/metrics")).text


def test_labels_are_bounded() -> None:
    metrics = Metrics(["1"], "0")
    for number in range(3 * CODES_MAX):
        metrics.alarm(f"code-{number}")
        metrics.weighed({"lane": f"lane-{number}", "outcome": "within", "action": "release"})
    text = metrics.text(Now({}, {}, 0.0)).decode()
    assert text.count("gateway_alarms_total{") == CODES_MAX + 1
    assert text.count("gateway_weighings_total{") == 1


async def test_a_real_journal_proves_itself_and_knows_its_oldest(tmp_path: Path) -> None:
    clock = Clock()
    async with await open_journal(
        tmp_path, site="s-1", key=new_key(tmp_path / "box.key"), clock=clock, new_name=lambda: "j-1",
        new_salt=lambda: b"0" * 32, inline=True, alarm=lambda *_: None,
    ) as journal:  # fmt: skip
        await journal.prove_writable()
        assert await journal.oldest_pending() is None
        await journal.append(Draft("audit", None, {"event": "x"}, clock.now(), {}))
        assert await journal.oldest_pending() == "2026-11-23T08:01:00.000Z"
        raw = journal._store.connection.connection.dbapi_connection
        assert raw is not None
        raw.execute("pragma query_only = on")
        with pytest.raises(JournalError):
            await journal.prove_writable()
        raw.execute("pragma query_only = off")
        await journal.prove_writable()
