"""The cameras' door under pushes that no camera should make, and under repeats that come together."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from gateway.contract.entry import StoredEntry
from gateway.core.observations import Observation
from gateway.core.plaza import Plaza
from gateway.errors import JournalError
from gateway.ports import Draft
from gateway.settings import load_site
from gateway.station import Station
from gateway.web.app import create_app
from gateway.web.cameras import CameraDesk

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "t" * 24
KEYED = {"authorization": f"Bearer {TOKEN}"}


class Clock:
    def __init__(self) -> None:
        self.at = datetime(2026, 3, 8, 12, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def monotonic_ms(self) -> int:
        return int(self.at.timestamp() * 1000)

    def quality(self) -> dict[str, Any]:
        return {"synchronised": None, "offset_ms": None}


class Pages:
    """A journal that keeps what it is given; `full` refuses it."""

    def __init__(self) -> None:
        self.drafts: list[Draft] = []
        self.full = False

    async def append(self, draft: Draft) -> StoredEntry:
        if self.full:
            raise JournalError("the disk is full")
        json.dumps(draft.content, ensure_ascii=False).encode()  # as canonical JSON: text that is no UTF-8 is refused
        self.drafts.append(draft)
        return StoredEntry("j", len(self.drafts), draft.type, b"{}", b"", b"", b"", "k")

    async def read(self, _entry_id: str) -> None:
        return None


class Lane:
    """A lane's shell, as far as station and cameras know it."""

    def __init__(self, lane_id: str) -> None:
        self.id = lane_id
        self.held_entry: str | None = None
        self.releasing: str | None = None
        self.seen: list[Observation] = []

    def observe(self, observation: Observation) -> None:
        self.seen.append(observation)


class Site:
    def __init__(self, spool: Path) -> None:
        def unused(*_: object) -> Any:
            raise AssertionError

        self.clock, self.pages, self.spool = Clock(), Pages(), spool
        settings = load_site(ROOT / "config/sites/toll.toml")
        self.lane = Lane(settings.lanes[0].id)
        self.station = Station(
            settings=settings, journal=self.pages, clock=self.clock,  # type: ignore[arg-type]
            judge=unused, dossier=unused,
            kick_relay=lambda: None, plaza=Plaza(7_200_000),
        )  # fmt: skip
        self.station.lanes = {self.lane.id: self.lane}  # type: ignore[dict-item]
        self.start()

    def start(self) -> None:
        self.desk = CameraDesk(self.station, {}, self.spool)

    @asynccontextmanager
    async def door(self) -> AsyncIterator[httpx.AsyncClient]:
        watch: Any = object()  # health is not asked here
        app = create_app(self.station, self.desk, self.pages, token=TOKEN, status=dict, vitals=watch)  # type: ignore[arg-type]
        carrier = httpx.ASGITransport(app, raise_app_exceptions=False, client=("127.0.0.1", 1))
        async with httpx.AsyncClient(transport=carrier, base_url="http://site") as client:
            yield client

    async def push(self, *bodies: bytes) -> list[int]:
        async with self.door() as client:
            answers = await asyncio.gather(*(client.post(f"/cameras/{self.lane.id}", content=one) for one in bodies))
        return [one.status_code for one in answers]


def body(device: str = "camera-1", **changes: Any) -> bytes:
    result = {"license": "豫A12345", "confidence": 97, "colorType": 2, "plateid": 7, "isoffline": 0} | changes
    return json.dumps({"AlarmInfoPlate": {"serialno": device, "result": {"PlateResult": result}}}).encode()


def spooled(spool: Path) -> int:
    return len(list(spool.glob("*.push")))


async def test_one_push_that_comes_three_times_at_once_names_one_vehicle_once(tmp_path: Path) -> None:
    site = Site(tmp_path)
    assert await site.push(*[body()] * 3) == [200] * 3
    assert len(site.lane.seen) == 1
    assert site.desk.counts["repeats"] == 2


async def test_a_late_push_three_times_at_once_is_one_entry(tmp_path: Path) -> None:
    site = Site(tmp_path)
    assert await site.push(*[body(isoffline=1)] * 3) == [200] * 3
    assert [one.type for one in site.pages.drafts] == ["evidence"]


async def test_a_name_that_no_entry_can_hold_costs_neither_the_push_nor_the_next_start(tmp_path: Path) -> None:
    site = Site(tmp_path)
    assert await site.push(body("\ud800", isoffline=1), body("\ud800", plateid=8)) == [200, 200]
    site.clock.at += timedelta(minutes=5)
    site.start()
    await site.desk.replay()
    assert [one.content["device"] for one in site.pages.drafts] == ["", ""]


async def test_a_full_disk_at_the_start_keeps_the_spool_and_lets_the_site_start(tmp_path: Path) -> None:
    site = Site(tmp_path)
    assert await site.push(body()) == [200]
    site.clock.at += timedelta(minutes=5)
    site.pages.full = True
    site.start()
    await site.desk.replay()
    assert spooled(tmp_path) == 1
    site.pages.full = False
    site.start()
    await site.desk.replay()
    assert [one.type for one in site.pages.drafts] == ["evidence"]
    assert spooled(tmp_path) == 0
