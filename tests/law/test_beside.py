"""What is judged beside the gross, rule by rule: each group, the axle span, the sizes, and what is presumed."""

from dataclasses import replace
from pathlib import Path

import pytest

from gateway.core.vehicle import Measurement, Vehicle
from gateway.core.verdict import Finding
from gateway.law.beside import NOTHING, Beside, beside_gross, sized
from gateway.law.rules import Dimension, SpanRule
from gateway.lawfiles import load_limits_dir

SETS = load_limits_dir(Path(__file__).resolve().parents[2] / "config" / "law" / "limits")
BARE = replace(SETS["cn-gb1589"], id="set", dimensions=(), span=None)
GROUPS_KG = ((7000, 7000), (18000, 19000))  # nobody knows whether the tandem is air-suspended
UNKNOWN = {"family": "unknown"}
SPANNED = replace(BARE, span=SpanRule("4.6.2", 5000, ("rigid",), (4,), ("dump",), verified=True))


def groups(*loads_kg):
    vehicle = Vehicle(layout=(1, 2), body="rigid")
    return beside_gross(vehicle, Measurement(sum(loads_kg), loads_kg), BARE, GROUPS_KG)


@pytest.mark.parametrize(
    ("loads_kg", "found", "over", "undecided"),
    [
        ((7000, 9000, 9000), [(7000, 7000, 0), (18000, None, None)], (), ()),
        ((7001, 9000, 9000), [(7001, 7000, 1), (18000, None, None)], ("over-axle-load:1",), ()),
        ((7000, 9000, 9001), [(7000, 7000, 0), (18001, None, None)], (), ("unknown-axle-load-limit:2",)),
        ((7000, 9500, 9500), [(7000, 7000, 0), (19000, None, None)], (), ("unknown-axle-load-limit:2",)),
        ((7000, 9500, 9501), [(7000, 7000, 0), (19001, 19000, 1)], ("over-axle-load:2",), ()),
    ],
)
def test_each_group_has_the_most_it_may_carry_whatever_is_unknown(loads_kg, found, over, undecided):
    said = groups(*loads_kg)
    assert [(one.measured, one.limit, one.excess) for one in said.findings] == found
    assert (said.over, said.undecided) == (over, undecided)


def test_each_group_names_what_its_own_limit_rests_on():
    presumed = (), ("no-air-suspension", "standard-spacings")
    vehicle, measured = Vehicle(layout=(1, 2), body="rigid"), Measurement(25000, (7000, 9000, 9000))
    said = beside_gross(vehicle, measured, BARE, GROUPS_KG, presumed)
    assert tuple(one.presumed for one in said.findings) == presumed


@pytest.mark.parametrize(
    ("gross_kg", "undecided"), [(7000, ()), (7001, ("unknown-axle_loads_kg",)), (25000, ("unknown-axle_loads_kg",))]
)
def test_axle_loads_that_are_said_to_be_unknown_are_within_only_where_no_axle_could_be_over(gross_kg, undecided):
    vehicle = Vehicle(layout=(1, 2), body="rigid", sources={"axle_loads_kg": "unknown"})
    assert beside_gross(vehicle, Measurement(gross_kg), BARE, GROUPS_KG) == Beside((), (), undecided)
    assert beside_gross(replace(vehicle, sources={}), Measurement(gross_kg), BARE, GROUPS_KG) == NOTHING
    assert beside_gross(vehicle, Measurement(gross_kg), BARE, ()) == NOTHING  # a set that judges the gross alone


@pytest.mark.parametrize(
    ("vehicle", "undecided"),
    [
        ({}, ("unknown-spacings_mm",)),
        ({"body": None}, ("unknown-spacings_mm",)),
        ({"body": "articulated"}, ()),
        ({"layout": (1, 2)}, ()),
        ({"family": "dump"}, ()),
    ],
)
def test_spacings_that_are_said_to_be_unknown_leave_the_span_open(vehicle, undecided):
    found = Vehicle(**({"layout": (2, 2), "body": "rigid", "sources": {"spacings_mm": "unknown"}} | vehicle))
    assert beside_gross(found, Measurement(29000), SPANNED, ()) == Beside((), (), undecided)
    assert beside_gross(replace(found, sources={}), Measurement(29000), SPANNED, ()) == NOTHING


def span(gross_kg, body="rigid", family=None, sources=None, layout=(2, 2)):
    vehicle = Vehicle(layout=layout, body=body, family=family, sources=sources or {})
    return beside_gross(vehicle, Measurement(gross_kg, None, (1800, 2850, 1350)), SPANNED, ())


