"""What another rule set says beside: its own limit where there is one, and of axles and span only what is over."""

from dataclasses import replace
from pathlib import Path

import pytest

from gateway.core.vehicle import Measurement, Vehicle
from gateway.law.elsewhere import findings_elsewhere
from gateway.lawfiles import load_limits_dir

SETS = load_limits_dir(Path(__file__).resolve().parents[2] / "config" / "law" / "limits")
TRUCK = Vehicle(layout=(1, 2, 3), body="articulated", drive_axles=2)
RIGID = Vehicle(layout=(2, 2), body="rigid", drive_axles=2)
NEAR = (1_800, 2_850, 1_350)  # 6 m: 30 t by the span


@pytest.mark.parametrize(
    ("vehicle", "gross_kg", "limit_kg", "excess_kg"),
    [
        (TRUCK, 49_000, 49_000, 0),
        (TRUCK, 49_001, 49_000, 1),
        (replace(TRUCK, drive_axles=None), 50_000, None, None),  # 46 or 49 t
        (Vehicle(), 50_000, None, None),
    ],
)
def test_its_gross_limit_where_there_is_one(vehicle, gross_kg, limit_kg, excess_kg):
    (found,) = findings_elsewhere(vehicle, Measurement(gross_kg), gross_kg, SETS["cn-order62-2016"])
    assert (found.rule, found.limit, found.excess) == ("gross-elsewhere", limit_kg, excess_kg)


@pytest.mark.parametrize(
    ("loads_kg", "spacings_mm", "rules"),
    [
        (None, None, []),
        ((7_000, 7_000, 9_000, 9_000), None, []),
        ((7_000, 7_000, 9_000, 9_001), None, ["axle-load:2"]),
        (None, NEAR, ["axle-span"]),
        ((7_000, 7_000, 9_000, 9_001), NEAR, ["axle-load:2", "axle-span"]),
    ],
)
def test_of_axles_and_span_only_what_is_over(loads_kg, spacings_mm, rules):
    gb = SETS["cn-gb1589"]
    found = findings_elsewhere(RIGID, Measurement(30_001, loads_kg, spacings_mm), 30_001, gb)
    assert [one.rule for one in found] == ["gross-elsewhere", *rules]
    without = findings_elsewhere(RIGID, Measurement(30_001, loads_kg, spacings_mm), 30_001, replace(gb, span=None))
    assert [one.rule for one in without[1:]] == [rule for rule in rules if rule != "axle-span"]
