"""CAS, 10 bytes: eight characters of weight and CR LF, nothing else.

No unit, no stability, no overload, no checksum; the rest of a broken line is shorter and is refused.
Source: CAS CI-600D manual.
"""

import re
from decimal import Decimal
from functools import partial

from drivers.errors import FrameError
from drivers.framing import FixedLines
from drivers.numerals import number, signed
from drivers.protocol import Example, ScaleProtocol, Span
from drivers.readings import WeightReading

SHAPE = re.compile(rb"(?=.{8}\r) *([+-]?) *([0-9]+(?:\.[0-9]+)?)\r\n")


def decode(frame: bytes) -> WeightReading:
    found = SHAPE.fullmatch(frame)
    if not found:
        raise FrameError(f"not eight characters of weight: {frame!r}")
    return WeightReading(number(found[2], negative=found[1] == b"-"))


def encode(reading: WeightReading) -> bytes:
    assert reading.value is not None, "this wire cannot say why there is no weight"
    return signed(reading.value, 8) + b"\r\n"


PROTOCOL = ScaleProtocol(
    name="cas-10",
    title="CAS continuous output, 10 bytes",
    models=("CAS CI series, CI-600D",),
    splitter=partial(FixedLines, 10),
    decode=decode,
    encode=encode,
    examples=(
        Example(b"   12340\r\n", WeightReading(Decimal(12340)), "constructed", ""),
        Example(b"   -12.5\r\n", WeightReading(Decimal("-12.5")), "constructed", ""),
    ),
    span=Span(digits=6, decimals=4),
    settings="continuous output, format of 10 bytes",
    sources=("CAS CI-600D manual",),
)
