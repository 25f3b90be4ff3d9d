"""Whether a journal file can be trusted: looked at before each start, read-only, and compared with itself.

A journal says the same things twice: its meta names the journal and its site, and so does each signed entry.
"""

import json
import re
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from itertools import zip_longest
from pathlib import Path

from gateway.contract.entry import GENESIS, StoredEntry
from gateway.journal.database import is_damage, readable_text, translate
from gateway.journal.verify import entry_faults, open_read_only

TAIL_ENTRIES = 200
"""How many last entries are proved at each start; `verify` proves all."""
COLUMNS = "journal, seq, type, body, prev_hash, hash, signature, key_id, alg"
TAIL_QUERY = f"SELECT {COLUMNS} FROM entries WHERE journal = ? ORDER BY seq DESC LIMIT {TAIL_ENTRIES}"  # noqa: S608
FIRST_QUERY = f"SELECT {COLUMNS} FROM entries WHERE row = 1"  # noqa: S608 - our own column names
HEADER = {0: b"SQLite format 3\x00\x10\x00", 20: b"\x00\x40\x20\x20", 44: b"\x00\x00\x00\x04", 56: b"\x00\x00\x00\x01"}
"""What a header of ours always holds: its magic, pages of 4096 bytes, the fixed fractions, schema format 4, UTF-8."""
VERSIONS_AT, VERSIONS = 18, (b"\x02\x02", b"\x01\x01")
NAMED = ("journal", "site", "public_hex")
REVISION = re.compile(r"\d{4}")


def damage_of(file: Path, public_hex: str) -> str | None:
    """Why this file cannot be trusted, or nothing. `public_hex` proves the newest entries of our own chain.

    Raises:
        JournalError: the disk refuses for a reason that is not the file's.
    """
    try:
        if (fault := _header_fault(file)) is not None:
            return fault
        with closing(open_read_only(file)) as connection:
            connection.text_factory = readable_text
            lines = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(1)")]
            if lines != ["ok"]:
                return lines[0]
            return _fault_within(connection, public_hex)
    except UnicodeDecodeError as error:  # SQLite quotes the broken schema in its complaint
        return str(error)
    except sqlite3.Error as error:
        if is_damage(error):
            return str(error)
        raise translate(error, "opening") from error


def _fault_within(connection: sqlite3.Connection, public_hex: str) -> str | None:
    """What a file that SQLite calls whole says wrongly of itself."""
    meta = {str(name): bytes(value) for name, value in connection.execute("SELECT name, value FROM meta")}
    said: dict[str, str] = {name: meta[name].decode(errors="replace") for name in NAMED if name in meta}
    if len(said) < len(NAMED):
        return "it does not say whose journal it is"
    revision = str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])
    if not REVISION.fullmatch(revision):
        return f"its tables are of no revision ({revision!r})"
    row = connection.execute(FIRST_QUERY).fetchone()
    first = None if row is None else StoredEntry(*row)
    if first is not None and not entry_faults(first, public_hex):
        return _contradiction(said, first, public_hex) or _tail_of(connection, said["journal"], public_hex)
    if said["public_hex"] != public_hex:
        return None  # another key's journal is not damaged; the opener says so
    return _tail_of(connection, said["journal"], public_hex)


def _contradiction(said: Mapping[str, str], first: StoredEntry, public_hex: str) -> str | None:
    """The first entry is ours and proves itself; what the meta says must be what it says."""
    proved = {"journal": first.journal, "site": str(json.loads(first.body).get("site")), "public_hex": public_hex}
    wrong = [f"{name} {said[name]!r}" for name in proved if said[name] != proved[name]]
    return f"it says {', '.join(wrong)}, and its first entry says otherwise" if wrong else None


def _tail_of(connection: sqlite3.Connection, journal: str, public_hex: str) -> str | None:
    return _tail_fault([StoredEntry(*row) for row in connection.execute(TAIL_QUERY, (journal,))], public_hex)


def _header_fault(file: Path) -> str | None:
    with file.open("rb") as opened:
        head = opened.read(100)
    wrong = [at for at, said in HEADER.items() if head[at : at + len(said)] != said]
    if wrong or head[VERSIONS_AT : VERSIONS_AT + 2] not in VERSIONS:
        return "its first bytes are not those of a journal"
    return None


def repaired_head(head: bytes) -> bytes:
    """The first 100 bytes with what is always the same put right."""
    fixed = bytearray(head)
    for at, said in HEADER.items():
        fixed[at : at + len(said)] = said
    fixed[VERSIONS_AT : VERSIONS_AT + 2] = VERSIONS[0]
    return bytes(fixed)


def _tail_fault(newest_first: list[StoredEntry], public_hex: str) -> str | None:
    for entry, before in zip_longest(newest_first, newest_first[1:]):
        for fault in entry_faults(entry, public_hex):
            return f"{entry.id}: {fault}"
        if before is not None and (entry.seq != before.seq + 1 or entry.prev_hash != before.hash):
            return f"{entry.id}: it does not follow from {before.id}"
        if entry.seq == 1 and entry.prev_hash != GENESIS:
            return f"{entry.id}: the first entry follows from something"
    return None
