"""What nobody knows of a permit, and what no scale can check of one: left out is presumed and named, null is open."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from permitted_truck import LAWS, LINE, PERMIT, UNCHECKED, WITHIN, over, said, told

from weighgate.explaining import explain
from weighgate.judging import judge_line

ORDER = {"within": 0, "undetermined": 1, "exceeded": 2}

# left out is not compared and says so; null is unknown
UNCOMPARED = [
    ("at", "permit-in-force"),
    ("plate", "permit-of-this-vehicle"),
    ("trailer_plate", "permit-of-this-trailer"),
    ("road", "permit-for-this-road"),
    ("divisible", "indivisible-load"),
]


@pytest.mark.parametrize(("field", "presumed"), UNCOMPARED)
def test_what_was_not_compared_is_presumed_and_named_and_what_is_unknown_decides_nothing(field, presumed):
    line = {name: value for name, value in LINE.items() if name != field}
    left_out = judge_line(json.dumps(line | {"permit": PERMIT}), LAWS["cn-order62-2016"])
    assert told(left_out) == WITHIN
    assert presumed in left_out["presumed"]
    unknown = said({field: None})
    road = unknown["verdicts"]["road_limit"]
    assert (road["outcome"], road["limit_kg"], road["reasons"]) == ("undetermined", None, [f"unknown-{field}"])
    assert [one["limit_kg"] for one in road["candidates"]] == [49_000, 60_000]
    assert (unknown["illegal_over_limit"], unknown["action"]) == (None, "hold")
    assert told(said({field: None, "gross_kg": 60_001}))[0] == "exceeded"
    assert told(said({field: None, "gross_kg": 49_000}))[0] == "within"


def test_an_unknown_size_is_not_lifted_by_a_permit():
    assert told(said({"height_mm": None}))[0] == "undetermined"


def test_an_empty_permit_lifts_nothing():
    found = judge_line(json.dumps(LINE | {"permit": {}}), LAWS["cn-order62-2016"])
    assert told(found) == over()


def test_presuming_the_highest_candidate_never_admits_above_it_with_a_doubtful_permit():
    line = {"drive_axles": None, "plate": None, "undetermined": "presume", "site_kind": "toll-entrance"}
    assert said(line | {"gross_kg": 49_000})["action"] == "admit"
    assert said(line | {"gross_kg": 49_001})["action"] == "refuse"


@given(
    st.integers(40_000, 70_000),
    st.integers(0, 9_000),
    st.sampled_from(sorted(LAWS)),
    st.sets(st.sampled_from(["plate", "road", "divisible", "drive_axles", "tyres"])),
)
def test_heavier_is_never_milder_and_unknown_never_decides_more(gross_kg, more_kg, limits, unknown):
    nulls = dict.fromkeys(unknown)
    light, heavy = (told(said(nulls | {"gross_kg": kg}, limits=limits))[0] for kg in (gross_kg, gross_kg + more_kg))
    assert ORDER[light] <= ORDER[heavy]
    assert light in (told(said({"gross_kg": gross_kg}, limits=limits))[0], "undetermined")
    without = judge_line(json.dumps(LINE | nulls | {"gross_kg": gross_kg}), LAWS[limits])
    assert ORDER[light] <= ORDER[without["verdicts"]["road_limit"]["outcome"]]


# a permit of which nobody knows (null): with it and without it, so far as a permit may be given
UNSEEN = [
    ("over without it", {}, ("undetermined", None, 0), "hold", []),
    ("nobody knows the load either", {"divisible": None}, ("undetermined", None, 0), "hold", []),
    ("over by its height", {"gross_kg": 49_000, "height_mm": 4_100}, ("undetermined", None, 0), "hold", []),
    ("for a divisible load none is given", {"divisible": True}, ("exceeded", 49_000, 11_000), "hold", ["fine"]),
    ("within without it", {"gross_kg": 49_000}, ("within", 49_000, 0), "release", []),
    ("left out: none was shown", {"permit": False}, ("exceeded", 49_000, 11_000), "hold", ["fine"]),
]


@pytest.mark.parametrize(
    ("changed", "road", "action", "fined"), [one[1:] for one in UNSEEN], ids=[o[0] for o in UNSEEN]
)
def test_a_permit_that_nobody_knows_of_leaves_the_limit_open(changed, road, action, fined):
    line = {
        name: value
        for name, value in (LINE | {"permit": None} | changed).items()
        if value is not False or name != "permit"
    }
    found = judge_line(json.dumps(line), LAWS["cn-order62-2016"])
    verdict = found["verdicts"]["road_limit"]
    assert (verdict["outcome"], verdict["limit_kg"], verdict["excess_kg"]) == road
    assert found["action"] == action
    assert [one["kind"] for one in found["penalties"] if one["kind"] == "fine"] == fined
    if road[0] == "undetermined":
        assert "unknown-permit" in verdict["reasons"]
        assert [one["limit_kg"] for one in verdict["candidates"]] == [49_000]


# An entrance acts on the reading: through 105 % of the lowest candidate it admits, over or perhaps over.
AT_AN_ENTRANCE = [
    ({"permit": None, "gross_kg": 51_450}, "undetermined", "admit-within-tolerance"),
    ({"permit": None, "gross_kg": 51_451}, "undetermined", "refuse"),
    ({"permit": None, "gross_kg": 51_450, "divisible": True}, "exceeded", "admit-within-tolerance"),
    ({"permit": None, "gross_kg": 50_000, "height_mm": 4_100}, "undetermined", "refuse"),
    ({"permit": None, "gross_kg": 50_000, "height_mm": None}, "undetermined", "refuse"),
    ({"permit": None, "gross_kg": 49_000, "height_mm": None}, "undetermined", "refuse"),
    ({"drive_axles": None, "gross_kg": 48_300}, "undetermined", "admit-within-tolerance"),
    ({"drive_axles": None, "gross_kg": 48_301}, "undetermined", "refuse"),
    ({"axles": "2+4", "gross_kg": 48_300}, "undetermined", "refuse"),
]


@pytest.mark.parametrize(("changed", "outcome", "action"), AT_AN_ENTRANCE, ids=str)
@pytest.mark.parametrize("limits", ["cn-annex124-2016", "cn-order62-2016"])
def test_an_entrance_acts_on_the_reading_where_the_outcome_is_open(limits, changed, outcome, action):
    found = judge_line(json.dumps(LINE | {"site_kind": "toll-entrance"} | changed), LAWS[limits])
    assert (found["verdicts"]["road_limit"]["outcome"], found["action"]) == (outcome, action)
    tolerated = [one["verified"] for one in found["findings"] if one["rule"] == "tolerance"]
    assert tolerated == ([False] if action == "admit-within-tolerance" else [])
    assert judge_line(json.dumps(LINE | changed), LAWS[limits])["action"] == "hold"


@pytest.mark.parametrize(
    ("permit", "conditions"),
    [
        ({}, {}),
        ({"speed_km_h": 40}, {"permit-speed": (40, "km/h", True)}),
        ({"escort": True}, {"permit-escort": (None, "kg", False)}),
        ({"escort": False, "class": "III"}, {}),
        ({"class": "III"}, {"permit-escort": (None, "kg", False)}),
    ],
    ids=str,
)
def test_what_no_scale_checks_of_a_permit_is_said_and_presumed(permit, conditions):
    found = said({}, permit)
    told_of = {one["rule"]: one for one in found["findings"] if one["rule"] in UNCHECKED}
    assert {rule: (one["limit"], one["unit"], one["verified"]) for rule, one in told_of.items()} == conditions
    assert all(one["measured"] is one["excess"] is None for one in told_of.values())
    assert {UNCHECKED[rule] for rule in conditions} == set(UNCHECKED.values()) & set(found["presumed"])
    assert told(found) == WITHIN
    for language, unchecked in (("zh", "称重不能核查"), ("en", "no scale checks")):
        assert explain(found, language).count(unchecked) == len(conditions)
