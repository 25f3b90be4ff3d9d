"""A site's gateway on its machine: the real process, given virtual clocks, wires, network and chance."""

import asyncio
import json
import random
from pathlib import Path
from typing import Any

import httpx

from gateway.bootstrap import Site
from gateway.errors import ConfigError, JournalError
from gateway.outside import Outside
from gateway.settings import SiteSettings, parse_site
from weighgate.journals import documents
from weighgate.virtual.broker import VirtualBroker, site_door
from weighgate.virtual.centre import Centre
from weighgate.virtual.clock import BoxClock
from weighgate.virtual.known_law import site_law
from weighgate.virtual.machine import Machine
from weighgate.virtual.network import HttpWay, Line
from weighgate.virtual.reader import Reader
from weighgate.virtual.wires import VirtualPorts

AGAIN_S = 5.0


class Box:
    """One gateway. `boot` after every power cut; `app` is None while it is down."""

    def __init__(
        self,
        machine: Machine,
        centre: Centre,
        broker: VirtualBroker,
        clock: BoxClock,
        ports: VirtualPorts,
        config: Path,
        environ: dict[str, str],
        rng: random.Random,
    ) -> None:
        self.machine, self.line, self.clock, self.ports = machine, Line(), clock, ports
        self._centre, self._broker, self._config = centre, broker, config
        self._environ, self._rng = environ, rng
        self.app: httpx.ASGITransport | None = None
        self.site: Site | None = None
        self.settings: SiteSettings
        self.ended: list[str] = []
        self.gone: list[Path] = []
        self.reader = Reader()
        self._known: dict[tuple[Any, ...], list[Any]] = {}
        self._known_of = -1
        machine.on_cut = ports.cut

    async def boot(self) -> None:
        """Raises ConfigError, JournalError: it cannot start now."""
        self.machine.power_on()
        file = self.machine.directory / "site.json"
        self.settings = parse_site(json.loads(file.read_text(encoding="utf-8")), file)
        way = HttpWay(self._centre.machine, lambda: self._centre.app, self.line, self._rng, self.machine)
        outside = Outside(
            clock=self.clock,
            new_name=lambda: f"j-{self._rng.randbytes(6).hex()}",
            new_salt=lambda: self._rng.randbytes(32),
            open_link=self.ports.open_link,
            mqtt_door=site_door(self._broker, self.machine, self.line),
            transport=way,
            inline=True,
            law=site_law,
        )
        site = Site(self.settings, self._config, self._environ, outside)
        await site.build()
        self.site = site
        self.machine.watch(site.journal._engine)
        for task in site.start():
            self.machine.adopt(task)
            task.add_done_callback(self._task_ended)
        self.app = httpx.ASGITransport(site.app, raise_app_exceptions=False)

    def _task_ended(self, task: "asyncio.Task[None]") -> None:
        """None of a gateway's tasks ends while it has power: if one does, that is a mistake of ours."""
        if self.machine.alive:
            self.ended.append(f"{task.get_name()}: {task.exception() if not task.cancelled() else 'cancelled'!r}")
            self.machine.power_off()

    async def crash(self) -> None:
        self.machine.power_off()
        self.app = None
        site, self.site = self.site, None
        await self.machine.bury()
        self.reader.close()
        if site is not None:
            site.journal._lock.release()

    async def boot_again(self) -> None:
        """As a service manager does it: until it starts."""
        while True:
            try:
                await self.boot()
            except (ConfigError, JournalError):
                await self.crash()
                await asyncio.sleep(AGAIN_S)
            else:
                return

    # what a disk can do ----------------------------------------------------------------------------------------

    def fill_disk(self) -> None:
        self._pragma("max_page_count = 1")  # SQLite makes of it: no page more than there are

    def make_read_only(self) -> None:
        self._pragma("query_only = on")

    def mend_disk(self) -> None:
        self._pragma("max_page_count = 1073741823")
        self._pragma("query_only = off")

    def _pragma(self, text: str) -> None:
        if self.site is not None and self.machine.alive:
            raw = self.site.journal._store.connection.connection.dbapi_connection
            assert raw is not None
            raw.execute(f"pragma {text}").fetchall()

    # what is on it ---------------------------------------------------------------------------------------------

    @property
    def storage(self) -> Path:
        return self.machine.directory / "var"

    def documents(self) -> list[dict[str, Any]]:
        """Every entry its journals hold, oldest first."""
        return list(documents(self.storage)) if (self.storage / "journal.sqlite").exists() else []

    def rows(self, query: str, *arguments: Any) -> list[Any]:
        """Committed rows of the journal's file; read once for each state of the disk."""
        if self._known_of != self.machine.version:
            self._known.clear()
            self._known_of = self.machine.version
        key = (query, *arguments)
        if key not in self._known:
            self._known[key] = self.reader.rows(self.storage / "journal.sqlite", query, *arguments)
        return self._known[key]

    def marker(self, lane: str) -> tuple[int, str, str | None, str | None] | None:
        """(passage, state, entry, action) as committed."""
        found = self.rows("select passage, state, entry_id, action from markers where lane = ?", lane)
        return found[0] if found else None

    def released(self, entry_id: str) -> bool:
        """Whether a release entry names this weighing."""
        bodies = self.rows("select body from entries where type = 'release'")
        return any(json.loads(body)["content"].get("weighing") == entry_id for (body,) in bodies)

    def pending(self) -> dict[str, int]:
        outbox = self.rows("select state, count(*) from outbox group by state")
        evidence = self.rows(
            "select count(distinct sha256) from blobs join entry_evidence using (sha256) join outbox using (row)"
            " where delivered = 0 and state = 'acked'"
        )
        return {**dict(outbox), "evidence": evidence[0][0] if evidence else 0}
