"""Rice Lake addressed demand: an address and XG, and one answer.

    ask     [STX] [address] XG#1 [CR]
    answer  [STX] [address] [10 weight] [space] [unit] [CR][LF][ETX][CR]

XG reads the gross weight; XN would read the net one. Nothing else is sent.
Source: Rice Lake 480 and IQ355 manuals.
"""

import re
from decimal import Decimal
from functools import partial

from drivers.errors import FrameError
from drivers.framing import Enclosed
from drivers.numerals import number, signed
from drivers.options import Option
from drivers.polling import Polling
from drivers.protocol import Example, ScaleProtocol, Span
from drivers.readings import Unit, WeightReading

SHAPE = re.compile(rb"\x02([A-Z])(?=.{10} ) *(-?[0-9]+(?:\.[0-9]+)?) (kg|lb|t|g)\r\n\x03\r")
TAIL = b"\r\n\x03\r"
UNITS: dict[bytes, Unit] = {b"kg": "kg", b"lb": "lb", b"t": "t", b"g": "g"}
OPTIONS = {"address": Option("A", "the indicator's address, one letter")}


def decode(frame: bytes, *, address: str) -> WeightReading:
    found = SHAPE.fullmatch(frame)
    if not found:
        raise FrameError(f"not an answer to XG: {frame!r}")
    if found[1] != address.encode():
        raise FrameError(f"address {found[1].decode()} answers, and {address} was asked")
    return WeightReading(number(found[2]), UNITS[found[3]], net=False)


def encode(reading: WeightReading, *, address: str) -> bytes:
    assert reading.value is not None, "this answer cannot say why there is no weight"
    unit = reading.unit or "kg"
    return b"\x02" + address.encode() + signed(reading.value, 10) + b" " + unit.encode() + TAIL


def build(*, address: str = "A") -> ScaleProtocol:
    """The protocol with a site's settings. Raises ValueError for an address that is none."""
    if not re.fullmatch("[A-Z]", address):
        raise ValueError(f"ricelake-demand: address {address!r} is not one letter, A to Z")
    answer = b"\x02" + address.encode() + b"   1234.00 lb\r\n\x03\r"
    return ScaleProtocol(
        name="ricelake-demand",
        title="Rice Lake addressed demand (XG)",
        models=("Rice Lake 480, IQ355",),
        splitter=partial(Enclosed, first=b"\x02", end=TAIL, size_max=24),
        decode=partial(decode, address=address),
        encode=partial(encode, address=address),
        examples=(
            Example(answer, WeightReading(Decimal("1234.00"), "lb", net=False), "manual", "IQ355 manual, page 57"),
        ),
        span=Span(digits=8, decimals=4, units=("kg", "lb", "t", "g"), net=False),
        settings="demand by serial command (EDP), with an address",
        options=OPTIONS,
        build=build,
        polling=Polling((b"\x02" + address.encode() + b"XG#1\r",)),
    )


PROTOCOL = build()
