"""Bring an older journal to today's tables, all steps in one transaction, with a copy of the old file beside it.

The copy goes only when the next start has found the migrated file sound: until then the old one is still there.
"""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from gateway.errors import JournalError
from gateway.journal.database import translate

MIGRATIONS = Path(__file__).parent / "migrations"


def migrate(engine: Engine, file: Path) -> Path | None:
    """Upgrade this journal if it needs it; the copy of the old file if it did.

    Raises:
        JournalError: it was written by a newer program, there is no room for the copy, or a step failed. The file is
            then as it was.
    """
    config = _config()
    with engine.connect() as connection:
        have = MigrationContext.configure(connection).get_current_revision()
    head = ScriptDirectory.from_config(config).get_current_head()
    if have == head:
        for old in file.parent.glob(f"{file.name}.before-*"):
            old.unlink()
        return None
    copy = _copy(file, have, known=_known(config)) if have is not None else None
    try:
        with engine.connect() as connection, connection.begin():
            upgrade(connection, "head")
    except DBAPIError as error:
        kept = f"; the file is as it was, and a copy is at {copy}" if copy else ""
        raise JournalError(f"{translate(error, 'migrating')}{kept}") from error
    return copy


def upgrade(connection: Connection, revision: str) -> None:
    """Run the steps up to `revision` inside the caller's transaction."""
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _known(config: Config) -> set[str]:
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
