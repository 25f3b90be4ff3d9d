"""A journal that does not hold is set aside whole, and what proves itself is saved.

    journal.sqlite              → journal.sqlite.damaged-1      (with its -wal and -shm: nothing is thrown away)
    salvaged/<journal>-1.jsonl  ← every entry whose hash and signature hold, one line each, as it travels to central

What central has not acknowledged goes on in the new journal's outbox, unaltered, under its old name and number. Rows
are read through SQLite first, then by their shape alone (`carve`), so that a broken table costs only what is broken.
"""

import json
import os
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from gateway.contract.entry import ALG, GENESIS, StoredEntry
from gateway.errors import JournalError
from gateway.journal.carve import Image, mapped
from gateway.journal.damage import COLUMNS, repaired_head
from gateway.journal.database import FILE_NAME, readable_text
from gateway.journal.tables import ACKED, PARKED
from gateway.journal.verify import entry_faults, json_line
from gateway.keys import key_id_of
from gateway.ports import Evidence, LaneMarker

SUFFIXES = ("", "-wal", "-shm")
UNREADABLE = (sqlite3.DatabaseError, UnicodeDecodeError)
"""What reading a broken file raises; the second one when SQLite quotes broken text in its complaint."""
MISSES_MAX = 2_000
SALVAGE_ENTRIES_MAX = 10_000_000
MARKER_STATES = ("opened", "followed", "recorded", "cleared")
ENTRY_QUERY = f"SELECT {COLUMNS} FROM entries WHERE row = ?"  # noqa: S608 - our own column names
SAVED_COLUMNS = f"{COLUMNS}, owed, reason"
SAVED_TABLE = f"CREATE TABLE saved ({SAVED_COLUMNS}, PRIMARY KEY (journal, seq))"
SAVE = f"INSERT INTO saved ({SAVED_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608
HASH_IN_BODY = re.compile(rb'"sha256":"([0-9a-f]{64})"')

# An entry counts as delivered only where three places agree: its row, the outbox, and the outbox's index.
ROW_QUERY = "SELECT row FROM entries INDEXED BY sqlite_autoindex_entries_1 WHERE journal = ? AND seq = ?"
STATE_QUERY = "SELECT state, priority, reason FROM outbox WHERE row = ?"
INDEX_QUERY = "SELECT 1 FROM outbox INDEXED BY outbox_order WHERE state = ? AND priority = ? AND row = ?"
WAITING_QUERY = "SELECT 1 FROM entry_evidence e JOIN blobs b ON b.sha256 = e.sha256 WHERE e.row = ? AND b.delivered = 0"


@dataclass(slots=True)
class Salvage:
    """What a damaged journal still gives, read from a copy of it that lives as long as this does.

    `saved` lists it on disk, because a site that was offline for a week owes more than fits in memory.
    """

    connection: sqlite3.Connection
    image: Image
    saved: sqlite3.Connection
    set_aside: Path
    modified: datetime
    journal: str | None = None
    last_good: StoredEntry | None = None
    entries: int = 0
    undelivered: int = 0
    markers: list[LaneMarker] = field(default_factory=list)

    def owed(self) -> Iterator[tuple[StoredEntry, list[Evidence], str | None]]:
        """Each undelivered entry in its order, what still reads of its evidence, and why it was parked, if it was."""
        query = f"SELECT {COLUMNS}, reason FROM saved WHERE owed ORDER BY journal, seq"  # noqa: S608 - our own names
        for *columns, reason in self.saved.execute(query):
            entry = StoredEntry(*columns)
            yield entry, self.evidence(entry), reason

    def evidence(self, entry: StoredEntry) -> list[Evidence]:
        """What the entry names, still reads, and is what its hash says."""
        names = dict.fromkeys(match.decode() for match in HASH_IN_BODY.findall(entry.body))
        return [piece for name in names if (piece := self._piece(name)) is not None]

    def _piece(self, name: str) -> Evidence | None:
        query = "SELECT sha256, media_type, content FROM blobs WHERE sha256 = ?"
        with suppress(*UNREADABLE):
            for row in self.connection.execute(query, (name,)):
                if type(row[2]) is bytes and sha256(row[2]).hexdigest() == name:
                    return Evidence(name, str(row[1]), row[2])
        return next((one for one in self.image.evidence(name) if sha256(one.content).hexdigest() == name), None)


@contextmanager
def salvaged(file: Path, *, site: str, public_hex: str) -> Iterator[Salvage]:
    """Read what can be read from a copy; the damaged file itself stays as it is, for `move_aside`.

    Raises:
        JournalError: there is no room for the copy or for what was saved.
    """
    number = 1
    while (aside := file.with_name(f"{FILE_NAME}.damaged-{number}")).exists():
        number += 1
    folder = file.parent / "salvaged"
    work, listed = folder / "work.sqlite", folder / "saved.sqlite"
    try:
        try:
            folder.mkdir(exist_ok=True)
            _clear(work, listed)
            for suffix in SUFFIXES[:2]:
                if beside(file, suffix).exists():
                    shutil.copyfile(beside(file, suffix), beside(work, suffix))
            _repair(work)
            modified = datetime.fromtimestamp(file.stat().st_mtime, UTC)
            image = Image(mapped(file), mapped(beside(file, "-wal")))
            with closing(sqlite3.connect(work)) as connection, closing(sqlite3.connect(listed)) as saved:
                salvage = Salvage(connection, image, saved, aside, modified)
                _save(salvage, public_hex)
                _write_lines(salvage, folder, site)
                yield salvage
        except OSError as error:
            raise JournalError(
                f"a damaged journal cannot be saved ({error}); check space and mode of {folder}"
            ) from error
    finally:
        _clear(work, listed)


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


