"""The permit for an indivisible load: one case a line, what is changed, and what becomes of the vehicle.

The truck: 1+2+3, two driven axles, 49 t by the table. The permit: class II, this vehicle, these roads, this year, 60 t,
4.3 m high, 3.2 m wide, 21 m long.
"""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import ConfigError
from gateway.lawfiles import load_permits
from weighgate.explaining import explain
from weighgate.judging import judge_line, load_shipped_laws

CONFIG = Path(__file__).resolve().parents[2] / "config"
FILE = CONFIG / "law" / "permits" / "cn-order62-permits.toml"
LAWS = {name: load_shipped_laws(CONFIG, limits=name) for name in ("cn-annex124-2016", "cn-order62-2016", "cn-gb1589")}
ORDER = {"within": 0, "undetermined": 1, "exceeded": 2}

PERMIT = {
    "number": "P-1",
    "class": "II",
    "valid_from": "2026-01-01",
    "valid_until": "2026-12-31",
    "tractor_plate": "豫A00001",
    "trailer_plates": ["豫A0002挂"],
    "route": ["G30", "S88"],
    "gross_kg": 60_000,
    "height_mm": 4_300,
    "width_mm": 3_200,
    "length_mm": 21_000,
}
LINE = {
    "axles": "1+2+3",
    "body": "articulated",
    "drive_axles": 2,
    "gross_kg": 60_000,
    "divisible": False,
    "at": "2026-11-21T08:00:00+08:00",
    "plate": "豫A00001",
    "trailer_plate": "豫A0002挂",
    "road": "G30",
}


def said(changed=None, permit=None, limits="cn-order62-2016"):
    return judge_line(json.dumps(LINE | (changed or {}) | {"permit": PERMIT | (permit or {})}), LAWS[limits])


def told(found):
    """Outcome, limit, excess; and the permit's findings that have an excess or no number at all."""
    road = found["verdicts"]["road_limit"]
    of_permit = [one for one in found["findings"] if one["rule"].startswith("permit") and one["rule"] not in UNCHECKED]
    broken = [one["rule"] for one in of_permit if one["excess"] != 0]
    return road["outcome"], road["limit_kg"], road["excess_kg"], broken


UNCHECKED = {"permit-speed": "permitted-speed-kept", "permit-escort": "escorted-as-planned"}
WITHIN = ("within", 60_000, 0, [])


def over(*rules, excess=11_000):
    return ("exceeded", 49_000, excess, list(rules))


# what                              line                        permit                  what becomes of it
CASES = [
    ("all of it fits", {}, {}, WITHIN),
    ("the last day", {"at": "2026-12-31T23:59:59+08:00"}, {}, WITHIN),
    ("the other road of the route", {"road": "S88"}, {}, WITHIN),
    ("every size as permitted", {"height_mm": 4_300, "width_mm": 3_200, "length_mm": 21_000}, {}, WITHIN),
    ("a kilogram above the permit", {"gross_kg": 60_001}, {}, over("permit-gross", excess=11_001)),
    ("the day after", {"at": "2027-01-01T00:00:00+08:00"}, {}, over("permit-expired")),
    ("the day before", {"at": "2025-12-31T23:59:59+08:00"}, {}, over("permit-not-yet-valid")),
    ("another tractor", {"plate": "豫A00009"}, {}, over("permit-plate")),
    ("another trailer", {"trailer_plate": "豫A0009挂"}, {}, over("permit-trailer-plate")),
    ("a trailer, and the paper has none", {}, {"trailer_plates": []}, over("permit-trailer-plate")),
    ("another road", {"road": "G36"}, {}, over("permit-route")),
    ("a divisible load", {"divisible": True}, {}, over("permit-divisible")),
    ("a millimetre too high", {"height_mm": 4_301}, {}, over("permit-height_mm")),
    ("a millimetre too wide", {"width_mm": 3_201}, {}, over("permit-width_mm")),
    ("a millimetre too long", {"length_mm": 21_001}, {}, over("permit-length_mm")),
    ("no mass on the paper", {}, {"gross_kg": None}, over("permit-gross")),
    ("over 4 m, no height on the paper", {"height_mm": 4_001}, {"height_mm": None}, over("permit-height_mm")),
    ("class I lifts no mass", {}, {"class": "I"}, over("permit-gross", "permit-class")),
    ("class II is too small for 29 m", {}, {"length_mm": 29_000}, over("permit-class")),
    ("class III for 29 m", {"length_mm": 29_000}, {"class": "III", "length_mm": 29_000}, WITHIN),
    ("no class on the paper", {}, {"class": None}, WITHIN),
    ("two at once", {"road": "G36", "gross_kg": 60_001}, {}, over("permit-route", "permit-gross", excess=11_001)),
]


