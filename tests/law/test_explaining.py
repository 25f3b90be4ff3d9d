"""The paragraph for a person: nothing that was decided is missing from it, and every number has its clause."""

import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import ConfigError
from gateway.law.permits import PRESUMED
from weighgate.explained_words import LANGUAGES, NAMES, SAID
from weighgate.explaining import explain
from weighgate.judging import judge_line, judge_stream, load_shipped_laws

CONFIG = Path(__file__).resolve().parents[2] / "config"
LAWS = load_shipped_laws(CONFIG)
TRUCK = {"id": "t", "axles": "1+2+3", "body": "articulated", "drive_axles": 2, "gross_kg": 58_400, "divisible": True}


def said(**changed):
    return judge_line(json.dumps(TRUCK | changed), LAWS)


@pytest.mark.parametrize(
    ("language", "parts"),
    [
        ("en", ["over 49000 kg by 9400 kg", "0.1918", "drawing 65", "art.43(2)", "4500", "Illegal", "holds it"]),
        ("zh", ["超过49000 kg，超出9400 kg", "0.1918", "drawing 65", "art.43(2)", "4500", "违法超限", "滞留"]),
    ],
)
def test_an_excess_is_explained_with_its_clauses(language, parts):
    text = explain(said(), language)
    assert all(part in text for part in parts), text
    assert "\n" not in text


@pytest.mark.parametrize(("language", "words"), [("en", "undetermined"), ("zh", "无法判定")])
def test_what_is_not_known_is_explained_by_its_candidates(language, words):
    text = explain(said(drive_axles=None, gross_kg=47_000), language)
    assert all(part in text for part in (words, "unknown-drive_axles", "46000", "49000")), text


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
    with pytest.raises(ConfigError, match="CN-ZJ"):
        load_shipped_laws(CONFIG, jurisdiction="zhejiang")


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
    assert "轴组载荷:3 33000 / 24000 kg" in explain(found, "zh")
    assert {*compared, *found["presumed"]} - SAID["zh"].keys() - NAMES["zh"].keys() == set()
    assert set(PRESUMED.values()) <= NAMES["zh"].keys()
