"""A whole-vehicle platform: one vehicle from empty to empty, and at most one record of it.

A vehicle on the platform is the same vehicle until the load has been at zero for `clear_ms`, restarts included. Only
the exit loop must be free before the barrier closes: on the entry loop the next vehicle may already be waiting.

A scale that fell silent and came back starts a new window: what settles in it is a whole weighing of its own.
"""

from collections.abc import Callable, Mapping
from typing import Any

from gateway.core.effects import Alarm, Effect, Mark, MoveBarrier, Record, SetLamp, ShowText
from gateway.core.lane import ADMITTING, PassageSettings, Restored
from gateway.core.observations import (
    DeviceChanged,
    LoadSeen,
    Observation,
    ReleaseStored,
    StoreFailed,
    VehicleIdentified,
    WeighingStored,
)
from gateway.core.recording import Recording
from gateway.core.sightings import Sightings
from gateway.core.signals import Signals
from gateway.core.stability import Stability
from gateway.core.states import PLATFORM, Event, Machine, State
from gateway.core.vehicle import Identity, Measurement
from gateway.core.verdict import Action, Judgement

Judge = Callable[[Identity, Measurement], Judgement]

OPEN_MAX = 4  # times settle_timeout_ms: past this a vehicle that keeps moving is recorded as it is, without a weight
BOUNCE_MS = 1_000  # a leaving vehicle's last axles rock the platform for less
ROSE_RATIO = 20  # a load more than 1/20 above what was weighed is not the weighed vehicle bouncing


