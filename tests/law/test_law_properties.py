"""What must hold for every vehicle and mass: monotone, strict, cautious about unknowns, capped."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.vehicle import BODIES, UNSOUND, Identity, Measurement, Vehicle
from gateway.core.verdict import Judgement
from gateway.law.bases import ratio
from gateway.law.dossier import dossier
from gateway.law.faults import AXLE_KG_MIN
from gateway.law.limits import Law, judge
from gateway.law.linkage import ENFORCEMENT_MODES, SITE_KINDS
from gateway.law.penalties import propose
from gateway.lawfiles import load_limits_dir, load_linkage, load_penalties

CONFIG = Path(__file__).resolve().parents[2] / "config" / "law"
SETS = load_limits_dir(CONFIG / "limits")
LINKAGE = load_linkage(CONFIG / "linkage" / "cn-default.toml")
ART_43 = load_penalties(CONFIG / "penalties" / "cn-order62-art43.toml")
ORDER = {"within": 0, "undetermined": 1, "exceeded": 2}

layouts = st.lists(st.integers(1, 4), min_size=1, max_size=5).map(tuple)
unknowable = st.sampled_from(["tyres", "wide_tyres", "air_suspension", "licence_gross_kg"])


@st.composite
def vehicles(draw: st.DrawFn) -> Vehicle:
    layout = draw(st.none() | layouts)
    axles = sum(layout or ())
    tyres = draw(st.none() | st.lists(st.sampled_from([2, 4]), min_size=axles, max_size=axles).map(tuple))
    return Vehicle(
        layout=layout,
        body=draw(st.none() | st.sampled_from(BODIES)),
        drive_axles=draw(st.none() | st.integers(1, 3)),
        tyres=None if layout is None else tyres,
        wide_tyres=draw(st.none() | st.booleans()),
        air_suspension=draw(st.none() | st.booleans()),
        licence_gross_kg=draw(st.none() | st.integers(1000, 60_000)),
        sources=dict.fromkeys(draw(st.sets(unknowable)), "unknown"),
    )


laws = st.builds(
    lambda name, kind, mode, undetermined: Law(
        SETS[name], tuple(one for one in SETS.values() if one.id != name), LINKAGE, kind, mode, undetermined
    ),
    st.sampled_from(sorted(SETS)),
    st.sampled_from(SITE_KINDS),
    st.sampled_from(ENFORCEMENT_MODES),
    st.sampled_from(["hold", "presume"]),
)
LIGHTEST_KG = 20 * AXLE_KG_MIN
"""What any of these vehicles, of 20 axles at most, can weigh."""
masses = st.integers(LIGHTEST_KG, 150_000)


def law_of(name: str = "cn-annex124-2016", **changed: object) -> Law:
    others = tuple(one for one in SETS.values() if one.id != name)
    return replace(Law(SETS[name], others, LINKAGE, "checkpoint", "transport"), **changed)  # type: ignore[arg-type]


def at(vehicle: Vehicle, gross_kg: int, law: Law) -> Judgement:
    return judge(vehicle, Measurement(gross_kg), law)


@given(vehicles(), masses, masses, laws)
def test_a_heavier_vehicle_is_never_judged_more_mildly(vehicle, one, other, law):
    light, heavy = sorted((one, other))
    said = [at(vehicle, gross, law) for gross in (light, heavy)]
    assert ORDER[said[0].road_limit.outcome] <= ORDER[said[1].road_limit.outcome]
    assert said[0].held <= said[1].held


@given(vehicles(), laws)
def test_exactly_at_the_limit_is_legal_and_one_kilogram_more_is_not(vehicle, law):
    limit_kg = at(vehicle, LIGHTEST_KG, law).road_limit.limit_kg
    if limit_kg is not None and limit_kg >= AXLE_KG_MIN * (vehicle.axles or 1):
        assert at(vehicle, limit_kg, law).road_limit.outcome == "within"
        above = at(vehicle, limit_kg + 1, law).road_limit
        assert (above.outcome, above.excess_kg) == ("exceeded", 1)


@given(vehicles(), masses, laws)
def test_what_is_unknown_or_not_drawn_is_never_within(vehicle, gross, law):
    said = at(vehicle, gross, law)
    road = said.road_limit
    if vehicle.layout is None or any(reason.startswith("no-") for reason in road.reasons):
        assert road.outcome != "within"
    if road.candidates:
        over = [gross > one.limit_kg for one in road.candidates]
        assert not (road.outcome == "within" and any(over))
        assert not (road.outcome == "exceeded" and not all(over))
    if law.undetermined == "hold" and road.outcome == "undetermined":
        assert said.action in ("hold", "refuse")


@given(vehicles(), masses, laws, st.sampled_from(sorted(UNSOUND)))
def test_an_unsound_measurement_decides_nothing(vehicle, gross, law, flag):
    said = judge(vehicle, Measurement(gross, flags=(flag,)), law)
    assert said.road_limit.outcome == said.vehicle_rating.outcome == "undetermined"
    assert said.road_limit.reasons == (flag,)
    assert said.ground == f"undetermined:{flag}"
    assert said.held


@given(vehicles(), masses, laws)
def test_fines_stay_under_the_cap_and_follow_only_from_a_case(vehicle, gross, law):
    said = at(vehicle, gross, law)
    proposals = propose(said, [ART_43], law.enforcement_mode)
    assert sum(one.amount_max_yuan or 0 for one in proposals) <= 30_000
    assert all((one.amount_min_yuan or 0) <= (one.amount_max_yuan or 0) for one in proposals)
    assert all(one.party != "vehicle" for one in proposals)
    if said.road_limit.outcome != "exceeded" or law.enforcement_mode in ("operator", "police-at-joint-station"):
        assert proposals == ()


@given(masses, st.integers(1, 60_000))
def test_the_ratio_is_a_ratio(excess, limit):
    assert abs(float(ratio(excess, limit) or "nan") - excess / limit) <= 0.00005001


WRONG_NUMBERS = [
    (Measurement(None), "no-gross"),
    (Measurement(0), "impossible-gross"),
    (Measurement(-1), "impossible-gross"),
    (Measurement(199), "impossible-gross"),
    (Measurement(18_000, (17_901, 99)), "impossible-axle-load"),
    (Measurement(18_000, (9000, 9041)), "unequal-axle-sum"),
    (Measurement(18_000, (18_000, 0)), "impossible-axle-load"),
    (Measurement(18_000, (6000, 6000, 6000)), "axle-count-differs"),
    (Measurement(18_000, (9000, 9000), (0,)), "impossible-spacings"),
    (Measurement(18_000, None, (3000, 1300)), "impossible-spacings"),
]


@pytest.mark.parametrize(("measurement", "reason"), WRONG_NUMBERS)
def test_impossible_numbers_are_undetermined(measurement, reason):
    said = judge(Vehicle(layout=(1, 1), body="rigid"), measurement, law_of())
    assert said.road_limit.outcome == "undetermined"
    assert said.road_limit.reasons == (reason,)


def test_axle_loads_may_differ_from_the_gross_by_an_interval_per_axle():
    vehicle = Vehicle(layout=(1, 1), body="rigid")
    assert judge(vehicle, Measurement(18_000, (9000, 9040)), law_of()).road_limit.outcome == "within"
    apart = judge(vehicle, Measurement(18_000, (9000, 9100)), law_of(interval_kg=50)).road_limit
    assert apart.outcome == "within"


def test_unknown_drive_axles_have_candidates_and_a_site_may_presume_the_highest():
    vehicle = Vehicle(layout=(1, 2, 3), body="articulated")
    held = at(vehicle, 47_000, law_of())
    assert [one.limit_kg for one in held.road_limit.candidates] == [46_000, 49_000]
    assert (held.action, held.ground) == ("hold", "undetermined:unknown-drive_axles")
    presumed = at(vehicle, 47_000, law_of(site_kind="toll-entrance", undetermined="presume"))
    assert (presumed.road_limit.outcome, presumed.action) == ("undetermined", "admit")
    assert "highest-candidate:49000" in presumed.presumed
    assert at(vehicle, 46_000, law_of()).road_limit.outcome == "within"
    assert at(vehicle, 49_001, law_of()).road_limit.outcome == "exceeded"
    assert at(Vehicle(layout=(1, 1, 3), body="articulated"), 42_000, law_of()).road_limit.outcome == "within"


def test_nothing_known_is_over_only_above_every_limit_there_is():
    assert at(Vehicle(), 49_001, law_of()).road_limit.outcome == "exceeded"
    assert at(Vehicle(), 49_000, law_of()).road_limit.outcome == "undetermined"
    assert at(Vehicle(), 3_000, law_of(undetermined="presume")).action == "hold"


def test_null_is_not_the_law_s_presumption():
    known = Vehicle(layout=(1, 2, 3), body="articulated", drive_axles=2)
    assert at(known, 49_000, law_of()).road_limit.outcome == "within"
    unknown = replace(known, sources={"tyres": "unknown"})
    said = at(unknown, 45_000, law_of()).road_limit
    assert (said.outcome, said.reasons) == ("undetermined", ("unknown-tyres",))
    licence = Vehicle(layout=(1, 1), body="rigid", sources={"licence_gross_kg": "unknown"})
    assert at(licence, 10_000, law_of()).road_limit.outcome == "undetermined"
    assert at(licence, 18_001, law_of()).road_limit.outcome == "exceeded"


def test_bases_stay_apart():
    vehicle = Vehicle(layout=(1, 2, 3), body="articulated", drive_axles=2, rated_load_kg=30_000, kerb_kg=16_000)
    said = at(vehicle, 48_000, law_of(posted_limit_kg=40_000))
    assert said.road_limit.outcome == "within"
    assert (said.vehicle_rating.outcome, said.vehicle_rating.excess_kg) == ("exceeded", 2_000)
    assert (said.posted_limit.outcome, said.posted_limit.excess_kg) == ("exceeded", 8_000)
    assert (said.action, said.ground) == ("hold", "over-posted-limit")
    assert (at(vehicle, 48_000, law_of()).action, at(vehicle, 46_000, law_of()).action) == ("hold", "release")


def test_the_dossier_says_what_is_known_from_where_and_what_is_missing():
    parties = {"enterprise": {"name": "示例运输一队", "id": "demo-ent-1"}, "driver": {"name": ""}}
    who = Identity(plate="豫A00002", colour="yellow", source="camera", parties=parties)
    vehicle = Vehicle(layout=(1, 2, 3), body="articulated", drive_axles=2)
    said = at(vehicle, 60_000, law_of(site_kind="source-exit", enforcement_mode="operator"))
    found = dossier(who, said, {"id": "quarry-1", "name": "示例采石场出口", "kind": "source-exit"})
    assert set(found) == {"vehicle", "driver", "enterprise", "source"}
    assert found["vehicle"]["sources"]["plate"] == "camera"
    assert found["driver"]["missing"] == ["name", "licence", "qualification_certificate"]
    assert found["enterprise"]["sources"] == {"name": "register", "id": "register"}
    assert found["source"]["known"] == {"id": "quarry-1", "name": "示例采石场出口"}
    assert "cn-reg593-2011 art.66" in found["vehicle"]["consequence"]
    legal = at(vehicle, 40_000, law_of())
    assert dossier(who, legal, {"id": "s", "name": "n", "kind": "checkpoint"})["vehicle"]["consequence"] == []


def test_law_is_chosen_by_the_day():
    assert SETS["cn-order62-2016"].in_force(date(2016, 9, 21))
    assert not SETS["cn-order62-2016"].in_force(datetime(2016, 9, 20, tzinfo=UTC).date())


def test_no_tolerance_where_an_unknown_licence_could_lower_the_limit():
    licence = Vehicle(layout=(1, 1), body="rigid", sources={"licence_gross_kg": "unknown"})
    assert at(licence, 18_500, law_of(site_kind="toll-entrance")).action == "refuse"
    assert (
        at(replace(licence, sources={}), 18_500, law_of(site_kind="toll-entrance")).action == "admit-within-tolerance"
    )


@pytest.mark.parametrize("drive_axles", [0, 4, 6, 32])
def test_more_driven_axles_than_the_motor_vehicle_has_are_unknown_ones(drive_axles):
    stated = Vehicle((1, 2, 3), "articulated", drive_axles)
    unstated = replace(stated, drive_axles=None)
    law = law_of()
    for gross_kg, outcome in ((46_000, "within"), (48_000, "undetermined"), (49_001, "exceeded")):
        said = at(stated, gross_kg, law)
        assert said.road_limit.outcome == outcome
        assert said.road_limit == at(unstated, gross_kg, law).road_limit
    assert "unknown-drive_axles" in at(stated, 48_000, law).road_limit.reasons
    assert at(replace(stated, drive_axles=3), 48_000, law).road_limit.outcome == "within"  # 6x6


@pytest.mark.parametrize("field", ["length_mm", "width_mm", "height_mm"])
def test_a_dimension_that_is_said_to_be_unknown_is_never_within(field):
    law = law_of("cn-order62-2016")
    vehicle = Vehicle((1, 1), "rigid", 1, sources={field: "unknown"})
    said = at(vehicle, 17_000, law)
    assert (said.road_limit.outcome, said.action) == ("undetermined", "hold")
    assert f"unknown-{field}" in said.road_limit.reasons
    assert at(vehicle, 18_001, law).road_limit.outcome == "exceeded"
    assert at(replace(vehicle, sources={}), 17_000, law).road_limit.outcome == "within"
    assert at(vehicle, 17_000, law_of()).road_limit.outcome == "undetermined"  # the annex has its sizes from Order 62
