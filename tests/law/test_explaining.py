"""The paragraph for a person: nothing that was decided is missing from it, and every number has its clause."""

import io
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from central.cases.document_fields import BODIES as PRINTED
from gateway.core.vehicle import BODIES, FAMILIES, UNSOUND
from gateway.errors import ConfigError
from gateway.law.permits import PRESUMED
from gateway.settings import LawChoice
from weighgate.explained_reasons import KINDS, REASONS, candidate, reason
from weighgate.explained_words import LANGUAGES, NAMES, SAID
from weighgate.explaining import explain
from weighgate.judging import judge_line, judge_stream, load_shipped_laws

CONFIG = Path(__file__).resolve().parents[2] / "config"
LAWS = load_shipped_laws(CONFIG)
SETS = {name: load_shipped_laws(CONFIG, limits=name) for name in ("cn-annex124-2016", "cn-order62-2016", "cn-gb1589")}
TRUCK = {"id": "t", "axles": "1+2+3", "body": "articulated", "drive_axles": 2, "gross_kg": 58_400, "divisible": True}


def said(**changed):
    return judge_line(json.dumps(TRUCK | changed), LAWS)


@pytest.mark.parametrize(
    ("language", "parts"),
    [
        ("en", ["over 49000 kg by 9400 kg", "0.1918", "drawing 65", "art.43(2)", "4500", "Illegal", "holds it"]),
        ("zh", ["超过49000 kg，超出9400 kg", "0.1918", "drawing 65", "art.43(2)", "4500", "违法超限", "拦停"]),
    ],
)
def test_an_excess_is_explained_with_its_clauses(language, parts):
    text = explain(said(), language)
    assert all(part in text for part in parts), text
    assert "\n" not in text


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "within 49000 kg by mass, over otherwise (over-height_mm)"),
        ("zh", "未超过49000 kg，其他项目超出（车高超限）"),
    ],
)
def test_who_is_too_high_is_not_called_too_heavy(language, words):
    text = explain(said(gross_kg=40_000, height_mm=4_500), language)
    assert words in text
    assert " 0 kg" not in text
    assert "超出0" not in text


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "undetermined (unknown-drive_axles) [articulated, one drive axle: 46000 kg; articulated, several drive"),
        ("zh", "无法判定（驱动轴数不详），可能的限值：铰接列车、单驱动轴：46000 kg；铰接列车、多驱动轴：49000 kg。"),
    ],
)
def test_what_is_not_known_is_explained_by_its_candidates(language, words):
    text = explain(said(drive_axles=None, gross_kg=47_000), language)
    assert words in text


# Every reason there is, and what the unknown could be: none of it is left a code in the Chinese paragraph.
CODED = [
    *((fault, REASONS[fault]) for fault in sorted(UNSOUND)),
    ("no-drawing:articulated (note 5: GB 1589-2016)", "限值表未列此车型：铰接列车"),
    ("no-axle-load-row:4 axles", "轴荷表未列此轴组：4轴"),
    ("unknown-axle-load-limit:3", "轴组限值不详：3"),
    ("over-axle-load:3", "轴组载荷超限：3"),
    ("over-rated-load", "超过核定载质量"),
    ("over-height_mm", "车高超限"),
    ("conforms:cn-gb1589", "符合：cn-gb1589"),
    ("no-error-known-for-class:7", "该准确度等级的允许误差不详：7"),
]
COULD_BE = [
    ("rigid/drawbar-train 6 to 32 axles, single drive axle", "载货汽车或全挂汽车列车6至32轴、单驱动轴"),
    ("centre-axle-train 1+2+3", "中置轴挂车列车1+2+3"),
    ("articulated, no wide tyres, trailer axles close", "铰接列车、非宽基轮胎、挂车轴距小"),
    ("tractor/low-speed", "拖拉机或低速货车"),
    ("with the permit", "持通行证"),
]


def test_a_reason_and_a_candidate_have_chinese_words():
    assert [reason(code, "zh") for code, _ in CODED] == [words for _, words in CODED]
    assert [candidate(what, "zh") for what, _ in COULD_BE] == [words for _, words in COULD_BE]
    assert [reason(code, "en") for code, _ in CODED] == [code for code, _ in CODED]
    assert KINDS.keys() == {*BODIES, *FAMILIES}
    assert PRINTED.items() <= KINDS.items()


AWKWARD = {
    "axles": ["1+1", "2+4", "1+2+3", "1+1+2", "2+2+3", "1+1+1+1"],
    "body": [None, "rigid", "articulated", "drawbar-train"],
    "gross_kg": [4_000, 17_000, 35_500, 47_000, 171_000],
    "drive_axles": [None, 1],
    "tyres": [None],
    "wide_tyres": [None],
    "air_suspension": [None, True],
    "family": [None, "fire", "tractor", "refrigerated"],
    "licence_gross_kg": [None, 17_500],
    "rated_load_kg": [9_000],
    "kerb_kg": [8_000],
    "height_mm": [None, 4_100],
    "width_mm": [2_600],
    "length_mm": [1_000, 19_000],
    "axle_loads_kg": [[9_000, 9_000]],
    "spacings_mm": [[400], [3_000]],
    "permit": [None, {"class": "III", "gross_kg": 60_000}],
    "plate": [None],
    "divisible": [None, False],
    "posted_limit_kg": [10_000],
    "instrument": [{"class": "7"}, {"class": "5", "interval_kg": 50, "valid_until": None}],
    "undetermined": ["presume"],
    "site_kind": ["toll-entrance"],
}


