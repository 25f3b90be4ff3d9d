"""Scenarios of one platform, told as they happen: what the lane saw, and what it did."""

from dataclasses import replace
from decimal import Decimal

import pytest

from gateway.core.effects import Alarm, Effect, Mark, MoveBarrier, Record, SetLamp, ShowText
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

SETTINGS = PassageSettings(
    kind="platform",
    presence_kg=500,
    zero_band_kg=100,
    interval_kg=20,
    settle_window_ms=1000,
    settle_band_kg=20,
    equal_frames=3,
    settle_timeout_ms=15000,
    identify_timeout_ms=3000,
    clear_ms=500,
    whole_vehicle="loops",
    has_barrier=True,
    has_camera=True,
)
LIMIT_KG = 49_000
FRESH = Restored(0, "cleared")
VERDICTS = {"within", "exceeded", "undetermined", "weigh-again"}


def judge(identity: Identity, measurement: Measurement) -> Judgement:
    if not measurement.sound:
        road, action = Verdict("undetermined"), "hold"
    elif (measurement.gross_kg or 0) > LIMIT_KG:
        road, action = Verdict("exceeded", LIMIT_KG), "hold"
    else:
        road, action = Verdict("within", LIMIT_KG), "release"
    none = Verdict("undetermined")
    return Judgement("test", "0" * 64, road, none, none, (), action, "test")  # type: ignore[arg-type]


