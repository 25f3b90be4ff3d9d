"""SiWIM (Cestel) .nswd files: one vehicle a line, fields parted by spaces, loads in KILONEWTONS.

    1 time  2 offset  3 site  4 stages  5 flags (hex)  6 lane  7 speed m/s  8 N axles  9 subclass  10 groups  11 gross
    12 … N axle loads kN   then: axle distance m   N-1 spacings m   temperature   …

A force becomes a mass by the standard acceleration, 9.80665 m/s²: SiWIM's own figure is not documented. Times are
`YYYY-MM-DD-HH-MM-SS-mmm`, read in the zone given. Source: fgelot/SiWIM-project, and a notebook's real values.
"""

import re
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import ROUND_HALF_UP, Decimal

from drivers.description import UNVERIFIED, Description
from drivers.errors import FrameError
from drivers.records.vehicle_record import AXLES_MAX, RecordFormat, VehicleRecord, decimal, examined, whole

KG_PER_KN = Decimal(1000) / Decimal("9.80665")
FLAGS = {
    0x0080_0000: "overloaded",
    0x0040_0000: "axle-overloaded",
    0x0000_0001: "multiple-presence",
    0x0000_0080: "negative-loads",
    0x0000_8000: "reconstructed",
    0x0000_0200: "reclassified",
    0x0100_0000: "multiple-presence-incomplete",
    0x0020_0000: "class-changed-by-hand",
    0x0010_0000: "first-axle-adjusted",
    0x0008_0000: "axles-adjusted",
    0x0004_0000: "negatives-reset",
    0x0002_0000: "no-temperature",
    0x0001_0000: "autogroup-off",
    0x0000_0800: "multiple-presence-compensated",
}
SPACING_M_MAX = 30
FIXED = 11


def decode(line: bytes, zone: tzinfo = UTC) -> VehicleRecord | None:
    """One line; None for an empty one. FrameError names the field by its number."""
    fields = line.decode("ascii", "replace").split()
    if not fields:
        return None
    if len(fields) < FIXED + 1:
        raise FrameError(f"{len(fields)} fields; at least {FIXED + 1}")
    axles = whole(fields[7], "field 8, axles", 1, AXLES_MAX)
    if len(fields) < FIXED + 2 * axles:
        raise FrameError(f"{len(fields)} fields do not hold {axles} axles and their spacings")
    loads = tuple(_kilograms(text, f"field {FIXED + 1 + at}") for at, text in enumerate(fields[FIXED : FIXED + axles]))
    lengths = fields[FIXED + axles : FIXED + 2 * axles]
    metres = [decimal(text, f"field {FIXED + axles + 1 + at}") for at, text in enumerate(lengths)]
    if any(not 0 <= one <= SPACING_M_MAX for one in metres[1:]):
        raise FrameError(f"spacings {lengths[1:]}: metres are needed")
    speed = decimal(fields[6], "field 7, speed")
    record = VehicleRecord(
        id=fields[0],
        at=_time(fields[0], zone),
        site=fields[2],
        lane=fields[5],
        gross_kg=_kilograms(fields[10], "field 11, gross"),
        axle_loads_kg=loads,
        spacings_mm=tuple(int(one * 1000) for one in metres[1:]),
        speed_km_h=speed * Decimal("3.6"),
        flags=_flags(fields[4]),
    )
    return examined(record, axles=axles)


def encode(record: VehicleRecord, zone: tzinfo = UTC) -> bytes:
    """A line without strips. Loads are rounded to a hundredth of a kilonewton."""
    at = (record.at or datetime(1970, 1, 1, tzinfo=UTC)).astimezone(zone)
    bits = sum(bit for bit, name in FLAGS.items() if name in record.flags)
    speed = ((record.speed_km_h or Decimal(0)) / Decimal("3.6")).quantize(Decimal("0.0001"))
    loads = [_kilonewtons(load) for load in record.axle_loads_kg]
    metres = [format(Decimal(one) / 1000, "f") for one in record.spacings_mm]
    time = f"{at:%Y-%m-%d-%H-%M-%S}-{at.microsecond // 1000:03}"
    head = [
        time,
        "0",
        record.site or "site",
        "0",
        f"{bits:08x}",
        record.lane or "1",
        str(speed),
        str(len(loads)),
        "0",
        "0",
    ]
    total = format(Decimal(sum(record.spacings_mm)) / 1000, "f")
    return " ".join([*head, _kilonewtons(record.gross_kg or Decimal(0)), *loads, total, *metres, "20"]).encode()


def _kilograms(text: str, what: str) -> Decimal:
    return (decimal(text, what) * KG_PER_KN).quantize(Decimal(1), ROUND_HALF_UP)


def _kilonewtons(mass_kg: Decimal) -> str:
    return str((mass_kg / KG_PER_KN).quantize(Decimal("0.01")))


def _flags(text: str) -> tuple[str, ...]:
    if not re.fullmatch(r"[0-9A-Fa-f]{8}", text):
        raise FrameError(f"field 5, flags: {text[:20]!r} is not eight hex digits")
    bits = int(text, 16)
    known = tuple(name for bit, name in FLAGS.items() if bits & bit)
    rest = bits & ~sum(FLAGS)
    return (*known, f"unknown-{rest:08x}") if rest else known


def _time(text: str, zone: tzinfo) -> datetime:
    found = re.fullmatch(r"(\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d)-(\d{3})", text)
    if found is None:
        raise FrameError(f"field 1, time: {text[:40]!r}")
    try:
        at = datetime.strptime(found[1], "%Y-%m-%d-%H-%M-%S").replace(tzinfo=zone)
    except ValueError as error:
        raise FrameError(f"field 1, time: {error}") from error
    return at + timedelta(milliseconds=int(found[2]))


FORMAT = RecordFormat(
    name="siwim-nswd",
    decode=decode,
    encode=encode,
    lines=lambda: decode,
    description=Description(
        kind="records",
        title="SiWIM .nswd file",
        models=("Cestel SiWIM bridge weigh-in-motion",),
        sources=("fgelot/SiWIM-project",),
        proof=("constructed",),
        settings="loads are in kilonewtons",
        sample="",
        unverified=f"{UNVERIFIED}; which acceleration SiWIM calibrates with; the zone of its times",
    ),
)
