"""After a restart the station knows whom it held and who may still enter, however many were weighed since."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from journal_samples import draft, opened
from set_clock import SetClock

from gateway.core.plaza import Plaza
from gateway.journal import SqliteJournal
from gateway.settings import load_site
from gateway.station import Station

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 3, 8, 12, 0, tzinfo=UTC)
VALID = timedelta(hours=2)


def weighed(plate: str, action: str, ago: timedelta) -> Any:
    content = {
        "identity": {"plate": plate, "colour": "yellow"},
        "judgement": {"action": action, "road_limit": {"outcome": "exceeded" if action == "hold" else "within"}},
        "measurement": {"gross_kg": 40_000},
    }
    return draft(type="weighing", lane="a", content=content, at=NOW - ago)


def station(journal: SqliteJournal) -> Station:
    def unused(*_: object) -> Any:
        raise AssertionError

    return Station(
        settings=load_site(ROOT / "config/sites/toll.toml"),
        journal=journal,
        clock=SetClock(NOW),
        judge=unused,
        dossier=unused,
        kick_relay=lambda: None,
        plaza=Plaza(int(VALID.total_seconds() * 1000)),
    )


def epoch_ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


async def test_an_open_detention_outlives_five_thousand_weighings_and_a_restart(tmp_path: Path) -> None:
    async with await opened(tmp_path) as journal:
        forgotten = await journal.append(weighed("long-ago", "hold", timedelta(days=8)))
        held = await journal.append(weighed("held", "hold", timedelta(days=5)))
        let_go = await journal.append(weighed("let-go", "hold", timedelta(days=5)))
        release = {"weighing": let_go.id, "plate": "let-go", "colour": "yellow"}
        await journal.append(draft(type="release", content=release, at=NOW - timedelta(days=4)))
        fresh = await journal.append(weighed("fresh", "admit", VALID / 2))
        stale = await journal.append(weighed("stale", "admit", VALID * 2))
        others = (weighed(f"other-{number}", "admit", timedelta(minutes=60)) for number in range(5_000))
        await asyncio.gather(*(journal.append(one) for one in others))
    async with await opened(tmp_path) as journal:
        found = station(journal)
        await found.restore()
        now_ms = epoch_ms(NOW)
        assert not found.alarms
        assert found.detentions.parent_of("held", "yellow", now_ms) == held.id
        assert found.detentions.parent_of("let-go", "yellow", now_ms) is None
        assert found.detentions.parent_of("long-ago", "yellow", now_ms) is None, forgotten.id
        assert found.plaza is not None
        answers = {plate: found.plaza.ask(plate, "yellow", now_ms) for plate in ("fresh", "stale")}
        assert (answers["fresh"].admit, answers["fresh"].entry_id) == (True, fresh.id)
        assert (answers["stale"].admit, answers["stale"].entry_id) == (False, stale.id)
        assert len(found.recent) == 100


async def test_what_is_older_than_any_detention_is_not_even_read(tmp_path: Path) -> None:
    async with await opened(tmp_path) as journal:
        old = (weighed(f"old-{number}", "hold", timedelta(days=30)) for number in range(1_500))
        await asyncio.gather(*(journal.append(one) for one in old))
        held = await journal.append(weighed("held", "hold", timedelta(days=1)))
        read = 0
        recent = journal.recent

        async def counted(type_: str, limit: int, *, before: str | None = None) -> Any:
            nonlocal read
            entries = await recent(type_, limit, before=before)
            read += len(entries)
            return entries

        journal.recent = counted  # type: ignore[method-assign]
        found = station(journal)
        await found.restore()
        assert found.detentions.parent_of("held", "yellow", epoch_ms(NOW)) == held.id
        assert read <= 1_001


async def test_a_used_weighing_stays_used_though_the_clock_was_set_back_before_its_release(tmp_path: Path) -> None:
    async with await opened(tmp_path) as journal:
        used = await journal.append(weighed("used", "admit", timedelta(minutes=5)))
        release = {"weighing": used.id, "plate": "used", "colour": "yellow"}
        await journal.append(draft(type="release", content=release, at=NOW - timedelta(minutes=15)))
        held = await journal.append(weighed("held", "hold", timedelta(minutes=5)))
        release = {"weighing": held.id, "plate": "held", "colour": "yellow"}
        await journal.append(draft(type="release", content=release, at=NOW - timedelta(minutes=15)))
    async with await opened(tmp_path) as journal:
        found = station(journal)
        await found.restore()
        assert found.plaza is not None
        assert found.plaza.ask("used", "yellow", epoch_ms(NOW)).reason == "used"
        assert found.detentions.parent_of("held", "yellow", epoch_ms(NOW)) is None
