"""A journal entry, version 1: its exact bytes are made once, chained, signed, stored, and sent unaltered.

    hash      = SHA-256(prev_hash ‖ bytes)            prev_hash of the first entry is 32 zero bytes
    signature = Ed25519(box key, hash)                alg "ed25519-sha256"
    id        = <journal>/<seq>                       seq counts from 1 without gaps

Additive only: a reader ignores fields and stores types it does not know.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import rfc8785

ALG = "ed25519-sha256"
GENESIS = bytes(32)
ENTRY_BYTES_MAX = 256 * 1024
ENTRY_TYPES = ("weighing", "release", "correction", "evidence", "evasion", "refusal", "device", "audit")


def canonical(document: Mapping[str, Any]) -> bytes:
    """RFC 8785 canonical JSON. Numbers are integers; decimals travel as text."""
    return rfc8785.dumps(dict(document))


def instant(at: datetime) -> str:
    """A moment as entries write it: UTC, RFC 3339 with milliseconds and Z."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def chain_hash(prev_hash: bytes, body: bytes) -> bytes:
    assert len(prev_hash) == 32
    return hashlib.sha256(prev_hash + body).digest()


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """One entry as it lies in a journal. `body` is the canonical JSON document, envelope fields included.

    The document's own fields: v, id, journal, seq, type, site, lane (or null), at (UTC, RFC 3339 with ms and Z),
    clock {synchronised, offset_ms}, and `content` (by type).
    """

    journal: str
    seq: int
    type: str
    body: bytes
    prev_hash: bytes
    hash: bytes
    signature: bytes
    key_id: str
    alg: str = ALG

    @property
    def id(self) -> str:
        return f"{self.journal}/{self.seq}"
