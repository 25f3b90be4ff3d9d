"""Central's file: the shipped one loads, a wrong one names every fault."""

from pathlib import Path

import pytest

from central.errors import ConfigError
from central.settings import load_central

SHIPPED = Path(__file__).resolve().parents[2] / "config" / "central.toml"
SECRETS = {"WEIGHGATE_ADMIN_TOKEN": "admin-secret", "WEIGHGATE_TOKEN_QUARRY_1": "quarry-secret"}


def test_shipped_file_loads_with_paths_beside_it() -> None:
    settings = load_central(SHIPPED, SECRETS)
    assert settings.key_file == SHIPPED.parent / "var/central/central.key"
    assert str(SHIPPED.parent / "var/central/central.db") in settings.database_url
    assert "quarry-secret" not in repr(settings)


def test_missing_secrets_are_all_named_with_the_cure() -> None:
    with pytest.raises(ConfigError) as caught:
        load_central(SHIPPED, {})
    assert len(caught.value.faults) == 2
    assert "export WEIGHGATE_ADMIN_TOKEN" in str(caught.value)


def test_a_file_in_another_encoding_is_told_so(tmp_path: Path) -> None:
    path = tmp_path / "central.toml"
    path.write_bytes("# 中心".encode("gbk"))
    with pytest.raises(ConfigError, match="is not UTF-8 at byte 2; save it as UTF-8"):
        load_central(path, SECRETS)


def test_all_faults_of_a_wrong_file_come_at_once(tmp_path: Path) -> None:
    path = tmp_path / "central.toml"
    path.write_text(SHIPPED.read_text().replace("bind =", "bint =").replace("box_keys = []", 'box_keys = ["xyz"]'))
    with pytest.raises(ConfigError) as caught:
        load_central(path, SECRETS)
    text = str(caught.value)
    assert "central.bint: unknown key; known: bind" in text
    assert "sites[0].box_keys" in text
    assert "xyz" in text
