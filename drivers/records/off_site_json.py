"""Off-site enforcement (不停车检测) records, table B.1: one JSON object for each vehicle, nearly all its values text.

    {"previewCode": "411082000120261123120506000001", "previewDate": "2026-11-23 12:05:06", "laneNo": "2",
     "licenseCodeFront": "豫A12345", "licenseCodeBack": "豫A1234挂", "licensePlateColor": …, "axisNum": "6",
     "totalWeight": "49300", "axle1Weight": "6500", … "axle6Weight": "8300", "overLimitWeight": "300", "speed": "63",
     "isEscape": 0}

Loads are in kilograms. previewCode is the station, yyyyMMddHHmmss and a serial number. Axles that are not there are
empty, "0" or absent. Times are local, without an offset. Source: a provincial document's table B.1, as published. Which
codes licensePlateColor, vehicleType and measureType have is not in it: they are not read.
"""

import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from drivers.cameras.plates import plate_text
from drivers.description import UNVERIFIED, Description
from drivers.errors import FrameError
from drivers.json_objects import json_object
from drivers.records.vehicle_record import RecordFormat, VehicleRecord, decimal, examined, whole

BODY_BYTES_MAX = 64 * 1024
AXLES = 6
CHINA = timezone(timedelta(hours=8))
FORMS = ("%Y-%m-%d %H:%M:%S", "%Y%m%d%H%M%S")
REPLY = b'{"result":0,"msg":"OK"}'


def decode(body: bytes) -> VehicleRecord:
    """One vehicle. FrameError names the field."""
    said = json_object(body, BODY_BYTES_MAX)
    loads = [
        decimal(text, f"axle{one}Weight") for one in range(1, AXLES + 1) if (text := _text(said, f"axle{one}Weight"))
    ]
    while loads and not loads[-1]:
        loads.pop()
    if any(not load for load in loads):
        raise FrameError("axleNWeight: an axle of 0 kg stands before one that carries a load")
    gross, speed, axles = _text(said, "totalWeight"), _text(said, "speed"), _text(said, "axisNum")
    told = whole(axles, "axisNum", 0, 32) if axles else None
    if told is not None and told > AXLES:
        loads = []  # the table has room for six: the rest would be missing
    record = VehicleRecord(
        id=_text(said, "previewCode"),
        at=_time(_text(said, "previewDate") or _text(said, "snapshotTime")),
        site=_text(said, "previewStationCode"),
        lane=_text(said, "laneNo"),
        plate=plate_text(_text(said, "licenseCodeFront"), "licenseCodeFront"),
        rear_plate=plate_text(_text(said, "licenseCodeBack"), "licenseCodeBack"),
        gross_kg=decimal(gross, "totalWeight") if gross else None,
        axle_loads_kg=tuple(loads),
        speed_km_h=decimal(speed, "speed") if speed else None,
        flags=("escape",) if said.get("isEscape") in (1, "1") else (),
    )
    return examined(record, axles=told)


def encode(record: VehicleRecord) -> bytes:
    """Spacings, length and the colour are not in this table, nor more than six axles."""
    said: dict[str, Any] = {"previewCode": record.id, "previewStationCode": record.site, "laneNo": record.lane}
    if record.at is not None:
        said["previewDate"] = record.at.astimezone(CHINA).strftime(FORMS[0])
    said |= {"licenseCodeFront": record.plate or "", "licenseCodeBack": record.rear_plate or ""}
    said |= {"axisNum": str(len(record.axle_loads_kg)), "isEscape": int("escape" in record.flags)}
    if record.gross_kg is not None:
        said["totalWeight"] = plain(record.gross_kg)
    if record.speed_km_h is not None:
        said["speed"] = plain(record.speed_km_h)
    said |= {f"axle{place}Weight": plain(load) for place, load in enumerate(record.axle_loads_kg[:AXLES], start=1)}
    return json.dumps(said, ensure_ascii=False).encode()


def plain(number: Decimal) -> str:
    return format(number.normalize(), "f")


def _text(said: Mapping[str, Any], key: str) -> str:
    """The value as text: the table says text, and some send numbers."""
    value = said.get(key)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float) or len(str(value)) > 100:
        raise FrameError(f"{key}: a text is needed, not {str(value)[:40]!r}")
    text = str(value).strip()
    if not text.isprintable():
        raise FrameError(f"{key}: {text[:40]!r} is not printable")
    return text


def _time(text: str) -> datetime | None:
    """Chinese local time."""
    for form in FORMS:
        if re.fullmatch(r"[0-9 :-]{14,19}", text):
            try:
                return datetime.strptime(text, form).replace(tzinfo=CHINA)
            except ValueError:
                continue
    if text:
        raise FrameError(f"previewDate: {text[:40]!r} is no time such as 2026-11-23 12:05:06")
    return None


FORMAT = RecordFormat(
    name="off-site-json",
    decode=decode,
    encode=encode,
    reply=(REPLY, "application/json"),
    description=Description(
        kind="records",
        title="Off-site enforcement record (不停车检测), table B.1, JSON",
        models=("systems that deliver table B.1",),
        sources=("a provincial document's table B.1, as published (61taotao, kingxue)",),
        proof=("constructed",),
        settings="loads in kilograms",
        sample="",
        unverified=f"{UNVERIFIED}; the form of previewDate; the codes of colour, type and measuring",
    ),
)
