"""One small mistake for each promise: what somebody could write on a tired evening. Each is put into the real code."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest

from drivers.actuators import Barrier
from gateway.bootstrap import Site
from gateway.contract.entry import StoredEntry
from gateway.contract.wire import Acknowledgement
from gateway.core.effects import MoveBarrier, Record
from gateway.core.lane import ADMITTING, Restored
from gateway.core.platform import PlatformPassage
from gateway.core.vehicle import Measurement
from gateway.core.verdict import Judgement
from gateway.downlink.in_force import InForce
from gateway.lanes import LaneShell
from gateway.law.limits import Law, judge
from gateway.ports import Journal, LaneMarker
from gateway.uplink.answers import Answers
from gateway.uplink.doors import Door
from gateway.uplink.flight import Flight, Sending
from gateway.uplink.relay import Relay
from simulator.faults import FaultPlan
from weighgate.virtual.checkers import Checker
from weighgate.virtual.checkers.barrier import BarrierNeverHits
from weighgate.virtual.checkers.bounds import Bounds
from weighgate.virtual.checkers.durable_first import DurableFirst
from weighgate.virtual.checkers.exactly_once import ExactlyOnce
from weighgate.virtual.checkers.list_obeyed import ListObeyed
from weighgate.virtual.checkers.one_weighing import OneWeighing
from weighgate.virtual.checkers.outbox_kept import OutboxKept
from weighgate.virtual.checkers.released_with_reason import ReleasedWithReason
from weighgate.virtual.checkers.same_truck import SameTruck
from weighgate.virtual.checkers.tolerance import Tolerance
from weighgate.virtual.checkers.unknown_never_within import UnknownNeverWithin
from weighgate.virtual.swarm import Fault, Listing, Swarm

Patch = pytest.MonkeyPatch


def quarry(*faults: Fault, trucks: int = 2) -> Swarm:
    return Swarm(("source-exit",), trucks, 6.0, FaultPlan(), faults)


def moved_first(patch: Patch) -> None:
    """The barrier is told to open before the record is on disk, and the disk takes its time."""
    record_it = LaneShell._record

    async def record(self: LaneShell, record: Record) -> None:
        if record.judgement.action in ADMITTING:
            self.actuation.perform(MoveBarrier("open"))
        await asyncio.sleep(1.0)
        await record_it(self, record)

    patch.setattr(LaneShell, "_record", record)


def sent_is_stored(patch: Patch) -> None:
    """What the broker took counts as acknowledged."""
    offer_it = Relay._offer

    async def offer(self: Relay, door: Door, entries: Sequence[StoredEntry], sending: Sending) -> None:
        await offer_it(self, door, entries, sending)
        for entry in entries:
            ack = Acknowledgement(
                incarnation="", site=self._site, journal=entry.journal, through=0, also=[entry.seq], quarantined=[],
                conflicts=[],
            )  # fmt: skip
            await self._outbox.acknowledge(ack)

    patch.setattr(Relay, "_offer", offer)


def unnamed_forgotten(patch: Patch) -> None:
    """Of a journal that central's list does not name nothing is concluded."""
    patch.setattr(Answers, "take_list", Answers.take)


def recorded_twice(patch: Patch) -> None:
    """A retry stores the weighing again, and the journal no longer knows that it has it."""
    record_it = LaneShell._record

    async def record(self: LaneShell, record: Record) -> None:
        await self._store(self, record)
        await record_it(self, record)

    patch.setattr(LaneShell, "_record", record)
    patch.setattr("gateway.journal.store._passage_of", lambda _draft: None)


def marker_ignored(patch: Patch) -> None:
    """After a restart the lane takes whoever stands there for somebody new."""

    async def restored(_journal: Journal, marker: LaneMarker | None) -> Restored:
        return Restored(0 if marker is None else marker.passage, "cleared", None, None)

    patch.setattr("gateway.bootstrap.restored", restored)


def bytes_altered(patch: Patch) -> None:
    """Central stores what it understood instead of what it was given."""
    from central.store import intake

    row_of = intake._row_of

    def rewritten(item: Any, site: str, now_ms: int) -> Any:
        row = row_of(item, site, now_ms)
        return row | {"body": row["body"].replace(b'"v":1', b'"v": 1')}

    patch.setattr(intake, "_row_of", rewritten)


def _judging(patch: Patch, change: Callable[[Measurement, Judgement], Judgement]) -> None:
    def judged(who: Any, found: Measurement, law: Law, *brought: Any) -> Judgement:
        return change(found, judge(who, found, law, *brought))

    patch.setattr("gateway.choices.judge", judged)


def over_is_let_go(patch: Patch) -> None:
    """The lane goes by the ground, and the ground was read the wrong way round."""

    def change(_found: Measurement, said: Judgement) -> Judgement:
        return said._replace(action="release") if said.road_limit.outcome == "exceeded" else said

    _judging(patch, change)


