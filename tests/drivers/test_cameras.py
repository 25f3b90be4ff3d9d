"""Plate cameras: both codecs, what they refuse, and that nothing but FrameError comes out of hostile bytes."""

import json
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.cameras import PROTOCOLS, hikvision, zhenshi
from drivers.errors import FrameError
from drivers.readings import Picture, PlateReading

AT = datetime(2026, 11, 23, 4, 5, 6, tzinfo=UTC)
PICTURES = (Picture("scene", b"\xff\xd8scene\r\n--x\xff\xd9"), Picture("plate", b"\xff\xd8\x00\r\n"))
COLOURS = ("blue", "yellow", "green", "yellow-green", "black", "white", "unknown")


def zhenshi_push(**fields: object) -> bytes:
    result = {"license": "豫A12345", "colorType": 2, "confidence": 97, "plateid": 7, **fields}
    result.setdefault("timeStamp", {"Timeval": {"sec": 1646063999, "usec": 638740}})
    return json.dumps({"AlarmInfoPlate": {"serialno": "cam-1", "result": {"PlateResult": result}}}).encode()


def alert(anpr: str, head: str = "", namespace: str = 'xmlns="http://www.hikvision.com/ver20/XMLSchema"') -> bytes:
    return (
        f"<EventNotificationAlert {namespace}><eventType>ANPR</eventType><dateTime>2026-11-23T12:05:06+08:00</dateTime>"
        f"<macAddress>00:11</macAddress>{head}<ANPR>{anpr}</ANPR></EventNotificationAlert>"
    ).encode()


@pytest.mark.parametrize("name", ["hikvision", "zhenshi"])
@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("pictures", [(), PICTURES])
def test_what_a_camera_sends_is_read(name: str, colour: str, pictures: tuple[Picture, ...]) -> None:
    protocol = PROTOCOLS[name]
    sent = PlateReading("豫A12345D", colour, 97, "e1", "rear", AT, "cam-1", late=True, pictures=pictures)  # type: ignore[arg-type]
    read = protocol.decode(*protocol.encode(sent))
    assert (read.plate, read.colour, read.confidence_percent, read.view) == ("豫A12345D", colour, 97, "rear")
    assert (read.device_time, read.device, read.late) == (AT, "cam-1", True)
    assert sorted(read.pictures, key=str) == sorted(pictures, key=str)
    assert read.event_id == protocol.decode(*protocol.encode(sent)).event_id


NOT_ON_THE_WIRE = {
    "dahua": {"confidence_percent", "late"},
    "form-post": {"confidence_percent", "view", "pictures"},
    "plate-recognizer": {"colour", "view", "late"},
}


@pytest.mark.parametrize("name", sorted(NOT_ON_THE_WIRE))
@pytest.mark.parametrize("colour", COLOURS)
def test_what_the_others_send_is_read_as_far_as_their_wire_says(name: str, colour: str) -> None:
    protocol, pictures = PROTOCOLS[name], (PICTURES[0],)
    sent = PlateReading("豫A12345D", colour, 97, "e1", "rear", AT, "cam-1", late=True, pictures=pictures)  # type: ignore[arg-type]
    read = protocol.decode(*protocol.encode(sent))
    assert read is not None
    for field in ("plate", "colour", "confidence_percent", "view", "device_time", "device", "late", "pictures"):
        if field not in NOT_ON_THE_WIRE[name]:
            assert getattr(read, field) == getattr(sent, field), field


@pytest.mark.parametrize("name", sorted(PROTOCOLS))
def test_no_plate_is_a_reading_without_a_plate(name: str) -> None:
    protocol = PROTOCOLS[name]
    read = protocol.decode(*protocol.encode(PlateReading(None, "unknown", None, "e2", device_time=AT)))
    assert read.plate is None
    assert read.confidence_percent is None


@pytest.mark.parametrize("raw", ["_无_", "unknown", "", " ", "无车牌"])
def test_words_for_no_plate(raw: str) -> None:
    assert zhenshi.decode(zhenshi_push(license=raw)).plate is None
    assert hikvision.decode(alert(f"<licensePlate>{raw}</licensePlate>"), "text/xml").plate is None


@pytest.mark.parametrize("raw", ["豫Ａ１２３４５", "豫a·12345", " 豫A 12345 ", "豫A.12345", "豫A12345|MX7742"])
def test_plate_text_is_normalised(raw: str) -> None:
    assert zhenshi.decode(zhenshi_push(license=raw)).plate == "豫A12345"


def test_zhenshi_as_pushed() -> None:
    read = zhenshi.decode(zhenshi_push(isoffline=1))
    assert (read.plate, read.colour, read.late, read.device) == ("豫A12345", "yellow", True, "cam-1")
    assert read.device_time == datetime(2022, 2, 28, 15, 59, 59, 638740, tzinfo=UTC)


