"""Families that law judges otherwise or handles apart: by licence, by GB 1589, by their goods, by how many cars."""

import json
import re
from pathlib import Path

import pytest

from gateway.errors import ConfigError
from gateway.lawfiles import load_families
from gateway.lawfiles.limits import load_versions
from weighgate.explaining import explain
from weighgate.judging import judge_line, load_shipped_laws

CONFIG = Path(__file__).resolve().parents[2] / "config"
FILE = CONFIG / "law" / "families" / "cn-default.toml"
LAWS = {name: load_shipped_laws(CONFIG, limits=name) for name in ("cn-annex124-2016", "cn-order62-2016", "cn-gb1589")}
TRUCK = {"axles": "1+2+3", "body": "articulated", "drive_axles": 2, "gross_kg": 58_400, "divisible": True}
RIGID = {"axles": "1+1", "body": "rigid", "drive_axles": 1}


def said(limits="cn-order62-2016", **line):
    return judge_line(json.dumps(line), LAWS[limits])


def road(limits="cn-order62-2016", **line):
    found = said(limits, **line)["verdicts"]["road_limit"]
    return found["outcome"], found["limit_kg"]


# rule set          family          licence  gross   outcome       limit      Order 62 art. 3: these by their licence
BY_LICENCE = [
    ("cn-order62-2016", "tractor", 4_500, 4_500, "within", 4_500),
    ("cn-order62-2016", "tractor", 4_500, 4_501, "exceeded", 4_500),
    ("cn-order62-2016", "low-speed", 4_495, 4_496, "exceeded", 4_495),
    ("cn-order62-2016", "tractor", None, 1_000, "undetermined", None),
    ("cn-order62-2016", None, 4_500, 18_000, "within", 18_000),
    ("cn-annex124-2016", "tractor", 4_500, 4_501, "exceeded", 4_500),
    ("cn-annex124-2016", "low-speed", None, 1_000, "undetermined", None),
    ("cn-gb1589", "low-speed", 9_000, 4_500, "within", 4_500),
    ("cn-gb1589", "low-speed", 9_000, 4_501, "exceeded", 4_500),
]


@pytest.mark.parametrize(("limits", "family", "licence", "gross", "outcome", "limit"), BY_LICENCE)
def test_tractors_and_low_speed_vehicles(limits, family, licence, gross, outcome, limit):
    facts = {"family": family, "licence_gross_kg": licence}
    line = RIGID | {"gross_kg": gross} | {name: value for name, value in facts.items() if value is not None}
    assert road(limits, **line) == (outcome, limit)


def test_an_unknown_family_is_judged_as_each():
    line = RIGID | {"family": None, "licence_gross_kg": 4_500}
    assert road(**line, gross_kg=4_500) == ("within", None)
    assert road(**line, gross_kg=4_501)[0] == "undetermined"
    assert road(**line, gross_kg=18_000)[0] == "undetermined"
    found = said(**line, gross_kg=10_000)["verdicts"]["road_limit"]
    assert "unknown-family" in found["reasons"]
    assert {one["limit_kg"] for one in found["candidates"]} == {4_500, 18_000}
    without = {name: value for name, value in line.items() if name != "licence_gross_kg"}
    assert road(**without, gross_kg=1_000)[0] == "undetermined"


# Order 62 art. 3: refrigerated, fire and special-work vehicles that conform to GB 1589 are not deemed over limit
CONFORMING = [
    ({"family": "refrigerated", "width_mm": 2_600}, "within"),
    ({"family": "refrigerated", "width_mm": 2_601}, "exceeded"),
    ({"width_mm": 2_600}, "exceeded"),
    ({"family": "special-work", "length_mm": 18_101}, "within"),
    ({"family": "special-work", "length_mm": 18_101, "gross_kg": 18_001}, "exceeded"),
    ({"family": "fire", "length_mm": 18_101}, "exceeded"),
    ({"family": "dump", "width_mm": 2_600}, "exceeded"),
    ({"family": None, "width_mm": 2_600, "licence_gross_kg": 18_000}, "undetermined"),
    ({"family": None, "width_mm": 2_601, "licence_gross_kg": 18_000}, "exceeded"),
]


@pytest.mark.parametrize(("facts", "outcome"), CONFORMING, ids=[str(facts) for facts, _ in CONFORMING])
def test_what_conforms_to_gb_1589_is_not_over_under_order_62(facts, outcome):
    line = RIGID | {"gross_kg": 18_000} | facts
    assert road(**line)[0] == outcome
    found = [one for one in said(**line)["findings"] if one["rule"] == "conforms:cn-gb1589"]
    assert bool(found) == (outcome == "within")
    if found:
        assert found[0]["clause"] == "cn-order62-2016 art.3 ¶2 vehicles that conform to GB 1589"
        assert found[0]["presumed"] == ["conforms-otherwise"]
        assert said(**line)["penalties"] == []