def tolerated_everywhere(patch: Patch) -> None:
    """The toll entrance's tolerance is given at a quarry."""

    def change(_found: Measurement, said: Judgement) -> Judgement:
        return said._replace(action="admit-within-tolerance") if said.road_limit.outcome == "exceeded" else said

    _judging(patch, change)


def doubts_ignored(patch: Patch) -> None:
    """The law looks at the mass and not at what speaks against it."""

    def judged(who: Any, found: Measurement, law: Law, *brought: Any) -> Judgement:
        return judge(who, replace(found, flags=()), law, *brought)

    patch.setattr("gateway.choices.judge", judged)


def interlock_forgotten(patch: Patch) -> None:
    """Nobody asks the exit loop before the arm comes down."""
    watch_it = PlatformPassage._watch_release

    def watch(self: PlatformPassage, at_ms: int) -> None:
        watch_it(self, at_ms)
        if self._signals.inputs.get("loop_exit"):
            self._say(MoveBarrier("closed"))

    patch.setattr(PlatformPassage, "_watch_release", watch)
    patch.setattr(Barrier, "_unsafe", lambda _self: False)
    patch.setattr(Barrier, "_refuse_unsafe", lambda _self: None)


def task_ends(patch: Patch) -> None:
    """One of the gateway's own tasks comes to its end, and nobody notices."""

    async def watch(_self: Site) -> None:
        await asyncio.sleep(20.0)

    patch.setattr(Site, "_watch_clock", watch)


def never_offered_again(patch: Patch) -> None:
    """What was sent once and not answered is not sent again."""
    depart, sent = Flight.depart, set[int]()

    def once(self: Flight, entries: Sequence[StoredEntry], door: str, **more: Any) -> Sending:
        sent.update(entry.seq for entry in entries)
        return depart(self, entries, door, **more)

    patch.setattr(Flight, "depart", once)
    patch.setattr(Flight, "not_now", lambda _self: frozenset(sent))


def list_shelved(patch: Patch) -> None:
    """The list came down and is kept, and nobody looks into it."""
    patch.setattr(InForce, "list_status", lambda *_: "unlisted")


def pages_kept(patch: Patch) -> None:
    """A lane's queue loses its bound, and its consumer is slow."""
    step_it = LaneShell._step

    async def step(self: LaneShell, *what: Any) -> None:
        await asyncio.sleep(1.0)
        await step_it(self, *what)

    patch.setattr(LaneShell, "_step", step)
    patch.setattr("gateway.lanes.QUEUE_MAX", 10**9)
    patch.setattr("weighgate.virtual.checkers.bounds.QUEUE_MAX", 100)


@dataclass(frozen=True)
class Seeded:
    """A bug, the world in which it shows, and who must see it. `checker` None: the world itself, as liveness."""

    bug: Callable[[Patch], None]
    checker: type[Checker] | None
    seed: int
    swarm: Swarm


READ_ONLY = Fault(5.0, "central-disk-read-only", 0, 60.0, 0)
FORGETFUL = Fault(5.0, "broker-forgets", 0, 60.0, 8)  # nine of ten messages
CUT = Fault(18.0, "box-crash", 0, 0.3, 0)  # while the first truck stands there, held
BEFORE_ITS_BOX = (Fault(12.0, "box-replaced", 0, 1.0, 0), Fault(12.5, "central-restored", 0, 1.0, 59))
"""Central becomes what it was before it had heard of this box, and when nobody records anything any more."""

DROPS = Swarm(("checkpoint",), 2, 6.0, FaultPlan(drop=0.02), ())

SEEDED = {
    one.bug.__name__: one
    for one in (
        Seeded(moved_first, DurableFirst, 1, quarry()),
        Seeded(sent_is_stored, OutboxKept, 1, quarry(READ_ONLY)),
        Seeded(unnamed_forgotten, OutboxKept, 1, quarry(*BEFORE_ITS_BOX)),
        Seeded(recorded_twice, OneWeighing, 1, quarry()),
        Seeded(marker_ignored, SameTruck, 1, quarry(CUT)),
        Seeded(bytes_altered, ExactlyOnce, 1, quarry()),
        Seeded(over_is_let_go, ReleasedWithReason, 1, quarry()),
        Seeded(doubts_ignored, UnknownNeverWithin, 1, DROPS),
        Seeded(tolerated_everywhere, Tolerance, 1, quarry()),
        Seeded(interlock_forgotten, BarrierNeverHits, 1, quarry()),
        Seeded(task_ends, Bounds, 1, quarry(trucks=1)),
        Seeded(list_shelved, ListObeyed, 1, replace(quarry(trucks=1), listings=(Listing(3.5, 0, 0),))),
        Seeded(pages_kept, Bounds, 1, quarry(trucks=1)),
        Seeded(never_offered_again, None, 1, quarry(FORGETFUL)),
    )
}