def test_zhenshi_green_is_yellow_green_only_where_type_and_length_agree() -> None:
    assert zhenshi.decode(zhenshi_push(license="豫A12345D", colorType=5, type=12)).colour == "yellow-green"
    assert zhenshi.decode(zhenshi_push(license="豫A12345", colorType=5, type=12)).colour == "green"
    assert zhenshi.decode(zhenshi_push(colorType=200)).colour == "unknown"


def test_the_reply_to_zhenshi_never_opens() -> None:
    content, media_type = PROTOCOLS["zhenshi"].reply
    assert content == zhenshi.REPLY_NO
    assert json.loads(content)["Response_AlarmInfoPlate"]["info"] == "no"
    assert media_type == "application/json"


def test_event_id_tells_pushes_apart() -> None:
    one = zhenshi.decode(zhenshi_push()).event_id
    assert one == zhenshi.decode(zhenshi_push(isoffline=1)).event_id  # pushed again, late
    assert one != zhenshi.decode(zhenshi_push(plateid=8)).event_id
    plain = "<licensePlate>豫A12345</licensePlate>"
    assert hikvision.decode(alert(plain, "<UUID>u-1</UUID>"), "").event_id == "u-1"
    assert hikvision.decode(alert(plain), "").event_id == hikvision.decode(alert(plain), "").event_id


@pytest.mark.parametrize(
    "namespace", ["", 'xmlns="http://www.std-cgi.com/ver10/XMLSchema"', 'xmlns="http://www.isapi.org/ver20/XMLSchema"']
)
def test_hikvision_namespaces_do_not_matter(namespace: str) -> None:
    read = hikvision.decode(
        alert("<licensePlate>豫A12345</licensePlate><confidenceLevel>97.6</confidenceLevel>", namespace=namespace), ""
    )
    assert (read.plate, read.confidence_percent, read.device_time) == ("豫A12345", 97, AT)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"", "body"),
        (b"[" * 100_000, "body"),
        (b'{"AlarmInfoPlate": 1}', "AlarmInfoPlate"),
        (zhenshi_push(license=7), "license"),
        (zhenshi_push(license="<script>"), "license"),
        (zhenshi_push(license="A" * 10_000), "license"),
        (zhenshi_push(confidence=101), "confidence"),
        (zhenshi_push(colorType="2"), "colorType"),
        (zhenshi_push(timeStamp={"Timeval": {"sec": 10**30}}), "sec"),
        (zhenshi_push(imageFile="%%%"), "imageFile"),
    ],
)
def test_a_bad_zhenshi_body_names_the_field(body: bytes, field: str) -> None:
    with pytest.raises(FrameError, match=field):
        zhenshi.decode(body)


BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(b'<!ENTITY a%d "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">' % n for n in range(9))
    + b"]><EventNotificationAlert>&a8;</EventNotificationAlert>"
)
THIEF = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><EventNotificationAlert>&e;</EventNotificationAlert>'


@pytest.mark.parametrize(
    ("body", "content_type", "field"),
    [
        (BOMB, "text/xml", "XML"),
        (THIEF, "text/xml", "XML"),
        (b"<a/>", "text/xml", "EventNotificationAlert"),
        (b"<" * 400_000, "text/xml", "XML"),
        (b"<EventNotificationAlert/>", "text/xml", "eventType"),
        (alert("").replace(b"ANPR>", b"VMD>"), "text/xml", "ANPR"),
        (alert("<confidenceLevel>lots</confidenceLevel>"), "text/xml", "confidenceLevel"),
        (alert("").replace(b"2026-11-23T12", b"2026-13-45T12"), "text/xml", "dateTime"),
        (b"x", "multipart/form-data", "boundary"),
        (b"--b\r\n\r\nx\r\n" * 40, "multipart/form-data; boundary=b", "parts"),
        (b"--b\r\nA: b\r\n\r\nx\r\n--b--", "multipart/form-data; boundary=b", "XML"),
    ],
)
def test_a_bad_hikvision_body_names_the_field(body: bytes, content_type: str, field: str) -> None:
    with pytest.raises(FrameError, match=field):
        hikvision.decode(body, content_type)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
FIELDS = st.sampled_from(
    ["license", "colorType", "confidence", "plateid", "isoffline", "timeStamp", "imageFile", "direction", "type"]
)


@given(st.dictionaries(FIELDS, JSON, max_size=4))
def test_hostile_json_gives_only_frame_errors(fields: dict[str, object]) -> None:
    try:
        zhenshi.decode(zhenshi_push(**fields))
    except FrameError:
        return


@given(st.binary(max_size=300), st.sampled_from(["", "text/xml", "multipart/form-data; boundary=b"]))
def test_hostile_bytes_give_only_frame_errors(body: bytes, content_type: str) -> None:
    for protocol in PROTOCOLS.values():
        for hostile in (body, b"--b\r\n\r\n<" + body + b"\r\n--b--", alert("").replace(b"ANPR>", body or b">", 1)):
            with suppress(FrameError):
                protocol.decode(hostile, content_type)
