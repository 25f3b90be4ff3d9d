"""A real central and the real gateway of one gate, each a process of its own: what the stories are told to at work."""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from boxes import ADMIN, public_hex
from central_program import running
from programs import started, stop
from roads import ADMIN_HEADERS, Doors, Place, token_of
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.pool import NullPool

from drivers.records import FORMATS, VehicleRecord
from gateway.keys import new_key

ROOT = Path(__file__).resolve().parents[2]
GATE, FORMAT = "gate-1", "dahua-weight"
LOCAL_TOKEN = "local-token-of-the-gate"
WITHIN_S = 40
SOURCE = f"""
[[records]]
id = "wim-1"
format = "{FORMAT}"
interval_kg = 100
serial_number = "1"
certificate = "1"
issuer = "1"
valid_until = 2099-12-31
class = "5"
"""


@dataclass(frozen=True)
class AtWork:
    """Where both are reached, and central's database."""

    central: str
    gate: str
    database: Engine

    def meet(self, teller: str) -> "RunningCentre":
        return RunningCentre(self, teller)


class RunningCentre(Doors):
    """Central over its real door; what is asked is asked once nothing is due any more."""

    def __init__(self, at_work: AtWork, teller: str) -> None:
        super().__init__(teller)
        self._at_work = at_work
        self.http = httpx.AsyncClient(base_url=at_work.central, headers=ADMIN_HEADERS, timeout=30)
        keyed = {"authorization": f"Bearer {LOCAL_TOKEN}"}
        self._gate = httpx.AsyncClient(base_url=at_work.gate, headers=keyed, timeout=30)
        self._passed = 0

    async def close(self) -> None:
        await self._gate.aclose()
        await self.http.aclose()

    async def settle(self) -> None:
        """Its own deriver does that: only who asks waits for it."""

    async def get(self, address: str, **query: Any) -> Any:
        async def derived() -> bool:
            with self._at_work.database.connect() as connection:
                return connection.execute(text("SELECT 1 FROM due LIMIT 1")).first() is None

        await until(derived, "central still derives")
        return await super().get(address, **query)

    async def gates_say(self, plate: str, status: str) -> None:
        """A truck passes the gate's scale, and what the gateway made of it comes to central by the gateway's outbox."""

        async def judged_so() -> bool:
            fetched = await self._gate.post("/api/v1/down/fetch")
            assert fetched.status_code == 200, fetched.text
            return await self._weighed_at_the_gate(plate) == status

        await until(judged_so, f"{plate} is not yet {status} at the gate", pause_s=1)

    async def _weighed_at_the_gate(self, plate: str) -> str:
        """The list that the gateway knew this truck to be on."""
        self._passed += 1
        of_it = f"{plate}-{self._teller}-{self._passed}".encode().hex()[:40]
        axles = (Decimal(6_000),) * 5
        truck = VehicleRecord(
            of_it, datetime.now(UTC), plate=plate, colour="yellow", gross_kg=sum(axles, Decimal(0)), axle_loads_kg=axles
        )
        answer = await self._gate.post("/api/v1/finished/wim-1", content=FORMATS[FORMAT].encode(truck))
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = []

        async def arrived() -> bool:
            listed = await self.http.get("/api/v1/records", params={"site": GATE, "type": "weighing", "limit": 1})
            for one in listed.json()["records"]:
                entry = (await self.http.get(f"/api/v1/records/{one['id']}")).json()["document"]["content"]
                found.extend([entry] if entry["finished"]["id"] == of_it else [])
            return bool(found)

        await until(arrived, "the gate's entry does not arrive")
        status: str = found[0]["judgement"]["list_status"]
        return status


async def until(holds: Callable[[], Awaitable[bool]], otherwise: str, pause_s: float = 0.05) -> None:
    deadline = time.monotonic() + WITHIN_S
    while not await holds():
        assert time.monotonic() < deadline, otherwise
        await asyncio.sleep(pause_s)


@contextmanager
def at_work(folder: Path, database: str, places: Sequence[Place], more: Sequence[str] = ()) -> Iterator[AtWork]:
    """Central with these places and the gate, and the gate's gateway. `more` are lines of central's file."""
    (folder / "var" / GATE).mkdir(parents=True)
    central_key, box_key = new_key(folder / "central.key"), new_key(folder / "var" / GATE / "box.key")
    keys = {**{one.site: public_hex(one.key) for one in places}, GATE: box_key.public_hex}
    lines = ["[cases]", 'jurisdiction = "CN-HA"', *more]
    with pytest.MonkeyPatch.context() as environ:
        environ.setenv("STORY_ADMIN", ADMIN)
        environ.setenv("WEIGHGATE_SITE_TOKEN", token_of(GATE))
        environ.setenv("WEIGHGATE_LOCAL_TOKEN", LOCAL_TOKEN)
        for number, (site, key) in enumerate(keys.items()):
            environ.setenv(f"STORY_SITE_{number}", token_of(site))
            lines += ["[[sites]]", f'id = "{site}"', f'token_env = "STORY_SITE_{number}"', f'box_keys = ["{key}"]']
        engine = create_engine(database, poolclass=NullPool)
        with running(folder, "STORY_ADMIN", lines, database) as (url, _), _gateway(folder, url, central_key) as gate:
            yield AtWork(url, gate, engine)


@contextmanager
def _gateway(folder: Path, central: str, central_key: Any) -> Iterator[str]:
    """The shipped station under another name, whose devices are not there; it keeps records of another scale."""
    shipped = (ROOT / "config" / "sites" / "station.toml").read_text(encoding="utf-8")
    (folder / "vehicles.csv").write_bytes((ROOT / "config" / "sites" / "vehicles.csv").read_bytes())

    def command(port: int) -> list[str]:
        site = shipped + SOURCE
        for old, new in (
            ("station-1", GATE),
            ('public_key = ""', f'public_key = "{central_key.public_hex}"'),
            ("http://127.0.0.1:8700", central),
            ("mqtt://127.0.0.1:1883", ""),
            ("127.0.0.1:8702", f"127.0.0.1:{port}"),
            ("/tmp/weighgate", str(folder)),
        ):
            assert old in site, old
            site = site.replace(old, new)
        (folder / "gate.toml").write_text(site, encoding="utf-8")
        return [sys.executable, "-m", "weighgate", "run", str(folder / "gate.toml")]

    process, port = started(command, folder / "gateway.log")
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        stop(process)
