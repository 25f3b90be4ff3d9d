"""The one door to the database: a synchronous engine behind a single worker thread, SQLite or PostgreSQL alike.

Foreign exceptions become StoreError here and nowhere else.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlmodel import Session, create_engine

from central.errors import StoreError
from gateway.contract.entry import instant

WAITING_MAX = 64
"""Pieces of work that may wait for the worker; later callers wait before they hand theirs over."""

PAUSE_S = 0.05
BURST_S = 2.0
PUT_OFF_TIMES = 9
"""Entries come in bursts: what is derived of them waits for a pause. Where there is none for so long, a tenth of the
store's time is its own: it waits this many times as long as it last took.
"""

RACES_MAX = 3
"""A second central on the same PostgreSQL may store the same entry first; the work is then done anew."""

CONNECT_S_MAX = 5
SILENT_MS_MAX = 15_000
LOCKED_MS_MAX = 10_000
"""PostgreSQL that does not answer, or keeps others waiting, becomes a StoreError: nothing here waits for ever."""

MIGRATIONS = Path(__file__).parent / "migrations"

T = TypeVar("T")


def epoch_ms(moment: datetime) -> int:
    assert moment.tzinfo is not None
    return round(moment.timestamp() * 1000)


def moment_text(ms: int) -> str:
    """As entries write their moments."""
    return instant(datetime.fromtimestamp(ms / 1000, tz=UTC))


class Database:
    """Runs pieces of work, each in one transaction. `inline` works on the caller's thread (virtual time)."""

    def __init__(self, engine: Engine, *, inline: bool = False) -> None:
        self._engine = engine
        self._worker = None if inline else ThreadPoolExecutor(1, thread_name_prefix="central-store")
        self._waiting = asyncio.Semaphore(WAITING_MAX)
        self._wanted, self._served_s = 0, 0.0  # how many wait or are served, and when the last one was (loop time)
        self._put_off_s, self._burst_s = 0.0, 0.0  # `_burst_s`: when the present burst began

    async def run(self, work: Callable[[Session], T]) -> T:
        """The work's result, after its transaction is committed.

        Raises:
            StoreError: it was not committed.
        """
        loop = asyncio.get_running_loop()
        if not self._busy(loop.time()):
            self._burst_s = loop.time()
        self._wanted += 1
        try:
            return await self._hand_over(work)
        finally:
            self._wanted -= 1
            self._served_s = loop.time()

    async def run_in_a_pause(self, work: Callable[[Session], T]) -> T:
        """As run(), once nobody has wanted anything for PAUSE_S, or has waited long enough: for what may come later.

        Raises:
            StoreError: it was not committed.
        """
        loop = asyncio.get_running_loop()
        until_s = loop.time() + self._put_off_s
        while self._worker is not None and self._busy(loop.time()):
            if loop.time() >= max(until_s, self._burst_s + BURST_S):
                break
            await asyncio.sleep(PAUSE_S)
        began_s = loop.time()
        try:
            return await self._hand_over(work)
        finally:
            self._served_s = loop.time()  # the next such work leaves a pause too: others use the same processors
            self._put_off_s = (self._served_s - began_s) * PUT_OFF_TIMES

    @property
    def wanted(self) -> bool:
        """Whether anybody waits who does not put off: asked by long work that can stop halfway, on its own thread."""
        return self._wanted > 0

    def _busy(self, now_s: float) -> bool:
        return self._wanted > 0 or now_s < self._served_s + PAUSE_S

    async def _hand_over(self, work: Callable[[Session], T]) -> T:
        if self._worker is None:
            return self.run_here(work)
        async with self._waiting:
            return await asyncio.get_running_loop().run_in_executor(self._worker, self.run_here, work)

    def run_here(self, work: Callable[[Session], T]) -> T:
        """As run(), on this thread. Only for start-up and inline use."""
        for attempt in range(1, RACES_MAX + 1):
            try:
                with Session(self._engine, expire_on_commit=False) as session, session.begin():
                    return work(session)
            except IntegrityError as error:
                if attempt == RACES_MAX:
                    raise StoreError(f"another writer keeps storing the same rows: {error.orig}") from error
            except SQLAlchemyError as error:
                raise StoreError(f"the database did not commit: {getattr(error, 'orig', None) or error}") from error
        raise AssertionError("unreachable")

    def close(self) -> None:
        """Let the work under way finish, then close every connection."""
        if self._worker is not None:
            self._worker.shutdown(wait=True, cancel_futures=True)
        self._engine.dispose()


def open_database(url: str, *, inline: bool = False) -> Database:
    """Connect and migrate to the newest schema, all or nothing.

    Raises:
        StoreError: the database is not there, not ours, or newer than this program.
    """
    parsed = make_url(url)
    sqlite = parsed.get_backend_name() == "sqlite"
    try:
        if sqlite:
            assert parsed.database
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(parsed, pool_pre_ping=not sqlite, connect_args={} if sqlite else _patience(parsed))
        if sqlite:
            event.listen(engine, "connect", _prepare_sqlite)
            event.listen(engine, "begin", _begin_sqlite)
        with engine.connect() as connection:
            _migrate(connection)
    except (SQLAlchemyError, CommandError, OSError) as error:
        raise StoreError(_cannot_open(parsed, getattr(error, "orig", None) or error)) from error
    return Database(engine, inline=inline)


def _cannot_open(url: URL, error: BaseException) -> str:
    """One line with the cure. The password is in neither the URL shown nor the server's words."""
    if url.get_backend_name() == "sqlite":
        cure = "let central's user write its folder, or set another file in central.database"
    else:
        cure = "start PostgreSQL, or mend host, name and password in central.database"
    why = " ".join(str(error).split())
    if url.password:
        why = why.replace(str(url.password), "***")
    return f"the database {url.render_as_string(hide_password=True)} cannot be opened: {why}; cure: {cure}"


def _patience(url: URL) -> dict[str, Any]:
    """What libpq shall wait at most, where the URL does not say so itself."""
    known = {
        "connect_timeout": CONNECT_S_MAX,
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "keepalives_count": 3,
        "tcp_user_timeout": SILENT_MS_MAX,
        "options": f"-c lock_timeout={LOCKED_MS_MAX}",
    }
    return {name: value for name, value in known.items() if name not in url.query}


def _migrate(connection: Connection) -> None:
    """Alembic reads and runs all its files, so it is asked only where there is something to do."""
    with connection.begin():
        newest = max(file.stem for file in MIGRATIONS.glob("versions/v*.py"))
        if MigrationContext.configure(connection).get_current_revision() == newest[1:5]:
            return
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver's own BEGIN would leave DDL outside the transaction
    cursor = connection.cursor()
    for pragma in ("busy_timeout=5000", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
