"""Rice Lake and Condec stream: thirteen bytes and perhaps a line feed, over and over.

    [STX] [space|-] [7 weight] [unit L K T G space] [G|N] [state] [CR] ([LF])

    state   space good   M motion   O over or under   I invalid   Z centre of zero
No checksum. The LF is a setting of the indicator; without it a frame is known to be whole when the next one begins.
Source: Rice Lake 480 and IQ355 manuals.
"""

import re
from decimal import Decimal
from functools import partial

from drivers.errors import FrameError
from drivers.framing import Lines
from drivers.numerals import digits, number
from drivers.protocol import Example, ScaleProtocol, Span
from drivers.readings import Unit, WeightReading

SHAPE = re.compile(rb"\x02([ -])(?=.{7}[LKTG ][GN]) *([0-9]+(?:\.[0-9]+)?)([LKTG ])([GN])([ IMOZ])\r\n?", re.DOTALL)
EMPTY = re.compile(rb"\x02[ -].{7}([LKTG ])([GN])([IO])\r\n?", re.DOTALL)
UNITS: dict[bytes, Unit | None] = {b"L": "lb", b"K": "kg", b"T": "t", b"G": "g", b" ": None}
NO_WEIGHT = {b"O": "overload", b"I": "invalid"}
STATUSES = {status: code for code, status in NO_WEIGHT.items()}


def decode(frame: bytes) -> WeightReading:
    empty = EMPTY.fullmatch(frame)
    if empty:
        return WeightReading(None, UNITS[empty[1]], net=empty[2] == b"N", status=NO_WEIGHT[empty[3]])
    found = SHAPE.fullmatch(frame)
    if not found:
        raise FrameError(f"not a frame of the stream: {frame!r}")
    minus, text, unit, kind, state = found.groups()
    return WeightReading(number(text, negative=minus == b"-"), UNITS[unit], stable=state != b"M", net=kind == b"N")


def encode(reading: WeightReading) -> bytes:
    value = Decimal(0) if reading.value is None else reading.value
    state = b"M" if reading.stable is False else b" "
    if reading.value is None:
        assert reading.status is not None
        state = STATUSES[reading.status]
    unit = next(code for code, unit in UNITS.items() if unit == reading.unit)
    sign = b"-" if value.is_signed() else b" "
    return b"\x02" + sign + digits(value, 7) + unit + (b"N" if reading.net else b"G") + state + b"\r\n"


def _made(frame: bytes, text: str, unit: Unit, *, stable: bool, net: bool) -> Example:
    return Example(frame, WeightReading(Decimal(text), unit, stable=stable, net=net), "constructed", "")


PROTOCOL = ScaleProtocol(
    name="ricelake-condec",
    title="Rice Lake and Condec stream",
    models=("Rice Lake 480, IQ355 and others that stream", "Condec"),
    splitter=partial(Lines, first=b"\x02", size_max=15),
    decode=decode,
    encode=encode,
    examples=(
        _made(b"\x02   12340KG \r\n", "12340", "kg", stable=True, net=False),
        _made(b"\x02-   12.5LNM\r", "-12.5", "lb", stable=False, net=True),
    ),
    span=Span(digits=6, decimals=4, units=("kg", "lb", "t", "g"), statuses=tuple(STATUSES)),
    settings="stream output on, format Condec or Rice Lake",
    sources=("Rice Lake 480 manual, page 71", "IQ355 manual, pages 56 and 57"),
)
