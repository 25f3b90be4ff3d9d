"""Hikvision ISAPI cameras: an EventNotificationAlert by HTTP POST, with its pictures beside it or alone.

    --boundary  anpr.xml               <EventNotificationAlert> … <ANPR> <licensePlate> <plateColor> …
    --boundary  detectionPicture.jpg   the scene
    --boundary  licensePlatePicture.jpg

Asked at /ISAPI/Event/notification/alertStream it sends the same alerts, among all its others, without end.
Namespaces differ between firmwares and are ignored. The camera does not push twice.
Source: Device Network SDK (Traffic) developer guide, XML_EventNotificationAlert_ANPR, and its plateColor words.
That direction `reverse` shows a vehicle's rear is inferred.
"""

import re
from datetime import UTC, datetime
from typing import Any, Literal
from xml.etree.ElementTree import Element, ParseError, SubElement, tostring

from defusedxml import DefusedXmlException  # type: ignore[import-untyped] # ships no types
from defusedxml.ElementTree import fromstring  # type: ignore[import-untyped] # as above

from drivers.cameras.feed import Feed, PartEvents
from drivers.cameras.multipart import Part, body_of, parts_of
from drivers.cameras.plates import PICTURE_BYTES_MAX, PUSH_BYTES_MAX, CameraProtocol, event_id, plate_text
from drivers.description import UNVERIFIED, Description
from drivers.errors import FrameError
from drivers.readings import Picture, PlateColour, PlateReading

XML_BYTES_MAX = 256 * 1024
TEXT_CHARS_MAX = 200
COLOURS: dict[str, PlateColour] = {
    "blue": "blue",
    "yellow": "yellow",
    "white": "white",
    "black": "black",
    "green": "green",
    "newEnergyGreen": "green",
    "newEnergyYellowGreen": "yellow-green",
}
WORDS = {colour: word for word, colour in reversed(COLOURS.items())}
PICTURES: dict[str, Literal["scene", "plate", "vehicle"]] = {
    "licensePlatePicture": "plate",
    "detectionPicture": "scene",
    "vehiclePicture": "vehicle",
}
ANPR_EVENT = re.compile(rb"<(?:[A-Za-z0-9]{1,20}:)?eventType>\s{0,9}ANPR\s{0,9}<")
PICTURES_TOLD = re.compile(rb"<(?:[A-Za-z0-9]{1,20}:)?picNum>\s{0,9}([0-9])\s{0,9}<")
NAMESPACE = "http://www.isapi.org/ver20/XMLSchema"


def decode(body: bytes, content_type: str) -> PlateReading:
    """One recognition, from multipart or bare XML. Raises FrameError that names the field."""
    if len(body) > PUSH_BYTES_MAX:
        raise FrameError(f"body: {len(body)} bytes; {PUSH_BYTES_MAX} at most")
    xml, pictures = _parts(body, content_type)
    alert = _parsed(xml)
    kind = _text(alert, "eventType")
    if kind != "ANPR":
        raise FrameError(f"eventType: {kind!r} is not ANPR")
    anpr = _child(alert, "ANPR")
    if anpr is None:
        raise FrameError("ANPR: missing")
    plate = plate_text(_text(anpr, "licensePlate"), "licensePlate")
    device = _text(alert, "deviceID") or _text(alert, "macAddress") or _text(alert, "ipAddress")
    written = _text(alert, "dateTime")
    uuid = _text(alert, "UUID")
    return PlateReading(
        plate=plate,
        colour=COLOURS.get(_text(anpr, "plateColor"), "unknown"),
        confidence_percent=_confidence(_text(anpr, "confidenceLevel")),
        event_id=uuid or (event_id(device, written, plate) if written else event_id(device, xml.hex())),
        view="rear" if _text(anpr, "direction") == "reverse" else "front",
        device_time=_time(written),
        device=device,
        late=_text(anpr, "alarmDataType") == "1",
        pictures=pictures,
    )


def encode(reading: PlateReading) -> tuple[bytes, str]:
    """Body and content type as a camera would push them: multipart where there are pictures, else bare XML."""
    xml = _written(reading)
    if not reading.pictures:
        return xml, "application/xml"
    names = {kind: name for name, kind in PICTURES.items()}
    files = [("anpr.xml", "application/xml", xml)]
    return body_of([*files, *((f"{names[one.kind]}.jpg", "image/jpeg", one.content) for one in reading.pictures)])


