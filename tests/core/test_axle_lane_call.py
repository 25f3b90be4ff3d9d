"""What an axle lane shows while nobody is on it: whom it calls, whom it holds, and that it cannot weigh."""

from decimal import Decimal

import pytest
from axle_road import FRESH, SETTINGS, Lane, judge

from gateway.core.effects import Alarm, Mark, SetLamp, ShowText
from gateway.core.observations import (
    DeviceChanged,
    InputSeen,
    LoadSeen,
    LoadUnreadable,
    ReleaseStored,
    VehicleIdentified,
    WeighingStored,
)
from gateway.core.passage import Restored, State, new_passage
from gateway.core.vehicle import Identity

EMPTY_DECK = LoadSeen(Decimal(0))
LOOPS_FREE = (InputSeen("loop_entry", on=False), InputSeen("loop_exit", on=False))
LOST = DeviceChanged("scale", "lost")


def restarted(state: str, action: str | None = None) -> Lane:
    lane = Lane()
    lane.passage = new_passage(SETTINGS, judge, restored=Restored(3, state, None, action))  # type: ignore[arg-type]
    lane.effects.clear()
    return lane


def only_loops(lane: Lane, *, treadles: bool = False) -> Lane:
    """A vehicle covers the loops for four seconds, and an axle of it presses the treadles."""
    lane.idle(1, InputSeen("loop_entry", on=True))
    if treadles:
        lane.see(InputSeen("treadle_in", on=True), InputSeen("treadle_in", on=False))
    lane.idle(2, InputSeen("loop_exit", on=True), InputSeen("loop_entry", on=False))
    return lane.idle(3, *LOOPS_FREE)


@pytest.mark.parametrize("silence", [LOST, DeviceChanged("scale", "stale"), LoadUnreadable("error")])
def test_a_lane_whose_scale_is_silent_calls_nobody(silence: DeviceChanged | LoadUnreadable) -> None:
    lane = Lane()
    assert (lane.lamp, lane.sign) == ("green", ShowText("ready"))
    lane.see(silence)
    assert (lane.lamp, lane.sign) == ("red", ShowText("out-of-order"))
    lane.see(DeviceChanged("scale", "live"))
    assert lane.lamp == "red"
    lane.see(EMPTY_DECK)
    assert lane.lamp == "red"  # who drives on in this moment must not see it change
    lane.idle(1.2, EMPTY_DECK)
    assert (lane.lamp, lane.sign) == ("green", ShowText("ready"))


def test_a_lane_whose_loops_are_not_known_calls_nobody() -> None:
    lane = Lane().see(DeviceChanged("io", "lost"))
    assert (lane.lamp, lane.sign) == ("red", ShowText("out-of-order"))
    lane.see(*LOOPS_FREE).idle(1.2, EMPTY_DECK)
    assert (lane.lamp, lane.sign) == ("green", ShowText("ready"))


def test_an_outage_that_lasts_is_alarmed_once() -> None:
    lane = Lane().idle(1, LOST)
    assert not [effect for effect in lane.effects if isinstance(effect, Alarm)]
    lane.idle(30, LOST)
    (alarm,) = [effect for effect in lane.effects if isinstance(effect, Alarm)]
    assert alarm.code == "lane-out-of-order"
    assert "scale" in alarm.detail


@pytest.mark.parametrize("treadles", [True, False])
def test_who_crosses_a_silent_scale_has_an_entry(treadles: bool) -> None:
    lane = only_loops(Lane().see(LOST).plate(), treadles=treadles)
    lane.idle(4)
    (record,) = lane.records
    assert record.measurement.gross_kg is None
    assert {"scale-lost", "incomplete"} <= set(record.measurement.flags)
    assert record.identity.plate == "豫A12345"


def test_an_axle_that_only_the_treadle_felt_is_an_entry_and_a_blip_of_a_loop_is_none() -> None:
    lane = Lane()
    lane.idle(1, InputSeen("loop_entry", on=True), EMPTY_DECK).idle(3, *LOOPS_FREE, EMPTY_DECK)
    assert lane.records == []
    assert (lane.passage.state, lane.lamp) == (State.EMPTY, "green")
    lane.idle(1, InputSeen("loop_entry", on=True), EMPTY_DECK)
    lane.see(InputSeen("treadle_in", on=True), InputSeen("treadle_in", on=False))
    lane.idle(3, *LOOPS_FREE, EMPTY_DECK).idle(4, EMPTY_DECK)
    assert "incomplete" in lane.records[0].measurement.flags


def test_a_treadle_tells_of_a_truck_that_neither_scale_nor_loop_saw() -> None:
    lane = Lane().see(LOST, InputSeen("treadle_in", on=True), InputSeen("treadle_in", on=False)).idle(6)
    assert "scale-lost" in lane.records[0].measurement.flags


