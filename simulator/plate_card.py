"""The picture a simulated camera takes: a card with the plate's letters and digits on it, drawn as a grey JPEG.

One square of the card is one 8 by 8 block of the JPEG, all of one brightness: a baseline file needs nothing but the
block's mean then, the first of its coefficients (ITU-T T.81, Annexes B, F).
"""

import struct
from collections.abc import Iterable, Sequence
from itertools import pairwise

WHITE, BLACK, MARGIN = 235, 20, 1
FONT = {
    "0": "75557", "1": "26227", "2": "71747", "3": "71717", "4": "55711", "5": "74717", "6": "74757", "7": "71111",
    "8": "75757", "9": "75717", "A": "25755", "B": "65656", "C": "34443", "D": "65556", "E": "74647", "F": "74644",
    "G": "34553", "H": "55755", "I": "72227", "J": "11152", "K": "55655", "L": "44447", "M": "57755", "N": "65555",
    "O": "25552", "P": "65644", "Q": "25573", "R": "65655", "S": "34216", "T": "72222", "U": "55557", "V": "55552",
    "W": "55775", "X": "55255", "Y": "55222", "Z": "71247",
}  # fmt: skip
"""Five rows from the top, three squares each: the bits of an octal digit."""
NOT_DRAWN = "77777"
"""A province's character, and whatever else has no letter here: a filled field."""

ALL_EIGHTS = bytes([8]) * 64
MEANS = bytes([0, 0, 0, 12, *[0] * 12, *range(12)])
"""Huffman table of differences between means: twelve sizes, each a code of four bits that is the size itself."""
NO_MORE = bytes([1, *[0] * 15, 0])
"""Huffman table of the other coefficients: one code, the bit 0, for 'none of them'."""


def plate_card(plate: str | None) -> bytes:
    """The JPEG; an empty card where the plate cannot be read."""
    return _jpeg(_squares(plate or ""))


def _squares(text: str) -> list[list[int]]:
    """Rows of brightness, 0 to 255."""
    width = 2 * MARGIN + max(4 * len(text) - 1, 1)
    rows = [[WHITE] * width for _ in range(2 * MARGIN + 5)]
    for place, letter in enumerate(text):
        for y, bits in enumerate(FONT.get(letter, NOT_DRAWN)):
            for x in range(3):
                if int(bits, 8) & 4 >> x:
                    rows[MARGIN + y][MARGIN + 4 * place + x] = BLACK
    return rows


def _jpeg(rows: Sequence[Sequence[int]]) -> bytes:
    size = struct.pack(">HH", 8 * len(rows), 8 * len(rows[0]))
    return b"".join(
        (
            b"\xff\xd8",
            _segment(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"),
            _segment(0xDB, b"\0" + ALL_EIGHTS),
            _segment(0xC0, b"\x08" + size + b"\x01\x01\x11\0"),
            _segment(0xC4, b"\0" + MEANS),
            _segment(0xC4, b"\x10" + NO_MORE),
            _segment(0xDA, b"\x01\x01\0\0\x3f\0"),
            _scan(one for row in rows for one in row),
            b"\xff\xd9",
        )
    )


def _segment(marker: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def _scan(blocks: Iterable[int]) -> bytes:
    """Each block's mean as its difference from the block before, then 'no more'; filled up with ones to a byte."""
    bits = "".join(f"{_difference(after - before)}0" for before, after in pairwise((128, *blocks)))
    bits += "1" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8).replace(b"\xff", b"\xff\0")


def _difference(step: int) -> str:
    """How many bits it takes, in four, and these; a negative one as its ones' complement."""
    length = abs(step).bit_length()
    return f"{length:04b}" + (f"{step if step > 0 else step + (1 << length) - 1:0{length}b}" if length else "")
