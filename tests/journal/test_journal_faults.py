"""Killed, full, read-only, cut off: what was said to be durable is there, and the message names the cure."""

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from journal_samples import ack, draft, evidence, filled, opened, weighing

from gateway.errors import JournalError
from gateway.journal import export, verify
from gateway.journal.database import FILE_NAME
from gateway.ports import LaneMarker

CHILD = Path(__file__).with_name("journal_child.py")
ROOT = Path(__file__).resolve().parents[2]


def child(folder: Path, *arguments: str) -> "subprocess.Popen[str]":
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(CHILD), str(folder), *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)


def test_what_was_durable_survives_kill_9(tmp_path: Path) -> None:
    """Goal: every id printed is there. Method: kill a real process mid-write, three times over one journal."""
    printed: dict[str, str] = {}
    for lines_max in (40, 131, 77):
        process = child(tmp_path)
        assert process.stdout is not None
        with process:
            for number, line in enumerate(process.stdout, start=1):
                _, entry_id, sha256 = line.split()
                assert entry_id not in printed, "one id, two entries"
                printed[entry_id] = sha256
                if number == lines_max:
                    process.kill()
        report = verify(tmp_path)
        assert report.ok, report.faults
        kept = {json.loads(line)["id"] for line in export(tmp_path)}
        assert set(printed) <= kept
        assert report.entries == len(kept)
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as connection:
        blobs = {name for (name,) in connection.execute("SELECT sha256 FROM blobs")}
        twice = connection.execute("SELECT count(*) - count(DISTINCT lane || ':' || passage) FROM entries").fetchone()
    assert set(printed.values()) <= blobs
    assert twice == (0,)


def test_a_full_disk_is_alarmed_once_and_costs_nothing_durable(tmp_path: Path) -> None:
    """The process may write no file beyond 600 kB: SQLite sees a disk that takes no more."""
    process = child(tmp_path, str(600 * 1024))
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    lines = output.splitlines()
    durable = [line.split()[1] for line in lines if line.startswith("durable")]
    errors = [line for line in lines if line.startswith("error")]
    assert len(durable) > 8
    assert "disk" in errors[0]
    assert lines.count("refused") == 3
    assert [line.split()[1] for line in lines if line.startswith("alarm")] == ["journal-failed", "journal-recovered"]
    assert verify(tmp_path).ok
    assert set(durable) <= {json.loads(line)["id"] for line in export(tmp_path)}


async def test_full_journal_still_reads_and_resumes(tmp_path: Path) -> None:
    alarms: list[str] = []
    async with await opened(tmp_path, alarm=lambda code, detail: alarms.append(f"{code}: {detail}")) as journal:
        kept = await journal.append(draft(1))
        raw = journal._store.connection.connection.driver_connection
        assert isinstance(raw, sqlite3.Connection)
        (pages,) = raw.execute("PRAGMA page_count").fetchone()
        raw.execute(f"PRAGMA max_page_count={pages + 2}").close()
        with pytest.raises(JournalError, match="disk is full: free space"):
            await journal.append(draft(2, content={"bulk": "x" * 40_000}))
        with pytest.raises(JournalError, match="disk is full"):
            await journal.mark(LaneMarker("A", 1, "opened"))
        assert len(alarms) == 1
        assert alarms[0].startswith("journal-failed: ")
        assert await journal.read(kept.id) == kept
        raw.execute("PRAGMA max_page_count=1000000").close()
        again = await journal.append(draft(3))
        assert again.seq == (await journal.recent("device", 1))[0].seq
        assert alarms[1:] == ["journal-recovered: the journal stores again"]
    assert verify(tmp_path).ok


async def test_a_read_only_journal_says_so(tmp_path: Path) -> None:
    async with await opened(tmp_path) as journal:
        await journal.append(draft(1))
        raw = journal._store.connection.connection.driver_connection
        assert isinstance(raw, sqlite3.Connection)
        raw.execute("PRAGMA query_only=ON").close()
        with pytest.raises(JournalError, match="check mount, owner and mode"):
            await journal.append(draft(2))
        raw.execute("PRAGMA query_only=OFF").close()
        assert (await journal.append(draft(2))).seq == 2


