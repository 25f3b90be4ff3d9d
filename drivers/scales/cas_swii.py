"""CAS SW-II (type 6): called by ENQ, it says ACK; told DC1, it says its weight.

    [05] -> [06]      [11] -> [01][02] [S|U|F] [sign] [6 weight] [2 unit] [xor] [03][04]
                                       |<------------ xor ---------->|

    S stable, U moving, F no weight (its manual names the letter, not the reason)
Sources: CAS SW-II manual; scales-driver-async 0.0.10 (the same frame as its type 6).
"""

import re
from decimal import Decimal

from drivers.checksums import xor_of
from drivers.errors import FrameError
from drivers.framing import NEED_MORE, NO_FRAME
from drivers.numerals import digits, number
from drivers.polling import Polling
from drivers.protocol import Example, Remark, Said, ScaleProtocol, Span
from drivers.readings import Unit, WeightReading

ENQ, ACK, DC1, SIZE = b"\x05", b"\x06", b"\x11", 15
SHAPE = re.compile(
    rb"\x01\x02([SUF])([ -])(?=.{6}(?:kg|lb| g| t|g |t ))(?: *([0-9]+(?:\.[0-9]+)?)|.{6})(..).\x03\x04", re.DOTALL
)
UNITS: dict[bytes, Unit] = {b"kg": "kg", b"lb": "lb", b"t": "t", b"g": "g"}


class Answers:
    """An ACK, or fifteen bytes."""

    size_max = SIZE

    def size(self, buffer: bytes | bytearray, *, final: bool) -> int:
        if buffer[0] == ACK[0]:
            return 1
        if buffer[0] != 0x01:
            return NO_FRAME
        if len(buffer) < SIZE:
            return NO_FRAME if final else NEED_MORE
        return SIZE if buffer[SIZE - 1] == 0x04 else NO_FRAME

    def judged(self, size: int, *, good: bool) -> None:
        """Nothing to learn."""


def decode(frame: bytes) -> Said:
    if frame == ACK:
        return Remark("ready")
    found = SHAPE.fullmatch(frame)
    if not found:
        raise FrameError(f"not an answer to DC1: {frame!r}")
    if frame[12] != xor_of(frame[2:12]):
        raise FrameError(f"checksum {frame[12]:02X} should be {xor_of(frame[2:12]):02X}")
    state, minus, text, unit_text = found.groups()
    unit = UNITS[unit_text.strip()]
    if state == b"F":
        return WeightReading(None, unit, status="no weight")
    if text is None:
        raise FrameError(f"no number where the weight stands: {frame!r}")
    return WeightReading(number(text, negative=minus == b"-"), unit, stable=state == b"S")


def encode(reading: WeightReading) -> bytes:
    value = Decimal(0) if reading.value is None else reading.value
    state = b"F" if reading.value is None else b"U" if reading.stable is False else b"S"
    sign, unit = b"-" if value.is_signed() else b" ", (reading.unit or "kg").encode().rjust(2)
    return reseal(b"\x01\x02" + state + sign + digits(value, 6, b"0") + unit + b"?\x03\x04")


def reseal(frame: bytes) -> bytes:
    """Give a frame the checksum its body deserves."""
    return frame[:12] + bytes([xor_of(frame[2:12])]) + frame[13:]


def answer(request: bytes, reading: WeightReading) -> bytes:
    """What the scale says to ENQ and to DC1."""
    return ACK if request == ENQ else encode(reading)


PROTOCOL = ScaleProtocol(
    name="cas-swii",
    title="CAS SW-II (type 6), ENQ and DC1",
    models=("CAS SW-II and others of its type 6",),
    splitter=Answers,
    decode=decode,
    encode=encode,
    reseal=reseal,
    examples=(
        Example(b"\x01\x02S 012.34kge\x03\x04", WeightReading(Decimal("12.34"), "kg", stable=True), "constructed", ""),
        Example(b"\x06", Remark("ready"), "manual", "CAS SW-II manual"),
    ),
    span=Span(digits=5, decimals=4, units=("kg", "lb", "t", "g"), statuses=("no weight",)),
    settings="command mode (type 6)",
    polling=Polling((ENQ, DC1), answer=answer),
    sources=("CAS SW-II manual", "scales-driver-async 0.0.10 (MIT)"),
)