@given(st.fixed_dictionaries({"gross_kg": st.sampled_from(AWKWARD["gross_kg"])}, optional={
    name: st.sampled_from(values) for name, values in AWKWARD.items() if name != "gross_kg"
}), st.sampled_from(sorted(SETS)))  # fmt: skip
def test_no_code_is_left_in_the_chinese_paragraph(line, limits):
    found = judge_line(json.dumps({"axles": "1+2+3"} | line), SETS[limits])
    if "error" in found:
        return
    verdicts = found["verdicts"].values()
    words = [reason(one, "zh") for verdict in verdicts for one in verdict["reasons"] if one != "no-posted-limit-given"]
    words += [reason(one["proof_by"]["reason"] or "", "zh") for one in verdicts]
    words += [candidate(one["what"], "zh") for verdict in verdicts for one in verdict["candidates"]]
    assert [one for one in words if re.search("[a-z]", one.partition("：")[0])] == []
    assert {one.partition(":")[0] for one in (*found["presumed"], *found["suspicions"])} <= NAMES["zh"].keys()


@given(
    st.sampled_from(LANGUAGES),
    st.integers(1, 150_000),
    st.sampled_from(["rigid", "articulated", "centre-axle-train", "drawbar-train", None]),
    st.sampled_from(["1+1", "1+2", "2+2", "1+1+3", "1+2+3", "2+2+1+1", "1+2+4"]),
    st.sampled_from(["transport", "police-at-joint-station", "operator", "unattended"]),
    st.sampled_from(["source-exit", "checkpoint", "toll-entrance"]),
)
def test_nothing_that_was_imposed_is_left_out(language, gross_kg, body, axles, mode, kind):
    found = said(gross_kg=gross_kg, body=body, axles=axles, drive_axles=1, enforcement_mode=mode, site_kind=kind)
    text = explain(found, language)
    assert all(one["clause"] in text for one in found["penalties"])
    assert all(one["clause"] in text for one in found["findings"] if one["limit"] is not None)
    assert "None" not in text


def test_a_bad_line_is_explained_too_and_another_language_is_not():
    out = io.BytesIO()
    judge_stream(io.BytesIO(b'{"id": "x", "axles": "1+1"}\n'), out, LAWS, "en")
    assert json.loads(out.getvalue())["explanation"] == "This line cannot be judged: gross_kg is required."
    with pytest.raises(ConfigError, match="zh, en"):
        judge_stream(io.BytesIO(), io.BytesIO(), LAWS, "fr")


def test_a_province_s_own_penalties_are_chosen_by_jurisdiction():
    national = said()
    zhejiang = judge_line(json.dumps(TRUCK), load_shipped_laws(CONFIG, jurisdiction="CN-ZJ"))
    fines = [
        {one["clause"].split()[0]: one["amount_yuan"]["max"] for one in found["penalties"] if one["kind"] == "fine"}
        for found in (national, zhejiang)
    ]
    assert fines[0]["cn-order62-2016"] == 4500
    assert "cn-order62-2016" not in fines[1]


@pytest.mark.parametrize("named", ["zhejiang", "CN-ZJ-HZ", "CN-330000", "cn", "CN-ZJ\n", ""])
def test_a_jurisdiction_is_what_a_site_s_file_may_name(named):
    with pytest.raises(ConfigError, match="is neither CN nor a province such as CN-HA; those"):
        load_shipped_laws(CONFIG, jurisdiction=named)
    with pytest.raises(ValidationError):
        LawChoice(limits="cn-order62-2016", undetermined="hold", jurisdiction=named)


WORDLESS = [
    ({"goods": "hazardous"}, "never unloaded at the roadside", "不得就地卸载"),
    ({"goods": "fresh-produce"}, "no toll exemption", "鲜活农产品"),
    ({"permit": {"valid_until": "2020-01-01"}, "at": "2026-01-01T00:00:00Z"}, "the permit has expired", "通行证已过期"),
    ({"permit": {"class": "II"}, "divisible": False, "height_mm": 4_100}, "states no height", "通行证未载明车高"),
    ({"permit": {"route": ["G30"]}, "road": "G36"}, "not for this road", "不在通行证核定路线上"),
]


@pytest.mark.parametrize(("facts", "english", "chinese"), WORDLESS, ids=[words for _, words, _ in WORDLESS])
def test_what_has_no_number_is_said_in_words(facts, english, chinese):
    for language, words in (("en", english), ("zh", chinese)):
        text = explain(said(**facts), language)
        assert words in text
        clauses = [one["clause"] for one in said(**facts)["findings"] if one["rule"] in SAID[language]]
        assert clauses
        assert all(clause in text for clause in clauses)


def test_every_rule_without_a_number_has_words_in_both_languages():
    assert SAID["zh"].keys() == SAID["en"].keys()
    treatments = {one.treatment for one in LAWS.treatments.rows} - {"cars-counted"}
    assert treatments | PRESUMED.keys() <= SAID["en"].keys()


def test_what_is_compared_and_what_is_presumed_have_chinese_names():
    facts = {
        "axle_loads_kg": [7_400, 9_000, 9_000, 11_000, 11_000, 11_000],
        "height_mm": 4_100,
        "licence_gross_kg": 49_000,
    }
    shown = {"class": "II", "gross_kg": 60_000, "height_mm": 4_200, "speed_km_h": 60}
    found = said(**facts, permit=shown, divisible=False, posted_limit_kg=40_000)
    compared = [one["rule"].partition(":")[0] for one in found["findings"] if one["limit"] is not None]
    assert {"gross", "gross-elsewhere", "height_mm", "vehicle-rating", "posted-limit", "permit-gross"} <= set(compared)
    assert "轴组载荷：3 33000 / 24000 kg" in explain(found, "zh")
    assert {*compared, *found["presumed"]} - SAID["zh"].keys() - NAMES["zh"].keys() == set()
    assert set(PRESUMED.values()) <= NAMES["zh"].keys()
