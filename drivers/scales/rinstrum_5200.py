"""Rinstrum 5200 (and converters that speak like it): `MSV?;` is answered by one line.

    -00001.0 [CR][LF]              sign and seven characters
    -00001.0,01,006 [CR][LF]       the same with two more fields (output format COF9), which are not read

No unit, no stability, no checksum.
Source: Rinstrum manuals, command MSV? of the 5200.
"""

import re
from decimal import Decimal
from functools import partial

from drivers.errors import FrameError
from drivers.framing import FixedLines
from drivers.numerals import digits, number
from drivers.polling import Polling
from drivers.protocol import Example, ScaleProtocol, Span
from drivers.readings import WeightReading

SHAPE = re.compile(rb"([+ -])(?=.{7}[\r,])([0-9]+(?:\.[0-9]+)?)(?:,[0-9]{2},[0-9]{3})?\r\n")


def decode(frame: bytes) -> WeightReading:
    found = SHAPE.fullmatch(frame)
    if not found:
        raise FrameError(f"not an answer to MSV?: {frame!r}")
    return WeightReading(number(found[2], negative=found[1] == b"-"))


def encode(reading: WeightReading) -> bytes:
    assert reading.value is not None, "this answer cannot say why there is no weight"
    return (b"-" if reading.value.is_signed() else b"+") + digits(reading.value, 7, b"0") + b"\r\n"


MANUAL = "Rinstrum manuals, command MSV?"

PROTOCOL = ScaleProtocol(
    name="rinstrum-5200",
    title="Rinstrum 5200 (MSV?)",
    models=("Rinstrum 5200",),
    splitter=partial(FixedLines, 10, 17),
    decode=decode,
    encode=encode,
    examples=(
        Example(b"-00001.0\r\n", WeightReading(Decimal("-1.0")), "manual", MANUAL),
        Example(b"-00001.0,01,006\r\n", WeightReading(Decimal("-1.0")), "manual", MANUAL),
    ),
    span=Span(digits=6, decimals=4),
    settings="ASCII commands; the answer format as delivered or COF9",
    polling=Polling((b"MSV?;",)),
)
