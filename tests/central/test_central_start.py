"""Central that cannot start says what is wrong and what cures it, in one message, with exit 2."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from boxes import ADMIN, write_key
from programs import free_port

from central.errors import StoreError
from central.store import database as database_module
from central.store.database import open_database

SECRET = "s3cret-word"


@pytest.fixture
def taken() -> Iterator[int]:
    """A port on which somebody listens and answers nothing."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        yield int(listener.getsockname()[1])


def start(folder: Path, **changes: str) -> subprocess.CompletedProcess[str]:
    values = {
        "bind": f"127.0.0.1:{free_port()}", "database": "sqlite:///central.db", "evidence_dir": "evidence",
        "key_file": "central.key", "admin_token_env": "TEST_ADMIN_TOKEN", **changes,
    }  # fmt: skip
    write_key(folder / "central.key")
    lines = ["[central]", *(f'{name} = "{value}"' for name, value in values.items()), ""]
    (folder / "central.toml").write_text("\n".join(lines))
    command = [sys.executable, "-m", "weighgate", "central", str(folder / "central.toml")]
    environ = {**os.environ, "TEST_ADMIN_TOKEN": ADMIN}
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=environ)


def test_a_port_already_taken(tmp_path: Path, taken: int) -> None:
    ended = start(tmp_path, bind=f"127.0.0.1:{taken}")
    assert (ended.returncode, "Traceback" in ended.stdout + ended.stderr) == (2, False)
    assert f"127.0.0.1:{taken}" in ended.stderr
    assert "cure: stop the program that has it, or set another port in central.bind" in ended.stderr
    assert not (tmp_path / "central.db").exists()


@pytest.mark.parametrize("bind", ["203.0.113.7:18700", "no-such-host.invalid:18700"])
def test_an_address_that_is_not_ours(tmp_path: Path, bind: str) -> None:
    ended = start(tmp_path, bind=bind)
    assert (ended.returncode, "Traceback" in ended.stdout + ended.stderr) == (2, False)
    assert bind in ended.stderr
    assert "central.bind" in ended.stderr


@pytest.mark.parametrize("changes", [{"database": "sqlite:///blocked/central.db"}, {"evidence_dir": "blocked/x"}])
def test_a_folder_that_cannot_be_written(tmp_path: Path, changes: dict[str, str]) -> None:
    (tmp_path / "blocked").write_text("a file, not a folder")
    ended = start(tmp_path, **changes)
    assert (ended.returncode, "Traceback" in ended.stdout + ended.stderr) == (2, False)
    assert str(tmp_path / "blocked") in ended.stderr
    assert "cure: " in ended.stderr


def test_a_postgresql_that_is_not_there(tmp_path: Path) -> None:
    port = free_port()
    ended = start(tmp_path, database=f"postgresql://central:{SECRET}@127.0.0.1:{port}/central")
    shown = ended.stdout + ended.stderr
    assert (ended.returncode, "Traceback" in shown, SECRET in shown) == (2, False, False)
    assert f"127.0.0.1:{port}" in ended.stderr
    assert "cure: " in ended.stderr


def test_a_postgresql_that_never_answers_is_given_up(taken: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_module, "CONNECT_S_MAX", 2)
    with pytest.raises(StoreError) as caught:
        open_database(f"postgresql+psycopg://central:{SECRET}@127.0.0.1:{taken}/central")
    assert SECRET not in str(caught.value)
    assert "timeout" in str(caught.value)
