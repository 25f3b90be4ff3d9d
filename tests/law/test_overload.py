"""超载 alone: over its own papers and within the road's limit. Who may do what about it at which place, one line each.

The truck is a 1+2+3 with two driven axles: 49 000 kg on the road. Unloading and money in one column; `?` marks a doubt.
"""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.effects import ShowText
from gateway.core.recording import verdict_text
from gateway.core.vehicle import Identity, Measurement, Vehicle
from gateway.law.limits import judge
from gateway.law.linkage import ENFORCEMENT_MODES, SITE_KINDS
from gateway.law.penalties import propose
from gateway.law.site_law import Law
from weighgate.judging import judge_line, load_shipped_laws

LAWS = load_shipped_laws(Path(__file__).resolve().parents[2] / "config")
TRUCK = {"axles": "1+2+3", "body": "articulated", "drive_axles": 2}
SITES = {
    "exit": {"site_kind": "source-exit", "enforcement_mode": "operator"},
    "transport": {"site_kind": "checkpoint", "enforcement_mode": "transport"},
    "joint": {"site_kind": "checkpoint", "enforcement_mode": "police-at-joint-station"},
    "operator": {"site_kind": "checkpoint", "enforcement_mode": "operator"},
    "remote": {"site_kind": "checkpoint", "enforcement_mode": "unattended"},
    "toll": {"site_kind": "toll-entrance", "enforcement_mode": "operator"},
}
# place      gross   licence  rated  kerb   action  follows  may be imposed
ROWS = """
joint        48000   48000    33000  15000  release ledger  -
joint        48001   48000    34000  15000  hold    case    driver points 1
joint        48001   48000    33000  15000  hold    case    driver fine 200-500; driver points 1; carrier detention
joint        48001   -        33000  15000  hold    case    driver fine 200-500; carrier detention
joint        48001   49000    33000  15000  hold    case    driver fine 200-500; carrier detention
joint        46800   36000    22000  15000  hold    case    driver fine 500-2000; driver points 3; carrier detention
joint        46799   36000    -      -      hold    case    driver points 1
joint        48000   32000    -      -      hold    case    driver points 6
transport    48001   48000    33000  15000  hold    lead    carrier unloading
transport    48001   48000    -      -      hold    lead    carrier unloading ?
operator     48001   48000    33000  15000  release lead    -
remote       48001   48000    33000  15000  release lead    -
exit         48001   48000    33000  15000  hold    ledger  -
toll         48001   48000    33000  15000  admit   ledger  -
"""


def said(place, gross_kg, **facts):
    return judge_line(json.dumps(TRUCK | SITES[place] | {"gross_kg": gross_kg} | facts), LAWS)


def told(found):
    """The measures as `party kind amount`."""
    lines = []
    for one in found["penalties"]:
        yuan = "" if one["amount_yuan"] is None else f" {one['amount_yuan']['min']}-{one['amount_yuan']['max']}"
        points = "" if one["points"] is None else f" {one['points']}"
        lines.append(f"{one['party']} {one['kind']}{yuan}{points}" + ("" if one["verified"] else " ?"))
    return sorted(lines)


@pytest.mark.parametrize("row", [row.split(maxsplit=7) for row in ROWS.strip().splitlines()], ids=" ".join)
def test_over_its_papers_alone(row):
    place, gross, licence, rated, kerb, action, consequence, measures = row
    papers = {"licence_gross_kg": licence, "rated_load_kg": rated, "kerb_kg": kerb}
    found = said(place, int(gross), **{name: int(kg) for name, kg in papers.items() if kg != "-"})
    assert found["verdicts"]["road_limit"]["outcome"] == "within"
    assert (found["action"], found["consequence"]) == (action, consequence)
    assert told(found) == ([] if measures == "-" else sorted(measures.split("; ")))


def test_an_unknown_road_limit_hides_no_overload():
    unknown = {"drive_axles": None, "licence_gross_kg": 40_000}
    found = said("joint", 47_000, **unknown)
    assert found["verdicts"]["road_limit"]["outcome"] == "undetermined"
    assert (found["action"], found["consequence"], told(found)) == ("hold", "case", ["driver points 1"])
    assert said("toll", 48_301, **unknown)["action"] == "refuse"
    assert said("remote", 47_000, **unknown)["action"] == "hold"
    presumed = said("toll", 47_000, undetermined="presume", **unknown)
    assert (presumed["action"], presumed["presumed"][-1]) == ("admit", "highest-candidate:49000")


