"""Whatever happens on a platform: one record for each passage, nothing moves before it, nothing unknown is let go."""

from dataclasses import replace
from decimal import Decimal
from itertools import chain

from hypothesis import event as note
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from platform_road import SETTINGS, VERDICTS

from gateway.core.effects import Effect, Mark, MoveBarrier, Record, SetLamp, ShowText
from gateway.core.observations import (
    DeviceChanged,
    InputSeen,
    LoadSeen,
    LoadUnreadable,
    Observation,
    ReleaseStored,
    StoreFailed,
    Tick,
    VehicleIdentified,
    WeighingStored,
)
from gateway.core.passage import PassageSettings, Restored, State, new_passage
from gateway.core.vehicle import Identity, Measurement
from gateway.core.verdict import Action, Judgement, Verdict

SILENT_MS = 2_000


def judge(identity: Identity, measurement: Measurement) -> Judgement:
    """As law does: only a sound weighing of a named vehicle may be within."""
    light = measurement.sound and (measurement.gross_kg or 0) <= 49_000 and identity.plate is not None
    action: Action = "release" if light else "hold"
    road, none = Verdict("within" if light else "undetermined"), Verdict("undetermined")
    return Judgement("test", "0" * 64, road, none, none, (), action, "test")


PLATES = st.sampled_from(["豫A1", "豫A2", None])
DELAYS_MS = st.sampled_from([None, 0, 400, 5_000, 40_000])
FAULTS = st.one_of(
    st.builds(DeviceChanged, st.sampled_from(["scale", "io", "camera"]), st.sampled_from(["live", "stale", "lost"])),
    st.builds(LoadUnreadable, st.sampled_from(["overload", "error"])),
    st.sampled_from(["fail", "crash"]),
    st.tuples(st.just("silence"), st.integers(1, 40)),
)
EVENTS = st.one_of(
    st.tuples(st.sampled_from([0, 40, 300, 600, 9_000, 30_000, 30_020, 60_000]), st.integers(1, 25)),
    st.builds(InputSeen, st.sampled_from(["loop_entry", "loop_exit"]), st.booleans()),
    st.builds(lambda plate, delay: VehicleIdentified(Identity(plate, "yellow"), delay), PLATES, DELAYS_MS),
    st.just("store"),
    st.just(ReleaseStored("j/r", "j/1")),
    FAULTS,
)
FREE = [InputSeen("loop_entry", on=False), InputSeen("loop_exit", on=False)]
BEFORE = st.sampled_from([[(0, 8)], [(0, 1)], [(300, 8)], []])
AFTER = st.sampled_from([["store"], ["store", (9_000, 2), (0, 8)], ["store", (300, 4)], [("silence", 30), "store"]])
TRUCK = st.builds(
    lambda before, plate, delay, kg, after: [*FREE, *before, (kg, 15), VehicleIdentified(Identity(plate), delay),
                                             (kg, 40 if plate is None else 15), *after],
    BEFORE, PLATES, DELAYS_MS, st.sampled_from([30_000, 60_000]), AFTER,
)  # fmt: skip
STORIES = st.lists(st.one_of(TRUCK, st.lists(EVENTS, max_size=6)), max_size=12).map(lambda parts: list(chain(*parts)))


