"""Central's own key: every acknowledgement is signed, so that an edge deletes nothing on a stranger's word."""

import stat
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from central.errors import ConfigError
from gateway.contract.entry import canonical
from gateway.contract.wire import Acknowledgement, signed_part

KEY_FILE_BYTES_MAX = 16 * 1024


@dataclass(frozen=True, slots=True, repr=False)
class CentralKey:
    private: Ed25519PrivateKey

    @property
    def public_hex(self) -> str:
        """What a site file pins as `central.public_key`."""
        return self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()

    def signed(self, ack: Acknowledgement) -> Acknowledgement:
        return ack.model_copy(update={"signature": self.private.sign(canonical(signed_part(ack))).hex()})


def load_signing_key(path: Path) -> CentralKey:
    """The Ed25519 key in this PEM file.

    Raises:
        ConfigError: no such file, others may read it, or it holds no Ed25519 key.
    """
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        with path.open("rb") as file:
            pem = file.read(KEY_FILE_BYTES_MAX)
    except OSError as error:
        fault = f"central's key cannot be read: {error.strerror}; make one: weighgate keys new {path}"
        raise ConfigError(str(path), [fault]) from error
    if mode & 0o077:
        raise ConfigError(str(path), [f"others may use this key (mode {mode:04o}); cure: chmod 600 {path}"])
    try:
        private = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ConfigError(str(path), ["this is not an unencrypted PEM key; restore it from its backup"]) from error
    if not isinstance(private, Ed25519PrivateKey):
        raise ConfigError(str(path), ["this key is not Ed25519; make one: weighgate keys new FILE"])
    return CentralKey(private)


def verifies(public_hex: str, signature: bytes, data: bytes) -> bool:
    """Whether the owner of this public key signed exactly this."""
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_hex)).verify(signature, data)
    except (InvalidSignature, ValueError):
        return False
    return True
