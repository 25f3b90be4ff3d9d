"""Mettler Toledo standard continuous output (8142, 8530, IND series and many clones): the indicator talks.

    byte   1    2     3     4    5..10        11..16     17   18
         [02] [SWA] [SWB] [SWC] [6 weight] [6 tare]  [0D] [checksum, a setting of the indicator]

    SWA  bits 2..0  0: two fixed zeros  1: one fixed zero  2: no decimals  3..7: one to five decimals
    SWB  bit 0 net  1 negative  2 out of range  3 motion  4 kg (0: lb)
    SWC  bits 2..0  0: unit as in SWB  1: g  2: t     bit 4: expanded tenfold

Frames are cut by length from the STX, never at CR: the checksum may itself be 0D or 02, and whether there is one is
learned from where the next frame begins. Bits 5 and 6 differ between clones and are not looked at.
Options: `fixed_zero` multiplies as SWA says, for indicators that leave the fixed zeros out of the six digits (many put
them in: prove it with a known load); `seven_bit` strips bit 7, for a 7E1 line that a converter reads as 8N1.
Sources: Mettler Toledo Wildcat manual, pages 40 and 41; Jaguar manual, page 119; Rice Lake 480 manual, page 57.
"""

import re
from decimal import Decimal
from functools import partial

from drivers.checksums import twos_complement_7bit
from drivers.errors import FrameError
from drivers.framing import NEED_MORE, NO_FRAME
from drivers.numerals import parts
from drivers.options import Option
from drivers.protocol import Example, ScaleProtocol, Span
from drivers.readings import Unit, WeightReading

STX, CR = 0x02, 0x0D
BARE, SUMMED = 17, 18
NET, NEGATIVE, OUT_OF_RANGE, MOTION, KILOGRAMS = 1, 2, 4, 8, 16
EXPANDED, ALWAYS_ONE, STEP_ONE = 16, 32, 8
UNIT_CODES: dict[int, Unit] = {1: "g", 2: "t"}
DECIMALS_MAX = 5
WEIGHT, TARE = re.compile(rb" *[0-9]+"), re.compile(rb" *[0-9]*")


class LengthFrames:
    """17 or 18 bytes from STX with CR as the 17th. It waits for the next frame once, to see which of the two."""

    size_max = BARE * 2

    def __init__(self, *, seven_bit: bool = False) -> None:
        self._mask = 0x7F if seven_bit else 0xFF
        self._summed: bool | None = None  # None: the stream has not shown it yet

    def size(self, buffer: bytes | bytearray, *, final: bool) -> int:
        if self._summed and len(buffer) >= SUMMED:  # learned, and the usual case: most of the cost of a reading is here
            mask = self._mask
            if buffer[0] & mask == STX and buffer[BARE - 1] & mask == CR:
                return SUMMED
        size = self._size(buffer, final=final)
        if size == NO_FRAME:  # out of step: perhaps the setting was changed
            self._summed = None
        return size

    def judged(self, size: int, *, good: bool) -> None:
        self._summed = size == SUMMED if good else None

    def _size(self, buffer: bytes | bytearray, *, final: bool) -> int:
        if not self._is(buffer, 0, STX):
            return NO_FRAME
        if len(buffer) < BARE:
            return NEED_MORE
        if not self._is(buffer, BARE - 1, CR):
            return NO_FRAME
        return self._length(buffer, final=final)

    def _length(self, buffer: bytes | bytearray, *, final: bool) -> int:
        if self._summed is False or (final and len(buffer) == BARE and self._summed is None):
            return BARE
        if len(buffer) < SUMMED:
            return NEED_MORE
        if self._summed or not self._is(buffer, BARE, STX):
            return SUMMED
        # The 18th byte is 02: a checksum, or the next frame. If that is a frame, it has its CR where it belongs.
        if len(buffer) < BARE * 2 and not final:
            return NEED_MORE
        return BARE if self._is(buffer, BARE * 2 - 1, CR) else SUMMED

    def _is(self, buffer: bytes | bytearray, index: int, wanted: int) -> bool:
        return index < len(buffer) and buffer[index] & self._mask == wanted