def test_the_held_driver_never_sees_green_and_the_next_is_called_by_the_sign() -> None:
    lane = Lane().plate().drive().see(WeighingStored("j/1", "hold"))
    assert (lane.lamp, lane.passage.state) == ("red", State.HELD)
    seen = len(lane.effects)
    lane.idle(60, EMPTY_DECK)
    assert SetLamp("green") not in lane.effects[seen:]
    assert lane.sign == ShowText("next-held", "豫A12345")
    assert lane.effects.count(Mark(1, "cleared", "hold")) == 1
    assert lane.passage.describe()["entry"] == "j/1"  # nobody else came: it may still be released
    lane.idle(1, InputSeen("loop_entry", on=True), EMPTY_DECK).idle(3, *LOOPS_FREE, EMPTY_DECK)
    assert (lane.lamp, lane.sign) == ("red", ShowText("next-held", "豫A12345"))  # a guard on the loop frees nobody
    lane.plate("豫B00001").drive()
    assert lane.lamp == "red"
    lane.see(WeighingStored("j/2", "release"))
    assert lane.lamp == "green"
    lane.idle(16, EMPTY_DECK)
    assert (lane.lamp, lane.sign) == ("green", ShowText("ready"))


def test_a_held_vehicle_may_be_released_until_the_next_one_comes() -> None:
    lane = Lane().plate().drive().see(WeighingStored("j/1", "hold")).idle(60, EMPTY_DECK)
    lane.see(ReleaseStored("j/2", "j/1"))
    assert (lane.lamp, lane.sign) == ("green", ShowText("released", "豫A12345"))
    lane.idle(16, EMPTY_DECK)
    assert (lane.passage.state, lane.sign) == (State.EMPTY, ShowText("ready"))


def test_who_is_called_back_is_named_again_also_where_the_camera_tells_no_time() -> None:
    named = VehicleIdentified(Identity("豫A12345", "yellow", source="camera"))
    lane = restarted("opened").see(named).idle(2, *LOOPS_FREE, EMPTY_DECK).see(WeighingStored("j/1", "hold"))
    lane.idle(4, *LOOPS_FREE, EMPTY_DECK).see(InputSeen("loop_entry", on=True), named).drive()
    assert lane.records[-1].identity.plate == "豫A12345"
    assert lane.records[-1].measurement.flags == ()


def test_a_start_beside_a_held_vehicle_shows_it_no_green() -> None:
    lane = restarted("cleared", "hold").idle(1, *LOOPS_FREE, EMPTY_DECK)
    assert (lane.lamp, lane.sign) == ("red", ShowText("next"))
    lane = restarted("cleared", "release").idle(1, *LOOPS_FREE, EMPTY_DECK)
    assert (lane.lamp, lane.sign) == ("green", ShowText("ready"))
    lane = restarted("recorded", "hold").idle(20, *LOOPS_FREE, EMPTY_DECK)
    assert (lane.lamp, lane.sign) == ("red", ShowText("next"))


def test_who_drove_on_by_the_former_ones_green_while_the_lane_slept_has_an_entry() -> None:
    lane = Lane().plate().drive().see(WeighingStored("j/1", "release"))
    (mark,) = [effect for effect in lane.effects if isinstance(effect, Mark) and effect.state == "cleared"]
    woken = restarted(mark.state).roll(lambda now: 3_000 + 2_000 * now, 15)
    assert "joined-midway" in woken.records[0].measurement.flags


def test_who_could_not_be_weighed_is_called_back_at_once() -> None:
    """Nothing is known against it, and it stands clear of the loops: the lane has nothing to wait for."""
    lane = restarted("opened").plate().idle(2, *LOOPS_FREE, EMPTY_DECK)
    assert "incomplete" in lane.records[0].measurement.flags
    lane.see(WeighingStored("j/1", "hold"))
    assert (lane.lamp, lane.sign) == ("red", ShowText("next-again", "豫A12345"))
    assert Mark(3, "cleared", "hold") in lane.effects
    lane.idle(4, *LOOPS_FREE, EMPTY_DECK).plate().drive().see(WeighingStored("j/2", "release"))
    assert lane.lamp == "green"
    assert lane.records[-1].measurement.flags == ()


def test_a_lane_that_wakes_without_loops_says_so() -> None:
    lane = restarted("cleared").idle(3, EMPTY_DECK)
    assert lane.lamp == "dark"  # a board needs a moment to be found
    lane.idle(3, EMPTY_DECK)
    assert (lane.lamp, lane.sign) == ("red", ShowText("out-of-order"))
    (alarm,) = [effect for effect in lane.effects if isinstance(effect, Alarm)]
    assert "loop" in alarm.detail
    lane.see(*LOOPS_FREE).idle(1.2, EMPTY_DECK)
    assert (lane.lamp, lane.sign, lane.passage.state) == ("green", ShowText("ready"), State.EMPTY)


def test_a_lane_that_wakes_without_a_scale_says_so_and_still_notes_who_crosses() -> None:
    lane = restarted("cleared")
    lane.idle(6, *LOOPS_FREE)
    assert (lane.lamp, lane.sign) == ("red", ShowText("out-of-order"))
    only_loops(lane).idle(4)
    assert {"scale-lost", "incomplete"} <= set(lane.records[0].measurement.flags)


def test_a_release_is_not_shown_for_long_on_a_lane_that_cannot_weigh_the_next() -> None:
    lane = Lane(FRESH).plate().drive().see(WeighingStored("j/1", "release"), LOST)
    assert lane.lamp == "green"  # it is this driver's: he has it until he can have read it
    lane.idle(6)
    assert (lane.lamp, lane.sign) == ("red", ShowText("out-of-order"))
