"""A finished vehicle record from another system: what it says was weighed, and what speaks against it.

Such records come in kilograms, hundreds of kilograms, tonnes and kilonewtons, in millimetres, centimetres, decimetres
and metres, often as text. Each format names its own; here everything is kilograms and millimetres. A record whose
numbers contradict each other a tenfold or a thousandfold has a unit wrong and is refused: it never becomes a weight.
Smaller contradictions stay with it as doubts.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from drivers.description import Description
from drivers.errors import FrameError
from drivers.readings import PlateColour

AXLES_MAX = 32
GROSS_KG_MAX = Decimal(250_000)
GROSS_KG_MIN = Decimal(500)  # lighter things with two axles are no trucks, but trucks in tonnes
LINE_BYTES_MAX = 4096
NUMBER = re.compile(r"\s{0,4}[+-]?[0-9]{1,12}(\.[0-9]{1,6})?\s{0,4}", re.ASCII)
MISMATCH = Decimal("0.02")


@dataclass(frozen=True, slots=True)
class VehicleRecord:
    """One vehicle as another system weighed it. Empty or None: it does not say. `at` has its offset.

    Axle loads and spacings go front to rear; there is one spacing less than axles. `flags` are the other system's own
    marks, `doubts` ours.
    """

    id: str = ""
    at: datetime | None = None
    site: str = ""
    lane: str = ""
    plate: str | None = None
    rear_plate: str | None = None
    colour: PlateColour = "unknown"
    gross_kg: Decimal | None = None
    axle_loads_kg: tuple[Decimal, ...] = ()
    spacings_mm: tuple[int, ...] = ()
    length_mm: int | None = None
    speed_km_h: Decimal | None = None
    flags: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that is no record: where, and why."""

    number: int
    reason: str


LineDecoder = Callable[[bytes], VehicleRecord | None]


@dataclass(frozen=True, slots=True)
class RecordFormat:
    """One format. `decode` takes one message, or one line of a file (None: a header, or nothing); it raises FrameError.

    `lines` makes a decoder for a file from its beginning; None where the format is a message. `head` is what a file
    begins with. `reply` is what a sender is answered. `encode` writes a record, for the simulator; what the format
    cannot say is left out.
    """

    name: str
    decode: LineDecoder
    encode: Callable[[VehicleRecord], bytes]
    description: Description
    lines: Callable[[], LineDecoder] | None = None
    reply: tuple[bytes, str] = (b"", "text/plain")
    head: bytes = b""


def read_lines(form: RecordFormat, chunks: Iterator[bytes]) -> Iterator[VehicleRecord | BadLine]:
    """Records of a file that comes in any chunks; a bad line is told and the next one read. Memory is bounded."""
    assert form.lines is not None, f"{form.name} is a message, not a file"
    decode = form.lines()
    for number, line in enumerate(_lines(chunks), start=1):
        if line is None:
            yield BadLine(number, f"more than {LINE_BYTES_MAX} bytes")
            continue
        try:
            found = decode(line)
        except FrameError as error:
            yield BadLine(number, str(error))
        else:
            if found is not None:
                yield found


def _lines(chunks: Iterator[bytes]) -> Iterator[bytes | None]:
    """Without their ends; None for one that is too long."""
    buffer, skipping = b"", False
    for chunk in chunks:
        *whole, buffer = (buffer + chunk).split(b"\n")
        for line in whole:
            if skipping or len(line) > LINE_BYTES_MAX:
                skipping = False
                yield None
            else:
                yield line.rstrip(b"\r")
        if len(buffer) > LINE_BYTES_MAX:
            buffer, skipping = b"", True
    if skipping:
        yield None
    elif buffer:
        yield buffer.rstrip(b"\r")


def examined(record: VehicleRecord, axles: int | None = None, step_kg: int = 10) -> VehicleRecord:
    """The record with its doubts, or FrameError where a unit must be wrong.

    `axles` is the number it tells; `step_kg` the resolution of its loads.
    """
    loads, gross = record.axle_loads_kg, record.gross_kg
    doubts = list(record.doubts)
    if any(load < 0 for load in loads) or (gross is not None and gross < 0):
        raise FrameError("a load below zero")
    count = axles if axles is not None else len(loads)
    if gross is not None:
        _refuse_unit(gross, count)
    if loads and gross is not None:
        total = sum(loads, Decimal(0))
        _refuse_apart(gross, total)
        if abs(total - gross) > max(MISMATCH * gross, Decimal(step_kg * len(loads))):
            doubts.append(f"gross {gross} kg is not the sum of its axles, {total} kg")
    if axles is not None and loads and axles != len(loads):
        doubts.append(f"{axles} axles told, {len(loads)} loads given")
    if record.spacings_mm and loads and len(record.spacings_mm) != len(loads) - 1:
        doubts.append(f"{len(record.spacings_mm)} spacings for {len(loads)} axles")
    if record.length_mm and sum(record.spacings_mm) > record.length_mm:
        doubts.append("the axles lie further apart than the vehicle is long: is a length in another unit?")
    return replace(record, doubts=tuple(doubts))


def _refuse_unit(gross: Decimal, axles: int) -> None:
    if gross > GROSS_KG_MAX:
        raise FrameError(f"gross {gross} kg is more than {GROSS_KG_MAX}: is it in another unit?")
    if 0 < gross < GROSS_KG_MIN and axles >= 2:
        raise FrameError(f"gross {gross} kg with {axles} axles: is it in tonnes?")


def _refuse_apart(gross: Decimal, total: Decimal) -> None:
    if not gross or not total:
        return
    ratio = max(gross, total) / min(gross, total)
    for times, word in ((1000, "thousandfold"), (100, "hundredfold"), (10, "tenfold")):
        if Decimal("0.95") * times < ratio < Decimal("1.05") * times:
            raise FrameError(f"gross {gross} kg and axles {total} kg are a {word} apart: one is in another unit")


def decimal(text: str, what: str) -> Decimal:
    """A plain number, or FrameError that names `what`."""
    if not NUMBER.fullmatch(text):
        raise FrameError(f"{what}: {text[:40]!r} is not a number")
    return Decimal(text.strip())


def whole(text: str, what: str, low: int = 0, high: int = 1_000_000) -> int:
    """A whole number in its bounds, or FrameError that names `what`."""
    found = decimal(text, what)
    if found != found.to_integral_value() or not low <= found <= high:
        raise FrameError(f"{what}: {text[:40]!r} is not a whole number from {low} to {high}")
    return int(found)
