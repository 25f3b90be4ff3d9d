"""The one signature of the contract: Ed25519 (RFC 8032), keys as hex of their raw 32 bytes, private ones in PEM files.

The box signs entries with it, central signs acknowledgements, and each verifies the other. This file only reads keys.
"""

import os
import stat
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InternalError, InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

KEY_FILE_BYTES_MAX = 16 * 1024
KEYS_KEPT_MAX = 1_000


class KeyFileError(Exception):
    """The file gives no key; the text says why and what cures it. Whoever reads it makes it a fault of its own tree."""


def public_hex_of(private: Ed25519PrivateKey) -> str:
    """64 hex digits: what the other side pins."""
    return private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()


def verify(public_hex: str, signature: bytes, data: bytes) -> bool:
    """Whether the owner of this public key signed exactly this. A malformed key or signature is a plain no."""
    try:
        _public_key(public_hex).verify(signature, data)
    except (InvalidSignature, ValueError):
        return False
    return True


@lru_cache(KEYS_KEPT_MAX)
def _public_key(public_hex: str) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_hex))


def read_private_key(path: Path) -> Ed25519PrivateKey:
    """The Ed25519 key in this PEM file, which only its owner may read.

    Raises:
        KeyFileError: no such file, others may read it, or it holds no Ed25519 key.
    """
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            pem = file.read(KEY_FILE_BYTES_MAX)
    except OSError as error:
        cure = f"make one: weighgate keys new {path}" if isinstance(error, FileNotFoundError) else "check its owner"
        raise KeyFileError(f"the key cannot be read: {error.strerror}; {cure}") from error
    if mode & 0o077:
        raise KeyFileError(f"others may use this key (mode {mode:04o}); cure: chmod 600 {path}")
    try:
        private = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm, InternalError) as error:  # the last where OpenSSL has no word
        raise KeyFileError("this is not an unencrypted PEM key; restore the file from its backup") from error
    if not isinstance(private, Ed25519PrivateKey):
        raise KeyFileError("this key is not Ed25519; make one: weighgate keys new FILE")
    return private
