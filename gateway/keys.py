"""The box's own key: Ed25519, one PEM file that only its owner can read. It signs every entry this box makes.

A key file is never overwritten: what an older key signed must stay provable, and the way to a new key is a new file.
"""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from gateway.contract.signing import KeyFileError, public_hex_of, read_private_key
from gateway.errors import ConfigError


@dataclass(frozen=True, slots=True, repr=False)
class BoxKey:
    """A loaded key. `key_id` is the first 16 hex digits of SHA-256 over the raw public key (32 bytes)."""

    private: Ed25519PrivateKey

    @property
    def public_hex(self) -> str:
        return public_hex_of(self.private)

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


def own_key(path: Path) -> BoxKey:
    """The box's own key, made at its first start: enrol its public half at central. ConfigError as for both others."""
    return load_key(path) if path.exists() else new_key(path)


def load_key(path: Path) -> BoxKey:
    """The key in this file.

    Raises:
        ConfigError: no such file, others may read it, or it holds no Ed25519 key.
    """
    try:
        return BoxKey(read_private_key(path))
    except KeyFileError as error:
        raise ConfigError(str(path), [str(error)]) from error
