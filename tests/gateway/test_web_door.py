"""The site's own door: what it takes from whom, and what it makes of plates and names written in odd ways."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from door_site import KEYED, Site

from gateway.contract.entry import StoredEntry

WEIGHED = "j/1"


async def release(site: Site, content: bytes | AsyncIterator[bytes], headers: dict[str, str]) -> httpx.Response:
    site.lane.held_entry, site.lane.releasing = WEIGHED, None
    async with site.door() as client:
        kind = {"content-type": "application/json"}
        return await client.post("/api/v1/release", content=content, headers=headers | kind)


def order(**changes: Any) -> bytes:
    return json.dumps({"entry": WEIGHED, "by": "Wang Wei", "reason": "unloaded 4 t"} | changes).encode()


async def test_a_release_says_who_and_why(tmp_path: Path) -> None:
    site = Site(tmp_path)
    answer = await release(site, order(by="  王伟 ", reason="卸货四吨\n"), KEYED)
    assert answer.status_code == 200
    content = site.pages.drafts[0].content
    assert (content["by"], content["reason"]) == ("王伟", "卸货四吨")


@pytest.mark.parametrize("nothing", ["", " ", "\t\n", "\u200b", "\u00a0", "...", "\ud800", "\x00"])
@pytest.mark.parametrize("field", ["by", "reason"])
async def test_a_release_that_names_nobody_or_no_reason_releases_nothing(
    field: str, nothing: str, tmp_path: Path
) -> None:
    site = Site(tmp_path)
    answer = await release(site, order(**{field: nothing}), KEYED)
    assert answer.status_code == 422
    assert (site.pages.drafts, site.lane.seen, site.lane.releasing) == ([], [], None)


def held_by_law(site: Site, *grounds: str) -> None:
    """The held weighing's own entry gives these grounds."""
    content = {"identity": {"plate": "豫A1", "colour": "yellow"}, "judgement": {"release_grounds": list(grounds)}}
    body = json.dumps({"content": content}).encode()

    async def read(_entry_id: str) -> StoredEntry:
        return StoredEntry("j", 1, "weighing", body, b"", b"", b"", "k")

    site.pages.read = read  # type: ignore[method-assign,assignment]


@pytest.mark.parametrize(("more", "kept"), [({}, None), ({"ground": "recheck-within"}, "recheck-within")])
async def test_a_release_may_name_a_ground_that_the_weighing_gives(
    more: dict[str, str], kept: str | None, tmp_path: Path
) -> None:
    site = Site(tmp_path)
    held_by_law(site, "recheck-within", "permit")
    assert (await release(site, order(**more), KEYED)).status_code == 200
    content = site.pages.drafts[0].content
    assert (content["release_ground"], content["ground"], content["plate"]) == (kept, "operator", "豫A1")


async def test_a_ground_that_the_weighing_does_not_give_releases_nothing(tmp_path: Path) -> None:
    site = Site(tmp_path)
    held_by_law(site, "recheck-within", "permit")
    answer = await release(site, order(ground="warning-only"), KEYED)
    assert answer.status_code == 409
    assert "warning-only: not for j/1; known: recheck-within, permit" in answer.text
    assert (site.pages.drafts, site.lane.seen, site.lane.releasing) == ([], [], None)
    assert (await release(site, order(ground="because"), KEYED)).status_code == 422


@pytest.mark.parametrize("body", [b"[" * 16_000, b"{", b"\xff", b"null", order(colour="x")])
async def test_what_is_no_order_is_answered_so(body: bytes, tmp_path: Path) -> None:
    assert (await release(Site(tmp_path), body, KEYED)).status_code == 422


@pytest.mark.parametrize(("headers", "code"), [({}, 401), (KEYED, 413)])
async def test_an_endless_order_is_not_read_to_its_end(headers: dict[str, str], code: int, tmp_path: Path) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 200:
            sent += 1
            yield b" " * 100_000

    answer = await release(Site(tmp_path), endless(), headers)
    assert answer.status_code == code
    assert sent < 10


@pytest.mark.parametrize("written", ["豫A12345", "豫a12345", "豫Ａ１２３４５", "豫A·12345", " 豫A 12345 "])
async def test_a_plate_is_found_however_the_lane_writes_it(written: str, tmp_path: Path) -> None:
    site = Site(tmp_path)
    plaza, entry = site.station.plaza, site.station.settings.plaza
    assert plaza is not None
    assert entry is not None
    plaza.weighed("j/1", "豫A12345", "yellow", "admit", site.clock.monotonic_ms())
    asked = {"plate": written, "colour": "yellow", "lane": entry.entry_lanes[0]}
    async with site.door() as client:
        answers = [
            (await client.get("/api/v1/plaza/ask", params=asked, headers=KEYED)).json()["answer"] for _ in range(2)
        ]
    assert answers == ["yes", "no"]


@pytest.mark.parametrize("written", ["", "无", "豫A1234\x00", "豫A'; --", "豫" * 17])
async def test_what_is_no_plate_is_refused_as_such(written: str, tmp_path: Path) -> None:
    site = Site(tmp_path)
    entry = site.station.settings.plaza
    assert entry is not None
    asked = {"plate": written, "colour": "yellow", "lane": entry.entry_lanes[0]}
    async with site.door() as client:
        answer = await client.get("/api/v1/plaza/ask", params=asked, headers=KEYED)
    assert answer.status_code == 422


async def test_a_yes_that_could_not_be_stored_was_no_entry(tmp_path: Path) -> None:
    site = Site(tmp_path)
    plaza, entry = site.station.plaza, site.station.settings.plaza
    assert plaza is not None
    assert entry is not None
    plaza.weighed("j/1", "豫A12345", "yellow", "admit", site.clock.monotonic_ms())
    asked = {"plate": "豫A12345", "colour": "yellow", "lane": entry.entry_lanes[0]}
    answers = []
    async with site.door() as client:
        for full in (True, False, False):
            site.pages.full = full
            answers.append((await client.get("/api/v1/plaza/ask", params=asked, headers=KEYED)).json()["answer"])
    assert answers == ["no", "yes", "no"]
