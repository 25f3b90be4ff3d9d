"""A site's end of the line and central's, the real ones of both, with nothing between them but bytes."""

import asyncio
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from set_clock import SetClock

from central.bulletins import Bulletins
from central.down_files import message_of
from central.signing import CentralKey
from gateway.contract.entry import canonical
from gateway.core.vehicle import Identity, Measurement, Vehicle
from gateway.core.verdict import Judgement
from gateway.downlink.intake import Intake
from gateway.downlink.opening import open_intake
from gateway.judging import SiteJudge
from gateway.settings import SiteSettings, parse_site, read_toml

ROOT = Path(__file__).resolve().parents[2]
CONFIG = ROOT / "config"
LAW = CONFIG / "law"
START = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
KEY = CentralKey(Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
STRANGER = CentralKey(Ed25519PrivateKey.from_private_bytes(bytes(reversed(range(32)))))
SITE = "quarry-1"
PLATE = ("豫A00002", "yellow")
TRUCK = Vehicle(layout=(1, 2, 3), body="articulated", drive_axles=2, tyres=(2, 4, 4, 4, 4, 4))


def settings_of(folder: Path, **law: Any) -> SiteSettings:
    """The shipped quarry, pinned to KEY, with its storage here."""
    document = read_toml(CONFIG / "sites" / "quarry.toml")
    document["law"] |= law
    document["central"]["public_key"] = KEY.public_hex
    document["storage"]["dir"] = str(folder / "edge")
    document["register"]["vehicles"] = str(CONFIG / "sites" / "vehicles.csv")
    return parse_site(document, folder / "site.toml")


class Line:
    """`edge` takes what `central` issues. `told` are the audit entries, `alarms` what the page shows."""

    def __init__(self, folder: Path, **law: Any) -> None:
        self.clock = SetClock(START)
        self.settings = settings_of(folder, **law)
        self.central = Bulletins(folder / "central", KEY, [SITE, "station-1"], self.clock.now)
        self.told: list[tuple[str, Mapping[str, Any]]] = []
        self.alarms: list[tuple[str, str]] = []
        self.edge: Intake
        self.start()

    def start(self) -> None:
        """The edge's process, as after every power cut."""
        self.edge = open_intake(
            self.settings, CONFIG, {}, self.clock,
            tell=self._tell, alarm=lambda code, detail: self.alarms.append((code, detail)), inline=True,
        )  # fmt: skip
        self.judge = SiteJudge(self.settings, self.edge.in_force, self.clock)

    async def _tell(self, event: str, detail: Mapping[str, Any]) -> None:
        self.told.append((event, dict(detail)))

    def events(self) -> list[str]:
        return [event for event, _ in self.told]

    def number(self, kind: str) -> int | None:
        return self.edge.in_force.numbers(self.clock.now()).get(kind)

    async def publish(self, kind: Any, content: Mapping[str, Any], effective_at: datetime | None = None) -> int:
        """Issued at central and taken at the edge; its number."""
        made = self.central.publish(SITE, kind, content, effective_at)
        await self.deliver()
        return made.number

    async def deliver(self) -> None:
        await self.edge.take(message_of(self.central.above(SITE, self.edge.seen())))

    def weigh(self, gross_kg: int, vehicle: Vehicle = TRUCK, who: tuple[str, str] = PLATE) -> Judgement:
        identity = Identity(plate=who[0], colour=who[1], source="camera", vehicle=vehicle)
        return self.judge.judge(identity, Measurement(gross_kg))


def signed(number: int, kind: str = "lists", key: CentralKey = KEY, **changes: Any) -> dict[str, Any]:
    """A bulletin by hand, for what central itself would not issue."""
    sent = {
        "v": 1, "site": SITE, "kind": kind, "number": number, "issued_at": "2026-11-02T08:00:00.000Z",
        "effective_at": "2026-11-02T08:00:00.000Z", "content": {"listed": []}, "alg": "ed25519",
    } | changes  # fmt: skip
    return {**sent, "signature": key.private.sign(canonical(sent)).hex()}


def as_bytes(*bulletins: Mapping[str, Any]) -> bytes:
    return json.dumps(list(bulletins), ensure_ascii=False).encode()


def law_text(place: str) -> str:
    return (LAW / place).read_text(encoding="utf-8")


def listed(status: str, since: date = date(2026, 1, 1), until: date | None = None) -> dict[str, Any]:
    one = {"plate": PLATE[0], "colour": PLATE[1], "status": status, "since": str(since), "source": "test list"}
    return {"listed": [one | ({} if until is None else {"until": str(until)})]}


def run(work: Any) -> Any:
    return asyncio.run(work)
