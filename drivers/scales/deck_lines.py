"""Multi-deck lines (Zedem ZM-510): the load of each deck and their sum, parted by commas.

    00,    00,  1100,  1000, 2100 [CR][LF]

The sum is the check: a line whose decks do not add up to it is refused. No unit and no stability.
`ask` sends ENQ, for consoles that answer. Source: field notes of TruConnect.
"""

import re
from decimal import Decimal
from functools import partial

from drivers.errors import FrameError
from drivers.framing import Lines
from drivers.numerals import parts
from drivers.options import Option
from drivers.polling import Polling
from drivers.protocol import Example, ScaleProtocol, Span
from drivers.readings import WeightReading

SHAPE = re.compile(rb"( *[0-9]{1,7}(?:, *[0-9]{1,7}){2,8})\r?\n?")
OPTIONS = {"ask": Option(False, "send ENQ instead of listening")}


def decode(frame: bytes) -> WeightReading:
    found = SHAPE.fullmatch(frame)
    if not found:
        raise FrameError(f"not a line of decks and their sum: {frame!r}")
    *decks, total = (Decimal(field.decode().strip()) for field in found[1].split(b","))
    if sum(decks) != total:
        raise FrameError(f"the decks come to {sum(decks)}, and the line says {total}")
    return WeightReading(total, decks=tuple(decks))


def encode(reading: WeightReading) -> bytes:
    """Four decks; what does not say how its load lies is shared by the last two."""
    assert reading.value is not None, "this wire cannot say why there is no weight"
    negative, total, decimals = parts(reading.value)
    assert not negative
    assert decimals == 0
    decks = [int(deck) for deck in reading.decks] or [0, 0, total - total // 2, total // 2]
    first, *others = (b"%02d" % deck for deck in decks)
    return b",".join([first, *(other.rjust(6) for other in others), b"%5d" % total]) + b"\r\n"


def build(*, ask: bool = False) -> ScaleProtocol:
    """The protocol with a site's settings."""
    decks = tuple(map(Decimal, (0, 0, 1100, 1000)))
    return ScaleProtocol(
        name="deck-lines",
        title="Multi-deck lines with their sum",
        models=("Zedem ZM-510 with four decks",),
        splitter=partial(Lines, first=b" 0123456789", size_max=80),
        decode=decode,
        encode=encode,
        examples=(
            Example(
                b"00,    00,  1100,  1000, 2100\r\n",
                WeightReading(Decimal(2100), decks=decks),
                "field",
                "TruConnect @55fbe22",
            ),
        ),
        span=Span(digits=6, decimals=0, negative=False),
        settings="9600 8N1, comma-separated output of all decks",
        options=OPTIONS,
        build=build,
        polling=Polling((b"\x05",)) if ask else None,
    )


PROTOCOL = build()
