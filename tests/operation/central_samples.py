"""A central's settings and a box that makes entries for it, without a network."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from central.settings import CentralSettings, SiteSettings
from gateway.contract.entry import GENESIS, StoredEntry, canonical, chain_hash
from gateway.contract.signing import public_hex_of
from gateway.keys import new_key


class Box:
    """Makes a chain of entries as a gateway does."""

    site, journal = "quarry-1", "j1"

    def __init__(self) -> None:
        self.now = datetime(2026, 5, 1, 8, 0, tzinfo=UTC)
        self.key = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"box").digest())
        self._seq, self._last = 0, GENESIS

    def make(self) -> StoredEntry:
        self._seq += 1
        body = canonical(
            {
                "v": 1, "id": f"{self.journal}/{self._seq}", "journal": self.journal, "seq": self._seq,
                "type": "audit", "site": self.site, "lane": None, "at": "2026-05-01T07:00:00.000Z",
                "clock": {}, "content": {"event": "sample"},
            }
        )  # fmt: skip
        before, self._last = self._last, chain_hash(self._last, body)
        signed = self.key.sign(self._last)
        key_id = public_hex_of(self.key)[:16]
        return StoredEntry(self.journal, self._seq, "audit", body, before, self._last, signed, key_id)


def central_settings(folder: Path) -> CentralSettings:
    new_key(folder / "central.key")
    return CentralSettings(
        host="127.0.0.1", port=0, database_url=f"sqlite:///{folder}/central.db", evidence_dir=folder / "evidence",
        key_file=folder / "central.key", admin_token="admin-token-1", mqtt=None,
        sites=(SiteSettings(Box.site, "site-token-1", (public_hex_of(Box().key),)),),
    )  # fmt: skip
