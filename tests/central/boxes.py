"""A site's box with a raw key, making entries as a gateway does."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from gateway.contract.entry import GENESIS, StoredEntry, canonical, chain_hash

NOW = datetime(2026, 5, 1, 8, 0, tzinfo=UTC)
ADMIN, TOKEN = "admin-token-1", "site-token-1"


def public_hex(key: Ed25519PrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()


class Box:
    """Makes a journal as a gateway does."""

    def __init__(self, site: str = "quarry-1", journal: str = "j1", seed: bytes = b"box") -> None:
        self.site, self.journal = site, journal
        self.key = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(seed).digest())
        self.entries: list[StoredEntry] = []

    def make(
        self, kind: str = "weighing", prev: bytes | None = None, at: str | None = None, **content: Any
    ) -> StoredEntry:
        seq = len(self.entries) + 1
        body = canonical(
            {
                "v": 1,
                "id": f"{self.journal}/{seq}",
                "journal": self.journal,
                "seq": seq,
                "type": kind,
                "site": self.site,
                "lane": "1",
                "at": at or f"2026-05-01T07:00:{seq % 60:02d}.000Z",
                "clock": {"synchronised": True, "offset_ms": 0},
                "content": content,
            }
        )
        prev = prev if prev is not None else self.entries[-1].hash if self.entries else GENESIS
        digest = chain_hash(prev, body)
        entry = StoredEntry(
            self.journal, seq, kind, body, prev, digest, self.key.sign(digest), public_hex(self.key)[:16]
        )
        self.entries.append(entry)
        return entry

    def weigh(self, gross_kg: int = 30_000, outcome: str = "within") -> StoredEntry:
        return self.make(
            passage="p",
            check="first",
            parent=None,
            identity={"plate": "豫A12345", "colour": "yellow"},
            measurement={"gross_kg": gross_kg},
            judgement={"road_limit": {"outcome": outcome, "excess_kg": 0}, "action": "release"},
        )


def write_key(path: Path) -> Ed25519PrivateKey:
    key = Ed25519PrivateKey.generate()
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    path.chmod(0o600)
    return key
