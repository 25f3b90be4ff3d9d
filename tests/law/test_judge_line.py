"""One JSON object in, one out: the contract of the `judge` command, and what a bad line gets in its place."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import ConfigError
from weighgate.judging import FIELDS, judge_line, load_shipped_laws

CONFIG = Path(__file__).resolve().parents[2] / "config"
LAWS = load_shipped_laws(CONFIG)
TRUCK = {"id": "t1", "axles": "1+2+3", "body": "articulated", "drive_axles": 2, "gross_kg": 58_400}

BAD = [
    ({"gross_kg": -5}, "gross_kg"),
    ({"gross_kg": "58400"}, "gross_kg"),
    ({"gross_kg": 58_400.5}, "gross_kg"),
    ({"gross_kg": True}, "gross_kg"),
    ({"gross_kg": None}, "gross_kg"),
    ({"axles": None}, "axles"),
    ({"axles": "1+0"}, "axles"),
    ({"axles": [1, 2]}, "axles"),
    ({"body": "van"}, "body"),
    ({"drive_axles": 7}, "drive_axles"),
    ({"drive_axles": 4}, "drive_axles"),  # of a tractor of three
    ({"drive_axles": 7, "body": None}, "drive_axles"),
    ({"tyres": [2, 4]}, "tyres"),
    ({"tyres": [2, 4, 4, 4, 4, 3]}, "tyres"),
    ({"wide_tyres": "no"}, "wide_tyres"),
    ({"axle_loads_kg": [1, 2]}, "axle_loads_kg"),
    ({"spacings_mm": [3000, 1300, 6000, 1310, 0]}, "spacings_mm"),
    ({"at": "yesterday"}, "at"),
    ({"at": "2016-09-20T12:00:00Z"}, "at"),
    ({"site_kind": "bridge"}, "site_kind"),
    ({"enforcement_mode": "army"}, "enforcement_mode"),
    ({"instrument": 3}, "instrument"),
    ({"grosskg": 3}, "grosskg"),
    ({"axles": "1", "drive_axles": 1}, "axles"),
    ({"kerb_kg": 20_001, "licence_gross_kg": 20_000}, "kerb_kg"),
    ({"length_mm": 12_000, "spacings_mm": [3_000, 1_300, 5_090, 1_305, 1_305]}, "spacings_mm"),
    ({"width_mm": 200_001}, "width_mm"),
    ({"gross_kg": 1_000_001}, "gross_kg"),
    ({"gross_kg": 10**400}, "gross_kg"),
    ({"cars": -1}, "cars"),
    ({"under_declared_percent": 0}, "under_declared_percent"),
    ({"under_declared_percent": 101}, "under_declared_percent"),
    ({"spacings_mm": [3_300, 1_350, 194_000, 1_310, 1_310]}, "spacings_mm"),
    ({"site_kind": None}, "site_kind"),
    ({"enforcement_mode": None}, "enforcement_mode"),
    ({"undetermined": None}, "undetermined"),
    ({"undetermined": "maybe"}, "undetermined"),
    ({"plate": ""}, "plate"),
    ({"road": 30}, "road"),
    ({"known": []}, "known"),
    ({"known": {"facts": ["stolen"]}}, "known.facts"),
    ({"known": {"violators": 4, "fleet": 3}}, "known.violators"),
    ({"known": {"driver": 3}}, "known.driver"),
]


@pytest.mark.parametrize(("changed", "field"), BAD, ids=[str(changed) for changed, _ in BAD])
def test_a_bad_field_is_named_with_its_value(changed, field):
    said = judge_line(json.dumps(TRUCK | changed), LAWS)
    assert set(said) == {"id", "error"}
    assert said["id"] == "t1"
    assert said["error"]["field"] == field
    value = changed
    for name in field.split("."):
        value = value[name]
    assert said["error"]["value"] == value
    assert said["error"]["reason"]


@pytest.mark.parametrize("text", ["", "[]", "3", "{", "nul", '{"gross_kg": NaN}', "[" * 5000, '"x"', "{}"])
def test_a_bad_line_is_an_error_and_nothing_else(text):
    said = judge_line(text, LAWS)
    assert set(said) == {"id", "error"}


# all axles in one group, or a train without a group for its trailer: no table is for such
@pytest.mark.parametrize("limits", ["cn-annex124-2016", "cn-order62-2016", "cn-gb1589"])
@pytest.mark.parametrize(
    ("axles", "body"),
    [("6", "articulated"), ("3+3", "drawbar-train"), ("1+1", "articulated"), ("1+2+3", "drawbar-train")],
)
def test_a_train_that_cannot_be_is_never_within(limits, axles, body):
    line = {"axles": axles, "body": body, "drive_axles": 1, "gross_kg": 10_000}
    road = judge_line(json.dumps(line), load_shipped_laws(CONFIG, limits=limits))["verdicts"]["road_limit"]
    assert road["outcome"] == "undetermined"


SPACED = {"spacings_mm": [3_300, 1_350, 6_500, 1_310, 1_310]}


# what no vehicle can have, or not as it is said to be; 1 kg or mm further each is possible
@pytest.mark.parametrize(
    ("changed", "reason", "possible"),
    [
        ({"spacings_mm": [3_300, 1_350, 6_500, 1_310, 1]}, "impossible-spacings", SPACED),
        (
            {"spacings_mm": [3_300, 1_350, 6_500, 1_310, 499]},
            "impossible-spacings",
            {"spacings_mm": [3_300, 1_350, 6_500, 1_310, 500]},
        ),
        ({"axles": "1+1+1+3"} | SPACED, "grouping-differs", {"axles": "1+2+3"} | SPACED),
        ({"axles": "2+1+3"} | SPACED, "grouping-differs", SPACED),
        ({"axles": "1+3+2"} | SPACED, "grouping-differs", SPACED),
        (
            {"spacings_mm": [1_799, 1_350, 6_500, 1_310, 1_310]},
            "grouping-differs",
            {"spacings_mm": [1_800, 1_350, 6_500, 1_310, 1_310]},
        ),
        (
            {"spacings_mm": [3_300, 2_301, 6_500, 1_310, 1_310]},
            "grouping-differs",
            {"spacings_mm": [3_300, 2_300, 6_500, 1_310, 1_310]},
        ),
        ({"length_mm": 2_499}, "shorter-than-axles", {"length_mm": 2_500}),  # six axles
        ({"gross_kg": 599}, "impossible-gross", {"gross_kg": 600}),
        ({"height_mm": 1}, "impossible-size", {"height_mm": 4_000}),
        ({"kerb_kg": 20_000, "gross_kg": 17_999}, "lighter-than-empty", {"kerb_kg": 20_000, "gross_kg": 18_000}),
    ],
    ids=str,
)
def test_what_contradicts_itself_is_never_within(changed, reason, possible):
    light = TRUCK | {"gross_kg": 40_000}
    found = judge_line(json.dumps(light | changed), LAWS)
    road = found["verdicts"]["road_limit"]
    assert (road["outcome"], road["reasons"], found["action"]) == ("undetermined", [reason], "hold")
    assert judge_line(json.dumps(light | possible), LAWS)["verdicts"]["road_limit"]["outcome"] == "within"


def test_what_people_and_registers_know_reaches_the_penalties():
    line = TRUCK | {"known": {"facts": ["evaded"], "vehicle_count": 4, "violators": 4, "fleet": 30}}
    said = {(one["party"], one["kind"]) for one in judge_line(json.dumps(line), LAWS)["penalties"]}
    assert {("vehicle", "revocation"), ("enterprise", "suspension"), ("carrier", "detention")} <= said
    legal = judge_line(json.dumps(TRUCK | {"gross_kg": 40_000, "known": {"vehicle_count": 3}}), LAWS)
    assert legal["penalties"] == []


def test_the_share_that_makes_an_empty_truck_suspicious_is_a_setting():
    line = {"axles": "1+2", "body": "rigid", "gross_kg": 10_501, "kerb_kg": 10_000, "empty": True}
    assert judge_line(json.dumps(line), LAWS)["suspicions"] == []
    assert judge_line(json.dumps(line | {"under_declared_percent": 5}), LAWS)["suspicions"] == ["under-declared"]


def test_a_line_may_presume_the_highest_candidate_and_says_so():
    line = TRUCK | {"drive_axles": None, "gross_kg": 48_301, "site_kind": "toll-entrance"}
    assert judge_line(json.dumps(line), LAWS)["action"] == "refuse"
    said = judge_line(json.dumps(line | {"undetermined": "presume"}), LAWS)
    assert (said["action"], said["verdicts"]["road_limit"]["outcome"]) == ("admit", "undetermined")
    assert "highest-candidate:49000" in said["presumed"]


values = st.none() | st.booleans() | st.integers(-5, 200_000) | st.text(max_size=5) | st.lists(st.integers(-1, 20_000))
texts = st.sampled_from(["1+1", "1+2+3", "2+2", "rigid", "articulated", "toll-entrance", "operator"])


@given(st.dictionaries(st.sampled_from(sorted(FIELDS)), values | texts))
def test_nothing_in_a_line_raises(changed):
    said = judge_line(json.dumps(TRUCK | changed), LAWS)
    assert ("error" in said) != ("verdicts" in said)
    json.dumps(said)


def test_the_answer_has_the_contract_s_fields():
    said = judge_line(json.dumps(TRUCK | {"licence_gross_kg": 49_000, "at": "2026-11-21T08:00:00+08:00"}), LAWS)
    assert {"id", "rule_set", "verdicts", "hundred_tonne", "findings", "penalties", "consequence", "action"} <= set(
        said
    )
    assert set(said["verdicts"]) == {"road_limit", "vehicle_rating", "posted_limit"}
    for verdict in said["verdicts"].values():
        assert {"outcome", "proof", "limit_kg", "excess_kg", "excess_ratio", "candidates"} <= set(verdict)
    finding = {"rule", "clause", "measured", "limit", "excess", "unit", "presumed", "verified"}
    assert all(set(one) == finding for one in said["findings"])
    assert said["verdicts"]["vehicle_rating"]["outcome"] == "exceeded"


def test_axles_may_come_as_loads_and_spacings():
    loads, spacings = [7000, 9000, 9000, 8000, 8000, 8000], [3300, 1350, 6500, 1310, 1310]
    line = {
        "gross_kg": 49_000,
        "axle_loads_kg": loads,
        "spacings_mm": spacings,
        "body": "articulated",
        "drive_axles": 2,
    }
    assert judge_line(json.dumps(line), LAWS)["verdicts"]["road_limit"]["outcome"] == "within"
    unequal = line | {"gross_kg": 52_000}
    assert judge_line(json.dumps(unequal), LAWS)["verdicts"]["road_limit"]["reasons"] == ["unequal-axle-sum"]


def test_null_is_unknown_and_absence_is_the_law_s_presumption():
    left_out = judge_line(json.dumps(TRUCK | {"gross_kg": 45_000}), LAWS)
    unknown = judge_line(json.dumps(TRUCK | {"gross_kg": 45_000, "tyres": None}), LAWS)
    assert left_out["verdicts"]["road_limit"]["outcome"] == "within"
    assert "dual-tyres" in left_out["presumed"]
    assert unknown["verdicts"]["road_limit"]["outcome"] == "undetermined"
    assert [one["limit_kg"] for one in unknown["verdicts"]["road_limit"]["candidates"]] == [49_000, 40_000]


def test_an_unknown_rule_set_lists_the_known_ones():
    with pytest.raises(ConfigError, match="cn-annex124-2016, cn-gb1589, cn-order62-2016"):
        load_shipped_laws(CONFIG, limits="xx")


@pytest.mark.parametrize(
    ("at", "in_force"),
    [
        ("2099-12-31T15:59:59Z", True),  # still the last day where the law is made
        ("2099-12-31T16:00:00Z", False),  # there it is the next day, whatever day the offset says
        ("2100-01-01T00:30:00+09:00", True),
    ],
)
def test_the_day_of_weighing_is_china_s(at, in_force):
    ending = replace(LAWS.limits.rule_set, valid_until=date(2099, 12, 31))
    laws = replace(LAWS, limits=replace(LAWS.limits, rule_set=ending, sets=(ending,)))
    said = judge_line(json.dumps(TRUCK | {"at": at}), laws)
    assert ("verdicts" in said) == in_force
