"""Remote weight displays, 1200 8N1: eight digits, the lowest first, between equal signs.

    3D [8 digits, low first] 3D        1100 kg is =00110000=      some want a $ before it: $=00200000= is 200 kg

Only a number fits: the first mass in the text is shown, in whole kilograms, and 0 where there is none. A mass of more
than eight digits is refused. The display does not answer. Source: guides of a field project (Bengo-Hub/TruConnect).
"""

import re
from decimal import Decimal

from drivers.description import UNVERIFIED, Description
from drivers.errors import FrameError
from drivers.signs.sign import SignProtocol

DIGITS, MASS_SHOWN = 8, 32
MASS = re.compile(r"(?<![0-9.])([0-9]+(?:\.[0-9]+)?)\s*(吨|t\b|kg|公斤|千克)")
FRAME = re.compile(rb"\$?=([0-9]{8})=")
TONNES = ("吨", "t")


def encode(lines: tuple[str, ...], colour: str) -> tuple[bytes, ...]:
    """One frame: the first mass in the lines. Its colour is the display's own. FrameError where it has no room."""
    del colour
    found = MASS.search(" ".join(lines))
    if found is None:
        return (b"=" + b"0" * DIGITS + b"=",)
    kilograms = Decimal(found[1]) * (1000 if found[2] in TONNES else 1)
    if kilograms >= 10**DIGITS:
        raise FrameError(f"the display has {DIGITS} digits, too few for {found[0][:MASS_SHOWN]!r} in kilograms")
    digits = f"{int(kilograms):0{DIGITS}d}"
    return (b"=" + digits[::-1].encode() + b"=",)


def decode(received: bytes) -> tuple[tuple[str, ...], str]:
    """What the last whole frame shows. FrameError where there is none."""
    frames = FRAME.findall(received)
    if not frames:
        raise FrameError(f"no frame of this display: {received[:16]!r}")
    return (f"{int(frames[-1][::-1])} kg",), "red"


PROTOCOL = SignProtocol(
    name="remote-display",
    encode=encode,
    decode=decode,
    description=Description(
        kind="sign",
        title="Remote weight display (= and eight reversed digits)",
        models=("remote displays for XK3190 indicators",),
        sources=("guides of Bengo-Hub/TruConnect",),
        proof=("field",),
        settings="1200 8N1; the digit order of the display set to low first",
        sample='[lanes.sign]\nprotocol = "remote-display"\nurl = "serial:///dev/ttyUSB3?baudrate=1200"\n',
        unverified=f"{UNVERIFIED}; it does not answer: that it is frozen cannot be seen",
    ),
)
