"""A watched folder at a whole site: each file once, whole, in the journal before it is put away; crashes between."""

import asyncio
import os
from decimal import Decimal
from pathlib import Path

import pytest
from test_finished_records import AT, Stood, csv, standing

from drivers.records import FORMATS, VehicleRecord
from gateway.errors import JournalError
from gateway.record_desk import RecordDesk, Told
from gateway.record_folder import LOOKS, LOOKS_TORN, RecordFolder

MON = FORMATS["mon"].encode(
    VehicleRecord(
        id="7", at=AT, gross_kg=Decimal(13_500), axle_loads_kg=(Decimal(4_400), Decimal(9_100)), spacings_mm=(5_500,)
    )
)


def watched(stood: Stood, folder: Path, source: str = "mon") -> RecordFolder:
    desk = RecordDesk(stood.site.station, stood.site.intake.in_force)
    found = desk.source(source)
    assert found is not None
    return RecordFolder(found.model_copy(update={"folder": str(folder)}), desk, stood.site.station.alarm)


def told(stood: Stood, alarm: str) -> int:
    return sum(code == alarm for _, code, _ in stood.site.station.alarms)


async def looked(folder: RecordFolder, times: int = LOOKS) -> None:
    for _ in range(times):
        await folder.look()


def names(folder: Path) -> dict[str, list[str]]:
    return {one: files(folder / one) for one in ("taking", "taken", "refused")}


def written_in_gb18030(file: Path, content: bytes) -> None:
    (file.parent / os.fsdecode(file.name.encode("gb18030"))).write_bytes(content)


def files(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir() if not one.is_dir())


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    (tmp_path / "inbox").mkdir()
    return tmp_path / "inbox"


async def test_a_file_is_taken_once_and_what_has_its_name_later_too(tmp_path: Path, inbox: Path) -> None:
    async with standing(tmp_path) as stood:
        folder = watched(stood, inbox)
        for again in range(2):
            (inbox / "a.mon").write_bytes(MON + b"\n")
            await looked(folder)
            assert len(await stood.weighings()) == 1, again
    assert names(inbox) == {"taking": [], "taken": ["a-2.mon", "a.mon"], "refused": []}


async def test_what_grows_or_names_itself_unfinished_is_left_alone(tmp_path: Path, inbox: Path) -> None:
    async with standing(tmp_path) as stood:
        folder = watched(stood, inbox, "wim-csv")
        (inbox / "b.csv.part").write_bytes(csv({}))
        (inbox / ".c.csv").write_bytes(csv({}))
        (inbox / "d.csv").symlink_to(tmp_path / "site.toml")
        whole = csv({"车牌号": "豫A12345"}, {"车牌号": "豫B12345"}) + b"\r\n"
        for end in range(len(whole) - 40, len(whole), 10):
            (inbox / "a.csv").write_bytes(whole[:end])
            await looked(folder, LOOKS - 1)
        await looked(folder, LOOKS)  # at rest, but its last line has no end
        assert await stood.weighings() == []
        (inbox / "a.csv").write_bytes(whole)
        await looked(folder)
        assert [one["content"]["identity"]["plate"] for one in await stood.weighings()] == ["豫A12345", "豫B12345"]
        (inbox / "e.csv").write_bytes(csv({"车牌号": "豫C12345"}))
        await looked(folder, LOOKS_TORN)  # some programs never end their last line
        assert len(await stood.weighings()) == 3
    assert files(inbox) == [".c.csv", "b.csv.part", "d.csv"]


async def test_what_is_no_record_goes_aside_and_is_told(tmp_path: Path, inbox: Path) -> None:
    async with standing(tmp_path) as stood:
        folder = watched(stood, inbox)
        (inbox / "good-and-bad.mon").write_bytes(MON + b"\nnonsense\n")
        (inbox / "long.mon").write_bytes(b"x" * (4 * 1024 * 1024 + 1) + b"\n")
        await looked(folder)
        assert len(await stood.weighings()) == 1
        assert told(stood, "record-refused") == 2
    assert names(inbox)["refused"] == ["good-and-bad.mon", "long.mon"]


async def test_a_name_in_another_alphabet_is_taken_and_told_in_words_that_a_page_can_show(
    tmp_path: Path, inbox: Path
) -> None:
    async with standing(tmp_path) as stood:
        folder = watched(stood, inbox)
        written_in_gb18030(inbox / "豫A.mon", MON + b"\n")
        written_in_gb18030(inbox / "坏.mon", b"x" * (4 * 1024 * 1024 + 1) + b"\n")
        await looked(folder)
        assert len(await stood.weighings()) == 1
        (detail,) = [detail for _, code, detail in stood.site.station.alarms if code == "record-refused"]
        assert "坏.mon: more than" in detail


async def test_a_crash_between_journal_and_folder_takes_it_again_and_stores_nothing_twice(
    tmp_path: Path, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (inbox / "a.mon").write_bytes(MON + b"\n")
    async with standing(tmp_path) as stood:
        folder = watched(stood, inbox)
        with monkeypatch.context() as broken:
            broken.setattr(RecordFolder, "_put_away", lambda *_: (_ for _ in ()).throw(asyncio.CancelledError))
            with pytest.raises(asyncio.CancelledError):
                await looked(folder)
        assert names(inbox)["taking"] == ["a.mon"]
    async with standing(tmp_path) as stood:
        await looked(watched(stood, inbox), 1)
        assert len(await stood.weighings()) == 1
    assert names(inbox) == {"taking": [], "taken": ["a.mon"], "refused": []}


async def test_a_journal_that_fails_keeps_the_file_and_is_told_once(
    tmp_path: Path, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (inbox / "a.mon").write_bytes(MON + b"\n")
    async with standing(tmp_path) as stood:
        folder = watched(stood, inbox)

        async def full(*_: object, **__: object) -> Told:
            raise JournalError("disk full")

        with monkeypatch.context() as broken:
            broken.setattr(RecordDesk, "take", full)
            await looked(folder, LOOKS + 2)
        assert told(stood, "records-folder") == 1
        await looked(folder, 1)
        assert len(await stood.weighings()) == 1


async def test_a_folder_that_cannot_be_written_is_not_read(tmp_path: Path, inbox: Path) -> None:
    (inbox / "a.mon").write_bytes(MON + b"\n")
    (inbox / "taking").write_bytes(b"in the way, as a folder that only its owner may write is")
    async with standing(tmp_path) as stood:
        await looked(watched(stood, inbox), LOOKS + 1)
        assert await stood.weighings() == []
        assert told(stood, "records-folder") == 1


async def test_a_folder_that_is_not_there_is_told_and_found_when_it_comes(tmp_path: Path) -> None:
    async with standing(tmp_path) as stood:
        folder = watched(stood, tmp_path / "later")
        await looked(folder)
        assert told(stood, "records-folder") == 1
        (tmp_path / "later").mkdir()
        (tmp_path / "later" / "a.mon").write_bytes(MON + b"\n")
        await looked(folder)
        assert len(await stood.weighings()) == 1


async def test_a_site_watches_the_folder_beside_its_file(tmp_path: Path, inbox: Path) -> None:
    (inbox / "taking").mkdir()
    (inbox / "taking" / "left-by-a-crash.mon").write_bytes(MON + b"\n")
    async with standing(tmp_path, mon='folder = "inbox"') as stood:
        async with asyncio.timeout(30):
            while not (inbox / "taken" / "left-by-a-crash.mon").exists():  # noqa: ASYNC110 - another task's file
                await asyncio.sleep(0.01)
        assert len(await stood.weighings()) == 1
