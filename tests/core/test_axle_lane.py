"""A low-speed axle scale: trucks as they roll over treadles, deck and loops, told by position and time."""

from decimal import Decimal

import pytest
from axle_road import FRESH, LOADS, SETTINGS, SPACINGS, Lane, judge
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from gateway.core.effects import Mark, MoveBarrier, Record, SetLamp, ShowText
from gateway.core.observations import (
    DeviceChanged,
    InputSeen,
    LoadSeen,
    Observation,
    ReleaseStored,
    Tick,
    WeighingStored,
)
from gateway.core.passage import Restored, State, new_passage
from gateway.core.vehicle import Vehicle


@pytest.mark.parametrize("speed", [800, 1400, 2000, 2600])
def test_a_truck_becomes_its_axles(speed: int) -> None:
    lane = Lane().plate().drive(speed)
    (record,) = lane.records
    found = record.measurement
    assert found.axle_loads_kg == LOADS
    assert found.gross_kg == sum(LOADS)
    assert record.identity.vehicle.layout == (1, 2, 3)
    assert found.flags == ()
    assert found.spacings_mm is not None
    assert all(abs(seen - true) < 0.12 * true for seen, true in zip(found.spacings_mm, SPACINGS, strict=True))


def test_the_lamp_answers_when_the_record_is_durable() -> None:
    lane = Lane().plate().drive()
    assert lane.passage.state is State.RECORDING
    assert lane.effects[-1] is lane.records[0]
    lane.see(WeighingStored("j/1", "release"))
    within = [ShowText("within", "豫A12345", 48_000, 49_000), SetLamp("green"), Mark(1, "cleared", "release")]
    assert lane.effects[-3:] == within
    lane.plate("豫B00001").drive().see(WeighingStored("j/2", "hold"))
    assert lane.passage.state is State.HELD
    assert [record.passage for record in lane.records] == [1, 2]
    assert lane.passage.describe()["entry"] == "j/2"
    lane.see(ReleaseStored("j/3", "j/1"))
    assert lane.passage.state is State.HELD  # that release is another vehicle's
    lane.see(ReleaseStored("j/4", "j/2"))
    assert lane.lamp == "green"
    lane.idle(15, LoadSeen(Decimal(0)))
    assert lane.effects[-3:] == [Mark(2, "cleared"), SetLamp("green"), ShowText("ready")]
    assert lane.passage.state is State.EMPTY


def test_a_truck_that_backs_an_axle_off_and_comes_again_has_it_once() -> None:
    def front(now: float) -> float:  # the first axle stands on the deck, goes back off it, and the truck drives on
        if now < 3:
            return -4_000 + 1_500 * now + (100 * now)
        return max(-700, 800 - 1_000 * (now - 3)) if now < 6 else -700 + 2_000 * (now - 6)

    lane = Lane().plate().roll(front, 20)
    found = lane.records[0].measurement
    assert found.axle_loads_kg == LOADS
    assert "reversed" in found.flags
    assert found.gross_kg == sum(LOADS)


def test_stopping_on_the_way_loses_the_spacings_not_the_load() -> None:
    def front(now: float) -> float:  # stands with the first axle on the deck
        return -4_000 + 1_600 * now if now < 3 else 800 + 1_600 * max(0.0, now - 8)

    lane = Lane().plate().roll(front, 25)
    found = lane.records[0].measurement
    assert found.gross_kg == sum(LOADS)
    assert found.spacings_mm is None
    assert found.flags == ("stopped",)
    assert lane.records[0].identity.vehicle.layout is None


def test_too_fast_and_too_close_are_not_sound() -> None:
    fast = Lane().plate().drive(3_600).records[0].measurement
    assert "too-fast" in fast.flags
    assert not fast.sound
    close = Lane().plate().drive(loads=(6_000, 9_000, 6_000, 9_000), spacings=(4_000, 13_000, 4_000)).records[0]
    assert "second-vehicle" in close.measurement.flags


def test_another_axle_count_than_the_registers_is_believed_and_said() -> None:
    known = Vehicle(layout=(1, 2), body="rigid", drive_axles=2, sources={"layout": "register"})
    record = Lane().plate(vehicle=known).drive().records[0]
    assert record.measurement.flags == ("axles-differ-from-register",)
    assert record.identity.vehicle.layout == (1, 2, 3)
    assert record.identity.vehicle.body is None
    agrees = Vehicle(layout=(1, 2, 3), body="articulated")
    assert Lane().plate(vehicle=agrees).drive().records[0].identity.vehicle == agrees


