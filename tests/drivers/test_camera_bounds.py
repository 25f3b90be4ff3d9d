"""What cameras send at its bounds: the longest name, the last second, the score that is none."""

import json
from datetime import UTC, datetime

import pytest

from drivers.cameras import PROTOCOLS, form_post, plate_recognizer, zhenshi_tcp
from drivers.cameras.multipart import body_of
from drivers.errors import FrameError
from drivers.readings import PlateReading

AT = datetime(2026, 11, 23, 4, 5, 6, 987_000, tzinfo=UTC)
SEEN = PlateReading("豫A12345", "yellow", 97, "e", device_time=AT, device="cam-1", view="rear")
NOBODY = PlateReading(None, "unknown", None, "e", device_time=None, device="")
FORM = "application/x-www-form-urlencoded"
PUSH_BYTES = 8_388_608


def form(**fields: str) -> bytes:
    return "&".join(f"{key}={value}" for key, value in {"type": "online", **fields}.items()).encode()


def push(*results: object, **data: object) -> bytes:
    return json.dumps({"data": {"results": list(results), **data}}).encode()


def test_a_camera_that_is_asked_may_be_silent_for_so_long() -> None:
    silent_ms = {name: one.feed.silent_ms for name, one in PROTOCOLS.items() if one.feed}
    assert silent_ms == {"dahua": 20_000, "hikvision": 30_000, "zhenshi": 20_000}


def test_a_form_is_written_and_read() -> None:
    written, kind = form_post.encode(SEEN)
    assert (written, kind) == (
        b"type=online&vdc_type=in&cam_id=cam-1&plate_num=%E8%B1%ABA12345&plate_color=yellow&start_time=1795406706",
        FORM,
    )
    assert form_post.encode(NOBODY)[0] == (
        b"type=online&vdc_type=in&cam_id=&plate_num=%E6%97%A0%E8%BD%A6%E7%89%8C&plate_color="
    )
    read = form_post.decode(written, kind)
    assert read is not None
    assert (read.plate, read.device_time, read.pictures) == ("豫A12345", AT.replace(microsecond=0), ())


@pytest.mark.parametrize(
    ("fields", "device", "at"),
    [
        ({"cam_id": "c" * 100, "start_time": "1"}, "c" * 100, datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)),
        ({"cam_id": "c" * 101, "start_time": "0"}, "", None),
        ({"cam_id": "c%07", "start_time": ""}, "", None),
        (
            {"cam_id": "", "cam_ip": "10.0.0.8", "start_time": "9999999999"},
            "10.0.0.8",
            datetime(2286, 11, 20, 17, 46, 39, tzinfo=UTC),
        ),
    ],
)
def test_a_form_s_camera_and_time(fields: dict[str, str], device: str, at: datetime | None) -> None:
    read = form_post.decode(form(**fields), FORM)
    assert read is not None
    assert (read.device, read.device_time) == (device, at)


def test_a_form_s_event_is_known_by_its_time_or_by_all_of_it() -> None:
    def named(**fields: str) -> str:
        read = form_post.decode(form(**fields), FORM)
        assert read is not None
        return read.event_id

    assert named(start_time="1", park_id="1") == named(start_time="1", park_id="2")
    assert named(start_time="0", park_id="1") != named(start_time="0", park_id="2")


def test_a_form_has_bounds() -> None:
    fields = {f"f{number}": "" for number in range(39)}
    assert form_post.decode(form(**fields), FORM) is not None
    for wrong, said in (
        (form(**fields, one_more=""), "no form"),
        (b"type=online&plate_num=%FF", "no form"),
        (b"type=heartbeat".ljust(PUSH_BYTES + 1), "8388609 bytes; 8388608 at most"),
        (b"type=heartbeat".ljust(PUSH_BYTES), "is not online"),
    ):
        with pytest.raises(FrameError, match=said):
            form_post.decode(wrong, FORM)