class PlatformPassage:
    """Feed it every observation of its lane with the time in ms; do what it answers, in that order."""

    def __init__(self, settings: PassageSettings, judge: Judge, restored: Restored) -> None:
        assert settings.kind == "platform"
        assert settings.settle_window_ms is not None
        assert settings.settle_band_kg is not None
        assert settings.equal_frames is not None
        assert settings.settle_timeout_ms is not None
        self._settings, self._judge, self._restored = settings, judge, restored
        self._settle_timeout_ms = settings.settle_timeout_ms
        self._machine = Machine(PLATFORM)
        self._signals = Signals(settings.zero_band_kg)
        self._sightings = Sightings()
        self._stability = Stability(
            window_ms=settings.settle_window_ms,
            band_kg=settings.settle_band_kg,
            equal_frames=settings.equal_frames,
            interval_kg=settings.interval_kg,
        )
        self._passage = restored.passage
        self._recording: Recording | None = None
        self._entry = restored.entry_id if restored.state == "recorded" else None
        self._answer: tuple[Action, int] | None = None  # the journal's, until a load tells who still stands there
        self._opened_ms = self._since_ms = self._identify_ms = self._on_since_ms = 0
        self._doubts: tuple[str, ...] = ()  # flags this passage has since it opened
        self._highest_kg = 0
        self._weighed_kg: int | None = None
        self._departed = self._rose = self._warned = False
        self._must_close = settings.has_barrier
        self._out: list[Effect] = []

    @property
    def state(self) -> State:
        return self._machine.state

    def describe(self) -> Mapping[str, Any]:
        plate = None if self.state is State.EMPTY else self._sightings.best(self._opened_ms).plate
        if self._recording is not None:
            plate = self._recording.record.identity.plate
        return {**self._signals.describe(self.state.value, self._passage, plate), "entry": self._entry}

    def step(self, observation: Observation, at_ms: int) -> tuple[Effect, ...]:
        """Take one observation. A `Record` is always the last effect of its step: its answer decides what follows."""
        self._out = []
        self._signals.take(observation, at_ms)
        self._take(observation, at_ms)
        if self._signals.load_kg is None:
            self._stability.reset()
        if not self._on():
            self._on_since_ms = at_ms
        self._departed = self._departed or self._signals.zero_for_ms >= self._settings.clear_ms
        for _ in range(len(State)):  # bounded: no chain of moves is longer
            before = self.state
            self._advance(at_ms)
            if self.state in (before, State.RECORDING):
                break
        if self.state not in (State.WAKING, State.RELEASED, State.LEAVING, State.RECORDING):
            self._close_barrier()
        return tuple(self._out)

    # what came -------------------------------------------------------------------------------------------------

    def _take(self, observation: Observation, at_ms: int) -> None:
        match observation:
            case LoadSeen(mass_kg, stable):
                self._stability.feed(mass_kg, stable=stable, at_ms=at_ms)
            case DeviceChanged("scale"):
                self._stability.reset()
            case VehicleIdentified(identity, delay_ms):
                self._sightings.see(identity, at_ms, delay_ms)
            case WeighingStored(entry_id, action) if self.state is State.RECORDING:
                self._entry, self._answer = entry_id, (action, at_ms)
                self._restored = Restored(self._passage, "recorded", entry_id, action)
            case StoreFailed(reason) if self.state is State.RECORDING and self._recording and self._answer is None:
                self._recording.fail(at_ms)
                self._say(SetLamp("red"), ShowText("out-of-order"), Alarm("store-failed", reason))
            case ReleaseStored(_, weighing) if self.state is State.HELD and weighing != self._entry:
                self._say(Alarm("release-for-another-vehicle", weighing))
            case ReleaseStored() if self.state is State.HELD and not self._departed:
                self._machine.fire(Event.RELEASE)
                self._rose, self._weighed_kg = False, None  # a person answers for what stands there now
                self._let_go()
            case _:
                pass

    def _stored(self, action: Action, answered_ms: int, at_ms: int) -> None:
        """The record is durable. A scale silent at this moment is waited for: its next load tells who is there."""
        assert self._recording is not None
        load_kg, released = self._signals.load_kg, action in ADMITTING
        if self._departed:
            self._machine.fire(Event.STORED_GONE)
        elif not released:
            self._machine.fire(Event.STORED_HOLD)
            self._say(self._recording.text(), SetLamp("red"))
        elif load_kg is not None and self._on() and not self._rose:
            self._machine.fire(Event.STORED_RELEASE)
            self._say(self._recording.text())
            self._let_go()
        elif load_kg is None and not self._signals.overload and at_ms - answered_ms < self._settle_timeout_ms:
            return
        else:
            self._machine.fire(Event.STORED_HOLD)
            self._say(ShowText("out-of-order" if load_kg is None else "stop"), SetLamp("red"))
        self._answer = None

    # where it leads --------------------------------------------------------------------------------------------

    def _advance(self, at_ms: int) -> None:
        match self.state:
            case State.WAKING:
                self._wake(at_ms)
            case State.EMPTY if self._on():
                self._open(at_ms)
            case State.ENTERING | State.SETTLING | State.IDENTIFYING:
                self._weigh(at_ms)
            case State.RECORDING:
                self._watch_load()
                if self._answer is not None:
                    self._stored(*self._answer, at_ms)
                elif self._recording is not None and (again := self._recording.retry(at_ms)) is not None:
                    self._say(again)
            case State.HELD if self._departed:
                self._machine.fire(Event.LEFT)
            case State.RELEASED:
                self._watch_release(at_ms)
            case State.LEAVING:
                self._leave(at_ms)
            case _:
                pass

    def _wake(self, at_ms: int) -> None:
        """The first load tells who is there: the durable marker knows what was done about it."""
        if self._on():
            if self._restored.state == "recorded":
                self._departed = False
                admitted = self._restored.action in ADMITTING
                released = admitted and self._stands_as_recorded()
                self._machine.fire(Event.FOUND_RELEASED if released else Event.FOUND_HELD)
                if released:
                    self._weighed_kg = self._restored.gross_kg
                    self._let_go()
                else:
                    if admitted:
                        self._say(Alarm("load-differs-after-restart"))
                    self._say(SetLamp("red"), ShowText("stop"))
            else:
                self._open(at_ms)
        elif self._signals.load_kg is not None and self._restored.state == "cleared":
            self._machine.fire(Event.FOUND_EMPTY)
            self._say(SetLamp("green"), ShowText("ready"))
        elif self._departed and self._restored.state == "recorded":
            self._machine.fire(Event.FOUND_GONE)
        elif self._departed:
            self._opened_ms = at_ms
            self._record(Event.GAVE_UP, None, ("incomplete",), at_ms)

    def _open(self, at_ms: int) -> None:
        if self._restored.state != "opened" or self.state is not State.WAKING:
            self._passage += 1
        zero_missed = self.state is State.LEAVING and not self._departed
        presumed = self._settings.whole_vehicle == "presumed"
        self._doubts = ("zero-not-seen",) * zero_missed + ("whole-vehicle-presumed",) * presumed
        self._machine.fire(Event.ARRIVED)
        self._restored = Restored(self._passage, "opened")
        self._opened_ms = self._since_ms = at_ms
        self._highest_kg = 0
        self._weighed_kg = self._recording = self._entry = self._answer = None
        self._departed = self._rose = self._warned = False
        self._say(Mark(self._passage, "opened"), SetLamp("red"), ShowText("weighing"))

    def _weigh(self, at_ms: int) -> None:
        if self._departed:  # it left before it was weighed
            self._record(Event.GAVE_UP, None, ("incomplete",), at_ms)
            return
        self._note_rise(at_ms)
        whole = self._whole()
        settled_kg = self._stability.settled_kg if self._on() else None
        if not whole and self.state is not State.ENTERING:
            self._machine.fire(Event.NOT_WHOLE)
        elif whole and self.state is State.ENTERING:
            self._machine.fire(Event.WHOLE_ON)
            self._stability.reset()  # what was weighed before the last axle was on does not count
            self._since_ms = at_ms
        elif self.state is State.SETTLING and settled_kg is not None:
            self._machine.fire(Event.SETTLED)
            self._weighed_kg, self._identify_ms = settled_kg, at_ms
        elif self.state is State.IDENTIFYING and settled_kg is None:
            self._machine.fire(Event.MOVED)
        elif self.state is State.IDENTIFYING and self._known(at_ms):
            self._record(Event.MEASURED, settled_kg, (), at_ms)
        elif self._late(at_ms):
            self._record(Event.GAVE_UP, None, self._why_not(), at_ms)

    def _note_rise(self, at_ms: int) -> None:
        """Another axle came on: the vehicle is still driving, and its time to settle starts anew."""
        load_kg = self._signals.load_kg
        if load_kg is not None and load_kg >= self._highest_kg + self._settings.presence_kg:
            self._highest_kg, self._since_ms = int(load_kg), at_ms

    def _record(self, event: Event, gross_kg: int | None, flags: tuple[str, ...], at_ms: int) -> None:
        """Ask for the one record of this passage, judged as far as it is known."""
        assert self._restored.state == "opened", "a passage has one record"
        flags = (*flags, *self._doubts)
        if self._sightings.ambiguous(self._opened_ms):
            flags = (*flags, "plate-ambiguous")
        identity = self._sightings.best(self._opened_ms)
        settle_ms = None if gross_kg is None else at_ms - self._opened_ms
        measurement = Measurement(gross_kg, settle_ms=settle_ms, flags=flags)
        judgement = self._judge(identity, measurement)
        self._sightings.consume(identity, at_ms)
        self._weighed_kg = gross_kg
        self._machine.fire(event)
        record = Record(self._passage, identity, measurement, judgement, self._opened_ms, at_ms)
        self._recording = Recording(record)
        self._say(record)

    def _watch_load(self) -> None:
        """More on the platform than was weighed: the rest of the vehicle, or another behind it."""
        load_kg, weighed_kg = self._signals.load_kg, self._weighed_kg
        if load_kg is None or weighed_kg is None or self._rose:
            return
        if load_kg > weighed_kg + max(self._settings.presence_kg, weighed_kg // ROSE_RATIO):
            self._rose = True
            self._say(Alarm("load-rose", f"{load_kg:f} kg stands where {weighed_kg} kg was weighed"))

    def _watch_release(self, at_ms: int) -> None:
        self._watch_load()
        if self._signals.load_kg is not None and not self._on():
            self._machine.fire(Event.LEFT)
            self._since_ms = at_ms
            self._say(SetLamp("red"))
        elif self._rose:
            self._machine.fire(Event.LOAD_ROSE)
            self._must_close = self._settings.has_barrier
            self._say(SetLamp("red"), ShowText("stop"))

    def _leave(self, at_ms: int) -> None:
        if self._departed:
            self._close_barrier()
            if not self._must_close:
                self._machine.fire(Event.CLEARED)
                self._sightings.gone(at_ms)
                self._restored = Restored(self._passage, "cleared")
                self._recording = self._entry = None
                self._say(Mark(self._passage, "cleared"), SetLamp("green"), ShowText("ready"))
                return
        if self._came_on(at_ms):
            self._sightings.gone(at_ms)
            self._say(Alarm("unweighed-vehicle", "came on before the lane was clear"), Mark(self._passage, "cleared"))
            self._open(at_ms)
            return
        if not self._warned and at_ms - self._since_ms >= self._settle_timeout_ms:
            self._warned = True
            self._say(Alarm("lane-not-clear", "exit loop not free" if self._departed else "no zero seen"))

    # small questions -------------------------------------------------------------------------------------------

    def _on(self) -> bool:
        """Whether a vehicle presses the platform now. An overloaded scale is surely loaded."""
        load_kg = self._signals.load_kg
        return self._signals.overload or (load_kg is not None and load_kg >= self._settings.presence_kg)

    def _came_on(self, at_ms: int) -> bool:
        """Whether another vehicle is on while the former leaves. Before zero a short load is the former's bounce."""
        return self._on() and (self._departed or at_ms - self._on_since_ms >= BOUNCE_MS)

    def _stands_as_recorded(self) -> bool:
        load_kg, gross_kg = self._signals.load_kg, self._restored.gross_kg
        if load_kg is None or gross_kg is None:
            return False
        return abs(load_kg - gross_kg) <= max(self._settings.presence_kg, gross_kg // ROSE_RATIO)

    def _whole(self) -> bool:
        return self._settings.whole_vehicle == "presumed" or self._signals.loops_on() is False

    def _known(self, at_ms: int) -> bool:
        named = self._sightings.best(self._opened_ms).plate is not None
        waited = at_ms - self._identify_ms >= self._settings.identify_timeout_ms
        return named or waited or not self._settings.has_camera

    def _late(self, at_ms: int) -> bool:
        waited = self.state is not State.IDENTIFYING and at_ms - self._since_ms >= self._settle_timeout_ms
        return waited or at_ms - self._opened_ms >= OPEN_MAX * self._settle_timeout_ms

    def _why_not(self) -> tuple[str, ...]:
        if not self._signals.scale_live:
            return ("scale-lost",)
        return ("overload-signal",) if self._signals.overload else ("unsettled",)

    def _let_go(self) -> None:
        if self._settings.has_barrier:
            self._must_close = True
            self._say(MoveBarrier("open"))
        self._say(SetLamp("green"))

    def _close_barrier(self) -> None:
        """Close what was opened, or what a start found in an unknown position; never onto a covered exit loop."""
        if self._must_close and self._signals.inputs.get("loop_exit") is False:
            self._must_close = False
            self._say(MoveBarrier("closed"))

    def _say(self, *effects: Effect) -> None:
        self._out.extend(effects)
