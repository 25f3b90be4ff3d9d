"""Rinstrum automatic output: the indicator talks in one of its formats, which is a setting of the indicator.

    A   [STX] sign, 7 weight, state [ETX]                               state: G N gross or net, U O under or over, M E
    B   as A, four status characters and the unit before [ETX]          no unit while it moves
    C   [STX] 8 weight, G|N, M|S, I|O|U, Z|space, 2 spaces [ETX]        motion or stable, in, over or under its range
    E   sign, 7 weight, unit L K G T, G|N, state [CR][LF]               state: as in A, space good

The M4222 sends format A with the lamps it shows in the high half of the sign. M: moving; E: an error, no weight. No
checksum. Format D is left out: how its words are parted and how its line ends is not documented.
Sources: Rinstrum R320 manual, page 46; R420 manual, page 92; M4222-WeighBridgeReader.
"""

import re
from decimal import Decimal
from functools import partial

from drivers.errors import FrameError
from drivers.framing import FixedFrames, FixedLines
from drivers.numerals import digits, number
from drivers.protocol import Example, ScaleProtocol, Span
from drivers.readings import Unit, WeightReading

A = re.compile(rb"\x02([ \-0`p=m}])(?=.{7}[GNUOME]\x03)(?: *([0-9]+(?:\.[0-9]+)?)|.{7})([GNUOME])\x03", re.DOTALL)
B = re.compile(
    rb"\x02([ -])(?=.{7}[GNUOME])(?: *([0-9]+(?:\.[0-9]+)?)|.{7})([GNUOME])"
    rb"[ -~]{4}( kg|kg | lb|lb |  g|g  |  t|t  |   )\x03"
)
C = re.compile(rb"\x02(?=.{8}[GN])(?: *(-?) *([0-9]+(?:\.[0-9]+)?)|.{8})([GN])([MS])([IOU])[Z ]  \x03", re.DOTALL)
E = re.compile(rb"([ +-])(?=.{7}[LKGT])(?: *([0-9]+(?:\.[0-9]+)?)|.{7})([LKGT])([GN])([ MUOE])\r\n", re.DOTALL)
NEGATIVE = b"-=m}"  # a minus, alone or with lamps
NO_WEIGHT = {b"U": "underload", b"O": "overload", b"E": "error"}
STATUSES = {status: code for code, status in NO_WEIGHT.items()}
LETTERS: dict[bytes, Unit] = {b"L": "lb", b"K": "kg", b"G": "g", b"T": "t"}
WORDS: dict[bytes, Unit] = {b"kg": "kg", b"lb": "lb", b"g": "g", b"t": "t"}


def _found(pattern: re.Pattern[bytes], frame: bytes) -> tuple[bytes, ...]:
    match = pattern.fullmatch(frame)
    if not match:
        raise FrameError(f"not a frame of this automatic format: {frame!r}")
    return match.groups(default=b"")


def _value(minus: bytes, text: bytes) -> Decimal:
    if not text:
        raise FrameError("no number where the weight stands")
    return number(text, negative=minus != b"" and minus in NEGATIVE)


def decode_a(frame: bytes) -> WeightReading:
    minus, text, state = _found(A, frame)
    return _plain(minus, text, state, None)


def decode_b(frame: bytes) -> WeightReading:
    minus, text, state, unit_text = _found(B, frame)
    unit = WORDS.get(unit_text.strip())
    reading = _plain(minus, text, state, unit)
    if reading.value is None or unit is not None:
        return reading
    return WeightReading(reading.value, None, stable=False, net=reading.net)


def _plain(minus: bytes, text: bytes, state: bytes, unit: Unit | None) -> WeightReading:
    if state in NO_WEIGHT:
        return WeightReading(None, unit, status=NO_WEIGHT[state])
    if state == b"M":
        return WeightReading(_value(minus, text), unit, stable=False)
    return WeightReading(_value(minus, text), unit, stable=True, net=state == b"N")


def encode_a(reading: WeightReading) -> bytes:
    return b"\x02" + _body(reading) + _state(reading) + b"\x03"


def encode_b(reading: WeightReading) -> bytes:
    unit = b"" if reading.stable is False else (reading.unit or "kg").encode()
    return b"\x02" + _body(reading) + _state(reading) + b"    " + unit.rjust(3) + b"\x03"


def _state(reading: WeightReading) -> bytes:
    if reading.status is not None:
        return STATUSES[reading.status]
    return b"M" if reading.stable is False else b"N" if reading.net else b"G"


def _body(reading: WeightReading) -> bytes:
    if reading.value is None:
        return b" " + b"-" * 7
    return (b"-" if reading.value.is_signed() else b" ") + digits(reading.value, 7)


