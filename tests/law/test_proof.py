"""Proven or not: the band of the instrument around the limit, as a table, and what never proves anything."""

import json
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.vehicle import Measurement, Vehicle
from gateway.core.verdict import Verdict
from gateway.errors import ConfigError
from gateway.law.limits import Law, judge
from gateway.law.proof import ClassError, Instrument, Proof, StepError, prove
from gateway.lawfiles import load_instruments, load_limits_dir, load_linkage
from weighgate.checking import check_file
from weighgate.judging import judge_line, load_shipped_laws

CONFIG = Path(__file__).resolve().parents[2] / "config"
FILE = CONFIG / "law" / "instruments" / "cn-in-service.toml"
TABLE = load_instruments(FILE)
LINKAGE = load_linkage(CONFIG / "law" / "linkage" / "cn-default.toml")
ANNEX = load_limits_dir(CONFIG / "law" / "limits")["cn-annex124-2016"]
LAW = Law(ANNEX, (), LINKAGE, "checkpoint", "transport")
LAWS = load_shipped_laws(CONFIG)
TRUCK = Vehicle((1, 2, 3), "articulated", 2)  # 49 000 kg

# class  d  weighings   proven within to   proven over from
BANDS = """
  0.5    5    1             48755            49246
  1     10    1             48510            49491
  2     20    6             48020            49981
  5     50    6             46550            51451
  10   100    6             44100            53901
  0.2  100    6             47800            50201
  III   20    1             48940            49061
"""


def proof(gross_kg: int, instrument: Instrument | None, vehicle: Vehicle = TRUCK) -> Proof:
    said = judge(vehicle, Measurement(gross_kg), LAW)
    return prove(said, gross_kg, instrument, TABLE)["road_limit"]


@pytest.mark.parametrize("row", [line.split() for line in BANDS.strip().splitlines()], ids=lambda row: row[0])
def test_the_band_of_each_class_at_49_tonnes(row):
    class_, *numbers = row
    interval_kg, weighings, within_kg, over_kg = map(int, numbers)
    by = Instrument(class_, interval_kg, weighings)
    assert proof(within_kg, by).outcome == "proven_within"
    assert proof(within_kg + 1, by).outcome == "inconclusive"
    assert proof(over_kg - 1, by).outcome == "inconclusive"
    found = proof(over_kg, by)
    assert (found.outcome, found.band_kg) == ("proven_over", over_kg - 49_001)
    assert class_ in (found.factor or "")
    assert found.verified is False


def test_a_stated_uncertainty_goes_before_the_class():
    by = Instrument("10", 20, None, uncertainty_kg=100)
    assert proof(49_320, by).outcome == "proven_over"  # 3.09 x 100 kg + 20 kg / 2 = 319 kg
    assert proof(49_319, by).outcome == "inconclusive"
    assert proof(49_320, by).clause == "JCGM 106 guard band, k = 3.09"


@pytest.mark.parametrize(
    ("interval_kg", "uncertainty_kg", "band_kg", "factor"),
    [
        (None, 100, 309, "3.090 x 100 kg standard uncertainty"),
        (None, 1_000, 3_090, "3.090 x 1000 kg standard uncertainty"),
        (20, 100, 319, "3.090 x 100 kg standard uncertainty + 20 kg / 2"),
    ],
)
def test_the_band_of_a_stated_uncertainty_names_its_parts(interval_kg, uncertainty_kg, band_kg, factor):
    found = proof(60_000, Instrument(None, interval_kg, None, uncertainty_kg=uncertainty_kg))
    assert (found.band_kg, found.factor) == (band_kg, factor)


NEVER = [
    (None, "unknown-instrument"),
    (Instrument("5", 50, 6, certificate="expired"), "certificate-expired"),
    (Instrument("5", 50, 6, 10, certificate="missing"), "certificate-missing"),
    (Instrument(None, 50, 6), "unknown-class"),
    (Instrument("7", 50, 6), "no-error-known-for-class:7"),
    (Instrument("5", None, 6), "unknown-interval"),
    (Instrument("5", 50, None), "unknown-number-of-weighings"),
]


@pytest.mark.parametrize(("by", "reason"), NEVER, ids=[reason for _, reason in NEVER])
@pytest.mark.parametrize("gross_kg", [1_000, 120_000])
def test_what_proves_nothing(by, reason, gross_kg):
    found = proof(gross_kg, by)
    assert (found.outcome, found.reason, found.band_kg) == ("inconclusive", reason, None)
    assert found.verified is False


