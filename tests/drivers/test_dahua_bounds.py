"""What Dahua's cameras send at its bounds: the last line that is read, the deepest value, the latest second."""

import json
from datetime import UTC, datetime

import pytest

from drivers.cameras import PROTOCOLS, dahua
from drivers.cameras.multipart import body_of, part_bytes
from drivers.errors import FrameError
from drivers.readings import PlateReading

AT = datetime(2026, 11, 23, 4, 5, 6, 987_000, tzinfo=UTC)
SEEN = PlateReading("豫A12345", "yellow", 97, "e", device_time=AT, device="cam-1", view="rear")
NOBODY = PlateReading(None, "unknown", None, "e", device_time=None, device="")


def event(*lines: str) -> bytes:
    return "\n".join(["Events[0].Code=TrafficJunction", *(f"Events[0].{line}" for line in lines)]).encode()


def managed(data: object) -> bytes:
    return b"Code=TrafficJunction;action=Pulse;index=0;data=" + json.dumps(data).encode()


def test_dahua_writes_an_event_letter_by_letter() -> None:
    body, _ = dahua.encode(SEEN)
    assert (
        b"\r\n\r\n"
        + (
            "Events[0].EventBaseInfo.Code=TrafficJunction\nEvents[0].EventBaseInfo.Action=Pulse\n"
            "Events[0].EventBaseInfo.Index=0\nEvents[0].TrafficCar.DeviceAddress=cam-1\n"
            "Events[0].UTC=1795406706\nEvents[0].UTCMS=987\nEvents[0].TrafficCar.PlateNumber=豫A12345\n"
            "Events[0].TrafficCar.PlateColor=Yellow\nEvents[0].VehicleDirection=Tail\n"
        ).encode()
        + b"\r\n--"
        in body
    )
    nobody, _ = dahua.encode(NOBODY)
    assert b"UTC" not in nobody
    assert b"PlateNumber=Unknown\n" in nobody
    assert b"VehicleDirection=Head\n" in nobody
    read = dahua.decode(*dahua.encode(SEEN))
    assert (read.plate, read.colour, read.device_time, read.view) == ("豫A12345", "yellow", AT, "rear")


def test_dahua_s_text_has_bounds() -> None:
    long = event("Lane=1").ljust(262_144)
    assert len(dahua.events_of(long)) == 1
    with pytest.raises(FrameError, match="262145 bytes of text; 262144"):
        dahua.events_of(long + b" ")
    for lines, seen in ((3_999, 1), (4_000, 0)):
        assert len(dahua.events_of(b"\n" * lines + event("Lane=1"))) == seen
    batch = "\n".join(f"Events[{place}].Code=TrafficJunction" for place in range(9, 0, -1))
    assert len(dahua.events_of(batch.encode())) == 8
    assert len(dahua.events_of(b"Events[0].Code=Other\n" + batch.encode())) == 7
    with pytest.raises(FrameError, match="not UTF-8 at byte 1"):
        dahua.events_of(b"E\xff")


def test_dahua_s_json_is_flattened_to_a_depth_and_a_width() -> None:
    deep: object = "1"
    for _ in range(6):
        deep = {"a": deep}
    assert dahua.events_of(managed(deep)) == [{"a.a.a.a.a.a": "1"}]
    with pytest.raises(FrameError, match="nested too deep"):
        dahua.events_of(managed({"a": deep}))
    with pytest.raises(FrameError, match="nested too deep"):
        dahua.events_of(managed({"a": [[[[[[1]]]]]]}))
    assert dahua.events_of(managed({"a": ["x" * 501, None, 2]})) == [{"a[0]": "x" * 500, "a[2]": "2"}]
    (wide,) = dahua.events_of(managed({"a": list(range(4_001))}))
    assert len(wide) == 4_000
    assert dahua.events_of(b"Code=TrafficJunction;action=Pulse;index=0") == [{}]
    assert dahua.events_of(b"Code=Other;action=Pulse;index=0") == []


@pytest.mark.parametrize(
    ("lines", "at"),
    [
        (("UTC=1", "UTCMS=999"), datetime(1970, 1, 1, 0, 0, 1, 999_000, tzinfo=UTC)),
        (("TrafficCar.UTC=60.0",), datetime(1970, 1, 1, 0, 1, tzinfo=UTC)),
        (("UTC=8589934592",), datetime(2242, 3, 16, 12, 56, 32, tzinfo=UTC)),
        (("UTC=0",), None),
        ((), None),
    ],
)
def test_dahua_s_time_is_in_seconds_and_milliseconds(lines: tuple[str, ...], at: datetime | None) -> None:
    read = dahua.decode(event("TrafficCar.PlateNumber=A1", *lines), "")
    assert (read.plate, read.device_time, read.view, read.device) == ("A1", at, "front", "")


@pytest.mark.parametrize("line", ["UTC=8589934593", "UTCMS=1000\nEvents[0].UTC=1", "UTC=-1", "UTC=1.5"])
def test_a_time_that_dahua_cannot_mean_is_refused(line: str) -> None:
    with pytest.raises(FrameError, match="a whole number from 0"):
        dahua.decode(event(line), "")


def test_dahua_s_event_has_a_name_of_its_own() -> None:
    def named(*lines: str) -> str:
        return dahua.decode(event("TrafficCar.PlateNumber=A1", *lines), "").event_id

    assert named("UTC=1", "Lane=1") == named("UTC=1", "Lane=2")
    assert named("EventID=1", "Lane=1") == named("EventID=1", "Lane=2")
    assert named("Lane=1") != named("Lane=2")
    assert len({named("UTC=1"), named("UTC=2"), named("UTC=1", "EventID=1"), named("UTC=1", "GroupID=1")}) == 4


def test_dahua_s_device_is_its_address_or_its_name_and_reverse_is_the_rear() -> None:
    read = dahua.decode(event("MachineName=" + "n" * 101, "JunctionDirection=Reverse", "Object.Text=B2"), "")
    assert (read.device, read.view, read.plate) == ("n" * 100, "rear", "B2")
    assert dahua.decode(event("TrafficCar.DeviceAddress=" + "a" * 101, "MachineName=n"), "").device == "a" * 100
    assert dahua.decode(event("MachineName=a\x7fb"), "").device == ""
    assert dahua.decode(event("Lane=1"), "").plate is None


def test_an_event_of_dahua_s_is_told_with_its_first_picture() -> None:
    feed = PROTOCOLS["dahua"].feed
    assert feed is not None
    stream = feed.reader("multipart/x-mixed-replace; boundary=b")
    assert stream.feed(part_bytes("b", "e.txt", "text/plain", event("UTC=1"))) == []
    (body,) = stream.feed(part_bytes("b", "p.jpg", "image/jpeg", b"\xff\xd8"))
    assert [one.content for one in dahua.decode(*body).pictures] == [b"\xff\xd8"]


def test_a_picture_is_none_of_dahua_s_text() -> None:
    body, content_type = body_of([("p.jpg", "image/jpeg", event("Lane=1")), ("e.txt", "text/plain", event("UTC=1"))])
    read = dahua.decode(body, content_type)
    assert (len(read.pictures), read.device_time) == (1, datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC))
    with pytest.raises(FrameError, match="event: none of TrafficJunction"):
        dahua.decode(b"Heartbeat", "")
