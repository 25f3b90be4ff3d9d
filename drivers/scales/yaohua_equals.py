"""The `=` outputs of Yaohua indicators and of big remote displays: three shapes that only the indicator's setting tells
apart, so each has its own name and none is guessed.

    reversed   [=] [7 characters, low digit first] [0|-]      =000.3000  is  3.000      =00110000  is  1100
    forward    [=] [0|-] [7 characters, high digit first]     =0003.000  is  3.000
    trailing   [7 characters, low digit first] [=]            543.210=   is  12.345

A number that reads the same both ways, and every zero, looks alike in all of them: prove the order with a known load.
There is no checksum, no unit, no stability and no overload; some remote displays put a `$` before the `=`.
Sources: XK3190-A26 manual, page 13; XK3190-A23p manual, page 24; Cai Xin XK315A1 (the same as reversed).
"""

import re
from decimal import Decimal
from functools import partial

from drivers.errors import FrameError
from drivers.framing import FixedLines, StartFrames
from drivers.numerals import digits, number
from drivers.protocol import Example, ScaleProtocol, Span
from drivers.readings import WeightReading

BODY, MARK = 7, 0x3D
SAYS = re.compile(rb"[0-9]{7}|(?=.{7}\Z)[0-9]+\.[0-9]+")
CLOSING = b"="


def decode_reversed(frame: bytes) -> WeightReading:
    return _weight(frame[7:0:-1], frame[8:])


def encode_reversed(reading: WeightReading) -> bytes:
    body, sign = _body(reading)
    return b"=" + body[::-1] + sign


def decode_forward(frame: bytes) -> WeightReading:
    return _weight(frame[2:], frame[1:2])


def encode_forward(reading: WeightReading) -> bytes:
    body, sign = _body(reading)
    return b"=" + sign + body


def decode_trailing(frame: bytes) -> WeightReading:
    return _weight(frame[6::-1], b"0")


def encode_trailing(reading: WeightReading) -> bytes:
    body, sign = _body(reading)
    assert sign == b"0", "this wire has no sign"
    return body[::-1] + CLOSING


def _weight(body: bytes, sign: bytes) -> WeightReading:
    if sign not in (b"0", b"-") or not SAYS.fullmatch(body):
        raise FrameError(f"not seven digits with a sign: {sign + body!r}; is the digit order the right one?")
    return WeightReading(number(body, negative=sign == b"-"))


def _body(reading: WeightReading) -> tuple[bytes, bytes]:
    assert reading.value is not None, "this wire cannot say why there is no weight"
    return digits(reading.value, BODY, b"0"), b"-" if reading.value.is_signed() else b"0"


A26 = "XK3190-A26 manual, page 13"
REMOTE = "TruConnect field notes, remote display"
MODELS = ("Yaohua XK3190-A26, A23p and others with an `=` output", "Cai Xin XK315A1")
SPAN = Span(digits=6, decimals=4)


def _weighs(text: str) -> WeightReading:
    return WeightReading(Decimal(text))


REVERSED = ScaleProtocol(
    name="yaohua-equals-reversed",
    title="`=` then low digit first, sign last (A26 format 1, remote displays)",
    models=(*MODELS, "big remote displays (1200 8N1)"),
    splitter=partial(StartFrames, start=MARK, size=BODY + 2),
    decode=decode_reversed,
    encode=encode_reversed,
    examples=(
        Example(b"=000.3000", _weighs("3.000"), "manual", A26),
        Example(b"=00.1000-", _weighs("-1.00"), "manual", A26),
        Example(b"=00110000", _weighs("1100"), "field", REMOTE),
        Example(b"=00200000", _weighs("200"), "field", REMOTE),
    ),
    span=SPAN,
    settings="output format 1 (`=`, reversed digits); baud rate as in the URL",
)
FORWARD = ScaleProtocol(
    name="yaohua-equals-forward",
    title="`=` then sign, high digit first (A26 format 2)",
    models=MODELS,
    splitter=partial(StartFrames, start=MARK, size=BODY + 2),
    decode=decode_forward,
    encode=encode_forward,
    examples=(
        Example(b"=0003.000", _weighs("3.000"), "manual", A26),
        Example(b"=-0001.00", _weighs("-1.00"), "manual", A26),
    ),
    span=SPAN,
    settings="output format 2 (`=`, forward digits); baud rate as in the URL",
)
TRAILING = ScaleProtocol(
    name="yaohua-equals-trailing",
    title="Low digit first, then `=`",
    models=("indicators with reversed digits and a closing `=`",),
    splitter=partial(FixedLines, BODY + 1, end=CLOSING),
    decode=decode_trailing,
    encode=encode_trailing,
    examples=(Example(b"543.210=", _weighs("12.345"), "test-suite", "weighbridge-simulator 0.3.1"),),
    span=Span(digits=6, decimals=4, negative=False),
    settings="continuous output, digits reversed, closing `=`; how it writes a sign is not known, and none is read",
)
PROTOCOLS = (REVERSED, FORWARD, TRAILING)
