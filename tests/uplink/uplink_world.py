"""A central, an outbox, a clock and doors for this folder's tests."""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.contract.entry import GENESIS, StoredEntry, canonical
from gateway.contract.wire import BATCH, Acknowledgement, Quarantined, entry_of, signed_part
from gateway.errors import Unreachable
from gateway.keys import BoxKey
from gateway.ports import Evidence
from gateway.uplink.relay import Relay

SITE, JOURNAL = "site-under-test", "j-one"
CENTRAL = BoxKey(Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
FORGER = BoxKey(Ed25519PrivateKey.from_private_bytes(bytes(32)))


def entry(seq: int) -> StoredEntry:
    body = canonical({"seq": seq})
    return StoredEntry(JOURNAL, seq, "device", body, GENESIS, hashlib.sha256(body).digest(), bytes(64), "key")


def signed(ack: Acknowledgement, key: BoxKey = CENTRAL) -> Acknowledgement:
    return ack.model_copy(update={"signature": key.sign(canonical(signed_part(ack))).hex()})


class FakeClock:
    def __init__(self) -> None:
        self.ms = 0

    def now(self) -> datetime:
        return datetime(2026, 3, 1, tzinfo=UTC)

    def monotonic_ms(self) -> int:
        return self.ms

    def quality(self) -> Mapping[str, Any]:
        return {"synchronised": True, "offset_ms": 0}

    async def sleep(self, seconds: float) -> None:
        self.ms += round(seconds * 1000)
        await asyncio.sleep(0)


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
        for one in ack.quarantined:
            if one.seq in self.pending:
                self.parked[one.seq] = one.reason
                del self.pending[one.seq]
        gone = {seq for seq in self.pending if seq <= ack.through or seq in ack.also}
        self.acked |= gone
        self.pending = {seq: p for seq, p in self.pending.items() if seq not in gone}
        return len(gone)

    async def offer_again(self, above_seq: int, *, journal: str | None = None) -> int:
        again = {seq for seq in self.acked if seq > above_seq} if journal == JOURNAL else set()
        self.acked -= again
        self.pending |= dict.fromkeys(again, 1)
        self.offered_again += len(again)
        return len(again)

    async def pending_evidence(self, limit: int) -> Sequence[Evidence]:
        return list(self.evidence.values())[:limit]

    async def evidence_delivered(self, sha256: str) -> None:
        del self.evidence[sha256]

    async def depth(self) -> Mapping[str, int]:
        return {"pending": len(self.pending), "parked": len(self.parked), "evidence": len(self.evidence)}


class FakeCentral:
    def __init__(self, incarnation: str = "one") -> None:
        self.incarnation = incarnation
        self.stored: set[int] = set()
        self.refused: dict[int, str] = {}

    def accept(self, batch: bytes) -> Acknowledgement:
        entries = [entry_of(event) for event in BATCH.validate_json(batch)]
        self.stored |= {one.seq for one in entries} - set(self.refused)
        return self.ack(entries[0].journal)

    def ack(self, journal: str = JOURNAL) -> Acknowledgement:
        places = self.stored | set(self.refused)
        through = 0
        while through + 1 in places:
            through += 1
        return signed(
            Acknowledgement(
                incarnation=self.incarnation,
                site=SITE,
                journal=journal,
                through=through,
                also=sorted(seq for seq in self.stored if seq > through),
                quarantined=[Quarantined(seq=seq, reason=why) for seq, why in self.refused.items()],
            )
        )


class FakeDoor:
    """Answers from a plan: an exception to raise, "forget" (taken, never answered), or central's own answer."""

    def __init__(self, name: str, central: FakeCentral, *plan: Exception | str) -> None:
        self.name, self.central, self.plan = name, central, list(plan)
        self.ready = True
        self.always: str | None = None
        self.batches: list[list[int]] = []

    async def run(self) -> None:
        await asyncio.Event().wait()

    async def send(self, batch: bytes) -> Sequence[Acknowledgement] | None:
        self.batches.append([entry_of(event).seq for event in BATCH.validate_json(batch)])
        step = self.plan.pop(0) if self.plan else self.always
        if isinstance(step, Exception):
            raise step
        return None if step == "forget" else [self.central.accept(batch)]


class World:
    def __init__(self, count: int = 0, *, doors: Sequence[Any] = (), outbox: Any = None) -> None:
        self.clock, self.outbox = FakeClock(), outbox if outbox is not None else FakeOutbox(count)
        self.alarms: list[tuple[str, str]] = []
        self.relay = Relay(
            self.outbox,
            SITE,
            doors,
            CENTRAL.public_hex,
            self.clock,
            self.clock.sleep,
            lambda code, detail: self.alarms.append((code, detail)),
        )

    async def until_empty(self, rounds: int = 3_000) -> None:
        """Drive the real loop on fake time until nothing is pending, or the rounds are used up."""
        task = asyncio.create_task(self.relay.run())
        try:
            for _ in range(rounds):
                await asyncio.sleep(0)
                if (await self.outbox.depth())["pending"] == 0 or task.done():
                    break
        finally:
            if task.done():
                task.result()
            task.cancel()
        assert (await self.outbox.depth())["pending"] == 0, await self.outbox.depth()


GONE = Unreachable("central answers 500")
