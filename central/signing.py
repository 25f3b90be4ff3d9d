"""Central's own key: every acknowledgement is signed, so that an edge deletes nothing on a stranger's word."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from central.errors import ConfigError
from gateway.contract.entry import canonical
from gateway.contract.signing import KeyFileError, public_hex_of, read_private_key
from gateway.contract.wire import Acknowledgement, signed_part


@dataclass(frozen=True, slots=True, repr=False)
class CentralKey:
    private: Ed25519PrivateKey

    @property
    def public_hex(self) -> str:
        """What a site file pins as `central.public_key`."""
        return public_hex_of(self.private)

    def secret_for(self, purpose: str) -> bytes:
        """32 bytes that only this key's owner can make, the same each time: Ed25519 signs without chance."""
        return hashlib.sha256(self.private.sign(purpose.encode())).digest()

    def signed(self, ack: Acknowledgement) -> Acknowledgement:
        return ack.model_copy(update={"signature": self.private.sign(canonical(signed_part(ack))).hex()})


def load_signing_key(path: Path) -> CentralKey:
    """The Ed25519 key in this PEM file.

    Raises:
        ConfigError: no such file, others may read it, or it holds no Ed25519 key.
    """
    try:
        return CentralKey(read_private_key(path))
    except KeyFileError as error:
        raise ConfigError(str(path), [f"central.key_file: {error}"]) from error
