"""A journal entry, version 1: its exact bytes are made once, chained, signed, stored, and sent unaltered.

    hash      = SHA-256(prev_hash ‖ bytes)            prev_hash of the first entry is 32 zero bytes
    signature = Ed25519(box key, hash)                alg "ed25519-sha256"
    id        = <journal>/<seq>                       seq counts from 1 without gaps

Additive only: a reader ignores fields and stores types it does not know.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import rfc8785
from pydantic_core import to_json

ALG = "ed25519-sha256"
GENESIS = bytes(32)
ENTRY_BYTES_MAX = 256 * 1024
ENTRY_TYPES = ("weighing", "release", "correction", "evidence", "evasion", "refusal", "device", "audit")

_INTEGER_MAX = 2**53 - 1
_PLAIN_JSON = json.JSONEncoder(ensure_ascii=False, check_circular=False, sort_keys=True, separators=(",", ":")).encode


def canonical(document: Mapping[str, Any]) -> bytes:
    """RFC 8785 canonical JSON. Numbers are integers; decimals travel as text.

    Raises:
        rfc8785.CanonicalizationError: a value that RFC 8785 cannot hold.
    """
    whole = dict(document)
    if _is_plain(whole):
        try:
            return _PLAIN_JSON(whole).encode()
        except UnicodeEncodeError:
            pass  # half a surrogate pair: the library says so in its own words
    return rfc8785.dumps(whole)


def is_canonical(document: Mapping[str, Any], body: bytes) -> bool:
    """Whether these bytes, of which `document` was read, are its RFC 8785 form.

    Raises:
        rfc8785.CanonicalizationError: a value that RFC 8785 cannot hold.
    """
    if type(document) is dict and _is_plain(document, in_order=True):
        return to_json(document) == body  # it keeps the order that was read; twice as fast as making a new one
    return canonical(document) == body


def _is_plain(value: dict[Any, Any] | list[Any] | tuple[Any, ...], *, in_order: bool = False) -> bool:
    """Whether a common encoder, ten times as fast, makes the canonical bytes of it; `in_order`: one that sorts nothing.

    Such write texts and integers as RFC 8785 does, but not floats, and sort keys by code points where RFC 8785 sorts
    by UTF-16 units: one order for ASCII.
    """
    inside: Iterable[Any] = value
    if isinstance(value, dict):
        inside = value.values()
        try:
            if not "".join(value).isascii() or (in_order and list(value) != sorted(value)):
                return False
        except TypeError:  # a key that is no text
            return False
    for one in inside:
        kind = type(one)
        if kind is str or one is None or kind is bool:
            continue
        if kind is int:
            if not -_INTEGER_MAX <= one <= _INTEGER_MAX:
                return False
        elif not ((kind is dict or kind is list or kind is tuple) and _is_plain(one, in_order=in_order)):
            return False
    return True


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
