"""Open a journal: lock it, distrust it, set it aside if it is broken, migrate it, and start its writer."""

import asyncio
import os
import secrets
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, insert, select
from sqlalchemy.exc import DBAPIError

from gateway.contract.entry import ALG
from gateway.errors import JournalError
from gateway.journal.damage import damage_of
from gateway.journal.database import FILE_NAME, is_damage, open_engine, translate
from gateway.journal.journal import SqliteJournal
from gateway.journal.lock import lock_directory
from gateway.journal.migrate import migrate
from gateway.journal.retention import Keep, Retention
from gateway.journal.salvage import SUFFIXES, Salvage, adopt_orphans, beside, move_aside, salvaged
from gateway.journal.store import Store, prepare, read_meta
from gateway.journal.tables import META, METADATA
from gateway.journal.writer import Writer
from gateway.keys import BoxKey
from gateway.ports import Clock, Draft

NEW = ".new"

new_random_salt = partial(secrets.token_bytes, 32)


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose journal it is to be."""

    site: str
    key: BoxKey
    new_name: Callable[[], str]
    clock: Clock | None


@dataclass(frozen=True, slots=True)
class Opened:
    """An open, sound, migrated file, and what is to be said about how it came to be."""

    engine: Engine
    store: Store
    alarms: tuple[tuple[str, str], ...]


async def open_journal(
    directory: Path,
    *,
    site: str,
    key: BoxKey,
    new_name: Callable[[], str],
    alarm: Callable[[str, str], None],
    inline: bool = False,
    new_salt: Callable[[], bytes] = new_random_salt,
    clock: Clock | None = None,
    keep: Keep | None = None,
) -> SqliteJournal:
    """The journal in this folder, made if there is none; a damaged one is set aside and a new one names it.

    `alarm(code, detail)` is called on the loop: journal-damaged, journal-failed (once per fault), journal-recovered.
    `inline` writes on the loop instead of a thread. `clock` stamps the entry about a damaged journal; without one that
    entry bears the time at which the damaged file was last written. `keep` bounds evidence that central has confirmed;
    it needs a clock. Without it everything is kept.

    Raises:
        JournalError: in use by another process, another site's or key's, newer than this program, or the disk refuses.
    """
    identity = Identity(site, key, new_name, clock)
    lock = lock_directory(directory)
    try:
        work = partial(_open, directory / FILE_NAME, identity)
        opened = work() if inline else await asyncio.to_thread(work)
    except BaseException:
        lock.release()
        raise
    for code, detail in opened.alarms:
        alarm(code, detail)
    tidy = None if keep is None or clock is None else Retention(keep, clock).step
    writer = Writer(opened.store, alarm, inline=inline, tidy=tidy)
    return SqliteJournal(store=opened.store, writer=writer, engine=opened.engine, lock=lock, new_salt=new_salt)


def _open(file: Path, identity: Identity) -> Opened:
    alarms: list[tuple[str, str]] = []
    if not file.exists():
        adopt_orphans(file)
        if not _finished(file, identity):
            _create(file, identity, None, reason="")
        _put_in_place(file)
    opened = _open_existing(file, identity)
    if isinstance(opened, str):
        alarms.append(_replace_damaged(file, identity, reason=opened))
        opened = _open_existing(file, identity)
    if isinstance(opened, str):
        raise JournalError(f"a new journal does not read back ({opened}); the disk is failing: replace it")
    return Opened(opened.engine, opened.store, tuple(alarms))


def _replace_damaged(file: Path, identity: Identity, *, reason: str) -> tuple[str, str]:
    """The new file is complete before the old one moves, so that a crash at any point loses neither."""
    with salvaged(file, site=identity.site, public_hex=identity.key.public_hex) as salvage:
        _create(file, identity, salvage, reason=reason)
        move_aside(file, salvage.set_aside)
        _put_in_place(file)
        detail = (
            f"the journal was damaged ({reason}); it is set aside as {salvage.set_aside.name}, {salvage.entries} "
            f"entries were saved, {salvage.undelivered} of them still go to central; keep that file"
        )
    return "journal-damaged", detail


def _finished(file: Path, identity: Identity) -> bool:
    """Whether a new file was complete when a crash kept it from being put in place."""
    made = beside(file, NEW)
    if not made.exists():
        return False
    opened = _open_existing(made, identity)
    if isinstance(opened, str):
        return False
    opened.store.connection.close()
    opened.engine.dispose()
    return True


def _open_existing(file: Path, identity: Identity) -> Opened | str:
    """The open journal, or why it is damaged."""
    fault = damage_of(file, identity.key.public_hex)
    if fault is not None:
        return fault
    engine = open_engine(file)
    try:
        migrate(engine, file)
        connection = engine.connect()
        with connection.begin():
            for table in METADATA.tables.values():
                connection.execute(select(table).limit(0))
            meta = read_meta(connection)
        _assert_ours(file, meta, identity)
    except DBAPIError as error:
        engine.dispose()
        if is_damage(error):
            return str(error.orig)
        raise translate(error, "opening") from error
    except BaseException:
        engine.dispose()
        raise
    store = Store(connection, journal=meta["journal"], site=identity.site, key=identity.key)
    return Opened(engine, store, ())


def _assert_ours(file: Path, meta: dict[str, str], identity: Identity) -> None:
    if meta["site"] != identity.site:
        raise JournalError(
            f"{file} is the journal of site {meta['site']}, not {identity.site}; cure: give each site its own folder"
        )
    if meta["public_hex"] != identity.key.public_hex:
        raise JournalError(
            f"{file} is signed with key {meta.get('key_id')}, not {identity.key.key_id}; cure: restore that key file, "
            "or move the journal's folder away to begin a new journal"
        )


def _create(file: Path, identity: Identity, salvage: Salvage | None, *, reason: str) -> None:
    """Make a complete file under another name: a crash never leaves half a journal in place."""
    made = beside(file, NEW)
    for suffix in SUFFIXES:
        beside(made, suffix).unlink(missing_ok=True)
    engine = open_engine(made)
    try:
        migrate(engine, made)
        name = identity.new_name()
        with engine.connect() as connection, connection.begin():
            for key, value in _meta(name, identity).items():
                connection.execute(insert(META).values(name=key, value=value.encode()))
            if salvage is not None:
                _carry_over(
                    Store(connection, journal=name, site=identity.site, key=identity.key), salvage, reason, identity
                )
    except (DBAPIError, sqlite3.Error) as error:
        raise translate(error, "creating the file") from error
    finally:
        engine.dispose()


def _put_in_place(file: Path) -> None:
    beside(file, NEW).rename(file)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _meta(name: str, identity: Identity) -> dict[str, str]:
    return {
        "journal": name,
        "site": identity.site,
        "public_hex": identity.key.public_hex,
        "key_id": identity.key.key_id,
        "alg": ALG,
    }


def _carry_over(store: Store, salvage: Salvage, reason: str, identity: Identity) -> None:
    """The new journal begins by naming the old one, then takes on what it still owed and where its lanes stood."""
    last = salvage.last_good
    content: dict[str, Any] = {
        "event": "journal_replaced",
        "reason": reason[:500],
        "old_journal": salvage.journal,
        "last_good_seq": 0 if last is None else last.seq,
        "last_good_hash": None if last is None else last.hash.hex(),
        "set_aside": salvage.set_aside.name,
        "entries_saved": salvage.entries,
        "entries_undelivered": salvage.undelivered,
    }
    at: datetime = salvage.modified if identity.clock is None else identity.clock.now()
    quality = {"synchronised": None, "offset_ms": None} if identity.clock is None else identity.clock.quality()
    draft = Draft(type="audit", lane=None, content=content, at=at.astimezone(UTC), clock=quality, priority=0)
    store.append(prepare(draft, new_random_salt))
    for entry, evidence, parked_for in salvage.owed():
        store.keep_foreign(entry, evidence, parked_for)
    for marker in salvage.markers:
        store.mark(marker)
