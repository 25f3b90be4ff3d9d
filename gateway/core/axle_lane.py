"""An axle lane: a vehicle drives over a short deck, axle by axle, and is known when it has passed.

When its record is durable the vehicle stands at the lamp behind the scale. The next one may be on already: what it
does is collected from the first moment, whatever the former one's record is still waiting for. A held vehicle may be
released until the next one comes on; whom the lane calls meanwhile, and that no held driver sees green, is
`call.py`'s.

A lane is marked cleared on disk as soon as another vehicle may come on: behind a release at once, behind a hold when
the next one is called. Who is on at a start behind that mark has joined midway; nobody is taken for the former one.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from gateway.core.axles import Axles
from gateway.core.call import Call
from gateway.core.crossing import Crossing
from gateway.core.docket import Docket, Judge
from gateway.core.effects import Alarm, Effect, Record, SetLamp, ShowText
from gateway.core.grouping import group
from gateway.core.lane import ADMITTING, PassageSettings, Restored
from gateway.core.observations import Observation, ReleaseStored, StoreFailed, VehicleIdentified, WeighingStored
from gateway.core.sightings import Sightings
from gateway.core.signals import Signals
from gateway.core.states import AXLE_LANE, Event, Machine, State
from gateway.core.vehicle import Identity, Measurement

LINGER_MS = 15_000  # lamp and sign keep their answer this long, unless the next vehicle comes
READ_MS = 5_000  # a green lamp on a lane that cannot weigh the next one: long enough to be read
BLIND_CLEAR_MS = 10_000  # without loops a long wheelbase looks like the end of the vehicle


class AxlePassage:
    """Feed it every observation of its lane with the time in ms; do what it answers, in that order."""

    def __init__(self, settings: PassageSettings, judge: Judge, restored: Restored) -> None:
        assert settings.kind == "axle"
        assert settings.group_spacing_mm is not None
        assert settings.vehicle_timeout_ms is not None
        self._group_spacing_mm, self._vehicle_timeout_ms = settings.group_spacing_mm, settings.vehicle_timeout_ms
        self._settings = settings
        self._machine = Machine(AXLE_LANE)
        self._docket = Docket(judge, restored)
        self._signals = Signals(settings.zero_band_kg)
        self._sightings = Sightings()
        self._crossing = Crossing(settings)
        self._call = Call(self._signals, settings)
        self._axles = Axles((), None, None, ())
        self._since_ms = 0
        self._draining = False  # what is still on belongs to a passage that has its record
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
        self._collect(observation, at_ms)
        self._take(observation, at_ms)
        for _ in range(len(State)):  # bounded: no chain of moves is longer
            before = self.state
            self._advance(at_ms)
            if self.state in (before, State.RECORDING):
                break
        return tuple(self._out)

    # what came -------------------------------------------------------------------------------------------------

    def _collect(self, observation: Observation, at_ms: int) -> None:
        """Into the vehicle that is on now; one that comes while the former is not yet done is the next."""
        present = self._present()
        if self.state in (State.IDENTIFYING, State.RECORDING) and not self._draining:
            gone = self._crossing.absent_for_ms(at_ms) >= self._clear_ms()
            if present and gone and self._crossing.touched:
                self._crossing.doubt("second-vehicle")
        readable = self._signals.scale_live and (self._signals.load_kg is not None or self._signals.overload)
        self._crossing.take(observation, at_ms, present=present, readable=readable)
        if self._draining and self._crossing.absent_for_ms(at_ms) >= self._clear_ms():
            self._draining = False
            self._crossing = Crossing(self._settings)

    def _take(self, observation: Observation, at_ms: int) -> None:
        match observation:
            case VehicleIdentified(identity, delay_ms):
                self._sightings.see(identity, at_ms, delay_ms)
            case WeighingStored(entry_id, action) if self.state is State.RECORDING:
                self._docket.stored(entry_id, action)
                self._stored(released=action in ADMITTING, at_ms=at_ms)
            case StoreFailed(reason) if self.state is State.RECORDING:
                self._say(*self._docket.failed(reason, at_ms))
            case ReleaseStored(_, weighing) if self.state is State.HELD and weighing != self._docket.entry:
                held = self._docket.entry
                self._say(Alarm("release-for-another-vehicle", f"{weighing} is not {held}, which is held"))
            case ReleaseStored() if self.state is State.HELD:
                self._release(at_ms)
            case _:
                pass

    def _stored(self, *, released: bool, at_ms: int) -> None:
        recording = self._docket.recording
        assert recording is not None
        self._machine.fire(Event.STORED_RELEASE if released else Event.STORED_HOLD)
        self._since_ms = at_ms
        self._call.held = None if released else self._held_text(recording.record)
        self._say(recording.text(), SetLamp("green" if released else "red"))
        if released and not self._draining:  # its green lets the next one on at once
            self._say(*self._docket.set_aside())

    def _release(self, at_ms: int) -> None:
        recording = self._docket.recording
        self._machine.fire(Event.RELEASE)
        self._docket.released()
        self._since_ms = at_ms
        self._call.held = None
        plate = None if recording is None else recording.record.identity.plate
        self._say(SetLamp("green"), ShowText("released", plate))

    # where it leads --------------------------------------------------------------------------------------------

    def _advance(self, at_ms: int) -> None:
        match self.state:
            case State.WAKING:
                self._wake(at_ms)
            case State.EMPTY if self._crossing.first_ms is not None:
                self._open(self._crossing.first_ms)
            case State.EMPTY:
                self._say(*self._call.show(at_ms))
            case State.CROSSING:
                self._cross(at_ms)
            case State.IDENTIFYING if self._known(at_ms):
                self._record(Event.MEASURED, at_ms)
            case State.RECORDING:
                self._say(*self._docket.retry(at_ms))
            case State.HELD | State.RELEASED if not self._draining:
                self._linger(at_ms)
            case _:
                pass

    def _linger(self, at_ms: int) -> None:
        """The vehicle stands at the lamp; who comes next may be called, and comes when it likes."""
        silent = self._call.silent
        if self._crossing.first_ms is not None:
            self._clear()
        elif self.state is State.RELEASED:
            if at_ms - self._since_ms >= (LINGER_MS if silent is None else READ_MS):
                self._clear()
        elif at_ms - self._since_ms >= self._pause_ms():
            self._say(*self._docket.set_aside(), *self._call.show(at_ms))

    def _wake(self, at_ms: int) -> None:
        """Scale and loops tell whether somebody is on; axles that passed while we slept cannot be had back."""
        present, silent = self._present(), self._call.silent
        if silent is not None and not present:  # between two axles the deck is empty too: only the loops tell
            self._say(*self._call.wait(at_ms))
            return
        marker = self._docket.marker
        if marker.state == "recorded":
            released = marker.action in ADMITTING
            self._machine.fire(Event.FOUND_RELEASED if released else Event.FOUND_HELD)
            self._since_ms, self._draining = at_ms, present
            self._call.held = None if released else ShowText("next")
            self._say(SetLamp("green" if released else "red"))
        elif present:
            self._crossing.doubt("incomplete" if marker.state == "opened" else "joined-midway")
            self._open(at_ms)
        elif marker.state == "cleared":
            self._machine.fire(Event.FOUND_EMPTY)
            held = marker.action is not None and marker.action not in ADMITTING
            self._call.held = ShowText("next") if held else None
        elif self._crossing.absent_for_ms(at_ms) >= self._settings.clear_ms:
            self._docket.opened_ms = at_ms
            self._axles = Axles((), None, None, ("incomplete",))
            self._record(Event.GAVE_UP, at_ms)

    def _open(self, opened_ms: int) -> None:
        anew = self.state is not State.WAKING or self._docket.marker.state != "opened"
        self._machine.fire(Event.ARRIVED)
        self._call.interrupt()
        self._say(self._docket.open(opened_ms, anew=anew), SetLamp("red"), ShowText("weighing"))

    def _cross(self, at_ms: int) -> None:
        if at_ms - self._docket.opened_ms >= self._vehicle_timeout_ms:
            self._crossing.doubt("incomplete")
            self._finish_crossing()
            self._draining = self._present()
            self._record(Event.GAVE_UP, at_ms)
        elif self._crossing.absent_for_ms(at_ms) >= self._clear_ms():
            if self._crossing.touched:
                self._machine.fire(Event.PASSED)
                self._since_ms = at_ms
                self._finish_crossing()
            else:
                self._crossing = Crossing(self._settings)
                self._clear()

    def _finish_crossing(self) -> None:
        if len(self._sightings.plates_since(self._docket.opened_ms)) > 1:
            self._crossing.doubt("second-vehicle")
        if self._settings.whole_vehicle == "presumed":
            self._crossing.doubt("whole-vehicle-presumed")
        elif self._signals.loops_on() is None:
            self._crossing.doubt("incomplete")  # where it began and ended is not known
        self._axles = self._crossing.finish()
        self._crossing = Crossing(self._settings)

    def _record(self, event: Event, at_ms: int) -> None:
        """Ask for the one record of this passage, judged as far as it is known."""
        opened_ms = self._docket.opened_ms
        identity, flags = self._with_axles(self._sightings.best(opened_ms))
        if self._sightings.ambiguous(opened_ms):
            flags = (*flags, "plate-ambiguous")
        loads_kg = self._axles.loads_kg
        measurement = Measurement(
            gross_kg=sum(loads_kg) if loads_kg else None,
            axle_loads_kg=loads_kg or None,
            spacings_mm=self._axles.spacings_mm,
            speed_mm_s=self._axles.speed_mm_s,
            flags=flags,
        )
        record = self._docket.ask(identity, measurement, at_ms)
        gone_ms = at_ms if self.state is not State.IDENTIFYING else self._since_ms - self._settings.clear_ms
        expected = not measurement.sound  # who could not be weighed is called back: the same plate is no late repeat
        self._sightings.consume(Identity() if expected else identity, gone_ms)
        self._sightings.gone(gone_ms)
        self._machine.fire(event)
        self._say(record)

    def _with_axles(self, identity: Identity) -> tuple[Identity, tuple[str, ...]]:
        """What the scale saw of the axles, where the register says nothing or something else."""
        vehicle, flags = identity.vehicle, self._axles.flags
        axles = len(self._axles.loads_kg)
        differs = vehicle.axles is not None and vehicle.axles != axles
        if not axles or (vehicle.layout is not None and not differs):
            return identity, flags
        spacings_mm = self._axles.spacings_mm
        layout = None if spacings_mm is None else group(spacings_mm, self._group_spacing_mm)
        sources = {**vehicle.sources, "layout": "scale"}
        vehicle = replace(vehicle, layout=layout, sources=sources)
        if differs:  # it is not the combination the register knows: neither are its body and tyres
            vehicle = replace(vehicle, body=None, drive_axles=None, tyres=None)
            flags = (*flags, "axles-differ-from-register")
        return replace(identity, vehicle=vehicle), flags

    def _clear(self) -> None:
        self._machine.fire(Event.CLEARED)
        self._call.interrupt()
        self._say(*self._docket.set_aside())
        self._docket.leave()

    # small questions -------------------------------------------------------------------------------------------

    def _present(self) -> bool:
        load_kg = self._signals.load_kg
        threshold_kg = self._settings.presence_kg if self._crossing.first_ms is None else self._settings.zero_band_kg
        pressed = self._signals.overload or (load_kg is not None and load_kg > threshold_kg)
        return pressed or self._signals.loops_on() is True

    def _clear_ms(self) -> int:
        known = self._signals.loops_on() is not None
        return self._settings.clear_ms if known else max(self._settings.clear_ms, BLIND_CLEAR_MS)

    def _pause_ms(self) -> int:
        """How long a hold is shown before the next is called: who could not be weighed may come again at once."""
        assert self._call.held is not None
        return 0 if self._call.held.code == "next-again" else LINGER_MS

    def _held_text(self, record: Record) -> ShowText:
        return ShowText("next-held" if record.measurement.sound else "next-again", record.identity.plate)

    def _known(self, at_ms: int) -> bool:
        named = self._sightings.best(self._docket.opened_ms).plate is not None
        waited = at_ms - self._since_ms >= self._settings.identify_timeout_ms
        return named or waited or not self._settings.has_camera

    def _say(self, *effects: Effect) -> None:
        self._out.extend(effects)