def test_a_lost_scale_may_have_missed_an_axle() -> None:
    lane = Lane().plate().roll(lambda now: -4_000 + 2_000 * now, 3)
    lane.see(DeviceChanged("scale", "lost")).roll(lambda now: 2_000 + 2_000 * now, 15)
    assert "scale-lost" in lane.records[0].measurement.flags


def test_after_a_restart_the_axles_that_passed_are_not_guessed() -> None:
    for restored, passage, flag in (
        (Restored(3, "opened"), 3, "incomplete"),
        (Restored(3, "cleared"), 4, "joined-midway"),
    ):
        lane = Lane(Restored(0, "cleared"))
        lane.passage = new_passage(SETTINGS, judge, restored=restored)
        lane.plate().roll(lambda now: 3_000 + 2_000 * now, 15)
        assert [record.passage for record in lane.records] == [passage]
        assert flag in lane.records[0].measurement.flags
    lane.passage = new_passage(SETTINGS, judge, restored=Restored(3, "recorded", "j/1", "hold"))
    lane.effects.clear()
    lane.roll(lambda now: 3_000 + 2_000 * now, 15)
    assert lane.records == []
    assert lane.effects[0] == SetLamp("red")


STORY = st.lists(
    st.one_of(
        st.builds(InputSeen, st.sampled_from(["loop_entry", "loop_exit", "treadle_in", "treadle_out"]), st.booleans()),
        st.builds(LoadSeen, st.sampled_from([Decimal(0), Decimal(5_000), Decimal(9_000)])),
        st.builds(DeviceChanged, st.sampled_from(["scale", "io"]), st.sampled_from(["live", "lost"])),
        st.sampled_from(["store", "wait", "crash", ReleaseStored("j/r", "j/1")]),
    ),
    max_size=80,
)


@given(STORY)
@hypothesis_settings(max_examples=200, deadline=None)
def test_whatever_happens_one_record_per_passage(story: list[object]) -> None:
    marker, asked, stored, at_ms = FRESH, None, set[int](), 0
    passage = new_passage(SETTINGS, judge, restored=marker)
    for event in story:
        at_ms += 2_000 if event == "wait" else 50
        if event == "crash":
            asked, passage = None, new_passage(SETTINGS, judge, restored=marker)
            continue
        observation: object = Tick() if isinstance(event, str) else event
        if event == "store" and asked is not None:
            marker = Restored(asked.passage, "recorded", "j/1", asked.judgement.action)
            stored.add(asked.passage)
            observation, asked = WeighingStored("j/1", asked.judgement.action), None
        effects = passage.step(observation, at_ms)  # type: ignore[arg-type]
        for effect in effects:
            assert not isinstance(effect, MoveBarrier)
            if isinstance(effect, Mark):
                marker = Restored(effect.passage, effect.state, action=effect.action)
            if isinstance(effect, Record):
                assert effect is effects[-1]
                assert effect.passage not in stored
                assert asked is None
                assert (marker.passage, marker.state) == (effect.passage, "opened")
                asked = effect
            if isinstance(effect, ShowText) and effect.code in ("within", "exceeded", "undetermined", "weigh-again"):
                assert marker.state == "recorded"


def test_an_empty_deck_after_a_start_says_nothing_until_the_loops_are_known() -> None:
    passage = new_passage(SETTINGS, judge, restored=Restored(3, "cleared"))
    assert passage.step(LoadSeen(Decimal(0)), 0) == ()
    assert passage.state is State.WAKING


class Forgetful(Lane):
    """Its scale says nothing for a moment, too short to be called silent."""

    unheard_ms = range(0)

    def see(self, *observations: Observation) -> "Lane":
        heard = [one for one in observations if not isinstance(one, LoadSeen) or self.at_ms not in self.unheard_ms]
        return super().see(*heard)


@pytest.mark.parametrize("begin_ms", range(1_500, 8_500, 100))
def test_an_axle_that_may_have_passed_unheard_leaves_no_verdict(begin_ms: int) -> None:
    lane = Forgetful().plate()
    lane.unheard_ms = range(begin_ms, begin_ms + 500)
    (record,) = lane.drive(1_500).records
    assert record.measurement.axle_loads_kg == LOADS or not record.measurement.sound
