"""CAS, 22 bytes: the ST,GS line with an address and a lamp byte, which may be any byte, a CR or LF among them.

    ST,GS, [address] [lamps] , [8 weight] [space] [2 unit] [CR][LF]        US moving, OL overload; NT net

    lamps   bit 6 stable   4 held   3 print   2 gross   1 tare   0 zero
So it is cut by its length. A held display is no load. No checksum.
Source: CAS CI-600D manual.
"""

import re
from decimal import Decimal
from functools import partial

from drivers.errors import FrameError
from drivers.framing import FixedLines
from drivers.numerals import number, signed
from drivers.protocol import Example, ScaleProtocol, Span
from drivers.readings import Unit, WeightReading

SIZE, HELD, STABLE, GROSS = 22, 0x10, 0x40, 0x04
SHAPE = re.compile(
    rb"(US|ST|OL),(GS|NT),.(.),(?=.{8} ) *([+-]?) *([0-9]+(?:\.[0-9]+)?|[ -]+?) (kg|lb| t| g|t |g )\r\n", re.DOTALL
)
UNITS: dict[bytes, Unit] = {b"kg": "kg", b"lb": "lb", b"t": "t", b"g": "g"}


def decode(frame: bytes) -> WeightReading:
    found = SHAPE.fullmatch(frame)
    if not found:
        raise FrameError(f"not a line of 22 bytes: {frame!r}")
    state, kind, lamps, sign, text, unit_text = found.groups()
    unit, net = UNITS[unit_text.strip()], kind == b"NT"
    if state == b"OL":
        return WeightReading(None, unit, net=net, status="overload")
    if lamps[0] & HELD:
        return WeightReading(None, unit, net=net, status="held display")
    if not text[:1].isdigit():
        raise FrameError(f"no number where the weight stands: {frame!r}")
    return WeightReading(number(text, negative=sign == b"-"), unit, stable=state == b"ST", net=net)


def encode(reading: WeightReading) -> bytes:
    kind, unit = b"NT" if reading.net else b"GS", (reading.unit or "kg").encode().rjust(2)
    value = Decimal(0) if reading.value is None else reading.value
    state, lamps = (b"US", 0) if reading.stable is False else (b"ST", STABLE)
    if reading.status == "overload":
        state = b"OL"
    elif reading.status is not None:
        lamps |= HELD
    lamps |= 0 if reading.net else GROSS
    return b"%b,%b,1%c,%b %b\r\n" % (state, kind, lamps, signed(value, 8), unit)


def _made(frame: bytes, text: str, *, stable: bool, net: bool) -> Example:
    return Example(frame, WeightReading(Decimal(text), "kg", stable=stable, net=net), "constructed", "")


PROTOCOL = ScaleProtocol(
    name="cas-22",
    title="CAS continuous output, 22 bytes",
    models=("CAS CI series, CI-600D",),
    splitter=partial(FixedLines, SIZE),
    decode=decode,
    encode=encode,
    examples=(
        _made(b"ST,GS,1D,   12340 kg\r\n", "12340", stable=True, net=False),
        _made(b"US,NT,1\x00,   -12.5 kg\r\n", "-12.5", stable=False, net=True),
    ),
    span=Span(digits=6, decimals=4, units=("kg", "lb", "t", "g"), statuses=("overload", "held display")),
    settings="continuous output, format of 22 bytes",
    sources=("CAS CI-600D manual",),
)
