"""The JSON Schemas of `judge` are those of what it does: its answers are of their shape, and so is what it judges."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from typer.testing import CliRunner

from weighgate.cli import app
from weighgate.explaining import explainer
from weighgate.judge_shapes import ANSWER, LineIn
from weighgate.judging import FIELDS, judge_line, load_shipped_laws

LAWS = load_shipped_laws(Path(__file__).resolve().parents[2] / "config")
TRUCK = {"id": 1, "axles": "1+2+3", "body": "articulated", "drive_axles": 2, "gross_kg": 63_700}
WHOLE = TRUCK | {
    "at": "2026-11-21T08:00:00+08:00",
    "enforcement_mode": "police-at-joint-station",
    "licence_gross_kg": 49_000,
    "rated_load_kg": 33_000,
    "kerb_kg": 16_000,
    "height_mm": 4_201,
    "goods": "container",
    "family": "container",
    "instrument": {"kind": "platform", "class": 5, "interval_kg": 20, "valid_until": None},
    "permit": {"class": "III", "gross_kg": 60_000, "speed_km_h": 40, "route": ["G30"]},
    "known": {"facts": ["evaded"], "vehicle_count": 4},
}
PLAIN = [
    "1+1",
    "rigid",
    "operator",
    "",
    None,
    True,
    False,
    -1,
    0,
    1,
    3,
    20_000,
    1.5,
    [],
    [2, 4],
    [20_000],
    {},
    "tractor",
]
PARTS = [
    {"class": "I"},
    {"class": 5},
    {"facts": ["evaded"]},
    {"fleet": 0},
    {"valid_until": "2027-12-31"},
    {"route": [""]},
]
SOME = st.sampled_from([*PLAIN, *PARTS])


def fits(line):
    try:
        LineIn.model_validate(line)
    except ValidationError:
        return False
    return True


@given(st.dictionaries(st.sampled_from(sorted(FIELDS)), SOME, max_size=4))
def test_what_is_judged_has_the_line_s_shape_and_every_answer_the_answer_s(changed):
    line = WHOLE | changed
    said = judge_line(json.dumps(line), LAWS)
    ANSWER.validate_python(said)
    if "error" not in said:
        assert fits(line)


@pytest.mark.parametrize(
    "line", [TRUCK, WHOLE, {"gross_kg": 9_000, "axle_loads_kg": [4_000, 5_000], "spacings_mm": [4_500]}]
)
def test_a_line_of_the_shape_is_judged(line):
    assert fits(line)
    said = judge_line(json.dumps(line), LAWS)
    assert "verdicts" in said
    ANSWER.validate_python(explainer("zh")(said))


@pytest.mark.parametrize("field", sorted(FIELDS - {"id"}))
def test_what_the_shape_refuses_of_a_field_judge_refuses_too(field):
    for value in (3.5, "x y", [], {"x": 1}, -1):
        if not fits(TRUCK | {field: value}):
            assert "error" in judge_line(json.dumps(TRUCK | {field: value}), LAWS), value


def test_the_command_prints_both_schemas():
    done = CliRunner().invoke(app, ["judge", "--schema"])
    said = json.loads(done.stdout)
    assert set(said["in"]["properties"]) == FIELDS
    assert said["in"]["required"] == ["gross_kg"]
    assert {"Judged", "Refused"} <= said["out"]["$defs"].keys()
