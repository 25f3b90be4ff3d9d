"""Dahua, Zhenshi over TCP, form posts and Plate Recognizer: as documented, cut anywhere, and hostile."""

import json
import struct
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.cameras import PROTOCOLS, dahua, form_post, hikvision, plate_recognizer, zhenshi_tcp
from drivers.cameras.feed import Body, EventReader
from drivers.cameras.multipart import HEAD_BYTES_MAX, PART_BYTES_MAX, PartStream
from drivers.errors import FrameError

JPEG = b"\xff\xd8\r\n--myboundary\r\nEvents[0].TrafficCar.PlateNumber=WRONG\xff\xd9"
MANUAL = b"""Events[0].EventBaseInfo.Code=TrafficCarMeasurement
Events[0].EventBaseInfo.Action=Pulse
Events[0].EventBaseInfo.Index=0
Events[0].GroupID=123
Events[0].UTC=1670842479
Events[0].UTCMS=123
Events[0].EventID=5864
Events[0].TrafficCar.PlateNumber=AC00003
Events[0].TrafficCar.PlateColor=YellowbottomBlackText
Events[0].VehicleDirection=Head
"""
BATCH = b"""Events[0].EventBaseInfo.Code=TrafficJunction
Events[0].TrafficCar.PlateNumber=abc-123
Events[0].GroupID=41
Events[1].Code=TrafficJunction
Events[1].TrafficCar.PlateNumber=XYZ 789
Events[2].Code=VideoMotion
Events[2].TrafficCar.PlateNumber=IGNORE
Events[3].Code=TrafficJunction
Events[3].TrafficCar.PlateNumber=Unknown
"""
MANAGER = b'Code=TrafficJunction;action=Pulse;index=0;data={"TrafficCar":{"PlateNumber":"abc-123"},"UTC":123}'


def part(kind: bytes, content: bytes, *, length: bool = True) -> bytes:
    head = b"--myboundary\r\nContent-Type: " + kind
    return head + (b"\r\nContent-Length: %d" % len(content) if length else b"") + b"\r\n\r\n" + content + b"\r\n"


def read_in(pieces: list[bytes], reader: EventReader) -> list[Body]:
    return [body for piece in pieces for body in reader.feed(piece)] + reader.flush()


def test_dahua_as_in_its_document() -> None:
    read = dahua.decode(MANUAL, "text/plain")
    assert (read.plate, read.colour, read.view) == ("AC00003", "yellow", "front")
    assert read.device_time == datetime(2022, 12, 12, 10, 54, 39, 123000, tzinfo=UTC)
    assert read.event_id == dahua.decode(MANUAL + b"Events[0].Lane=1\n", "").event_id
    assert dahua.decode(MANUAL.replace(b"Events[", b"ReturnEvents["), "").plate == "AC00003"
    assert dahua.decode(MANUAL.replace(b"=Head", b"=Tail"), "").view == "rear"


def test_dahua_batches_and_both_kinds_of_event() -> None:
    assert [one.get("TrafficCar.PlateNumber") for one in dahua.events_of(BATCH)] == ["abc-123", "XYZ 789", "Unknown"]
    assert dahua.decode(MANAGER, "").plate == "ABC123"
    assert dahua.events_of(MANAGER.replace(b"Pulse", b"Stop")) == []
    assert dahua.events_of(b"Heartbeat") == []
    with pytest.raises(FrameError, match="data"):
        dahua.events_of(b"Code=TrafficJunction;action=Pulse;index=0;data={broken}")


@given(st.lists(st.integers(1, 400), max_size=20))
def test_a_dahua_stream_is_read_however_it_is_cut(sizes: list[int]) -> None:
    wire = part(b"text/plain", b"Heartbeat") + part(b"text/plain", BATCH) + part(b"image/jpeg", JPEG)
    wire += part(b"text/plain", MANUAL, length=False) + part(b"text/plain", b"Heartbeat")
    pieces, at = [], 0
    for size in sizes:
        pieces.append(wire[at : at + size])
        at += size
    feed = PROTOCOLS["dahua"].feed
    assert feed is not None
    bodies = read_in([*pieces, wire[at:]], feed.reader("multipart/x-mixed-replace; boundary=myboundary"))
    readings = [dahua.decode(*body) for body in bodies]
    assert [one.plate for one in readings] == ["ABC123", "XYZ789", None, "AC00003"]
    assert [len(one.pictures) for one in readings] == [1, 1, 1, 0]
    assert readings[0].pictures[0].content == JPEG