def decode(frame: bytes, *, fixed_zero: bool, seven_bit: bool) -> WeightReading:
    assert len(frame) in (BARE, SUMMED)
    if seven_bit:
        frame = bytes(byte & 0x7F for byte in frame)
    if not frame.isascii():
        raise FrameError("bit 7 is set: read this line with bytesize=7, or set seven_bit = true")
    if len(frame) == SUMMED and frame[17] != twos_complement_7bit(frame[:17]):
        raise FrameError(f"checksum {frame[17]:02X} should be {twos_complement_7bit(frame[:17]):02X}")
    swa, swb, swc = frame[1:4]
    negative = bool(swb & NEGATIVE)
    unit, stable, net = _unit(swb, swc), not swb & MOTION, bool(swb & NET)
    if swb & OUT_OF_RANGE:
        return WeightReading(None, unit, stable, net, status="underload" if negative else "overload")
    if not WEIGHT.fullmatch(frame, 4, 10) or not TARE.fullmatch(frame, 10, 16):
        raise FrameError(f"not a weight and a tare: {frame[4:16]!r}")
    number = Decimal(frame[4:10].decode())
    if negative:
        number = number.copy_negate()
    return WeightReading(_scaled(number, swa & 7, fixed_zero=fixed_zero), unit, stable, net)


def encode(reading: WeightReading) -> bytes:
    """A frame of 18 bytes, tare zero, whatever the options; where the reading does not say: kg, stable, gross."""
    assert reading.status in (None, "overload", "underload")
    assert (reading.value is None) == (reading.status is not None)
    value = Decimal(0) if reading.value is None else reading.value
    negative, number, decimals = parts(value)
    assert decimals <= DECIMALS_MAX
    assert number <= 999_999
    swb = ALWAYS_ONE + (KILOGRAMS if reading.unit in (None, "kg") else 0) + (NET if reading.net else 0)
    swb += (NEGATIVE if negative or reading.status == "underload" else 0) + (MOTION if reading.stable is False else 0)
    swb += OUT_OF_RANGE if reading.status is not None else 0
    swc = ALWAYS_ONE + next((code for code, unit in UNIT_CODES.items() if unit == reading.unit), 0)
    swa = ALWAYS_ONE + STEP_ONE + 2 + decimals
    return reseal(b"\x02%c%c%c%6d%6d\x0d?" % (swa, swb, swc, number, 0))


def reseal(frame: bytes) -> bytes:
    """Give an 18 byte frame the checksum its body deserves."""
    return frame[:17] + bytes([twos_complement_7bit(frame[:17])])


def _unit(swb: int, swc: int) -> Unit:
    code = swc & 7
    if swc & EXPANDED:
        raise FrameError("the indicator shows expanded tenfold resolution; switch that off")
    if code == 0:
        return "kg" if swb & KILOGRAMS else "lb"
    if code not in UNIT_CODES:
        raise FrameError(f"unit code {code} in SWC is not kg, lb, g or t")
    return UNIT_CODES[code]


def _scaled(number: Decimal, code: int, *, fixed_zero: bool) -> Decimal:
    if code == 2:
        return number
    if code > 2:
        return number.scaleb(2 - code)
    return number * (100, 10)[code] if fixed_zero else number


JAGUAR = "Jaguar manual, page 119"
OPTIONS = {
    "fixed_zero": Option(False, "multiply as status word A says: for fixed zeros that are not among the digits"),
    "seven_bit": Option(False, "strip bit 7: for a 7E1 line that a converter reads as 8N1"),
}


def build(*, fixed_zero: bool = False, seven_bit: bool = False) -> ScaleProtocol:
    """The protocol with a site's settings."""
    return ScaleProtocol(
        name="toledo-continuous",
        title="Mettler Toledo standard continuous output, 17 or 18 bytes",
        models=(
            "Mettler Toledo 8142, 8530, Jaguar, IND series (standard continuous)",
            "KERN, Rice Lake and other clones",
        ),
        splitter=partial(LengthFrames, seven_bit=seven_bit),
        decode=partial(decode, fixed_zero=fixed_zero, seven_bit=seven_bit),
        encode=encode,
        reseal=reseal,
        examples=(
            _example(b"\x02*0  12340     0\r\r", WeightReading(Decimal(12340), "kg", stable=True, net=False)),
            _example(b"\x02+;     20   500\r\x14", WeightReading(Decimal("-2.0"), "kg", stable=False, net=True)),
            Example(b"\x021     200      \r", _fixed(Decimal(200), fixed_zero), "manual", JAGUAR),
        ),
        span=Span(decimals=DECIMALS_MAX, units=("kg", "lb", "g", "t"), statuses=("overload", "underload")),
        settings="standard continuous output, expanded resolution off; with or without checksum, which is learned",
        line="baudrate=9600&bytesize=7&parity=E",
        sources=("Mettler Toledo Wildcat manual, pages 40 and 41", "Rice Lake 480 manual, page 57"),
        options=OPTIONS,
        build=build,
    )


def _example(frame: bytes, said: WeightReading) -> Example:
    return Example(frame, said, "constructed", "")


def _fixed(shown: Decimal, fixed_zero: bool) -> WeightReading:
    return WeightReading(shown * 10 if fixed_zero else shown, "lb", stable=True, net=False)


PROTOCOL = build()
