"""An older journal is brought up to date, its entries untouched, the old file kept until that has proved itself."""

import asyncio
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from journal_samples import KEY, SITE, draft, opened, weighing
from sqlalchemy import insert

from gateway.contract.entry import StoredEntry
from gateway.errors import JournalError
from gateway.journal import migrate as migration
from gateway.journal import verify
from gateway.journal.database import FILE_NAME, open_engine
from gateway.journal.store import Store, prepare
from gateway.journal.tables import META, METADATA

ROOT = Path(__file__).resolve().parents[2]


def old_journal(folder: Path) -> list[StoredEntry]:
    """A journal as revision 0001 knew it, with three entries."""
    engine = open_engine(folder / FILE_NAME)
    with engine.connect() as connection, connection.begin():
        migration.upgrade(connection, "0001")
        for name, value in {"journal": "j-old", "site": SITE, "public_hex": KEY.public_hex}.items():
            connection.execute(insert(META).values(name=name, value=value.encode()))
        store = Store(connection, journal="j-old", site=SITE, key=KEY)
        entries = [store.append(prepare(draft(number), lambda: b"")) for number in range(3)]
    engine.dispose()
    return entries


async def test_an_older_journal_is_migrated_and_its_file_kept_until_the_next_good_start(tmp_path: Path) -> None:
    entries = old_journal(tmp_path)
    assert verify(tmp_path).ok  # also before it is migrated
    async with await opened(tmp_path) as journal:
        assert await journal.all_entries(0, 10) == entries
        assert (await journal.append(weighing("A", 1))).seq == 4
    copy = tmp_path / "journal.sqlite.before-0001"
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT count(*) FROM entries").fetchone() == (3,)
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == ("0001",)
    async with await opened(tmp_path):
        assert not copy.exists()
    assert verify(tmp_path).ok


def test_the_newest_step_is_the_one_named() -> None:
    assert ScriptDirectory(str(migration.MIGRATIONS)).get_current_head() == migration.HEAD


async def test_a_journal_of_today_is_opened_without_the_means_to_migrate(tmp_path: Path) -> None:
    async with await opened(tmp_path):
        pass
    words = f"""
import asyncio, pathlib, sys
from gateway.journal import open_journal
from journal_samples import KEY, SITE
async def main():
    journal = await open_journal(
        pathlib.Path({str(tmp_path)!r}), site=SITE, key=KEY, new_name=lambda: "j-x", alarm=print
    )
    await journal.close()
asyncio.run(main())
print([name for name in sys.modules if name.partition(".")[0] in ("alembic", "mako", "sqlmodel")])
"""
    environ = {"PYTHONPATH": f"{ROOT}:{ROOT / 'tests' / 'journal'}"}
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", words], check=True, capture_output=True, text=True, env=environ
    )
    assert done.stdout.strip() == "[]"


async def test_a_failed_migration_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    old_journal(tmp_path)
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as connection, connection:
        connection.execute("CREATE TABLE markers (in_the_way INTEGER)")  # fails after the step made blobs
    with pytest.raises(JournalError, match="a copy is at"):
        await opened(tmp_path)
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert "blobs" not in tables
    assert (tmp_path / "journal.sqlite.before-0001").exists()


async def test_a_newer_journal_is_left_alone(tmp_path: Path) -> None:
    async with await opened(tmp_path):
        pass
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(JournalError, match="cure: install that version"):
        await opened(tmp_path)


async def test_the_migrations_make_exactly_the_tables_of_the_code(tmp_path: Path) -> None:
    async with await opened(tmp_path) as journal:
        found = compare_metadata(MigrationContext.configure(journal._store.connection), METADATA)
    assert found == []
