"""The relay drains the outbox: fresh overloads first, over whichever door answers, until central itself has said yes.

An entry is in flight from its sending until a believed acknowledgement covers it, or until PATIENCE_MS is over; then it
is offered again, by another door when there is one: a broker that acknowledges and forgets loses nothing.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import structlog

from gateway.contract.entry import StoredEntry
from gateway.contract.wire import BATCH_BYTES_MAX, Acknowledgement, batch_of
from gateway.errors import JournalError, Refused, Unreachable
from gateway.ports import Clock, Outbox
from gateway.uplink.doors import Door, believed

WINDOW = 200
FRESH_RESERVE = 20
BATCH = 50
PATIENCE_MS = 1500
DISTRUST_MS = 10_000
IDLE_S = 0.5
BACKOFF_MIN_S, BACKOFF_MAX_S = 0.5, 15.0


class Relay:
    """`kick()` when an entry was stored; `on_ack` takes acknowledgements that come by themselves (MQTT)."""

    def __init__(
        self,
        outbox: Outbox,
        site: str,
        doors: Sequence[Door],
        central_public_hex: str,
        clock: Clock,
        sleep: Callable[[float], Awaitable[None]],
        alarm: Callable[[str, str], None],
    ) -> None:
        self._outbox = outbox
        self._site = site
        self._doors = doors
        self._central = central_public_hex
        self._clock = clock
        self._sleep = sleep
        self._alarm = alarm
        self._kicked = asyncio.Event()
        self._in_flight: dict[str, tuple[int, str, int]] = {}  # entry id → seq, door, deadline
        self._distrusted_until: dict[str, int] = {}
        self._seen: dict[str, tuple[str, int]] = {}  # journal → incarnation, highest through
        self._batch = BATCH
        self._depth: Mapping[str, int] = {}
        self._alarmed: set[str] = set()
        self._log = structlog.get_logger().bind(site=site)
        self.counts = {"sent": 0, "acknowledged": 0, "timed_out": 0, "forged": 0, "refused": 0}

    def kick(self) -> None:
        self._kicked.set()

    def status(self) -> Mapping[str, Any]:
        """For the page: what waits, what is under way, which doors are open."""
        doors = {door.name: door.ready for door in self._doors}
        return {**self._depth, "in_flight": len(self._in_flight), "doors": doors, **self.counts}

    async def run(self) -> None:
        backoff_s = BACKOFF_MIN_S
        while True:
            try:
                moved = await self.drain_once()
                self._depth = await self._outbox.depth()
            except (Unreachable, Refused) as error:
                self._log.info("central_not_reached", reason=str(error), retry_s=backoff_s)
                self._kicked.clear()
                await self._wait(backoff_s)
                backoff_s = min(backoff_s * 2, BACKOFF_MAX_S)
                continue
            except JournalError as error:
                self._log.warning("outbox_not_read", reason=str(error))
                moved = False
            backoff_s = BACKOFF_MIN_S
            if not moved:
                await self._wait(IDLE_S)

    async def _wait(self, seconds: float) -> None:
        """Until something is stored, but not longer than this."""
        nap = asyncio.ensure_future(self._sleep(seconds))
        kick = asyncio.ensure_future(self._kicked.wait())
        try:
            await asyncio.wait((nap, kick), return_when=asyncio.FIRST_COMPLETED)
        finally:
            nap.cancel()
            kick.cancel()

    async def drain_once(self) -> bool:
        """Offer one batch; returns whether there was anything to offer and a door to offer it through."""
        now_ms = self._clock.monotonic_ms()
        self._give_up_waiting(now_ms)
        fresh = self._kicked.is_set()
        self._kicked.clear()
        room = max(WINDOW - len(self._in_flight), FRESH_RESERVE if fresh else 0)
        door = self._choose(now_ms)
        if room <= 0 or door is None:
            return False
        exclude = frozenset(seq for seq, _, _ in self._in_flight.values())
        entries = await self._outbox.claim(min(room, self._batch), exclude=exclude)
        if not entries:
            return False
        await self._offer(door, _bounded(entries))
        return True

    def _give_up_waiting(self, now_ms: int) -> None:
        for entry_id, (_, door, deadline_ms) in list(self._in_flight.items()):
            if deadline_ms <= now_ms:
                del self._in_flight[entry_id]
                self.counts["timed_out"] += 1
                self._distrusted_until[door] = now_ms + DISTRUST_MS

    def _choose(self, now_ms: int) -> Door | None:
        """The first door that is open and trusted; a distrusted one is better than none."""
        open_doors = [door for door in self._doors if door.ready]
        trusted = [door for door in open_doors if self._distrusted_until.get(door.name, 0) <= now_ms]
        usable = trusted or open_doors
        return usable[0] if usable else None

    async def _offer(self, door: Door, entries: Sequence[StoredEntry]) -> None:
        deadline_ms = self._clock.monotonic_ms() + PATIENCE_MS
        for entry in entries:
            self._in_flight[entry.id] = (entry.seq, door.name, deadline_ms)
        try:
            acks = await door.send(batch_of(list(entries), self._site))
        except (Unreachable, Refused) as error:
            for entry in entries:
                self._in_flight.pop(entry.id, None)
            self._distrusted_until[door.name] = self._clock.monotonic_ms() + DISTRUST_MS
            if isinstance(error, Refused):
                self._refused(door, str(error))
            raise
        self.counts["sent"] += len(entries)
        self._batch = min(BATCH, self._batch + 1)
        for ack in acks or ():
            await self.on_ack(ack)
        if acks is not None:
            for entry in entries:  # answered: what the answer does not cover is offered again
                self._in_flight.pop(entry.id, None)

    def _refused(self, door: Door, reason: str) -> None:
        """Central said no to the batch as such: a smaller one next, and a person is told once per reason."""
        self.counts["refused"] += 1
        self._batch = max(1, self._batch // 2)
        if reason not in self._alarmed and len(self._alarmed) < 100:
            self._alarmed.add(reason)
            self._alarm("central-refuses", f"{door.name}: {reason}")

    async def on_ack(self, ack: Acknowledgement) -> None:
        """Believe it only with central's signature; then let go of what it covers, and offer what central lost."""
        if ack.site != self._site or not believed(ack, self._central):
            self.counts["forged"] += 1
            if "forged" not in self._alarmed:
                self._alarmed.add("forged")
                self._alarm("acknowledgement-not-believed", "its signature is not that of central.public_key")
            return
        self.counts["acknowledged"] += await self._outbox.acknowledge(ack)
        known = self._seen.get(ack.journal)
        lost = known is None or known[0] != ack.incarnation or ack.through < known[1]
        if lost and await self._outbox.offer_again(ack.through):
            self.kick()
        self._seen[ack.journal] = (ack.incarnation, ack.through)
        covered = {*ack.also, *ack.conflicts, *(one.seq for one in ack.quarantined)}
        for entry_id, (seq, _, _) in list(self._in_flight.items()):
            if entry_id.partition("/")[0] == ack.journal and (seq <= ack.through or seq in covered):
                del self._in_flight[entry_id]
        if len(self._in_flight) < WINDOW:
            self.kick()


def _bounded(entries: Sequence[StoredEntry]) -> Sequence[StoredEntry]:
    """As many of these, in order, as one batch may weigh; at least one."""
    total = 0
    for index, entry in enumerate(entries):
        total += len(entry.body) * 4 // 3 + 1024
        if total > BATCH_BYTES_MAX and index:
            return entries[:index]
    return entries
