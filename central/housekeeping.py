"""What central does by itself beside its doors: it watches who is silent, and tells the gates who is on which list."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any

import structlog
from sqlmodel import Session

from central.asking import day_of
from central.bulletins import Bulletins
from central.credit.lists import any_kept, whole_list
from central.errors import BulletinError, StoreError
from central.sources.silence import watch
from central.store.database import Database, epoch_ms

LOOK_S = 5.0
SILENCE_EVERY = 12
"""Looks at the lists for one look at who is silent: once a minute."""

SendDown = Callable[[str], Awaitable[None]]
log = structlog.get_logger()


class Housekeeper:
    """`send_down` hands a site over MQTT what it has not been sent; None: sites fetch it over HTTP."""

    def __init__(
        self,
        database: Database,
        bulletins: Bulletins,
        sites: Sequence[str],
        clock: Callable[[], datetime],
        send_down: SendDown | None = None,
    ) -> None:
        self._database, self._bulletins, self._sites = database, bulletins, sites
        self._clock, self._send_down = clock, send_down
        self._started_ms = epoch_ms(clock())
        self._told: dict[str, list[dict[str, Any]]] = {}

    async def run(self) -> None:
        looks = 0
        while True:
            try:
                await self.tell_gates()
                if looks % SILENCE_EVERY == 0:
                    await self.watch_silence()
            except (StoreError, BulletinError) as error:
                log.warning("housekeeping_failed", reason=str(error))
            looks += 1
            await asyncio.sleep(LOOK_S)

    async def watch_silence(self) -> None:
        now_ms = epoch_ms(self._clock())
        await self._database.run(lambda session: watch(session, self._sites, self._started_ms, now_ms))

    async def tell_gates(self) -> list[str]:
        """Publish to each site whose lists are not those in force there; which sites that were.

        Raises:
            BulletinError: a bulletin cannot be kept; what stood stays in force.
        """
        today = day_of(epoch_ms(self._clock())).isoformat()

        def work(session: Session) -> list[dict[str, Any]] | None:
            return whole_list(session, today) if any_kept(session) else None

        listed = await self._database.run(work)
        changed = []
        for site in () if listed is None else self._sites:
            if site not in self._told:
                self._told[site] = self._in_force(site)
            if self._told[site] != listed:
                self._bulletins.publish(site, "lists", {"listed": listed})
                changed.append(site)
                if self._send_down is not None:
                    await self._send_down(site)
                self._told[site] = listed or []
        if changed:
            log.info("lists_published", sites=len(changed))
        return changed

    def _in_force(self, site: str) -> list[dict[str, Any]]:
        """What was published last; an empty list where nothing was, as that is what the site goes by."""
        found = [one.bulletin for one in self._bulletins.above(site, {}) if one.bulletin.kind == "lists"]
        newest = max(found, key=lambda one: one.number, default=None)
        return [] if newest is None else list(newest.content["listed"])
