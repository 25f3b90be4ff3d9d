"""Sartorius and Minebea SBI: a fixed line of 16 characters, or 22 with a name before it.

    ([6 name]) [sign] [9 weight] [space] [3 unit] [CR][LF]       +   0.1234 g         without a unit: not stable
    ([6 name]) Stat       OFF [CR][LF]                           switched off; or the 22 with blanks behind it
    Stat     Err  [2 number]     [CR][LF]                        an error, in 22

The name is `N` for net, `G` for gross. While the load moves the wire has no unit, and the site's counts. No checksum.
`ask` sends ESC P, which makes it say its display once. Nothing that tares (ESC T) is sent.
Sources: Sartorius LE2202S manual, page 51; MC1 manual, page 111; sartorius project, its tests and its parser.
"""

import re
from decimal import Decimal
from functools import partial

from drivers.errors import FrameError
from drivers.framing import FixedLines
from drivers.numerals import digits, number
from drivers.options import Option
from drivers.polling import Polling
from drivers.protocol import Example, ScaleProtocol, Span
from drivers.readings import Unit, WeightReading

SHORT, LONG = 16, 22
SHAPE = re.compile(rb"(?:([NG ]) {5})?([+ -])(?=.{9} ) *([0-9]+(?:\.[0-9]+)?) (kg |g  |t  |lb |   )\r\n")
OFF = re.compile(rb"(?:[ -~]{6})?Stat {7}OFF\r\n|Stat {7}OFF {6}\r\n")
ERROR = re.compile(rb"Stat {5}Err {2}[0-9]{2} {4}\r\n")
UNITS: dict[bytes, Unit | None] = {b"kg ": "kg", b"g  ": "g", b"t  ": "t", b"lb ": "lb", b"   ": None}
OPTIONS = {"ask": Option(False, "send ESC P instead of waiting for automatic output")}


def decode(frame: bytes) -> WeightReading:
    found = SHAPE.fullmatch(frame)
    if not found:
        if OFF.fullmatch(frame):
            return WeightReading(None, status="switched off")
        if ERROR.fullmatch(frame):
            return WeightReading(None, status="error")
        raise FrameError(f"not a line of 16 or 22 characters: {frame!r}")
    name, sign, text, unit = found.groups()
    net = None if name in (None, b" ") else name == b"N"
    return WeightReading(number(text, negative=sign == b"-"), UNITS[unit], stable=UNITS[unit] is not None, net=net)


def encode(reading: WeightReading) -> bytes:
    name = b"N     " if reading.net else b"G     "
    if reading.value is None:
        if reading.status == "error":
            return b"Stat     Err  99    \r\n"
        assert reading.status == "switched off"
        return name + b"Stat       OFF\r\n"
    unit = b"" if reading.stable is False else (reading.unit or "kg").encode()
    sign = b"-" if reading.value.is_signed() else b"+"
    return name + sign + digits(reading.value, 9) + b" " + unit.ljust(3) + b"\r\n"


TESTS = "sartorius project @566bb15, its tests"


def _weighs(text: str, unit: Unit | None, *, net: bool | None) -> WeightReading:
    return WeightReading(Decimal(text), unit, stable=unit is not None, net=net)


def build(*, ask: bool = False) -> ScaleProtocol:
    """The protocol with a site's settings."""
    return ScaleProtocol(
        name="sbi",
        title="Sartorius and Minebea SBI, 16 and 22 characters",
        models=("Sartorius and Minebea indicators and balances with SBI",),
        splitter=partial(FixedLines, SHORT, LONG),
        decode=decode,
        encode=encode,
        examples=(
            Example(b"N     +   0.1234 g  \r\n", _weighs("0.1234", "g", net=True), "test-suite", TESTS),
            Example(b"G     +   9.9999 kg \r\n", _weighs("9.9999", "kg", net=False), "test-suite", TESTS),
            Example(b"N     +   5.4321    \r\n", _weighs("5.4321", None, net=True), "test-suite", TESTS),
            Example(b"G     Stat       OFF\r\n", WeightReading(None, status="switched off"), "constructed", ""),
            Example(b"Stat       OFF      \r\n", WeightReading(None, status="switched off"), "constructed", ""),
            Example(b"Stat     Err  54    \r\n", WeightReading(None, status="error"), "constructed", ""),
        ),
        span=Span(digits=7, decimals=4, units=("kg", "g", "t", "lb"), statuses=("switched off", "error")),
        settings="SBI, automatic output; over Ethernet TCP port 49155",
        options=OPTIONS,
        build=build,
        polling=Polling((b"\x1bP\r\n",)) if ask else None,
        sources=(
            "Sartorius LE2202S manual, page 51",
            "Sartorius MC1 manual, page 111",
            "sartorius 0.7.1, what its parser says of the line",
        ),
    )


PROTOCOL = build()
