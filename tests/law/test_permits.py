"""The permit for an indivisible load: one case a line, what is changed, and what becomes of the vehicle."""

import re

import pytest
from permitted_truck import CONFIG, LAWS, WITHIN, over, said, told

from gateway.errors import ConfigError
from gateway.lawfiles import load_permits

FILE = CONFIG / "law" / "permits" / "cn-order62-permits.toml"

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


def test_off_the_permitted_road_or_time_has_measures_of_its_own():
    joint = {"enforcement_mode": "police-at-joint-station"}
    points = [one["points"] for one in said(joint | {"road": "G36"})["penalties"] if one["kind"] == "points"]
    assert points == [6]
    assert not [one for one in said(joint | {"plate": "豫A00009"})["penalties"] if one["kind"] == "points"]
    assert "detention" in [one["kind"] for one in said({"at": "2027-01-01T08:00:00+08:00"})["penalties"]]
    assert said({"road": "G36", "gross_kg": 49_000})["penalties"] == []


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
    ({"trailer_kind": None}, "permit.trailer_kind"),
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


def test_a_permitted_speed_of_no_truck_is_an_error():
    assert said({}, {"speed_km_h": 121})["error"]["field"] == "permit.speed_km_h"
