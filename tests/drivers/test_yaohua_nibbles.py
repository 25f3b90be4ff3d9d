"""Yaohua's checksums are written in two ways: nibbles above 9 as A to F, or as 30 hex and the nibble, `:` to `?`."""

from decimal import Decimal

import pytest

from drivers.framing import NO_FRAME
from drivers.protocol import protocol_named
from drivers.readings import WeightReading

THIRTY_AND_THE_NIBBLE = bytes.maketrans(b"ABCDEF", b":;<=>?")


@pytest.mark.parametrize("name", ["yaohua-command", "yaohua-continuous-0"])
def test_every_nibble_is_read_in_both_ways(name: str) -> None:
    protocol, seen = protocol_named(name), set[int]()
    for value in range(100):
        frame = protocol.encode(WeightReading(Decimal(value), net=False))
        body, checksum, end = frame[:-3], frame[-3:-1], frame[-1:]
        seen |= {*checksum}
        assert protocol.decode(body + checksum.translate(THIRTY_AND_THE_NIBBLE) + end) == protocol.decode(frame)
    assert seen >= {*b"ABCDEF"}


def test_an_answer_has_fourteen_bytes_at_most() -> None:
    protocol = protocol_named("yaohua-command")
    answer = protocol.encode(WeightReading(Decimal(12_345), net=False))
    assert protocol.splitter().size(answer, final=False) == 14
    assert protocol.splitter().size(answer[:-1] + b"0", final=False) == NO_FRAME
