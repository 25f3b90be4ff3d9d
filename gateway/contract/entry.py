"""A journal entry, version 1: its exact bytes are made once, chained, signed, stored, and sent unaltered.

    hash      = SHA-256(prev_hash ‖ bytes)            prev_hash of the first entry is 32 zero bytes
    signature = Ed25519(box key, hash)                alg "ed25519-sha256"
    id        = <journal>/<seq>                       seq counts from 1 without gaps

Additive only: a reader ignores fields and stores types it does not know.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any

import rfc8785
from pydantic_core import PydanticSerializationError, to_json

ALG = "ed25519-sha256"
GENESIS = bytes(32)
ENTRY_BYTES_MAX = 256 * 1024
ENTRY_TYPES = ("weighing", "release", "correction", "evidence", "evasion", "refusal", "device", "audit")

_INTEGER_MAX = 2**53 - 1
_KEY = itemgetter(0)


def canonical(document: Mapping[str, Any]) -> bytes:
    """RFC 8785 canonical JSON. Numbers are integers; decimals travel as text.

    Raises:
        rfc8785.CanonicalizationError: a value that RFC 8785 cannot hold.
    """
    whole = dict(document)
    try:
        return to_json(_ordered(whole))
    except (_NotPlain, PydanticSerializationError):  # the latter: half a surrogate pair
        return rfc8785.dumps(whole)


def is_canonical(document: Mapping[str, Any], body: bytes) -> bool:
    """Whether these bytes, of which `document` was read, are its RFC 8785 form.

    Raises:
        rfc8785.CanonicalizationError: a value that RFC 8785 cannot hold.
    """
    if type(document) is dict and _is_ordered(document):
        return to_json(document) == body  # it keeps the order that was read; twice as fast as making a new one
    return canonical(document) == body


class _NotPlain(Exception):  # noqa: N818 - never seen outside
    """Something that a common encoder writes otherwise than RFC 8785 does."""


def _ordered(value: Any) -> Any:
    """The same with keys in order, for a common encoder, five times as fast, to make the canonical bytes of it.

    Such write texts and integers as RFC 8785 does, but not floats; and RFC 8785 sorts by UTF-16 units: for ASCII that
    is the order of code points.
    """
    kind = type(value)
    if kind is str or value is None or kind is bool:
        return value
    if kind is dict:
        return {key: one if type(one) is str else _ordered(one) for key, one in _in_order(value)}
    if kind is list or kind is tuple:
        return [one if type(one) is str else _ordered(one) for one in value]
    if kind is int and -_INTEGER_MAX <= value <= _INTEGER_MAX:
        return value
    raise _NotPlain


def _in_order(value: dict[Any, Any]) -> list[tuple[str, Any]]:
    try:
        if "".join(value).isascii():
            return sorted(value.items(), key=_KEY)
    except TypeError:  # a key that is no text
        pass
    raise _NotPlain


def _is_ordered(value: dict[Any, Any] | list[Any]) -> bool:
    """Whether a common encoder that sorts nothing makes the canonical bytes of it."""
    inside: Iterable[Any] = value
    if isinstance(value, dict):
        inside = value.values()
        try:
            if not "".join(value).isascii() or list(value) != sorted(value):
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
        elif not ((kind is dict or kind is list) and _is_ordered(one)):
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
