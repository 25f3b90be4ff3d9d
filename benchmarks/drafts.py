"""Weighings as a site stores them: real content, judged by the real law, with raw evidence of a real size."""

import asyncio
import copy
import hashlib
import secrets
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from gateway.choices import build_law
from gateway.core.effects import Record
from gateway.core.vehicle import Identity, Measurement, Vehicle
from gateway.journal import SqliteJournal, open_journal
from gateway.keys import own_key
from gateway.lanes import RAW_MEDIA_TYPE
from gateway.law.dossier import dossier
from gateway.law.limits import judge
from gateway.ports import Draft, Evidence, LaneMarker
from gateway.records import weighing
from gateway.settings import SiteSettings, load_site
from weighgate.shipped import config_dir

RAW_BYTES_MIN, RAW_BYTES_MAX = 20_000, 50_000
RAW_LINE = '{{"ms":{ms},"hex":"022b{number:012x}303142{number:02x}03"}}'
GROSS_KG = 38_000
TRUCKS = 400  # that come to one site in a day, ten times each
FILL_AT_ONCE = 32
CLOCK = {"synchronised": None, "offset_ms": None, "stepped_ms": None}


def content_of(settings: SiteSettings) -> dict[str, Any]:
    """What one six-axle truck's weighing says on this site's first lane."""
    who = Identity("豫A00002", "yellow", vehicle=Vehicle(layout=(1, 2, 3), body="articulated"))
    found = Measurement(GROSS_KG, settle_ms=900)
    said = judge(who.vehicle, found, build_law(settings, config_dir()))
    return weighing(
        Record(1, who, found, said, 1_000, 1_900),
        settings.lanes[0],
        settings.site,
        settled_at=datetime.now(UTC),
        parent=None,
        dossier=dossier(who, said, settings.site.model_dump(mode="json")),
        instrument_expired=False,
    )


def raw_evidence(number: int, size: int) -> Evidence:
    """Frames as a lane keeps them, about `size` bytes of JSON lines; no two numbers give the same."""
    lines = [RAW_LINE.format(ms=place * 100, number=number * 4096 + place) for place in range(size // 48 + 1)]
    content = "\n".join(lines).encode()
    return Evidence(hashlib.sha256(content).hexdigest(), RAW_MEDIA_TYPE, content)


def drafts(
    content: Mapping[str, Any],
    lane: str,
    count: int,
    *,
    first: int = 1,
    raw_bytes: tuple[int, int] | None,
    marked: bool,
) -> Iterator[Draft]:
    """`count` weighings of one lane, each a passage of its own; one in ten is a fresh overload by priority."""
    now = datetime.now(UTC) - timedelta(hours=24)
    for passage in range(first, first + count):
        mine = copy.deepcopy(dict(content))
        mine["passage"] = passage
        mine["identity"]["plate"] = f"豫A{passage % TRUCKS:05}"
        mine["measurement"]["gross_kg"] = GROSS_KG + passage % 500 * 20
        low, high = raw_bytes or (0, 0)
        evidence = [raw_evidence(passage, low + passage * 997 % (high - low + 1))] if raw_bytes else []
        yield Draft(
            type="weighing",
            lane=lane,
            content=mine,
            at=now + timedelta(seconds=21 * passage),
            clock=CLOCK,
            priority=0 if passage % 10 == 0 else 1,
            evidence=evidence,
            marker=LaneMarker(lane, passage, "recorded", action="release") if marked else None,
        )


async def open_store(store: Path, site: str) -> SqliteJournal:
    """The real journal, with its own thread, as a gateway opens it."""
    return await open_journal(
        store,
        site=site,
        key=own_key(store / "box.key"),
        new_name=lambda: f"j-{secrets.token_hex(6)}",
        alarm=_fail,
    )


async def fill(site_file: Path, count: int, *, raw: bool) -> int:
    """Put `count` undelivered weighings into the site's journal; how many bytes of evidence that was."""
    settings = load_site(site_file)
    total = 0
    async with await open_store(Path(settings.storage.dir), settings.site.id) as journal:
        sizes = (RAW_BYTES_MIN, RAW_BYTES_MAX) if raw else None
        # A lane of its own name: the live lanes' passages begin at one.
        batch: list[Draft] = []
        for draft in drafts(content_of(settings), "day-before", count, raw_bytes=sizes, marked=False):
            batch.append(draft)
            total += sum(len(one.content) for one in draft.evidence)
            if len(batch) == FILL_AT_ONCE:
                await _append(journal, batch)
        await _append(journal, batch)
    return total


async def _append(journal: SqliteJournal, batch: list[Draft]) -> None:
    await asyncio.gather(*(journal.append(draft) for draft in batch))
    batch.clear()


def _fail(code: str, detail: str) -> None:
    raise AssertionError(f"{code}: {detail}")
