"""Finished records of other systems at the real door of a whole site: an entry each, once, and nothing moves."""

import asyncio
import hashlib
import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from drivers.cameras.multipart import body_of
from drivers.records import FORMATS, VehicleRecord
from drivers.records.off_site_json import CHINA
from drivers.records.wim_csv import HEADER
from gateway.bootstrap import Site
from gateway.errors import ConfigError
from gateway.history import document_of
from gateway.settings import load_site
from simulator.passing import OtherSystem
from simulator.run import RealClock
from simulator.truth import Truth
from simulator.vehicles import make_trucks
from weighgate.device_page import NOTES
from weighgate.shipped import config_dir

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "t" * 24
KEYED = {"authorization": f"Bearer {TOKEN}"}
SOURCE = NOTES["records"].split("```")[1].removeprefix("toml")
"""As docs/devices.md shows it."""
AT = datetime.now(UTC).astimezone(CHINA).replace(microsecond=0) - timedelta(hours=1)
"""By the source's clock; the gateway's own is the machine's here."""


def site_file(folder: Path, name: str = "station") -> Path:
    text = (ROOT / f"config/sites/{name}.toml").read_text(encoding="utf-8")
    sources = "".join(SOURCE.replace("wim-1", one).replace("wim-csv", one) for one in FORMATS)
    (folder / "vehicles.csv").write_bytes((ROOT / "config/sites/vehicles.csv").read_bytes())
    file = folder / "site.toml"
    file.write_text(text + sources, encoding="utf-8")
    return file


class Stood:
    def __init__(self, site: Site, http: httpx.AsyncClient) -> None:
        self.site, self.http = site, http

    async def push(self, source: str, body: bytes) -> httpx.Response:
        return await self.http.post(f"/api/v1/finished/{source}", content=body, headers=KEYED)

    async def weighings(self) -> list[dict[str, Any]]:
        return [document_of(one) for one in reversed(await self.site.journal.recent("weighing", 100))]


def carrier(site: Site, sender: str = "127.0.0.1") -> httpx.ASGITransport:
    return httpx.ASGITransport(site.app, client=(sender, 1))


@asynccontextmanager
async def standing(folder: Path, **more: str) -> AsyncIterator[Stood]:
    """`more`: lines for one source, by its id."""
    file = site_file(folder)
    for source, lines in more.items():
        head = f'id = "{source.replace("_", "-")}"'
        file.write_text(file.read_text(encoding="utf-8").replace(head, f"{head}\n{lines}"), encoding="utf-8")
    settings = load_site(file)
    alone = settings.central.model_copy(update={"http": "", "mqtt": ""})
    names = {settings.web.token_env: TOKEN, settings.central.token_env: TOKEN}
    site = Site(settings.model_copy(update={"central": alone}), config_dir(), names)
    await site.build()
    tasks = site.start()
    try:
        async with httpx.AsyncClient(transport=carrier(site), base_url="http://site") as http:
            yield Stood(site, http)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await site.journal.close()


def off_site(**changes: Any) -> bytes:
    loads = ("7000", "11000", "11000", "9000", "9000", "9000")
    said = {
        "previewCode": "411082000120261123120506000001", "previewDate": AT.strftime("%Y-%m-%d %H:%M:%S"),
        "licenseCodeFront": "豫A12345", "licenseCodeBack": "豫A1234挂", "axisNum": "6", "totalWeight": "56000",
        "speed": "63", "isEscape": 0,
    }  # fmt: skip
    return json.dumps(said | {f"axle{n}Weight": one for n, one in enumerate(loads, 1)} | changes).encode()


def csv(*rows: dict[str, str]) -> bytes:
    lines = [",".join(HEADER)]
    for row in rows:
        told = {
            "时间": AT.strftime("%Y-%m-%d %H:%M:%S"), "轴数": "2", "总重": "21000", "轴1重": "8000", "轴2重": "13000",
            "轴间距1": "450", "是否跨道": "0",
        } | row  # fmt: skip
        lines.append(",".join(told.get(column, "") for column in HEADER))
    return "\r\n".join(lines).encode()


