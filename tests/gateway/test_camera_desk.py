"""The cameras' door under pushes that no camera should make, and under repeats that come together."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from door_site import Site

from gateway.device_settings import Camera


def body(device: str = "camera-1", **changes: Any) -> bytes:
    result = {"license": "豫A12345", "confidence": 97, "colorType": 2, "plateid": 7, "isoffline": 0} | changes
    return json.dumps({"AlarmInfoPlate": {"serialno": device, "result": {"PlateResult": result}}}).encode()


def spooled(spool: Path) -> int:
    return len(list(spool.glob("*.push")))


async def test_one_push_that_comes_three_times_at_once_names_one_vehicle_once(tmp_path: Path) -> None:
    site = Site(tmp_path)
    assert await site.push(*[body()] * 3) == [200] * 3
    assert len(site.lane.seen) == 1
    assert site.desk.counts["repeats"] == 2


async def test_a_late_push_three_times_at_once_is_one_entry(tmp_path: Path) -> None:
    site = Site(tmp_path)
    assert await site.push(*[body(isoffline=1)] * 3) == [200] * 3
    assert [one.type for one in site.pages.drafts] == ["evidence"]


async def test_a_name_that_no_entry_can_hold_costs_neither_the_push_nor_the_next_start(tmp_path: Path) -> None:
    site = Site(tmp_path)
    assert await site.push(body("\ud800", isoffline=1), body("\ud800", plateid=8)) == [200, 200]
    site.clock.at += timedelta(minutes=5)
    site.start()
    await site.desk.replay()
    assert [one.content["device"] for one in site.pages.drafts] == ["", ""]


async def test_a_full_disk_at_the_start_keeps_the_spool_and_lets_the_site_start(tmp_path: Path) -> None:
    site = Site(tmp_path)
    assert await site.push(body()) == [200]
    site.clock.at += timedelta(minutes=5)
    site.pages.full = True
    site.start()
    await site.desk.replay()
    assert spooled(tmp_path) == 1
    site.pages.full = False
    site.start()
    await site.desk.replay()
    assert [one.type for one in site.pages.drafts] == ["evidence"]
    assert spooled(tmp_path) == 0


@pytest.mark.parametrize("head", [b"", b"[]", b"[" * 3000, b'{"at_ms": 1e999, "lane": "1", "type": ""}', b"\x00" * 40])
async def test_a_spooled_file_that_is_none_keeps_no_site_from_starting(head: bytes, tmp_path: Path) -> None:
    site = Site(tmp_path)
    (tmp_path / "1-torn.push").write_bytes(head + b"\nbody")
    await site.desk.replay()
    assert site.pages.drafts == []


async def test_a_doubtful_plate_names_nobody_and_goes_to_a_person(tmp_path: Path) -> None:
    site = Site(tmp_path)
    assert await site.push(body(confidence=30), body(colorType=5, plateid=8)) == [200, 200]
    assert [one.identity.plate for one in site.lane.seen] == [None, None]
    assert [one.content["doubt"] for one in site.pages.drafts] == [
        "confidence 30 %, 70 % is wanted", "green is the colour of no ordinary plate",
    ]  # fmt: skip
    assert [one.content["plate"] for one in site.pages.drafts] == ["豫A12345", "豫A12345"]


async def test_a_trailers_plate_is_the_rear_one_whichever_camera_saw_it(tmp_path: Path) -> None:
    site = Site(tmp_path)
    assert await site.push(body(), body(license="豫AO234挂", plateid=8)) == [200, 200]
    assert [one.identity.rear_plate for one in site.lane.seen] == [None, "豫A0234挂"]


async def test_a_rear_camera_has_its_own_door_and_names_the_rear_plate_also_after_a_restart(tmp_path: Path) -> None:
    site = Site(tmp_path)
    lane = site.station.settings.lanes[0]
    async with site.door() as client:
        assert (await client.post(f"/cameras/{lane.id}/rear", content=body())).status_code == 404
    rear = Camera(protocol="form-post", device="rear-1")
    settings = site.station.settings.model_copy(update={"lanes": [lane.model_copy(update={"rear_camera": rear})]})
    site.station.settings = settings
    form = urlencode({"type": "online", "plate_num": "豫A1234挂", "plate_color": "黄", "cam_id": "r"}).encode()
    async with site.door() as client:
        assert (await client.post(f"/cameras/{lane.id}/rear", content=form)).status_code == 200
        assert (await client.post(f"/cameras/{lane.id}", content=body())).status_code == 200
        alive = await client.post(f"/cameras/{lane.id}/rear", content=b"type=heartbeat")
        assert alive.json() == {"error_num": 0, "error_str": "noerror"}
    assert [(one.identity.plate, one.identity.rear_plate) for one in site.lane.seen] == [
        ("豫A1234挂", "豫A1234挂"), ("豫A12345", None),
    ]  # fmt: skip
    site.lane.seen.clear()
    site.start()
    await site.desk.replay()
    assert sorted(str(one.identity.rear_plate) for one in site.lane.seen) == ["None", "豫A1234挂"]


async def test_what_an_asked_camera_said_and_could_not_be_kept_is_an_alarm(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.pages.full = True
    await site.desk.watched(site.lane.id, (body(isoffline=1), "application/json"))
    assert [code for _, code, _ in site.station.alarms] == ["camera-event-not-kept"]
    site.pages.full = False
    await site.desk.watched(site.lane.id, (body(isoffline=1), "application/json"))
    assert [one.type for one in site.pages.drafts] == ["evidence"]
    await site.desk.watched(site.lane.id, (b"nonsense", "application/json"))  # counted, and the stream goes on
    assert site.desk.counts["rejected"] == 1
