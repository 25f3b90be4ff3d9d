"""Mettler Toledo MT-SICS: a command, and an answer whose second letter says how things stand.

    S S     100.00 g     stable        S D     129.07 g     changing
    S I   busy or not executable       S +   overload       S -   underload
    ES    command not understood       ET    transmission error       EL    cannot be executed now

The gateway asks by `mode`: `immediate` (SI, any weight), `stable` (S, only a settled one), `repeat` (SIR, a stream) or
`on-change` (SR, a stream of changes). Zero, tare and reset (Z, T, @ and their like) are never sent; their answers,
should somebody else ask, are remarks. The weight field is read by its words: its width differs from model to model.
Source: the mt-sics project, its tests; field width from memory, unverified.
"""

import re
from decimal import Decimal
from functools import partial

from drivers.errors import FrameError
from drivers.framing import Lines
from drivers.numerals import number, signed
from drivers.options import Option
from drivers.polling import Polling
from drivers.protocol import Example, Remark, Said, ScaleProtocol, Span
from drivers.readings import Unit, WeightReading

WEIGHT = re.compile(rb"S ([SD]) +(-?)([0-9]+(?:\.[0-9]+)?) +(kg|g|t|lb)\r\n")
REFUSED = {
    b"S I": "busy",
    b"S +": "overload",
    b"S -": "underload",
    b"ES": "command not understood",
    b"ET": "transmission error",
    b"EL": "command cannot be executed",
}
STATUSES = {status: code for code, status in REFUSED.items()}
ANSWER = re.compile(rb"(Z|ZI|T|TI|TA|TAC|I[0-9]{1,2}|@|SR|SIR|SNR|SIU|SIRU) ([ABDILSR+-](?: [\x20-\x7e]*)?)")
QUOTED = re.compile(rb'[^"]*"([^"]*)"')
REQUESTS = {"immediate": b"SI\r\n", "stable": b"S\r\n", "repeat": b"SIR\r\n", "on-change": b"SR\r\n"}
UNITS: dict[bytes, Unit] = {b"kg": "kg", b"g": "g", b"t": "t", b"lb": "lb"}
OPTIONS = {
    "mode": Option(
        "immediate",
        "how to ask: SI, S, SIR or SR; `stable` has no answer for a moving load for up to 5 s: set stale_ms above that",
        tuple(REQUESTS),
    )
}


def decode(frame: bytes) -> Said:
    found = WEIGHT.fullmatch(frame)
    if found:
        how, minus, text, unit = found.groups()
        return WeightReading(number(text, negative=bool(minus)), UNITS[unit], stable=how == b"S")
    line = frame.rstrip(b"\r\n")
    if line in REFUSED:
        return WeightReading(None, status=REFUSED[line])
    answer = ANSWER.fullmatch(line)
    if not answer:
        raise FrameError(f"not an answer of MT-SICS: {frame!r}")
    command, text = answer.groups()
    quoted = QUOTED.fullmatch(text)
    about = "serial" if command == b"I4" and quoted else command.decode()
    return Remark(about, " ".join((quoted[1] if quoted else text).decode().split()))


def encode(reading: WeightReading) -> bytes:
    if reading.value is None:
        assert reading.status is not None
        return STATUSES[reading.status] + b"\r\n"
    how = b"D" if reading.stable is False else b"S"
    return b"S %c %s %s\r\n" % (how, signed(reading.value, 10), (reading.unit or "kg").encode())


TESTS = "mt-sics project @099c55f (MIT), its tests"


def _weighs(text: str, unit: Unit, *, stable: bool) -> WeightReading:
    return WeightReading(Decimal(text), unit, stable=stable)


def build(*, mode: str = "immediate") -> ScaleProtocol:
    """The protocol with a site's settings."""
    stream = mode in ("repeat", "on-change")
    wait_ms = 5_000 if mode == "stable" else 500
    return ScaleProtocol(
        name="mt-sics",
        title="Mettler Toledo MT-SICS",
        models=("Mettler Toledo with MT-SICS level 0 and 1 (ICS, IND, balances)",),
        splitter=partial(Lines, first=b"SEZTI@", size_max=80),
        decode=decode,
        encode=encode,
        examples=(
            Example(b"S S     100.00 g\r\n", _weighs("100.00", "g", stable=True), "test-suite", TESTS),
            Example(b"S D     129.07 g\r\n", _weighs("129.07", "g", stable=False), "test-suite", TESTS),
            Example(b"S I\r\n", WeightReading(None, status="busy"), "test-suite", TESTS),
            Example(b"S +\r\n", WeightReading(None, status="overload"), "test-suite", TESTS),
            Example(b"S -\r\n", WeightReading(None, status="underload"), "test-suite", TESTS),
            Example(b"Z A\r\n", Remark("Z", "A"), "test-suite", TESTS),
            Example(b"ZI S\r\n", Remark("ZI", "S"), "test-suite", TESTS),
            Example(b"T S      12.00 g\r\n", Remark("T", "S 12.00 g"), "constructed", ""),
            Example(b"T +\r\n", Remark("T", "+"), "test-suite", TESTS),
            Example(b'I2 A "ICS469 OU 60.18 kg"\r\n', Remark("I2", "ICS469 OU 60.18 kg"), "test-suite", TESTS),
            Example(b"EL\r\n", WeightReading(None, status="command cannot be executed"), "test-suite", TESTS),
            Example(b'I4 A "1234567"\r\n', Remark("serial", "1234567"), "test-suite", TESTS),
        ),
        span=Span(digits=7, decimals=4, units=("kg", "g", "t", "lb"), statuses=tuple(STATUSES)),
        settings="9600 8N1, MT-SICS on the port; over TCP port 4305 or 1701 by model (from memory, unverified)",
        options=OPTIONS,
        build=build,
        polling=Polling((REQUESTS[mode],), every_ms=100, timeout_ms=wait_ms, stream=stream),
    )


PROTOCOL = build()
