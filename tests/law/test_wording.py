"""Every code has its words: on the sign and by voice, in Chinese and in English."""

from typing import get_args, get_type_hints

import pytest

from gateway.core.effects import ShowText
from gateway.law.linkage import Notice, ReleaseGround
from gateway.wording import (
    CHINESE,
    ENGLISH,
    NOTICES,
    RELEASE_GROUNDS,
    VOICE_CHINESE,
    VOICE_ENGLISH,
    spoken,
    words,
)

CODES = set(get_args(get_type_hints(ShowText)["code"]))


@pytest.mark.parametrize("table", [CHINESE, ENGLISH, VOICE_CHINESE, VOICE_ENGLISH])
def test_every_message_has_words(table):
    assert set(table) == CODES


@pytest.mark.parametrize(("table", "codes"), [(NOTICES, Notice), (RELEASE_GROUNDS, ReleaseGround)])
def test_every_notice_and_release_ground_has_words_in_both_languages(table, codes):
    assert set(table) == set(get_args(codes))
    assert all(
        chinese and english and not chinese.isascii() and english.isascii() for chinese, english in table.values()
    )


@pytest.mark.parametrize("english", [False, True])
@pytest.mark.parametrize("code", sorted(CODES))
def test_no_placeholder_is_left_whatever_is_unknown(code, english):
    for message in (ShowText(code), ShowText(code, "豫A00001", 58_400, 49_000)):
        said = (*words(message, english=english), spoken(message, english=english))
        assert not any(brace in line for line in said for brace in "{}")


def test_the_voice_says_mass_and_limit():
    over = ShowText("exceeded", "豫A00001", 58_400, 49_000)
    assert spoken(over) == "豫A00001,58.40吨,限49.00吨,已超限,请按引导停车卸载"
    assert spoken(ShowText("exceeded"), english=True).startswith("vehicle, unknown tonnes, the limit is unknown.")
    assert words(ShowText("within")) == ("----", "--吨 请通行")
