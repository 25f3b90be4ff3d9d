"""Dahua's weight event, TrafficCarMeasurement: a recorder or camera that passes on what a WIM measured.

    Events[0].CarWeightInfo.AxleNum=3        .AxleWeightInfo[0]=3000 kg   .AxleLengthInfo[0]=3500 mm
    Events[0].CarWeightInfo.TotalWeight=… kg .RealWeightPercent=765 is 7.65 %      .Speed=80 km/h
    Events[0].PlateInfo.FrontPlateNumber=…   .BackPlateNumber=…

Loads in kilograms, distances in millimetres, limits of size in centimetres, percentages a hundredfold. The document's
own example does not add up (3000 kg of three axles with 16 000): it is read, with that doubt.
Source: Dahua HTTP API, 10.1.8.
"""

from collections.abc import Mapping
from decimal import Decimal

from drivers.cameras.dahua import COLOURS, events_of, moment, number
from drivers.cameras.plates import plate_text
from drivers.description import UNVERIFIED, Description
from drivers.errors import FrameError
from drivers.records.vehicle_record import RecordFormat, VehicleRecord, examined

CODE = "TrafficCarMeasurement"
AXLES, LOAD_KG_MAX, SPACING_MM_MAX = 8, 100_000, 30_000


def decode(body: bytes) -> VehicleRecord:
    """One vehicle. FrameError names the field."""
    fields = next((one for one in events_of(body) if _code(one) == CODE), None)
    if fields is None:
        raise FrameError(f"event: no {CODE} in {body[:60]!r}")
    axles = number(fields, "CarWeightInfo.AxleNum", AXLES)
    gross = number(fields, "CarWeightInfo.TotalWeight", 1_000_000)
    speed = number(fields, "CarWeightInfo.Speed", 255)
    front = plate_text(_first(fields, "PlateInfo.FrontPlateNumber", "TrafficCar.PlateNumber"), "FrontPlateNumber")
    colour = _first(fields, "PlateInfo.FrontPlateColor", "TrafficCar.PlateColor")
    loads = _row(fields, "CarWeightInfo.AxleWeightInfo", AXLES, LOAD_KG_MAX)
    record = VehicleRecord(
        id=fields.get("EventID", "")[:40],
        at=moment(fields),
        lane=fields.get("Lane", "")[:20],
        plate=front,
        rear_plate=plate_text(fields.get("PlateInfo.BackPlateNumber", ""), "BackPlateNumber"),
        colour=COLOURS.get(colour, "unknown"),
        gross_kg=None if gross is None else Decimal(gross),
        axle_loads_kg=tuple(Decimal(load) for load in loads),
        spacings_mm=_row(fields, "CarWeightInfo.AxleLengthInfo", AXLES - 1, SPACING_MM_MAX),
        speed_km_h=None if speed is None else Decimal(speed),
        flags=("over-limit",) if fields.get("CarWeightInfo.Ultralimit") == "1" else (),
    )
    return examined(record, axles=axles)


def encode(record: VehicleRecord) -> bytes:
    """The vehicle's length is not in it."""
    fields = {"EventBaseInfo.Code": CODE, "EventBaseInfo.Action": "Pulse", "EventID": record.id, "Lane": record.lane}
    if record.at is not None:
        ms = round(record.at.timestamp() * 1000)
        fields |= {"UTC": str(ms // 1000), "UTCMS": str(ms % 1000)}
    words = {colour: word for word, colour in reversed(COLOURS.items())}
    fields |= {"PlateInfo.FrontPlateNumber": record.plate or "", "PlateInfo.BackPlateNumber": record.rear_plate or ""}
    fields["PlateInfo.FrontPlateColor"] = words.get(record.colour, "Unknown")
    weight = {"AxleNum": str(len(record.axle_loads_kg)), "Ultralimit": str(int("over-limit" in record.flags))}
    weight |= {f"AxleWeightInfo[{place}]": str(int(load)) for place, load in enumerate(record.axle_loads_kg)}
    weight |= {f"AxleLengthInfo[{place}]": str(one) for place, one in enumerate(record.spacings_mm)}
    if record.gross_kg is not None:
        weight["TotalWeight"] = str(int(record.gross_kg))
    if record.speed_km_h is not None:
        weight["Speed"] = str(int(record.speed_km_h))
    fields |= {f"CarWeightInfo.{key}": value for key, value in weight.items()}
    return "".join(f"Events[0].{key}={value}\n" for key, value in fields.items()).encode()


def _code(fields: Mapping[str, str]) -> str:
    return fields.get("EventBaseInfo.Code") or fields.get("Code") or ""


def _first(fields: Mapping[str, str], *keys: str) -> str:
    return next((fields[key] for key in keys if fields.get(key)), "")


def _row(fields: Mapping[str, str], key: str, count: int, high: int) -> tuple[int, ...]:
    found = [number(fields, f"{key}[{place}]", high) for place in range(count)]
    told = [one for one in found if one is not None]
    if None in found[: len(told)]:
        raise FrameError(f"{key}: a place in the row is missing")
    return tuple(told)


FORMAT = RecordFormat(
    name="dahua-weight",
    decode=decode,
    encode=encode,
    description=Description(
        kind="records",
        title="Dahua weight event (TrafficCarMeasurement)",
        models=("Dahua recorders and cameras behind a WIM",),
        sources=("Dahua HTTP API, 10.1.8",),
        proof=("manual",),
        settings="subscribe to TrafficCarMeasurement",
        sample="",
        unverified=UNVERIFIED,
    ),
)
