"""Giropes GI620 T8, output Sipi 2: a dollar sign, three numbers, and LF before CR.

    $    100       0 830 [LF][CR]       the first is the live weight of the pad pair; the others are not explained

No unit, no stability, no checksum.
Source: field notes of TruConnect.
"""

import re
from decimal import Decimal
from functools import partial

from drivers.errors import FrameError
from drivers.framing import Enclosed
from drivers.numerals import number, signed
from drivers.protocol import Example, ScaleProtocol, Span
from drivers.readings import WeightReading

SHAPE = re.compile(rb"\$(?=.{7} ) *(-?[0-9]+(?:\.[0-9]+)?) +-?[0-9.]+ +[0-9]+\n\r")


def decode(frame: bytes) -> WeightReading:
    found = SHAPE.fullmatch(frame)
    if not found:
        raise FrameError(f"not a line of three numbers: {frame!r}")
    return WeightReading(number(found[1]))


def encode(reading: WeightReading) -> bytes:
    assert reading.value is not None, "this wire cannot say why there is no weight"
    return b"$" + signed(reading.value, 7) + b"       0 830\n\r"


PROTOCOL = ScaleProtocol(
    name="giropes",
    title="Giropes GI620 T8, Sipi 2",
    models=("Giropes GI620 T8",),
    splitter=partial(Enclosed, first=b"$", end=b"\n\r", size_max=40),
    decode=decode,
    encode=encode,
    examples=(
        Example(b"$    100       0 830\n\r", WeightReading(Decimal(100)), "field", "TruConnect @55fbe22"),
        Example(b"$   -100       0 830\n\r", WeightReading(Decimal(-100)), "constructed", ""),
    ),
    span=Span(digits=5, decimals=3),
    settings="output Sipi 2, 9600 8N1",
)
