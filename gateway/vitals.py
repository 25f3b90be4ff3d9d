"""Whether a site lives, whether it can weigh, and its counters: what /healthz, /readyz and /metrics tell anyone.

Nothing secret is in them: they name devices and lanes by the site file's own names, never an address or a plate.
"""

import asyncio
import shutil
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from gateway.errors import JournalError
from gateway.lanes import LaneShell
from gateway.metrics import Metrics, Now
from gateway.ports import Clock
from gateway.service import Pulse, ServiceManager

LANE_STUCK_MS = 60_000
"""A lane steps ten times a second; only a disk that does not answer, or a mistake of ours, keeps it for so long."""

GOOD_FOR_S = 2.0
JOURNAL_S = 2.0


class ProvedJournal(Protocol):
    async def prove_writable(self) -> None: ...

    async def oldest_pending(self) -> str | None: ...


class Vitals:
    """One site's. `health` and `relay` answer at any time; `lanes` fill up while the site is built."""

    def __init__(
        self,
        *,
        lanes: Mapping[str, LaneShell],
        health: Mapping[str, Callable[[], Mapping[str, Any]]],
        relay: Callable[[], Mapping[str, Any]],
        journal: ProvedJournal,
        metrics: Metrics,
        clock: Clock,
        storage: Path,
        manager: ServiceManager,
    ) -> None:
        self._lanes, self._health, self._relay = lanes, health, relay
        self._journal, self._metrics, self._clock, self._storage = journal, metrics, clock, storage
        self.pulse = Pulse(manager, self._stuck)
        self._looking = asyncio.Lock()
        self._looked: tuple[float, str] | None = None

    def alive(self) -> list[str]:
        """What stands still, one line each; nothing when all moves."""
        return self.pulse.faults()

    async def missing(self) -> list[str]:
        """What keeps the site from weighing, one line each: scales that are not live, a journal that does not store."""
        scales = [(f"scale-{lane}", self._health[f"scale-{lane}"]().get("state", "")) for lane in self._lanes]
        return [f"{name}: {state}" for name, state in scales if state != "live"] + await self._journal_fault()

    async def counters(self) -> bytes:
        """The text that Prometheus reads."""
        oldest_s = None
        try:
            async with asyncio.timeout(JOURNAL_S):
                at = await self._journal.oldest_pending()
            oldest_s = (
                None if at is None else max(0.0, (self._clock.now() - datetime.fromisoformat(at)).total_seconds())
            )
        except (JournalError, TimeoutError, ValueError):
            pass  # the journal's own counters tell of it
        return self._metrics.text(
            Now(
                devices={name: health() for name, health in self._health.items()},
                relay=self._relay(),
                lag_s=self.pulse.lag_s,
                loads_dropped={name: lane.dropped for name, lane in self._lanes.items()},
                oldest_s=oldest_s,
                disk_free_bytes=await self._free_bytes(),
            )
        )

    def _stuck(self) -> list[str]:
        now_ms = self._clock.monotonic_ms()
        still = {name: now_ms - lane.stepped_ms for name, lane in self._lanes.items()}
        return [f"lane {name}: no step for {ms // 1000} s" for name, ms in still.items() if ms >= LANE_STUCK_MS]

    async def _journal_fault(self) -> list[str]:
        """One look counts for GOOD_FOR_S: nobody who asks often makes the disk write often."""
        async with self._looking:
            now_s = asyncio.get_running_loop().time()
            if self._looked is None or now_s - self._looked[0] >= GOOD_FOR_S:
                self._looked = now_s, await self._prove()
            return [self._looked[1]] if self._looked[1] else []

    async def _prove(self) -> str:
        try:
            async with asyncio.timeout(JOURNAL_S):
                await self._journal.prove_writable()
        except JournalError:
            return "journal: does not store; the page's alarms say why"
        except TimeoutError:
            return f"journal: no answer within {JOURNAL_S:g} s; is its disk well?"
        return ""

    async def _free_bytes(self) -> int | None:
        try:
            return (await asyncio.to_thread(shutil.disk_usage, self._storage)).free
        except OSError:
            return None