def decode_c(frame: bytes) -> WeightReading:
    minus, text, kind, motion, reach = _found(C, frame)
    stable, net = motion == b"S", kind == b"N"
    if reach in NO_WEIGHT:
        return WeightReading(None, None, stable, net, status=NO_WEIGHT[reach])
    return WeightReading(_value(minus, text), None, stable, net)


def encode_c(reading: WeightReading) -> bytes:
    reach = b"I" if reading.status is None else STATUSES[reading.status]
    kind, motion = b"N" if reading.net else b"G", b"M" if reading.stable is False else b"S"
    return b"\x02" + _body(reading) + kind + motion + reach + b"   \x03"


def decode_e(frame: bytes) -> WeightReading:
    minus, text, unit, kind, state = _found(E, frame)
    net = kind == b"N"
    if state in NO_WEIGHT:
        return WeightReading(None, LETTERS[unit], net=net, status=NO_WEIGHT[state])
    return WeightReading(_value(minus, text), LETTERS[unit], stable=state != b"M", net=net)


def encode_e(reading: WeightReading) -> bytes:
    state = b"M" if reading.stable is False else b" "
    if reading.status is not None:
        state = STATUSES[reading.status]
    unit = next(letter for letter, unit in LETTERS.items() if unit == (reading.unit or "kg"))
    return _body(reading) + unit + (b"N" if reading.net else b"G") + state + b"\r\n"


MODELS = ("Rinstrum R300, R320, R400, R420, C500",)
MANUALS = ("Rinstrum R320 manual, page 46", "Rinstrum R420 manual, page 92")
UNITS: tuple[Unit, ...] = ("kg", "lb", "g", "t")
RANGE = ("overload", "underload")


def _made(frame: bytes, said: WeightReading) -> Example:
    return Example(frame, said, "constructed", "")


def _weighs(text: str, unit: Unit | None = None, *, stable: bool = True, net: bool | None = False) -> WeightReading:
    return WeightReading(Decimal(text), unit, stable=stable, net=net)


FORMAT_A = ScaleProtocol(
    name="rinstrum-auto-a",
    title="Rinstrum automatic output, format A (and M4222)",
    models=(*MODELS, "M4222"),
    splitter=partial(FixedFrames, start=0x02, end=0x03, size=11),
    decode=decode_a,
    encode=encode_a,
    examples=(
        _made(b"\x02   12340G\x03", _weighs("12340")),
        _made(b"\x02-   12.5N\x03", _weighs("-12.5", net=True)),
        _made(b"\x02`  12340M\x03", _weighs("12340", stable=False, net=None)),  # a green lamp
    ),
    span=Span(digits=6, decimals=4, statuses=(*RANGE, "error")),
    settings="automatic output, format A",
    sources=(*MANUALS, "M4222-WeighBridgeReader @398e79d"),
    unverified="not verified on real hardware; a minus together with a lamp is inferred",
)
FORMAT_B = ScaleProtocol(
    name="rinstrum-auto-b",
    title="Rinstrum automatic output, format B",
    models=MODELS,
    splitter=partial(FixedFrames, start=0x02, end=0x03, size=18),
    decode=decode_b,
    encode=encode_b,
    examples=(
        _made(b"\x02   12340G     kg\x03", _weighs("12340", "kg")),
        _made(b"\x02   12340M       \x03", _weighs("12340", None, stable=False, net=None)),
    ),
    span=Span(digits=6, decimals=4, units=UNITS, statuses=(*RANGE, "error")),
    settings="automatic output, format B",
    sources=MANUALS,
)
FORMAT_C = ScaleProtocol(
    name="rinstrum-auto-c",
    title="Rinstrum automatic output, format C",
    models=MODELS,
    splitter=partial(FixedFrames, start=0x02, end=0x03, size=16),
    decode=decode_c,
    encode=encode_c,
    examples=(
        _made(b"\x02   12340GSI   \x03", _weighs("12340")),
        _made(b"\x02-  12.50NMI   \x03", _weighs("-12.50", stable=False, net=True)),
    ),
    span=Span(digits=6, decimals=4, statuses=RANGE),
    settings="automatic output, format C",
    sources=MANUALS,
)
FORMAT_E = ScaleProtocol(
    name="rinstrum-auto-e",
    title="Rinstrum automatic output, format E",
    models=MODELS,
    splitter=partial(FixedLines, 13),
    decode=decode_e,
    encode=encode_e,
    examples=(
        _made(b"   12340KG \r\n", _weighs("12340", "kg")),
        _made(b"-   12.5TNM\r\n", _weighs("-12.5", "t", stable=False, net=True)),
    ),
    span=Span(digits=6, decimals=4, units=UNITS, statuses=(*RANGE, "error")),
    settings="automatic output, format E",
    sources=MANUALS,
    unverified="not verified on real hardware; the letters of the last status are inferred from format A",
)
PROTOCOLS = (FORMAT_A, FORMAT_B, FORMAT_C, FORMAT_E)
