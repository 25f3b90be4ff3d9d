"""Scenarios of one platform, told as they happen: what the lane saw, and what it did."""

from dataclasses import replace

import pytest
from platform_road import LIMIT_KG, SETTINGS, VERDICTS, Lane, ready, settled, settled_without_record

from gateway.core.effects import Alarm, Mark, MoveBarrier, SetLamp, ShowText
from gateway.core.observations import DeviceChanged, LoadUnreadable, ReleaseStored, StoreFailed, Tick
from gateway.core.passage import Restored, State


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


def test_the_indicators_own_motion_flag_vetoes() -> None:
    lane = ready().loops().plate().load(30_000, 5, stable=False)
    assert lane.records == []


def test_a_rocking_truck_gets_no_weight() -> None:
    lane = ready().plate()
    for _ in range(90):
        lane.load(30_000).load(30_060)
    assert [record.measurement.flags for record in lane.records] == [("unsettled",)]


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


def test_without_zero_before_it_no_weighing_is_lawful() -> None:
    lane = settled().store().load(9_000, 1).load(300, 0.3).load(40_000, 3).plate("豫B00001").load(40_000, 20)
    found = lane.records[-1]
    assert (found.passage, found.measurement.flags, found.measurement.sound) == (2, ("zero-not-seen",), False)
    marks = [mark for mark in lane.said(Mark) if mark.passage == 2 or mark.state == "cleared"]
    assert marks == [Mark(2, "followed")]  # in one step: between two a crash would forget it


def test_a_restart_does_not_forget_that_no_zero_was_seen() -> None:
    lane = Lane(Restored(7, "followed")).loops().plate().load(30_000, 3)
    (found,) = lane.records
    assert (found.passage, found.measurement.flags, found.measurement.sound) == (7, ("zero-not-seen",), False)
    assert lane.said(Mark) == [Mark(7, "followed")]
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
    lane.load(0, 0.5)
    assert lane.lamp == "red"  # who drives on in this moment must not see it change
    lane.load(0, 1)
    assert lane.lamp == "green"
    assert lane.said(ShowText)[-1] == ShowText("ready")


def test_a_platform_that_wakes_to_a_silent_scale_says_so() -> None:
    lane = Lane()
    for _ in range(70):
        lane.at_ms += 100
        lane.see(Tick())
    assert lane.lamp == "red"
    assert lane.said(ShowText) == [ShowText("out-of-order")]


def test_a_release_that_comes_when_the_held_vehicle_has_driven_off_opens_nothing() -> None:
    lane = settled(60_000).store("hold").load(60_000, 1).load(0, 0.2)
    lane.see(ReleaseStored("j/2", weighing="j/1"))
    assert MoveBarrier("open") not in lane.effects
    assert Alarm("released-vehicle-gone", "j/1") in lane.effects


def test_who_rolls_on_while_a_board_comes_back_sees_no_change_to_green() -> None:
    lane = ready().see(DeviceChanged("io", "lost", "unplugged"))
    assert lane.lamp == "red"
    lane.loops(entry=True).load(0, 2)
    assert lane.lamp == "red"
    lane.load(0, 4)
    assert lane.lamp == "green"  # it stands there and waits to be called
