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
from gateway.uplink.doors import BatchRefused, Door, believed

WINDOW = 200
FRESH_RESERVE = 20
IN_FLIGHT_MAX = 2 * WINDOW
BATCH = 50
PATIENCE_MS = 1500
DISTRUST_MS, DISTRUST_MAX_MS = 10_000, 300_000
SET_ASIDE_MS, SET_ASIDE_MAX = 60_000, 100
ALARMED_MAX = 100
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
        self._set_aside: dict[str, tuple[int, int]] = {}  # refused alone: entry id → seq, until
        self._distrusted_until: dict[str, int] = {}
        self._silences: dict[str, int] = {}  # door → how often in a row it took entries and no answer came
        self._seen: dict[str, tuple[str, int]] = {}  # journal → incarnation, highest through
        self._batch = BATCH
        self._depth: Mapping[str, int] = {}
        self._alarmed: set[tuple[str, str]] = set()  # what about (a door, an entry), and the reason
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
                if self._another_way():
                    continue
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
        room = min(room, IN_FLIGHT_MAX - len(self._in_flight))
        door = self._choose(now_ms)
        if room <= 0 or door is None:
            return False
        waiting = {seq for seq, _, _ in self._in_flight.values()}
        exclude = frozenset(waiting | {seq for seq, _ in self._set_aside.values()})
        entries = await self._outbox.claim(min(room, self._batch), exclude=exclude)
        if not entries:
            return False
        await self._offer(door, _bounded(entries))
        return True

    def _give_up_waiting(self, now_ms: int) -> None:
        silent = set()
        for entry_id, (_, door, deadline_ms) in list(self._in_flight.items()):
            if deadline_ms <= now_ms:
                del self._in_flight[entry_id]
                self.counts["timed_out"] += 1
                silent.add(door)
        for door in silent:  # ever longer: each new trial costs a fresh overload the whole patience
            times = self._silences.get(door, 0)
            self._distrusted_until[door] = now_ms + min(DISTRUST_MS << min(times, 10), DISTRUST_MAX_MS)
            self._silences[door] = times + 1
        self._set_aside = {key: one for key, one in self._set_aside.items() if one[1] > now_ms}

    def _another_way(self) -> bool:
        now_ms = self._clock.monotonic_ms()
        return any(door.ready and self._distrusted_until.get(door.name, 0) <= now_ms for door in self._doors)

    def _choose(self, now_ms: int) -> Door | None:
        """The first door that is open and trusted; a distrusted one is better than none."""
        open_doors = [door for door in self._doors if door.ready]
        trusted = [door for door in open_doors if self._distrusted_until.get(door.name, 0) <= now_ms]
        usable = trusted or open_doors
        return usable[0] if usable else None

    async def _offer(self, door: Door, entries: Sequence[StoredEntry]) -> None:
        self._await_answer(door, entries)
        try:
            acks = await door.send(batch_of(list(entries), self._site))
        except (Unreachable, Refused) as error:
            for entry in entries:
                self._in_flight.pop(entry.id, None)
            if isinstance(error, BatchRefused) and len(entries) > 1:
                self.counts["refused"] += 1
                self._batch = max(1, len(entries) // 2)
                return
            self._not_taken(door, entries, error)
            raise
        self.counts["sent"] += len(entries)
        self._batch = min(BATCH, self._batch + 1)
        if acks is None:  # patience starts when the door has taken them; what was answered meanwhile stays answered
            self._await_answer(door, [entry for entry in entries if entry.id in self._in_flight])
            return
        self._silences.pop(door.name, None)
        self._alarmed = {one for one in self._alarmed if one[0] != door.name}
        try:
            for ack in acks:
                await self._apply(ack)
        finally:
            for entry in entries:  # answered: what the answer does not cover is offered again
                self._in_flight.pop(entry.id, None)

    def _await_answer(self, door: Door, entries: Sequence[StoredEntry]) -> None:
        deadline_ms = self._clock.monotonic_ms() + PATIENCE_MS
        for entry in entries:
            self._in_flight[entry.id] = (entry.seq, door.name, deadline_ms)

    def _not_taken(self, door: Door, entries: Sequence[StoredEntry], error: Unreachable | Refused) -> None:
        """One entry that central cannot take lets the others pass; any other failure is the door's."""
        now_ms = self._clock.monotonic_ms()
        if isinstance(error, Refused):
            self.counts["refused"] += 1
            about = entries[0].id if isinstance(error, BatchRefused) else door.name
            self._alarm_once(about, "central-refuses", str(error))
        if isinstance(error, BatchRefused):
            if len(self._set_aside) < SET_ASIDE_MAX:
                self._set_aside[entries[0].id] = (entries[0].seq, now_ms + SET_ASIDE_MS)
        else:
            self._distrusted_until[door.name] = now_ms + DISTRUST_MS

    def _alarm_once(self, about: str, code: str, reason: str) -> None:
        if (about, reason) not in self._alarmed and len(self._alarmed) < ALARMED_MAX:
            self._alarmed.add((about, reason))
            self._alarm(code, f"{about}: {reason}")

    async def on_ack(self, ack: Acknowledgement) -> None:
        """An acknowledgement that came by itself (MQTT): the door it answers is not silent.

        Raises:
            JournalError: it could not be applied; what it covers is offered again.
        """
        for door in await self._apply(ack):
            self._silences.pop(door, None)

    async def _apply(self, ack: Acknowledgement) -> set[str]:
        """Believe it only with central's signature; offer what central lost, then let go of what it covers."""
        if ack.site != self._site or not believed(ack, self._central):
            self.counts["forged"] += 1
            reason = "its signature is not that of central.public_key"
            self._alarm_once("central", "acknowledgement-not-believed", reason)
            return set()
        known = self._seen.get(ack.journal)
        again = 0
        if known is None or known[0] != ack.incarnation or ack.through < known[1]:
            # First what may be lost, then what is stored: `also` lies above `through`, and is not lost.
            again = await self._outbox.offer_again(ack.through, journal=ack.journal)
        self.counts["acknowledged"] += await self._outbox.acknowledge(ack)
        self._seen[ack.journal] = (ack.incarnation, ack.through)
        doors = self._let_go(ack)
        if again or len(self._in_flight) < WINDOW:
            self.kick()
        return doors

    def _let_go(self, ack: Acknowledgement) -> set[str]:
        """The covered entries are no longer in flight; through which doors they went."""
        doors = set()
        covered = {*ack.also, *ack.conflicts, *(one.seq for one in ack.quarantined)}
        for entry_id, (seq, door, _) in list(self._in_flight.items()):
            if entry_id.partition("/")[0] == ack.journal and (seq <= ack.through or seq in covered):
                del self._in_flight[entry_id]
                doors.add(door)
        return doors


def _bounded(entries: Sequence[StoredEntry]) -> Sequence[StoredEntry]:
    """As many of these, in order, as one batch may weigh; at least one."""
    total = 0
    for index, entry in enumerate(entries):
        total += len(entry.body) * 4 // 3 + 1024
        if total > BATCH_BYTES_MAX and index:
            return entries[:index]
    return entries