def _truncate(file: Path) -> None:
    with file.open("r+b") as opened_file:
        opened_file.truncate(file.stat().st_size * 2 // 3)


def _empty(file: Path) -> None:
    file.write_bytes(b"")


def _noise(file: Path) -> None:
    file.write_bytes(b"not a database at all " * 1_000)


def _scratch(file: Path) -> None:
    with file.open("r+b") as opened_file:
        opened_file.seek(file.stat().st_size // 2)
        opened_file.write(b"\xff" * 8_192)


def _forge(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE entries SET hash = zeroblob(32) WHERE seq = 290")


@pytest.mark.parametrize("damage", [_truncate, _empty, _noise, _scratch, _forge])
async def test_a_damaged_journal_is_set_aside_whole_and_named(tmp_path: Path, damage: Any) -> None:
    name, entries = await filled(tmp_path, 300, inline=True, new_name=lambda: "j-old")
    file = tmp_path / FILE_NAME
    damage(file)
    damaged_bytes = file.read_bytes()
    alarms: list[tuple[str, str]] = []
    journal = await opened(tmp_path, new_name=lambda: "j-new", alarm=lambda code, detail: alarms.append((code, detail)))
    async with journal:
        assert journal.name == "j-new"
        first = (await journal.all_entries(0, 1))[0]
        content = json.loads(first.body)["content"]
        assert first.type == "audit"
        assert content["event"] == "journal_replaced"
        assert content["set_aside"] == "journal.sqlite.damaged-1"
        assert content["old_journal"] in (name, None)
        last = content["last_good_seq"]
        assert content["last_good_hash"] == (entries[last - 1].hash.hex() if last else None)
        owed = [entry for entry in await journal.claim(1_000, exclude=frozenset()) if entry.journal == name]
        assert all(entry == entries[entry.seq - 1] for entry in owed)
        assert len(owed) == content["entries_saved"]
        await journal.append(draft(1))
    assert (tmp_path / "journal.sqlite.damaged-1").read_bytes() == damaged_bytes
    assert [code for code, _ in alarms] == ["journal-damaged"]
    assert "journal.sqlite.damaged-1" in alarms[0][1]
    (salvaged,) = (tmp_path / "salvaged").iterdir()
    assert len(salvaged.read_text().splitlines()) == content["entries_saved"]
    if damage in (_truncate, _scratch, _forge):
        assert len(owed) >= 20
    report = verify(tmp_path)
    assert report.ok, report.faults


async def test_what_a_damaged_journal_owed_still_reaches_central(tmp_path: Path) -> None:
    raw = evidence(b"frames")
    async with await opened(tmp_path, new_name=lambda: "j-old") as journal:
        for number in range(4):
            await journal.append(draft(number, evidence=[raw] if number == 2 else []))
        await journal.append(weighing("A", 9))
        await journal.acknowledge(ack("j-old", 2, refused={2: "site unknown"}))
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as connection, connection:
        connection.execute("UPDATE entries SET signature = zeroblob(64) WHERE seq = 4")
    async with await opened(tmp_path, new_name=lambda: "j-new") as journal:
        states = {one.entry_id: one.state for one in await journal.list_outbox()}
        assert states == {"j-old/2": "parked", "j-old/3": "pending", "j-old/5": "pending", "j-new/1": "pending"}
        assert (await journal.markers())["A"].passage == 9
        assert await journal.acknowledge(ack("j-old", 3)) == 1
        assert await journal.pending_evidence(5) == [raw]
        assert (await journal.append(weighing("A", 9))).id == "j-new/2"
        assert await journal.journals() == ["j-new", "j-old"]
        assert await journal.offer_again(0, journal="j-old") == 2, "what had been refused, and what central had"


async def test_a_crash_while_setting_aside_loses_neither_journal(tmp_path: Path) -> None:
    """The old file has been renamed, its log not yet, and the new one is not in place: the next start finishes that."""
    await filled(tmp_path, 3, new_name=lambda: "j-old")
    file = tmp_path / FILE_NAME
    _forge_first = "UPDATE entries SET hash = zeroblob(32) WHERE seq = 3"
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute(_forge_first)
    async with await opened(tmp_path, new_name=lambda: "j-new"):
        pass
    file.rename(tmp_path / "journal.sqlite.new")
    (tmp_path / "journal.sqlite-wal").write_bytes(b"the old file's log")
    async with await opened(tmp_path, new_name=lambda: "j-third") as journal:
        assert journal.name == "j-new"
        assert (await journal.depth())["pending"] == 3
    assert (tmp_path / "journal.sqlite.damaged-1-wal").read_bytes() == b"the old file's log"


async def test_a_half_made_new_file_is_made_again(tmp_path: Path) -> None:
    (tmp_path / "journal.sqlite.new").write_bytes(b"")
    async with await opened(tmp_path) as journal:
        assert (await journal.append(draft(1))).seq == 1


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def test_two_processes_never_have_one_journal(tmp_path: Path) -> None:
    """The second one is told who has it and leaves no trace; kill -9 gives it free."""
    process = child(tmp_path)
    assert process.stdout is not None
    with process:
        process.stdout.readline()
        held = names_in(tmp_path)
        with pytest.raises(JournalError, match=f"in use by process {process.pid}; cure: stop that one"):
            await opened(tmp_path)
        assert names_in(tmp_path) == held
        assert verify(tmp_path).ok  # reading needs no lock
        process.kill()
        process.wait()
    async with await opened(tmp_path) as journal:
        assert (await journal.append(draft(1))).seq > 1
