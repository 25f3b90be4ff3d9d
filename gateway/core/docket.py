"""A lane's docket: the number of its passage, where that stands on disk, and its one record.

open ──Mark──▶ ask ──Record──▶ stored ──▶ set_aside or clear ──Mark──▶ open …
                ▲                │
              retry ◀── failed ◀─┘

A platform clears when its vehicle has left. An axle lane sets it aside: it may still wait at the lamp behind the
scale, and be released there, while the lane is another's.
"""

from collections.abc import Callable, Mapping
from typing import Any, Literal

from gateway.core.effects import Alarm, Effect, Mark, Record, SetLamp, ShowText
from gateway.core.lane import Restored
from gateway.core.recording import Recording
from gateway.core.sightings import Sightings
from gateway.core.signals import Signals
from gateway.core.states import State
from gateway.core.vehicle import Identity, Measurement
from gateway.core.verdict import Action, Judgement

Judge = Callable[[Identity, Measurement], Judgement]


class Docket:
    """What is asked of the journal, and what it answered. It answers with the effects to be done."""

    __slots__ = ("_judge", "entry", "marker", "opened_ms", "recording")

    def __init__(self, judge: Judge, restored: Restored) -> None:
        self._judge = judge
        self.marker = restored
        self.opened_ms = 0
        self.recording: Recording | None = None
        # the durable entry of the vehicle that is here; None before it has one and after it left
        self.entry = restored.entry_id if restored.state == "recorded" else None

    def describe(self, state: State, signals: Signals, sightings: Sightings) -> Mapping[str, Any]:
        """For the live page: state, passage number, load (kg as text, or None), plate and durable entry."""
        plate = None if state is State.EMPTY else sightings.best(self.opened_ms).plate
        if self.recording is not None:
            plate = self.recording.record.identity.plate
        load = None if signals.load_kg is None else f"{signals.load_kg:f}"
        return {"state": state.value, "passage": self.marker.passage, "load": load, "plate": plate, "entry": self.entry}

    def open(self, at_ms: int, *, anew: bool, zero_missed: bool = False) -> Mark:
        """A vehicle is on. Not `anew` is one that was opened before a restart and keeps its number."""
        passage = self.marker.passage + anew
        state: Literal["opened", "followed"] = "followed" if zero_missed else "opened"
        self.leave()
        self.marker, self.opened_ms = Restored(passage, state), at_ms
        return Mark(passage, state)

    def ask(self, identity: Identity, measurement: Measurement, at_ms: int) -> Record:
        """The one record of this passage, judged as far as it is known."""
        assert self.marker.state in ("opened", "followed"), "a passage has one record"
        judgement = self._judge(identity, measurement)
        record = Record(self.marker.passage, identity, measurement, judgement, self.opened_ms, at_ms)
        self.recording = Recording(record)
        return record

    def stored(self, entry_id: str, action: Action) -> None:
        self.marker, self.entry = Restored(self.marker.passage, "recorded", entry_id, action), entry_id

    def failed(self, reason: str, at_ms: int) -> tuple[Effect, ...]:
        assert self.recording is not None
        self.recording.fail(at_ms)
        return SetLamp("red"), ShowText("out-of-order"), Alarm("store-failed", reason)

    def retry(self, at_ms: int) -> tuple[Record, ...]:
        again = None if self.recording is None else self.recording.retry(at_ms)
        return () if again is None else (again,)

    def released(self) -> None:
        """Somebody let it go: what was done about it no longer holds anybody."""
        self.marker = Restored(self.marker.passage, "recorded", self.entry)

    def set_aside(self) -> tuple[Mark, ...]:
        """Whoever comes on from now is another vehicle, also after a restart; this one may still be here."""
        if self.marker.state == "cleared":
            return ()
        passage, action = self.marker.passage, self.marker.action
        self.marker = Restored(passage, "cleared", action=action)
        return (Mark(passage, "cleared", action),)

    def leave(self) -> None:
        """Nothing can be asked about it any more."""
        self.recording = self.entry = None

    def clear(self) -> Mark:
        self.leave()
        self.marker = Restored(self.marker.passage, "cleared")
        return Mark(self.marker.passage, "cleared")
