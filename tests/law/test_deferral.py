"""A family judged by its licence, by another rule set or by what it carries: what is said where one of them lacks."""

from pathlib import Path

import pytest

from gateway.core.vehicle import Measurement, Vehicle
from gateway.core.verdict import Verdict
from gateway.law.beside import NOTHING
from gateway.law.candidates import Resolution
from gateway.law.families import deferred, resolve_vehicle
from gateway.law.road import road_verdict
from gateway.law.rules import Deferral
from gateway.law.treatment import Carried, Cars, Treatment, Treatments, treated
from gateway.lawfiles import load_limits_dir

SETS = load_limits_dir(Path(__file__).resolve().parents[2] / "config" / "law" / "limits")
RULE = Deferral(("car-carrier",), "art.3", "other", verified=False)
OVER = Verdict("exceeded", 49_000, 1_000, "0.0204", (), ("over-length_mm",))
CARRIER, UNKNOWN = Vehicle(family="car-carrier"), Vehicle(sources={"family": "unknown"})
FITS = Verdict("within", 55_000, 0, "0.0000")
NOBODY = Verdict("undetermined", reasons=("unknown-body",))


def test_a_family_by_its_licence_is_never_within_without_one():
    found = resolve_vehicle(
        SETS["cn-order62-2016"], Vehicle(layout=(1, 1), body="rigid", family="tractor"), Measurement(4_000)
    )
    assert (found.low_kg, found.never_within, found.unknown) == (None, True, ("licence_gross_kg",))


@pytest.mark.parametrize(
    ("vehicle", "other", "reasons"),
    [
        (CARRIER, None, ("over-length_mm", "no-rule-set:other")),
        (CARRIER, NOBODY, ("over-length_mm", "unknown-body")),
        (UNKNOWN, FITS, ("over-length_mm", "unknown-family")),
        (UNKNOWN, None, ("over-length_mm", "unknown-family")),
    ],
)
def test_what_keeps_it_open_is_named(vehicle, other, reasons):
    assert deferred(OVER, other, RULE, vehicle, 50_000, "set") == (Verdict("undetermined", reasons=reasons), ())


def test_who_conforms_otherwise_is_within_by_that_set_and_is_over_by_nothing():
    verdict, (finding,) = deferred(OVER, FITS, RULE, CARRIER, 50_000, "set")
    assert verdict == Verdict("within", 55_000, 0, "0.0000", (), ("conforms:other",))
    assert (finding.rule, finding.clause, finding.limit, finding.excess) == ("conforms:other", "set art.3", 55_000, 0)
    assert deferred(OVER, Verdict("exceeded"), RULE, CARRIER, 50_000, "set") == (OVER, ())


def test_over_by_a_size_alone_is_over_by_no_mass():
    light = Resolution((), (), 4_500, 4_500, never_within=False, blockers=(), unknown=())
    by_size = NOTHING._replace(over=("over-length_mm",))
    assert road_verdict(3_000, light, by_size) == Verdict("exceeded", 4_500, 0, "0.0000", (), ("over-length_mm",))
    assert road_verdict(4_500, light, NOTHING) == Verdict("within", 4_500, 0, "0.0000")


def test_cars_are_counted_on_car_carriers_alone():
    rows = (
        Treatment("cars", (), ("car-carrier",), "always", "cars-counted", "art.1", verified=True),
        Treatment("fresh", ("fresh-produce",), (), "always", "no-toll-exemption", "art.2", verified=True),
    )
    table = Treatments(
        "set", "", rows, Cars("art.3", verified=True, most={"flat-nose": 6, "long-nose": 8, "centre-axle": 7})
    )
    said = treated(Carried(None, "car-carrier", "articulated", 8, None), table, over=False)
    assert [(one.rule, one.measured, one.limit, one.excess) for one in said[1:]] == [("too-many-cars", 8, 6, 2)]
    assert len(treated(Carried(None, "car-carrier", "articulated", 6, None), table, over=False)) == 1
    assert len(treated(Carried("fresh-produce", None, "rigid", 9, None), table, over=False)) == 1
