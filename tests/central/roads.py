"""Places that weigh, and an authority that works at central: what the stories of cases are told with."""

import hashlib
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import httpx
from boxes import ADMIN, Box, public_hex, write_key

from central.bootstrap import create_app
from central.case_rules import CaseRules
from central.housekeeping import Housekeeper
from central.scopes import SCOPES, ReaderSettings
from central.settings import CentralSettings, SiteSettings
from central.store.database import open_database
from central.supervision_rules import Hook
from gateway.contract.entry import StoredEntry, instant
from gateway.contract.wire import BATCH_CONTENT_TYPE, batch_of

AUTHORITY, OFFICERS = "示例交通运输综合行政执法机构", ["410100-001", "410100-002"]
ADMIN_HEADERS = {"Authorization": f"Bearer {ADMIN}"}
OFFICE = "reader-token-2"
"""Of a reader who may everything but see persons or forget them."""
LOOKER = "reader-token-3"
"""Of a reader who may read everything."""
PICTURE = b"a picture"
SEEN = (hashlib.sha256(PICTURE).hexdigest(),)
LIMIT_KG = 49_000
COMPANY, QUARRY = {"id": "ent-1", "name": "示例运输公司"}, {"id": "quarry-1", "name": "示例石料厂"}


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace(" ", "T") + ":00+08:00")


class Place(Box):
    """A site whose entries say what a gateway's say. `journal`: the name of its box's journal."""

    def __init__(
        self, site: str, kind: str, mode: str = "transport", region: str = "410000", journal: str = ""
    ) -> None:
        super().__init__(site, journal or f"{site}-j", site.encode())
        self.kind, self.mode, self.region = kind, mode, region

    def sees(
        self,
        plate: str,
        at: str,
        gross_kg: int | None,
        *,
        parent: str | None = None,
        pictures: Sequence[str] = (),
        colour: str = "yellow",
        consequence: str | None = None,
        instrument: Mapping[str, Any] | None = None,
        confidence: int = 98,
        enterprise: Mapping[str, str] = COMPANY,
        licence_gross_kg: int | None = None,
    ) -> StoredEntry:
        """One weighing, `at` in China's time: 2026-03-02 10:00."""
        papers = {} if licence_gross_kg is None else {"licence_gross_kg": licence_gross_kg}
        return self.make(
            at=instant(moment(at)),
            passage="p",
            check="first" if parent is None else "after-unloading",
            parent=parent,
            place={"name": self.site, "kind": self.kind, "enforcement_mode": self.mode, "region": self.region},
            instrument={
                "certificate": "CERT-1",
                "valid_until": "2027-12-31",
                "expired": False,
                **(instrument or {}),
            },
            identity={
                "plate": plate,
                "colour": colour,
                "confidence_percent": confidence,
                "source": "camera",
                "pictures": list(pictures),
                "vehicle": {"layout": "1+2+3", "body": "articulated", **papers, "sources": {}},
            },
            measurement={"gross_kg": gross_kg, "flags": [] if gross_kg is not None else ["incomplete"]},
            judgement=self._judgement(gross_kg, consequence, licence_gross_kg),
            dossier=self._dossier(plate, colour, enterprise),
        )

    def _judgement(self, gross_kg: int | None, consequence: str | None, licence_gross_kg: int | None) -> dict[str, Any]:
        over_kg = max(0, (gross_kg or 0) - LIMIT_KG)
        over_papers_kg = max(0, (gross_kg or 0) - (licence_gross_kg or gross_kg or 0))
        outcome = "undetermined" if gross_kg is None else "exceeded" if over_kg else "within"
        return {
            "road_limit": {
                "outcome": outcome,
                "proof": "proven_over" if over_kg else "inconclusive",
                "limit_kg": LIMIT_KG,
                "excess_kg": over_kg,
                "excess_ratio": f"0.{round(over_kg * 10_000 / LIMIT_KG):04d}",
                "candidates": [],
            },
            "vehicle_rating": {
                "outcome": "exceeded" if over_papers_kg else "within",
                "limit_kg": licence_gross_kg,
                "excess_kg": over_papers_kg,
            },
            "findings": [],
            "action": self._action(outcome),
            "illegal_over_limit": bool(over_kg),
            "consequence": consequence or self._consequence(outcome),
        }

    def _dossier(self, plate: str, colour: str, enterprise: Mapping[str, str]) -> dict[str, Any]:
        known: dict[str, tuple[Mapping[str, str], str]] = {
            "vehicle": ({"plate": plate, "colour": colour}, "camera"),
            "driver": ({}, ""),
            "enterprise": (enterprise, "register"),
            "source": (QUARRY if self.kind == "source-exit" else {}, "register"),
        }
        return {
            party: {"known": dict(facts), "apart": [], "sources": dict.fromkeys(facts, origin)}
            for party, (facts, origin) in known.items()
        }

    def learns(self, weighing: StoredEntry, at: str, *completes: Mapping[str, str]) -> StoredEntry:
        """What the site learnt later: {party, fact, source}, and the value where it is nobody's own."""
        told = list(map(dict, completes))
        return self.make(
            "correction", at=instant(moment(at)), weighing=weighing.id, by="keeper", what="dossier", completes=told
        )

    def lets_go(self, weighing: StoredEntry, plate: str, at: str, reason: str) -> StoredEntry:
        return self.make(
            "release", at=instant(moment(at)), weighing=weighing.id, by="keeper", reason=reason, ground="operator",
            plate=plate, colour="yellow",
        )  # fmt: skip

    def _action(self, outcome: str) -> str:
        if self.kind == "toll-entrance":
            return "admit" if outcome == "within" else "refuse"
        return "release" if outcome == "within" else "hold"

    def _consequence(self, outcome: str) -> str:
        if outcome != "exceeded" or self.kind != "checkpoint":
            return "ledger"
        return "case" if self.mode in ("transport", "police-at-joint-station") else "lead"


