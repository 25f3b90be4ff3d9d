"""A permit at its very bounds: a class covers its own size, a day its own permit, an axle what is written for it."""

from datetime import date
from pathlib import Path

import pytest

from gateway.core.vehicle import Measurement, Vehicle
from gateway.law.permits import ClassRule, Permit, Shown, Table, check
from gateway.lawfiles import load_permits

RULES = load_permits(Path(__file__).resolve().parents[2] / "config" / "law" / "permits" / "cn-order62-permits.toml")
TRUCK = Vehicle(layout=(1, 2), height_mm=4_100)


def outside(permit, *, gross_kg=None, loads_kg=None, table=(49_000, ()), day=None, vehicle=TRUCK):
    measurement = Measurement(gross_kg, loads_kg)
    return check(Shown(permit, day=day), vehicle, measurement, RULES, Table(*table)).outside


@pytest.mark.parametrize(
    ("permit", "table_kg", "covered"),
    [
        (Permit(gross_kg=49_000), 49_000, True),
        (Permit(gross_kg=49_001), 49_000, False),
        (Permit(gross_kg=99_000), None, True),  # nobody knows the road's own limit
        (Permit(height_mm=4_200), 49_000, True),
        (Permit(height_mm=4_201), 49_000, False),
        (Permit(length_mm=99_000), 49_000, True),
    ],
)
def test_a_class_covers_up_to_its_bounds(permit, table_kg, covered):
    smallest = ClassRule("I", gross_kg=0, length_mm=None, width_mm=3_000, height_mm=4_200)
    assert smallest.covers(permit, table_kg) is covered


@pytest.mark.parametrize(
    ("class_", "gross_kg", "said"),
    [
        ("II", 100_000, ()),
        ("II", 100_001, ("permit-class",)),
        ("I", 100_001, ("permit-class",)),
        ("III", 100_001, ()),
    ],
)
def test_what_is_above_a_larger_class_is_in_no_smaller_one_where_nobody_knows_the_road_s_limit(class_, gross_kg, said):
    assert outside(Permit(class_=class_, gross_kg=gross_kg), table=(None, ())) == said


def test_a_class_of_one_kilogram_is_not_the_road_s_own_limit():
    assert not ClassRule("I", 1, None, None, None).covers(Permit(gross_kg=2), 49_000)


@pytest.mark.parametrize(
    ("day", "said"), [(9, ("permit-not-yet-valid",)), (10, ()), (20, ()), (21, ("permit-expired",))]
)
def test_it_is_valid_on_its_first_and_its_last_day(day, said):
    permit = Permit(valid_from=date(2026, 1, 10), valid_until=date(2026, 1, 20))
    assert outside(permit, day=date(2026, 1, day)) == said


@pytest.mark.parametrize(
    ("permit", "gross_kg", "table", "said"),
    [
        (Permit(gross_kg=60_000), 60_000, (49_000, ()), ()),
        (Permit(gross_kg=60_000), 60_001, (49_000, ()), ("permit-gross",)),
        (Permit(gross_kg=40_000), 40_001, (49_000, ()), ("permit-gross",)),
        (Permit(), 49_000, (49_000, ()), ()),  # states no mass, and the road's limit is kept
        (Permit(), 49_001, (49_000, ()), ("permit-gross",)),
        (Permit(), 1, (None, ()), ("permit-gross",)),  # states none, and nobody knows the road's
        (Permit(class_="I"), 49_001, (49_000, ()), ("permit-gross",)),
        (Permit(height_mm=4_100), None, (49_000, ("over-height_mm",)), ()),
        (Permit(height_mm=4_099), None, (49_000, ()), ("permit-height_mm",)),
        (Permit(), None, (49_000, ("over-height_mm",)), ("permit-height_mm",)),
        (Permit(), None, (49_000, ()), ()),
    ],
)
def test_what_is_heavier_or_larger_than_it_states_is_outside(permit, gross_kg, table, said):
    assert outside(permit, gross_kg=gross_kg, table=table) == said


@pytest.mark.parametrize(
    ("loads_kg", "said"),
    [
        ((7_000, 8_000, 8_000), ()),
        ((7_000, 8_001, 8_000), ("permit-axle-load:2",)),
        ((7_000, 8_000, 8_001), ("permit-axle-load:3",)),
    ],
)
def test_each_axle_may_carry_what_is_written_for_it(loads_kg, said):
    assert outside(Permit(axle_loads_kg=(7_000, 8_000, 8_000)), loads_kg=loads_kg) == said


def test_an_axle_at_its_bound_is_not_even_mentioned():
    permit = Permit(axle_loads_kg=(7_000, 8_000, 8_000))
    said = check(Shown(permit), TRUCK, Measurement(None, (7_000, 8_000, 8_000)), RULES, Table(49_000, ()))
    assert said.findings == ()


def test_no_permit_is_given_above_the_bounds_and_one_is_at_them():
    refusal = RULES.refusals["flat-bed"]
    at_mean = (refusal.mean_kg,) * 3
    at_most = (1_000, refusal.max_kg, 1_000)
    more = (1_000, refusal.max_kg + 1, 1_000)
    for loads_kg in (at_mean, at_most):
        assert check(Shown(Permit()), TRUCK, Measurement(None, loads_kg), RULES, Table(49_000, ())).findings == ()
    assert outside(Permit(), loads_kg=(*at_mean[:2], refusal.mean_kg + 1)) == ("permit-refused-mean-axle-load",)
    assert outside(Permit(), loads_kg=more) == ("permit-refused-axle-load",)
