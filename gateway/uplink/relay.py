"""The relay drains the outbox: fresh overloads first, over whichever door answers, until central itself has said yes.

Each door carries one backlog batch and up to LIVE_SLOTS live ones at a time, each in a task of its own: a batch that
hangs holds neither the other door nor the live entries behind it. A live entry that has no answer after PATIENCE_MS is
offered again, by another door when there is one, while its first sending may still run: central takes each entry once.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import structlog

from gateway.contract.entry import StoredEntry
from gateway.contract.wire import BATCH_BYTES_MAX, ReceivedAcknowledgement, batch_of, digest_of
from gateway.errors import JournalError, Refused, Unreachable
from gateway.ports import Clock, Outbox
from gateway.uplink.answers import Alarms, Answers
from gateway.uplink.belief import Belief
from gateway.uplink.doors import BatchRefused, Door, Slow, Standing
from gateway.uplink.flight import Flight, Sending

WINDOW, IN_FLIGHT_MAX = 400, 600
BATCH, LIVE_BATCH, LIVE_SLOTS = 100, 20, 3
PATIENCE_MS, BACKLOG_PATIENCE_MS = 1_200, 5_000
REFUSED_IN_A_ROW = 8
IDLE_MS, CALM_MS = 500, 5_000  # a look for what is due; and where nothing waits, and whatever comes will stir us
ASK_MIN_MS, ASK_MAX_MS = 250, 30_000


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
        *,
        new_question: Callable[[], str],
    ) -> None:
        self._outbox = outbox
        self._site = site
        self._doors = doors
        self._clock = clock
        self._sleep = sleep
        self._alarms = Alarms(alarm)
        self.counts = dict.fromkeys(("sent", "acknowledged", "timed_out", "forged", "doubted", "refused"), 0)
        self._by_door: dict[str, Counter[str]] = defaultdict(Counter)
        self._belief = Belief(site, central_public_hex, new_question)
        self._flight = Flight()
        self._answers = Answers(outbox, self._belief, self._flight, self._alarms, self.counts)
        self._standings: dict[str, Standing] = {}
        self._tasks: dict[asyncio.Task[None], tuple[str, str]] = {}  # → door, what: live, backlog, ask
        self._stirred = asyncio.Event()
        self._owed = True  # something live may wait: a start cannot know
        self._batch = BATCH
        self._refused_in_a_row = 0
        self._asks = 0
        self._asked_ms = -ASK_MAX_MS
        self._depth: Mapping[str, int] = {}
        self._log = structlog.get_logger().bind(site=site)

    def kick(self) -> None:
        self._owed = True
        self._stirred.set()

    def status(self) -> Mapping[str, Any]:
        """For the page: what waits, what is under way, which doors are open."""
        doors = {door.name: door.ready for door in self._doors}
        return {**self._depth, "in_flight": len(self._flight), "doors": doors, "by_door": self._by_door, **self.counts}

    async def run(self) -> None:
        try:
            while True:
                self._stirred.clear()
                self._reap()
                started = False
                try:
                    self._depth = await self._outbox.depth()
                    started = await self._start()
                except JournalError as error:
                    self._owed = True
                    self._log.warning("outbox_not_read", reason=str(error))
                if not started:
                    await self._wait()
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _reap(self) -> None:
        for task in [task for task in self._tasks if task.done()]:
            del self._tasks[task]
            task.result()  # a mistake of ours ends the relay, and with it the process

    async def _wait(self) -> None:
        """Until something was stored, a sending has ended, or the next moment at which one is overdue."""
        now_ms, due_ms = self._clock.monotonic_ms(), self._flight.next_due_ms()
        calm = not self._owed and self._depth.get("pending") == 0 and self._ask_due_ms() > now_ms
        idle_ms = min(CALM_MS, self._ask_due_ms() - now_ms) if calm else IDLE_MS
        wait_ms = idle_ms if due_ms is None else max(1, min(idle_ms, due_ms - now_ms))
        nap = asyncio.ensure_future(self._sleep(wait_ms / 1000))
        stir = asyncio.ensure_future(self._stirred.wait())
        try:
            await asyncio.wait((nap, stir), return_when=asyncio.FIRST_COMPLETED)
        finally:
            nap.cancel()
            stir.cancel()

    # sending ---------------------------------------------------------------------------------------------------

    async def _start(self) -> bool:
        """Start what has a door, live entries first; whether anything was."""
        now_ms = self._clock.monotonic_ms()
        self._give_up_waiting(now_ms)
        self._ask(now_ms)
        if self._owed:
            started = await self._start_live(now_ms)
            if started or self._owed:  # nothing passes a live entry that has no door yet
                return started
        door, under = self._choose(now_ms, live=False), len(self._flight)
        left = self._depth["pending"] - under
        if door is None or left <= 0 or WINDOW - under < min(left, self._batch):  # small batches cost as much as large
            return False
        entries = await self._outbox.claim(self._batch, exclude=self._flight.not_now())
        return self._depart(door, _bounded(entries), live=False)

    async def _start_live(self, now_ms: int) -> bool:
        room = min(IN_FLIGHT_MAX - len(self._flight), LIVE_BATCH, self._batch)
        door = self._choose(now_ms, live=True)
        if room <= 0 or door is None:
            return False
        self._owed = False  # before the claim: what is stored during it kicks again
        first = await self._outbox.claim(2 * room - 1, exclude=self._flight.not_now())
        return self._depart(door, _bounded(first[:room]), live=True)  # the first half is the newest by priority

    def _depart(self, door: Door, entries: Sequence[StoredEntry], *, live: bool) -> bool:
        if not entries:
            return False
        until_ms = self._clock.monotonic_ms() + PATIENCE_MS if live else None
        sending = self._flight.depart(entries, door.name, live=live, until_ms=until_ms)
        self._spawn(self._offer(door, entries, sending), door.name, "live" if live else "backlog")
        return True

    def _spawn(self, work: Any, door: str, what: str) -> None:
        task: asyncio.Task[None] = asyncio.ensure_future(work)
        self._tasks[task] = (door, what)
        task.add_done_callback(lambda _: self._stirred.set())

    def _choose(self, now_ms: int, *, live: bool) -> Door | None:
        """The first door that is open, has a free slot and is trusted; a distrusted one is better than none."""
        kind, slots = ("live", LIVE_SLOTS) if live else ("backlog", 1)
        free = [
            door
            for door in self._doors
            if door.ready
            and not self._standing(door.name).rests(now_ms, live=live)
            and list(self._tasks.values()).count((door.name, kind)) < slots
        ]
        trusted = [door for door in free if self._standing(door.name).distrusted_until_ms <= now_ms]
        return next(iter(trusted or free), None)

    def _standing(self, door: str) -> Standing:
        return self._standings.setdefault(door, Standing())

    def _give_up_waiting(self, now_ms: int) -> None:
        silent = set()
        for sending in self._flight.overdue(now_ms):
            self.counts["timed_out"] += 1
            self._by_door[sending.door]["timed_out"] += 1
            silent.add(sending.door)
            self._owed = self._owed or sending.live
        for door in silent:
            self._standing(door).was_silent(now_ms)

    async def _offer(self, door: Door, entries: Sequence[StoredEntry], sending: Sending) -> None:
        asked, batch = self._belief.asking(), batch_of(list(entries), self._site)
        self._flight.sent(digest_of(batch), entries)
        try:
            answer = await door.send(batch)
        except (Unreachable, Refused) as error:
            if self._flight.back(sending) and sending.live:
                self._owed = True
            self._not_taken(door, entries, error)
            return
        self.counts["sent"] += len(entries)
        self._by_door[door.name]["sent"] += len(entries)
        self._batch = min(BATCH, self._batch + 1)
        if answer is None:
            self._flight.wait_until(sending, self._clock.monotonic_ms() + BACKLOG_PATIENCE_MS)
            return
        self._alarms.over(door.name)
        try:
            await self._answers.take(answer, asked, digest_of(batch))
        except JournalError as error:
            self._log.warning("answer_not_applied", reason=str(error))
        if self._flight.back(sending):  # what the answer does not cover is offered again, but not at once
            self._standing(door.name).failed(self._clock.monotonic_ms())
            self._owed = self._owed or sending.live
        else:
            self._heard(door.name)

    def _heard(self, door: str) -> None:
        self._refused_in_a_row = 0
        self._standing(door).answered()

    def _not_taken(self, door: Door, entries: Sequence[StoredEntry], error: Unreachable | Refused) -> None:
        """One entry that central cannot take lets the others pass; any other failure is the door's."""
        now_ms = self._clock.monotonic_ms()
        self._by_door[door.name]["refused" if isinstance(error, Refused) else "unreachable"] += 1
        if isinstance(error, Refused):
            self.counts["refused"] += 1
        if isinstance(error, BatchRefused | Slow) and len(entries) > 1:
            self._batch = max(1, len(entries) // 2)
            if isinstance(error, BatchRefused):
                return
        if isinstance(error, Refused):
            about = entries[0].id if isinstance(error, BatchRefused) else door.name
            self._alarms.once(about, "central-refuses", str(error))
        if isinstance(error, BatchRefused) and self._flight.set_aside(entries[0], now_ms):
            self._refused_in_a_row += 1
            if self._refused_in_a_row <= REFUSED_IN_A_ROW:
                return
        standing = self._standing(door.name)
        rest_ms = standing.failed(now_ms, error)
        if standing.failures & (standing.failures - 1) == 0:  # ever rarer: an outage may last for days
            self._log.info("central_not_reached", door=door.name, reason=str(error), retry_ms=rest_ms)

    # answers ---------------------------------------------------------------------------------------------------

    async def on_ack(self, received: ReceivedAcknowledgement) -> None:
        """An acknowledgement that came by itself (MQTT): the door it answers is not silent.

        Raises:
            JournalError: it could not be applied; what it covers is offered again.
        """
        for door in await self._answers.take([received], None):
            self._heard(door)
        self._stirred.set()

    # asking ----------------------------------------------------------------------------------------------------

    def _ask(self, now_ms: int) -> None:
        """Where does central stand? At the start, when an answer is in doubt, and from time to time."""
        if not self._belief.wants_to_ask:
            self._asks = 0
        if now_ms < self._ask_due_ms() and not self._belief.asks_at_once:
            return
        asked = [door for door in self._doors if door.ready and (door.name, "ask") not in self._tasks.values()]
        if asked:
            self._asks += 1
            self._asked_ms = now_ms
            self._belief.asks_at_once = False
        for door in asked:
            self._spawn(self._ask_at(door), door.name, "ask")

    def _ask_due_ms(self) -> int:
        wait_ms = min(ASK_MIN_MS << min(self._asks, 10), ASK_MAX_MS) if self._belief.wants_to_ask else ASK_MAX_MS
        return self._asked_ms + wait_ms

    async def _ask_at(self, door: Door) -> None:
        asked = self._belief.asking()
        try:
            answer = await door.ask(self._belief.question())
            if answer is not None:
                await self._answers.take_list(answer, asked)
        except (Unreachable, Refused, JournalError) as error:
            self._log.info("central_not_asked", door=door.name, reason=str(error))


def _bounded(entries: Sequence[StoredEntry]) -> Sequence[StoredEntry]:
    """As many of these, in order, as one batch may weigh; at least one."""
    total = 0
    for index, entry in enumerate(entries):
        total += len(entry.body) * 4 // 3 + 1024
        if total > BATCH_BYTES_MAX and index:
            return entries[:index]
    return entries
