"""Entries on disk: number, chain, sign and insert, inside a transaction that the writer holds.

Everything here runs on the writer's one thread. Nothing commits here: a batch of jobs commits together.
"""

import hashlib
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Select, select

from gateway.contract.entry import ENTRY_BYTES_MAX, ENTRY_TYPES, GENESIS, StoredEntry, canonical, chain_hash, instant
from gateway.errors import JournalError
from gateway.journal.statements import (
    ADD_BLOB,
    ADD_ENTRY,
    ADD_LINK,
    ADD_OUTBOX,
    ADD_PERSONAL,
    SET_MARKER,
    WEIGHED,
    Statement,
)
from gateway.journal.tables import (
    BLOBS,
    DELETED,
    ENTRIES,
    ENTRY_COLUMNS,
    ENTRY_NAMES,
    MARKERS,
    META,
    PARKED,
    PENDING,
    PERSONAL,
    UNDELIVERED,
)
from gateway.keys import BoxKey
from gateway.ports import Draft, Evidence, LaneMarker

EVIDENCE_BYTES_MAX = 32 * 1024 * 1024
ENVELOPE_BYTES_MAX = 1024
SALT_BYTES_MIN = 16


@dataclass(frozen=True, slots=True)
class Prepared:
    """A draft that will fit: `content` is complete and canonical, its size known to be within bounds."""

    draft: Draft
    content: bytes
    passage: int | None
    salt: bytes
    personal: bytes


@dataclass(frozen=True, slots=True)
class Head:
    """The last entry of our own chain."""

    seq: int
    hash: bytes


def prepare(draft: Draft, new_salt: Callable[[], bytes]) -> Prepared:
    """Check and complete a draft before it queues, so that a bad one fails alone.

    Raises:
        JournalError: the entry or a piece of evidence is too large to keep.
        ValueError: content that canonical JSON cannot hold (rfc8785's own error is one).
    """
    assert draft.type in ENTRY_TYPES, draft.type
    assert draft.at.tzinfo is not None
    content = dict(draft.content)
    for piece in draft.evidence:
        assert hashlib.sha256(piece.content).hexdigest() == piece.sha256, "evidence is named by its own hash"
        if len(piece.content) > EVIDENCE_BYTES_MAX:
            raise JournalError(f"evidence {piece.sha256} has {len(piece.content)} bytes; at most {EVIDENCE_BYTES_MAX}")
    if draft.evidence and "evidence" not in content:
        content["evidence"] = [
            {"sha256": piece.sha256, "media_type": piece.media_type, "bytes": len(piece.content)}
            for piece in draft.evidence
        ]
    salt = personal = b""
    if draft.personal:
        salt, personal = new_salt(), canonical(draft.personal)
        assert len(salt) >= SALT_BYTES_MIN, "a short salt lets anyone guess the person"
        content["personal_commitment"] = hashlib.sha256(salt + personal).hexdigest()
    exact = canonical(content)
    if len(exact) > ENTRY_BYTES_MAX - ENVELOPE_BYTES_MAX:
        raise JournalError(f"a {draft.type} entry of {len(exact)} bytes does not fit; move its bulk into evidence")
    return Prepared(draft, exact, _passage_of(draft), salt, personal)


def _passage_of(draft: Draft) -> int | None:
    if draft.type != "weighing" or draft.lane is None:
        return None
    if draft.marker is not None:
        return draft.marker.passage
    passage = draft.content.get("passage")
    return passage if isinstance(passage, int) else None


