"""Zhenshi (臻识, VZ, Alphadigi) cameras: JSON by HTTP POST.

    {"AlarmInfoPlate": {"serialno": …, "result": {"PlateResult": {"license": "豫A12345", "confidence": 97,
        "colorType": 2, "plateid": 7, "isoffline": 0, "timeStamp": {"Timeval": {"sec": …, "usec": …}},
        "imageFile": base64, "imageFragmentFile": base64}}}}

The reply can open the gate behind the camera. Ours says no, always.
Source: the vendor's HTTP push documentation and open.vzicloud.com; colorType 0 to 5 as in the cloud's push document
(note.szymzh.com). Which way `direction` 3 (up the picture) means "driving away" is inferred.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from drivers.cameras.plates import PICTURE_BYTES_MAX, PUSH_BYTES_MAX, CameraProtocol, event_id, plate_text
from drivers.cameras.zhenshi_tcp import FEED
from drivers.description import UNVERIFIED, Description
from drivers.errors import FrameError
from drivers.json_objects import inner_object, json_object
from drivers.readings import Picture, PlateColour, PlateReading

REPLY_NO = b'{"Response_AlarmInfoPlate":{"info":"no","channelNum":0,"is_pay":"false"}}'
COLOURS: dict[int, PlateColour] = {1: "blue", 2: "yellow", 3: "white", 4: "black", 5: "green"}
CODES = {colour: code for code, colour in COLOURS.items()}
GREEN, LARGE_NEW_ENERGY = 5, 12  # type 12 is a farm plate in another document: believed only for eight characters
UP = 3
PICTURES: tuple[tuple[str, Any], ...] = (("imageFile", "scene"), ("imageFragmentFile", "plate"))
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECONDS_MAX = 2**33


def decode(body: bytes, content_type: str = "application/json") -> PlateReading:
    """One recognition. Raises FrameError that names the field."""
    del content_type  # cameras send all sorts
    alarm = inner_object(json_object(body, PUSH_BYTES_MAX), "AlarmInfoPlate")
    result = inner_object(inner_object(alarm, "result"), "PlateResult")
    raw = result.get("license")
    if not isinstance(raw, str):
        raise FrameError(f"license: a text is needed, not {type(raw).__name__}")
    plate = plate_text(raw, "license")
    device = next((alarm[key] for key in ("serialno", "deviceName", "ipaddr") if _is_name(alarm.get(key))), "")
    at = _time(result)
    plate_id = _whole(result, "plateid", 2**63)
    known = (device, at.isoformat() if at else "", plate_id, plate)
    return PlateReading(
        plate=plate,
        colour=_colour(result, plate),
        confidence_percent=_whole(result, "confidence", 100),
        event_id=event_id(*known) if at or plate_id is not None else event_id(device, body.hex()),
        view="rear" if result.get("direction") == UP else "front",
        device_time=at,
        device=device,
        late=result.get("isoffline") not in (None, 0, False, "0", ""),
        pictures=tuple(_pictures(result)),
    )


def encode(reading: PlateReading) -> bytes:
    """What a camera would push. `event_id` is not on this wire."""
    code = GREEN if reading.colour == "yellow-green" else CODES.get(reading.colour, 0)
    result: dict[str, Any] = {
        "license": reading.plate if reading.plate is not None else "_无_",
        "colorType": code,
        "type": LARGE_NEW_ENERGY if reading.colour == "yellow-green" else 0,
        "direction": UP if reading.view == "rear" else 4,
        "isoffline": int(reading.late),
        "triggerType": 8,
    }
    if reading.confidence_percent is not None:
        result["confidence"] = reading.confidence_percent
    if reading.device_time is not None:
        passed = reading.device_time - EPOCH
        seconds = passed // timedelta(seconds=1)
        usec = (passed - timedelta(seconds=seconds)) // timedelta(microseconds=1)
        result["timeStamp"] = {"Timeval": {"sec": seconds, "usec": usec}}
    for picture in reading.pictures:
        result |= {key: base64.b64encode(picture.content).decode() for key, kind in PICTURES if kind == picture.kind}
    alarm = {"channel": 0, "deviceName": reading.device, "serialno": reading.device}
    push = {"AlarmInfoPlate": alarm | {"result": {"PlateResult": result}}}
    return json.dumps(push, ensure_ascii=False).encode()


def _is_name(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 100 and value.isprintable()  # a lone surrogate is not


def _whole(table: Mapping[str, Any], key: str, high: int) -> int | None:
    value = table.get(key)
    if value is None:
        return None
    if type(value) is not int or not 0 <= value <= high:
        raise FrameError(f"{key}: a whole number from 0 to {high} is needed, not {str(value)[:40]!r}")
    return value


def _colour(result: Mapping[str, Any], plate: str | None) -> PlateColour:
    code = _whole(result, "colorType", 255)
    if code == GREEN and result.get("type") == LARGE_NEW_ENERGY and plate is not None and len(plate) == 8:
        return "yellow-green"
    return COLOURS.get(code or 0, "unknown")


def _time(result: Mapping[str, Any]) -> datetime | None:
    if result.get("timeStamp") is None:
        return None
    value = inner_object(inner_object(result, "timeStamp"), "Timeval")
    seconds = _whole(value, "sec", SECONDS_MAX)
    if not seconds:
        return None
    return EPOCH + timedelta(seconds=seconds, microseconds=_whole(value, "usec", 999_999) or 0)


def _pictures(result: Mapping[str, Any]) -> list[Picture]:
    found = []
    for key, kind in PICTURES:
        text = result.get(key)
        if not text:
            continue
        if not isinstance(text, str) or len(text) > PICTURE_BYTES_MAX * 4 // 3 + 4:
            raise FrameError(f"{key}: base64 of at most {PICTURE_BYTES_MAX} bytes is needed")
        try:
            found.append(Picture(kind, base64.b64decode(text, validate=True)))
        except (binascii.Error, ValueError) as error:
            raise FrameError(f"{key}: not base64: {error}") from error
    return found


PROTOCOL = CameraProtocol(
    name="zhenshi",
    decode=decode,
    encode=lambda reading: (encode(reading), "application/json"),
    reply=(REPLY_NO, "application/json"),
    feed=FEED,
    description=Description(
        kind="camera",
        title="Zhenshi 臻识 (VZ, Alphadigi): HTTP push, and TCP 8131",
        models=("Zhenshi / Alphadigi plate cameras", "their resold kin"),
        sources=("the vendor's HTTP push documentation; open.vzicloud.com", "field code for TCP 8131, on GitHub"),
        proof=("manual", "field"),
        settings="HTTP push to the gateway's address and /cameras/LANE; or TCP with a url, without pictures",
        sample='[lanes.camera]\nprotocol = "zhenshi"\ndevice = "head-1"  # or url = "tcp://192.168.1.100:8131"\n',
        unverified=f"{UNVERIFIED}; that direction 3 is driving away; colours of type 12",
    ),
)
