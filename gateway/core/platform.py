"""A whole-vehicle platform: one vehicle from empty to empty, and at most one record of it.

A vehicle on the platform is the same vehicle until the load has been at zero for `clear_ms`, restarts included. Only
the exit loop must be free before the barrier closes: on the entry loop the next vehicle may already be waiting.

A scale that fell silent and came back starts a new window: what settles in it is a whole weighing of its own.
"""

from collections.abc import Mapping
from typing import Any

from gateway.core.call import Call
from gateway.core.docket import Docket, Judge
from gateway.core.effects import Alarm, Effect, MoveBarrier, SetLamp, ShowText
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
from gateway.core.presence import Presence
from gateway.core.sightings import Sightings
from gateway.core.signals import Signals
from gateway.core.stability import Stability
from gateway.core.states import PLATFORM, Event, Machine, State
from gateway.core.vehicle import Measurement
from gateway.core.verdict import Action

OPEN_MAX = 4  # times settle_timeout_ms: past this a vehicle that keeps moving is recorded as it is, without a weight


class PlatformPassage:
    """Feed it every observation of its lane with the time in ms; do what it answers, in that order."""

    def __init__(self, settings: PassageSettings, judge: Judge, restored: Restored) -> None:
        assert settings.kind == "platform"
        assert settings.settle_window_ms is not None
        assert settings.settle_band_kg is not None
        assert settings.equal_frames is not None
        assert settings.settle_timeout_ms is not None
        self._settings = settings
        self._settle_timeout_ms = settings.settle_timeout_ms
        self._machine = Machine(PLATFORM)
        self._docket = Docket(judge, restored)
        self._signals = Signals(settings.zero_band_kg)
        self._presence = Presence(settings, self._signals)
        self._sightings = Sightings()
        self._call = Call(self._signals, settings)
        self._stability = Stability(
            window_ms=settings.settle_window_ms,
            band_kg=settings.settle_band_kg,
            equal_frames=settings.equal_frames,
            interval_kg=settings.interval_kg,
        )
        self._answer: tuple[Action, int] | None = None  # the journal's, until a load tells who still stands there
        self._since_ms = self._identify_ms = 0
        self._doubts: tuple[str, ...] = ()  # flags this passage has since it opened
        self._warned = False
        self._must_close = settings.has_barrier
        self._out: list[Effect] = []

    @property
    def state(self) -> State:
        return self._machine.state

    def describe(self) -> Mapping[str, Any]:
        return self._docket.describe(self.state, self._signals, self._sightings)

    def step(self, observation: Observation, at_ms: int) -> tuple[Effect, ...]:
        """Take one observation. A `Record` is always the last effect of its step: its answer decides what follows."""
        self._out = []
        self._signals.take(observation, at_ms)
        self._take(observation, at_ms)
        if self._signals.load_kg is None:
            self._stability.reset()
        self._presence.watch(at_ms)
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
                self._answer = action, at_ms
                self._docket.stored(entry_id, action)
            case StoreFailed(reason) if self.state is State.RECORDING and self._answer is None:
                self._say(*self._docket.failed(reason, at_ms))
            case ReleaseStored(_, weighing) if self.state is State.HELD and weighing != self._docket.entry:
                self._say(Alarm("release-for-another-vehicle", weighing))
            case ReleaseStored(_, weighing) if self.state is State.HELD and self._presence.off:
                self._say(Alarm("released-vehicle-gone", weighing))
            case ReleaseStored() if self.state is State.HELD and not self._presence.departed:
                self._machine.fire(Event.RELEASE)
                self._presence.trust()
                self._let_go()
            case _:
                pass

    def _stored(self, action: Action, answered_ms: int, at_ms: int) -> None:
        """The record is durable. A scale silent at this moment is waited for: its next load tells who is there."""
        recording = self._docket.recording
        assert recording is not None
        load_kg, released = self._signals.load_kg, action in ADMITTING
        if self._presence.departed:
            self._machine.fire(Event.STORED_GONE)
        elif not released:
            self._machine.fire(Event.STORED_HOLD)
            self._say(recording.text(), SetLamp("red"))
        elif load_kg is not None and self._presence.on and not self._presence.rose:
            self._machine.fire(Event.STORED_RELEASE)
            self._say(recording.text())
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
            case State.EMPTY if self._presence.arrived:
                self._open(at_ms)
            case State.EMPTY if self._call.silent or self._presence.off:  # who comes on sees no lamp change to green
                self._say(*self._call.show(at_ms))
            case State.ENTERING | State.SETTLING | State.IDENTIFYING:
                self._weigh(at_ms)
            case State.RECORDING:
                self._say(*self._presence.watch_weighed())
                if self._answer is not None:
                    self._stored(*self._answer, at_ms)
                else:
                    self._say(*self._docket.retry(at_ms))
            case State.HELD if self._presence.departed:
                self._machine.fire(Event.LEFT)
            case State.RELEASED:
                self._watch_release(at_ms)
            case State.LEAVING:
                self._leave(at_ms)
            case _:
                pass

    def _wake(self, at_ms: int) -> None:
        """The first load tells who is there: the durable marker knows what was done about it."""
        marker = self._docket.marker
        if self._presence.on and marker.state == "recorded":
            self._meet_again(marker)
        elif self._presence.on:
            self._open(at_ms)
        elif self._presence.off and marker.state == "cleared":
            self._machine.fire(Event.FOUND_EMPTY)
        elif self._presence.departed and marker.state == "recorded":
            self._machine.fire(Event.FOUND_GONE)
        elif self._presence.departed:
            self._docket.opened_ms = at_ms
            self._record(Event.GAVE_UP, None, ("incomplete",), at_ms)
        else:
            self._say(*self._call.wait(at_ms))

    def _meet_again(self, marker: Restored) -> None:
        """A vehicle stands where one was recorded: it goes on as that one, or waits for a person."""
        self._presence.begin()
        admitted = marker.action in ADMITTING
        if admitted and self._presence.stands(marker.gross_kg):
            self._machine.fire(Event.FOUND_RELEASED)
            self._presence.weighed_kg = marker.gross_kg
            self._let_go()
            return
        self._machine.fire(Event.FOUND_HELD)
        if admitted:
            self._say(Alarm("load-differs-after-restart"))
        self._say(SetLamp("red"), ShowText("stop"))

    def _open(self, at_ms: int) -> None:
        found = self._docket.marker.state if self.state is State.WAKING else None
        zero_missed = found == "followed" or (self.state is State.LEAVING and not self._presence.departed)
        presumed = self._settings.whole_vehicle == "presumed"
        self._doubts = ("zero-not-seen",) * zero_missed + ("whole-vehicle-presumed",) * presumed
        mark = self._docket.open(at_ms, anew=found not in ("opened", "followed"), zero_missed=zero_missed)
        self._say(mark, SetLamp("red"), ShowText("weighing"))
        self._machine.fire(Event.ARRIVED)
        self._call.interrupt()
        self._presence.begin()
        self._since_ms, self._answer, self._warned = at_ms, None, False

    def _weigh(self, at_ms: int) -> None:
        if self._presence.departed:  # it left before it was weighed
            self._record(Event.GAVE_UP, None, ("incomplete",), at_ms)
            return
        if self._presence.another_axle():  # its time to settle starts anew
            self._since_ms = at_ms
        whole = self._whole()
        settled_kg = self._stability.settled_kg if self._presence.on else None
        if not whole and self.state is not State.ENTERING:
            self._machine.fire(Event.NOT_WHOLE)
        elif whole and self.state is State.ENTERING:
            self._machine.fire(Event.WHOLE_ON)
            self._stability.reset()  # what was weighed before the last axle was on does not count
            self._since_ms = at_ms
        elif self.state is State.SETTLING and settled_kg is not None:
            self._machine.fire(Event.SETTLED)
            self._presence.weighed_kg, self._identify_ms = settled_kg, at_ms
        elif self.state is State.IDENTIFYING and settled_kg is None:
            self._machine.fire(Event.MOVED)
        elif self.state is State.IDENTIFYING and self._known(at_ms):
            self._record(Event.MEASURED, settled_kg, (), at_ms)
        elif self._late(at_ms):
            self._record(Event.GAVE_UP, None, (self._signals.why_unsettled,), at_ms)

    def _record(self, event: Event, gross_kg: int | None, flags: tuple[str, ...], at_ms: int) -> None:
        opened_ms = self._docket.opened_ms
        flags = (*flags, *self._doubts)
        if self._sightings.ambiguous(opened_ms):
            flags = (*flags, "plate-ambiguous")
        identity = self._sightings.best(opened_ms)
        settle_ms = None if gross_kg is None else at_ms - opened_ms
        record = self._docket.ask(identity, Measurement(gross_kg, settle_ms=settle_ms, flags=flags), at_ms)
        self._sightings.consume(identity, at_ms)
        self._presence.weighed_kg = gross_kg
        self._machine.fire(event)
        self._say(record)

    def _watch_release(self, at_ms: int) -> None:
        self._say(*self._presence.watch_weighed())
        if self._presence.off:
            self._machine.fire(Event.LEFT)
            self._since_ms = at_ms
            self._say(SetLamp("red"))
        elif self._presence.rose:
            self._machine.fire(Event.LOAD_ROSE)
            self._must_close = self._settings.has_barrier
            self._say(SetLamp("red"), ShowText("stop"))

    def _leave(self, at_ms: int) -> None:
        departed = self._presence.departed
        if departed:
            self._close_barrier()
        if departed and not self._must_close:
            self._machine.fire(Event.CLEARED)
            self._sightings.gone(at_ms)
            self._say(self._docket.clear())
        elif self._presence.another_came(at_ms):
            self._sightings.gone(at_ms)
            self._say(Alarm("unweighed-vehicle", "came on before the lane was clear"))
            self._docket.clear()  # its mark is never on disk alone: after a restart this would be a vehicle like any
            self._open(at_ms)
        elif not self._warned and at_ms - self._since_ms >= self._settle_timeout_ms:
            self._warned = True
            self._say(Alarm("lane-not-clear", "exit loop not free" if departed else "no zero seen"))

    # small questions -------------------------------------------------------------------------------------------

    def _whole(self) -> bool:
        return self._settings.whole_vehicle == "presumed" or self._signals.loops_on() is False

    def _known(self, at_ms: int) -> bool:
        named = self._sightings.best(self._docket.opened_ms).plate is not None
        waited = at_ms - self._identify_ms >= self._settings.identify_timeout_ms
        return named or waited or not self._settings.has_camera

    def _late(self, at_ms: int) -> bool:
        waited = self.state is not State.IDENTIFYING and at_ms - self._since_ms >= self._settle_timeout_ms
        return waited or at_ms - self._docket.opened_ms >= OPEN_MAX * self._settle_timeout_ms

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
