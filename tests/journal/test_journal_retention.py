"""Raw evidence that central holds goes from the edge after a while; entries, and what central lacks, never."""

import json
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from journal_samples import AT, ack, draft, evidence, opened
from set_clock import SetClock

from gateway.journal import SqliteJournal, verify
from gateway.journal.database import FILE_NAME
from gateway.journal.retention import Keep
from gateway.ports import Evidence

DAY = timedelta(days=1)


async def with_evidence(journal: SqliteJournal, count: int, size: int = 2_000) -> list[Evidence]:
    """One entry a day, each with a piece of its own."""
    pieces = [evidence(f"{number} ".encode() * (size // 2)) for number in range(count)]
    for number, piece in enumerate(pieces):
        await journal.append(draft(number, at=AT + number * DAY, evidence=[piece]))
    return pieces


async def busy(journal: SqliteJournal, batches: int = 400) -> None:
    for _ in range(batches):
        await journal.depth()


async def kept(journal: SqliteJournal, pieces: list[Evidence]) -> list[int]:
    return [number for number, piece in enumerate(pieces) if await journal.evidence(piece.sha256) == piece]


@pytest.mark.parametrize("inline", [True, False])
async def test_uploaded_evidence_goes_after_its_days_and_nothing_else(tmp_path: Path, inline: bool) -> None:
    clock = SetClock(AT)
    async with await opened(tmp_path, clock=clock, keep=Keep(raw_days=30, max_mb=1_000), inline=inline) as journal:
        pieces = await with_evidence(journal, 60)
        clock.at = AT + 70 * DAY
        await busy(journal)
        assert await kept(journal, pieces) == list(range(60)), "central has none of it"
        await journal.acknowledge(ack(journal.name, 60, refused={7: "refused"}))
        await busy(journal)
        assert await kept(journal, pieces) == list(range(60)), "central has the entries, not the evidence"
        for number, piece in enumerate(pieces):
            if number != 3:
                await journal.evidence_delivered(piece.sha256)
        await busy(journal)
        assert await kept(journal, pieces) == [3, 6, *range(40, 60)], (
            "3 is not delivered, 6 stands under a parked entry"
        )
        assert len(await journal.all_entries(0, 100)) == 60
    report = verify(tmp_path)
    assert report.ok, report.faults
    assert report.evidence_deleted == 38


async def test_past_the_size_the_oldest_uploaded_evidence_goes_first(tmp_path: Path) -> None:
    async with await opened(tmp_path, clock=SetClock(AT), keep=Keep(raw_days=30, max_mb=2), inline=True) as journal:
        pieces = await with_evidence(journal, 40, size=100_000)
        await journal.acknowledge(ack(journal.name, 40))
        for piece in pieces[5:]:
            await journal.evidence_delivered(piece.sha256)
        await busy(journal)
        left = await kept(journal, pieces)
        assert left[:5] == [0, 1, 2, 3, 4]
        assert left[5:] == list(range(left[5], 40)), "oldest first"
        assert 10 <= len(left) <= 20
        size = await journal.depth()
        assert size["evidence"] == 5
    assert verify(tmp_path).ok


async def test_evidence_that_comes_again_is_stored_again(tmp_path: Path) -> None:
    clock = SetClock(AT)
    async with await opened(tmp_path, clock=clock, keep=Keep(raw_days=1, max_mb=1_000), inline=True) as journal:
        (piece,) = await with_evidence(journal, 1)
        await journal.acknowledge(ack(journal.name, 1))
        await journal.evidence_delivered(piece.sha256)
        clock.at = AT + 9 * DAY
        await busy(journal)
        assert await journal.evidence(piece.sha256) is None
        await journal.evidence_delivered(piece.sha256)  # a late answer
        assert verify(tmp_path).ok
        await journal.append(draft(2, at=clock.at, evidence=[piece]))
        assert await journal.evidence(piece.sha256) == piece
        assert (await journal.depth())["evidence"] == 1


async def test_a_blob_emptied_by_another_hand_is_a_fault(tmp_path: Path) -> None:
    async with await opened(tmp_path) as journal:
        await with_evidence(journal, 2)
        entry = (await journal.all_entries(0, 1))[0]
        assert json.loads(entry.body)["content"]["evidence"][0]["bytes"] > 0
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as connection, connection:
        connection.execute("UPDATE blobs SET content = x''")
    assert not verify(tmp_path).ok
