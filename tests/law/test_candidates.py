"""What an unknown could be: each way with its limit, what would settle it, and what was presumed on the way there."""

from pathlib import Path

import pytest

from gateway.core.vehicle import Measurement, Vehicle
from gateway.law.candidates import facts_of, resolve
from gateway.law.rules import drive_axles_possible, motor_groups
from gateway.lawfiles import load_limits_dir

SETS = load_limits_dir(Path(__file__).resolve().parents[2] / "config" / "law" / "limits")
ANNEX, ORDER, GB = "cn-annex124-2016", "cn-order62-2016", "cn-gb1589"
SIX = {"layout": (1, 2, 3), "body": "articulated"}
TWO = {"layout": (1, 1), "body": "rigid", "drive_axles": 1}
FOUR = {"layout": (1, 1, 2), "body": "articulated", "drive_axles": 1}
ON_AIR = {"air_suspension": True}
ON_SINGLES = {"drive_axles": 2, "tyres": (2, 4, 4, 2, 2, 2)}


def resolved(rule_set, vehicle, unknown=(), spacings_mm=None):
    known = Vehicle(**vehicle, sources=dict.fromkeys(unknown, "unknown"))
    return resolve(SETS[rule_set], facts_of(known, Measurement(None, None, spacings_mm), SETS[rule_set]))


# rule set, the vehicle, what is said to be unknown; each way with its limit, and what would settle it
WAYS = [
    (ANNEX, SIX, (), {"one drive axle": 46_000, "several drive axles": 49_000}, ("drive_axles",)),
    (ANNEX, SIX | {"drive_axles": 9}, (), {"one drive axle": 46_000, "several drive axles": 49_000}, ("drive_axles",)),
    (ANNEX, SIX | {"drive_axles": 2}, ("tyres",), {"dual tyres": 49_000, "single tyres": 40_000}, ("tyres",)),
    (ANNEX, SIX | ON_SINGLES, ("wide_tyres",), {"no wide tyres": 40_000, "wide tyres": 49_000}, ("wide_tyres",)),
    (
        ORDER,
        FOUR,
        ("air_suspension",),
        {
            "no air suspension, trailer axles close": 36_000,
            "no air suspension, trailer axles far apart": 36_000,
            "air suspension, trailer axles close": 36_000,
            "air suspension, trailer axles far apart": 37_000,
        },
        ("air_suspension", "spacings_mm"),  # close ones settle it as well as no air does
    ),
    (
        ORDER,
        FOUR | ON_AIR,
        (),
        {"trailer axles close": 36_000, "trailer axles far apart": 37_000},
        ("spacings_mm",),
    ),
    (ORDER, SIX | ON_AIR, (), {"one drive axle": 46_000, "several drive axles": 49_000}, ("drive_axles",)),
    (
        ORDER,
        FOUR | ON_AIR | {"tyres": (2, 2, 2, 2)},
        ("wide_tyres",),
        {
            "no wide tyres, trailer axles close": 30_000,
            "no wide tyres, trailer axles far apart": 30_000,
            "wide tyres, trailer axles close": 36_000,
            "wide tyres, trailer axles far apart": 36_000,
        },
        ("wide_tyres",),
    ),
    (
        ANNEX,
        {"layout": (2, 2), "body": "rigid", "drive_axles": 2} | ON_AIR,
        ("tyres",),
        {"rigid, dual tyres": 32_000, "rigid, single tyres": 31_000},
        ("tyres",),
    ),
]


@pytest.mark.parametrize(("rule_set", "vehicle", "unknown", "ways", "settling"), WAYS)
def test_each_way_it_could_be_has_its_limit(rule_set, vehicle, unknown, ways, settling):
    found = resolved(rule_set, vehicle, unknown)
    assert {one.what.removeprefix("articulated, "): one.limit_kg for one in found.candidates} == ways
    assert (found.low_kg, found.high_kg, found.unknown) == (min(ways.values()), max(ways.values()), settling)
    assert found.never_within is False


def test_an_unknown_body_is_each_that_can_have_the_layout():
    found = resolved(ORDER, {"layout": (1, 1, 1, 3), "drive_axles": 3})
    assert [(one.what, one.limit_kg) for one in found.candidates] == [
        ("articulated", 49_000),
        ("centre-axle-train", 49_000),
        ("drawbar-train, one drive axle", 46_000),  # its lorry has no three axles
    ]
    assert found.unknown == ("body",)
    three = resolved(ORDER, {"layout": (1, 2, 3), "drive_axles": 2})
    assert (three.low_kg, three.high_kg) == (49_000, 49_000)  # a lorry of one axle would pull that full trailer


