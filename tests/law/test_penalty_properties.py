"""What holds of penalties whatever the vehicle did and wherever: no double fine, the cap, no vehicle fined."""

from datetime import date
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import ConfigError
from gateway.law.amounts import Band, Bands, Excess, PerStep, Span
from gateway.law.linkage import ENFORCEMENT_MODES
from gateway.law.measures import Circumstances, Fact, Known
from gateway.law.penalties import measures_for
from gateway.lawfiles import load_penalties, load_penalties_dir

PENALTIES = Path(__file__).resolve().parents[2] / "config" / "law" / "penalties"
SCHEDULES = load_penalties_dir(PENALTIES)
JURISDICTIONS = sorted({schedule.jurisdiction for schedule in SCHEDULES} | {"CN-SH", "CN-CQ"})


@st.composite
def circumstances(draw: st.DrawFn) -> Circumstances:
    limit_kg = draw(st.integers(10_000, 49_000))
    least = draw(st.integers(0, 120_000))
    most = least + draw(st.integers(0, 5_000))
    dimensions = draw(st.dictionaries(st.sampled_from(["height_mm", "width_mm", "length_mm"]), st.integers(1, 40_000)))
    mass = (Excess(least, limit_kg), Excess(most, limit_kg)) if least else None
    return Circumstances(
        over_limit=mass is not None or bool(dimensions) or draw(st.booleans()),
        mass=mass,
        dimensions_mm=dimensions,
        oversize=bool(dimensions) and draw(st.booleans()),
        rated_load=draw(st.none() | st.builds(Excess, st.integers(-9_000, 90_000), st.integers(1, 40_000))),
        permitted_gross=draw(st.none() | st.builds(Excess, st.integers(-9_000, 90_000), st.integers(1, 49_000))),
        known=Known(
            facts=frozenset(draw(st.sets(st.sampled_from(get_args(Fact))))),
            counts={"vehicle": draw(st.integers(0, 9)), "driver": draw(st.integers(0, 9))},
            violators=draw(st.integers(0, 40)),
            fleet=draw(st.integers(0, 100)),
            sole_trader=draw(st.booleans()),
            goods=draw(st.sampled_from([None, "sand", "hazardous"])),
        ),
    )


modes = st.sampled_from(ENFORCEMENT_MODES)
places = st.sampled_from(JURISDICTIONS)


@given(circumstances(), modes, places)
def test_no_party_is_fined_twice_for_one_act(found, mode, place):
    said = measures_for(found, SCHEDULES, mode, jurisdiction=place)
    acts = [(one.party, one.act, one.kind.replace("warning", "fine")) for one in said]
    assert len(acts) == len(set(acts))


@given(circumstances(), modes, places)
def test_the_carrier_s_over_limit_fines_stay_under_the_cap(found, mode, place):
    said = measures_for(found, SCHEDULES, mode, jurisdiction=place)
    over_limit = [one for one in said if one.act.startswith("over-limit/")]
    assert sum(one.amount_max_yuan or 0 for one in over_limit) <= 30_000


@given(circumstances(), modes, places)
def test_each_measure_is_whole_and_the_vehicle_only_loses_its_certificate(found, mode, place):
    for one in measures_for(found, SCHEDULES, mode, jurisdiction=place):
        assert (one.kind == "fine") == (one.amount_max_yuan is not None) == (one.amount_min_yuan is not None)
        assert (one.kind == "points") == (one.points is not None)
        assert (one.amount_min_yuan or 0) <= (one.amount_max_yuan or 0)
        assert one.party != "vehicle" or one.kind == "revocation"
        assert one.verified != bool(one.doubt)
        assert one.clause
        assert one.authority


@given(circumstances(), places)
def test_who_imposes_follows_from_who_enforces(found, place):
    said = {mode: measures_for(found, SCHEDULES, mode, jurisdiction=place) for mode in ENFORCEMENT_MODES}
    police = "公安机关交通管理部门"
    weighed = ("over-limit", "overload", "oversize")
    assert not [one for one in said["transport"] if one.authority == police]
    joint = [one for one in said["police-at-joint-station"] if one.act.startswith(weighed) and one.kind != "unloading"]
    assert all(one.authority == police for one in joint)
    assert not [one for one in said["operator"] if one.act.startswith(weighed)]
    assert not [one for one in said["unattended"] if one.kind in ("unloading", "detention") and "over" in one.act]
    if "driver-proved" not in found.known.facts:
        assert not [one for one in said["unattended"] if one.act == "overload"]


@given(circumstances(), modes)
def test_a_province_s_law_stays_in_its_province(found, mode):
    for place in JURISDICTIONS:
        for one in measures_for(found, SCHEDULES, mode, jurisdiction=place):
            owner = next(s for s in SCHEDULES if one.clause.startswith(s.id)).jurisdiction
            assert owner in ("CN", place)


def test_the_higher_applies_where_rules_overlap():
    evaded = Circumstances(known=Known(facts=frozenset({"evaded"})))
    henan = [one for one in measures_for(evaded, SCHEDULES, "transport", jurisdiction="CN-HA") if one.kind == "fine"]
    assert [(one.amount_max_yuan, one.clause) for one in henan] == [(30_000, "cn-reg593-2011 art.67(2)")]
    released = Circumstances(known=Known(facts=frozenset({"station-released", "source-released"})))
    (source,) = measures_for(released, SCHEDULES, "transport", jurisdiction="CN-HA")
    assert (source.amount_min_yuan, source.clause) == (10_000, "cn-ha-overload-2018 art.8")


