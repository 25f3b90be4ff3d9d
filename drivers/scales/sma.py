r"""SMA SCP-0499, the scale makers' common answer to a `W`.

    [LF] s r n m f [10 weight] [3 unit] [CR]

    s  Z centre of zero, O over, U under, E zero error, T tare error, I starting up, space: in range
    r  weighing range      n  G gross, N net, T tare (small g, n: tenfold resolution)      m  M motion      f  reserved

A high-resolution g or n is read as it is written. A weight field of dashes is no weight. One manual's example lost a
space in print, so nine weight characters are read too. No checksum.
The gateway sends [LF] W [CR]; zero, tare and units (Z, T, C, U and their like) are never sent.
Source: Sartorius PR5220 manual, page 130.
"""

import re
from decimal import Decimal
from functools import partial

from drivers.errors import FrameError
from drivers.framing import Enclosed
from drivers.numerals import number, signed
from drivers.polling import Polling
from drivers.protocol import Example, Remark, Said, ScaleProtocol, Span
from drivers.readings import Unit, WeightReading

SHAPE = re.compile(
    rb"\n([ ZOUETI])([0-9 ])([GNTgn])([M ])([ -~])(?=.{13,14}\Z)( *-?[0-9]+(?:\.[0-9]+)?| *-+ *)(kg |g  |t  |lb )\r"
)
UNITS: dict[bytes, Unit] = {b"kg ": "kg", b"g  ": "g", b"t  ": "t", b"lb ": "lb"}
NO_WEIGHT = {b"O": "overload", b"U": "underload", b"E": "zero error", b"T": "tare error", b"I": "starting up"}
STATUSES = {status: code for code, status in NO_WEIGHT.items()}
UNKNOWN = {b"\n?\r": "command not understood", b"\n!\r": "communication error"}  # from memory, unverified


def decode(frame: bytes) -> Said:
    if frame in UNKNOWN:
        return Remark("answer", UNKNOWN[frame])
    found = SHAPE.fullmatch(frame)
    if not found:
        raise FrameError(f"not an answer of SMA: {frame!r}")
    state, _, kind, motion, _, text, unit_text = found.groups()
    unit, net = UNITS[unit_text], kind in b"Nn"
    if state in NO_WEIGHT:
        return WeightReading(None, unit, motion == b" ", net, status=NO_WEIGHT[state])
    text = text.strip()
    if not text[-1:].isdigit():
        return WeightReading(None, unit, motion == b" ", net, status="no weight")
    if kind == b"T":
        return Remark("tare", f"{text.decode()} {unit}")
    return WeightReading(number(text), unit, stable=motion == b" ", net=net)


def encode(reading: WeightReading) -> bytes:
    state = b" "
    field = b"-" * 10
    if reading.value is not None:
        field = signed(reading.value, 10)
    elif reading.status != "no weight":
        assert reading.status is not None
        state = STATUSES[reading.status]
    kind, motion = b"N" if reading.net else b"G", b"M" if reading.stable is False else b" "
    return b"\n" + state + b"1" + kind + motion + b" " + field + (reading.unit or "kg").encode().ljust(3) + b"\r"


PAGE = "Sartorius PR5220 manual, page 130"


def _gross(text: str, unit: Unit, *, stable: bool = True) -> WeightReading:
    return WeightReading(Decimal(text), unit, stable=stable, net=False)


PROTOCOL = ScaleProtocol(
    name="sma",
    title="SMA SCP-0499",
    models=("Sartorius PR5220", "Cardinal 190", "others with the SMA protocol"),
    splitter=partial(Enclosed, first=b"\n", end=b"\r", size_max=24),
    decode=decode,
    encode=encode,
    examples=(
        Example(b"\n 1GM      7.650kg \r", _gross("7.650", "kg", stable=False), "manual", PAGE),
        Example(b"\nZ1G       0.000lb \r", _gross("0.000", "lb"), "manual", PAGE),
        Example(b"\n 1G      5.025lb \r", _gross("5.025", "lb"), "manual", PAGE),
        Example(b"\n 1g     5.0025lb \r", _gross("5.0025", "lb"), "manual", PAGE),
    ),
    span=Span(digits=7, decimals=4, units=("kg", "g", "t", "lb"), statuses=(*STATUSES, "no weight")),
    settings="SMA protocol (SCP-0499), level 1",
    polling=Polling((b"\nW\r",), every_ms=100),
)
