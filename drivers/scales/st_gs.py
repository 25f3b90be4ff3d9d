"""The `ST,GS` line: the largest family of indicators that talk by themselves, and each bends it a little.

    ST,GS,+00123.0kg      state, kind, number, unit; CR LF
    ST,GS     59.6kg      no second comma                     ST,GS-     0.0kg     the sign before the spaces
    ST,GS    20.7g        spaces behind the unit              ST,GS, 0000270kg     whole kilograms (a pad pair)

    ST stable  US moving  OL over  LO under  HD a held display      GS gross  NT net  TR tare  PT preset tare

A held display and a tare are no load. Without a unit the site's counts. There is no checksum.
`ask` polls an A&D indicator that is set to answer: RW reads what it displays.
Sources: A&D AD-4410, AD-4401 and AD-4406 manuals; CAS CI-600D manual; captured lines of four makes.
"""

import re
from decimal import Decimal
from functools import partial

from drivers.errors import FrameError
from drivers.framing import Lines
from drivers.numerals import digits, number
from drivers.options import Option
from drivers.polling import Polling
from drivers.protocol import Example, Remark, Said, ScaleProtocol, Span
from drivers.readings import Unit, WeightReading

SHAPE = re.compile(
    rb"(ST|US|OL|LO|HD) ?,? ?(GS|NT|TR|PT|G|N) *,? *([+-]?) *"
    rb"([0-9]+(?:\.[0-9]+)?|[-. ]*) *(kg|g|t|lb|KG|G|T|LB)? *[\r\n]+"
)
UNITS: dict[bytes, Unit] = {b"KG": "kg", b"G": "g", b"T": "t", b"LB": "lb"}
NO_WEIGHT = {b"OL": "overload", b"LO": "underload", b"HD": "held display"}
STATUSES = {status: code for code, status in NO_WEIGHT.items()}
OPTIONS = {"ask": Option(False, "send RW (A&D command mode) instead of listening")}


def decode(frame: bytes) -> Said:
    found = SHAPE.fullmatch(frame)
    if not found:
        raise FrameError(f"not a line of ST,GS: {frame!r}")
    state, kind, sign, text, unit_text = found.groups()
    unit = UNITS[unit_text.upper()] if unit_text else None
    if state in NO_WEIGHT:
        return WeightReading(None, unit, status=NO_WEIGHT[state])
    if not text[:1].isdigit():
        raise FrameError(f"no number: {frame!r}")
    value = number(text, negative=sign == b"-")
    if kind in (b"TR", b"PT"):
        return Remark("tare", f"{value:f} {unit or ''}".rstrip())
    return WeightReading(value, unit, stable=state == b"ST", net=kind[:1] == b"N")


def encode(reading: WeightReading) -> bytes:
    kind, unit = b"NT" if reading.net else b"GS", (reading.unit or "kg").encode().rjust(2)
    if reading.value is None:
        assert reading.status is not None
        return STATUSES[reading.status] + b",GS,        " + unit + b"\r\n"
    state = b"US" if reading.stable is False else b"ST"
    sign = b"-" if reading.value.is_signed() else b"+"
    return state + b"," + kind + b"," + sign + digits(reading.value, 7, b"0") + unit + b"\r\n"


READER, TOOLS = "weighbridge-reader @82e3ee1, captured", "NSerialCommTools @ea92cf0 (MIT), captured"


def _gross(text: str, unit: Unit) -> WeightReading:
    return WeightReading(Decimal(text), unit, stable=True, net=False)


def build(*, ask: bool = False) -> ScaleProtocol:
    """The protocol with a site's settings."""
    return ScaleProtocol(
        name="st-gs",
        title="The ST,GS line of A&D, CAS and many others",
        models=("A&D AD-4401, AD-4406, AD-4410", "CAS CI series", "Intercomp PAW and LP600 consoles", "many clones"),
        splitter=partial(Lines, first=b"SUOLH", size_max=40),
        decode=decode,
        encode=encode,
        examples=(
            Example(b"ST,GS,+00123.0kg\r\n", _gross("123.0", "kg"), "manual", "A&D AD-4410 manual"),
            Example(b"ST,GS    59.6kg\n", _gross("59.6", "kg"), "captured", READER),
            Example(b"ST,GS    60.2kg\n", _gross("60.2", "kg"), "captured", READER),
            Example(b"ST,GS-     0.0kg\n", _gross("-0.0", "kg"), "captured", READER),
            Example(b"ST,GS    20.7g  \r\n", _gross("20.7", "g"), "captured", TOOLS),
            Example(b"ST,GS,   245.6 g\r\n", _gross("245.6", "g"), "captured", TOOLS),
            Example(b"ST,GS, 0000270kg\r\n", _gross("270", "kg"), "field", "TruConnect, Intercomp PAW console"),
            Example(b"ST,NT,+0012.34kg\r\n", WeightReading(Decimal("12.34"), "kg", stable=True, net=True), "manual",
                    "A&D AD-4401 and AD-4406 manuals"),
        ),
        span=Span(digits=6, decimals=4, units=("kg", "g", "t", "lb"), statuses=tuple(STATUSES)),
        settings="continuous (stream) output of the standard line; A&D indicators are often 2400 or 9600 baud, 7E1",
        options=OPTIONS,
        build=build,
        polling=Polling((b"RW\r\n",)) if ask else None,
    )  # fmt: skip


PROTOCOL = build()
