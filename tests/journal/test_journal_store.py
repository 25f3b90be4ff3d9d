"""What is appended is kept, chained, signed, and found again; at most one weighing per passage."""

import asyncio
import hashlib
import json
import sqlite3
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest
from journal_samples import AT, KEY, SITE, draft, evidence, opened, weighing

from gateway.contract.entry import GENESIS, canonical, chain_hash
from gateway.contract.signing import verify as signed_by
from gateway.errors import JournalError, OutboxError
from gateway.journal import SqliteJournal, export, verify
from gateway.journal.database import FILE_NAME
from gateway.ports import Journal, LaneMarker, Outbox


@pytest.mark.parametrize("inline", [False, True])
async def test_entries_are_numbered_chained_and_signed(tmp_path: Path, inline: bool) -> None:
    async with await opened(tmp_path, inline=inline) as journal:
        first, second = await journal.append(draft(1, lane="A")), await journal.append(draft(2))
        assert json.loads(first.body) == {
            "v": 1,
            "id": "j-000000000001/1",
            "journal": "j-000000000001",
            "seq": 1,
            "type": "device",
            "site": SITE,
            "lane": "A",
            "at": "2026-03-01T08:30:00.123Z",
            "clock": {"synchronised": True, "offset_ms": 3},
            "content": {"number": 1},
        }
        assert first.body == canonical(json.loads(first.body))
        assert (first.prev_hash, second.prev_hash) == (GENESIS, first.hash)
        assert second.hash == chain_hash(first.hash, second.body)
        assert signed_by(KEY.public_hex, second.signature, second.hash)
        assert await journal.read(second.id) == second
        assert await journal.read("j-000000000001/3") is None
        assert await journal.read("nonsense") is None
        assert await journal.recent("device", 1) == [second]
        assert await journal.all_entries(1, 10) == [second]
    report = verify(tmp_path)
    assert (report.entries, report.ok, report.faults) == (2, True, ())


async def test_it_fulfils_both_ports(tmp_path: Path) -> None:
    async with await opened(tmp_path) as journal:
        store: Journal = journal
        undelivered: Outbox = journal
        entry = await store.append(draft(1))
        assert await undelivered.claim(1, exclude=frozenset()) == [entry]


async def test_a_commit_waits_for_the_disk(tmp_path: Path) -> None:
    async with await opened(tmp_path) as journal:
        raw = journal._store.connection.connection.driver_connection
        assert isinstance(raw, sqlite3.Connection)
        assert raw.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert raw.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL


async def test_the_chain_goes_on_after_a_restart(tmp_path: Path) -> None:
    async with await opened(tmp_path) as journal:
        first = await journal.append(draft(1))
    async with await opened(tmp_path, new_name=lambda: "j-other") as journal:
        second = await journal.append(draft(2))
    assert (second.id, second.prev_hash) == (f"{first.journal}/2", first.hash)
    assert verify(tmp_path).ok


async def test_a_passage_is_weighed_once_also_across_a_restart(tmp_path: Path) -> None:
    async with await opened(tmp_path) as journal:
        first = await journal.append(weighing("A", 7))
        assert await journal.append(weighing("A", 7)) == first
        other_lane = await journal.append(weighing("B", 7))
        assert other_lane.seq == 2
        await journal.mark(LaneMarker("A", 7, "cleared", first.id))
    async with await opened(tmp_path) as journal:
        assert await journal.append(weighing("A", 7)) == first
        assert (await journal.markers())["A"].state == "cleared"  # the repetition moved nothing
        assert [entry.seq for entry in await journal.all_entries(0, 10)] == [1, 2]


async def test_two_appends_of_one_passage_in_one_batch_give_one_entry(tmp_path: Path) -> None:
    async with await opened(tmp_path) as journal:
        entries = await asyncio.gather(*(journal.append(weighing("A", 1)) for _ in range(20)))
    assert len({entry.id for entry in entries}) == 1


async def test_the_marker_travels_in_the_entry_s_own_transaction(tmp_path: Path) -> None:
    async with await opened(tmp_path) as journal:
        await journal.mark(LaneMarker("A", 3, "opened"))
        assert await journal.markers() == {"A": LaneMarker("A", 3, "opened")}
        entry = await journal.append(weighing("A", 3))
        assert await journal.markers() == {"A": LaneMarker("A", 3, "recorded", entry.id, "hold")}


async def test_evidence_is_kept_once_under_its_hash(tmp_path: Path) -> None:
    picture = evidence(b"\xff\xd8picture", "image/jpeg")
    async with await opened(tmp_path) as journal:
        entry = await journal.append(draft(1, evidence=[picture]))
        await journal.append(draft(2, evidence=[picture]))
        assert json.loads(entry.body)["content"]["evidence"] == [
            {"sha256": picture.sha256, "media_type": "image/jpeg", "bytes": 9}
        ]
        assert await journal.evidence(picture.sha256) == picture
        assert (await journal.depth())["evidence"] == 1


async def test_a_person_can_be_forgotten_and_the_chain_still_holds(tmp_path: Path) -> None:
    salt = b"s" * 16
    person = {"driver": "张三"}
    async with await opened(tmp_path, new_salt=lambda: salt) as journal:
        entry = await journal.append(draft(1, personal=person))
        content = json.loads(entry.body)["content"]
        assert content["personal_commitment"] == hashlib.sha256(salt + canonical(person)).hexdigest()
        assert "张三".encode() not in entry.body
        assert await journal.forget_personal(entry.id)
        assert not await journal.forget_personal(entry.id)
    assert verify(tmp_path).ok
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as connection:
        assert connection.execute("SELECT count(*) FROM personal").fetchone() == (0,)


