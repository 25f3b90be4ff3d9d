"""Keys and tokens drawn from the seed: the same world signs the same bytes. Never used outside it."""

import random
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat


def write_key(path: Path, rng: random.Random) -> str:
    """Make the key file; its public half in hex."""
    private = Ed25519PrivateKey.from_private_bytes(rng.randbytes(32))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    path.chmod(0o600)
    return private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()


def token(rng: random.Random) -> str:
    return rng.randbytes(24).hex()