def test_drive_axles_are_asked_for_where_one_body_could_have_several():
    found = resolved(ORDER, {"layout": (1, 1, 1, 3)})  # two behind a semi-trailer tractor's first, one behind a lorry's
    assert found.unknown == ("body", "drive_axles")


# rule set, the vehicle, what is unknown; what is worth finding out
WORTH_ASKING = [
    (ANNEX, {"layout": (1, 2), "body": "rigid"}, ("air_suspension",), ("air_suspension",)),  # whatever it drives
    (ANNEX, {"layout": (1, 2, 3)}, ("air_suspension",), ("drive_axles",)),  # both trains have the same limits
    (ANNEX, {"layout": (1, 2, 3)}, ("tyres", "wide_tyres"), ("drive_axles", "tyres", "wide_tyres")),
    (ANNEX, {"layout": (2, 1, 2)}, (), ()),
    (ANNEX, {"layout": (1, 1, 1)}, (), ("body",)),  # as a lorry it has no drawing
    (GB, {"layout": (2, 3), "body": "rigid"}, ("air_suspension",), ()),  # no limit either way
]


@pytest.mark.parametrize(("rule_set", "vehicle", "unknown", "asked"), WORTH_ASKING)
def test_only_what_would_change_a_limit_is_asked_for(rule_set, vehicle, unknown, asked):
    assert resolved(rule_set, vehicle, unknown).unknown == asked


def test_a_licence_that_is_unknown_is_not_presumed_too():
    (step,) = resolved(ANNEX, TWO, ("licence_gross_kg",)).steps
    assert step.presumed == ("dual-tyres",)
    (presuming,) = resolved(ANNEX, TWO).steps
    assert presuming.presumed == ("dual-tyres", "licence-not-lower")


def test_nobody_asks_how_far_the_axles_of_a_trailer_stand_apart_where_there_is_none():
    found = resolved(ORDER, {"layout": (1, 2), "body": "rigid", "drive_axles": 1, "air_suspension": True}, ("tyres",))
    assert [one.what for one in found.candidates] == ["rigid, dual tyres", "rigid, single tyres"]


# rule set, the vehicle, what is unknown, spacings; the steps on the way to the limit
STEPS = [
    (
        ORDER,
        SIX | {"drive_axles": 2},
        (),
        None,
        [
            ("gross", 49_000, ("dual-tyres",)),
            ("axle-sum", 49_000, ("dual-tyres", "no-air-suspension", "standard-spacings")),
        ],
    ),
    (
        ORDER,
        TWO,  # no two axles stand near each other
        (),
        None,
        [("gross", 18_000, ("dual-tyres",)), ("axle-sum", 18_500, ("dual-tyres",))],
    ),
    (
        ORDER,
        {"layout": (1, 2), "body": "rigid", "drive_axles": 1},
        (),
        None,
        [
            ("gross", 25_000, ("dual-tyres", "no-air-suspension")),
            ("axle-sum", 25_000, ("dual-tyres", "no-air-suspension", "standard-spacings")),
        ],
    ),
    (
        ORDER,
        FOUR,
        (),
        None,
        [
            ("gross", 36_000, ("dual-tyres", "no-air-suspension")),
            ("axle-sum", 36_500, ("dual-tyres", "standard-spacings")),
        ],
    ),
    (
        ORDER,
        FOUR | {"tyres": (2, 4, 4, 4), "air_suspension": False},
        (),
        (3_000, 6_000, 1_350),
        [("gross", 36_000, ()), ("axle-sum", 36_500, ())],
    ),
    (
        GB,
        SIX | {"drive_axles": 2},
        (),
        (3_000, 1_350, 6_000, 1_310, 1_310),
        [("gross", 49_000, ()), ("axle-sum", 49_000, ("dual-tyres", "no-air-suspension"))],
    ),
    (
        ORDER,
        TWO | {"tyres": (2, 2)},  # its driven axle may carry more on wide ones
        (),
        None,
        [("gross", 18_000, ()), ("axle-sum", 14_000, ("no-wide-tyres",))],
    ),
    (
        ANNEX,
        SIX | ON_SINGLES,
        (),
        None,
        [("gross", 49_000, ("no-wide-tyres",)), ("single-tyres", 40_000, ("no-wide-tyres",))],
    ),
    (ANNEX, SIX | ON_SINGLES | {"wide_tyres": True}, (), None, [("gross", 49_000, ())]),
    (ANNEX, TWO, (), None, [("gross", 18_000, ("dual-tyres", "licence-not-lower"))]),
    (
        ANNEX,
        TWO | {"licence_gross_kg": 17_000},
        (),
        None,
        [("gross", 18_000, ("dual-tyres",)), ("licence", 17_000, ())],
    ),
    (
        ORDER,
        FOUR | ON_AIR,
        (),
        (3_000, 6_000, 1_800),
        [("air-suspension", 37_000, ("dual-tyres",))],  # the exemption lifts the sum of the axles too
    ),
]


