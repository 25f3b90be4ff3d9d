"""Two dated versions of one rule set: the day of weighing chooses, and a start nobody confirmed has to be wanted."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from gateway.choices import build_law
from gateway.errors import ConfigError
from gateway.law.limits import on_day
from gateway.law.rules import version_on, versions_on
from gateway.lawfiles.limits import load_versions
from gateway.settings import parse_site, read_toml
from weighgate.judging import judge_line, load_shipped_laws

CONFIG = Path(__file__).resolve().parents[2] / "config"
LIMITS = CONFIG / "law" / "limits"
GB_2016 = (LIMITS / "cn-gb1589-2016.toml").read_text(encoding="utf-8")
NEW = "cn-gb1589@2026"
SHIPPED = load_shipped_laws(CONFIG, limits="cn-gb1589")
SWITCHED = load_shipped_laws(CONFIG, limits="cn-gb1589", switched_on=[NEW])
TRUCK = {"axles": "1+1+3", "body": "articulated", "drive_axles": 1, "gross_kg": 43_000}


def said(laws, at, **changed):
    return judge_line(json.dumps(TRUCK | {"at": at} | changed), laws)


@pytest.mark.parametrize(
    ("laws", "at", "limit", "outcome"),
    [
        (SHIPPED, "2027-06-30T15:59:59Z", 42_500, "exceeded"),
        (SHIPPED, "2027-07-01T08:00:00+08:00", 42_500, "exceeded"),
        (SWITCHED, "2027-06-30T15:59:59Z", 42_500, "exceeded"),
        (SWITCHED, "2027-06-30T16:00:00Z", 43_000, "within"),  # there it is July
    ],
)
def test_the_day_of_weighing_chooses_the_version(laws, at, limit, outcome):
    found = said(laws, at)
    road = found["verdicts"]["road_limit"]
    assert (road["limit_kg"], road["outcome"]) == (limit, outcome)
    assert (f"start-unconfirmed:{NEW}" in found["presumed"]) is (limit == 43_000)


def test_what_is_shown_beside_says_that_its_start_is_unconfirmed():
    laws = load_shipped_laws(CONFIG, switched_on=[NEW])
    beside = {one["clause"].split()[0]: one["presumed"] for one in said(laws, "2027-07-01T08:00:00+08:00")["findings"]}
    assert f"start-unconfirmed:{NEW}" in beside["cn-gb1589"]
    assert not any("start" in name for name in beside["cn-annex124-2016"])


def test_without_a_day_the_confirmed_version_decides():
    road = judge_line(json.dumps(TRUCK), SWITCHED)["verdicts"]["road_limit"]
    assert road["limit_kg"] == 42_500


def test_a_day_before_every_version_is_refused():
    assert said(SHIPPED, "2016-07-25T12:00:00+08:00")["error"]["field"] == "at"


def test_a_site_switches_a_version_on():
    path = CONFIG / "sites" / "quarry.toml"
    document = read_toml(path)
    document["law"] |= {"limits": "cn-gb1589", "switched_on": [NEW]}
    law = build_law(parse_site(document, path), CONFIG)
    assert on_day(law, date(2027, 6, 30)).rule_set.version == "2016"
    assert on_day(law, date(2027, 7, 1)).rule_set.version == "2026"
    assert {one.id for one in on_day(law, date(2016, 8, 1)).others} == set()  # the others began in September


@pytest.mark.parametrize(
    ("name", "changes", "named"),
    [
        ("overlap", [('version = "2016"', 'version = "2020"'), ("2016-07-26", "2020-01-01")], "same days"),
        ("same-version", [("2016-07-26", "2020-01-01")], "same days"),
    ],
)
def test_versions_for_the_same_days_do_not_load(name, changes, named, tmp_path):
    (tmp_path / "a.toml").write_text(GB_2016, encoding="utf-8")
    text = GB_2016
    for old, new in changes:
        text = text.replace(old, new, 1)
    (tmp_path / "b.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=named):
        load_versions(tmp_path)


def test_one_version_may_follow_the_other(tmp_path):
    first = GB_2016.replace("valid_from = 2016-07-26", "valid_from = 2016-07-26\nvalid_until = 2019-12-31", 1)
    second = GB_2016.replace('version = "2016"', 'version = "2020"', 1).replace("2016-07-26", "2020-01-01", 1)
    (tmp_path / "b.toml").write_text(first, encoding="utf-8")
    (tmp_path / "a.toml").write_text(second, encoding="utf-8")
    assert [one.version for one in load_versions(tmp_path)["cn-gb1589"]] == ["2016", "2020"]


@pytest.mark.parametrize("name", ["cn-gb1589@2030", "cn-gb1589@2016", "cn-order62-2016"])
def test_a_switch_for_nothing_is_told(name):
    with pytest.raises(ConfigError, match="known: cn-gb1589@2026"):
        load_versions(LIMITS, [name])


# GB 1589-2016: measured loads of the axles and groups, and what of them is over
GROUPS = [
    ("rigid", "1+1", 1, [7_000, 11_000], None, []),
    ("rigid", "1+1", 1, [7_001, 10_000], None, ["axle-load:1"]),
    ("articulated", "1+2+3", 2, [7_000, 9_000, 9_000, 8_000, 8_000, 8_000], None, []),
    ("articulated", "1+2+3", 2, [6_000, 9_001, 9_000, 8_000, 8_000, 8_000], None, ["axle-load:2"]),
    ("articulated", "1+2+3", 2, [6_000, 9_000, 9_000, 8_001, 8_000, 8_000], None, ["axle-load:3"]),
    (
        "articulated",
        "1+2+3",
        2,
        [6_000, 8_000, 8_000, 7_000, 7_000, 7_001],
        [3300, 1350, 6500, 1300, 1300],
        ["axle-load:3"],
    ),
    (
        "articulated",
        "1+2+3",
        2,
        [6_000, 8_000, 8_001, 7_000, 7_000, 7_000],
        [3300, 1299, 6500, 1310, 1310],
        ["axle-load:2"],
    ),
]


@pytest.mark.parametrize(("body", "axles", "drives", "loads", "spacings", "over"), GROUPS)
def test_axles_and_groups_under_gb_1589(body, axles, drives, loads, spacings, over):
    line = {"body": body, "axles": axles, "drive_axles": drives, "axle_loads_kg": loads, "gross_kg": sum(loads)}
    line |= {} if spacings is None else {"spacings_mm": spacings}
    found = judge_line(json.dumps(line), SHIPPED)
    assert found["verdicts"]["road_limit"]["outcome"] == ("exceeded" if over else "within")
    assert [one["rule"] for one in found["findings"] if one["rule"].startswith("axle-load") and one["excess"]] == over
    assert all(one["verified"] is False for one in found["findings"] if one["rule"].startswith("axle-load"))
    beside = judge_line(json.dumps(line), load_shipped_laws(CONFIG))  # shown by the others' rule, and decides nothing
    assert beside["verdicts"]["road_limit"]["outcome"] == "within"
    assert [one["rule"] for one in beside["findings"] if one["rule"].startswith("axle-load")] == over


@pytest.mark.parametrize(
    ("facts", "outcome", "reasons"),
    [
        ({"width_mm": 2_550}, "within", []),
        ({"width_mm": 2_551}, "exceeded", ["over-width_mm"]),
        ({"width_mm": 2_600, "family": "refrigerated"}, "within", []),
        ({"width_mm": 2_600, "family": None}, "undetermined", ["unknown-family"]),
        ({"width_mm": 2_601, "family": None}, "exceeded", ["over-width_mm"]),
        ({"length_mm": 17_100}, "within", []),
        ({"length_mm": 17_101}, "exceeded", ["over-length_mm"]),
        ({"length_mm": 17_101, "body": None}, "undetermined", ["unknown-body"]),
        ({"height_mm": None}, "undetermined", ["unknown-height_mm"]),
    ],
)
def test_dimensions_by_body_and_family_under_gb_1589(facts, outcome, reasons):
    line = {"axles": "1+2+3", "body": "articulated", "drive_axles": 2, "gross_kg": 30_000} | facts
    road = judge_line(json.dumps(line), SHIPPED)["verdicts"]["road_limit"]
    assert (road["outcome"], road["reasons"]) == (outcome, reasons)


def test_a_set_holds_from_its_first_to_its_last_day_and_the_later_of_two_goes_first():
    shipped = load_versions(LIMITS)["cn-order62-2016"][0]
    old = replace(shipped, id="a", valid_from=date(2020, 1, 1), valid_until=date(2020, 12, 31))
    new = replace(old, valid_from=date(2020, 7, 1), valid_until=None)
    other = replace(new, id="b")
    days = [
        date(2019, 12, 31),
        date(2020, 1, 1),
        date(2020, 6, 30),
        date(2020, 7, 1),
        date(2020, 12, 31),
        date(2021, 1, 1),
    ]
    assert [old.in_force(day) for day in days] == [False, True, True, True, True, False]
    sets = (other, new, old)
    assert [version_on(sets, "a", day) for day in days] == [None, old, old, new, new, new]
    assert versions_on(sets, old, date(2020, 7, 1)) == (new, (other,))
    assert versions_on(sets, old, date(2020, 6, 30)) == (old, ())
    assert versions_on(sets, old, date(2019, 12, 31)) == (old, ())  # nobody else's either
