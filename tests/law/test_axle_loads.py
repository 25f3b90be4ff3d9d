"""What each axle or group may carry by GB 1589-2016's table, and which tyres count: one row, one vehicle."""

from pathlib import Path

import pytest

from gateway.core.vehicle import parse_layout
from gateway.law.axles import Possible, drive_is_dual, group_loads_kg, singles_deducted
from gateway.lawfiles import load_limits_dir

SETS = load_limits_dir(Path(__file__).resolve().parents[2] / "config" / "law" / "limits")
LOADS = SETS["cn-order62-2016"].axle_loads


def possible(body, drives, tyres, *, wide=None, air=None):
    return Possible(body, drives, tyres, wide, air, None)


PERMITTED = [
    ("rigid",       "1+1",   1, None,               {},             (7000, 11500)),
    ("rigid",       "1+1",   1, (2, 4),             {},             (7000, 11500)),
    ("rigid",       "1+1",   1, (2, 2),             {},             (7000, 7000)),
    ("rigid",       "1+1",   1, (2, 2),             {"wide": True}, (7000, 11500)),
    ("rigid",       "1+1+1", 1, (2, 4, 4),          {},             (7000, 11500, 10000)),  # the first behind
    ("rigid",       "1+1+1", 2, (2, 4, 4),          {},             (7000, 11500, 11500)),
    ("rigid",       "1+1+1", 1, (2, 2, 2),          {"wide": True}, (7000, 11500, 10000)),
    ("articulated", "1+1+1", 2, (2, 4, 4),          {},             (7000, 11500, 10000)),  # no trailer axle is driven
    ("rigid",       "2+1",   1, None,               {},             (14000, 11500)),
    ("rigid",       "1+2",   2, (2, 4, 4),          {"air": True},  (7000, 19000)),
    ("rigid",       "1+2",   2, (2, 4, 2),          {"air": True},  (7000, 19000)),  # either axle on dual tyres
    ("rigid",       "1+2",   2, (2, 2, 2),          {"air": True},  (7000, 18000)),
    ("rigid",       "1+2",   2, (2, 4, 4),          {},             (7000, 18000)),
    ("articulated", "1+1+2", 1, (2, 4, 4, 4),       {"air": True},  (7000, 11500, 18000)),
    ("articulated", "1+2+3", 2, None,               {},             (7000, 18000, 24000)),
]  # fmt: skip


@pytest.mark.parametrize(("body", "layout", "drives", "tyres", "more", "kg"), PERMITTED)
def test_each_axle_or_group_may_carry(body, layout, drives, tyres, more, kg):
    assert group_loads_kg(LOADS, None, parse_layout(layout), possible(body, drives, tyres, **more)) == kg


@pytest.mark.parametrize(
    ("spacings_mm", "kg"),
    [
        ((0, 999, 0), (7000, 11500, 11500)),
        ((0, 1000, 0), (7000, 16000, 11500)),
        ((0, 1300, 0), (7000, 18000, 11500)),
    ],
)
def test_the_closer_the_axles_the_less(spacings_mm, kg):
    assert group_loads_kg(LOADS, spacings_mm, (1, 2, 1), possible("rigid", 3, None)) == kg


SINGLES = [
    ("rigid",       "1+1",   1, (2, 4),          0),
    ("rigid",       "1+1",   1, (2, 2),          0),  # a single axle of the motor vehicle is the driven one
    ("rigid",       "1+1+1", 1, (2, 4, 2),       0),  # nor does one that stands alone
    ("rigid",       "1+2",   1, (2, 4, 2),       1),
    ("rigid",       "1+2",   2, (2, 2, 2),       0),  # both are driven
    ("rigid",       "1+2",   1, (2, 2, 2),       1),
    ("articulated", "1+1+1", 1, (2, 4, 2),       1),
    ("articulated", "1+2+2", 2, (2, 4, 4, 2, 2), 2),
    ("articulated", "1+2+2", 1, (2, 4, 2, 2, 4), 2),
    ("articulated", "1+1+1", 1, None,            0),
]  # fmt: skip


@pytest.mark.parametrize(("body", "layout", "drives", "tyres", "count"), SINGLES)
def test_single_tyred_axles_that_count(body, layout, drives, tyres, count):
    assert singles_deducted(parse_layout(layout), possible(body, drives, tyres)) == count


DRIVEN = [
    ("rigid",       "1+2",   2, (2, 4, 4),    True),
    ("rigid",       "1+2",   2, (2, 4, 2),    False),
    ("rigid",       "1+2",   1, (2, 4, 2),    True),
    ("articulated", "1+1+2", 1, (2, 2, 4, 4), False),  # the trailer's tyres drive nothing
    ("rigid",       "1+2",   2, None,         True),
]  # fmt: skip


@pytest.mark.parametrize(("body", "layout", "drives", "tyres", "dual"), DRIVEN)
def test_the_driven_axles_stand_on_dual_tyres(body, layout, drives, tyres, dual):
    assert drive_is_dual(parse_layout(layout), possible(body, drives, tyres)) is dual
