"""The lane's shell: the record is durable before anything moves, and a failing store fails safe."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from set_clock import SetClock

from drivers.readings import InputReading, WeightReading
from gateway.actuation import Actuation
from gateway.core.effects import Effect, Mark, MoveBarrier, Record, SetLamp
from gateway.core.observations import InputSeen, LoadSeen, Observation, StoreFailed, WeighingStored
from gateway.core.passage import State
from gateway.core.vehicle import Identity, Measurement
from gateway.core.verdict import Action, Judgement, Verdict
from gateway.errors import JournalError
from gateway.journal.store import EVIDENCE_BYTES_MAX
from gateway.lanes import QUEUE_MAX, RAW_CHUNKS_MAX, LaneShell
from gateway.lawfiles import load_linkage
from gateway.ports import LaneMarker

WORDS = load_linkage(Path(__file__).resolve().parents[2] / "config/law/linkage/cn-default.toml").words
WITHIN = Verdict("within", 31000, 0)
SAID = Judgement("rules", "0" * 64, WITHIN, WITHIN, WITHIN, (), "release", "within")
RECORD = Record(1, Identity(), Measurement(30000), SAID, 0, 0)


class Scripted:
    """A passage that answers a load with Record, and WeighingStored with an open barrier."""

    def __init__(self) -> None:
        self.heard: list[Observation] = []
        self.state = State.EMPTY

    def step(self, observation: Observation, at_ms: int) -> tuple[Effect, ...]:
        self.heard.append(observation)
        match observation:
            case LoadSeen():
                return (Mark(1, "opened"), RECORD)
            case WeighingStored():
                return (MoveBarrier("open"), SetLamp("green"))
            case _:
                return ()

    def describe(self) -> Mapping[str, Any]:
        return {}


class Book:
    """A journal and the store callback in one, writing the order of things into `story`."""

    def __init__(self, story: list[str], *, full: bool = False) -> None:
        self.story, self.full = story, full

    async def mark(self, marker: LaneMarker) -> None:
        self.story.append(f"marked {marker.state}")

    async def store(self, lane: LaneShell, record: Record) -> tuple[str, Action]:
        if self.full:
            raise JournalError("the disk is full")
        self.story.append("stored")
        return "j-0/1", "release"


class Story(Actuation):
    def __init__(self, story: list[str]) -> None:
        super().__init__(
            lamp=None, sign=None, barrier=None, sleep=asyncio.sleep, alarm=lambda *_: None, words=lambda: WORDS
        )
        self.story = story

    def perform(self, effect: Effect) -> None:
        self.story.append(type(effect).__name__)


def lane(story: list[str], passage: Scripted, *, full: bool = False) -> LaneShell:
    book = Book(story, full=full)
    return LaneShell(
        "1",
        passage,
        journal=book,  # type: ignore[arg-type]  # only mark() is used by a lane
        actuation=Story(story),
        store=book.store,
        clock=SetClock(datetime.fromtimestamp(0, UTC)),
        alarm=lambda code, detail: story.append(code),
        raw_window_ms=1000,
    )


async def see(shell: LaneShell, observation: Observation) -> None:
    """Step it and everything that queues up behind it."""
    shell.observe(observation)
    while shell._queue:
        await shell._step(*shell._queue.popleft())


async def test_the_record_is_stored_before_the_barrier_moves() -> None:
    story: list[str] = []
    await see(lane(story, Scripted()), LoadSeen(Decimal(30000)))
    assert story == ["marked opened", "stored", "MoveBarrier", "SetLamp"]


async def test_a_store_that_fails_moves_nothing_and_the_passage_hears_why() -> None:
    story: list[str] = []
    passage = Scripted()
    await see(lane(story, passage, full=True), LoadSeen(Decimal(30000)))
    assert story == ["marked opened"]
    assert passage.heard[-1] == StoreFailed("the disk is full")


def test_a_full_queue_drops_loads_the_scale_repeats_and_no_loop_edge() -> None:
    shell = lane([], Scripted())
    shell.reading(InputReading("loop_exit", True))
    for kilograms in range(QUEUE_MAX + 10):
        shell.reading(WeightReading(Decimal(kilograms), "kg"))
    assert len(shell._queue) == QUEUE_MAX
    assert shell._queue[0][0].role == "loop_exit"  # type: ignore[union-attr]
    assert shell.dropped == 11


def test_raw_evidence_is_the_bytes_as_they_came() -> None:
    shell = lane([], Scripted())
    shell.raw(100, b"\x02+noise")
    evidence = shell.raw_evidence(since_ms=100)
    assert evidence.content == b'{"ms":0,"hex":"022b6e6f697365"}'


def test_how_a_load_was_made_of_totals_stands_beside_the_bytes() -> None:
    shell = lane([], Scripted())
    shell.raw(0, b"=SG+0014200kR")
    for _ in range(3):
        shell.reading(WeightReading(Decimal(8200), "kg", evidence="14200 - 6000"))
    lines = shell.raw_evidence(since_ms=0).content.splitlines()
    assert lines == [b'{"ms":0,"hex":"3d53472b303031343230306b52"}', b'{"ms":0,"derived":"14200 - 6000"}']


def test_a_babbling_line_leaves_raw_evidence_that_a_journal_takes() -> None:
    shell = lane([], Scripted())
    for number in range(RAW_CHUNKS_MAX):
        shell.raw(100, bytes([number % 256]) * 4096)
    evidence = shell.raw_evidence(since_ms=100)
    assert len(evidence.content) < EVIDENCE_BYTES_MAX
    assert evidence.content.endswith(b'%02x"}' % ((RAW_CHUNKS_MAX - 1) % 256))  # the newest stay
    shell.raw(1_000_000, b"later")
    assert len(shell._raw) == 1


async def test_the_answer_of_a_slow_journal_waits_behind_what_was_seen_meanwhile() -> None:
    passage = Scripted()
    shell = lane([], passage)
    shell.observe(LoadSeen(Decimal(30000)))
    shell.observe(InputSeen("loop_exit", True))
    while shell._queue:
        await shell._step(*shell._queue.popleft())
    assert [type(one) for one in passage.heard] == [LoadSeen, InputSeen, WeighingStored]