# what the annex has not drawn is judged by GB 1589 (note 5)
UNDRAWN = [
    ("1+1+1", "rigid", 25_000, "within", 25_000),
    ("1+1+1", "rigid", 25_001, "exceeded", 25_000),
    ("1+3+2", "articulated", 49_001, "exceeded", 49_000),
    ("1+2+4", "articulated", 30_000, "undetermined", None),
]


@pytest.mark.parametrize(("axles", "body", "gross", "outcome", "limit"), UNDRAWN)
def test_what_no_drawing_shows(axles, body, gross, outcome, limit):
    line = {"axles": axles, "body": body, "drive_axles": 2 if axles != "1+3+2" else 3, "gross_kg": gross}
    assert road("cn-annex124-2016", **line) == (outcome, limit)
    governing = said("cn-annex124-2016", **line)["findings"][0]
    assert governing["clause"].startswith("cn-gb1589" if limit else "cn-")


# GB 1589 4.6.2: four axles, gross kg at most 5 x first-to-last axle distance in mm; dump trucks exempt
SPAN = [
    ([1_800, 3_050, 1_350], 31_000, None, "within"),
    ([1_800, 3_049, 1_350], 31_000, None, "exceeded"),
    ([1_800, 3_049, 1_350], 30_995, None, "within"),
    ([1_800, 3_049, 1_350], 31_000, "dump", "within"),
]


@pytest.mark.parametrize(("spacings", "gross", "family", "outcome"), SPAN)
def test_four_axles_close_together(spacings, gross, family, outcome):
    line = {"axles": "2+2", "body": "rigid", "drive_axles": 2, "gross_kg": gross, "spacings_mm": spacings}
    assert road("cn-gb1589", **line, **({"family": family} if family else {})) == (outcome, 31_000)
    assert road("cn-order62-2016", **line)[0] == "within"


def test_four_axles_close_together_that_may_be_a_dump_truck_or_a_train_are_not_decided():
    line = {"axles": "2+2", "drive_axles": 2, "gross_kg": 31_000, "spacings_mm": [1_800, 3_049, 1_350]}
    assert road("cn-gb1589", **line, body="rigid", family=None)[0] == "undetermined"
    assert road("cn-gb1589", **line, body=None)[0] == "undetermined"


def treatments(**line):
    words = {"handed-over-not-unloaded", "no-toll-exemption", "police-height", "cars-counted", "too-many-cars"}
    words |= {"low-bed-with-ordinary-goods", "gb1589-governs"}
    return [one["rule"] for one in said(**line)["findings"] if one["rule"] in words]


APART = [
    ({"goods": "hazardous"}, ["handed-over-not-unloaded"]),
    ({"goods": "hazardous", "gross_kg": 49_000}, []),
    ({"goods": "fresh-produce"}, ["no-toll-exemption"]),
    ({"goods": "container"}, ["police-height"]),
    ({"family": "container-45ft", "gross_kg": 20_000}, ["police-height"]),
    ({"family": "low-bed"}, ["low-bed-with-ordinary-goods"]),
    ({"family": "fire"}, ["gb1589-governs"]),
    ({"goods": "sand"}, []),
]


@pytest.mark.parametrize(("facts", "told"), APART, ids=[str(facts) for facts, _ in APART])
def test_what_is_handled_apart(facts, told):
    assert treatments(**TRUCK | facts) == told


def test_hazardous_goods_are_held_and_never_unloaded_at_the_roadside():
    sand, hazardous = said(**TRUCK, goods="sand"), said(**TRUCK, goods="hazardous")
    assert "unloading" in [one["kind"] for one in sand["penalties"]]
    assert "unloading" not in [one["kind"] for one in hazardous["penalties"]]
    assert hazardous["action"] == sand["action"] == "hold"


# more than 6 cars behind a flat nose, 7 behind a long one, 9 on a centre-axle train: not on an expressway
CARS = [
    ("articulated", "car-carrier", 6, "admit"),
    ("articulated", "car-carrier", 7, "refuse"),
    ("articulated", "long-nose", 7, "admit"),
    ("articulated", "long-nose", 8, "refuse"),
    ("centre-axle-train", "car-carrier", 9, "admit"),
    ("centre-axle-train", "car-carrier", 10, "refuse"),
]


