"""A central, an outbox, a clock and doors for this folder's tests."""

import asyncio
import functools
import hashlib
import itertools
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.contract.entry import GENESIS, StoredEntry, canonical
from gateway.contract.wire import (
    BATCH,
    Acknowledgement,
    Quarantined,
    ReceivedAcknowledgement,
    digest_of,
    entry_of,
    read_acknowledgements,
    signed_part,
)
from gateway.errors import Unreachable
from gateway.keys import BoxKey
from gateway.ports import Evidence
from gateway.uplink.belief import Belief
from gateway.uplink.doors import Slow
from gateway.uplink.relay import Relay

SITE, JOURNAL = "site-under-test", "j-one"
CENTRAL = BoxKey(Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
FORGER = BoxKey(Ed25519PrivateKey.from_private_bytes(bytes(32)))


def entry(seq: int) -> StoredEntry:
    body = canonical({"seq": seq})
    return StoredEntry(JOURNAL, seq, "device", body, GENESIS, hashlib.sha256(body).digest(), bytes(64), "key")


def signed(ack: Acknowledgement, key: BoxKey = CENTRAL) -> Acknowledgement:
    return ack.model_copy(update={"signature": key.sign(canonical(signed_part(ack))).hex()})


def said(through: int, incarnation: str = "one", **more: Any) -> Acknowledgement:
    """What central signs for the site under test, save `more`."""
    return signed(
        Acknowledgement(incarnation=incarnation, through=through, **{"site": SITE, "journal": JOURNAL, **more})
    )


def belief() -> Belief:
    numbers = itertools.count(1)
    return Belief(SITE, CENTRAL.public_hex, lambda: f"q-{next(numbers)}")


def received(ack: Acknowledgement) -> ReceivedAcknowledgement:
    """As it comes over a wire."""
    return read_acknowledgements(ack.model_dump_json().encode())[0]


class TurnedLoop(asyncio.SelectorEventLoop):
    """Nobody waits: when there is nothing to do, time jumps to what is due next."""

    def __init__(self) -> None:
        super().__init__()
        self._now_s = 0.0
        self._look = self._selector.select  # type: ignore[attr-defined]
        self._selector.select = self._jump  # type: ignore[attr-defined]

    def time(self) -> float:
        return self._now_s

    def _jump(self, timeout_s: float | None) -> Any:
        assert timeout_s is not None, "everyone waits for another"
        events = self._look(0)
        if not events:
            self._now_s += timeout_s
        return events


def turned(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Plays the test where time costs nothing; an hour of it must be enough."""

    @functools.wraps(test)
    def play(*args: Any, **more: Any) -> None:
        with asyncio.Runner(loop_factory=TurnedLoop) as runner:
            runner.run(asyncio.wait_for(test(*args, **more), 3_600))

    return play


class FakeClock:
    """The loop's own time."""

    def now(self) -> datetime:
        return datetime(2026, 3, 1, tzinfo=UTC)

    def monotonic_ms(self) -> int:
        return round(asyncio.get_running_loop().time() * 1000)

    def quality(self) -> Mapping[str, Any]:
        return {"synchronised": True, "offset_ms": 0}


class FakeOutbox:
    """Pending by priority, newest first for half, as the journal's; nothing leaves but by acknowledge()."""

    def __init__(self, count: int = 0) -> None:
        self.pending: dict[int, int] = dict.fromkeys(range(1, count + 1), 1)
        self.acked: set[int] = set()
        self.parked: dict[int, str] = {}
        self.evidence: dict[str, Evidence] = {}
        self.offered_again = 0

    async def claim(self, limit: int, *, exclude: frozenset[int]) -> Sequence[StoredEntry]:
        free = [seq for seq in self.pending if seq not in exclude]
        newest = sorted(free, key=lambda seq: (self.pending[seq], -seq))[: (limit + 1) // 2]
        oldest = sorted(set(free) - set(newest), key=lambda seq: (self.pending[seq], seq))
        return [entry(seq) for seq in (*newest, *oldest[: limit - len(newest)])]

    async def acknowledge(self, ack: Acknowledgement) -> int:
        refused = {one.seq: one.reason for one in ack.quarantined} | dict.fromkeys(ack.conflicts, "conflict")
        for seq, reason in refused.items():
            if self.pending.pop(seq, None) is not None:
                self.parked[seq] = reason
        gone = {seq for seq in self.pending if seq <= ack.through or seq in ack.also}
        self.acked |= gone
        self.pending = {seq: p for seq, p in self.pending.items() if seq not in gone}
        return len(gone)

    async def offer_again(self, above_seq: int, *, journal: str | None = None, but: Sequence[int] = ()) -> int:
        again = {seq for seq in self.acked - set(but) if seq > above_seq} if journal in (None, JOURNAL) else set()
        self.acked -= again
        self.pending |= dict.fromkeys(again, 1)
        self.offered_again += len(again)
        return len(again)

    async def journals(self) -> Sequence[str]:
        return [JOURNAL]

    async def pending_evidence(self, limit: int, *, exclude: frozenset[str] = frozenset()) -> Sequence[Evidence]:
        return [one for name, one in self.evidence.items() if name not in exclude][:limit]

    async def evidence_delivered(self, *sha256: str) -> None:
        for name in sha256:
            del self.evidence[name]

    async def depth(self) -> Mapping[str, int]:
        return {"pending": len(self.pending), "parked": len(self.parked), "evidence": len(self.evidence)}


class FakeCentral:
    def __init__(self, incarnation: str = "one") -> None:
        self.incarnation, self.journal = incarnation, JOURNAL
        self.stored: set[int] = set()
        self.others: list[str] = []
        """Journals of boxes that stood at the site before ours: it has one entry of each."""
        self.refused: dict[int, str] = {}
        self.clashes: set[int] = set()

    def accept(self, batch: bytes) -> Acknowledgement:
        entries = [entry_of(event) for event in BATCH.validate_json(batch)]
        self.stored |= {one.seq for one in entries} - set(self.refused)
        return self.ack(batch=digest_of(batch))

    def ack(self, answers: str = "", batch: str = "") -> Acknowledgement:
        places = self.stored | set(self.refused)
        through = 0
        while through + 1 in places:
            through += 1
        return signed(
            Acknowledgement(
                incarnation=self.incarnation,
                site=SITE,
                journal=self.journal,
                answers=answers,
                batch=batch,
                through=through,
                also=sorted(seq for seq in self.stored if seq > through),
                quarantined=[Quarantined(seq=seq, reason=why) for seq, why in self.refused.items()],
                conflicts=sorted(self.clashes),
            )
        )


class FakeDoor:
    """Answers from a plan: an exception to raise, "forget" (taken, never answered), "hang", or central's own answer."""

    def __init__(self, name: str, central: FakeCentral, *plan: Exception | str) -> None:
        self.name, self.central, self.plan = name, central, list(plan)
        self.ready = True
        self.always: Exception | str | None = None
        self.round_trip_s = 0.0
        self.batches: list[list[int]] = []
        self.asked = 0

    async def run(self) -> None:
        await asyncio.Event().wait()

    async def send(self, batch: bytes) -> Sequence[ReceivedAcknowledgement] | None:
        self.batches.append([entry_of(event).seq for event in BATCH.validate_json(batch)])
        await asyncio.sleep(self.round_trip_s / 2)
        step = self.plan.pop(0) if self.plan else self.always
        if step == "hang":
            await asyncio.sleep(10)
            step = Slow("no answer within 10 s")
        if isinstance(step, Exception):
            raise step
        if step == "forget":
            return None
        answer = [received(self.central.accept(batch))]
        await asyncio.sleep(self.round_trip_s / 2)
        return answer

    async def ask(self, question: str) -> Sequence[ReceivedAcknowledgement] | None:
        self.asked += 1
        step = self.plan[0] if self.plan else self.always
        if step == "hang":
            await asyncio.sleep(10)
        if step is not None:
            raise GONE
        others = [said(1, self.central.incarnation, journal=name, answers=question) for name in self.central.others]
        ours = [self.central.ack(answers=question)] if self.central.stored else []
        return [received(one) for one in (*others, *ours)]


class World:
    def __init__(self, count: int = 0, *, doors: Sequence[Any] = (), outbox: Any = None) -> None:
        self.clock, self.outbox = FakeClock(), outbox if outbox is not None else FakeOutbox(count)
        self.alarms: list[tuple[str, str]] = []
        questions = itertools.count(1)
        self.relay = Relay(
            self.outbox,
            SITE,
            doors,
            CENTRAL.public_hex,
            self.clock,
            asyncio.sleep,
            lambda code, detail: self.alarms.append((code, detail)),
            new_question=lambda: f"q-{next(questions)}",
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.relay.run())
        try:
            yield
        finally:
            ended = task.done()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            if ended:
                task.result()

    def store(self, seq: int, priority: int) -> None:
        self.outbox.pending[seq] = priority
        self.relay.kick()

    async def until_empty(self, within_s: float = 600) -> float:
        """How long it takes until nothing is pending."""
        async with self.running():
            return await until(lambda: not self.outbox.pending, within_s)


async def until(goal: Callable[[], bool], within_s: float) -> float:
    """How long it takes until this is so; it must not take longer."""
    begun_s = asyncio.get_running_loop().time()
    while not goal():
        passed_s = asyncio.get_running_loop().time() - begun_s
        assert passed_s < within_s, f"not within {within_s} s"
        await asyncio.sleep(0.01)
    return asyncio.get_running_loop().time() - begun_s


GONE = Unreachable("central answers 500")