def test_all_candidates_must_be_proven():
    unknown = replace(TRUCK, drive_axles=None)  # 46 000 or 49 000 kg
    by = Instrument("0.5", 5, 1)
    assert proof(49_245, by, unknown).outcome == "inconclusive"
    assert proof(49_246, by, unknown).outcome == "proven_over"
    assert proof(47_000, by, unknown).reason == "undetermined"
    assert proof(45_771, by, unknown).outcome == "inconclusive"
    assert proof(45_770, by, unknown).outcome == "proven_within"


# licence's gross, weighed, proof. The rated load makes 45 000 kg gross, where the band is 225 kg
RATING_PROOFS = [
    (49_000, 44_775, "proven_within", None),
    (49_000, 44_776, "inconclusive", None),  # far below the licence's gross, and not of its load
    (49_000, 45_000, "inconclusive", None),
    (49_000, 45_225, "inconclusive", None),
    (49_000, 45_226, "proven_over", None),
    (44_000, 43_780, "proven_within", None),  # the licence's gross is the lower one
    (44_000, 43_781, "inconclusive", None),
    (None, 44_775, "proven_within", None),
    (46_000, 46_100, "inconclusive", None),  # what is said is that it is over its gross, and that is not proven
]


@pytest.mark.parametrize(("licence_kg", "gross_kg", "outcome", "reason"), RATING_PROOFS)
def test_the_papers_are_proven_at_the_lower_of_their_two_limits(licence_kg, gross_kg, outcome, reason):
    papers = replace(TRUCK, licence_gross_kg=licence_kg, rated_load_kg=30_000, kerb_kg=15_000)
    said = judge(papers, Measurement(gross_kg), LAW)
    found = prove(said, gross_kg, Instrument("0.5", 5, 1), TABLE)["vehicle_rating"]
    assert (found.outcome, found.reason) == (outcome, reason)


@given(
    st.sampled_from(sorted(TABLE.classes)),
    st.sampled_from([5, 20, 50, 200]),
    st.integers(1, 10),
    st.integers(600, 120_000),
    st.integers(0, 2000),
)
def test_a_proof_is_never_against_the_verdict_and_never_weaker_for_more(class_, interval_kg, weighings, gross, more):
    by = Instrument(class_, interval_kg, weighings)
    rank = {"proven_within": 0, "inconclusive": 1, "proven_over": 2}
    light, heavy = proof(gross, by), proof(gross + more, by)
    assert rank[light.outcome] <= rank[heavy.outcome]
    outcome = judge(TRUCK, Measurement(gross), LAW).road_limit.outcome
    assert (light.outcome, outcome) not in {("proven_over", "within"), ("proven_within", "exceeded")}


@given(st.sampled_from(sorted(TABLE.classes)), st.sampled_from([5, 20, 100]), st.integers(1, 8), st.data())
def test_no_reading_that_the_instrument_may_show_of_a_legal_truck_proves_it_over(class_, interval_kg, weighings, data):
    truth_kg = data.draw(st.integers(30_000, 49_000))
    allowed_kg = TABLE.classes[class_].band_kg(truth_kg, interval_kg, weighings)
    assert proof(truth_kg + allowed_kg, Instrument(class_, interval_kg, weighings)).outcome != "proven_over"


FAULTS = [
    ("band_kg = 2450", "band_kg = 2400", "examples[3]: the band should be 2400 kg, the class says 2450"),
    ("basis_points = 500", "basis_points = 250", "examples[3]"),
    ('floor_intervals = 2\nverified = false\n\n[classes."0.5"]', 'verified = false\n\n[classes."0.5"]', "classes.0.2"),
    ("through_intervals = 500", "through_intervals = 3000", "must rise"),
    ("intervals = 3", "intervals = 1", "never allowed a smaller error"),
    ('class = "10"', 'class = "11"', "is no class of this file"),
    ("[coverage]", "[covering]", "unknown key"),
]


@pytest.mark.parametrize(("old", "new", "named"), FAULTS, ids=[fault[2] for fault in FAULTS])
def test_a_wrong_file_does_not_load(old, new, named, altered):
    with pytest.raises(ConfigError, match=re.escape(named)):
        load_instruments(altered(FILE, old, new))


