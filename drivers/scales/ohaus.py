"""Ohaus Defender lines (and lines like them): eighteen bytes.

       0.360 kg    G [CR][LF]       8 weight, space, unit, four characters of which one may be ?, G or N

A question mark means that the load moves. No checksum.
Source: lines captured from an Ohaus Defender and a like device (NSerialCommTools).
"""

import re
from decimal import Decimal
from functools import partial

from drivers.errors import FrameError
from drivers.framing import FixedLines
from drivers.numerals import number, signed
from drivers.protocol import Example, ScaleProtocol, Span
from drivers.readings import Unit, WeightReading

SHAPE = re.compile(rb"(?=.{8} ) *(-?) *([0-9]+(?:\.[0-9]+)?) (kg|lb|t |g | t| g)( {4}|(?=.{0,3}\?)[ ?]{4})([GN])\r\n")
UNITS: dict[bytes, Unit] = {b"kg": "kg", b"lb": "lb", b"t": "t", b"g": "g"}


def decode(frame: bytes) -> WeightReading:
    found = SHAPE.fullmatch(frame)
    if not found:
        raise FrameError(f"not a line of eighteen bytes: {frame!r}")
    minus, text, unit, mark, kind = found.groups()
    value = number(text, negative=bool(minus))
    return WeightReading(value, UNITS[unit.strip()], stable=b"?" not in mark, net=kind == b"N")


def encode(reading: WeightReading) -> bytes:
    assert reading.value is not None, "this wire cannot say why there is no weight"
    mark = b" ?  " if reading.stable is False else b"    "
    unit, kind = (reading.unit or "kg").encode().ljust(2), b"N" if reading.net else b"G"
    return signed(reading.value, 8) + b" " + unit + mark + kind + b"\r\n"


CAPTURE = "NSerialCommTools @ea92cf0 (MIT), captured"


def _gross(text: str) -> WeightReading:
    return WeightReading(Decimal(text), "kg", stable=True, net=False)


PROTOCOL = ScaleProtocol(
    name="ohaus",
    title="Ohaus Defender line",
    models=("Ohaus Defender and devices that print like it",),
    splitter=partial(FixedLines, 18),
    decode=decode,
    encode=encode,
    examples=(
        Example(b"   0.360 kg    G\r\n", _gross("0.360"), "captured", CAPTURE),
        Example(b"    20.0 kg    G\r\n", _gross("20.0"), "captured", CAPTURE),
    ),
    span=Span(digits=6, decimals=4, units=("kg", "lb", "t", "g")),
    settings="continuous print of the displayed weight",
    unverified="not verified on real hardware; where among its four places the question mark stands is inferred",
)
