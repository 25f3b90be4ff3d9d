"""South African traffic files (COTO RSA, .rsa), the older WIM rows: type 13, comma-separated.

    13,0,2010-01-01,00:17:39.97,04,4,0,73,1546,999,0,0,0,0,9,00,4,55,335,72,734,41,129,41
    type   date     time        lane   km/h cm               axles  load 100 kg, spacing cm, load, …

Loads in hundreds of kilograms, lengths in centimetres: inferred from the rows, which only so make trucks. The columns
without a name here are not read. Times have no offset and are read in the zone given. Other record types (10, the newer
individual vehicles, and all counts) are passed over. Source: real rows in brandtosaurus/traffic_electronic_count_ETL.
"""

from datetime import UTC, datetime, tzinfo
from decimal import Decimal

from drivers.description import UNVERIFIED, Description
from drivers.errors import FrameError
from drivers.records.vehicle_record import AXLES_MAX, RecordFormat, VehicleRecord, examined, whole

TYPE = "13"
AXLES_AT = 16


def decode(line: bytes, zone: tzinfo = UTC) -> VehicleRecord | None:
    """One line; None for an empty one and for other record types. FrameError names the column."""
    cells = [cell.strip() for cell in line.decode("ascii", "replace").split(",")]
    if cells[0] != TYPE:
        if cells[0] and not cells[0][:2].strip().isalnum():
            raise FrameError(f"record type {cells[0][:20]!r}")
        return None
    if len(cells) <= AXLES_AT:
        raise FrameError(f"{len(cells)} columns; at least {AXLES_AT + 1}")
    axles = whole(cells[AXLES_AT], "axles", 1, AXLES_MAX)
    row = cells[AXLES_AT + 1 : AXLES_AT + 2 * axles]
    if len(row) != 2 * axles - 1:
        raise FrameError(f"{len(row)} columns of loads and spacings for {axles} axles")
    loads = tuple(Decimal(100 * whole(cell, "load", 0, 999)) for cell in row[::2])
    record = VehicleRecord(
        at=_time(cells[2], cells[3], zone),
        lane=cells[4],
        gross_kg=sum(loads, Decimal(0)),
        axle_loads_kg=loads,
        spacings_mm=tuple(10 * whole(cell, "spacing", 0, 3000) for cell in row[1::2]),
        length_mm=10 * whole(cells[8], "length", 0, 6000),
        speed_km_h=Decimal(whole(cells[7], "speed", 0, 300)),
    )
    return examined(record, axles=axles, step_kg=100)


def encode(record: VehicleRecord, zone: tzinfo = UTC) -> bytes:
    """A row of type 13, its unnamed columns as in the recorded ones. Loads are rounded to 100 kg."""
    at = (record.at or datetime(1970, 1, 1, tzinfo=UTC)).astimezone(zone)
    hundreds = [str(round(load / 100)) for load in record.axle_loads_kg]
    row = [
        cell
        for pair in zip(hundreds, [str(one // 10) for one in record.spacings_mm] + [""], strict=True)
        for cell in pair
    ]
    time = f"{at:%H:%M:%S}.{at.microsecond // 10_000:02}"
    head = [TYPE, "0", f"{at:%Y-%m-%d}", time, record.lane, "4", "0", str(int(record.speed_km_h or 0))]
    head += [str((record.length_mm or 0) // 10), "999", "0", "0", "0", "0", "9", "00", str(len(hundreds))]
    return ",".join([*head, *row[:-1]]).encode()


def _time(day: str, time: str, zone: tzinfo) -> datetime:
    try:
        return datetime.strptime(f"{day} {time}", "%Y-%m-%d %H:%M:%S.%f").replace(tzinfo=zone)
    except ValueError as error:
        raise FrameError(f"time: {day[:20]!r} {time[:20]!r}") from error


FORMAT = RecordFormat(
    name="coto-rsa",
    decode=decode,
    encode=encode,
    lines=lambda: decode,
    description=Description(
        kind="records",
        title="COTO RSA file, record type 13",
        models=("South African WIM stations (older rows)",),
        sources=("brandtosaurus/traffic_electronic_count_ETL, real rows",),
        proof=("captured",),
        settings="loads in hundreds of kilograms, lengths in centimetres",
        sample="",
        unverified=f"{UNVERIFIED}; units are inferred; the gross mass is the sum of the axles, not a column",
    ),
)