@cache
def _empty_store() -> bytes:
    """A store of the newest form, made once: its migrations are what most of a start costs."""
    with tempfile.TemporaryDirectory() as name:
        open_database(f"sqlite:///{name}/central.db", inline=True).close()
        return (Path(name) / "central.db").read_bytes()


class Doors:
    """Central as sites and people meet it: what they bring and say, at the times of the story.

    `http` asks as the administrator, `teller` begins the ids of what is said. Who stands behind it says how it settles,
    and what the gates go by.
    """

    http: httpx.AsyncClient

    def __init__(self, teller: str = "said") -> None:
        self._teller, self._said = teller, 0

    async def settle(self) -> None:
        """Until everything that was brought and said is derived."""
        raise NotImplementedError

    def now_is(self, at: datetime) -> None:
        """The story's time; nothing where the clock is a real one."""

    async def gates_say(self, plate: str, status: str) -> None:
        """The gates go by this list for the plate: `discredited`, `unlisted`…"""
        raise NotImplementedError

    async def take(self, place: Place, *entries: StoredEntry) -> None:
        headers = {"Authorization": f"Bearer {token_of(place.site)}", "Content-Type": BATCH_CONTENT_TYPE}
        answer = await self.http.post("/api/v1/entries", content=batch_of(list(entries), place.site), headers=headers)
        assert answer.status_code == 200, answer.text
        await self.settle()

    async def has_picture(self, content: bytes, place: Place | None = None) -> str:
        """A picture arrives, of the place or brought by an officer; its hash."""
        sha = hashlib.sha256(content).hexdigest()
        headers = {} if place is None else {"Authorization": f"Bearer {token_of(place.site)}"}
        answer = await self.http.put(f"/api/v1/evidence/{sha}", content=content, headers=headers)
        assert answer.status_code in (200, 201), answer.text
        return sha

    async def get(self, address: str, **query: Any) -> Any:
        answer = await self.http.get(f"/api/v1/{address}", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def rows(self, address: str, **query: Any) -> Any:
        return (await self.get(address, **query))["rows"]

    async def offer(self, address: str, at: str, **said: Any) -> httpx.Response:
        """State something at a time of the story; the answer as it is."""
        self._said += 1
        self.now_is(moment(at) + timedelta(minutes=1))
        body = {"id": f"{self._teller}-{self._said:06d}", "at": instant(moment(at)), "why": "as the story goes", **said}
        answer = await self.http.post(f"/api/v1/{address}", json=body)
        await self.settle()
        return answer

    async def say(self, address: str, at: str, **said: Any) -> Any:
        answer = await self.offer(address, at, **said)
        assert answer.status_code in (200, 201, 202), answer.text
        return answer.json()

    async def refused(self, address: str, at: str, **said: Any) -> tuple[str, list[str]]:
        """The article that forbids it, and what is missing."""
        answer = await self.offer(address, at, **said)
        assert answer.status_code == 409, answer.text
        return answer.json()["clause"], answer.json()["missing"]


def token_of(site: str) -> str:
    return f"token-of-site-{site}"


class Centre(Doors):
    """A real central on its own store, called through ASGI, with a clock that the story sets."""

    def __init__(
        self,
        folder: Path,
        places: Sequence[Place],
        rules: CaseRules | None = None,
        url: str = "",
        hooks: Sequence[Hook] = (),
    ) -> None:
        super().__init__()
        if not (folder / "central.key").exists():
            write_key(folder / "central.key")
        if not url and not (folder / "central.db").exists():
            (folder / "central.db").write_bytes(_empty_store())
        self.now = moment("2026-01-01 00:00")
        self.places = {one.site: one for one in places}
        sites = tuple(SiteSettings(one.site, token_of(one.site), (public_hex(one.key),)) for one in places)
        readers = (
            ReaderSettings("county", "reader-token-1", ("cases:read", "cases:write", "records:read")),
            ReaderSettings("office", OFFICE, tuple(one for one in SCOPES if not one.startswith("personal:"))),
            ReaderSettings("looker", LOOKER, tuple(one for one in SCOPES if one.endswith(":read"))),
        )
        settings = CentralSettings(
            host="127.0.0.1",
            port=0,
            database_url=url or f"sqlite:///{folder}/central.db",
            evidence_dir=folder / "evidence",
            key_file=folder / "central.key",
            admin_token=ADMIN,
            mqtt=None,
            sites=sites,
            readers=readers,
            webhooks=tuple(hooks),
        )
        settings = replace(settings, cases=rules or CaseRules(jurisdiction="CN-HA"))
        self.app = create_app(settings, clock=lambda: self.now, new_incarnation=lambda: "first", inline=True)
        self.central = self.app.state.central
        transport = httpx.ASGITransport(app=self.app)
        self.http = httpx.AsyncClient(transport=transport, base_url="http://central", headers=ADMIN_HEADERS)
        known = [one.id for one in sites]
        self._keeper = Housekeeper(self.central.database, self.central.bulletins, known, lambda: self.now)

    async def close(self) -> None:
        await self.http.aclose()
        self.central.close()

    async def settle(self) -> None:
        await self.central.deriver.settle()

    def now_is(self, at: datetime) -> None:
        self.now = at

    async def gates_say(self, plate: str, status: str) -> None:
        """As the bulletins say that are kept for each site."""
        await self._keeper.tell_gates()
        for site in self.places:
            newest = max(self.central.bulletins.above(site, {}), key=lambda one: one.bulletin.number)
            listed = {
                one["plate"]: one["status"] for one in reversed(newest.bulletin.content["listed"])
            }  # gravest first
            assert listed.get(plate, "unlisted") == status
