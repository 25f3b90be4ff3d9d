"""The box's key: private, never overwritten, and a plain no to whatever it did not sign."""

import hashlib
from pathlib import Path

import pytest

from gateway.contract.signing import verify
from gateway.errors import ConfigError
from gateway.keys import load_key, new_key


def test_a_new_key_is_private_and_loads_again(tmp_path: Path) -> None:
    made, loaded = new_key(tmp_path / "box.pem"), load_key(tmp_path / "box.pem")
    assert (tmp_path / "box.pem").stat().st_mode & 0o777 == 0o600
    assert made.public_hex == loaded.public_hex
    assert loaded.key_id == hashlib.sha256(bytes.fromhex(loaded.public_hex)).hexdigest()[:16]
    signature = loaded.sign(b"hash")
    assert verify(made.public_hex, signature, b"hash")
    assert not verify(made.public_hex, signature, b"another")
    assert not verify("zz", signature, b"hash")
    assert not verify(made.public_hex, b"short", b"hash")
    assert loaded.public_hex not in repr(loaded)


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    new_key(tmp_path / "box.pem")
    with pytest.raises(ConfigError, match="never overwritten"):
        new_key(tmp_path / "box.pem")


def test_a_key_that_others_can_read_is_refused_with_the_cure(tmp_path: Path) -> None:
    new_key(tmp_path / "box.pem")
    (tmp_path / "box.pem").chmod(0o644)
    with pytest.raises(ConfigError, match=r"mode 0644.*chmod 600"):
        load_key(tmp_path / "box.pem")


def test_what_is_no_key_says_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="weighgate keys"):
        load_key(tmp_path / "absent.pem")
    (tmp_path / "noise.pem").write_text("noise")
    (tmp_path / "noise.pem").chmod(0o600)
    with pytest.raises(ConfigError, match="not an unencrypted PEM key"):
        load_key(tmp_path / "noise.pem")