class Lane:
    """A lane with its time: `feed` goes on ten times a second, the journal answers when told to."""

    def __init__(self, restored: Restored = FRESH, settings: PassageSettings = SETTINGS, at_ms: int = 0) -> None:
        self.passage = new_passage(settings, judge, restored=restored)
        self.at_ms = at_ms
        self.effects: list[Effect] = []

    def see(self, *observations: Observation) -> "Lane":
        for observation in observations:
            self.effects.extend(self.passage.step(observation, self.at_ms))
        return self

    def load(self, mass_kg: int, seconds: float = 0.1, *, stable: bool | None = None) -> "Lane":
        for _ in range(max(1, round(seconds * 10))):
            self.at_ms += 100
            self.see(LoadSeen(Decimal(mass_kg), stable))
        return self

    def loops(self, *, entry: bool = False, leave: bool = False) -> "Lane":
        return self.see(InputSeen("loop_entry", entry), InputSeen("loop_exit", leave))

    def plate(self, plate: str = "豫A12345", delay_ms: int | None = None) -> "Lane":
        return self.see(VehicleIdentified(Identity(plate, "yellow", source="camera"), delay_ms))

    def store(self, action: Action | None = None) -> "Lane":
        return self.see(WeighingStored("j/1", action or self.records[-1].judgement.action))

    def drive_on(self, mass_kg: int) -> "Lane":
        self.loops(entry=True)
        for part in (1, 2, 3):
            self.load(mass_kg * part // 3, 0.8)
        return self.loops().load(mass_kg, 0.1)

    @property
    def records(self) -> list[Record]:
        return [effect for effect in self.effects if isinstance(effect, Record)]

    def said(self, kind: type) -> list[Effect]:
        return [effect for effect in self.effects if isinstance(effect, kind)]

    @property
    def lamp(self) -> str:
        return [effect for effect in self.effects if isinstance(effect, SetLamp)][-1].colour


def ready(**more: object) -> Lane:
    lane = Lane(**more)  # type: ignore[arg-type]
    return lane.loops().load(0, 1)


def settled(mass_kg: int = 30_000) -> Lane:
    return ready().drive_on(mass_kg).plate().load(mass_kg, 2)


def test_a_legal_truck_is_weighed_and_let_go_only_when_its_record_is_durable() -> None:
    lane = settled()
    assert [record.measurement.gross_kg for record in lane.records] == [30_000]
    assert lane.records[0].identity.plate == "豫A12345"
    assert MoveBarrier("open") not in lane.effects
    assert not any(isinstance(one, ShowText) and one.code in VERDICTS for one in lane.effects)
    lane.effects.clear()
    lane.store("release")
    assert lane.effects == [
        ShowText("within", "豫A12345", 30_000, LIMIT_KG),
        MoveBarrier("open"),
        SetLamp("green"),
    ]
    lane.effects.clear()
    lane.loops(leave=True).load(9_000, 1).load(0, 2)
    assert MoveBarrier("closed") not in lane.effects
    lane.loops()
    assert lane.effects[-4:] == [MoveBarrier("closed"), Mark(1, "cleared"), SetLamp("green"), ShowText("ready")]
    assert lane.passage.state is State.EMPTY


def test_a_heavy_truck_waits_for_a_release_entry() -> None:
    lane = settled(60_000).store()
    assert lane.passage.state is State.HELD
    assert lane.lamp == "red"
    assert MoveBarrier("open") not in lane.effects
    lane.load(60_000, 30)
    assert len(lane.records) == 1
    lane.see(ReleaseStored("j/2", "j/1"))
    assert lane.passage.state is State.RELEASED
    assert lane.effects[-2:] == [MoveBarrier("open"), SetLamp("green")]


def test_a_held_truck_that_backs_off_clears_the_lane() -> None:
    lane = settled(60_000).store().loops(entry=True).load(20_000, 1).load(0, 1)
    assert lane.passage.state is State.EMPTY
    assert lane.said(Mark)[-1] == Mark(1, "cleared")
    assert MoveBarrier("open") not in lane.effects


def test_half_a_truck_is_not_weighed() -> None:
    lane = ready().loops(entry=True).plate().load(12_000, 10)
    assert lane.records == []
    lane.load(12_000, 6)
    assert lane.records[0].measurement.flags == ("unsettled",)
    assert lane.records[0].measurement.gross_kg is None


def test_unknown_loops_prove_nothing() -> None:
    lane = Lane().load(0, 1).plate().load(30_000, 16)
    assert lane.records[0].measurement.flags == ("unsettled",)
    lane = settled_without_record().see(DeviceChanged("io", "lost")).load(30_000, 16)
    assert [record.measurement.gross_kg for record in lane.records] == [None]


def settled_without_record() -> Lane:
    return ready().drive_on(30_000)


def test_a_plate_is_waited_for_and_then_done_without() -> None:
    lane = ready().drive_on(30_000).load(30_000, 3)
    assert lane.passage.state is State.IDENTIFYING
    assert lane.records == []
    lane.load(30_000, 2)
    assert lane.records[0].identity.plate is None


def test_a_plate_seen_between_a_record_and_the_next_arrival_is_not_the_next_trucks() -> None:
    lane = settled().store().load(0, 2).plate().drive_on(20_000).load(20_000, 6)
    assert [record.identity.plate for record in lane.records] == ["豫A12345", None]


def test_the_indicators_own_motion_flag_vetoes() -> None:
    lane = ready().loops().plate().load(30_000, 5, stable=False)
    assert lane.records == []


def test_a_rocking_truck_gets_no_weight() -> None:
    lane = ready().plate()
    for _ in range(90):
        lane.load(30_000).load(30_060)
    assert [record.measurement.flags for record in lane.records] == [("unsettled",)]


def test_a_scale_that_stays_lost_gives_no_weight_and_one_that_returns_weighs() -> None:
    lane = settled_without_record().see(DeviceChanged("scale", "lost"))
    for _ in range(160):
        lane.at_ms += 100
        lane.see(Tick())
    assert lane.records[0].measurement.flags == ("scale-lost",)
    lane = settled_without_record().plate().see(DeviceChanged("scale", "lost")).load(30_000, 3)
    assert lane.records[0].measurement.gross_kg == 30_000


def test_an_overloaded_scale_says_so() -> None:
    lane = settled_without_record()
    for _ in range(160):
        lane.at_ms += 100
        lane.see(LoadUnreadable("overload"))
    assert lane.records[0].measurement.flags == ("overload-signal",)


def test_a_truck_that_turns_back_before_it_was_weighed_leaves_an_incomplete_entry() -> None:
    lane = ready().loops(entry=True).load(8_000, 2).load(0, 1)
    assert lane.records[0].measurement.flags == ("incomplete",)
    lane.store().loops().load(0, 1)
    assert lane.passage.state is State.EMPTY
    assert MoveBarrier("open") not in lane.effects


def test_the_next_truck_is_not_let_go_with_the_former_ones_record() -> None:
    lane = settled().load(0, 1).load(55_000, 1)
    lane.store("release")
    assert MoveBarrier("open") not in lane.effects
    assert not any(isinstance(one, ShowText) and one.code == "within" for one in lane.effects)
    lane.plate("豫B00001").load(55_000, 2)
    assert [record.passage for record in lane.records] == [1, 2]


@pytest.mark.parametrize("now_kg", [45_000, 300])
def test_a_verdict_that_comes_late_opens_for_nothing_but_what_was_weighed(now_kg: int) -> None:
    lane = settled(30_000).load(now_kg, 0.3).store("release")
    assert lane.passage.state is State.HELD
    assert lane.lamp == "red"
    assert MoveBarrier("open") not in lane.effects


@pytest.mark.parametrize("residue_kg", [0, 300])
def test_who_comes_on_before_the_lane_was_clear_is_weighed_too(residue_kg: int) -> None:
    lane = settled().store().load(9_000, 1).load(residue_kg, 0.3)
    lane.effects.clear()
    lane.load(60_000, 20)
    assert [(record.passage, record.measurement.gross_kg) for record in lane.records] == [(2, 60_000)]
    assert [one.code for one in lane.said(Alarm) if isinstance(one, Alarm)] == ["unweighed-vehicle"]
    assert lane.said(MoveBarrier) == [MoveBarrier("closed")]
    assert lane.said(SetLamp) == [SetLamp("red")]


def test_a_release_of_another_entry_opens_nothing() -> None:
    lane = settled(60_000).store()
    assert lane.passage.describe()["entry"] == "j/1"
    lane.see(ReleaseStored("j/5", "j/0"))
    assert lane.passage.state is State.HELD
    assert lane.effects[-1] == Alarm("release-for-another-vehicle", "j/0")


def test_a_scale_silent_when_the_record_becomes_durable_is_waited_for() -> None:
    lane = settled().see(DeviceChanged("scale", "stale")).store()
    assert not any(isinstance(one, ShowText) and one.code in VERDICTS for one in lane.effects)
    lane.load(30_000, 1)
    assert lane.passage.state is State.RELEASED


def test_a_lane_that_holds_never_says_within() -> None:
    lane = settled().load(45_000, 0.3).store("release")
    assert lane.effects[-2:] == [ShowText("stop"), SetLamp("red")]


def test_a_truck_weighed_before_its_last_axle_was_on_is_stopped_again() -> None:
    lane = ready(settings=replace(SETTINGS, whole_vehicle="presumed")).plate().load(18_000, 3)
    assert lane.records[0].measurement.flags == ("whole-vehicle-presumed",)
    lane.store("release").load(45_000, 1)
    assert lane.passage.state is State.HELD
    assert lane.lamp == "red"
    assert any(isinstance(one, Alarm) and one.code == "load-rose" for one in lane.effects)


def test_a_full_disk_holds_the_lane_and_is_asked_again_every_five_seconds() -> None:
    lane = settled().see(StoreFailed("disk full"))
    assert lane.effects[-3:] == [SetLamp("red"), ShowText("out-of-order"), Alarm("store-failed", "disk full")]
    lane.load(30_000, 4)
    assert len(lane.records) == 1
    lane.load(30_000, 10)
    assert len(lane.records) == 2  # and no third while that one is unanswered
    assert lane.records[0] == lane.records[1]
    lane.store("release")
    assert lane.passage.state is State.RELEASED


# the former truck's plate, told late -----------------------------------------------------------------------------


def after_the_former(gone_seconds: float) -> Lane:
    """豫A12345 was weighed and let go; the platform has been empty for so long, and the next truck drives on."""
    lane = settled().store().load(0, gone_seconds)
    return lane.drive_on(20_000)


def test_a_late_repeat_of_the_former_trucks_plate_does_not_name_the_next() -> None:
    lane = after_the_former(3).plate().load(20_000, 6)
    assert lane.records[-1].identity == Identity()
    assert lane.records[-1].measurement.flags == ("plate-ambiguous",)


def test_a_late_repeat_does_not_hide_the_next_trucks_own_plate() -> None:
    lane = after_the_former(3).plate("豫B00001").plate().load(20_000, 6)
    assert lane.records[-1].identity.plate == "豫B00001"
    assert lane.records[-1].measurement.flags == ()


def test_the_same_truck_weighed_again_is_named_again() -> None:
    lane = after_the_former(40).plate().load(20_000, 6)
    assert [record.identity.plate for record in lane.records] == ["豫A12345", "豫A12345"]
    lane = after_the_former(5).plate(delay_ms=1_000).load(20_000, 6)  # the camera tells when it took the picture
    assert [record.identity.plate for record in lane.records] == ["豫A12345", "豫A12345"]
    assert lane.records[-1].measurement.flags == ()


@pytest.mark.parametrize("former", ["豫A12345", None])
def test_a_picture_taken_before_the_former_record_is_the_former_trucks(former: str | None) -> None:
    lane = ready().drive_on(30_000)
    lane = lane.plate(former) if former else lane
    lane.load(30_000, 5).store("release").load(0, 3).drive_on(20_000).plate(delay_ms=9_000).load(20_000, 6)
    assert [record.identity.plate for record in lane.records] == [former, None]


def test_two_plates_name_nobody() -> None:
    lane = ready().plate("豫A11111").drive_on(30_000).plate("豫A22222").load(30_000, 6)
    assert lane.records[-1].identity.plate is None
    assert lane.records[-1].measurement.flags == ("plate-ambiguous",)


def test_a_trailers_rear_plate_is_no_second_vehicle() -> None:
    rear = Identity("豫B1234挂", "yellow", rear_plate="豫B1234挂", source="camera")
    lane = ready().drive_on(30_000).plate().see(VehicleIdentified(rear)).load(30_000, 2)
    assert (lane.records[-1].identity.plate, lane.records[-1].identity.rear_plate) == ("豫A12345", "豫B1234挂")


# zero before the next ----------------------------------------------------------------------------------------------


def test_without_zero_before_it_no_weighing_is_lawful() -> None:
    lane = settled().store().load(9_000, 1).load(300, 0.3).load(40_000, 3).plate("豫B00001").load(40_000, 20)
    found = lane.records[-1]
    assert (found.passage, found.measurement.flags, found.measurement.sound) == (2, ("zero-not-seen",), False)
    assert found.judgement.road_limit.outcome == "undetermined"
    lane.store().load(0, 2).drive_on(30_000).plate("豫B00002").load(30_000, 2)
    assert lane.records[-1].measurement.flags == ()


def test_a_leaving_truck_that_bounces_is_no_other_vehicle() -> None:
    lane = settled().store()
    for _ in range(4):
        lane.load(300, 0.3).load(900, 0.5)
    lane.load(0, 1)
    assert lane.passage.state is State.EMPTY
    assert len(lane.records) == 1
    assert lane.said(Alarm) == []


def test_one_bad_frame_on_an_empty_platform_is_no_vehicle() -> None:
    lane = ready().load(30_000, 0.1).load(0, 2)
    assert lane.passage.state is State.EMPTY
    assert lane.said(Mark) == []


# a scale that falls silent -----------------------------------------------------------------------------------------


def silent(lane: Lane, seconds: float) -> Lane:
    """The scale says nothing, and its driver has not noticed yet."""
    for _ in range(round(seconds * 10)):
        lane.at_ms += 100
        lane.see(Tick())
    return lane


@pytest.mark.parametrize("noticed", [True, False])
def test_a_scale_silent_at_verdict_time_releases_nobody_and_is_not_waited_for_longer_than_set(noticed: bool) -> None:
    lane = settled()
    if noticed:
        lane.see(DeviceChanged("scale", "lost"))
    silent(lane, 10).store("release")
    silent(lane, 14.9)
    assert lane.passage.state is State.RECORDING
    silent(lane, 0.2)
    assert lane.passage.state is State.HELD
    assert lane.effects[-2:] == [ShowText("out-of-order"), SetLamp("red")]
    lane.load(30_000, 5)
    assert lane.passage.state is State.HELD  # who stands there after the wait is for a person to say
    assert MoveBarrier("open") not in lane.effects


def test_a_scale_silent_before_the_vehicle_is_known_gives_no_weight() -> None:
    lane = settled_without_record().load(30_000, 1.5)
    assert lane.passage.state is State.IDENTIFYING
    silent(lane, 2.5).plate()
    assert lane.records == []
    silent(lane, 60)
    assert [(one.measurement.gross_kg, one.measurement.flags) for one in lane.records] == [(None, ("scale-lost",))]


def test_nothing_is_known_of_the_time_between_two_loads_far_apart() -> None:
    lane = settled_without_record().plate().load(30_000, 0.4)
    lane.at_ms += 5_000  # a lane that was not served at all, not even by a tick
    lane.load(30_000, 0.4)
    assert lane.records == []
    lane = settled(60_000).store().load(0, 0.1)
    lane.at_ms += 5_000
    assert lane.load(0, 0.3).passage.state is State.HELD


def test_one_zero_and_then_silence_is_no_empty_platform() -> None:
    lane = silent(settled(60_000).store().load(0, 0.1), 5)
    assert lane.passage.state is State.HELD


RESTARTS = [
    pytest.param(
        Restored(7, "recorded", "j/9", "release", 30_000), 30_000, State.RELEASED, 0, id="released-and-still-on"
    ),
    pytest.param(Restored(7, "recorded", "j/9", "release", 30_000), 60_000, State.HELD, 0, id="another-is-on"),
    pytest.param(Restored(7, "recorded", "j/9", "release"), 30_000, State.HELD, 0, id="weight-unknown"),
    pytest.param(Restored(7, "recorded", "j/9", "hold"), 30_000, State.HELD, 0, id="held-and-still-on"),
    pytest.param(Restored(7, "recorded", "j/9", "release"), 0, State.EMPTY, 0, id="recorded-and-gone"),
    pytest.param(Restored(7, "opened"), 30_000, State.RECORDING, 7, id="opened-is-weighed-again"),
    pytest.param(Restored(7, "opened"), 0, State.RECORDING, 7, id="opened-and-gone-is-incomplete"),
    pytest.param(Restored(7, "cleared"), 30_000, State.RECORDING, 8, id="a-new-truck-came-meanwhile"),
    pytest.param(Restored(7, "cleared"), 0, State.EMPTY, 0, id="nobody"),
]


@pytest.mark.parametrize(("restored", "mass_kg", "state", "recorded"), RESTARTS)
def test_after_a_restart(restored: Restored, mass_kg: int, state: State, recorded: int) -> None:
    lane = Lane(restored).loops().plate().load(mass_kg, 3)
    assert lane.passage.state is state
    assert [record.passage for record in lane.records] == ([recorded] if recorded else [])
    if recorded:
        assert (lane.records[0].measurement.gross_kg is None) == (mass_kg == 0)
    if state is State.RELEASED:
        assert MoveBarrier("open") in lane.effects
    elif mass_kg:
        assert MoveBarrier("open") not in lane.effects


def test_an_empty_platform_calls_nobody_while_its_scale_is_silent() -> None:
    lane = ready()
    assert lane.lamp == "green"
    lane.see(DeviceChanged("scale", "lost", "unplugged"))
    assert lane.lamp == "red"
    assert lane.said(ShowText)[-1] == ShowText("out-of-order")
    for _ in range(60):
        lane.at_ms += 100
        lane.see(Tick())
    assert lane.said(Alarm) == [Alarm("lane-out-of-order", "the scale gives no load")]
    lane.load(0, 0.2)
    assert lane.lamp == "green"
    assert lane.said(ShowText)[-1] == ShowText("ready")


def test_a_platform_that_wakes_to_a_silent_scale_says_so() -> None:
    lane = Lane()
    for _ in range(70):
        lane.at_ms += 100
        lane.see(Tick())
    assert lane.lamp == "red"
    assert lane.said(ShowText) == [ShowText("out-of-order")]
