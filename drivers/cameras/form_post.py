"""Cameras of the Huaxia Zhixin (华夏智信) kind: a form by HTTP POST.

    type=online&vdc_type=in&plate_num=豫A12345&plate_color=…&start_time=1667000000&cam_ip=…&cam_id=…&park_id=…

`online` is a vehicle, `offline` one told later, `heartbeat` none. The reply can switch the camera's relays; ours never
does. A form is urlencoded or multipart. Source: field code that receives it, which names the fields and lists no
colours: the plain words for colours are read, anything else is unknown.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlencode

from drivers.cameras.multipart import parts_of
from drivers.cameras.plates import PUSH_BYTES_MAX, CameraProtocol, event_id, plate_text
from drivers.description import UNVERIFIED, Description
from drivers.errors import FrameError
from drivers.readings import Picture, PlateColour, PlateReading

REPLY = b'{"error_num":0,"error_str":"noerror"}'
COLOURS: dict[str, PlateColour] = {
    "blue": "blue", "yellow": "yellow", "green": "green", "black": "black", "white": "white",
    "蓝": "blue", "黄": "yellow", "绿": "green", "黑": "black", "白": "white", "黄绿": "yellow-green",
}  # fmt: skip
WORDS: dict[PlateColour, str] = {"yellow-green": "黄绿", "blue": "blue", "yellow": "yellow", "green": "green"}
WORDS |= {"black": "black", "white": "white", "unknown": ""}
FIELDS_MAX, TEXT_CHARS_MAX = 40, 2000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def decode(body: bytes, content_type: str) -> PlateReading | None:
    """One recognition, None for a heartbeat. Raises FrameError that names the field."""
    if len(body) > PUSH_BYTES_MAX:
        raise FrameError(f"body: {len(body)} bytes; {PUSH_BYTES_MAX} at most")
    fields, pictures = _form(body, content_type)
    kind = fields.get("type")
    if kind == "heartbeat":
        return None
    if kind not in ("online", "offline"):
        raise FrameError(f"type: {kind!r} is not online, offline or heartbeat")
    plate = plate_text(fields.get("plate_num", ""), "plate_num")
    device = fields.get("cam_id") or fields.get("cam_ip") or ""
    started = fields.get("start_time", "")
    if started and not re.fullmatch(r"[0-9]{1,10}", started):
        raise FrameError(f"start_time: {started[:40]!r} is no time")
    at = EPOCH + timedelta(seconds=int(started)) if started and int(started) else None
    return PlateReading(
        plate=plate,
        colour=COLOURS.get(fields.get("plate_color", "").strip().lower().removesuffix("色"), "unknown"),
        confidence_percent=None,
        event_id=event_id(device, started, plate) if at else event_id(device, body.hex()),
        device_time=at,
        device=device if len(device) <= 100 and device.isprintable() else "",
        late=kind == "offline",
        pictures=pictures,
    )


def encode(reading: PlateReading) -> tuple[bytes, str]:
    """Confidence, view and pictures are not on this wire."""
    fields = {"type": "offline" if reading.late else "online", "vdc_type": "in", "cam_id": reading.device}
    fields |= {"plate_num": reading.plate or "无车牌", "plate_color": WORDS[reading.colour]}
    if reading.device_time is not None:
        fields["start_time"] = str((reading.device_time - EPOCH) // timedelta(seconds=1))
    return urlencode(fields).encode(), "application/x-www-form-urlencoded"


def _form(body: bytes, content_type: str) -> tuple[Mapping[str, str], tuple[Picture, ...]]:
    if not content_type.strip().lower().startswith("multipart/"):
        try:
            pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=FIELDS_MAX, errors="strict")
        except ValueError as error:
            raise FrameError(f"body: no form: {error}") from error
        return {key: value[:TEXT_CHARS_MAX] for key, value in pairs}, ()
    fields, pictures = {}, []
    for part in parts_of(body, content_type):
        found = re.search(rb'name="([A-Za-z0-9_]{1,40})"', part.head)
        if part.is_picture:
            pictures.append(Picture("scene", part.content))
        elif found is not None:
            fields[found[1].decode()] = part.content[:TEXT_CHARS_MAX].decode("utf-8", "replace")
    return fields, tuple(pictures)


PROTOCOL = CameraProtocol(
    name="form-post",
    decode=decode,
    encode=encode,
    reply=(REPLY, "application/json"),
    description=Description(
        kind="camera",
        title="Form post: Huaxia Zhixin (华夏智信) and alike",
        models=("cameras that post type, plate_num, cam_id as a form",),
        sources=("field code that receives it, on GitHub",),
        proof=("field", "constructed"),
        settings="HTTP push to the gateway's address and /cameras/LANE",
        sample='[lanes.camera]\nprotocol = "form-post"\ndevice = "head-1"\n',
        unverified=f"{UNVERIFIED}; which values plate_color has; where pictures stand in the form",
    ),
)
