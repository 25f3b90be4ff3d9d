"""Dahua cameras: a stream of snapshots or events, each a list of `key=value` lines or JSON, then its picture.

    GET /cgi-bin/snapManager.cgi?action=attachFileProc&Flags[0]=Event&Events=[TrafficJunction]&heartbeat=5

    --myboundary  text/plain   Events[0].EventBaseInfo.Code=TrafficJunction
                               Events[0].TrafficCar.PlateNumber=豫A12345   …PlateColor=Yellow   …UTC=1670842479
    --myboundary  image/jpeg
    --myboundary  text/plain   Heartbeat

    eventManager:              Code=TrafficJunction;action=Pulse;index=0;data={"TrafficCar": {"PlateNumber": …}}

The code stands in EventBaseInfo.Code or in Code; some firmware writes ReturnEvents. An event without a plate is data.
Sources: Dahua HTTP API, TrafficJunction and TrafficCarMeasurement (10.1.8) with its plate colours; a public test suite
for batches and eventManager. That UTC is UTC, as it is called, is not verified: some cameras keep local time.
"""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from drivers.cameras.feed import Feed, PartEvents
from drivers.cameras.multipart import Part, body_of
from drivers.cameras.plates import CameraProtocol, event_id, plate_text, text_and_pictures
from drivers.description import UNVERIFIED, Description
from drivers.errors import FrameError
from drivers.readings import Picture, PlateColour, PlateReading

CODES = ("TrafficJunction", "TrafficManualSnap", "TrafficCarMeasurement", "CarDrivingInOut")
COLOURS: dict[str, PlateColour] = {
    "Blue": "blue",
    "Yellow": "yellow",
    "White": "white",
    "Black": "black",
    "Green": "green",
    "YellowGreen": "yellow-green",
    "ShadowGreen": "green",
    "YellowbottomBlackText": "yellow",
    "BluebottomWhiteText": "blue",
    "BlackBottomWhiteText": "black",
}
WORDS = {colour: word for word, colour in reversed(COLOURS.items())}
TEXT_BYTES_MAX = 256 * 1024
LINES_MAX = 4000
EVENTS_MAX = 8
SECONDS_MAX = 2**33
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LINE = re.compile(r"(?:Return)?Events\[([0-9]{1,2})\]\.([A-Za-z0-9_.\[\]]{1,100})=(.{0,500})")
EVENT = re.compile(r"Code=([A-Za-z]{1,40});action=([A-Za-z]{1,20});index=[0-9]{1,3}(?:;data=(\{.*\}))?\s*", re.DOTALL)
PATH = "/cgi-bin/snapManager.cgi?action=attachFileProc&Flags[0]=Event&Events=[TrafficJunction]&heartbeat=5"


def decode(body: bytes, content_type: str) -> PlateReading:
    """One recognition. Raises FrameError that names the field."""
    text, pictures = text_and_pictures(body, content_type, lambda part: not part.is_picture)
    events = events_of(text)
    if not events:
        raise FrameError(f"event: none of {', '.join(CODES)} in {text[:60]!r}")
    return _reading(events[0], pictures)


def encode(reading: PlateReading) -> tuple[bytes, str]:
    """As on the stream, text and picture in one body. Confidence and lateness are not on this wire."""
    files = [("event.txt", "text/plain", _lines(reading).encode())]
    files += [(f"picture{place}.jpg", "image/jpeg", one.content) for place, one in enumerate(reading.pictures)]
    return body_of(files)


def events_of(text: bytes) -> list[dict[str, str]]:
    """The fields of each vehicle event in one text part; a heartbeat or another event gives none. FrameError."""
    if len(text) > TEXT_BYTES_MAX:
        raise FrameError(f"event: {len(text)} bytes of text; {TEXT_BYTES_MAX} at most")
    try:
        said = text.decode("utf-8")
    except UnicodeDecodeError as error:
        raise FrameError(f"event: not UTF-8 at byte {error.start}") from error
    found = EVENT.fullmatch(said.strip())
    if found is not None:
        fields = _flat(_json(found[3])) if found[3] else {}
        return [fields] if found[1] in CODES and found[2] != "Stop" else []
    events: dict[int, dict[str, str]] = {}
    for line in said.splitlines()[:LINES_MAX]:
        one = LINE.fullmatch(line.strip())
        if one is not None:
            events.setdefault(int(one[1]), {})[one[2]] = one[3].strip()
    known = [events[place] for place in sorted(events)][:EVENTS_MAX]
    return [one for one in known if one.get("EventBaseInfo.Code", one.get("Code")) in CODES]


