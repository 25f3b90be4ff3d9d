"""Cardinal stream: seventeen bytes between a carriage return and ETX.

    [CR] [space|-] [6 weight] [m|o|space] [space] [2 unit] [space] [g|n] [space][space] [ETX]

    m moving, o over its capacity. No checksum. SB-200 and SB-400 are left out: their fields are named, not their bytes.
Source: Cardinal 190 and 200 manuals; Rice Lake 480 manual.
"""

import re
from decimal import Decimal
from functools import partial

from drivers.errors import FrameError
from drivers.framing import FixedFrames
from drivers.numerals import digits, number
from drivers.protocol import Example, ScaleProtocol, Span
from drivers.readings import Unit, WeightReading

SHAPE = re.compile(
    rb"\r([ -])(?=.{6}[mo ] )(?: *([0-9]+(?:\.[0-9]+)?)|.{6})([mo ]) (kg|lb| t|t | g|g ) ([gn])  \x03", re.DOTALL
)
UNITS: dict[bytes, Unit] = {b"kg": "kg", b"lb": "lb", b"t": "t", b"g": "g"}


def decode(frame: bytes) -> WeightReading:
    found = SHAPE.fullmatch(frame)
    if not found:
        raise FrameError(f"not a frame of the Cardinal stream: {frame!r}")
    minus, text, state, unit_text, kind = found.groups()
    unit, net = UNITS[unit_text.strip()], kind == b"n"
    if state == b"o":
        return WeightReading(None, unit, net=net, status="overload")
    if text is None:
        raise FrameError(f"no number where the weight stands: {frame!r}")
    return WeightReading(number(text, negative=minus == b"-"), unit, stable=state == b" ", net=net)


def encode(reading: WeightReading) -> bytes:
    value = Decimal(0) if reading.value is None else reading.value
    state = b"o" if reading.value is None else b"m" if reading.stable is False else b" "
    sign, unit = b"-" if value.is_signed() else b" ", (reading.unit or "kg").encode().rjust(2)
    return b"\r" + sign + digits(value, 6) + state + b" " + unit + b" " + (b"n" if reading.net else b"g") + b"  \x03"


def _made(frame: bytes, text: str, unit: Unit, *, stable: bool, net: bool) -> Example:
    return Example(frame, WeightReading(Decimal(text), unit, stable=stable, net=net), "constructed", "")


PROTOCOL = ScaleProtocol(
    name="cardinal",
    title="Cardinal stream",
    models=("Cardinal 190, 200 and others that stream",),
    splitter=partial(FixedFrames, start=0x0D, end=0x03, size=17),
    decode=decode,
    encode=encode,
    examples=(
        _made(b"\r  12340  kg g  \x03", "12340", "kg", stable=True, net=False),
        _made(b"\r-  12.5m lb n  \x03", "-12.5", "lb", stable=False, net=True),
    ),
    span=Span(digits=5, decimals=4, units=("kg", "lb", "t", "g"), statuses=("overload",)),
    settings="continuous serial output",
    sources=("Cardinal 190, 200 and 225 manuals", "Rice Lake 480 manual, page 71"),
)
