"""Hikvision ISAPI cameras: an EventNotificationAlert by HTTP POST, with its pictures beside it or alone.

    --boundary  anpr.xml               <EventNotificationAlert> … <ANPR> <licensePlate> <plateColor> …
    --boundary  detectionPicture.jpg   the scene
    --boundary  licensePlatePicture.jpg

Namespaces differ between firmwares and are ignored. The camera does not push twice.
Source: Device Network SDK (Traffic) developer guide, XML_EventNotificationAlert_ANPR, and its plateColor words.
That direction `reverse` shows a vehicle's rear is inferred.
"""

import hashlib
import re
from datetime import UTC, datetime
from typing import Any, Literal
from xml.etree.ElementTree import Element, ParseError, SubElement, tostring

from defusedxml import DefusedXmlException  # type: ignore[import-untyped] # ships no types
from defusedxml.ElementTree import fromstring  # type: ignore[import-untyped] # as above

from drivers.cameras.plates import PICTURE_BYTES_MAX, PUSH_BYTES_MAX, CameraProtocol, event_id, plate_text
from drivers.errors import FrameError
from drivers.readings import Picture, PlateColour, PlateReading

XML_BYTES_MAX = 256 * 1024
PARTS_MAX = 16
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
    boundary = "anpr" + hashlib.sha256(b"".join(one.content for one in reading.pictures)).hexdigest()[:24]
    names = {kind: name for name, kind in PICTURES.items()}
    files = [("anpr", "xml", "application/xml", xml)]
    files += [(names[one.kind], "jpg", "image/jpeg", one.content) for one in reading.pictures]
    body = b"".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{name}.{suffix}"\r\n'
        f"Content-Type: {kind}\r\nContent-Length: {len(content)}\r\n\r\n".encode()
        + content
        + b"\r\n"
        for name, suffix, kind, content in files
    )
    return body + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


def _parts(body: bytes, content_type: str) -> tuple[bytes, tuple[Picture, ...]]:
    if not content_type.strip().lower().startswith("multipart/"):
        return body, ()
    xml, pictures = b"", []
    for head, content in _chunks(body, content_type):
        kind = next((kind for name, kind in PICTURES.items() if name.encode() in head), None)
        if kind is not None or b"image/" in head.lower():
            if len(content) > PICTURE_BYTES_MAX:
                raise FrameError(f"{kind} picture: {len(content)} bytes; {PICTURE_BYTES_MAX} at most")
            pictures.append(Picture(kind or "scene", content))
        elif not xml and content.lstrip().startswith(b"<"):
            xml = content
    if not xml:
        raise FrameError("body: no part holds XML")
    return xml, tuple(pictures)


def _chunks(body: bytes, content_type: str) -> list[tuple[bytes, bytes]]:
    found = re.search(r'boundary="?([^\s";,]{1,70})', content_type, re.IGNORECASE)
    if found is None:
        raise FrameError("Content-Type: multipart without a boundary")
    chunks = body.split(b"--" + found[1].encode("utf-8", "replace"), PARTS_MAX + 2)
    if len(chunks) > PARTS_MAX + 2:
        raise FrameError(f"body: more than {PARTS_MAX} parts")
    parts = []
    for chunk in chunks[1:]:
        if chunk.startswith(b"--"):
            break
        head, blank, content = chunk.lstrip(b"\r\n").partition(b"\r\n\r\n")
        if blank:
            parts.append((head, content.removesuffix(b"\r\n")))
    return parts


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


PROTOCOL = CameraProtocol(name="hikvision", decode=decode, encode=encode, reply=(b"", "text/plain"))
