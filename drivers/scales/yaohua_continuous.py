"""Yaohua XK3190 family, continuous format 0 (tF=0): the indicator talks, nobody asks.

    byte   1    2     3..8        9         10    11    12
         [02] [+|-] [6 digits] [decimals] [xor hi][xor lo] [03]
                |<---- xor covers 2..9 --->|

There is no stability bit, no unit and no overload flag: whether the load has settled is for the gateway to judge, the
unit is a setting of the site, and an overloaded indicator falls silent. The checksum does not see swapped digits.
Source: XK3190-A26 manual, pages 12 and 13; frames captured from an A9+ at 1200 baud, 8N1.
"""

from decimal import Decimal
from functools import partial

from drivers.checksums import xor_of
from drivers.errors import FrameError
from drivers.framing import FixedFrames
from drivers.numerals import parts
from drivers.protocol import Example, ScaleProtocol
from drivers.readings import WeightReading

STX, ETX, SIZE = 0x02, 0x03, 12
DECIMALS = b"01234"

# The manual writes nibbles above 9 as A..F; some firmware just adds 0x30, which gives `:` to `?`. Read both.
STANDARD_NIBBLES = bytes.maketrans(b":;<=>?", b"ABCDEF")


def decode(frame: bytes) -> WeightReading:
    assert len(frame) == SIZE
    body, checksum = frame[1:9], frame[9:11]
    if checksum.translate(STANDARD_NIBBLES) != _checksum(body):
        raise FrameError(f"checksum {checksum!r} should be {_checksum(body)!r}")
    sign, digits, decimals = body[:1], body[1:7], body[7:]
    if sign not in (b"+", b"-") or not digits.isdigit() or decimals not in DECIMALS:
        raise FrameError(f"not a weight: {body!r}")
    return WeightReading(Decimal((sign + digits).decode()).scaleb(-int(decimals)))


def encode(reading: WeightReading) -> bytes:
    assert reading.value is not None, "this wire cannot say why there is no weight: the indicator falls silent"
    negative, number, decimals = parts(reading.value)
    assert decimals < len(DECIMALS)
    assert number <= 999_999
    return reseal(b"\x02%c%06d%d??\x03" % (b"+-"[negative], number, decimals))


def reseal(frame: bytes) -> bytes:
    """Give a frame the checksum its body deserves. Tests use it to forge honest nonsense."""
    return frame[:9] + _checksum(frame[1:9]) + frame[11:]


def _checksum(body: bytes) -> bytes:
    return b"%02X" % xor_of(body)


CAPTURE = "app-tools-zxw 2.2.4 (MIT), captured from an A9+ at 1200 baud, 8N1"

PROTOCOL = ScaleProtocol(
    name="yaohua-continuous-0",
    title="Yaohua XK3190 continuous output, format 0 (tF=0)",
    models=("Yaohua XK3190-A9, A9+, A26, A23p, D9", "Keli indicators with the same output"),
    splitter=partial(FixedFrames, start=STX, end=ETX, size=SIZE),
    decode=decode,
    encode=encode,
    reseal=reseal,
    examples=(
        Example(b"\x02+00200021B\x03", WeightReading(Decimal("20.00")), "manual", "device-ctrl, 地磅.md"),
        Example(b"\x02+00000001B\x03", WeightReading(Decimal(0)), "captured", CAPTURE),  # empty platform
        Example(b"\x02+001560019\x03", WeightReading(Decimal(1560)), "captured", CAPTURE),  # a car
        Example(b"\x02+001650019\x03", WeightReading(Decimal(1650)), "captured", CAPTURE),  # the same with its driver
        Example(b"\x02-00123421B\x03", WeightReading(Decimal("-12.34")), "constructed", ""),
        # the variant that adds 0x30
        Example(b"\x02+0020002" + b"1;" + b"\x03", WeightReading(Decimal("20.00")), "constructed", ""),
    ),
    settings="tF=0, baud rate as in the URL (600 to 9600), 8N1",
    sources=("XK3190-A26 manual, pages 12 and 13", "XK3190-D9 manual"),
    line="baudrate=9600",
    unverified=(
        "not verified on real hardware; D10, DS8, DS10, Keli XK3118T1 and D2008 are said to speak it (from memory)"
    ),
)