class World:
    """A journal that keeps what it is told, and the promises over all that the lane says."""

    def __init__(self, settings: PassageSettings) -> None:
        self.settings, self.at_ms = settings, 0
        self.marker = Restored(0, "cleared")
        self.stored: dict[int, Record] = {}
        self.asked: Record | None = None
        self.last: Record | None = None
        self.admitted = self.released = False
        self.exit_free = False
        self.heard: tuple[int, int] | None = (
            None  # the newest load and when, None where the scale is known to be silent
        )
        self.loads: list[tuple[int, int]] = []
        self.zero_since_ms: int | None = None
        self.pushed: dict[str | None, int] = {}  # when the newest picture of a plate was taken, if that is known
        self.zero_seen = True  # for half a second since the last record
        self.start()

    def start(self) -> None:
        self.asked, self.exit_free, self.loads = None, False, []
        self.heard = self.zero_since_ms = None
        self.zero_seen, self.recorded_ms = True, 0  # what was seen before a crash is in the marker alone
        self.passage = new_passage(self.settings, judge, restored=self.marker)

    def live(self, event: object) -> None:
        self.at_ms += 100
        match event:
            case ("silence", int(tenths)):
                for _ in range(tenths):
                    self.step(Tick())
            case (int(mass_kg), int(tenths)):
                for _ in range(tenths):
                    self.step(LoadSeen(Decimal(mass_kg)))
            case "store" if self.asked is not None:
                self.store(self.asked)
            case "fail" if self.asked is not None:
                self.asked = None
                self.step(StoreFailed("disk"))
            case "crash":
                self.start()
            case str():
                pass
            case _:
                self.step(event)  # type: ignore[arg-type]

    @property
    def at_zero(self) -> bool:
        return self.zero_since_ms is not None and self.at_ms - self.zero_since_ms >= 500

    def store(self, asked: Record) -> None:
        assert asked.passage not in self.stored, "a passage has one entry"
        action = asked.judgement.action
        self.asked, self.stored[asked.passage] = None, asked
        self.marker = Restored(asked.passage, "recorded", "j/1", action, asked.measurement.gross_kg)
        self.admitted, self.released = action == "release", False
        self.step(WeighingStored("j/1", action))

    def step(self, observation: Observation) -> None:
        self.at_ms += 100
        match observation:
            case LoadSeen(mass_kg):
                self.heard = int(mass_kg), self.at_ms
                self.loads.append((self.at_ms, int(mass_kg)))
                since_ms = self.at_ms if self.zero_since_ms is None else self.zero_since_ms
                self.zero_since_ms = since_ms if mass_kg <= self.settings.zero_band_kg else None
                self.zero_seen = self.zero_seen or self.at_zero
            case LoadUnreadable() | DeviceChanged("scale", "stale" | "lost"):
                self.heard = self.zero_since_ms = None
            case VehicleIdentified(identity, delay_ms):
                taken_ms = self.at_ms - (delay_ms or 0)
                self.pushed[identity.plate] = max(taken_ms, self.pushed.get(identity.plate, 0))
            case InputSeen("loop_exit", on):
                self.exit_free = not on
            case DeviceChanged("io", "stale" | "lost"):
                self.exit_free = False
            case ReleaseStored() if self.passage.state is State.HELD:
                self.released = True
            case Tick() if self.heard is not None and self.at_ms - self.heard[1] > SILENT_MS:
                self.heard = self.zero_since_ms = None
            case _:
                pass
        for effect in (effects := self.passage.step(observation, self.at_ms)):
            self.check(effect, effects)

    def check(self, effect: Effect, effects: tuple[Effect, ...]) -> None:
        match effect:
            case Mark(passage, state):
                assert passage not in self.stored or state == "cleared"
                self.marker = Restored(passage, state)
                self.admitted = self.released = False
            case Record():
                assert effect is effects[-1]
                assert effect.passage not in self.stored
                assert self.asked is None
                assert self.marker in (Restored(effect.passage, "opened"), Restored(effect.passage, "followed"))
                self.check_record(effect)
                self.asked = effect
            case MoveBarrier("open"):
                self.check_way_out()
            case SetLamp("green"):
                if self.marker.state != "cleared":
                    self.check_way_out()
            case MoveBarrier("closed"):
                assert self.exit_free
            case ShowText(code) if code in VERDICTS:
                assert self.marker.state == "recorded"

    def check_record(self, record: Record) -> None:
        if record is self.last:  # asked for again: what stands there now is another matter
            return
        found = record.measurement
        note("sound" if found.sound else "unsound")
        note("named" if record.identity.plate else "nameless")
        if found.gross_kg is not None:
            assert self.heard is not None, "weighed on a silent scale"
            window = [mass_kg for at_ms, mass_kg in self.loads if at_ms > self.heard[1] - 1000]
            assert max(window) - min(window) <= 20, "weighed in motion"
        if record.identity.plate is not None:
            assert self.pushed[record.identity.plate] >= self.recorded_ms, "named by the former vehicle's picture"
        if found.sound:
            assert self.zero_seen, "zero before the next"
            assert ("whole-vehicle-presumed" in found.flags) == (self.settings.whole_vehicle == "presumed")
        self.last, self.zero_seen, self.recorded_ms = record, self.at_zero, self.at_ms

    def check_way_out(self) -> None:
        """Out goes who is recorded: by a person's release, or with a sound weighing and a load that is there now."""
        assert self.marker.state == "recorded"
        note("let go by a person" if self.released else "let go by its record")
        if not self.released:
            assert self.admitted
            assert self.stored[self.marker.passage].measurement.sound
            assert self.heard is not None, "let go on a stale load"
            assert self.heard[0] >= self.settings.presence_kg


@given(STORIES, st.sampled_from(["loops", "presumed"]))
@hypothesis_settings(max_examples=300, deadline=None)
def test_whatever_happens_one_record_and_nothing_moves_before_it(story: list[object], whole: str) -> None:
    world = World(replace(SETTINGS, whole_vehicle=whole))  # type: ignore[arg-type]
    for event in story:
        world.live(event)
