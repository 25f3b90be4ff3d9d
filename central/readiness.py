"""Whether central can take entries now: its database writes, its evidence folder writes, its broker answers."""

import asyncio
from dataclasses import dataclass

import structlog
from sqlmodel import Session, update

from central.errors import ConfigError, StoreError
from central.evidence import EvidenceStore
from central.store.database import Database
from central.store.tables import IdentityRow

GOOD_FOR_S = 1.0
"""How long one look counts: nobody who asks often makes central write often."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Ready:
    """The cure of each part that cannot work now, empty where it can. `mqtt` None: no broker is configured."""

    database: str
    evidence: str
    mqtt: str | None

    @property
    def cures(self) -> list[str]:
        return [cure for cure in (self.database, self.evidence, self.mqtt) if cure]


class Readiness:
    def __init__(self, database: Database, evidence: EvidenceStore, mqtt_connected: asyncio.Event | None) -> None:
        self._database = database
        self._evidence = evidence
        self._mqtt_connected = mqtt_connected
        self._looking = asyncio.Lock()
        self._seen: tuple[float, Ready] | None = None

    async def look(self) -> Ready:
        async with self._looking:
            now_s = asyncio.get_running_loop().time()
            if self._seen is None or now_s - self._seen[0] >= GOOD_FOR_S:
                self._seen = now_s, await self._look()
            return self._seen[1]

    async def _look(self) -> Ready:
        return Ready(await self._database_cure(), await self._evidence_cure(), self._mqtt_cure())

    async def _database_cure(self) -> str:
        try:
            await self._database.run(_write_nothing_new)
        except StoreError as error:
            log.warning("database_not_ready", reason=str(error))
            return "central.database: it commits nothing; look at the database, its disk, and central's log"
        return ""

    async def _evidence_cure(self) -> str:
        try:
            await asyncio.to_thread(self._evidence.prepare)
        except ConfigError as error:
            return error.faults[0]
        return ""

    def _mqtt_cure(self) -> str | None:
        if self._mqtt_connected is None:
            return None
        return "" if self._mqtt_connected.is_set() else "mqtt.url: the broker does not answer; start it or mend the url"


def _write_nothing_new(session: Session) -> None:
    session.exec(update(IdentityRow).values(created_ms=IdentityRow.created_ms))
