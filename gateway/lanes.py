"""One lane's shell: readings get their place, the pure passage answers with effects, the journal comes before all.

device ──reading──▶ observe() ──bounded queue──▶ run() ──▶ Passage.step() ──▶ effects
                                                           Mark, Record  ──▶ journal, awaited
                                                           lamp, barrier ──▶ actuation, after it
"""

import asyncio
import hashlib
import json
from collections import deque
from collections.abc import Awaitable, Callable

import structlog

from drivers.readings import HealthReading, InputReading, Reading, WeightReading
from gateway.actuation import Actuation
from gateway.core.effects import Alarm, Effect, Mark, Record
from gateway.core.observations import (
    DeviceChanged,
    InputSeen,
    LoadSeen,
    LoadUnreadable,
    Observation,
    StoreFailed,
    Tick,
    WeighingStored,
)
from gateway.core.passage import Passage, State
from gateway.core.verdict import Action
from gateway.errors import JournalError
from gateway.ports import Clock, Evidence, Journal, LaneMarker
from gateway.weighing_line import Tell, WeighingLine

QUEUE_MAX = 1000
TICK_S, EMPTY_TICK_S = 0.1, 0.5  # an empty lane has no deadline nearer than a second
RAW_CHUNKS_MAX = 20_000
RAW_BYTES_MAX = 8 * 1024 * 1024  # as hex still less than one piece of evidence may have
RAW_LEAD_MS = 2000
DERIVED_MAX = 512
RAW_MEDIA_TYPE = "application/x-weighgate-raw+jsonl"


StoreWeighing = Callable[["LaneShell", Record], Awaitable[tuple[str, Action]]]