def number(fields: Mapping[str, str], key: str, high: int) -> int | None:
    """A whole number, None where it is not told. FrameError that names the key."""
    said = fields.get(key, "")
    if not said:
        return None
    if not re.fullmatch(r"[0-9]{1,19}(\.0+)?", said) or int(said.partition(".")[0]) > high:
        raise FrameError(f"{key}: a whole number from 0 to {high} is needed, not {said[:40]!r}")
    return int(said.partition(".")[0])


def moment(fields: Mapping[str, str]) -> datetime | None:
    """When the camera says that it was."""
    seconds = number(fields, "UTC", SECONDS_MAX) or number(fields, "TrafficCar.UTC", SECONDS_MAX)
    return EPOCH + timedelta(seconds=seconds, milliseconds=number(fields, "UTCMS", 999) or 0) if seconds else None


def _reading(fields: Mapping[str, str], pictures: tuple[Picture, ...]) -> PlateReading:
    raw = fields.get("TrafficCar.PlateNumber") or fields.get("Object.Text") or ""
    plate = plate_text(raw, "PlateNumber")
    device = fields.get("TrafficCar.DeviceAddress", "")[:100] or fields.get("MachineName", "")[:100]
    at = moment(fields)
    known = (device, at.isoformat() if at else "", fields.get("GroupID", ""), fields.get("EventID", ""), plate)
    rear = fields.get("VehicleDirection") == "Tail" or fields.get("JunctionDirection") == "Reverse"
    return PlateReading(
        plate=plate,
        colour=COLOURS.get(fields.get("TrafficCar.PlateColor", ""), "unknown"),
        confidence_percent=None,
        event_id=event_id(*known) if at or fields.get("EventID") else event_id(*sorted(fields.items())),
        view="rear" if rear else "front",
        device_time=at,
        device=device if device.isprintable() else "",
        pictures=pictures,
    )


def _lines(reading: PlateReading) -> str:
    fields = {"EventBaseInfo.Code": "TrafficJunction", "EventBaseInfo.Action": "Pulse", "EventBaseInfo.Index": "0"}
    fields["TrafficCar.DeviceAddress"] = reading.device
    if reading.device_time is not None:
        passed = reading.device_time - EPOCH
        fields["UTC"] = str(passed // timedelta(seconds=1))
        fields["UTCMS"] = str(passed // timedelta(milliseconds=1) % 1000)
    fields["TrafficCar.PlateNumber"] = reading.plate or "Unknown"
    fields["TrafficCar.PlateColor"] = WORDS.get(reading.colour, "Unknown")
    fields["VehicleDirection"] = "Tail" if reading.view == "rear" else "Head"
    return "".join(f"Events[0].{key}={value}\n" for key, value in fields.items())


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise FrameError(f"data: not JSON: {error}") from error


def _flat(value: object, path: str = "", depth: int = 0) -> dict[str, str]:
    """`{"TrafficCar": {"Lane": 1}}` as `{"TrafficCar.Lane": "1"}`, as the other shape has it."""
    if depth > 6:
        raise FrameError("data: nested too deep")
    if isinstance(value, dict):
        inner = [(f"{path}.{key}".removeprefix("."), one) for key, one in value.items()]
    elif isinstance(value, list):
        inner = [(f"{path}[{place}]", one) for place, one in enumerate(value)]
    else:
        return {path: str(value)[:500]} if value is not None else {}
    found: dict[str, str] = {}
    for key, one in inner[:LINES_MAX]:
        found |= _flat(one, key, depth + 1)
    return found


def _texts(part: Part) -> list[bytes]:
    """One body for each event of a batch, its fields as Events[0]."""
    events = events_of(part.content)
    head = "Events[0].EventBaseInfo.Code=TrafficJunction\n"
    return [(head + "".join(f"Events[0].{key}={one}\n" for key, one in fields.items())).encode() for fields in events]


PROTOCOL = CameraProtocol(
    name="dahua",
    decode=decode,
    encode=encode,
    reply=(b"", "text/plain"),
    feed=Feed(
        reader=lambda content_type: PartEvents(content_type, _texts, lambda _: 1, "text/plain"),
        silent_ms=20_000,
        path=PATH,
    ),
    description=Description(
        kind="camera",
        title="Dahua: snapshot stream (snapManager) and events (eventManager)",
        models=("Dahua ITC and ANPR cameras with the HTTP API",),
        sources=("Dahua HTTP API, TrafficJunction and TrafficCarMeasurement", "a public test suite for event batches"),
        proof=("manual", "test-suite"),
        settings="HTTP with digest; the user needs no more than the right to subscribe to events",
        sample='[lanes.camera]\nprotocol = "dahua"\ndevice = "head-1"\nurl = "http://192.168.1.108"\nuser = "viewer"\n'
        'password_env = "WEIGHGATE_CAMERA_PASSWORD"\n',
        unverified=f"{UNVERIFIED}; that UTC is UTC and not local time; how many pictures follow one event",
    ),
)