def _parts(body: bytes, content_type: str) -> tuple[bytes, tuple[Picture, ...]]:
    if not content_type.strip().lower().startswith("multipart/"):
        return body, ()
    xml, pictures = b"", []
    for part in parts_of(body, content_type):
        kind = next((kind for name, kind in PICTURES.items() if name.encode() in part.head), None)
        if kind is not None or part.is_picture:
            if len(part.content) > PICTURE_BYTES_MAX:
                raise FrameError(f"{kind} picture: {len(part.content)} bytes; {PICTURE_BYTES_MAX} at most")
            pictures.append(Picture(kind or "scene", part.content))
        elif not xml and part.content.lstrip().startswith(b"<"):
            xml = part.content
    if not xml:
        raise FrameError("body: no part holds XML")
    return xml, tuple(pictures)


def _parsed(xml: bytes) -> Element:
    if len(xml) > XML_BYTES_MAX:
        raise FrameError(f"XML: {len(xml)} bytes; {XML_BYTES_MAX} at most")
    try:
        root: Element = fromstring(xml, forbid_dtd=True)
    except (ParseError, DefusedXmlException, LookupError, ValueError) as error:
        raise FrameError(f"XML: {error}") from error
    if _local(root) != "EventNotificationAlert":
        raise FrameError(f"XML: {_local(root)!r} is not EventNotificationAlert")
    return root


def _local(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _child(element: Element, name: str) -> Element | None:
    return next((child for child in element if _local(child) == name), None)


def _text(element: Element, name: str) -> str:
    child = _child(element, name)
    text = (child.text or "").strip() if child is not None else ""
    if len(text) > TEXT_CHARS_MAX:
        raise FrameError(f"{name}: {len(text)} characters; {TEXT_CHARS_MAX} at most")
    return text


def _confidence(text: str) -> int | None:
    if not text:
        return None
    found = re.fullmatch(r"([0-9]{1,3})(\.[0-9]+)?", text)
    if found is None or int(found[1]) > 100:
        raise FrameError(f"confidenceLevel: {text!r} is not 0 to 100")
    return int(found[1])


def _time(text: str) -> datetime | None:
    """None where the camera gives no time, or one without its offset."""
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
        return at.astimezone(UTC) if at.tzinfo is not None else None
    except (ValueError, OverflowError) as error:
        raise FrameError(f"dateTime: {text!r} is no time") from error


def _written(reading: PlateReading) -> bytes:
    alert = Element("EventNotificationAlert", {"version": "2.0", "xmlns": NAMESPACE})
    fields: dict[str, Any] = {"deviceID": reading.device}
    if reading.device_time is not None:
        fields["dateTime"] = reading.device_time.isoformat()
    fields |= {"activePostCount": 1, "eventType": "ANPR", "eventState": "active", "UUID": reading.event_id}
    plate = {
        "licensePlate": reading.plate if reading.plate is not None else "unknown",
        "direction": "reverse" if reading.view == "rear" else "forward",
        "plateColor": WORDS.get(reading.colour, "unknown"),
        "alarmDataType": int(reading.late),
    }
    if reading.confidence_percent is not None:
        plate["confidenceLevel"] = reading.confidence_percent
    for name, value in fields.items():
        SubElement(alert, name).text = str(value)
    anpr = SubElement(alert, "ANPR")
    for name, value in plate.items():
        SubElement(anpr, name).text = str(value)
    found: bytes = tostring(alert, encoding="utf-8", xml_declaration=True)
    return found


def _texts(part: Part) -> list[bytes]:
    """Of a stream on which every event of the camera comes, those that name a vehicle."""
    return [part.content] if ANPR_EVENT.search(part.content) else []


def _pictures_told(xml: bytes) -> int:
    found = PICTURES_TOLD.search(xml)
    return int(found[1]) if found else 0


PROTOCOL = CameraProtocol(
    name="hikvision",
    decode=decode,
    encode=encode,
    reply=(b"", "text/plain"),
    feed=Feed(
        reader=lambda content_type: PartEvents(content_type, _texts, _pictures_told, "application/xml"),
        silent_ms=30_000,
        path="/ISAPI/Event/notification/alertStream",
    ),
    description=Description(
        kind="camera",
        title="Hikvision ISAPI: ANPR push, and the alert stream",
        models=("Hikvision DS-TCG405-E", "Hikvision cameras with ISAPI ANPR"),
        sources=("Device Network SDK (Traffic) developer guide, XML_EventNotificationAlert_ANPR", "public fixtures"),
        proof=("test-suite", "manual"),
        settings="HTTP listening to the gateway's address and /cameras/LANE, or the alert stream, by digest",
        sample='[lanes.camera]\nprotocol = "hikvision"\ndevice = "head-1"  # no url: it pushes\n',
        unverified=f"{UNVERIFIED}; that direction reverse shows a vehicle's rear; pictures on the alert stream",
    ),
)
