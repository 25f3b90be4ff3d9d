"""Sites of three kinds with a box each: weighings and releases at chosen times, as a gateway writes them."""

import asyncio
import random
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from boxes import ADMIN, NOW, Box, public_hex, write_key
from sqlmodel import SQLModel, select

from central.bootstrap import Central, build_central
from central.examine import read_batch
from central.settings import CentralSettings, SiteSettings
from gateway.contract.entry import GENESIS, StoredEntry, canonical, chain_hash, instant
from gateway.contract.wire import batch_of

MORNING = datetime(2026, 5, 1, 0, 0, tzinfo=UTC)  # eight o'clock in China
QUARRY, TOLL, STATION = "quarry-1", "toll-1", "station-1"
KINDS = {QUARRY: "source-exit", TOLL: "toll-entrance", STATION: "checkpoint"}


class Place(Box):
    """One site's box. Minutes count from MORNING."""

    def __init__(self, site: str, mode: str = "transport") -> None:
        super().__init__(site, f"{site}-j", site.encode())
        self.mode = mode

    def put(self, kind: str, minute: float, **content: Any) -> StoredEntry:
        seq = len(self.entries) + 1
        document = {
            "v": 1, "id": f"{self.journal}/{seq}", "journal": self.journal, "seq": seq, "type": kind,
            "site": self.site, "lane": "1", "at": instant(MORNING + timedelta(minutes=minute)),
            "clock": {"synchronised": True, "offset_ms": 0}, "content": content,
        }  # fmt: skip
        body = canonical(document)
        prev = self.entries[-1].hash if self.entries else GENESIS
        digest = chain_hash(prev, body)
        signed = self.key.sign(digest)
        entry = StoredEntry(self.journal, seq, kind, body, prev, digest, signed, public_hex(self.key)[:16])
        self.entries.append(entry)
        return entry

    def weighed(
        self,
        minute: float,
        plate: str | None,
        gross_kg: int,
        limit_kg: int = 49_000,
        *,
        parent: str | None = None,
        action: str | None = None,
        kerb_kg: int | None = None,
        colour: str = "yellow",
        suspicions: Sequence[str] = (),
    ) -> StoredEntry:
        over = gross_kg > limit_kg
        does = action or (("refuse" if self.site == TOLL else "hold") if over else "release")
        vehicle = {"layout": "1+2+3", **({} if kerb_kg is None else {"kerb_kg": kerb_kg})}
        return self.put(
            "weighing",
            minute,
            check="first" if parent is None else "after-unloading",
            parent=parent,
            place={
                "name": f"{self.site} 站",
                "kind": KINDS[self.site],
                "enforcement_mode": self.mode,
                "region": "410000",
            },
            identity={"plate": plate, "colour": colour, "vehicle": vehicle},
            measurement={"gross_kg": gross_kg},
            judgement={
                "road_limit": {
                    "outcome": "exceeded" if over else "within",
                    "limit_kg": limit_kg,
                    "excess_kg": max(0, gross_kg - limit_kg),
                },
                "action": does,
                "suspicions": list(suspicions),
            },
        )

    def let_go(self, minute: float, held: StoredEntry, plate: str, ground: str = "operator") -> StoredEntry:
        return self.put(
            "release", minute, weighing=held.id, by="keeper", reason="x", ground=ground, plate=plate, colour="yellow"
        )


def settings_of(folder: Path, url: str | None = None, **more: Any) -> CentralSettings:
    """A central that knows the three sites."""
    folder.mkdir(exist_ok=True)
    if not (folder / "central.key").exists():
        write_key(folder / "central.key")
    sites = tuple(SiteSettings(site, "", (public_hex(Box(seed=site.encode()).key),)) for site in KINDS)
    database = url or f"sqlite:///{folder}/central.db"
    return CentralSettings("127.0.0.1", 0, database, folder, folder / "central.key", ADMIN, None, sites, **more)


def central_of(folder: Path, url: str | None = None, **more: Any) -> Central:
    """It, on the caller's thread."""
    known = settings_of(folder, url, **more)
    return build_central(known, clock=lambda: NOW, new_incarnation=lambda: "first", inline=True)


def deliver(central: Central, entries: Iterable[StoredEntry], *, settle_between: bool = False) -> None:
    """Each by itself, in this order; derived after each or only at the end."""

    asyncio.run(deliver_to(central, entries, settle_between=settle_between))


async def deliver_to(central: Central, entries: Iterable[StoredEntry], *, settle_between: bool = False) -> None:
    """As deliver(), inside a loop."""
    for entry in entries:
        site = entry.journal.removesuffix("-j")
        batch = read_batch(batch_of([entry], site))
        await central.receiver.accept(site, batch.events, batch.rejected)
        if settle_between:
            await central.deriver.settle()
    await central.deriver.settle()


def rows_of(central: Central, *tables: type[SQLModel]) -> dict[str, list[dict[str, Any]]]:
    """Every row of these tables, in an order of its own."""
    return central.database.run_here(
        lambda session: {
            table.__name__: sorted((row.model_dump() for row in session.exec(select(table))), key=repr)
            for table in tables
        }
    )


def shuffled(entries: Sequence[StoredEntry], seed: int, repeated: int = 0) -> list[StoredEntry]:
    dice = random.Random(seed)
    order = [*entries, *dice.choices(entries, k=repeated)]
    dice.shuffle(order)
    return order
