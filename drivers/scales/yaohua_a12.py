"""Yaohua XK3190-A12 continuous lines, from bench and platform scales and small axle pads.

    ww000.000kg      w, then w gross, n net or t tare; a space or a minus may stand before the number; kg or lb; CR LF

Digits and decimals differ from model to model. There is no checksum, no stability and no overload. A tare is a remark.
Sources: A12+SS page of yezidedianpu; CAS DH manual, page 6; a captured line.
"""

import re
from decimal import Decimal
from functools import partial

from drivers.errors import FrameError
from drivers.framing import Lines
from drivers.numerals import digits, number
from drivers.protocol import Example, Remark, Said, ScaleProtocol, Span
from drivers.readings import Unit, WeightReading

SHAPE = re.compile(rb"w([wnt]) ?(-?) *([0-9]+(?:\.[0-9]+)?) ?(kg|lb)\r?\n?")
UNITS: dict[bytes, Unit] = {b"kg": "kg", b"lb": "lb"}


def decode(frame: bytes) -> Said:
    found = SHAPE.fullmatch(frame)
    if not found:
        raise FrameError(f"not a line of ww, wn or wt with a weight: {frame!r}")
    what, minus, text, unit = found.groups()
    value = number(text, negative=bool(minus))
    if what == b"t":
        return Remark("tare", f"{value:f} {unit.decode()}")
    return WeightReading(value, UNITS[unit], net=what == b"n")


def encode(reading: WeightReading) -> bytes:
    assert reading.value is not None, "this wire cannot say why there is no weight"
    sign = b"-" if reading.value.is_signed() else b" "
    what = b"n" if reading.net else b"w"
    return b"w" + what + sign + digits(reading.value, 7, b"0") + (reading.unit or "kg").encode() + b"\r\n"


READER = "weighbridge-reader, captured"
PARSER = "public parsers of the A12 line"


def _net(text: str) -> WeightReading:
    return WeightReading(Decimal(text), "kg", net=True)


PROTOCOL = ScaleProtocol(
    name="yaohua-a12",
    title="Yaohua XK3190-A12 lines (ww, wn, wt)",
    models=("Yaohua XK3190-A12, A12+, A12+SS",),
    splitter=partial(Lines, first=b"w", size_max=24),
    decode=decode,
    encode=encode,
    examples=(
        Example(b"wn 0002.02kg\r\n", _net("2.02"), "captured", READER),
        Example(b"wn001.171kg\r\n", _net("1.171"), "field", PARSER),
        Example(b"wn-0000.1kg\r\n", _net("-0.1"), "field", PARSER),
        Example(b"wn-003.17kg\r\n", _net("-3.17"), "field", PARSER),
        Example(b"ww000.000kg\r\n", WeightReading(Decimal("0.000"), "kg", net=False), "manual", "A12+SS page"),
        Example(b"wt000.000kg\r\n", Remark("tare", "0.000 kg"), "manual", "A12+SS page"),
    ),
    span=Span(digits=6, decimals=4, units=("kg", "lb")),
    settings="continuous output of text lines; baud rate as in the URL",
)