def _clear(*files: Path) -> None:
    for file in files:
        for suffix in (*SUFFIXES, "-journal"):
            beside(file, suffix).unlink(missing_ok=True)


def _repair(work: Path) -> None:
    with work.open("r+b") as file:
        head = file.read(100)
        if len(head) == 100:
            file.seek(0)
            file.write(repaired_head(head))


def _save(salvage: Salvage, public_hex: str) -> None:
    """List every entry that proves itself; the one SQLite shows goes before one that was only found lying there."""
    connection, saved = salvage.connection, salvage.saved
    connection.text_factory = readable_text
    with suppress(*UNREADABLE):
        connection.execute("PRAGMA writable_schema=ON")  # opens a file shorter than its header says
    saved.execute("PRAGMA synchronous=OFF")
    saved.execute(SAVED_TABLE)
    with saved:
        for source in (_readable(connection), salvage.image.entries()):
            for row_id, read in source:
                entry = replace(read, key_id=key_id_of(public_hex), alg=ALG)  # labels: the signature is what proves
                if entry_faults(entry, public_hex):
                    continue
                owed, reason = _delivery(connection, row_id, entry)
                columns = (getattr(entry, name) for name in COLUMNS.split(", "))
                with suppress(sqlite3.IntegrityError):  # it is saved already
                    saved.execute(SAVE, (*columns, owed, reason))
    salvage.entries, salvage.undelivered = saved.execute(
        "SELECT count(*), coalesce(sum(owed), 0) FROM saved"
    ).fetchone()
    salvage.journal = _own_name(salvage)
    salvage.last_good = _last_good(salvage)
    with suppress(*UNREADABLE):
        for row in connection.execute("SELECT lane, passage, state, entry_id, action FROM markers"):
            if row[2] in MARKER_STATES and type(row[1]) is int:
                salvage.markers.append(LaneMarker(*row))


def _write_lines(salvage: Salvage, folder: Path, site: str) -> None:
    number = salvage.set_aside.name.rpartition("-")[2]
    path = folder / f"{salvage.journal or 'unnamed'}-{number}.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for row in salvage.saved.execute(f"SELECT {COLUMNS} FROM saved ORDER BY journal, seq"):  # noqa: S608
            file.write(json_line(StoredEntry(*row), site) + "\n")
        file.flush()
        os.fsync(file.fileno())


def _readable(connection: sqlite3.Connection) -> Iterator[tuple[int, StoredEntry]]:
    """Row by row, over holes: one page that does not read takes only the entries on it."""
    misses = 0
    for row_id in range(1, SALVAGE_ENTRIES_MAX):
        try:
            row = connection.execute(ENTRY_QUERY, (row_id,)).fetchone()
        except UNREADABLE:
            row = None
        if row is not None:
            misses = 0
            with suppress(TypeError):
                yield row_id, StoredEntry(*row)
            continue
        misses += 1
        if misses > MISSES_MAX:
            return


def _own_name(salvage: Salvage) -> str | None:
    """What the meta says if entries bear that name; otherwise the entries' own, of several the one written to last."""
    named: str | None = None
    with suppress(*UNREADABLE, TypeError):
        query = "SELECT value FROM meta WHERE name = 'journal'"
        named = bytes(salvage.connection.execute(query).fetchone()[0]).decode(errors="replace")
    newest = "SELECT journal, body, max(seq) FROM saved GROUP BY journal"
    last = {journal: str(json.loads(body).get("at")) for journal, body, _ in salvage.saved.execute(newest)}
    if not last:
        return named if named is not None and re.fullmatch(r"[\x21-\x7e]{1,80}", named) else None
    return named if named in last else max(last, key=last.__getitem__)


def _last_good(salvage: Salvage) -> StoredEntry | None:
    """The end of the unbroken chain from the first entry."""
    good, seq, hash_ = None, 0, GENESIS
    query = f"SELECT {COLUMNS} FROM saved WHERE journal = ? ORDER BY seq"  # noqa: S608 - our own column names
    for row in salvage.saved.execute(query, (salvage.journal,)):
        entry = StoredEntry(*row)
        if entry.seq != seq + 1 or entry.prev_hash != hash_:
            break
        good, seq, hash_ = entry, entry.seq, entry.hash
    return good


def _delivery(connection: sqlite3.Connection, row_id: int | None, entry: StoredEntry) -> tuple[bool, str | None]:
    """Whether central still lacks it or its evidence, and why it was parked.

    Unknown is owed: central takes an entry twice without harm, and never one that was not sent.
    """
    with suppress(*UNREADABLE):
        row = connection.execute(ROW_QUERY, (entry.journal, entry.seq)).fetchone()
        found = connection.execute(STATE_QUERY, (row_id,)).fetchone()
        if row != (row_id,) or found is None:
            return True, None
        state, priority, reason = found
        if connection.execute(INDEX_QUERY, (state, priority, row_id)).fetchone() is None:
            return True, None
        if state == PARKED:
            return True, reason or "refused"
        return state != ACKED or connection.execute(WAITING_QUERY, (row_id,)).fetchone() is not None, None
    return True, None
