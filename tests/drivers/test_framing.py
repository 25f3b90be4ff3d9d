"""Where a splitter says that a frame ends, that more is needed, or that none begins: for each, at the last byte it may.

A splitter is asked whenever bytes have come, by whoever reads the stream; it must be right without the Reader's help.
"""

import pytest

from drivers.framing import NEED_MORE, NO_FRAME, Enclosed, FixedFrames, FixedLines, Lines, Splitter, StartFrames

ENCLOSED = Enclosed(first=b"<(", end=b">", size_max=6)
TWO_BYTES_END = Enclosed(first=b"$", end=b"\n\r", size_max=6)
LINES = Lines(first=b"SU", size_max=6)
FIXED_LINES = FixedLines(4, 6)
FIXED_FRAMES = FixedFrames(start=0x02, end=0x03, size=5)
START_FRAMES = StartFrames(start=0x3D, size=5)


@pytest.mark.parametrize(
    ("splitter", "buffer", "size", "size_at_the_end"),
    [
        (ENCLOSED, b">234>", NO_FRAME, NO_FRAME),
        (ENCLOSED, b"<", NEED_MORE, NO_FRAME),
        (ENCLOSED, b"<>", 2, 2),
        (ENCLOSED, b"(>3>", 2, 2),
        (ENCLOSED, b"<2345", NEED_MORE, NO_FRAME),
        (ENCLOSED, b"<2345>", 6, 6),
        (ENCLOSED, b"<23456", NO_FRAME, NO_FRAME),
        (ENCLOSED, b"<23456>", NO_FRAME, NO_FRAME),
        (TWO_BYTES_END, b"$2\n", NEED_MORE, NO_FRAME),
        (TWO_BYTES_END, b"$2\n\r", 4, 4),
        (TWO_BYTES_END, b"$2\r\n\r", 5, 5),
        (LINES, b"\nS", NO_FRAME, NO_FRAME),
        (LINES, b"S", NEED_MORE, NO_FRAME),
        (LINES, b"S\n", 2, 2),
        (LINES, b"U2\n\n", 3, 3),
        (LINES, b"S\r", NEED_MORE, 2),  # its LF may follow
        (LINES, b"S\rU", 2, 2),
        (LINES, b"S\rU\n", 2, 2),
        (LINES, b"S\r\n", 3, 3),
        (LINES, b"S2\r\nU", 4, 4),
        (LINES, b"S234\r", NEED_MORE, 5),
        (LINES, b"S234\r\n", 6, 6),
        (LINES, b"S234\rU", 5, 5),
        (LINES, b"S2345\n", 6, 6),
        (LINES, b"S2345", NEED_MORE, NO_FRAME),
        (LINES, b"S2345\r", NO_FRAME, NO_FRAME),  # no room for its LF
        (LINES, b"S23456", NO_FRAME, NO_FRAME),
        (LINES, b"S23456\n", NO_FRAME, NO_FRAME),
        (FIXED_LINES, b"1\r\n", NEED_MORE, NO_FRAME),
        (FIXED_LINES, b"12\r\n", 4, 4),
        (FIXED_LINES, b"123\r\n", NEED_MORE, NO_FRAME),
        (FIXED_LINES, b"1234\r\n", 6, 6),
        (FIXED_LINES, b"12345\r\n", NO_FRAME, NO_FRAME),
        (FIXED_FRAMES, b"\x02234", NEED_MORE, NO_FRAME),
        (FIXED_FRAMES, b"\x02234\x03", 5, 5),
        (FIXED_FRAMES, b"\x022345\x03", NO_FRAME, NO_FRAME),
        (FIXED_FRAMES, b"1\x02234\x03", NO_FRAME, NO_FRAME),
        (START_FRAMES, b"=234", NEED_MORE, NO_FRAME),
        (START_FRAMES, b"=2345", 5, 5),
        (START_FRAMES, b"2345=", NO_FRAME, NO_FRAME),
    ],
)
def test_a_frame_ends_here_or_later_or_not_at_all(
    splitter: Splitter, buffer: bytes, size: int, size_at_the_end: int
) -> None:
    assert splitter.size(buffer, final=False) == size
    assert splitter.size(buffer, final=True) == size_at_the_end
    assert size != NEED_MORE or len(buffer) < splitter.size_max


def test_what_is_no_size_counts_no_byte() -> None:
    assert (NEED_MORE, NO_FRAME) == (0, -1)