@pytest.mark.parametrize(("line", "permit", "becomes"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_one_case(line, permit, becomes):
    found = said(line, permit)
    assert told(found) == becomes
    assert found["illegal_over_limit"] is (becomes[0] == "exceeded")
    assert found["action"] == ("hold" if becomes[0] == "exceeded" else "release")
    assert bool(found["penalties"]) == (becomes[0] == "exceeded")


LOADS = [7_000, 10_000, 10_000, 11_000, 11_000, 11_000]
AXLES = [
    ("as permitted", {}, LOADS, WITHIN),
    ("one axle a kilogram above, another below", {}, [7_000, 10_001, 9_999, *LOADS[3:]], "permit-axle-load:2"),
    ("five axles on the paper", {"axles": 5, "axle_loads_kg": None}, LOADS, "permit-axles"),
    ("a load for five axles", {"axle_loads_kg": [12_000] * 5}, LOADS, "permit-axles"),
    ("13 001 kg on one axle is refused", {"axle_loads_kg": [13_001] * 6}, [7_000, 13_001, 9_999, 9_999, 9_999, 10_002],
     "permit-refused-mean-axle-load"),
]  # fmt: skip


@pytest.mark.parametrize(("permit", "loads", "becomes"), [case[1:] for case in AXLES], ids=[case[0] for case in AXLES])
def test_axle_loads(permit, loads, becomes):
    found = said({"axle_loads_kg": loads}, {"axle_loads_kg": LOADS} | permit)
    if isinstance(becomes, str):
        assert told(found)[0] == "exceeded"
        assert becomes in told(found)[3]
    else:
        assert told(found) == becomes


def test_a_hydraulic_trailer_of_many_lines_that_no_table_knows():
    loads = [7_000, 10_000, 10_000, *([18_000] * 8)]
    line = {"axles": "1+2+8", "axle_loads_kg": loads, "gross_kg": sum(loads)}
    permit = {"class": "III", "trailer_kind": "hydraulic", "gross_kg": sum(loads), "axle_loads_kg": loads, "axles": 11}
    for limits in LAWS:
        assert told(said(line, permit, limits)) == ("within", 171_000, 0, [])
        flat = told(said(line, permit | {"trailer_kind": "flat-bed"}, limits))
        assert flat[0] != "within"
        assert flat[3].count("permit-refused-axle-load") == 2  # on the paper and on the scale
        heavier = line | {"axle_loads_kg": None, "gross_kg": 171_001}
        beyond = told(said(heavier, permit, limits))
        assert beyond[0] == "exceeded"
        assert "permit-gross" in beyond[3]
    assert said(line, permit)["hundred_tonne"]


def test_axle_limits_of_gb_1589_are_lifted_only_by_a_permit_that_states_axle_loads():
    line = {"axle_loads_kg": LOADS}
    assert told(said(line, {"axle_loads_kg": LOADS}, "cn-gb1589")) == WITHIN
    assert told(said(line, {}, "cn-gb1589"))[3] == ["permit-axle-load"]


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


def test_off_the_permitted_road_or_time_has_measures_of_its_own():
    joint = {"enforcement_mode": "police-at-joint-station"}
    points = [one["points"] for one in said(joint | {"road": "G36"})["penalties"] if one["kind"] == "points"]
    assert points == [6]
    assert not [one for one in said(joint | {"plate": "豫A00009"})["penalties"] if one["kind"] == "points"]
    assert "detention" in [one["kind"] for one in said({"at": "2027-01-01T08:00:00+08:00"})["penalties"]]
    assert said({"road": "G36", "gross_kg": 49_000})["penalties"] == []


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


BAD = [
    ({"grossed_kg": 1}, "permit.grossed_kg"),
    ({"class": "IV"}, "permit.class"),
    ({"gross_kg": -1}, "permit.gross_kg"),
    ({"valid_until": "soon"}, "permit.valid_until"),
    ({"valid_until": "2025-01-01"}, "permit.valid_until"),
    ({"route": "G30"}, "permit.route"),
    ({"trailer_plates": [3]}, "permit.trailer_plates"),
    ({"tractor_plate": " "}, "permit.tractor_plate"),
    ({"axles": 33}, "permit.axles"),
    ({"axles": 5, "axle_loads_kg": [1, 2]}, "permit.axle_loads_kg"),
    ({"axle_loads_kg": []}, "permit.axle_loads_kg"),
    ({"trailer_kind": "boat"}, "permit.trailer_kind"),
]


@pytest.mark.parametrize(("changed", "field"), BAD, ids=[field for _, field in BAD])
def test_a_wrong_permit_is_named(changed, field):
    found = said(permit=changed)
    assert (found["error"]["field"], set(found)) == (field, {"id", "error"})


FAULTS = [
    ("gross_kg = 100000\nheight", "gross_kg = 90000\nheight", "examples[5]: should need class II"),
    ("max_kg = 13000", "max_kg = 13001", "examples[11]: refused should be True"),
    ("mean_kg = 18000", "mean_kg = 17000", "examples[13]"),
    ('id = "II"', 'id = "III"', "must be I, II, III"),
    ("height_mm = 4500", "height_mm = 4200", "height_mm must rise"),
    ("plates = {", "plate = {", "clauses.plate"),
    ("[refusals.hydraulic]", "[refusals.hovering]", "refusals.hovering"),
]


@pytest.mark.parametrize(("old", "new", "named"), FAULTS, ids=[named for _, _, named in FAULTS])
def test_a_wrong_file_does_not_load(old, new, named, altered):
    with pytest.raises(ConfigError, match=re.escape(named)):
        load_permits(altered(FILE, old, new))


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


def test_a_permitted_speed_of_no_truck_is_an_error():
    assert said({}, {"speed_km_h": 121})["error"]["field"] == "permit.speed_km_h"
