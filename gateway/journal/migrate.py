"""Bring an older journal to today's tables, all steps in one transaction, with a copy of the old file beside it.

The copy goes only when the next start has found the migrated file sound: until then the old one is still there.
Alembic is imported only where there is something to migrate: a day's start does without its ten megabytes.
"""

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from gateway.errors import JournalError
from gateway.journal.database import translate

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"
HEAD = "0002"
"""The newest step there."""


def migrate(engine: Engine, file: Path) -> Path | None:
    """Upgrade this journal if it needs it; the copy of the old file if it did.

    Raises:
        JournalError: it was written by a newer program, there is no room for the copy, or a step failed. The file is
            then as it was.
    """
    with engine.connect() as connection:
        have = _revision_of(connection)
    if have == HEAD:
        for old in file.parent.glob(f"{file.name}.before-*"):
            old.unlink()
        return None
    copy = _copy(file, have, known=_known(_config())) if have is not None else None
    try:
        with engine.connect() as connection, connection.begin():
            upgrade(connection, "head")
    except DBAPIError as error:
        kept = f"; the file is as it was, and a copy is at {copy}" if copy else ""
        raise JournalError(f"{translate(error, 'migrating')}{kept}") from error
    return copy


def upgrade(connection: Connection, revision: str) -> None:
    """Run the steps up to `revision` inside the caller's transaction."""
    from alembic import command

    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def _revision_of(connection: Connection) -> str | None:
    """As Alembic keeps it; None for a file without tables."""
    named = connection.exec_driver_sql("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").first()
    if named is None:
        return None
    row = connection.exec_driver_sql("SELECT version_num FROM alembic_version").first()
    return None if row is None else str(row[0])


def _config() -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _known(config: "Config") -> set[str]:
    from alembic.script import ScriptDirectory

    return {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}


def _copy(file: Path, have: str, known: set[str]) -> Path:
    if have not in known:
        raise JournalError(
            f"{file} was written by a newer program (tables {have}; known: {', '.join(sorted(known))}); "
            "cure: install that version again"
        )
    copy = file.with_name(f"{file.name}.before-{have}")
    partial = copy.with_name(f"{copy.name}.partial")
    partial.unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(partial)) as target:
            source.backup(target)
        with partial.open("rb") as written:
            os.fsync(written.fileno())
        if not copy.exists():  # an earlier attempt's copy is as old or older: keep that one
            partial.rename(copy)
        else:
            partial.unlink()
    except (sqlite3.Error, OSError) as error:
        partial.unlink(missing_ok=True)
        raise JournalError(f"no safe copy of {file} before migrating ({error}); cure: free space beside it") from error
    return copy