@asynccontextmanager
async def held(journal: SqliteJournal) -> AsyncIterator[None]:
    """What is begun inside waits for the writer, and is one batch."""
    gate, entered = threading.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def hold(_: Any) -> None:
        loop.call_soon_threadsafe(entered.set)
        gate.wait()

    holding = asyncio.create_task(journal._writer.do(hold, writes=False))
    await entered.wait()
    yield
    await asyncio.sleep(0)
    gate.set()
    await holding


async def test_lanes_that_wait_are_committed_together(tmp_path: Path) -> None:
    """Goal: eight lanes cost far fewer commits than entries. Method: hold the writer while they queue."""
    async with await opened(tmp_path) as journal:
        commits = 0

        def count() -> None:
            nonlocal commits
            commits += 1

        raw = journal._store.connection.connection.driver_connection
        assert isinstance(raw, sqlite3.Connection)
        raw.set_trace_callback(lambda statement: count() if statement == "COMMIT" else None)
        async with held(journal):
            appends = [asyncio.create_task(journal.append(weighing(f"L{number}", 1))) for number in range(8)]
        entries = await asyncio.gather(*appends)
        assert sorted(entry.seq for entry in entries) == list(range(1, 9))
        # One for the job that held the writer, one for all eight lanes.
        assert commits == 2
    assert verify(tmp_path).ok


async def test_a_job_that_fails_after_it_has_written_leaves_nothing_and_its_neighbours_whole(tmp_path: Path) -> None:
    async with await opened(tmp_path) as journal:
        raw = journal._store.driver

        def bad(_: Any) -> None:
            raw.execute("INSERT INTO meta (name, value) VALUES ('half', x'00')")
            raise OutboxError("thought better of it")

        async with held(journal):
            work = [journal.append(draft(1)), journal._writer.do(bad, writes=True), journal.append(draft(2))]
            tasks = [asyncio.create_task(one) for one in work]
        first, failed, second = await asyncio.gather(*tasks, return_exceptions=True)
        assert isinstance(failed, OutboxError)
        assert [one.seq for one in (first, second)] == [1, 2]
        assert raw.execute("SELECT count(*) FROM meta WHERE name = 'half'").fetchone() == (0,)
    assert verify(tmp_path).ok


async def test_a_bad_draft_fails_alone(tmp_path: Path) -> None:
    async with await opened(tmp_path) as journal:
        results = await asyncio.gather(
            journal.append(draft(1)),
            journal.append(draft(2, content={"bad": object()})),
            journal.append(draft(3, content={"bulk": "x" * 300_000})),
            journal.append(draft(4, clock={"offset_ms": object()})),
            journal.append(draft(5)),
            return_exceptions=True,
        )
        good = [result for result in results if not isinstance(result, BaseException)]
        assert [entry.seq for entry in good] == [1, 2]
        assert isinstance(results[2], JournalError)
    assert verify(tmp_path).ok


async def test_second_opener_learns_who_has_the_journal(tmp_path: Path) -> None:
    import os

    async with await opened(tmp_path):
        with pytest.raises(JournalError, match=f"in use by process {os.getpid()}; cure"):
            await opened(tmp_path)
    async with await opened(tmp_path):
        pass


async def test_another_site_or_key_is_told_apart_from_damage(tmp_path: Path) -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from gateway.keys import BoxKey

    async with await opened(tmp_path) as journal:
        await journal.append(draft(1))
    with pytest.raises(JournalError, match="journal of site site-under-test, not elsewhere; cure"):
        await opened(tmp_path, site="elsewhere")
    with pytest.raises(JournalError, match="cure: restore that key file"):
        await opened(tmp_path, key=BoxKey(Ed25519PrivateKey.generate()))
    async with await opened(tmp_path) as journal:
        assert journal.name == "j-000000000001"  # it was not set aside


async def test_export_gives_each_entry_as_it_travels(tmp_path: Path) -> None:
    import base64

    async with await opened(tmp_path) as journal:
        entries = [await journal.append(draft(number)) for number in range(3)]
        live = [json.loads(line) for line in export(tmp_path)]  # also while the gateway writes
    closed = [json.loads(line) for line in export(tmp_path)]
    assert live == closed
    assert [base64.b64decode(line["data_base64"]) for line in closed] == [entry.body for entry in entries]
    assert AT.year == 2026


@pytest.mark.parametrize(
    ("damage", "fault"),
    [
        ("UPDATE entries SET body = CAST(replace(body, ':1}', ':9}') AS BLOB) WHERE seq = 2", "hash is not"),
        ("UPDATE entries SET body = replace(body, ':1}', ':9}') WHERE seq = 2", "should be bytes"),
        ("DELETE FROM entries WHERE seq = 2", "1 entries are missing"),
        ("UPDATE entries SET signature = zeroblob(64) WHERE seq = 2", "signature does not hold"),
        ("UPDATE entries SET type = 'audit' WHERE seq = 2", "its bytes say"),
        ("UPDATE entries SET prev_hash = zeroblob(32) WHERE seq = 2", "does not follow"),
        ("UPDATE blobs SET content = x'00'", "not what its hash says"),
        ("DELETE FROM blobs", "not here"),
    ],
)
async def test_verify_finds_what_was_tampered_with(tmp_path: Path, damage: str, fault: str) -> None:
    async with await opened(tmp_path) as journal:
        for number in range(4):
            await journal.append(draft(number, evidence=[evidence(b"frames")]))
    assert verify(tmp_path).ok
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as connection, connection:
        assert connection.execute(damage).rowcount > 0
    report = verify(tmp_path)
    assert not report.ok
    assert any(fault in line for line in report.faults), report.faults


def test_verify_of_nothing_says_so(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="no journal at"):
        verify(tmp_path)
