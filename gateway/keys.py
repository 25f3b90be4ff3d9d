"""The box's own key: Ed25519, one PEM file that only its owner can read. It signs every entry this box makes.

A key file is never overwritten: what an older key signed must stay provable, and the way to a new key is a new file.
"""

import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from gateway.errors import ConfigError

KEY_FILE_BYTES_MAX = 16 * 1024


@dataclass(frozen=True, slots=True, repr=False)
class BoxKey:
    """A loaded key. `key_id` is the first 16 hex digits of SHA-256 over the raw public key (32 bytes)."""

    private: Ed25519PrivateKey

    @property
    def public_hex(self) -> str:
        return self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()

    @property
    def key_id(self) -> str:
        return key_id_of(self.public_hex)

    def sign(self, data: bytes) -> bytes:
        """64 bytes (RFC 8032)."""
        return self.private.sign(data)

    def __repr__(self) -> str:
        return f"BoxKey({self.key_id})"


def key_id_of(public_hex: str) -> str:
    return hashlib.sha256(bytes.fromhex(public_hex)).hexdigest()[:16]


def new_key(path: Path) -> BoxKey:
    """Make a key file, mode 0600, and the folders it needs.

    Raises:
        ConfigError: a file is already there, or the folder cannot be written.
    """
    private = Ed25519PrivateKey.generate()
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise ConfigError(str(path), ["a key is already here and is never overwritten; name another file"]) from error
    except OSError as error:
        fault = f"the key cannot be written: {error.strerror}; name a folder that you may write to"
        raise ConfigError(str(path), [fault]) from error
    with os.fdopen(descriptor, "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())
    return BoxKey(private)


def load_key(path: Path) -> BoxKey:
    """The key in this file.

    Raises:
        ConfigError: no such file, others may read it, or it holds no Ed25519 key.
    """
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            pem = file.read(KEY_FILE_BYTES_MAX)
    except OSError as error:
        cure = "make one with `weighgate keys new`" if isinstance(error, FileNotFoundError) else "check its owner"
        raise ConfigError(str(path), [f"the key cannot be read: {error.strerror}; {cure}"]) from error
    if mode & 0o077:
        raise ConfigError(str(path), [f"others may use this key (mode {mode:04o}); cure: chmod 600 {path}"])
    try:
        private = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError) as error:
        raise ConfigError(
            str(path), ["this is not an unencrypted PEM key; restore the file from its backup"]
        ) from error
    if not isinstance(private, Ed25519PrivateKey):
        raise ConfigError(str(path), ["this key is not Ed25519; make one with `weighgate keys new`"])
    return BoxKey(private)


def verify(public_hex: str, signature: bytes, data: bytes) -> bool:
    """Whether the owner of this public key signed exactly this. A malformed key or signature is a plain no."""
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_hex)).verify(signature, data)
    except (InvalidSignature, ValueError):
        return False
    return True
