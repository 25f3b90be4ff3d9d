"""Yaohua XK3190-A12E checked line: fifteen bytes, the letters of an XOR over the first eleven before CR LF.

    [W] [G|N] [7 weight] [k][g] [xor hi][xor lo] [0D][0A]      nine spaces and OL or LO: over or under its range
    |<--------- xor --------->|

Source: XK3190-A12E manual, page 13.
"""

import re
from decimal import Decimal
from functools import partial

from drivers.checksums import xor_of
from drivers.errors import FrameError
from drivers.framing import FixedLines
from drivers.numerals import digits, number
from drivers.protocol import Example, ScaleProtocol, Span
from drivers.readings import WeightReading

SIZE, COVERED = 15, 11
SHAPE = re.compile(rb"W([GN])(?=.{7}kg\Z)([ -]?) *([0-9]+(?:\.[0-9]+)?)kg")
NO_WEIGHT = {b" " * 9 + b"OL": "overload", b" " * 9 + b"LO": "underload"}


def decode(frame: bytes) -> WeightReading:
    body, checksum = frame[:COVERED], frame[COVERED:13]
    if checksum != b"%02X" % xor_of(body):
        raise FrameError(f"checksum {checksum!r} should be {b'%02X' % xor_of(body)!r}")
    if body in NO_WEIGHT:
        return WeightReading(None, status=NO_WEIGHT[body])
    found = SHAPE.fullmatch(body)
    if not found:
        raise FrameError(f"not a weight: {body!r}")
    return WeightReading(number(found[3], negative=found[2] == b"-"), "kg", net=found[1] == b"N")


def encode(reading: WeightReading) -> bytes:
    if reading.value is None:
        return reseal(next(body for body, status in NO_WEIGHT.items() if status == reading.status) + b"??\r\n")
    value = digits(reading.value, 7, b"0")
    if reading.value.is_signed():
        value = b"-" + digits(reading.value, 6, b"0")
    return reseal(b"W" + (b"N" if reading.net else b"G") + value + b"kg??\r\n")


def reseal(frame: bytes) -> bytes:
    """Give a frame the checksum its body deserves."""
    return frame[:COVERED] + b"%02X" % xor_of(frame[:COVERED]) + frame[13:]


MANUAL = "XK3190-A12E manual, page 13"

PROTOCOL = ScaleProtocol(
    name="yaohua-a12e",
    title="Yaohua XK3190-A12E checked line",
    models=("Yaohua XK3190-A12E",),
    splitter=partial(FixedLines, SIZE),
    decode=decode,
    encode=encode,
    reseal=reseal,
    examples=(
        Example(b"WG004.139kg3D\r\n", WeightReading(Decimal("4.139"), "kg", net=False), "manual", MANUAL),
        Example(b"         OL23\r\n", WeightReading(None, status="overload"), "manual", MANUAL),
        Example(b"         LO23\r\n", WeightReading(None, status="underload"), "manual", MANUAL),
    ),
    span=Span(digits=5, decimals=4, units=("kg",), statuses=("overload", "underload")),
    settings="the checked output of fifteen characters, kg",
)
