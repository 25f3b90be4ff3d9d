"""Protocols at line settings that no pseudo-terminal can carry: heard bit by bit, and never taken for another."""

import pytest

from drivers.protocol import load_protocols
from drivers.sniff.line import Line, settings_to_walk
from simulator.uart import heard
from weighgate.confusion import Format, formats, lines_for, stream_of, trial

FORMATS = formats()


@pytest.mark.parametrize("one", FORMATS, ids=lambda one: one.name)
def test_a_format_is_named_at_a_setting_and_nobody_else_ever(one: Format) -> None:
    lines = lines_for(one)
    mine = sum(one.name.encode())  # each takes two of the settings, so that together they meet all
    for sent in (lines[mine % len(lines)], lines[(mine + 5) % len(lines)]):
        made = trial(one, sent, FORMATS)
        assert made.right, (str(sent), made)


def test_the_receiver_hears_what_was_sent_at_its_own_setting() -> None:
    data = bytes(range(256))
    for line in settings_to_walk():
        assert heard(data, line, line, gap_s=0.01) == bytes(byte & (1 << line.bytesize) - 1 for byte in data)


def test_eight_bits_hear_seven_and_their_parity() -> None:
    assert heard(b"A", Line(9600, 7, "E"), Line(9600), gap_s=0.01) == b"A"
    assert heard(b"C", Line(9600, 7, "E"), Line(9600), gap_s=0.01) == bytes([ord("C") | 0x80])


def test_a_wrong_baud_rate_is_rubbish() -> None:
    data = stream_of(load_protocols()["yaohua-continuous-0"])
    assert heard(data, Line(9600), Line(4800), gap_s=0.01) != data