def test_a_local_stand_in_takes_the_national_clause_s_place_even_where_it_gives_nothing():
    found = Circumstances(over_limit=True, mass=(Excess(9_000, 49_000),) * 2)
    money = [one for one in measures_for(found, SCHEDULES, "transport", jurisdiction="CN-ZJ") if one.kind == "fine"]
    assert money == []
    (national,) = (one for one in measures_for(found, SCHEDULES, "transport") if one.kind == "fine")
    assert national.amount_max_yuan == 4_500


def test_a_range_runs_over_the_candidates():
    found = Circumstances(over_limit=True, mass=(Excess(900, 49_000), Excess(3_900, 46_000)))
    (fine,) = (one for one in measures_for(found, SCHEDULES, "transport") if one.kind in ("warning", "fine"))
    assert (fine.kind, fine.amount_min_yuan, fine.amount_max_yuan) == ("fine", 0, 1_500)


def test_two_versions_of_one_schedule_may_not_overlap(tmp_path):
    text = (PENALTIES / "cn-order62-art43.toml").read_text(encoding="utf-8")
    (tmp_path / "a.toml").write_text(text.replace("modes", "valid_until = 2026-12-31\nmodes", 1), encoding="utf-8")
    (tmp_path / "b.toml").write_text(text.replace("2016-09-21", "2027-01-01", 1), encoding="utf-8")
    assert [one.in_force(date(2027, 1, 1)) for one in load_penalties_dir(tmp_path)] == [False, True]
    (tmp_path / "b.toml").write_text(text.replace("2016-09-21", "2026-12-31", 1), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"b\.toml: cn-order62-2016 overlaps in validity with a\.toml"):
        load_penalties_dir(tmp_path)


def test_a_replaced_clause_must_be_somebody_s(tmp_path):
    text = (PENALTIES / "cn-zj-zhejiang.toml").read_text(encoding="utf-8")
    (tmp_path / "zj.toml").write_text(text, encoding="utf-8")
    assert load_penalties(tmp_path / "zj.toml").jurisdiction == "CN-ZJ"
    with pytest.raises(ConfigError, match=r"measures\[0\]\.replaces: 'cn-order62-2016 art\.43\(2\)' is no measure's"):
        load_penalties_dir(tmp_path)


def test_measures_that_stand_in_for_each_other_do_not_load(tmp_path):
    text = (PENALTIES / "cn-order62-art43.toml").read_text(encoding="utf-8")
    for name, replaced in (("a", "cn-b art.43(2)"), ("b", "cn-a art.43(2)")):
        named = text.replace('id = "cn-order62-2016"', f'id = "cn-{name}"', 1)
        named = named.replace("step = ", f'replaces = ["{replaced}"]\nstep = ', 1)
        (tmp_path / f"{name}.toml").write_text(named, encoding="utf-8")
    ring = r"a\.toml: measures\[1\]\.replaces: cn-a art\.43\(2\) -> cn-b art\.43\(2\) -> cn-a art\.43\(2\) is a ring"
    with pytest.raises(ConfigError, match=ring):
        load_penalties_dir(tmp_path)


@pytest.mark.parametrize(
    ("span", "holds"),
    [  # at 29, 30 and 31 % of the base; nothing over is in no span, nor is a share of nothing known
        (Span(above_percent=30), (False, False, True)),
        (Span(from_percent=30), (False, True, True)),
        (Span(through_percent=30), (True, True, False)),
        (Span(below_percent=30), (True, False, False)),
        (Span(above_kg=300), (False, False, True)),
        (Span(through_kg=300), (True, True, False)),
    ],
)
def test_a_span_keeps_its_bounds(span, holds):
    assert tuple(span.holds(Excess(over, 1_000)) for over in (290, 300, 310)) == holds
    assert not span.holds(Excess(0, 1_000))
    if span.above_kg is span.through_kg is None:
        assert not span.holds(Excess(300))


# what a part of a step costs: nothing, a whole one, its part cut to whole yuan
@pytest.mark.parametrize(
    ("over_kg", "floor", "ceiling", "pro_rata"),
    [(999, 0, 500, 499), (1_000, 500, 500, 500), (1_001, 500, 1_000, 500), (1_500, 500, 1_000, 750)],
)
def test_the_three_roundings_of_a_step(over_kg, floor, ceiling, pro_rata):
    found = [PerStep(1_000, 500, rounding).of(Excess(over_kg), {}) for rounding in ("floor", "ceiling", "pro-rata")]
    assert found == [(yuan, yuan) for yuan in (floor, ceiling, pro_rata)]


def test_bands_of_a_share_need_a_base_and_each_part_has_its_own_price():
    bands = Bands((Band(20, 0), Band(50, 300), Band(None, 500)))
    assert bands.of(Excess(9_000), {}) is None
    wanted = [(9_800, 0), (9_804, 1), (24_500, 4_410), (24_502, 4_411), (49_000, 16_660)]
    assert [(over_kg, bands.of(Excess(over_kg, 49_000), {})) for over_kg, _ in wanted] == [
        (over_kg, (yuan, yuan)) for over_kg, yuan in wanted
    ]


@pytest.mark.parametrize(
    ("bands", "over_kg", "base_kg", "yuan"),
    [
        ((Band(50, 300), Band(None, 100_000)), 1_000, 49_000, 300),  # the dear band is not reached
        ((Band(None, 500),), 1_000, 49_000, 500),
        ((Band(1, 1), Band(None, 0)), 1_000, 99_999, 0),  # 0.99999 yuan
    ],
)
def test_bands_are_cut_to_whole_yuan_at_the_end_alone(bands, over_kg, base_kg, yuan):
    assert Bands(bands).of(Excess(over_kg, base_kg), {}) == (yuan, yuan)
