"""MON vehicle files: fixed columns, one vehicle a line, kilograms and millimetres.

    column  0   9  11  13    17  19  21     26  28  30      36   39     44 45 46    50
            id  dd mm  yyyy  hh  mi  ss+ms  ax  gr  gross   km/h length l  d  side (load 5, spacing 5) for each axle
            9   2  2   4     2   2   5      2   2   6       3    5      1  1  4    the last spacing is the rear overhang

Numbers are right-aligned with spaces or zeros; time has no offset and is read in the zone given. The direction counts
from 0. Source: ccaprani/btls, Vehicle.cpp (GPL-3, read, not copied), and its published recordings.
"""

from datetime import UTC, datetime, tzinfo
from decimal import Decimal

from drivers.description import UNVERIFIED, Description
from drivers.errors import FrameError
from drivers.records.vehicle_record import AXLES_MAX, RecordFormat, VehicleRecord, examined

HEAD, PAIR = 50, 10


def decode(line: bytes, zone: tzinfo = UTC) -> VehicleRecord | None:
    """One line; None for an empty one. FrameError names the column."""
    if not line.strip():
        return None
    if not line.isascii():
        raise FrameError("a MON line is plain ASCII")
    text = line.decode()
    axles = _number(text, 26, 2, "axles")
    if not 1 <= axles <= AXLES_MAX or len(text) < HEAD + PAIR * axles - 5:
        raise FrameError(f"axles: {axles}, and {len(text)} columns")
    loads = [_number(text, HEAD + PAIR * place, 5, f"load {place + 1}") for place in range(axles)]
    spacings = [_number(text, HEAD + PAIR * place + 5, 5, f"spacing {place + 1}") for place in range(axles - 1)]
    record = VehicleRecord(
        id=text[:9].strip(),
        at=_time(text, zone),
        lane=f"{_number(text, 44, 1, 'lane')}/{_number(text, 45, 1, 'direction')}",
        gross_kg=Decimal(_number(text, 30, 6, "gross")),
        axle_loads_kg=tuple(Decimal(load) for load in loads),
        spacings_mm=tuple(spacings),
        length_mm=_number(text, 39, 5, "length"),
        speed_km_h=Decimal(_number(text, 36, 3, "speed")),
    )
    return examined(record, axles=axles)


def encode(record: VehicleRecord, zone: tzinfo = UTC) -> bytes:
    """A line. Plates, colour and flags have no column; lane is `lane/direction`."""
    at = (record.at or datetime(1970, 1, 1, tzinfo=UTC)).astimezone(zone)
    lane, _, direction = record.lane.partition("/")
    axles = len(record.axle_loads_kg)
    head = f"{record.id:>9}{at.day:2}{at.month:2}{at.year:4}{at.hour:2}{at.minute:2}"
    head += f"{at.second * 1000 + at.microsecond // 1000:5}{axles:2}{axles:2}{int(record.gross_kg or 0):6}"
    head += f"{int(record.speed_km_h or 0):3}{record.length_mm or 0:5}{lane or 0:>1}{direction or 0:>1}{0:4}"
    assert len(head) == HEAD, f"{record} has a number too long for its column"
    spacings = (*record.spacings_mm, *(0,) * (axles - len(record.spacings_mm)))
    pairs = zip(record.axle_loads_kg, spacings, strict=True)
    return (head + "".join(f"{int(load):5}{one:5}" for load, one in pairs)).encode()


def _number(text: str, start: int, width: int, what: str) -> int:
    field = text[start : start + width].strip()
    if not field.isdecimal():
        raise FrameError(f"{what}: {field!r} in columns {start} to {start + width - 1} is not a number")
    return int(field)


def _time(text: str, zone: tzinfo) -> datetime:
    millis = _number(text, 21, 5, "second")
    try:
        return datetime(
            _number(text, 13, 4, "year"),
            _number(text, 11, 2, "month"),
            _number(text, 9, 2, "day"),
            _number(text, 17, 2, "hour"),
            _number(text, 19, 2, "minute"),
            millis // 1000,
            millis % 1000 * 1000,
            tzinfo=zone,
        )
    except ValueError as error:
        raise FrameError(f"time: {error}") from error


FORMAT = RecordFormat(
    name="mon",
    decode=decode,
    encode=encode,
    lines=lambda: decode,
    description=Description(
        kind="records",
        title="MON vehicle file",
        models=("WIM systems and traffic simulations that write MON",),
        sources=("ccaprani/btls and its published recordings",),
        proof=("captured",),
        settings="kilograms and millimetres",
        sample="",
        unverified=f"{UNVERIFIED}; the zone of its times; what the column behind the direction counts",
    ),
)
