"""A platform whose scale falls silent weighs nobody, and releases nobody, by what it said before."""

import pytest
from platform_road import VERDICTS, settled, settled_without_record, silent

from gateway.core.effects import MoveBarrier, SetLamp, ShowText
from gateway.core.observations import DeviceChanged, Tick
from gateway.core.passage import State


def test_a_scale_that_stays_lost_gives_no_weight_and_one_that_returns_weighs() -> None:
    lane = settled_without_record().see(DeviceChanged("scale", "lost"))
    for _ in range(160):
        lane.at_ms += 100
        lane.see(Tick())
    assert lane.records[0].measurement.flags == ("scale-lost",)
    lane = settled_without_record().plate().see(DeviceChanged("scale", "lost")).load(30_000, 3)
    assert lane.records[0].measurement.gross_kg == 30_000


def test_a_scale_silent_when_the_record_becomes_durable_is_waited_for() -> None:
    lane = settled().see(DeviceChanged("scale", "stale")).store()
    assert not any(isinstance(one, ShowText) and one.code in VERDICTS for one in lane.effects)
    lane.load(30_000, 1)
    assert lane.passage.state is State.RELEASED


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