@pytest.mark.parametrize("kind", [FORM, "multipart/form-data; boundary=b", " Multipart/form-data; boundary=b"])
def test_the_longest_text_of_a_form(kind: str) -> None:
    def read(ip: str) -> str:
        fields = {"type": "online", "plate_num": "A1", "cam_ip": ip, "start_time": "1"}
        parts = "".join(f'--b\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in fields.items())
        found = form_post.decode(
            (parts + "--b--").encode() if "b=" in kind or "boundary" in kind else form(**fields), kind
        )
        assert found is not None
        return found.event_id

    assert read("c" * 2_000) == read("c" * 2_001) != read("c" * 1_999)


def test_a_form_s_pictures_stand_beside_its_fields() -> None:
    parts = b'--b\r\nContent-Disposition: form-data; name="type"\r\n\r\nonline\r\n'
    parts += b'--b\r\nContent-Disposition: form-data; name="plate_num"\r\nContent-Type: image/jpeg\r\n\r\nB2\r\n'
    parts += b"--b\r\nContent-Disposition: form-data\r\n\r\nnameless\r\n--b--"
    read = form_post.decode(parts, "multipart/form-data; boundary=b")
    assert read is not None
    assert (read.plate, [one.content for one in read.pictures], read.late) == (None, [b"B2"], False)


def test_plate_recognizer_writes_a_push() -> None:
    body, kind = plate_recognizer.encode(SEEN)
    assert kind == "application/json"
    assert json.loads(body) == {
        "hook": {"id": "cam-1", "event": "recognition"},
        "data": {
            "camera_id": "cam-1",
            "timestamp": "2026-11-23T04:05:06.987000Z",
            "results": [{"plate": "豫a12345", "score": 0.97}],
        },
    }
    assert "豫a12345".encode() in body
    assert json.loads(plate_recognizer.encode(NOBODY)[0])["data"] == {"camera_id": "", "results": []}
    unsure = PlateReading("A1", "unknown", None, "e", device_time=None, device="")
    assert json.loads(plate_recognizer.encode(unsure)[0])["data"]["results"] == [{"plate": "a1", "score": 0.0}]


@pytest.mark.parametrize(
    ("results", "plate", "percent"),
    [
        ([("a1", 0)], "A1", 0),
        ([("a1", 1)], "A1", 100),
        ([("a1", 0.29)], "A1", 29),  # 28.999… as a float
        ([("a1", 0.899)], "A1", 89),
        ([("", 0.9), ("b2", 0.5)], "B2", 50),
        ([("a1", 0.9), ("A1", 0.9)], "A1", 90),
        ([("a1", 0.9), ("b2", 0.9), ("c3", 0.1)], None, 90),
        ([("", 0.9)], None, None),
        ([("a1", 0.5)] * 50, "A1", 50),
    ],
)
def test_the_best_score_is_taken(results: list[tuple[str, float]], plate: str | None, percent: int | None) -> None:
    read = plate_recognizer.decode(push(*({"plate": one, "score": score} for one, score in results)), "")
    assert (read.plate, read.confidence_percent) == (plate, percent)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (push(*[{"plate": "a1", "score": 0.5}] * 51), "a list of at most 50"),
        (b'{"data": {"results": {}}}', "a list of at most 50"),
        (push({"plate": "a1", "score": 1.001}), "score"),
        (push({"plate": "a1", "score": -0.001}), "score"),
        (push({"plate": "a1", "score": True}), "score"),
        (push({"plate": "a1", "score": "1"}), "score"),
        (push({"plate": 1, "score": 1}), "plate"),
        (push(7), "plate"),
        (push(timestamp="yesterday"), "timestamp"),
        (push(timestamp="0001-01-01T00:00:00+01:00"), "timestamp"),
    ],
)
def test_a_push_that_is_none_is_told(body: bytes, said: str) -> None:
    with pytest.raises(FrameError, match=said):
        plate_recognizer.decode(body, "application/json")


