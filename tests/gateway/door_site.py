"""A site behind its own door: the real station, cameras and app; journal and lane are small fakes."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from set_clock import SetClock

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

        self.clock, self.pages, self.spool = SetClock(), Pages(), spool
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
