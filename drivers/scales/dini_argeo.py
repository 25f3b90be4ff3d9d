"""Dini Argeo standard and extended strings, sent by themselves or answered to READ and REXT.

    ([2 code]) HH,KK,PPPPPPPP,UM [CR][LF]                       HH UL OL ST US, KK NT GS, 8 weight, unit
    ([2 code]) HH,B,LLLLLLLLLLUM,YYTTTTTTTTTTUM [CR][LF]        B the scale, 10 gross and unit, YY and 10 tare and unit

The weight of the extended string is taken as the gross one. No checksum. `ask` sends READ; nothing that tares, zeroes
or stores a weighing (such as PID) is sent.
Sources: Dini Argeo 3590 manual, pages 65 to 81; DFW serial protocol.
"""

import re
from decimal import Decimal
from functools import partial

from drivers.errors import FrameError
from drivers.framing import Lines
from drivers.numerals import number, signed
from drivers.options import Option
from drivers.polling import Polling
from drivers.protocol import Example, Remark, Said, ScaleProtocol, Span
from drivers.readings import Unit, WeightReading

HEAD = rb"(?:[0-9]{2})?(UL|OL|ST|US),"
UNIT = rb"(kg| t|t | g|g |lb)"
SHORT = re.compile(HEAD + rb"(NT|GS),(?=.{8},) *(-?[0-9]+(?:\.[0-9]+)?|[ -]+), ?" + UNIT + rb"\r\n")
LONG = re.compile(
    HEAD + rb"[0-9],(?=.{10}[a-z ]) *(-?[0-9]+(?:\.[0-9]+)?|[ -]+?)" + UNIT + rb",[ -~]{2}[ -~]{10}" + UNIT + rb"\r\n"
)
ANSWERS = re.compile(rb"(?:[0-9]{2})?(OK|ERR0[12])\r\n")
NO_WEIGHT = {b"UL": "underload", b"OL": "overload"}
UNITS: dict[bytes, Unit] = {b"kg": "kg", b"lb": "lb", b"t": "t", b"g": "g"}
OPTIONS = {"ask": Option(False, "send READ instead of listening")}


def decode(frame: bytes) -> Said:
    short = SHORT.fullmatch(frame)
    if short:
        state, kind, text, unit = short.groups()
        return _weight(state, text, unit, net=kind == b"NT")
    long = LONG.fullmatch(frame)
    if long:
        return _weight(long[1], long[2], long[3], net=False)
    answer = ANSWERS.fullmatch(frame)
    if not answer:
        raise FrameError(f"neither the standard nor the extended string: {frame!r}")
    return Remark("answer", answer[1].decode())


def _weight(state: bytes, text: bytes, unit_text: bytes, *, net: bool) -> WeightReading:
    unit = UNITS[unit_text.strip()]
    if state in NO_WEIGHT:
        return WeightReading(None, unit, net=net, status=NO_WEIGHT[state])
    if not text[-1:].isdigit():
        raise FrameError("no number where the weight stands")
    return WeightReading(number(text), unit, stable=state == b"ST", net=net)


def encode(reading: WeightReading) -> bytes:
    state = b"US" if reading.stable is False else b"ST"
    if reading.value is None:
        state = next(code for code, status in NO_WEIGHT.items() if status == reading.status)
    kind, value = b"NT" if reading.net else b"GS", Decimal(0) if reading.value is None else reading.value
    return b"%b,%b,%b,%b\r\n" % (state, kind, signed(value, 8), (reading.unit or "kg").encode().rjust(2))


def _made(frame: bytes, text: str, *, stable: bool, net: bool) -> Example:
    return Example(frame, WeightReading(Decimal(text), "kg", stable=stable, net=net), "constructed", "")


def build(*, ask: bool = False) -> ScaleProtocol:
    """The protocol with a site's settings."""
    return ScaleProtocol(
        name="dini-argeo",
        title="Dini Argeo standard and extended string",
        models=("Dini Argeo 3590, DFW",),
        splitter=partial(Lines, first=b"0123456789UOSE", size_max=48),
        decode=decode,
        encode=encode,
        examples=(
            _made(b"ST,GS,   12340,kg\r\n", "12340", stable=True, net=False),
            _made(b"01US,NT,   -12.5,kg\r\n", "-12.5", stable=False, net=True),
            _made(b"ST,1,     12340kg,PT      20.0kg\r\n", "12340", stable=True, net=False),
            Example(b"ERR01\r\n", Remark("answer", "ERR01"), "constructed", ""),
        ),
        span=Span(digits=6, decimals=4, units=("kg", "lb", "t", "g"), statuses=("underload", "overload")),
        settings="continuous transmission of the standard or extended string, or on request",
        options=OPTIONS,
        build=build,
        polling=Polling((b"READ\r\n",)) if ask else None,
        sources=("Dini Argeo 3590 manual, pages 65 to 81", "DFW serial protocol"),
    )


PROTOCOL = build()