def test_a_push_says_where_and_when() -> None:
    read = plate_recognizer.decode(push(camera_id="c" * 100, timestamp="2026-11-23T12:05:06+08:00"), "")
    assert (read.device, read.device_time) == ("c" * 100, AT.replace(microsecond=0))
    local = plate_recognizer.decode(push(camera_id="c" * 101, timestamp="2026-11-23T04:05:06"), "")
    assert (local.device, local.device_time) == ("", AT.replace(microsecond=0))
    assert plate_recognizer.decode(push(camera_id="a\nb"), "").device == ""
    assert plate_recognizer.decode(push(camera_id=7), "").device == ""
    once, again = (plate_recognizer.decode(push(timestamp="2026-11-23T12:05:06", n=n), "").event_id for n in (1, 2))
    assert once == again
    assert plate_recognizer.decode(push(n=1), "").event_id != plate_recognizer.decode(push(n=2), "").event_id


def test_a_picture_beside_a_push_is_the_scene() -> None:
    fields = [("json.json", "application/json", push({"plate": "a1", "score": 1})), ("u.jpg", "image/jpeg", b"\xff")]
    read = plate_recognizer.decode(*body_of(fields))
    assert (read.plate, [one.content for one in read.pictures]) == ("A1", [b"\xff"])


def test_a_message_of_zhenshi_comes_whole_and_not_too_large() -> None:
    result = b'{"PlateResult":{"license":"A1"}}'
    messages = zhenshi_tcp.Messages()
    assert messages.feed(zhenshi_tcp.message(result)[:-1]) == []
    ((body, kind),) = messages.feed(result[-1:])
    assert (json.loads(body), kind) == (
        {"AlarmInfoPlate": {"result": {"PlateResult": {"license": "A1"}}}},
        "application/json",
    )
    assert messages.feed(zhenshi_tcp.message(result, zhenshi_tcp.HEARTBEAT)) == []
    assert messages.feed(zhenshi_tcp.message(b"[]") + zhenshi_tcp.message(b'{"PlateResult":7}')) == []
    assert messages.flush() == []
    assert zhenshi_tcp.Messages().feed(b"VZ\0\0" + (4_194_304).to_bytes(4, "big")) == []
    assert zhenshi_tcp.message(b"12") == b"VZ\0\0\0\0\0\x0212"
    for wrong, said in (
        (b"VZ\0\0\x01\0\0\0", "a message of 16777216 bytes"),
        (b"VZ\0\0" + (4_194_305).to_bytes(4, "big"), "a message of 4194305 bytes"),
        (zhenshi_tcp.message(b"\xff\xff"), "neither UTF-8 nor GB18030"),
        (b"VY" + bytes(6), "56 59 00 00 00 00 00 00"),
    ):
        with pytest.raises(FrameError, match=said):
            zhenshi_tcp.Messages().feed(wrong)
    assert zhenshi_tcp.Messages().feed(b"VY" + bytes(5)) == []


def test_zhenshi_s_plate_decides_between_two_encodings() -> None:
    for plate in ("豫A12345", "京A12345"):  # the second is no UTF-8 as GB18030 writes it
        for encoding in ("utf-8", "gb18030"):
            said = f'{{"PlateResult":{{"license":"{plate}"}}}}'.encode(encoding) + b"\0\xff"
            ((body, _),) = zhenshi_tcp.Messages().feed(zhenshi_tcp.message(said))
            assert json.loads(body)["AlarmInfoPlate"]["result"]["PlateResult"]["license"] == plate


def test_what_zhenshi_pushes_it_sends_with_a_zero_byte() -> None:
    result = {"PlateResult": {"license": "豫A12345"}}
    sent = zhenshi_tcp.unpushed(json.dumps({"AlarmInfoPlate": {"result": result}}).encode())
    assert sent == zhenshi_tcp.message('{"PlateResult": {"license": "豫A12345"}}'.encode() + b"\0")