def test_points_follow_the_licence_s_gross_and_never_the_rated_load():
    found = said("joint", 48_000, rated_load_kg=15_000, kerb_kg=15_000)
    assert told(found) == ["carrier detention", "driver fine 500-2000"]


def test_a_tolerated_excess_at_an_entrance_is_no_overload_either():
    found = said("toll", 51_450, licence_gross_kg=49_000)
    assert (found["action"], found["ground"]) == ("admit-within-tolerance", "within-tolerance")


def test_a_permitted_mass_stands_before_the_licence_and_says_that_nobody_found_the_text():
    wide = {"licence_gross_kg": 40_000, "width_mm": 2_600, "divisible": False}
    found = said("joint", 60_000, **wide, permit={"class": "II", "gross_kg": 60_000, "width_mm": 2_600})
    (doubt,) = (one for one in found["findings"] if one["rule"] == "permit-before-rating")
    assert (found["action"], found["penalties"], doubt["verified"]) == ("release", [], False)
    assert found["verdicts"]["vehicle_rating"]["outcome"] == "exceeded"
    for permit in ({"class": "I", "gross_kg": 48_000}, {"class": "II"}):  # lifts the size and no mass
        found = said("joint", 48_000, **wide, permit=permit | {"width_mm": 2_600})
        assert (found["verdicts"]["road_limit"]["outcome"], found["action"]) == ("within", "hold")
        assert told(found) == ["driver points 1"]


def test_the_sign_of_one_that_is_kept_for_its_papers_says_overloaded_and_no_road_limit():
    law = Law(LAWS.limits.rule_set, LAWS.limits.others, LAWS.limits.linkage, "checkpoint", "police-at-joint-station")
    truck, found = Vehicle((1, 2, 3), "articulated", 2, licence_gross_kg=40_000), Measurement(45_000)

    def word(at: Law, gross_kg: int = 45_000) -> ShowText:
        return verdict_text(Identity(), Measurement(gross_kg), judge(truck, Measurement(gross_kg), at))

    assert word(law).code == "overloaded"
    assert word(law, 49_001).code == "exceeded"
    assert word(replace(law, posted_limit_kg=44_000)).code == "exceeded"
    assert word(replace(law, site_kind="toll-entrance")).code == "over-rating"
    said_of = judge(truck, found, law)
    assert said_of.ground == "over-vehicle-rating"
    assert said_of.party_clauses["driver"] == ("cn-traffic-law-2021 art.92", "cn-points-rules-2021 art.10-12")


POLICE = "公安机关交通管理部门"


@given(
    st.sampled_from(SITE_KINDS),
    st.sampled_from(ENFORCEMENT_MODES),
    st.integers(1_000, 120_000),
    st.none() | st.integers(10_000, 60_000),
    st.none() | st.tuples(st.integers(1_000, 60_000), st.integers(1_000, 30_000)),
    st.sampled_from([None, 1, 2]),
)
def test_each_party_is_fined_once_and_transport_never_for_the_papers(kind, mode, gross_kg, licence, load, drives):
    rated_kg, kerb_kg = load or (None, None)
    truck = Vehicle((1, 2, 3), "articulated", drives, licence_gross_kg=licence, rated_load_kg=rated_kg, kerb_kg=kerb_kg)
    law = Law(LAWS.limits.rule_set, LAWS.limits.others, LAWS.limits.linkage, kind, mode)
    found = judge(truck, Measurement(gross_kg), law)
    measures = propose(found, LAWS.schedules, mode)
    money = [(one.party, one.act) for one in measures if one.kind in ("fine", "warning")]
    assert len(money) == len(set(money))
    overloaded = found.vehicle_rating.outcome == "exceeded"
    if kind == "checkpoint" and overloaded:
        assert found.consequence != "ledger"
        assert found.held or mode in ("operator", "unattended")
    if mode == "transport" and found.road_limit.outcome != "exceeded":
        assert {one.kind for one in measures} <= {"unloading"}
    if mode == "police-at-joint-station":
        assert all(one.authority == POLICE for one in measures if one.kind != "unloading")
    if not overloaded:
        assert not [one for one in measures if one.act.startswith("overload")]
