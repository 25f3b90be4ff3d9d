"""Prove a journal from its file alone: read-only, no key but the public one the file carries.

Checked per entry: the body is canonical and says what its row says; numbers run without gaps from 1; each hash is
SHA-256(previous hash ‖ body); the signature is by the journal's key; each blob is what its hash says. Entries that a
damaged journal left undelivered are carried under their own journal's name; their chain may have holes.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from gateway.contract.entry import ALG, GENESIS, StoredEntry, canonical, chain_hash
from gateway.contract.signing import verify as signed_by
from gateway.contract.wire import event_of
from gateway.errors import JournalError
from gateway.journal.database import FILE_NAME, translate
from gateway.journal.tables import DELETED
from gateway.keys import key_id_of

FAULTS_MAX = 100
ENTRY_QUERY = (
    "SELECT journal, seq, type, body, prev_hash, hash, signature, key_id, alg FROM entries ORDER BY journal = ?, row"
)


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """`entries` read; `first_bad` the first entry (or blob) that does not hold; at most 100 `faults`, one line each."""

    entries: int
    first_bad: str | None
    ok: bool
    faults: tuple[str, ...]
    evidence_deleted: int = 0
    """Pieces deleted here after central confirmed them, as retention has it: no fault."""


@dataclass(slots=True)
class _Findings:
    faults: list[str] = field(default_factory=list)
    first_bad: str | None = None

    def add(self, what: str, fault: str) -> None:
        if self.first_bad is None:
            self.first_bad = what
        if len(self.faults) < FAULTS_MAX:
            self.faults.append(f"{what}: {fault}")


def verify(directory: Path) -> VerifyReport:
    """Check the whole journal in this folder. It may be in use; what is committed now is what is checked.

    Raises:
        JournalError: there is no journal here, or it cannot be opened.
    """
    findings = _Findings()
    count = deleted = 0
    with closing(open_read_only(directory / FILE_NAME)) as connection:
        try:
            connection.execute("BEGIN")  # one snapshot, although the gateway goes on writing
            meta = _meta(connection)
            count = _check_entries(connection, meta, findings)
            deleted = _check_blobs(connection, findings)
            for (line,) in connection.execute("PRAGMA integrity_check(10)"):
                if line != "ok":
                    findings.add("file", str(line))
        except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
            findings.add("file", f"cannot be read any further ({error})")
    return VerifyReport(count, findings.first_bad, not findings.faults, tuple(findings.faults), deleted)


def export(directory: Path) -> Iterator[str]:
    """Each entry as one JSON line, in the form it travels to central (a CloudEvent), oldest first.

    Raises:
        JournalError: there is no journal here, or it cannot be read.
    """
    with closing(open_read_only(directory / FILE_NAME)) as connection:
        try:
            meta = _meta(connection)
            for row in connection.execute(ENTRY_QUERY, (meta.get("journal", ""),)):
                yield json_line(StoredEntry(*row), meta.get("site", ""))
        except sqlite3.DatabaseError as error:
            raise translate(error, "reading") from error


def json_line(entry: StoredEntry, site: str) -> str:
    return json.dumps(event_of(entry, site).model_dump(), separators=(",", ":"))


def open_read_only(file: Path) -> sqlite3.Connection:
    """A connection that cannot change the file.

    Raises:
        JournalError: no file, or no way to open it.
    """
    if not file.is_file():
        raise JournalError(f"no journal at {file}; name the folder that holds {FILE_NAME}: the [storage] dir")
    uri = file.resolve().as_uri()
    wal = file.with_name(file.name + "-wal")
    # Without a WAL nobody is writing, and a folder that is itself read-only still reads.
    mode = "mode=ro" if wal.exists() and wal.stat().st_size else "mode=ro&immutable=1"
    try:
        return sqlite3.connect(f"{uri}?{mode}", uri=True, isolation_level=None)
    except sqlite3.Error as error:
        raise translate(error, "opening") from error


def entry_faults(entry: StoredEntry, public_hex: str) -> list[str]:
    """What does not hold in one entry by itself."""
    if not all(type(part) is bytes for part in (entry.body, entry.prev_hash, entry.hash, entry.signature)):
        return ["what should be bytes is not"]
    faults = []
    try:
        document = json.loads(entry.body)
        if canonical(document) != entry.body:
            faults.append("its bytes are not canonical JSON")
        said = {name: document.get(name) for name in ("id", "journal", "seq", "type")}
        if said != {"id": entry.id, "journal": entry.journal, "seq": entry.seq, "type": entry.type}:
            faults.append(f"its bytes say {said}")
    except (ValueError, AttributeError, TypeError) as error:
        faults.append(f"its bytes are not an entry ({error})")
    if len(entry.prev_hash) != 32 or chain_hash(entry.prev_hash, entry.body) != entry.hash:
        faults.append("its hash is not that of its bytes")
    if not public_hex or entry.key_id != key_id_of(public_hex):
        faults.append(f"it is signed with key {entry.key_id}, not the journal's")
    if entry.alg != ALG:
        faults.append(f"it is signed by {entry.alg!r}, not {ALG}")
    if not signed_by(public_hex, entry.signature, entry.hash):
        faults.append("its signature does not hold")
    return faults


def _meta(connection: sqlite3.Connection) -> dict[str, str]:
    return {str(name): bytes(value).decode() for name, value in connection.execute("SELECT name, value FROM meta")}


def _check_entries(connection: sqlite3.Connection, meta: dict[str, str], findings: _Findings) -> int:
    own, public_hex = meta.get("journal", ""), meta.get("public_hex", "")
    if len(public_hex) != 64:
        findings.add("file", "it does not say which key signs it")
        public_hex = ""
    count, seq, previous = 0, 0, GENESIS
    for row in connection.execute(ENTRY_QUERY, (own,)):
        entry = StoredEntry(*row)
        count += 1
        for fault in entry_faults(entry, public_hex):
            findings.add(entry.id, fault)
        if entry.journal != own:
            continue
        if entry.seq != seq + 1:
            findings.add(entry.id, f"it follows number {seq}: {entry.seq - seq - 1} entries are missing")
        if entry.prev_hash != previous:
            findings.add(entry.id, "it does not follow from the entry before it")
        seq, previous = entry.seq, entry.hash
    return count


def _check_blobs(connection: sqlite3.Connection, findings: _Findings) -> int:
    """How many were deleted after upload; their entries keep the hash."""
    if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'blobs'").fetchone() is None:
        return 0  # a journal from before evidence was kept, not yet migrated
    deleted = 0
    for name, content, delivered in connection.execute("SELECT sha256, content, delivered FROM blobs"):
        if delivered == DELETED and content == b"":
            deleted += 1
        elif type(content) is not bytes or sha256(content).hexdigest() != name:
            findings.add(f"evidence {name}", "its bytes are not what its hash says")
    orphans = "SELECT DISTINCT sha256 FROM entry_evidence WHERE sha256 NOT IN (SELECT sha256 FROM blobs)"
    for (name,) in connection.execute(orphans):
        findings.add(f"evidence {name}", "an entry stands on it, and it is not here")
    return deleted
