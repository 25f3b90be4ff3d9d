"""Whose plate the camera read: the vehicle's on the platform, the former one's told late, or nobody's."""

import pytest
from platform_road import Lane, ready, settled

from gateway.core.observations import VehicleIdentified
from gateway.core.passage import State
from gateway.core.vehicle import Identity


def test_a_plate_is_waited_for_and_then_done_without() -> None:
    lane = ready().drive_on(30_000).load(30_000, 3)
    assert lane.passage.state is State.IDENTIFYING
    assert lane.records == []
    lane.load(30_000, 2)
    assert lane.records[0].identity.plate is None


def test_a_plate_seen_between_a_record_and_the_next_arrival_is_not_the_next_trucks() -> None:
    lane = settled().store().load(0, 2).plate().drive_on(20_000).load(20_000, 6)
    assert [record.identity.plate for record in lane.records] == ["豫A12345", None]


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