class LaneShell:
    """Feeds one passage and performs what it answers. `store` turns a Record into a durable entry."""

    def __init__(
        self,
        lane_id: str,
        passage: Passage,
        *,
        journal: Journal,
        actuation: Actuation,
        store: StoreWeighing,
        clock: Clock,
        alarm: Callable[[str, str], None],
        raw_window_ms: int,
        tell: Tell | None = None,
    ) -> None:
        self.id = lane_id
        self.passage = passage
        self.actuation = actuation
        self._journal = journal
        self._store = store
        self._clock = clock
        self._alarm = alarm
        self._queue: deque[tuple[Observation, int]] = deque()
        self._arrived = asyncio.Event()
        self._raw: deque[tuple[int, bytes]] = deque()
        self._raw_bytes = 0
        self._derived: deque[tuple[int, str]] = deque(maxlen=DERIVED_MAX)
        self._raw_window_ms = raw_window_ms
        self._log = structlog.get_logger().bind(lane=lane_id)
        self.line = WeighingLine(tell or (lambda line: self._log.info("weighing", **line)))
        actuation.when_done(self._acted)
        self.stepped_ms = clock.monotonic_ms()
        self._finishing = self._verdict_begun = False
        self.load_kg: str | None = None
        self.dropped = 0
        self.releasing: str | None = None

    @property
    def held_entry(self) -> str | None:
        """The weighing of the vehicle that the core holds now, unless its release is already being stored."""
        held = self.passage.describe()["entry"] if self.passage.state is State.HELD else None
        return None if held is None or held == self.releasing else str(held)

    # what devices say ------------------------------------------------------------------------------------------

    def reading(self, reading: Reading) -> None:
        """A scale's or board's reading, from its driver's callback."""
        if isinstance(reading, WeightReading) and reading.evidence is not None:
            self._note(reading.evidence)
        match reading:
            case WeightReading(value=None, status=status):
                self.observe(LoadUnreadable(status or "error"))
            case WeightReading(stable=stable) if reading.mass_kg is not None:
                self.load_kg = format(reading.mass_kg.normalize(), "f")
                self.observe(LoadSeen(reading.mass_kg, stable))
            case InputReading(name, on):
                self.observe(InputSeen(name, on))
            case _:
                self._log.warning("reading_unplaced", reading=type(reading).__name__)

    def _note(self, derived: str) -> None:
        """How a load was made of what the wire said, kept beside the bytes once for each load."""
        if not self._derived or self._derived[-1][1] != derived:
            self._derived.append((self._clock.monotonic_ms(), derived))

    def scale_health(self, reading: HealthReading) -> None:
        self.observe(DeviceChanged("scale", reading.state, reading.reason))

    def board_health(self, reading: HealthReading) -> None:
        self.observe(DeviceChanged("io", reading.state, reading.reason))

    def raw(self, at_ms: int, chunk: bytes) -> None:
        """The bytes of a wire, whatever they are; the oldest go when they are old, or many: a line may babble."""
        self._raw.append((at_ms, chunk))
        self._raw_bytes += len(chunk)
        oldest_ms = at_ms - self._raw_window_ms
        while self._raw and (
            self._raw[0][0] < oldest_ms or self._raw_bytes > RAW_BYTES_MAX or len(self._raw) > RAW_CHUNKS_MAX
        ):
            self._raw_bytes -= len(self._raw.popleft()[1])

    def observe(self, observation: Observation) -> None:
        """Queue it with the time it was seen. A full queue drops the oldest live load, which the scale repeats."""
        if len(self._queue) >= QUEUE_MAX:
            self._drop_oldest_load()
        self._queue.append((observation, self._clock.monotonic_ms()))
        self._arrived.set()

    def _drop_oldest_load(self) -> None:
        """Two loads that say the same become one; else the oldest goes. A zero between two vehicles is kept."""
        self.dropped += 1
        former: LoadSeen | None = None
        oldest = None
        for index, (observation, _) in enumerate(self._queue):
            if not isinstance(observation, LoadSeen):
                continue
            if former is not None and observation.mass_kg == former.mass_kg:
                del self._queue[index]
                return
            if oldest is None and observation.mass_kg > 0:
                oldest = index
            former = observation
        if oldest is None:
            self._queue.popleft()
        else:
            del self._queue[oldest]

    # what the core answers -------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Until cancelled, or until `finish`."""
        loop = asyncio.get_running_loop()
        while not self._finishing:
            tick_s = EMPTY_TICK_S if self.passage.state is State.EMPTY else TICK_S
            alarm = loop.call_later(tick_s, self._arrived.set)  # a third of what asyncio.timeout costs, at each reading
            try:
                await self._arrived.wait()
            finally:
                alarm.cancel()
            self._arrived.clear()
            if not self._queue:
                self._queue.append((Tick(), self._clock.monotonic_ms()))
            while self._queue and not self._finishing:
                await self._step(*self._queue.popleft())

    def finish(self) -> None:
        """End behind the step under way: a record that is being stored is stored, and nothing new begins."""
        self._finishing = True
        self._arrived.set()

    async def _step(self, observation: Observation, at_ms: int) -> None:
        loop, began_ms = asyncio.get_running_loop(), self._clock.monotonic_ms()
        began_s = loop.time()
        effects = self.passage.step(observation, at_ms)
        for effect in effects:
            if isinstance(effect, Record):
                judge_ms = (loop.time() - began_s) * 1000
                self.line.asked(effect, began_ms=began_ms, now_ms=self._clock.monotonic_ms(), judge_ms=judge_ms)
            await self._perform(effect)
        self.line.watch(self.passage.state.value, at_ms)
        self.stepped_ms = self._clock.monotonic_ms()
        if isinstance(observation, WeighingStored):
            self._verdict_begun = True
        self._acted()

    def _acted(self) -> None:
        if self._verdict_begun:
            self.line.acted(self._clock.monotonic_ms(), busy=self.actuation.busy)

    async def _perform(self, effect: Effect) -> None:
        match effect:
            case Mark(passage, state, action):
                await self._mark(LaneMarker(self.id, passage, state, action=action))
            case Record():
                await self._record(effect)
            case Alarm(code, detail):
                self._alarm(code, f"lane {self.id}: {detail}")
            case _:
                self.actuation.perform(effect)

    async def _mark(self, marker: LaneMarker) -> None:
        try:
            await self._journal.mark(marker)
        except JournalError as error:
            self._alarm("marker-not-stored", str(error))

    async def _record(self, record: Record) -> None:
        self._verdict_begun = False
        try:
            entry_id, action = await self._store(self, record)
        except JournalError as error:
            self.observe(StoreFailed(str(error)))
        else:
            self.observe(WeighingStored(entry_id, action))  # behind what was seen meanwhile: time never goes back

    def raw_evidence(self, since_ms: int) -> Evidence:
        """The bytes as they came, rejected ones included, from shortly before the passage opened.

        Behind them, as `{"ms": ..., "derived": "14200 - 6000"}`, how loads were made of running totals.
        """
        rows = [(at_ms, "hex", chunk.hex()) for at_ms, chunk in self._raw]
        rows += [(at_ms, "derived", how) for at_ms, how in self._derived]
        lines = [
            json.dumps({"ms": at_ms - since_ms, name: text}, separators=(",", ":"))
            for at_ms, name, text in rows
            if at_ms >= since_ms - RAW_LEAD_MS
        ]
        content = "\n".join(lines).encode()
        return Evidence(hashlib.sha256(content).hexdigest(), RAW_MEDIA_TYPE, content)
