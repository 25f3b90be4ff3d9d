"""Three bases that never stand in one field: the road's limit, the vehicle's papers, the sign; and what is illegal."""

import json
from pathlib import Path

import pytest

from gateway.core.vehicle import Load, Vehicle
from gateway.core.verdict import Verdict
from gateway.law.bases import illegal_over_limit, rating, ratio, under_declared
from weighgate.judging import judge_line, load_shipped_laws

LAWS = load_shipped_laws(Path(__file__).resolve().parents[2] / "config")
TRUCK = {"axles": "1+2+3", "body": "articulated", "drive_axles": 2}


def said(gross_kg, **facts):
    return judge_line(json.dumps(TRUCK | {"gross_kg": gross_kg} | facts), LAWS)


# gross   licence gross  rated load  kerb     road      rating    sign 30 t   points base over, fine base over
BASES = [
    (45_000, 49_000, 34_000, 15_000, "within", "within", "exceeded", 0, 0),
    (49_000, 40_000, 25_000, 15_000, "within", "exceeded", "exceeded", 9_000, 9_000),
    (49_100, 49_000, 34_500, 15_000, "exceeded", "exceeded", "exceeded", 100, 0),
    (48_000, 49_000, 32_000, 15_000, "within", "exceeded", "exceeded", 0, 1_000),
    (48_000, 49_000, 32_000, 16_000, "within", "within", "exceeded", 0, 0),
    (29_000, None, 20_000, 9_500, "within", "within", "within", None, 0),
    (30_000, None, 20_000, 9_500, "within", "exceeded", "within", None, 500),
    (30_001, 30_000, None, None, "within", "exceeded", "exceeded", 1, None),
    (30_000, None, None, 9_000, "within", "undetermined", "within", None, None),
]


@pytest.mark.parametrize(("gross", "licence", "rated", "kerb", "road", "rating", "sign", "points", "fine"), BASES)
def test_each_basis_has_its_own_outcome(gross, licence, rated, kerb, road, rating, sign, points, fine):
    facts = {"licence_gross_kg": licence, "rated_load_kg": rated, "kerb_kg": kerb}
    found = said(gross, posted_limit_kg=30_000, **{name: kg for name, kg in facts.items() if kg is not None})
    assert {name: verdict["outcome"] for name, verdict in found["verdicts"].items()} == {
        "road_limit": road,
        "vehicle_rating": rating,
        "posted_limit": sign,
    }
    excess = {finding["rule"]: finding["excess"] for finding in found["findings"]}
    assert (excess.get("vehicle-rating"), excess.get("rated-load")) == (points, fine)


# the range of Regulation 593 art. 64 by the sign alone; over the road's own limit too it is one act, and has one sum
@pytest.mark.parametrize(
    ("gross", "mode", "fines"),
    [
        (30_000, "transport", []),
        (30_001, "transport", [("cn-reg593-2011 art.64", 0, 30_000)]),
        (30_001, "unattended", [("cn-reg593-2011 art.64", 0, 30_000)]),
        (30_001, "police-at-joint-station", []),
        (30_001, "operator", []),
        (51_000, "transport", [("cn-order62-2016 art.43(2)", 1_000, 1_000)]),
    ],
)
def test_a_posted_limit_alone_is_fined_by_its_own_range(gross, mode, fines):
    found = said(gross, posted_limit_kg=30_000, enforcement_mode=mode)
    amounts = [(one["clause"], one["amount_yuan"]) for one in found["penalties"] if one["kind"] == "fine"]
    assert [(clause, yuan["min"], yuan["max"]) for clause, yuan in amounts] == fines


@pytest.mark.parametrize(
    ("gross", "facts", "illegal"),
    [
        (49_000, {"divisible": True}, False),
        (49_001, {"divisible": True}, True),
        (49_001, {"divisible": True, "permit": {"number": "1"}}, True),
        (49_001, {"divisible": False}, True),
        (49_001, {"divisible": False, "permit": {"number": "1"}}, True),  # a permit that states no mass lifts none
        (49_001, {"divisible": False, "permit": {"number": "1", "gross_kg": 49_001}}, False),
        (49_001, {"divisible": None, "permit": {"number": "1", "gross_kg": 49_001}}, None),
        (49_001, {"divisible": False, "permit": None}, None),
        (49_001, {"divisible": None}, True),
        (49_001, {"divisible": None, "permit": None}, None),
        (49_001, {}, True),
        (47_000, {"drive_axles": None, "divisible": True}, None),
    ],
)
def test_over_is_illegal_with_a_divisible_load_or_without_a_permit(gross, facts, illegal):
    assert said(gross, **facts)["illegal_over_limit"] is illegal