async def test_a_record_is_a_weighing_entry_and_a_lead_at_most_and_nothing_moves(tmp_path: Path) -> None:
    body = off_site()
    async with standing(tmp_path) as stood:
        before = {name: lane.passage.describe() for name, lane in stood.site.station.lanes.items()}
        answer = await stood.push("off-site-json", body)
        assert (answer.status_code, answer.json()) == (200, {"result": 0, "msg": "OK"})
        (entry,) = await stood.weighings()
        said = entry["content"]
        assert datetime.fromisoformat(entry["at"]) == AT
        assert said["place"]["enforcement_mode"] == "unattended"
        assert said["measurement"]["gross_kg"] == 56_000
        assert said["measurement"]["speed_mm_s"] == 17_500
        assert said["measurement"]["flags"] == ["finished-elsewhere"]
        assert (said["identity"]["plate"], said["identity"]["rear_plate"]) == ("豫A12345", "豫A1234挂")
        assert said["judgement"]["road_limit"]["outcome"] == "exceeded"
        assert said["judgement"]["consequence"] == "lead"
        assert (said["judgement"]["action"], said["judgement"]["release_grounds"]) == (None, []), "nobody is held"
        assert stood.site.station.recent[0]["action"] is None, "the page says that nothing was done"
        raw = said["evidence"][0]["sha256"]
        assert raw == said["finished"]["raw_sha256"] == hashlib.sha256(body).hexdigest()
        kept = await stood.site.journal.evidence(raw)
        assert kept is not None
        assert kept.content == body
        assert stood.site.station.detentions.parent_of("豫A12345", "unknown", int(AT.timestamp() * 1000)) is None
        assert {name: lane.passage.describe() for name, lane in stood.site.station.lanes.items()} == before


async def test_a_record_told_again_is_one_entry_also_after_a_restart_and_changed_it_is_refused(tmp_path: Path) -> None:
    async with standing(tmp_path) as stood:
        answers = await asyncio.gather(*(stood.push("off-site-json", off_site()) for _ in range(3)))
        assert [one.status_code for one in answers] == [200] * 3
    async with standing(tmp_path) as stood:
        assert (await stood.push("off-site-json", off_site())).status_code == 200
        assert (await stood.push("off-site-json", off_site(licenseCodeFront="豫B12345"))).status_code == 409
        assert [code for _, code, _ in stood.site.station.alarms if code == "record-refused"]
        assert len(await stood.weighings()) == 1
        assert stood.site.station.detentions.parent_of("豫A12345", "unknown", int(AT.timestamp() * 1000)) is None


async def test_a_file_that_grew_gives_only_what_is_new_and_names_its_bad_lines(tmp_path: Path) -> None:
    first, second, straddles = {"车牌号": "豫A12345"}, {"车牌号": "豫B12345"}, {"车牌号": "豫C12345", "是否跨道": "1"}
    async with standing(tmp_path) as stood:
        assert (await stood.push("wim-csv", csv(first))).json() == {"stored": 1, "repeats": 0, "refused": []}
        answer = (await stood.push("wim-csv", csv(first, second, {"总重": "21"}, straddles))).json()
        assert (answer["stored"], answer["repeats"]) == (2, 1)
        assert [one["line"] for one in answer["refused"]] == [4]
        entries = [one["content"] for one in await stood.weighings()]
    assert [one["identity"]["plate"] for one in entries] == ["豫A12345", "豫B12345", "豫C12345"]
    assert entries[0]["identity"]["vehicle"]["layout"] == "1+1"
    assert entries[2]["judgement"]["road_limit"]["outcome"] == "undetermined"
    assert "incomplete" in entries[2]["measurement"]["flags"]


async def test_every_format_comes_in(tmp_path: Path) -> None:
    weighed = VehicleRecord(
        id="7", at=AT, site="1", lane="2", plate="豫A12345", gross_kg=Decimal(20_000),
        axle_loads_kg=(Decimal(8_000), Decimal(12_000)), spacings_mm=(4_500,), speed_km_h=Decimal(36),
    )  # fmt: skip
    async with standing(tmp_path) as stood:
        for name, form in FORMATS.items():
            assert (await stood.push(name, form.head + form.encode(weighed))).status_code == 200
        entries = await stood.weighings()
    assert [one["lane"] for one in entries] == list(FORMATS)
    assert {one["content"]["measurement"]["gross_kg"] for one in entries} == {20_000}


class Passing(RealClock):
    """A vehicle a minute: some systems name a record by its time alone."""

    def __init__(self) -> None:
        self.at = AT

    def now(self) -> datetime:
        self.at += timedelta(minutes=1)
        return self.at


async def test_the_simulated_other_systems_are_understood(tmp_path: Path) -> None:
    truth, trucks = Truth(None), make_trucks(3, 2, "checkpoint")
    async with standing(tmp_path, off_site_json='from = ["127.0.0.1"]') as stood:
        for source in stood.site.settings.records:
            said = source.model_dump(by_alias=True)
            other = OtherSystem(said, "http://site", TOKEN, stood.http, Passing(), lambda _: asyncio.sleep(0), truth)
            await other.run(trucks, random.Random(1))
        assert [one["taken"] for one in truth.events] == [True] * 2 * len(FORMATS)
        assert len(await stood.weighings()) == 2 * len(FORMATS)


