"""A journal that does not hold: found at the start, set aside whole, and what reads is saved.

    journal.sqlite              → journal.sqlite.damaged-1      (with its -wal and -shm: nothing is thrown away)
    salvaged/<journal>-1.jsonl  ← every entry that still proves itself, one line each, as it travels to central

What central has not acknowledged goes on in the new journal's outbox, unaltered, under its old name and number.
"""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from itertools import zip_longest
from pathlib import Path

from gateway.contract.entry import GENESIS, StoredEntry
from gateway.errors import JournalError
from gateway.journal.database import FILE_NAME, is_damage, translate
from gateway.journal.verify import entry_faults, json_line, open_read_only
from gateway.ports import Evidence, LaneMarker

SUFFIXES = ("", "-wal", "-shm")
TAIL_ENTRIES = 200
"""How many last entries are proved at each start; `verify` proves all."""
MISSES_MAX = 2_000
SALVAGE_ENTRIES_MAX = 10_000_000
COLUMNS = "journal, seq, type, body, prev_hash, hash, signature, key_id, alg"
ENTRY_QUERY = f"SELECT {COLUMNS} FROM entries WHERE row = ?"  # noqa: S608 - our own column names
TAIL_QUERY = f"SELECT {COLUMNS} FROM entries WHERE journal = ? ORDER BY seq DESC LIMIT {TAIL_ENTRIES}"  # noqa: S608
EVIDENCE_QUERY = (
    "SELECT b.sha256, b.media_type, b.content FROM entry_evidence e JOIN blobs b ON b.sha256 = e.sha256 WHERE e.row = ?"
)


@dataclass(slots=True)
class Salvage:
    """What a damaged journal still gives, read from a copy of it that lives as long as this does.

    `undelivered` holds (row, reason it was parked or None); its entries and evidence are read one by one on the way
    into the new journal, because a site that was offline for a week owes more than fits in memory.
    """

    connection: sqlite3.Connection
    set_aside: Path
    modified: datetime
    journal: str | None = None
    last_good: StoredEntry | None = None
    entries: int = 0
    undelivered: list[tuple[int, str | None]] = field(default_factory=list)
    markers: list[LaneMarker] = field(default_factory=list)

    def entry(self, row_id: int) -> StoredEntry:
        return StoredEntry(*self.connection.execute(ENTRY_QUERY, (row_id,)).fetchone())

    def evidence(self, row_id: int) -> list[Evidence]:
        """What still reads, and is what its hash says."""
        found = []
        with suppress(sqlite3.DatabaseError):
            for name, media_type, content in self.connection.execute(EVIDENCE_QUERY, (row_id,)):
                if type(content) is bytes and sha256(content).hexdigest() == name:
                    found.append(Evidence(name, media_type, content))
        return found


def damage_of(file: Path, public_hex: str) -> str | None:
    """Why this file cannot be trusted, or nothing. `public_hex` proves the newest entries of our own chain.

    Read-only: a damaged file is set aside as it was found, its log not yet merged into it.

    Raises:
        JournalError: the disk refuses for a reason that is not the file's.
    """
    try:
        with closing(open_read_only(file)) as connection:
            lines = [str(row[0]) for row in connection.execute("PRAGMA quick_check(1)")]
            if lines != ["ok"]:
                return lines[0]
            meta = {name: bytes(value).decode() for name, value in connection.execute("SELECT name, value FROM meta")}
            if not {"journal", "site", "public_hex"} <= set(meta):
                return "it does not say whose journal it is"
            if meta["public_hex"] != public_hex:
                return None  # another key's journal is not damaged; the opener says so
            tail = [StoredEntry(*row) for row in connection.execute(TAIL_QUERY, (meta["journal"],))]
            return _tail_fault(tail, public_hex)
    except UnicodeDecodeError as error:
        return str(error)
    except sqlite3.Error as error:
        if is_damage(error) or "no such table" in str(error):
            return str(error)
        raise translate(error, "opening") from error


def _tail_fault(newest_first: list[StoredEntry], public_hex: str) -> str | None:
    for entry, before in zip_longest(newest_first, newest_first[1:]):
        for fault in entry_faults(entry, public_hex):
            return f"{entry.id}: {fault}"
        if before is not None and (entry.seq != before.seq + 1 or entry.prev_hash != before.hash):
            return f"{entry.id}: it does not follow from {before.id}"
        if entry.seq == 1 and entry.prev_hash != GENESIS:
            return f"{entry.id}: the first entry follows from something"
    return None