@pytest.mark.parametrize("prefix", [False, True])
def test_a_hikvision_alert_stream_gives_plates_among_everything_else(prefix: bool) -> None:
    xml = (
        b"<EventNotificationAlert><eventType>ANPR</eventType><dateTime>2026-11-23T12:05:06+08:00</dateTime>"
        b"<picNum>2</picNum><ANPR><licensePlate>\xe8\xb1\xabA12345</licensePlate></ANPR></EventNotificationAlert>"
    )
    other = b"<EventNotificationAlert><eventType>videoloss</eventType></EventNotificationAlert>"
    if prefix:
        xml = xml.replace(b"</", b"</ns1:").replace(b"<", b"<ns1:").replace(b"<ns1:/ns1:", b"</ns1:")
        xml = xml.replace(b"Alert>", b'Alert xmlns:ns1="http://www.hikvision.com/ver20/XMLSchema">', 1)
    wire = part(b"application/xml; charset=UTF-8", other, length=False) + part(b"application/xml", xml)
    wire += part(b"image/jpeg", JPEG) + part(b"image/jpeg", b"\xff\xd8") + part(b"application/xml", other)
    feed = PROTOCOLS["hikvision"].feed
    assert feed is not None
    for pieces in ([wire], [bytes((byte,)) for byte in wire]):
        bodies = read_in(pieces, feed.reader("multipart/mixed; boundary=myboundary"))
        readings = [hikvision.decode(*body) for body in bodies]
        assert [(one.plate, len(one.pictures)) for one in readings] == [("豫A12345", 2)]


@given(st.binary(max_size=40), st.integers(1, 9))
def test_a_part_without_its_length_ends_at_the_boundary_and_nowhere_else(content: bytes, size: int) -> None:
    content = content.replace(b"--myboundary", b"")
    wire = part(b"text/plain", content, length=False) + part(b"text/plain", b"next")
    stream = PartStream("x; boundary=myboundary")
    found = [one.content for at in range(0, len(wire), size) for one in stream.feed(wire[at : at + size])]
    assert found == [content, b"next"]


@given(st.lists(st.integers(1, 40), max_size=30))
def test_zhenshi_over_tcp_however_it_is_cut(sizes: list[int]) -> None:
    result = {"PlateResult": {"license": "豫A12345", "colorType": 2, "confidence": 97, "plateid": 7}}
    answer = zhenshi_tcp.message(b'{"cmd":"ivsresult","id":"1","state_code":200}')
    wire = answer + zhenshi_tcp.message(b"", zhenshi_tcp.HEARTBEAT)
    wire += zhenshi_tcp.message(json.dumps(result, ensure_ascii=False).encode() + b"\0\xff\xd8 a picture")
    wire += zhenshi_tcp.message(json.dumps(result, ensure_ascii=False).encode("gb18030") + b"\n\0")
    pieces, at = [], 0
    for size in sizes:
        pieces.append(wire[at : at + size])
        at += size
    bodies = read_in([*pieces, wire[at:]], zhenshi_tcp.Messages())
    readings = [PROTOCOLS["zhenshi"].decode(*body) for body in bodies]
    assert [(one.plate, one.colour, one.confidence_percent) for one in readings if one] == [
        ("豫A12345", "yellow", 97), ("豫A12345", "yellow", 97),
    ]  # fmt: skip


@pytest.mark.parametrize("said", [{"timeStamp": {"\ud800": 1}}, {"deviceName": "\udfff"}])
def test_half_of_a_surrogate_pair_costs_neither_the_connection_nor_the_plate(said: dict[str, object]) -> None:
    message = zhenshi_tcp.message(json.dumps({"PlateResult": {"license": "豫A12345", **said}}).encode() + b"\0")
    (body,) = read_in([message], zhenshi_tcp.Messages())
    assert b'"license"' in body[0]


def test_what_zhenshi_is_asked_with_is_framed_as_field_code_frames_it() -> None:
    size = len(zhenshi_tcp.HELLO) - 8
    assert zhenshi_tcp.HELLO[:8] == struct.pack(">2sBBI", b"VZ", 0, 0, size)
    assert json.loads(zhenshi_tcp.HELLO[8:])["cmd"] == "ivsresult"
    assert zhenshi_tcp.FEED.heartbeat == bytes.fromhex("565A010000000000")


@pytest.mark.parametrize(
    ("wire", "why"),
    [(b"HTTP/1.1 200 OK", "not a message"), (b"VZ\0\0\xff\xff\xff\xff", "at most"), (b"VZ\0\0\0\0\0\x01{", "JSON")],
)
def test_another_device_at_that_port_is_told(wire: bytes, why: str) -> None:
    with pytest.raises(FrameError, match=why):
        zhenshi_tcp.Messages().feed(wire)


