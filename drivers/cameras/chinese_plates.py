"""Chinese number plates: what kind one is, written as it stands on the metal, and whether its colour fits.

    豫A12345    ordinary           豫A12345D  new-energy-large   豫A1234挂  trailer
    豫AD12345   new-energy-small   豫A1234警  police             粤Z1234港  hong-kong-macao

A truck's head carries a yellow plate, its trailer another one that ends in 挂: both are kept, as front and rear.
Source: the shapes public validators agree on (GA 36 itself was not read). The letters I and O stand on no plate.
"""

import re
from dataclasses import replace
from typing import Literal

from drivers.readings import PlateColour, PlateReading

PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
PlateKind = Literal[
    "ordinary", "new-energy-small", "new-energy-large", "trailer", "police", "coach", "hong-kong-macao", "embassy",
    "consulate", "temporary", "armed-police", "emergency", "civil-aviation", "unknown",
]  # fmt: skip
LETTER, SIGN = "[A-HJ-NP-Z]", "[A-HJ-NP-Z0-9]"
HEAD = f"[{PROVINCES}]{LETTER}"
SHAPES: tuple[tuple[PlateKind, str], ...] = (
    ("new-energy-large", f"{HEAD}[0-9]{{5}}[DABCEFGHJK]"),
    ("new-energy-small", f"{HEAD}[DABCEFGHJK]{SIGN}[0-9]{{4}}"),
    ("ordinary", f"{HEAD}{SIGN}{{5}}"),
    ("trailer", f"{HEAD}{SIGN}{{4}}挂"),
    ("police", f"{HEAD}{SIGN}{{4}}警"),
    ("coach", f"{HEAD}{SIGN}{{4}}学"),
    ("hong-kong-macao", f"{HEAD}{SIGN}{{4}}[港澳]"),
    ("embassy", f"使[0-9]{{6}}|使{LETTER}{SIGN}{{5}}|[0-9]{{6}}使"),
    ("consulate", f"{HEAD}{SIGN}{{4}}领|领{LETTER}{SIGN}{{5}}"),
    ("temporary", f"临.{{0,10}}|{HEAD}{SIGN}{{4,5}}临"),
    ("armed-police", f"WJ[{PROVINCES}]?[0-9]{{4}}{SIGN}"),
    ("emergency", f"{HEAD}{SIGN}{{4}}应急|[{PROVINCES}]X{SIGN}{{4}}应急"),
    ("civil-aviation", f"民航{SIGN}{{5}}"),
)
KINDS = tuple((kind, re.compile(shape)) for kind, shape in SHAPES)
CHINESE = re.compile(f"[{PROVINCES}使领临民]|WJ")
COLOURS: dict[PlateKind, frozenset[PlateColour]] = {
    "ordinary": frozenset({"blue", "yellow", "white", "black"}),
    "new-energy-small": frozenset({"green"}),
    "new-energy-large": frozenset({"green", "yellow-green"}),  # many cameras have no word for yellow-green
    "trailer": frozenset({"yellow"}),
    "coach": frozenset({"yellow", "blue"}),
    "police": frozenset({"white"}),
    "hong-kong-macao": frozenset({"black"}),
    "embassy": frozenset({"black", "green"}),
    "consulate": frozenset({"black", "green"}),
    "armed-police": frozenset({"white"}),
}
"""Where a kind stands here its colour is one of these; of the others no source says."""
MISREAD = str.maketrans("OI", "01")


def kind_of(plate: str) -> PlateKind:
    """By its shape alone; `unknown` for foreign plates and for misread ones."""
    return next((kind for kind, shape in KINDS if shape.fullmatch(plate)), "unknown")


def as_written(plate: str) -> str:
    """O and I, which stand on no Chinese plate, as the 0 and 1 that were read for them. Foreign plates as they are."""
    if not CHINESE.match(plate):
        return plate
    return plate[:2] + plate[2:].translate(MISREAD)


def doubt_of(reading: PlateReading, confidence_min_percent: int) -> str | None:
    """Why a person should look at this recognition before it names a vehicle; None where nothing speaks against it."""
    plate = reading.plate
    if plate is None:
        return None
    if reading.confidence_percent is not None and reading.confidence_percent < confidence_min_percent:
        return f"confidence {reading.confidence_percent} %, {confidence_min_percent} % is wanted"
    kind = kind_of(plate)
    if kind == "unknown" and CHINESE.match(plate):
        return "no Chinese plate is written like this"
    fitting = COLOURS.get(kind)
    if fitting is not None and reading.colour != "unknown" and reading.colour not in fitting:
        return f"{reading.colour} is the colour of no {kind} plate"
    return None


def settled(reading: PlateReading) -> PlateReading:
    """The plate as it is written, and a trailer's plate as the rear one, whichever camera saw it."""
    if reading.plate is None:
        return reading
    plate = as_written(reading.plate)
    rear = kind_of(plate) == "trailer"
    return replace(reading, plate=plate, view="rear" if rear else reading.view)
