"""Each rule that was applied says how much is over it, and 0 where nothing is; a bad measurement is over nothing."""

import json
from pathlib import Path

import pytest

from weighgate.judging import judge_line, load_shipped_laws

LAWS = load_shipped_laws(Path(__file__).resolve().parents[2] / "config")
TRUCK = {"axles": "1+2+3", "body": "articulated", "drive_axles": 2}
NO_LIMIT_GIVEN = ["no-posted-limit-given"]


@pytest.mark.parametrize(("gross_kg", "over_kg"), [(48_000, 0), (49_000, 0), (49_001, 1), (58_400, 9_400)])
def test_the_gross_is_over_by_what_is_above_its_limit(gross_kg, over_kg):
    found = judge_line(json.dumps(TRUCK | {"gross_kg": gross_kg}), LAWS)["findings"]
    gross = [(one["measured"], one["limit"], one["excess"]) for one in found if one["rule"] == "gross"]
    assert gross == [(gross_kg, 49_000, over_kg)]


def test_each_step_has_its_own_excess():
    on_singles = {"tyres": [2, 4, 4, 2, 2, 2], "wide_tyres": False}
    found = judge_line(json.dumps(TRUCK | on_singles | {"gross_kg": 45_000}), LAWS)["findings"]
    steps = {one["rule"]: one["excess"] for one in found if one["rule"] in ("gross", "single-tyres")}
    assert steps == {"gross": 0, "single-tyres": 5_000}


@pytest.mark.parametrize(
    ("sign", "reasons"), [({}, NO_LIMIT_GIVEN), ({"posted_limit_kg": 30_000}, ["lighter-than-empty"])]
)
def test_a_bad_measurement_is_held_against_a_sign_where_there_is_one(sign, reasons):
    bad = TRUCK | {"gross_kg": 9_000, "kerb_kg": 15_000} | sign
    verdicts = judge_line(json.dumps(bad), LAWS)["verdicts"]
    assert (verdicts["posted_limit"]["outcome"], verdicts["road_limit"]["outcome"]) == ("undetermined", "undetermined")
    assert verdicts["posted_limit"]["reasons"] == reasons
