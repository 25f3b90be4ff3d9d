"""A body that nobody knows may be one that the annex has not drawn: that one is then judged by GB 1589 (note 5)."""

import json
from pathlib import Path

import pytest

from weighgate.judging import judge_line, load_shipped_laws

CONFIG = Path(__file__).resolve().parents[2] / "config"


@pytest.fixture(scope="module")
def laws():
    return load_shipped_laws(CONFIG)


# The lowest and the highest limit of all bodies with these axles: the annex's drawings, and GB 1589 for the rest.
@pytest.mark.parametrize(
    ("axles", "least", "most"),
    [
        ("1+1+1", 25_000, 27_000),  # rigid by GB 1589
        ("1+1+2", 31_000, 36_000),
        ("1+2+1", 31_000, 35_000),
        ("1+1+1+1", 31_000, 36_000),
        ("1+1+3", 42_000, 42_500),  # centre-axle train by the sum of its axle loads
        ("2+1+3", 46_000, 49_000),
        ("2+2+2", 46_000, 49_000),
    ],
)
def test_every_body_there_can_be_is_judged_by_the_set_that_knows_it(laws, axles, least, most):
    def road(gross_kg):
        return judge_line(json.dumps({"axles": axles, "gross_kg": gross_kg}), laws)["verdicts"]["road_limit"]

    outcomes = [road(gross_kg)["outcome"] for gross_kg in (least, least + 1, most, most + 1)]
    assert outcomes == ["within", "undetermined", "undetermined", "exceeded"]
    between = road(most)
    assert {one["limit_kg"] for one in between["candidates"]} >= {least, most}
    assert "unknown-body" in between["reasons"]
    assert between["limit_kg"] is None
    assert road(most + 1)["excess_kg"] == 1


def test_what_neither_set_knows_stays_open(laws):
    said = judge_line(json.dumps({"axles": "1+4", "gross_kg": 100_000}), laws)
    assert said["verdicts"]["road_limit"]["outcome"] == "undetermined"


# An entrance lets in through 105 % of the annex's limit, and of GB 1589's where the annex leaves the vehicle to it.
@pytest.mark.parametrize("limits", ["cn-annex124-2016", "cn-order62-2016", "cn-gb1589"])
@pytest.mark.parametrize(
    ("axles", "body", "drives", "heaviest", "undrawn"),
    [
        ("1+2+3", "articulated", 2, 51_450, False),
        ("1+1+1+2", "articulated", 1, 45_150, True),
        ("1+1+1", "rigid", 1, 26_250, True),
    ],
)
def test_an_entrance_allows_a_vehicle_without_a_drawing_as_much_and_says_what_it_presumes(
    limits, axles, body, drives, heaviest, undrawn
):
    laws = load_shipped_laws(CONFIG, limits=limits)
    line = {"axles": axles, "body": body, "drive_axles": drives, "site_kind": "toll-entrance"}
    light, heavy = (judge_line(json.dumps(line | {"gross_kg": kg}), laws) for kg in (heaviest, heaviest + 1))
    assert [light["action"], heavy["action"]] == ["admit-within-tolerance", "refuse"]
    assert {light["verdicts"]["road_limit"]["outcome"], heavy["verdicts"]["road_limit"]["outcome"]} == {"exceeded"}
    (tolerance,) = [one for one in light["findings"] if one["rule"] == "tolerance"]
    assert (tolerance["limit"], tolerance["presumed"]) == (heaviest, ["tolerance-of-undrawn"] if undrawn else [])
    assert ("tolerance-of-undrawn" in light["presumed"]) is undrawn


@pytest.mark.parametrize("limits", ["cn-annex124-2016", "cn-order62-2016"])
def test_an_entrance_allows_nothing_above_a_limit_that_neither_set_has(limits):
    line = {"axles": "2+2+3", "body": "articulated", "drive_axles": 2, "gross_kg": 49_001, "site_kind": "toll-entrance"}
    assert judge_line(json.dumps(line), load_shipped_laws(CONFIG, limits=limits))["action"] == "refuse"
