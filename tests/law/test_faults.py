"""Numbers that no vehicle can have, each alone, at the last one that it can."""

from dataclasses import replace

import pytest

from gateway.core.vehicle import Measurement, Vehicle
from gateway.law.faults import faults_of

TRUCK = Vehicle(layout=(1, 2), body="rigid")
LOADS = (5_000, 6_000, 7_000)


@pytest.mark.parametrize(
    ("vehicle", "measurement", "said"),
    [
        (TRUCK, Measurement(18_000, LOADS), ()),
        (TRUCK, Measurement(18_060, LOADS), ()),  # an interval an axle
        (TRUCK, Measurement(18_061, LOADS), ("unequal-axle-sum",)),
        (TRUCK, Measurement(17_939, LOADS), ("unequal-axle-sum",)),
        (TRUCK, Measurement(300), ()),  # 100 kg an axle
        (TRUCK, Measurement(299), ("impossible-gross",)),
        (Vehicle(), Measurement(100), ()),
        (Vehicle(), Measurement(99), ("impossible-gross",)),
        (TRUCK, Measurement(310, (111, 100, 99)), ("impossible-axle-load",)),
        (TRUCK, Measurement(300, (100, 100, 100)), ()),
        (replace(TRUCK, width_mm=500, height_mm=500), Measurement(18_000), ()),
        (replace(TRUCK, width_mm=499), Measurement(18_000), ("impossible-size",)),
        (replace(TRUCK, height_mm=499), Measurement(18_000), ("impossible-size",)),
        (TRUCK, Measurement(18_000, (9_000, 9_000)), ("axle-count-differs",)),
        (Vehicle(), Measurement(18_000, (9_000, 9_000)), ()),
        (replace(TRUCK, tyres=(2, 4, 4)), Measurement(18_000), ()),
        (replace(TRUCK, tyres=(2, 4)), Measurement(18_000), ("tyre-count-differs",)),
        (Vehicle(tyres=(2, 4)), Measurement(18_000), ()),
        (TRUCK, Measurement(None), ("no-gross",)),
        (TRUCK, Measurement(None, flags=("second-vehicle",)), ("second-vehicle",)),
        (TRUCK, Measurement(18_000, flags=("reversed", "second-vehicle")), ("second-vehicle",)),
        (replace(TRUCK, kerb_kg=10_000), Measurement(9_500), ()),
        (replace(TRUCK, kerb_kg=10_000), Measurement(9_499), ("lighter-than-empty",)),
    ],
)
def test_what_is_wrong_is_named_and_nothing_else(vehicle, measurement, said):
    assert faults_of(vehicle, measurement, 20, 5) == said