@pytest.mark.parametrize(
    ("gross_kg", "vehicle", "excess", "presumed", "over", "undecided"),
    [
        (29000, {}, 0, (), (), ()),
        (30000, {}, 0, (), (), ()),
        (30001, {}, 1, ("no-special-family",), ("over-axle-span",), ()),
        (30001, {"family": "refrigerated"}, 1, (), ("over-axle-span",), ()),
        (30001, {"body": None}, 1, (), (), ("unknown-body",)),
        (30001, {"sources": UNKNOWN}, 1, (), (), ("unknown-family",)),
        (30000, {"sources": UNKNOWN}, 0, (), (), ()),
    ],
)
def test_five_kg_for_each_mm_between_the_outer_axles(gross_kg, vehicle, excess, presumed, over, undecided):
    said = span(gross_kg, **vehicle)
    (finding,) = said.findings
    assert finding.rule == "axle-span"
    assert (finding.limit, finding.excess, finding.presumed) == (30000, excess, presumed)
    assert (said.over, said.undecided) == (over, undecided)


@pytest.mark.parametrize(
    ("gross_kg", "vehicle"),
    [(30001, {"family": "dump"}), (30001, {"body": "articulated"}), (30001, {"layout": (1, 2)}), (None, {})],
    ids=["exempt", "another body", "three axles", "no gross"],
)
def test_the_span_is_asked_only_where_the_rule_is_for_it(gross_kg, vehicle):
    assert span(gross_kg, **vehicle) == NOTHING


HEIGHT = Dimension("height_mm", "height", 4000, verified=True, families={"container": 4200})
PLAIN = Dimension("height_mm", "height too", 4000, verified=False)


def height(height_mm, *rules, family=None, sources=None):
    vehicle = Vehicle(height_mm=height_mm, family=family, sources=sources or {})
    return beside_gross(vehicle, Measurement(20000), replace(BARE, dimensions=rules), ())


@pytest.mark.parametrize(
    ("height_mm", "rules", "vehicle", "limit", "excess", "presumed", "over", "undecided"),
    [
        (4000, [HEIGHT], {}, 4000, 0, (), (), ()),
        (4001, [HEIGHT], {}, 4000, 1, ("no-special-family",), ("over-height_mm",), ()),
        (4201, [HEIGHT], {"family": "container"}, 4200, 1, (), ("over-height_mm",), ()),
        (4001, [HEIGHT], {"family": "dump"}, 4000, 1, (), ("over-height_mm",), ()),
        (4001, [PLAIN], {}, 4000, 1, (), ("over-height_mm",), ()),
        (4001, [HEIGHT, PLAIN], {}, 4000, 1, ("no-special-family",), ("over-height_mm",), ()),
        (4000, [HEIGHT], {"sources": UNKNOWN}, None, None, (), (), ()),
        (4200, [HEIGHT], {"sources": UNKNOWN}, None, None, (), (), ("unknown-body",)),
        (4201, [HEIGHT], {"sources": UNKNOWN}, 4200, 1, (), ("over-height_mm",), ()),
    ],
)
def test_a_size_is_over_where_every_family_that_it_could_be_is(
    height_mm, rules, vehicle, limit, excess, presumed, over, undecided
):
    said = height(height_mm, *rules, **vehicle)
    (finding,) = said.findings
    assert (finding.limit, finding.excess, finding.presumed) == (limit, excess, presumed)
    assert (said.over, said.undecided) == (over, undecided)


def test_a_finding_of_two_rules_is_verified_where_both_are():
    assert [height(3000, *rules).findings[0].verified for rules in ((HEIGHT, PLAIN), (HEIGHT, HEIGHT))] == [False, True]


def test_nothing_to_judge_is_nothing_and_all_of_it_stands_side_by_side():
    assert beside_gross(Vehicle(layout=(1, 2)), Measurement(20000), BARE, GROUPS_KG) == NOTHING
    both = replace(SPANNED, dimensions=(HEIGHT,))
    vehicle = Vehicle(layout=(1, 3), body="rigid", height_mm=3000)
    said = beside_gross(
        vehicle, Measurement(8000, (2000,) * 4, (3000, 1500, 1500)), both, ((7000, 7000), (24000, 24000))
    )
    assert [one.rule for one in said.findings] == ["height_mm", "axle-load:1", "axle-load:2", "axle-span"]
    assert said == Beside(said.findings, (), ())
    assert said.findings[0] == Finding("height_mm", "set height", 3000, 4000, 0, "mm", (), verified=True)


@pytest.mark.parametrize(
    ("vehicle", "is_sized"),
    [
        (Vehicle(), False),
        (Vehicle(length_mm=1), True),
        (Vehicle(width_mm=1), True),
        (Vehicle(height_mm=1), True),
        (Vehicle(sources={"body": "unknown"}), False),
        (Vehicle(sources={"width_mm": "unknown"}), True),
    ],
)
def test_a_size_that_was_measured_or_is_said_to_be_unknown_is_looked_at(vehicle, is_sized):
    assert sized(vehicle) is is_sized
