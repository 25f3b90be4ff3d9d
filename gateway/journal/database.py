"""One SQLite connection the journal can rely on, and what SQLite's complaints mean to a person.

WAL with synchronous=FULL: a commit that returned survives kill -9 and a power cut (SQLite documentation, "PRAGMA
synchronous"). Transactions are begun by us, not by the driver, so that savepoints and schema changes roll back whole.
"""

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, StaticPool, create_engine, event
from sqlalchemy.exc import DBAPIError

from gateway.errors import JournalError

FILE_NAME = "journal.sqlite"
BUSY_TIMEOUT_S = 5.0
WAL_BYTES_KEPT_MAX = 64 * 1024 * 1024

CURES = {
    sqlite3.SQLITE_FULL: "the disk is full: free space on it; the journal resumes by itself",
    sqlite3.SQLITE_READONLY: "the disk or file is read-only: check mount, owner and mode; it resumes by itself",
    sqlite3.SQLITE_IOERR: "the disk cannot be read or written: check space, cable and health (dmesg, smartctl)",
    sqlite3.SQLITE_CORRUPT: "the file is damaged: restart the gateway, which sets it aside and saves what reads",
    sqlite3.SQLITE_NOTADB: "this is not a journal: restart the gateway, which sets it aside",
    sqlite3.SQLITE_CANTOPEN: "the file cannot be opened: check folder, owner and mode",
    sqlite3.SQLITE_BUSY: "another program holds the file: close it",
    sqlite3.SQLITE_PERM: "no permission: check owner and mode",
}


def open_engine(file: Path) -> Engine:
    """One connection, usable from one thread at a time, on which every transaction is durable."""

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(file, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
        connection.text_factory = readable_text
        try:
            for pragma in (
                "journal_mode=WAL",
                "synchronous=FULL",
                "foreign_keys=ON",
                f"journal_size_limit={WAL_BYTES_KEPT_MAX}",
            ):
                connection.execute(f"PRAGMA {pragma}").close()
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    engine = create_engine("sqlite+pysqlite://", creator=connect, poolclass=StaticPool)

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        connection.connection.driver_connection.execute("BEGIN")  # by SQLAlchemy it took a tenth of a millisecond

    return engine


def readable_text(text: bytes) -> str:
    """Bytes that are no text are shown, not stumbled over: a signature proves what a row says, not SQLite."""
    return text.decode(errors="replace")


def translate(error: DBAPIError | sqlite3.Error, doing: str) -> JournalError:
    """SQLite's complaint as what happened, and the cure."""
    origin = error.orig if isinstance(error, DBAPIError) else error
    code = getattr(origin, "sqlite_errorcode", 0) & 0xFF
    cure = CURES.get(code, "see the gateway's log and `weighgate journal verify`")
    return JournalError(f"journal: {doing} failed ({origin}); {cure}")


def is_damage(error: DBAPIError | sqlite3.Error) -> bool:
    """Whether the file itself is broken, as against a disk that refuses for now.

    SQLITE_ERROR is a statement that does not fit the tables: ours do fit, so the tables are not what they were.
    """
    origin = error.orig if isinstance(error, DBAPIError) else error
    code = getattr(origin, "sqlite_errorcode", 0)
    broken = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR}
    return code & 0xFF in broken or code == sqlite3.SQLITE_IOERR_SHORT_READ
