"""MCGS console of portable axle pads: the running total, again and again, with nothing to mark the end.

    =SG+0000060kX       sign, seven digits, k for kilograms, and R or X, which is not explained

The total of the vehicle so far is not the load of an axle. With `cumulative` (the default) each reading is the total
less what was there when the last axle had settled, and its `evidence` is that subtraction:

    totals 6000 6000 6000 14200 14200 14200    readings 6000 6000 6000 8200 8200 8200      14200 - 6000

An axle is counted when the total has stood for `settled` frames. Joined in the middle, or when the total falls without
coming to zero, there is no weight until zero is seen. Nothing is sent: 02 41 03 and 02 44 03 weigh and zero.
Source: field notes of TruConnect, with two captured frames.
"""

import re
from dataclasses import replace
from decimal import Decimal
from functools import partial

from drivers.errors import FrameError
from drivers.framing import StartFrames
from drivers.numerals import number, parts
from drivers.options import Option
from drivers.protocol import Example, ScaleProtocol, Span
from drivers.readings import WeightReading

SHAPE = re.compile(rb"=SG([+-])([0-9]{7})k[RX]")
OPTIONS = {
    "cumulative": Option(True, "the console sends running totals; false: it sends the live load"),
    "settled": Option(3, "frames that a total must stand still before its axle is counted"),
}
SETTLED_MAX = 50


def decode(frame: bytes) -> WeightReading:
    found = SHAPE.fullmatch(frame)
    if not found:
        raise FrameError(f"not a total: {frame!r}")
    return WeightReading(number(found[2], negative=found[1] == b"-"), "kg")


def encode(reading: WeightReading) -> bytes:
    assert reading.value is not None, "this wire cannot say why there is no weight"
    negative, value, decimals = parts(reading.value)
    assert decimals == 0
    assert value <= 9_999_999
    return b"=SG%c%07dkR" % (b"+-"[negative], value)


class Totals:
    """Running totals become the load since the axle before. One for each open line."""

    def __init__(self, settled: int) -> None:
        self._settled = settled
        self._counted: Decimal | None = None  # None: not known what was there before
        self._last = Decimal(0)
        self._stood = 0

    def __call__(self, reading: WeightReading) -> WeightReading:
        total = reading.value
        assert total is not None
        if total <= 0:
            self._counted, self._last, self._stood = Decimal(0), Decimal(0), 0
            return replace(reading, value=Decimal(0), evidence=f"{total} - 0")
        if total < self._last:
            self._counted = None
        self._stood = self._stood + 1 if total == self._last else 1
        self._last = total
        if self._counted is None:
            return WeightReading(None, reading.unit, status="total of an unknown start: zero the console")
        load = replace(reading, value=total - self._counted, evidence=f"{total} - {self._counted}")
        if self._stood >= self._settled:
            self._counted = total
        return load


FIELD = "TruConnect @55fbe22, captured"


def build(*, cumulative: bool = True, settled: int = 3) -> ScaleProtocol:
    """The protocol with a site's settings. Raises ValueError for a count that cannot be."""
    if not 1 <= settled <= SETTLED_MAX:
        raise ValueError(f"mcgs: settled {settled} is not from 1 to {SETTLED_MAX}")
    return ScaleProtocol(
        name="mcgs",
        title="MCGS console of portable axle pads (running totals)",
        models=("MCGS console",),
        splitter=partial(StartFrames, start=0x3D, size=13),
        decode=decode,
        encode=encode,
        examples=(
            Example(b"=SG+0000000kR", WeightReading(Decimal(0), "kg"), "captured", FIELD),
            Example(b"=SG+0000060kX", WeightReading(Decimal(60), "kg"), "captured", FIELD),
        ),
        span=Span(digits=7, decimals=0, units=("kg",)),
        settings="9600 8N1, continuous output; zero the console between vehicles",
        options=OPTIONS,
        build=build,
        follower=partial(Totals, settled) if cumulative else None,
        unverified="not verified on real hardware; what R and X mean is not documented",
    )


PROTOCOL = build()
