"""Every code has its words: on the sign and by voice, in Chinese and in English; a province may say its own."""

import re
from pathlib import Path
from typing import get_args

import pytest

from gateway.core.effects import ShowText, TextCode
from gateway.errors import ConfigError
from gateway.lawfiles import load_linkage
from gateway.wording import sign_lines, spoken

FOLDER = Path(__file__).resolve().parents[2] / "config" / "law" / "linkage"
FILES = sorted(FOLDER.glob("*.toml"))
WORDS = load_linkage(FOLDER / "cn-default.toml").words
CHINESE = re.compile("[\u4e00-\u9fff]")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_code_has_words_in_both_languages(path):
    words = load_linkage(path).words
    assert set(words.messages) == set(get_args(TextCode))
    pairs = [*words.notices.values(), *words.release_grounds.values()]
    pairs += [("".join(lines.zh), "".join(lines.en)) for lines in (one.sign for one in words.messages.values())]
    pairs += [one.voice for one in words.messages.values()]
    for chinese, english in pairs:
        assert CHINESE.search(chinese)
        assert english.isascii()


@pytest.mark.parametrize("english", [False, True])
@pytest.mark.parametrize("code", sorted(get_args(TextCode)))
def test_no_placeholder_is_left_whatever_is_unknown(code, english):
    for message in (ShowText(code), ShowText(code, "豫A00001", 58_400, 49_000)):
        said = (*sign_lines(message, WORDS, english=english), spoken(message, WORDS, english=english))
        assert not any(brace in line for line in said for brace in "{}")


def test_the_voice_says_mass_and_limit():
    over = ShowText("exceeded", "豫A00001", 58_400, 49_000)
    assert spoken(over, WORDS) == "豫A00001,58.40吨,限49.00吨,已超限,请按引导停车卸载"
    assert spoken(ShowText("exceeded"), WORDS, english=True).startswith(
        "vehicle, unknown tonnes, the limit is unknown."
    )
    assert sign_lines(ShowText("within"), WORDS) == ("----", "--吨 请通行")


LOCAL = """id = "cn-xx"
amends = "cn-default"
jurisdiction = "CN-XX"

[words.messages.within]
sign = { zh = ["{plate}", "一路平安"], en = ["{plate}", "safe journey"] }
voice = { zh = "一路平安", en = "Safe journey." }
"""


def test_a_province_says_its_own_words_and_keeps_the_rest(tmp_path):
    (tmp_path / "cn-default.toml").write_bytes((FOLDER / "cn-default.toml").read_bytes())
    (tmp_path / "cn-xx.toml").write_text(LOCAL, encoding="utf-8")
    words = load_linkage(tmp_path / "cn-xx.toml").words
    assert sign_lines(ShowText("within", "豫A00001"), words) == ("豫A00001", "一路平安")
    assert spoken(ShowText("within"), words, english=True) == "Safe journey."
    assert {code for code, one in words.messages.items() if one != WORDS.messages[code]} == {"within"}
    assert (words.notices, words.release_grounds) == (WORDS.notices, WORDS.release_grounds)


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        (', en = "{plate}, {gross_t} tonnes, within the limit. Please go." }', " }", "words.messages.within.voice.en"),
        ("[words.messages.listed]", "[words.messages.lisited]", "words.messages.lisited"),
        ('weighing-form = { zh = "出具称重单"', 'weighing-form = { cn = "出具称重单"', "words.notices.weighing-form"),
        ("{gross_t} t: go", "{mass_t} t: go", "mass_t"),
        ("{gross_t} t: go", "{gross_t t: go", "words.messages.within.sign.en"),
        ('priority-check = { zh = "重点检查", en = "check first" }\n', "", "words.notices: priority-check is missing"),
    ],
)
def test_words_with_a_fault_do_not_load(old, new, named, altered):
    with pytest.raises(ConfigError, match=re.escape(named)):
        load_linkage(altered(FOLDER / "cn-default.toml", old, new))