def test_a_form() -> None:
    form = "type=online&vdc_type=in&plate_num=%E8%B1%ABA12345&plate_color=%E9%BB%84%E8%89%B2&start_time=1667000000"
    read = form_post.decode(
        (form + "&cam_ip=10.0.0.8&cam_id=c1&park_id=p").encode(), "application/x-www-form-urlencoded"
    )
    assert read is not None
    assert (read.plate, read.colour, read.device, read.late) == ("豫A12345", "yellow", "c1", False)
    assert form_post.decode(b"type=heartbeat&cam_id=c1", "") is None
    late = form_post.decode(form.replace("online", "offline").encode(), "")
    assert late is not None
    assert late.late is True
    assert json.loads(form_post.REPLY) == {"error_num": 0, "error_str": "noerror"}  # no gpio_data: nothing opens
    for hostile, field in ((b"type=free", "type"), (b"type=online&start_time=now", "start_time")):
        with pytest.raises(FrameError, match=field):
            form_post.decode(hostile, "")


def test_plate_recognizer_takes_the_best_score_and_leaves_a_tie_to_a_person() -> None:
    def push(*results: tuple[str, float]) -> bytes:
        said = [{"plate": plate, "score": score, "box": {}, "direction": 90} for plate, score in results]
        data = {"camera_id": "camera-1", "timestamp": "2026-11-23T04:05:06.123456Z", "results": said}
        return json.dumps({"hook": {"id": "camera-1", "event": "recognition"}, "data": data}).encode()

    read = plate_recognizer.decode(push(("eg128kl", 0.6), ("eg123kl", 0.9)), "application/json")
    assert (read.plate, read.confidence_percent, read.colour) == ("EG123KL", 90, "unknown")
    assert read.device_time == datetime(2026, 11, 23, 4, 5, 6, 123456, tzinfo=UTC)
    assert plate_recognizer.decode(push(("a1", 0.9), ("b2", 0.9)), "").plate is None
    assert plate_recognizer.decode(push(), "").plate is None
    for hostile, field in ((push(("x", 7)), "score"), (b"{}", "data"), (b'{"data":{}}', "results")):
        with pytest.raises(FrameError, match=field):
            plate_recognizer.decode(hostile, "")


@pytest.mark.parametrize("name", sorted(PROTOCOLS))
def test_no_reply_opens_anything(name: str) -> None:
    reply = PROTOCOLS[name].reply[0]
    assert b'"ok"' not in reply
    assert b"gpio" not in reply


TEXTS = st.sampled_from([MANUAL, BATCH, MANAGER, b"type=online&plate_num=x", b'{"data":{"results":[{"plate":1}]}}'])


@given(st.data())
def test_hostile_bodies_give_only_frame_errors(data: st.DataObject) -> None:
    text = bytearray(data.draw(TEXTS))
    for _ in range(data.draw(st.integers(0, 4))):
        text[data.draw(st.integers(0, len(text) - 1))] = data.draw(st.integers(0, 255))
    raw = data.draw(st.binary(max_size=60))
    kind = data.draw(st.sampled_from(["", "text/plain", "multipart/form-data; boundary=myboundary", "multipart/x"]))
    for protocol in PROTOCOLS.values():
        for body in (bytes(text), raw, part(b"text/plain", bytes(text)), part(b"image/jpeg", raw) + bytes(text)):
            with suppress(FrameError):
                protocol.decode(body, kind)


@given(st.lists(st.binary(max_size=60) | st.just(b"--myboundary\r\n") | st.just(b"\r\n\r\n"), max_size=40))
def test_hostile_streams_give_only_frame_errors(chunks: list[bytes]) -> None:
    stream, messages = PartStream("x; boundary=myboundary"), zhenshi_tcp.Messages()
    with suppress(FrameError):
        for chunk in chunks:
            stream.feed(chunk)
    with suppress(FrameError):
        for chunk in chunks:
            messages.feed(b"VZ\0\0" + len(chunk).to_bytes(4, "big") + chunk)


def test_a_stream_that_never_says_where_a_part_ends_is_given_up() -> None:
    with pytest.raises(FrameError, match="no boundary"):
        PartStream("x; boundary=b").feed(b"x" * (HEAD_BYTES_MAX + 1))
    with pytest.raises(FrameError, match="head"):
        PartStream("x; boundary=b").feed(b"--b\r\n" + b"x" * (HEAD_BYTES_MAX + 10))
    with pytest.raises(FrameError, match="at most"):
        PartStream("x; boundary=b").feed(b"--b\r\nContent-Length: 99999999\r\n\r\n")
    endless = PartStream("x; boundary=b")
    endless.feed(b"--b\r\nA: b\r\n\r\n")
    with pytest.raises(FrameError, match="a part has more"):
        endless.feed(b"x" * (PART_BYTES_MAX + HEAD_BYTES_MAX + 1))
