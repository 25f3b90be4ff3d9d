"""Mettler Toledo's continuous output has 17 bytes or 18, and only the stream tells which: what is known, and when."""

from decimal import Decimal

import pytest

from drivers.errors import FrameError
from drivers.framing import NEED_MORE, NO_FRAME
from drivers.protocol import protocol_named
from drivers.scales.toledo_continuous import LengthFrames

BARE = b"\x02" + b" " * 15 + b"\r"


@pytest.mark.parametrize(
    ("buffer", "size", "size_at_the_end"),
    [
        (BARE[:16], NEED_MORE, NEED_MORE),
        (BARE, NEED_MORE, 17),
        (BARE + b"A", 18, 18),
        (BARE + b"\x02", NEED_MORE, 18),  # a checksum, or the next frame
        (BARE + BARE[:16], NEED_MORE, 18),
        (BARE + BARE, 17, 17),
        (BARE + BARE[:16] + b"x", 18, 18),
        (b"x" + BARE, NO_FRAME, NO_FRAME),
        (BARE[:16] + b"x" + BARE, NO_FRAME, NO_FRAME),
    ],
)
def test_a_stream_that_was_not_seen_before(buffer: bytes, size: int, size_at_the_end: int) -> None:
    assert LengthFrames().size(buffer, final=False) == size
    assert LengthFrames().size(buffer, final=True) == size_at_the_end


def test_no_more_is_waited_for_than_the_next_frame() -> None:
    assert LengthFrames.size_max == len(BARE + BARE)


def test_what_was_learned_is_used_until_it_is_out_of_step() -> None:
    for wrong in (b"x" * 16 + b"\rx", b"x\x02" + b"x" * 14 + b"\rx", BARE[:15] + b"\rxx"):
        learned = LengthFrames()
        learned.judged(18, good=True)
        assert learned.size(BARE + b"\x02", final=False) == 18
        assert learned.size(BARE, final=True) == NEED_MORE
        assert learned.size(wrong, final=False) == NO_FRAME
        assert learned.size(BARE + b"\x02", final=False) == NEED_MORE
    learned = LengthFrames()
    learned.judged(17, good=True)
    assert learned.size(BARE, final=False) == 17
    learned.judged(17, good=False)
    assert learned.size(BARE, final=False) == NEED_MORE


def test_bit_7_is_looked_at_or_stripped() -> None:
    high = bytes(byte | 0x80 for byte in BARE)
    assert LengthFrames().size(high, final=True) == NO_FRAME
    assert LengthFrames(seven_bit=True).size(high, final=True) == 17
    learned = LengthFrames(seven_bit=True)
    learned.judged(18, good=True)
    assert learned.size(high + b"\x82", final=False) == 18


def test_weight_and_tare_have_six_digits_each() -> None:
    toledo = protocol_named("toledo-continuous")
    assert toledo.decode(b"\x02*0  12340000500\r").value == Decimal(12_340)
    for wrong in (
        b"\x02*0 " + b" " * 6 + b"000500\r",
        b"\x02*0  12340x00500\r",
        b"\x02*0  1234x000500\r",
        b"\x02*0 x12340000500\r",
        b"\x02*0  1234000050x\r",
    ):
        with pytest.raises(FrameError, match="not a weight and a tare"):
            toledo.decode(wrong)
