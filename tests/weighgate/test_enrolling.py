"""Enrolling a site at central is one step: what the command prints is appended to central's file."""

import shutil
import subprocess
import sys
from pathlib import Path

from central.settings import load_central
from gateway.keys import load_key

CONFIG = Path(__file__).resolve().parents[2] / "config"


def enrol(site: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "weighgate", "keys", "enrol", str(site)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_what_enrol_prints_is_all_that_central_needs(tmp_path: Path) -> None:
    shutil.copytree(CONFIG / "sites", tmp_path / "sites")
    central_file = tmp_path / "central.toml"
    central_file.write_text((CONFIG / "central.toml").read_text())
    ended = enrol(tmp_path / "sites" / "toll.toml")
    assert ended.returncode == 0, ended.stderr
    assert "export WEIGHGATE_TOKEN_TOLL_1" in ended.stderr
    with central_file.open("a") as file:
        file.write(ended.stdout)
    names = ("WEIGHGATE_ADMIN_TOKEN", "WEIGHGATE_TOKEN_QUARRY_1", "WEIGHGATE_TOKEN_TOLL_1")
    settings = load_central(central_file, {name: f"secret-of-{name}" for name in names})
    key = load_key(tmp_path / "sites" / "var" / "toll-1" / "box.key")
    enrolled = settings.site("toll-1")
    assert enrolled is not None
    assert (enrolled.box_keys, enrolled.token) == ((key.public_hex,), "secret-of-WEIGHGATE_TOKEN_TOLL_1")


def test_a_key_that_is_there_already_is_kept(tmp_path: Path) -> None:
    shutil.copytree(CONFIG / "sites", tmp_path / "sites")
    first = enrol(tmp_path / "sites" / "toll.toml")
    assert first.returncode == 0
    assert enrol(tmp_path / "sites" / "toll.toml").stdout == first.stdout


def test_a_file_that_is_no_site_is_said(tmp_path: Path) -> None:
    ended = enrol(tmp_path / "nothing.toml")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "nothing.toml" in ended.stderr
