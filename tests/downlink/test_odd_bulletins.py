"""What central's own key may sign by mistake, and what a disk may hold: told, and never in the way of weighing."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from down_world import LAW, Line, as_bytes, law_text, signed

PERMIT = {
    "number": "P-1",
    "plate": "豫A00001",
    "colour": "yellow",
    "valid_from": "2026-01-01",
    "valid_until": "2026-12-31",
}
LISTED = {"plate": "豫A00001", "colour": "yellow", "status": "watched", "since": "2026-01-01", "source": "test list"}
PERMIT_RULES = "permits/cn-order62-permits.toml"


@pytest.mark.parametrize(
    "times",
    [
        {"effective_at": "9999-12-31T23:59:59.999-14:00"},
        {"effective_at": "0001-01-01T00:00:00.000+14:00"},
        {"issued_at": "9999-12-31T23:59:59.999-14:00"},
    ],
)
async def test_a_time_that_utc_cannot_say_is_refused_and_the_page_goes_on(
    times: Mapping[str, str], tmp_path: Path
) -> None:
    line = Line(tmp_path)
    await line.edge.take(as_bytes(signed(5, **times)))
    assert line.events() == ["bulletin-refused"]
    assert line.edge.state()["kinds"]["lists"] == {"in_force": None, "held": []}


@pytest.mark.parametrize(
    "place",
    ["speed/cn-xx.toml", "documents/cn-xx.toml", "permits/cn-xx.toml", "families/cn-xx.toml", "instruments/cn-xx.toml"],
)
async def test_a_law_file_that_no_site_reads_is_refused_by_its_place(place: str, tmp_path: Path) -> None:
    """Kept, it would be taken for law that holds."""
    line = Line(tmp_path)
    await line.edge.take(as_bytes(signed(5, "laws", content={"files": {place: law_text(PERMIT_RULES)}})))
    assert line.events() == ["bulletin-refused"]
    assert place in line.told[0][1]["reason"]


async def test_every_shipped_law_that_a_site_reads_may_come_down(tmp_path: Path) -> None:
    line = Line(tmp_path)
    folders = ("limits", "linkage", "penalties", "permits", "families", "instruments")
    places = [f"{folder}/{file.name}" for folder in folders for file in sorted((LAW / folder).glob("*.toml"))]
    await line.edge.take(as_bytes(signed(5, "laws", content={"files": {place: law_text(place) for place in places}})))
    assert line.events() == ["bulletin-kept"]
    assert len(places) > len(folders)


async def test_a_disk_without_room_for_the_proof_refuses_nothing_and_central_offers_it_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = Line(tmp_path)
    sent = as_bytes(signed(5, "laws", content={"files": {PERMIT_RULES: law_text(PERMIT_RULES)}}))

    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr("gateway.downlink.contents.shutil.copytree", full)
        await line.edge.take(sent)
    assert (line.events(), [code for code, _ in line.alarms]) == ([], ["bulletin-not-kept"])
    assert line.edge.seen() == {}
    await line.edge.take(sent)
    assert line.number("laws") == 5
    with monkeypatch.context() as disk:
        disk.setattr("gateway.downlink.contents.shutil.copytree", full)
        line.start()
    assert [code for code, _ in line.alarms] == ["bulletin-not-kept", "bulletin-not-restored"]
    assert line.number("laws") is None


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("permits", {"permits": [PERMIT | {"valid_until": "2025-12-31"}]}),
        ("permits", {"permits": [PERMIT | {"axles": 6, "axle_loads_kg": [10_000]}]}),
        ("lists", {"listed": [LISTED | {"until": "2025-12-31"}]}),
    ],
    ids=["ends before it begins", "more axles than loads", "off the list before it is on"],
)
async def test_a_paper_that_contradicts_itself_is_refused(kind: str, content: Any, tmp_path: Path) -> None:
    line = Line(tmp_path)
    await line.edge.take(as_bytes(signed(5, kind, content=content)))
    assert line.events() == ["bulletin-refused"]


@pytest.mark.parametrize("rot", [b"[]", b"{}", b"null", b"\0" * 50, b"[" * 1000])
async def test_a_rotten_file_does_not_keep_the_gateway_from_starting(rot: bytes, tmp_path: Path) -> None:
    line = Line(tmp_path)
    await line.edge.take(as_bytes(signed(5), signed(6)))
    (tmp_path / "edge" / "down" / "lists-6.json").write_bytes(rot)
    line.start()
    assert line.number("lists") == 5
    assert [code for code, _ in line.alarms] == ["bulletin-not-restored"]