@pytest.mark.parametrize(("gross", "flagged"), [(99_999, False), (100_000, True), (100_001, True)])
def test_a_hundred_tonnes(gross, flagged):
    assert said(gross)["hundred_tonne"] is flagged


@pytest.mark.parametrize(
    ("gross", "facts", "suspected"),
    [
        (16_500, {"kerb_kg": 15_000, "empty": True}, False),
        (16_501, {"kerb_kg": 15_000, "empty": True}, True),
        (16_501, {"kerb_kg": 15_000, "empty": False}, False),
        (16_501, {"kerb_kg": 15_000}, False),
        (16_501, {"empty": True}, False),
    ],
)
def test_an_empty_truck_much_above_its_kerb_mass_is_suspected_and_nothing_more(gross, facts, suspected):
    found = said(gross, **facts)
    assert found["suspicions"] == (["under-declared"] if suspected else [])
    marks = [one["verified"] for one in found["findings"] if one["rule"] == "under-declared"]
    assert marks == ([False] if suspected else [])
    assert (found["action"], found["penalties"]) == ("release", [])


@pytest.mark.parametrize(("field", "value"), [("divisible", "no"), ("permit", "P-1"), ("goods", 3), ("empty", 1)])
def test_a_wrong_load_is_named(field, value):
    assert said(30_000, **{field: value})["error"]["field"] == field


@pytest.mark.parametrize(
    ("excess_kg", "limit_kg", "share"),
    [(9_400, 42_000, "0.2238"), (1, 20_000, "0.0001"), (1, 20_001, "0.0000"), (1, 1, "1.0000"), (1, 0, None)],
)
def test_a_share_has_four_places_half_up_and_of_no_limit_there_is_none(excess_kg, limit_kg, share):
    assert ratio(excess_kg, limit_kg) == share


def test_a_truck_lighter_than_its_kerb_mass_carries_nothing():
    found = said(9_000, rated_load_kg=20_000, kerb_kg=9_500)["findings"]
    assert [(one["measured"], one["excess"]) for one in found if one["rule"] == "rated-load"] == [(0, 0)]


def test_over_the_rated_load_alone_is_nothing_over_the_licence():
    vehicle = Vehicle(licence_gross_kg=4_500, rated_load_kg=1_700, kerb_kg=2_700)
    assert rating(vehicle, 4_450) == Verdict("exceeded", 4_500, 0, "0.0000", reasons=("over-rated-load",))


def test_an_empty_vehicle_is_under_declared_by_what_it_weighs_above_its_papers():
    found = [under_declared(Vehicle(kerb_kg=15_000), Load(empty=True), kg, 10) for kg in (16_500, 16_501)]
    assert [None if one is None else (one.limit, one.excess) for one in found] == [None, (15_000, 1_501)]


@pytest.mark.parametrize(
    ("load", "checked", "illegal"),
    [
        (Load(), False, None),
        (Load(), True, True),
        (Load(divisible=True), False, True),
        (Load(divisible=False), False, None),
        (Load(divisible=False, permit=True), False, None),
        (Load(divisible=False, permit=False), False, True),
    ],
)
def test_over_the_limit_is_illegal_where_no_permit_could_make_it_lawful(load, checked, illegal):
    assert illegal_over_limit(Verdict("exceeded"), load, permit_checked=checked) is illegal


@pytest.mark.parametrize(
    ("papers", "outcome", "reasons"),
    [
        ({}, "undetermined", ["unknown-licence_gross_kg", "unknown-rated_load_kg"]),
        ({"rated_load_kg": 20_000}, "undetermined", ["unknown-licence_gross_kg", "unknown-kerb_kg"]),
        ({"licence_gross_kg": 49_000}, "within", []),
        ({"licence_gross_kg": 49_000, "rated_load_kg": None}, "undetermined", ["unknown-rated_load_kg"]),
        ({"licence_gross_kg": 49_000, "rated_load_kg": 20_000, "kerb_kg": None}, "undetermined", ["unknown-kerb_kg"]),
        (
            {"licence_gross_kg": None, "rated_load_kg": 20_000, "kerb_kg": 10_000},
            "undetermined",
            ["unknown-licence_gross_kg"],
        ),
        ({"licence_gross_kg": None, "rated_load_kg": 19_999, "kerb_kg": 10_000}, "exceeded", []),
        ({"licence_gross_kg": 29_999, "rated_load_kg": None}, "exceeded", []),
    ],
    ids=str,
)
def test_papers_that_are_unknown_are_named_and_never_within(papers, outcome, reasons):
    found = said(30_000, **papers)["verdicts"]["vehicle_rating"]
    assert (found["outcome"], found["reasons"]) == (outcome, reasons)