class Store:
    """One journal on one connection. `head` is remembered between batches and forgotten when a batch fails."""

    def __init__(self, connection: Connection, *, journal: str, site: str, key: BoxKey) -> None:
        self.connection = connection
        driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        self.driver = driver
        self.journal = journal
        self._site = site
        self._key, self._key_id = key, key.key_id
        self._head: Head | None = None

    def forget_head(self) -> None:
        """A rolled back batch took its entries with it."""
        self._head = None

    def append(self, prepared: Prepared) -> StoredEntry:
        """Insert the entry and all that goes with it; a passage already weighed gives its first entry instead."""
        first = self._weighed(prepared)
        if first is not None:
            return first
        entry = self._build(prepared)
        row = self._insert(entry, prepared)
        self._insert_evidence(row, prepared.draft.evidence)
        if prepared.draft.marker is not None:
            self.mark(_recorded(prepared.draft, entry.id))
        self._head = Head(entry.seq, entry.hash)
        return entry

    def mark(self, marker: LaneMarker) -> None:
        values = {
            "lane": marker.lane,
            "passage": marker.passage,
            "state": marker.state,
            "entry_id": marker.entry_id,
            "action": marker.action,
        }
        self._run(SET_MARKER, values)

    def markers(self) -> dict[str, LaneMarker]:
        columns = (MARKERS.c.lane, MARKERS.c.passage, MARKERS.c.state, MARKERS.c.entry_id, MARKERS.c.action)
        return {row.lane: LaneMarker(*row) for row in self.connection.execute(select(*columns))}

    def read(self, entry_id: str) -> StoredEntry | None:
        journal, _, seq = entry_id.rpartition("/")
        if not seq.isdecimal() or len(seq) > 18:
            return None
        query = select(*ENTRY_COLUMNS).where(ENTRIES.c.journal == journal, ENTRIES.c.seq == int(seq))
        return next(iter(self._entries(query)), None)

    def recent(self, type_: str, limit: int, before: str | None) -> list[StoredEntry]:
        query = select(*ENTRY_COLUMNS).where(ENTRIES.c.type == type_).order_by(ENTRIES.c.row.desc()).limit(limit)
        if before is not None:
            journal, _, seq = before.rpartition("/")
            row = select(ENTRIES.c.row).where(ENTRIES.c.journal == journal, ENTRIES.c.seq == int(seq))
            query = query.where(ENTRIES.c.row < row.scalar_subquery())
        return self._entries(query)

    def all_entries(self, after_seq: int, limit: int) -> list[StoredEntry]:
        query = select(*ENTRY_COLUMNS).where(ENTRIES.c.journal == self.journal, ENTRIES.c.seq > after_seq)
        return self._entries(query.order_by(ENTRIES.c.seq).limit(limit))

    def evidence(self, sha256: str) -> Evidence | None:
        query = select(BLOBS.c.sha256, BLOBS.c.media_type, BLOBS.c.content).where(BLOBS.c.sha256 == sha256)
        row = self.connection.execute(query.where(BLOBS.c.delivered != DELETED)).first()
        return None if row is None else Evidence(*row)

    def forget_personal(self, entry_id: str) -> bool:
        """Delete who it was; the entry and its chain stay. Whether there was anything to delete."""
        journal, _, seq = entry_id.rpartition("/")
        row = select(ENTRIES.c.row).where(ENTRIES.c.journal == journal, ENTRIES.c.seq == seq).scalar_subquery()
        return bool(self.connection.execute(PERSONAL.delete().where(PERSONAL.c.row == row)).rowcount)

    def keep_foreign(self, entry: StoredEntry, evidence: Sequence[Evidence], reason: str | None) -> None:
        """Carry an undelivered entry of a damaged journal, unaltered, so that it still reaches central."""
        assert entry.journal != self.journal
        row = self._insert_row(entry, lane=None, passage=None)
        state = PENDING if reason is None else PARKED
        self._run(ADD_OUTBOX, {"row": row, "state": state, "priority": 1, "reason": reason})
        self._insert_evidence(row, evidence)

    def _entries(self, query: Select[Any]) -> list[StoredEntry]:
        return [StoredEntry(*row) for row in self.connection.execute(query)]

    def _weighed(self, prepared: Prepared) -> StoredEntry | None:
        if prepared.passage is None:
            return None
        which = {"journal": self.journal, "lane": prepared.draft.lane, "passage": prepared.passage}
        row = self._run(WEIGHED, which).fetchone()
        return None if row is None else StoredEntry(*row)

    def head(self) -> Head:
        if self._head is None:
            query = select(ENTRIES.c.seq, ENTRIES.c.hash).where(ENTRIES.c.journal == self.journal)
            row = self.connection.execute(query.order_by(ENTRIES.c.seq.desc()).limit(1)).first()
            self._head = Head(0, GENESIS) if row is None else Head(*row)
        return self._head

    def _build(self, prepared: Prepared) -> StoredEntry:
        head, draft = self.head(), prepared.draft
        seq = head.seq + 1
        before = {"at": instant(draft.at), "clock": dict(draft.clock)}
        after = {
            "id": f"{self.journal}/{seq}",
            "journal": self.journal,
            "lane": draft.lane,
            "seq": seq,
            "site": self._site,
            "type": draft.type,
            "v": 1,
        }
        body = around(before, "content", prepared.content, after)
        if len(body) > ENTRY_BYTES_MAX:
            raise JournalError(f"a {draft.type} entry of {len(body)} bytes does not fit; move its bulk into evidence")
        digest = chain_hash(head.hash, body)
        signature = self._key.sign(digest)
        return StoredEntry(self.journal, seq, draft.type, body, head.hash, digest, signature, self._key_id)

    def _insert(self, entry: StoredEntry, prepared: Prepared) -> int:
        row = self._insert_row(entry, lane=prepared.draft.lane, passage=prepared.passage)
        waiting = {"row": row, "state": PENDING, "priority": prepared.draft.priority, "reason": None}
        self._run(ADD_OUTBOX, waiting)
        if prepared.personal:
            self._run(ADD_PERSONAL, {"row": row, "salt": prepared.salt, "content": prepared.personal})
        return row

    def _insert_row(self, entry: StoredEntry, *, lane: str | None, passage: int | None) -> int:
        values = {name: getattr(entry, name) for name in ENTRY_NAMES}
        row = self._run(ADD_ENTRY, {**values, "lane": lane, "passage": passage}).lastrowid
        assert row is not None
        return row

    def _insert_evidence(self, row: int, evidence: Sequence[Evidence]) -> None:
        for piece in evidence:
            blob = {
                "sha256": piece.sha256,
                "media_type": piece.media_type,
                "content": piece.content,
                "delivered": UNDELIVERED,
            }
            self._run(ADD_BLOB, blob)
            self._run(ADD_LINK, {"row": row, "sha256": piece.sha256})

    def _run(self, statement: Statement, values: Mapping[str, Any]) -> sqlite3.Cursor:
        """Within the transaction that `connection` holds."""
        return statement.run(self.driver, values)


def around(before: Mapping[str, Any], name: str, value: bytes, after: Mapping[str, Any]) -> bytes:
    """The RFC 8785 form of one object, of which `value` is canonical already: doing that again is most of the work.

    All names of `before` sort below `name`, all of `after` above it; neither is empty.
    """
    assert max(before) < name < min(after)
    return canonical(before)[:-1] + b',"%b":%b,' % (name.encode(), value) + canonical(after)[1:]


def _recorded(draft: Draft, entry_id: str) -> LaneMarker:
    marker = draft.marker
    assert marker is not None
    assert draft.lane in (None, marker.lane)
    if draft.type == "weighing":
        return replace(marker, state="recorded", entry_id=entry_id)
    return replace(marker, entry_id=marker.entry_id or entry_id)


def read_meta(connection: Connection) -> dict[str, str]:
    return {row.name: row.value.decode() for row in connection.execute(select(META.c.name, META.c.value))}
