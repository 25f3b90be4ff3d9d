"""What a permit that holds lifts, beside what stays open: one verdict of the road, one permit, one answer."""

from pathlib import Path

import pytest

from gateway.core.vehicle import Measurement
from gateway.core.verdict import Candidate, Verdict
from gateway.law.beside import NOTHING, Beside
from gateway.law.candidates import Resolution
from gateway.law.lifting import before_rating, lift
from gateway.law.permits import Checked, Permit
from gateway.lawfiles import load_permits

RULES = load_permits(Path(__file__).resolve().parents[2] / "config" / "law" / "permits" / "cn-order62-permits.toml")
OVER = Verdict("exceeded", 49_000, 0, "0.0000", (), ("over-height_mm",))
KEPT = Checked((), (), (), ())
LIFTED = Verdict("within", 49_000, 0, "0.0000", (), ("permit",))
OPEN = Beside((), (), ("unknown-axle-load-limit:2", "unknown-family"))
LOADS = (7_000, 10_000)


def lifted(permit, *, road=OVER, checked=KEPT, beside=NOTHING, low_kg=46_000, loads_kg=None):
    resolution = Resolution((), (), low_kg, low_kg, never_within=False, blockers=(), unknown=())
    return lift(road, checked, permit, Measurement(48_000, loads_kg), resolution, beside)


@pytest.mark.parametrize(
    ("permit", "road", "low_kg", "said"),
    [
        (Permit(), OVER, 46_000, LIFTED),
        (Permit(gross_kg=60_000), OVER, 46_000, LIFTED._replace(limit_kg=60_000)),
        (Permit(class_="I", gross_kg=60_000), OVER, 46_000, LIFTED),  # for size alone: it lifts no mass
        (Permit(class_="I"), OVER._replace(limit_kg=None), 46_000, LIFTED._replace(limit_kg=46_000)),
        (Permit(), OVER._replace(limit_kg=None), None, LIFTED._replace(limit_kg=None, excess_ratio=None)),
        (Permit(gross_kg=60_000), Verdict("within"), 46_000, Verdict("within")),
    ],
)
def test_what_is_kept_is_within_by_the_permit(permit, road, low_kg, said):
    assert lifted(permit, road=road, low_kg=low_kg) == said


@pytest.mark.parametrize(
    ("stated_kg", "measured_kg", "left"),
    [
        (LOADS, LOADS, ("unknown-family",)),  # the permit states what each axle may carry, and each was weighed
        (LOADS, None, OPEN.undecided),
        (None, LOADS, OPEN.undecided),
    ],
)
def test_a_stated_axle_load_settles_what_the_road_left_open(stated_kg, measured_kg, left):
    said = lifted(Permit(gross_kg=60_000, axle_loads_kg=stated_kg), beside=OPEN, loads_kg=measured_kg)
    assert (said.outcome, said.reasons) == ("undetermined", ("over-height_mm", *left))
    assert said.candidates == (Candidate("without the permit", 46_000), Candidate("with the permit", 60_000))


def test_where_the_road_s_limit_is_open_its_candidates_stand_beside_the_permit_s():
    ways = (Candidate("one drive axle", 46_000), Candidate("several drive axles", 49_000))
    road = Verdict("undetermined", candidates=ways)
    unseen = Checked((), (), ("unknown-plate",), ())
    assert lifted(Permit(), road=road, checked=unseen).candidates == ways
    assert lifted(Permit(), checked=unseen, low_kg=None).candidates == ()


@pytest.mark.parametrize(
    ("papers", "road", "permit", "says_so"),
    [
        (OVER, LIFTED, Permit(gross_kg=60_000), True),
        (OVER, LIFTED, Permit(gross_kg=60_000, class_="II"), True),
        (OVER, LIFTED, Permit(gross_kg=60_000, class_="I"), False),
        (OVER, LIFTED, Permit(), False),
        (OVER, OVER, Permit(gross_kg=60_000), False),
        (Verdict("within"), LIFTED, Permit(gross_kg=60_000), False),
    ],
)
def test_a_lifted_mass_stands_before_the_papers_and_is_named(papers, road, permit, says_so):
    assert [one.rule for one in before_rating(papers, road, permit, RULES)] == ["permit-before-rating"] * says_so