async def test_what_a_source_does_not_say_is_flagged_and_ten_tonnes_twice_are_two_vehicles(tmp_path: Path) -> None:
    async with standing(tmp_path) as stood:
        for _ in range(2):
            assert (
                await stood.push("single-weight-tonnes", b'{"ipaddr":"192.168.1.99","weight":"10"}')
            ).status_code == 200
        entries = await stood.weighings()
    assert [one["content"]["measurement"]["gross_kg"] for one in entries] == [10_000, 10_000]
    assert set(entries[0]["content"]["measurement"]["flags"]) == {
        "finished-elsewhere", "plate-not-told", "axles-not-told", "time-not-told", "repeat-not-excluded",
    }  # fmt: skip


async def test_a_clock_that_is_wrong_by_years_dates_nothing(tmp_path: Path) -> None:
    async with standing(tmp_path) as stood:
        assert (await stood.push("off-site-json", off_site(previewDate="2001-01-01 00:00:00"))).status_code == 200
        (entry,) = await stood.weighings()
    assert "time-not-believed" in entry["content"]["measurement"]["flags"]
    assert datetime.fromisoformat(entry["at"]) > AT
    assert entry["content"]["finished"]["told_at"].startswith("2000-12-31")


async def test_the_door_asks_for_the_token_and_refuses_what_is_no_record(tmp_path: Path) -> None:
    async with standing(tmp_path) as stood:
        assert (await stood.http.post("/api/v1/finished/off-site-json", content=off_site())).status_code == 401
        assert (await stood.push("nobody", off_site())).status_code == 404
        assert (await stood.push("off-site-json", off_site(totalWeight="56"))).status_code == 422
        assert (await stood.push("off-site-json", b"x" * 1_100_000)).status_code == 413
        assert (await stood.push("wim-csv", b"no header\n")).status_code == 422
        assert (await stood.push("wim-csv", csv(*[{"总重": "x"}] * 1001))).status_code == 413
        assert await stood.weighings() == []


async def test_a_box_without_a_token_is_let_in_by_its_address_and_only_to_its_own_source(tmp_path: Path) -> None:
    async with standing(tmp_path, off_site_json='from = ["192.168.1.99", "10.0.7.0/24"]') as stood:
        for sender, source, code in (
            ("192.168.1.99", "off-site-json", 200), ("::ffff:192.168.1.99", "off-site-json", 200),
            ("10.0.7.200", "off-site-json", 200), ("10.0.8.1", "off-site-json", 403), ("?", "off-site-json", 403),
            ("192.168.1.99", "single-weight-tonnes", 403), ("192.168.1.99", "nobody", 403),
        ):  # fmt: skip
            async with httpx.AsyncClient(transport=carrier(stood.site, sender), base_url="http://site") as box:
                assert (await box.post(f"/finished/{source}", content=off_site())).status_code == code, sender
                assert (await box.post(f"/api/v1/finished/{source}", content=off_site())).status_code == 401
        assert len(await stood.weighings()) == 1


@pytest.mark.parametrize("everybody", ["0.0.0.0/0", "::/0", "anybody"])
def test_nobody_can_let_everybody_in(tmp_path: Path, everybody: str) -> None:
    file = site_file(tmp_path)
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace('format = "mon"', f'format = "mon"\nfrom = ["{everybody}"]'), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"records\[4\]\.from"):
        load_site(file)


async def test_pictures_beside_a_message_are_evidence_of_its_entry(tmp_path: Path) -> None:
    scene, rear = b"\xff\xd8scene\xff\xd9", b"\xff\xd8rear\xff\xd9"
    text = FORMATS["dahua-weight"].encode(VehicleRecord(id="7", at=AT, plate="豫A12345", gross_kg=Decimal(20_000)))
    pictures = [("a.jpg", "image/jpeg", scene), ("b.jpg", "image/jpeg", rear)]
    async with standing(tmp_path) as stood:

        async def push(*files: tuple[str, str, bytes]) -> int:
            body, kind = body_of(files)
            headers = {**KEYED, "content-type": kind}
            answer = await stood.http.post("/api/v1/finished/dahua-weight", content=body, headers=headers)
            return answer.status_code

        assert await push(("event.txt", "text/plain", text), *pictures) == 200
        assert await push(*pictures) == 422
        (entry,) = await stood.weighings()
        shown = [hashlib.sha256(one).hexdigest() for one in (scene, rear)]
        assert entry["content"]["identity"]["pictures"] == shown
        raw = hashlib.sha256(text).hexdigest()
        assert [one["sha256"] for one in entry["content"]["evidence"]] == [raw, *shown]
        kept = await stood.site.journal.evidence(shown[0])
        assert kept is not None
        assert (kept.media_type, kept.content) == ("image/jpeg", scene)


def test_only_a_checkpoint_takes_them(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="only a checkpoint takes finished records"):
        load_site(site_file(tmp_path, "toll"))