@contextmanager
def salvaged(file: Path) -> Iterator[Salvage]:
    """Read what can be read from a copy; the damaged file itself stays as it is, for `move_aside`.

    Raises:
        JournalError: there is no room for the copy or for what was saved.
    """
    number = 1
    while (aside := file.with_name(f"{FILE_NAME}.damaged-{number}")).exists():
        number += 1
    folder = file.parent / "salvaged"
    work = folder / "work.sqlite"
    try:
        try:
            folder.mkdir(exist_ok=True)
            for suffix in SUFFIXES[:2]:
                if beside(file, suffix).exists():
                    shutil.copyfile(beside(file, suffix), beside(work, suffix))
            modified = datetime.fromtimestamp(file.stat().st_mtime, UTC)
            with closing(sqlite3.connect(work)) as connection:
                salvage = Salvage(connection, aside, modified)
                with suppress(sqlite3.DatabaseError):
                    connection.execute("PRAGMA writable_schema=ON")  # opens a file shorter than its header says
                _salvage(salvage, folder)
                yield salvage
        except OSError as error:
            raise JournalError(
                f"a damaged journal cannot be saved ({error}); check space and mode of {folder}"
            ) from error
    finally:
        for suffix in SUFFIXES:
            beside(work, suffix).unlink(missing_ok=True)


def move_aside(file: Path, aside: Path) -> None:
    """Rename the file and then what belongs to it; `adopt_orphans` finishes this after a crash in between."""
    for suffix in SUFFIXES:
        if beside(file, suffix).exists():
            beside(file, suffix).rename(beside(aside, suffix))


def adopt_orphans(file: Path) -> None:
    """A log whose file is gone would be replayed into the next file of that name: put it beside its own."""
    asides = sorted(file.parent.glob(f"{FILE_NAME}.damaged-*[0-9]"), key=lambda path: path.stat().st_mtime)
    aside = asides[-1] if asides else file.with_name(f"{FILE_NAME}.orphan")
    for suffix in SUFFIXES[1:]:
        if beside(file, suffix).exists():
            beside(file, suffix).rename(beside(aside, suffix))


def beside(file: Path, suffix: str) -> Path:
    return file.with_name(file.name + suffix)


def _salvage(salvage: Salvage, folder: Path) -> None:
    connection = salvage.connection
    meta: dict[str, str] = {}
    with suppress(sqlite3.DatabaseError, UnicodeDecodeError):
        for name, value in connection.execute("SELECT name, value FROM meta"):
            meta[name] = bytes(value).decode()
    salvage.journal = meta.get("journal")
    with suppress(sqlite3.DatabaseError):
        for row in connection.execute("SELECT lane, passage, state, entry_id, action FROM markers"):
            salvage.markers.append(LaneMarker(*row))
    number = salvage.set_aside.name.rpartition("-")[2]
    path = folder / f"{salvage.journal or 'unnamed'}-{number}.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for row_id, entry in _readable(connection):
            if entry_faults(entry, meta.get("public_hex", "")):
                continue
            salvage.entries += 1
            file.write(json_line(entry, meta.get("site", "")) + "\n")
            _follow(salvage, entry)
            state, reason = _delivery(connection, row_id)
            if state != "acked":
                salvage.undelivered.append((row_id, (reason or "refused") if state == "parked" else None))
        file.flush()
        os.fsync(file.fileno())


def _readable(connection: sqlite3.Connection) -> Iterator[tuple[int, StoredEntry]]:
    """Row by row, over holes: one page that does not read takes only the entries on it."""
    misses = 0
    for row_id in range(1, SALVAGE_ENTRIES_MAX):
        try:
            row = connection.execute(ENTRY_QUERY, (row_id,)).fetchone()
        except sqlite3.DatabaseError:
            row = None
        if row is not None:
            misses = 0
            with suppress(TypeError):
                yield row_id, StoredEntry(*row)
            continue
        misses += 1
        if misses > MISSES_MAX:
            return


def _follow(salvage: Salvage, entry: StoredEntry) -> None:
    """The last good entry is the end of the unbroken chain from the first."""
    seq, hash_ = (0, GENESIS) if salvage.last_good is None else (salvage.last_good.seq, salvage.last_good.hash)
    if entry.journal == salvage.journal and entry.seq == seq + 1 and entry.prev_hash == hash_:
        salvage.last_good = entry


def _delivery(connection: sqlite3.Connection, row_id: int) -> tuple[str, str | None]:
    """Unknown is undelivered: central takes an entry twice without harm, and never one that was not sent."""
    try:
        row = connection.execute("SELECT state, reason FROM outbox WHERE row = ?", (row_id,)).fetchone()
    except sqlite3.DatabaseError:
        row = None
    return (str(row[0]), row[1]) if row is not None else ("pending", None)
