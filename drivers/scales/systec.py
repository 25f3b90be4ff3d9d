"""Systec IT terminals: <RN> is answered by one record of fields in angle brackets.

    <000005.06.1813:12  21   20000       0   20000kg     1   27387>

    error 2, status 2, date 8, time 5, ident and scale 4, gross 8, tare 8, net 8, unit 2, tare code 2, range 1,
    terminal 3, CRC 8 (a decimal number)

The printed record is one character short of its own table, before the scale's number; one more is read too. How its CRC
is made is not documented, so it is not checked. An error other than 00 is no weight.
Source: Systec IT3 manual, chapter 20.
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

HEAD = re.compile(rb"<([0-9]{2})[0-9]{2}[0-9.]{8}[0-9:]{5}[ -~]{4,5}")
NUMBER = re.compile(rb" *(-?[0-9]+(?:\.[0-9]+)?)")
TAIL = re.compile(rb"(kg|lb|t |g | t| g)[ -~]{3}[ 0-9]{3} *[0-9]+>")
UNITS: dict[bytes, Unit] = {b"kg": "kg", b"lb": "lb", b"t": "t", b"g": "g"}
REQUEST = b"<RN>"
SIZES, TAIL_SIZE, NUMBERS_SIZE = (63, 64), 17, 24


def decode(frame: bytes) -> Said:
    if frame == REQUEST:
        return Remark("request", "RN")
    numbers = len(frame) - TAIL_SIZE - NUMBERS_SIZE
    head, tail = HEAD.fullmatch(frame, 0, max(numbers, 0)), TAIL.fullmatch(frame, numbers + NUMBERS_SIZE)
    if len(frame) not in SIZES or not head or not tail:
        raise FrameError(f"not a record: {frame!r}")
    unit = UNITS[tail[1].strip()]
    if head[1] != b"00":
        return WeightReading(None, unit, status=f"error {head[1].decode()}")
    fields = [NUMBER.fullmatch(frame, at, at + 8) for at in range(numbers, numbers + NUMBERS_SIZE, 8)]
    if fields[0] is None or None in fields:
        raise FrameError(f"no numbers where gross, tare and net stand: {frame!r}")
    return WeightReading(number(fields[0][1]), unit, net=False)


def encode(reading: WeightReading) -> bytes:
    value = Decimal(0) if reading.value is None else reading.value
    error = b"00" if reading.status is None else reading.status.removeprefix("error ").encode()
    numbers, unit = signed(value, 8) + b"       0" + signed(value, 8), (reading.unit or "kg").encode().ljust(2)
    return b"<" + error + b"0005.06.1813:12  21" + numbers + unit + b"     1   27387>"


PROTOCOL = ScaleProtocol(
    name="systec",
    title="Systec IT record (RN)",
    models=("Systec IT3 and other IT terminals",),
    splitter=partial(Enclosed, first=b"<", end=b">", size_max=SIZES[-1]),
    decode=decode,
    encode=encode,
    examples=(
        Example(
            b"<000005.06.1813:12  21   20000       0   20000kg     1   27387>",
            WeightReading(Decimal(20000), "kg", net=False),
            "manual",
            "Systec IT3 manual, chapter 20",
        ),
        Example(REQUEST, Remark("request", "RN"), "manual", "Systec IT3 manual, chapter 20"),
    ),
    span=Span(digits=6, decimals=4, units=("kg", "lb", "t", "g"), statuses=("error 31",), net=False),
    settings="remote commands on the port, TCP 1234",
    polling=Polling((REQUEST,)),
    unverified="not verified on real hardware; one character of the printed record is missing; its CRC is not checked",
)
