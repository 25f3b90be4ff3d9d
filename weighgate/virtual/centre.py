"""Central on its machine: its real doors for sites, HTTP and MQTT, and its database written inline."""

import asyncio
import functools
import random
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from central.bootstrap import Central, access_to, build_central, create_site_app
from central.errors import StoreError
from central.settings import load_central
from central.store.database import open_database
from weighgate.virtual.broker import VirtualBroker, central_door
from weighgate.virtual.clock import TrueClock
from weighgate.virtual.ills import Disk, Slow
from weighgate.virtual.known_law import case_law
from weighgate.virtual.machine import Machine
from weighgate.virtual.network import Line
from weighgate.virtual.reader import Reader

AGAIN_S = 5.0
DATABASE = "central.db"


@functools.cache
def _migrated() -> bytes:
    """An empty database of today's tables: making one anew in every world would cost a tenth of it."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / DATABASE
        open_database(f"sqlite:///{file}", inline=True).close()
        return file.read_bytes()


class Centre:
    """`boot` after every power cut; `app` is None while it is down."""

    def __init__(
        self, machine: Machine, broker: VirtualBroker, clock: TrueClock, environ: dict[str, str], rng: random.Random
    ) -> None:
        self.machine, self.line = machine, Line()
        self._broker, self._clock, self._environ, self._rng = broker, clock, environ, rng
        self.app: Slow | None = None
        self.disk = Disk()
        self.central: Central | None = None
        self._copy: Path | None = None
        self._reader = Reader()

    async def boot(self) -> None:
        self.machine.power_on()
        file = self.machine.directory / "central" / DATABASE
        if not file.exists():
            file.parent.mkdir(exist_ok=True)
            file.write_bytes(_migrated())
        settings = load_central(self.machine.directory / "central.toml", self._environ)
        built = build_central(
            settings,
            clock=self._clock.now,
            new_incarnation=lambda: self._rng.randbytes(16).hex(),
            inline=True,
            law=case_law(),
        )
        self.machine.watch(built.database._engine)
        self.disk.watch(built.database._engine)
        door = central_door(self._broker, self.machine, self.line)
        assert settings.mqtt is not None
        mqtt = door(settings.mqtt, built.receiver, built.metrics, bulletins=built.bulletins, commands=built.commands)
        self.central = replace(built, mqtt=mqtt)
        self.machine.spawn(mqtt.run(), "mqtt")
        app = create_site_app(self.central, access_to(self.central, self._clock.now))
        self.app = Slow(app, raise_app_exceptions=False)
        self.app.slow_s = self.line.jitter_s

    def be_slow(self, slow_s: float) -> None:
        """So long for each answer over HTTP, and up to as long for each over the broker."""
        self.line.jitter_s = slow_s
        if self.app is not None:
            self.app.slow_s = slow_s

    async def crash(self) -> None:
        self.machine.power_off()
        self.app = None
        await self.machine.bury()
        self._reader.close()

    async def boot_again(self) -> None:
        """As a service manager does it: until it starts."""
        while True:
            try:
                await self.boot()
            except StoreError:
                self.machine.power_off()
                await self.machine.bury()
                await asyncio.sleep(AGAIN_S)
            else:
                return

    def back_up(self) -> None:
        """Keep a copy of the database as it is now: `restore` brings it back."""
        self._copy = self.machine.directory.parent / "backup"
        shutil.rmtree(self._copy, ignore_errors=True)
        self._copy.mkdir()
        self._copy_database(self.machine.directory / "central", self._copy)

    def restore(self) -> bool:
        """While it is down: the last back-up's database for its own, all else as it is. Whether there was one."""
        assert not self.machine.alive
        if self._copy is None:
            return False
        self._reader.close()
        own = self.machine.directory / "central"
        for file in own.glob(f"{DATABASE}*"):
            file.unlink()
        self._copy_database(self._copy, own)
        return True

    @staticmethod
    def _copy_database(source: Path, target: Path) -> None:
        for file in source.glob(f"{DATABASE}*"):
            if not file.name.endswith("-shm"):
                shutil.copy2(file, target)

    def stored(self) -> list[tuple[str, str, int, bytes]]:
        """(site, journal, seq, body) of every entry, straight from its file."""
        return self._rows("select site, journal, seq, body from entries order by site, journal, seq")

    def quarantined(self) -> list[tuple[str, str, int, str]]:
        return self._rows("select site, journal, seq, reason from quarantine order by site, journal, seq")

    def has_stored(self, journal: str, seq: int) -> bool:
        return bool(self._rows("select 1 from entries where journal = ? and seq = ?", journal, seq))

    def has_refused(self, journal: str, seq: int) -> bool:
        return bool(self._rows("select 1 from quarantine where journal = ? and seq = ? limit 1", journal, seq))

    def _rows(self, query: str, *arguments: Any) -> list[tuple]:  # type: ignore[type-arg]
        return self._reader.rows(self.machine.directory / "central" / DATABASE, query, *arguments)