LINE = {"axles": "1+2+3", "body": "articulated", "drive_axles": 2, "gross_kg": 51_451}
AXLE = {"kind": "axle", "class": "5", "interval_kg": 50}


@pytest.mark.parametrize(
    ("instrument", "proven", "reason"),
    [
        (None, "inconclusive", "unknown-instrument"),
        (AXLE, "proven_over", "certificate-presumed"),
        (AXLE | {"valid_until": "2026-11-20"}, "inconclusive", "certificate-expired"),
        (AXLE | {"valid_until": "2026-11-21"}, "proven_over", None),
        (AXLE | {"valid_until": None}, "inconclusive", "certificate-missing"),
        (AXLE | {"class": "10"}, "inconclusive", "certificate-presumed"),
        (AXLE | {"class": 5}, "proven_over", "certificate-presumed"),
    ],
)
def test_judge_says_what_is_proven_and_does_the_same_either_way(instrument, proven, reason):
    line = LINE | {"instrument": instrument, "at": "2026-11-21T08:00:00+08:00"}
    said = judge_line(json.dumps(line), LAWS)
    road = said["verdicts"]["road_limit"]
    assert (road["proof"], road["proof_by"]["reason"]) == (proven, reason)
    assert (road["outcome"], said["action"]) == ("exceeded", "hold")


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"kind": "eye"}, "instrument.kind"),
        ({"class": [5]}, "instrument.class"),
        ({"interval_kg": 0}, "instrument.interval_kg"),
        ({"interval_kg": 201}, "instrument.interval_kg"),
        ({"colour": "red"}, "instrument.colour"),
        ({"valid_until": "soon"}, "instrument.valid_until"),
    ],
)
def test_a_wrong_instrument_is_named(changed, field):
    said = judge_line(json.dumps(LINE | {"instrument": AXLE | changed, "at": "2026-11-21T08:00:00Z"}), LAWS)
    assert said["error"]["field"] == field


@pytest.mark.parametrize(("class_", "warned"), [("III", False), ("2", False), ("5", False), ("10", True)])
def test_check_warns_of_a_tolerance_smaller_than_the_instrument_supports(class_, warned, tmp_path):
    site = tmp_path / "toll.toml"
    text = (CONFIG / "sites" / "toll.toml").read_text(encoding="utf-8")
    text = re.sub(r'(?m)^class = "[^"]*"', f'class = "{class_}"', text)
    site.write_text(text, encoding="utf-8")
    (tmp_path / "vehicles.csv").write_bytes((CONFIG / "sites" / "vehicles.csv").read_bytes())
    found = check_file(site, CONFIG, date(2026, 11, 21))
    assert any("more than the tolerance of 5 %" in warning for warning in found.warnings) is warned


@pytest.mark.parametrize(
    ("error", "limit_kg", "interval_kg", "weighings", "band_kg"),
    [
        (ClassError("", True, 10_000, None, ()), 20_000, 1, 1, 20_000),
        (ClassError("", True, 1, None, ()), 100, 1, 6, 1),  # a hundredth of a kg is one: doubt is rounded up
        (ClassError("", True, 1, 2, ()), 100, 1, 6, 12),
        (ClassError("", True, None, None, (StepError(10, 1), StepError(None, 2))), 40, 10, 3, 30),
        (ClassError("", True, None, None, (StepError(10, 1), StepError(None, 2))), 41, 10, 3, 60),  # may show 101 kg
    ],
)
def test_the_band_of_a_share_has_a_floor_and_steps_are_reached_with_their_error(
    error, limit_kg, interval_kg, weighings, band_kg
):
    assert error.band_kg(limit_kg, interval_kg, weighings) == band_kg


@pytest.mark.parametrize(("weighings", "says"), [(1, "d = 5 kg, 1 weighing"), (6, "d = 5 kg, 6 partial weighings")])
def test_the_factor_says_how_often_it_was_weighed(weighings, says):
    assert (proof(49_246, Instrument("0.5", 5, weighings)).factor or "").endswith(says)


def test_over_by_a_size_alone_the_mass_proves_nothing():
    said = judge(TRUCK, Measurement(49_000), LAW)._replace(road_limit=Verdict("exceeded", 49_000, 0))
    assert prove(said, 49_000, Instrument("0.5", 5, 1), TABLE)["road_limit"].reason == "not-over-by-mass"