@pytest.mark.parametrize(("cars", "limit"), [(6, ()), (7, (None,)), (9, (None,)), (10, (9,))])
def test_cars_on_a_carrier_of_an_unknown_body_are_too_many_only_where_they_are_for_each(cars, limit):
    line = TRUCK | {"body": None, "cars": cars, "goods": "cars", "gross_kg": 30_000}
    found = said(**line, site_kind="toll-entrance")
    assert tuple(one["limit"] for one in found["findings"] if one["rule"] == "too-many-cars") == limit
    assert found["action"] == ("refuse" if limit else "admit")
    assert ("车型不详" in explain(found, "zh")) is (limit == (None,))


@pytest.mark.parametrize(("body", "family", "cars", "action"), CARS)
def test_car_carriers_at_an_entrance(body, family, cars, action):
    line = TRUCK | {"body": body, "family": family, "cars": cars, "goods": "cars", "gross_kg": 30_000}
    found = said(**line, site_kind="toll-entrance")
    assert (found["action"], found["verdicts"]["road_limit"]["outcome"]) == (action, "within")
    assert found["ground"] == ("too-many-cars" if action == "refuse" else "within")
    assert said(**line)["action"] == "release"
    assert found["penalties"] == []


FAULTS = [
    ("flat-nose = 6", "flat-nose = 7", "examples[8]"),
    ('goods = ["fresh-produce"]', "", "families[1]: 'fresh-produce' needs goods or family"),
    ('goods = ["container"]', 'goods = ["cars"]', "'cars' is matched twice: container, car-carrier"),
    ('family = ["low-bed"]', 'family = ["low-boy"]', "families[4].family[0]"),
    ('when = "over"', 'whenever = "over"', "families[0].whenever"),
]


@pytest.mark.parametrize(("old", "new", "named"), FAULTS, ids=[named for _, _, named in FAULTS])
def test_a_wrong_file_does_not_load(old, new, named, altered):
    with pytest.raises(ConfigError, match=re.escape(named)):
        load_families(altered(FILE, old, new))


LIMIT_FAULTS = [
    ('families = ["tractor", "low-speed"]', 'families = ["tractor", "tractor"]', "family_gross: 'tractor' is matched"),
    ('to = "cn-gb1589"', 'to = "cn-gb1590"', "cn-order62-2016.toml: deferrals: 'cn-gb1590' is no rule set here"),
    ('to = "cn-gb1589"', 'to = "cn-order62-2016"', "deferrals: cn-order62-2016 -> cn-order62-2016 is a ring"),
    ("title =", 'sizes_by = "cn-order62-2016"\ntitle =', "sizes_by: cn-order62-2016 -> cn-order62-2016 is a ring"),
    (
        "title =",
        'sizes_by = "cn-annex124-2016"\ntitle =',
        "cn-annex124-2016.toml: sizes_by: cn-annex124-2016 -> cn-order62-2016 -> cn-annex124-2016 is a ring",
    ),
]


@pytest.mark.parametrize(("old", "new", "named"), LIMIT_FAULTS, ids=[named for _, _, named in LIMIT_FAULTS])
def test_a_wrong_family_in_a_rule_set_does_not_load(old, new, named, tmp_path):
    for path in (CONFIG / "law" / "limits").glob("*.toml"):
        text = path.read_text(encoding="utf-8")
        text = text.replace(old, new, 1) if path.stem == "cn-order62-2016" else text
        (tmp_path / path.name).write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_versions(tmp_path)
    assert named in str(caught.value)


# height    width     points at a joint station, and the fine where transport enforces
@pytest.mark.parametrize(
    ("height", "width", "points", "fine"),
    [
        (4_000, 2_550, 0, None),
        (4_001, 2_550, 0, 200),
        (4_200, 2_550, 0, 200),
        (4_201, 2_550, 1, 1_000),
        (4_200, 2_551, 1, 200),
    ],
)
def test_a_container_vehicle_has_points_for_its_height_where_the_police_say_so(height, width, points, fine):
    line = TRUCK | {"gross_kg": 40_000, "goods": "container", "height_mm": height, "width_mm": width}
    joint = said(**line, enforcement_mode="police-at-joint-station")
    assert [one["points"] for one in joint["penalties"] if one["kind"] == "points"] == [1] * points
    fined = [one["amount_yuan"]["max"] for one in said(**line)["penalties"] if one["kind"] == "fine"]
    assert fined == ([] if fine is None else [fine])
    (own,) = (one for one in joint["findings"] if one["rule"] == "police-height")
    assert (own["measured"], own["limit"], own["excess"]) == (height, 4_200, max(0, height - 4_200))
    sand = said(**(line | {"goods": "sand"}), enforcement_mode="police-at-joint-station")
    assert [one["points"] for one in sand["penalties"] if one["kind"] == "points"] == [1] * (
        height > 4_000 or width > 2_550
    )
