"""A body that nobody knows, some of whose kinds the annex has not drawn: all kinds together, each by its own set."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.core.vehicle import Measurement, Vehicle
from gateway.law.undrawn import resolve_drawn
from gateway.lawfiles import load_limits_dir
from weighgate.judging import judge_line, load_shipped_laws

CONFIG = Path(__file__).resolve().parents[2] / "config"
SETS = load_limits_dir(CONFIG / "law" / "limits")
ANNEX, GB = SETS["cn-annex124-2016"], SETS["cn-gb1589"]
UNMEASURED = Measurement(None)


@pytest.mark.parametrize(
    ("layout", "drives", "ways", "settling"),
    [
        ((1, 1, 3), 1, {"articulated": 42_000, "centre-axle-train": 42_500}, ("body",)),
        ((2, 2, 2), 1, {"articulated": 49_000, "centre-axle-train": 46_000}, ("body",)),
        ((2, 2, 2), 2, {}, ()),  # 49 t whichever it is
        (
            (2, 2, 2),
            None,
            {
                "articulated": 49_000,
                "centre-axle-train, one drive axle": 46_000,
                "centre-axle-train, several drive axles": 49_000,
            },
            ("body", "drive_axles"),
        ),
    ],
)
def test_each_kind_has_its_limit_and_what_settles_it_is_named(layout, drives, ways, settling):
    found = resolve_drawn(ANNEX, GB, Vehicle(layout=layout, drive_axles=drives), UNMEASURED)
    assert {one.what: one.limit_kg for one in found.candidates} == ways
    assert (found.unknown, found.blockers, found.missing, found.never_within) == (settling, (), (), False)
    assert found.governing.limit_kg == min(ways.values(), default=49_000)


def test_one_kind_without_a_number_keeps_all_from_being_within():
    assert GB.axle_loads is not None
    no_tridem = {2: GB.axle_loads.groups[2]}
    other = replace(GB, axle_loads=replace(GB.axle_loads, groups=no_tridem))
    found = resolve_drawn(ANNEX, other, Vehicle(layout=(1, 1, 3), drive_axles=1), UNMEASURED)
    assert (found.never_within, found.missing) == (True, ("no-axle-load-row:3 axles",))


def test_one_kind_that_no_set_knows_stays_named():
    other = replace(GB, index={key: row for key, row in GB.index.items() if key[0] != "centre-axle-train"})
    found = resolve_drawn(ANNEX, other, Vehicle(layout=(1, 1, 3), drive_axles=1), UNMEASURED)
    assert (found.low_kg, found.high_kg, found.candidates) == (42_000, 42_000, ())
    assert found.unknown == ("body",)
    assert found.blockers == (f"no-drawing:centre-axle-train ({GB.otherwise})",)


def test_an_entrance_presumes_its_allowance_where_one_kind_alone_is_undrawn():
    line = {"axles": "1+1+3", "drive_axles": 1, "gross_kg": 44_100, "site_kind": "toll-entrance"}
    findings = judge_line(json.dumps(line), load_shipped_laws(CONFIG))["findings"]
    allowed = [(one["limit"], one["excess"], one["presumed"]) for one in findings if one["rule"] == "tolerance"]
    assert allowed == [(44_100, 0, ["tolerance-of-undrawn"])]


@pytest.mark.parametrize("name", ["cn-gb1589", "cn-order62-2016"])
def test_five_axles_that_no_body_can_have_so_are_laid_to_no_single_body(name):
    found = resolve_drawn(SETS[name], None, Vehicle(layout=(2, 3)), UNMEASURED)
    assert {one.split(":")[1].split(" ")[0] for one in found.blockers} >= {"articulated", "centre-axle-train"}
