"""Cardinal 225 and 738 with several decks: asked by ENQ, one line for a deck.

    Z1G 2        5500kg [CR]      state, range, G or N, space, deck, 12 weight, unit

`deck` is the one that this lane stands on; another deck's line is a remark. No checksum.
Source: one field project's parser (TruConnect); what the columns mean is theirs, unverified.
"""

import re
from decimal import Decimal
from functools import partial

from drivers.errors import FrameError
from drivers.framing import FixedLines
from drivers.numerals import number, signed
from drivers.options import Option
from drivers.polling import Polling
from drivers.protocol import Example, Remark, Said, ScaleProtocol, Span
from drivers.readings import Unit, WeightReading

SIZE = 20
SHAPE = re.compile(rb"([ZOU ])[0-9 ]([GN])[M ]([1-9])(?=.{12}(?:kg|lb)) *(-?[0-9]+(?:\.[0-9]+)?)(kg|lb)\r")
UNITS: dict[bytes, Unit] = {b"kg": "kg", b"lb": "lb"}
NO_WEIGHT = {b"O": "overload", b"U": "underload"}
ENQ = b"\x05"
OPTIONS = {"deck": Option(1, "the deck of this lane, 1 to 9")}


def decode(frame: bytes, *, deck: int) -> Said:
    found = SHAPE.fullmatch(frame)
    if not found:
        raise FrameError(f"not a deck's line: {frame!r}")
    state, kind, which, text, unit = found.groups()
    if int(which) != deck:
        return Remark(f"deck {which.decode()}", f"{text.decode()} {unit.decode()}")
    if state in NO_WEIGHT:
        return WeightReading(None, UNITS[unit], net=kind == b"N", status=NO_WEIGHT[state])
    return WeightReading(number(text), UNITS[unit], net=kind == b"N")


def encode(reading: WeightReading, *, deck: int) -> bytes:
    value = Decimal(0) if reading.value is None else reading.value
    state = next((code for code, status in NO_WEIGHT.items() if status == reading.status), b"Z")
    kind, unit = b"N" if reading.net else b"G", (reading.unit or "kg").encode()
    return state + b"1" + kind + b" %d" % deck + signed(value, 12) + unit + b"\r"


def build(*, deck: int = 1) -> ScaleProtocol:
    """The protocol with a site's settings. Raises ValueError for a deck that cannot be."""
    if not 1 <= deck <= 9:
        raise ValueError(f"cardinal-deck: deck {deck} is not from 1 to 9")
    weight = WeightReading(Decimal(5500), "kg", net=False)
    other = 1 if deck == 2 else 2
    return ScaleProtocol(
        name="cardinal-deck",
        title="Cardinal 225 and 738, several decks (ENQ)",
        models=("Cardinal 225, 738",),
        splitter=partial(FixedLines, SIZE, end=b"\r"),
        decode=partial(decode, deck=deck),
        encode=partial(encode, deck=deck),
        examples=(
            Example(b"Z1G %d        5500kg\r" % deck, weight, "field", "TruConnect @55fbe22"),
            Example(
                b"Z1G %d        5500kg\r" % other, Remark(f"deck {other}", "5500 kg"), "field", "TruConnect @55fbe22"
            ),
        ),
        span=Span(digits=8, decimals=4, units=("kg", "lb"), statuses=tuple(NO_WEIGHT.values())),
        settings="answers to ENQ, one line for each deck",
        options=OPTIONS,
        build=build,
        polling=Polling((ENQ,)),
        unverified="not verified on real hardware; the meaning of the columns is that of one field implementation",
    )


PROTOCOL = build()