@pytest.mark.parametrize(("rule_set", "vehicle", "unknown", "spacings_mm", "steps"), STEPS)
def test_the_steps_name_what_they_presume(rule_set, vehicle, unknown, spacings_mm, steps):
    found = resolved(rule_set, vehicle, unknown, spacings_mm)
    assert [(one.rule, one.limit_kg, one.presumed) for one in found.steps] == steps
    assert found.governing.limit_kg == min(limit_kg for _, limit_kg, _ in steps)
    assert (found.candidates, found.unknown) == ((), ())


def test_what_is_said_to_be_unknown_is_not_presumed():
    unknown = ("tyres", "wide_tyres", "air_suspension")
    found = resolved(ORDER, FOUR, unknown, (3_000, 6_000, 1_350))
    assert {one.presumed for one in found.steps} == {()}
    assert {one.presumed for one in resolved(ANNEX, SIX | ON_SINGLES, unknown).steps} == {()}


@pytest.mark.parametrize(("rule_set", "lightest_kg", "heaviest_kg"), [(ANNEX, 18_000, 49_000), (ORDER, 18_000, 49_000)])
def test_of_a_vehicle_nobody_knows_only_what_is_above_all_is_said(rule_set, lightest_kg, heaviest_kg):
    found = resolved(rule_set, {})
    assert (found.low_kg, found.high_kg, found.never_within, found.unknown) == (
        lightest_kg,
        heaviest_kg,
        True,
        ("layout",),
    )
    assert [one.limit_kg for one in found.steps] == [heaviest_kg]
    assert len(found.candidates) == len(SETS[rule_set].rows)


def test_groups_have_the_least_and_the_most_they_may_carry():
    found = resolved(GB, SIX | {"drive_axles": 2}, ("air_suspension", "tyres"))
    assert found.groups_kg == ((7_000, 7_000), (18_000, 19_000), (24_000, 24_000))
    assert found.groups_presumed == ((), ("standard-spacings",), ("standard-spacings",))
    assumed = resolved(GB, SIX | {"drive_axles": 2})
    assert assumed.groups_presumed == ((), ("no-air-suspension", "standard-spacings"), ("standard-spacings",))
    assert resolved(GB, TWO).groups_presumed == ((), ("dual-tyres",))
    assert resolved(ORDER, SIX | {"drive_axles": 2}).groups_kg == ()  # the sum alone is judged there
    assert resolved(GB, TWO).groups_kg == ((7_000, 7_000), (11_500, 11_500))


def test_a_group_without_a_row_keeps_it_from_being_within():
    found = resolved(ORDER, {"layout": (1, 2, 4), "body": "articulated", "drive_axles": 2})
    assert (found.high_kg, found.never_within, found.missing) == (49_000, True, ("no-axle-load-row:4 axles",))
    assert resolved(GB, {"layout": (1, 4, 1), "body": "articulated", "drive_axles": 2}).groups_kg == ()


def test_every_axle_of_the_motor_vehicle_may_be_driven():
    found = resolved(ANNEX, SIX | {"drive_axles": 3})
    assert (found.candidates, found.low_kg, found.unknown) == ((), 49_000, ())


def test_a_row_is_named_by_its_bodies_axles_and_drive():
    names = [one.what for one in resolved(ORDER, {}).candidates]
    assert (names[0], names[-1]) == (
        "rigid 2 axles",
        "articulated/centre-axle-train/drawbar-train 6 to 32 axles, single drive axle",
    )


@pytest.mark.parametrize(
    ("body", "layout", "groups", "driven"),
    [
        ("rigid", (1, 1), 2, (1,)),
        ("rigid", (2, 1), 2, (1,)),
        ("rigid", (1, 2), 2, (1, 2)),
        ("articulated", (1, 1, 3), 2, (1,)),
        ("articulated", (1, 2), 1, (1, 2)),  # no such train; what could drive it is open
        ("drawbar-train", (1, 1, 1, 1), 2, (1,)),
        ("drawbar-train", (1, 2, 1, 1), 2, (1, 2)),
    ],
)
def test_the_motor_vehicle_stands_first_and_drives_behind_its_steered_axles(body, layout, groups, driven):
    assert (motor_groups(body, layout), drive_axles_possible(body, layout)) == (groups, driven)
