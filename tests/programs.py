"""Start the programs that tests need, privately: a free port, a folder of their own, nothing left running.

Where one is not installed the test skips; with CI=true it fails, so that a green run there means it was really used.
"""

import itertools
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

import psycopg
import pytest

START_S_MAX = 30
TRIES_MAX = 3
_NUMBERS = itertools.count(1)


def find_program(name: str) -> str:
    """The path of an installed program; skips the test, or fails it where CI=true, when there is none."""
    places = [os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"]
    places += map(str, sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True))
    found = shutil.which(name, path=os.pathsep.join(places))
    if found is None:
        reason = f"{name} is not installed; `make programs` says what is missing"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return found


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def answers(port: int) -> bool:
    try:
        with closing(socket.create_connection(("127.0.0.1", port), timeout=1)):
            return True
    except OSError:
        return False


def takes_statements(port: int) -> bool:
    """PostgreSQL opens its port before it is ready for anyone."""
    try:
        psycopg.connect(host="127.0.0.1", port=port, user="weighgate", dbname="postgres", connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


def stop(process: subprocess.Popen[bytes], how: signal.Signals = signal.SIGTERM) -> None:
    process.send_signal(how)
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(timeout=10)


def await_start(process: subprocess.Popen[bytes], ready: Callable[[], bool]) -> bool:
    """True once it is ready; False when it ended first (its port was taken by another in between)."""
    until = time.monotonic() + START_S_MAX
    while time.monotonic() < until:
        if process.poll() is not None:
            return False
        if ready():
            return True
        time.sleep(0.02)
    return False


def started(
    command: Callable[[int], list[str]],
    log: Path,
    *,
    user: str | None = None,
    ready: Callable[[int], bool] = answers,
) -> tuple[subprocess.Popen[bytes], int]:
    """Start on a free port; the port can be lost to another process in between, so try again a few times."""
    for _ in range(TRIES_MAX):
        port = free_port()
        with log.open("ab") as out:
            process = subprocess.Popen(command(port), stdout=out, stderr=out, user=user, cwd=log.parent)
        if await_start(process, partial(ready, port)):
            return process, port
        stop(process)
    pytest.fail(f"did not start: {log.read_text(errors='replace')[-2000:]}")


@contextmanager
def private_folder(user: str | None = None) -> Iterator[Path]:
    """A folder outside pytest's own, whose parents are closed to another user."""
    folder = Path(tempfile.mkdtemp(prefix="weighgate-test-"))
    try:
        if user is not None:
            shutil.chown(folder, user)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def broker_command(folder: Path, port: int, options: tuple[str, ...] = ()) -> list[str]:
    """A Mosquitto on loopback that keeps nothing; its configuration lies in the folder. `options` are further lines."""
    lines = [f"listener {port} 127.0.0.1", "allow_anonymous true", "persistence false"]
    if os.geteuid() == 0:
        lines.append("user root")
    (folder / "mosquitto.conf").write_text("\n".join([*lines, *options]) + "\n")
    return [find_program("mosquitto"), "-c", str(folder / "mosquitto.conf")]


class Broker:
    """A Mosquitto on loopback that keeps nothing, and can end and start again on the same port."""

    def __init__(self, folder: Path, options: tuple[str, ...]) -> None:
        self._folder, self._options = folder, options
        self._process, self.port = started(self._command, folder / "mosquitto.log")

    def _command(self, port: int) -> list[str]:
        return broker_command(self._folder, port, self._options)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        stop(self._process, how)

    def start_again(self) -> None:
        with (self._folder / "mosquitto.log").open("ab") as out:
            self._process = subprocess.Popen(self._command(self.port), stdout=out, stderr=out, cwd=self._folder)
        assert await_start(self._process, partial(answers, self.port))


@contextmanager
def running_broker(*options: str) -> Iterator[Broker]:
    """A broker that may be ended and started again; `options` are further lines of its configuration."""
    with private_folder() as folder:
        broker = Broker(folder, options)
        try:
            yield broker
        finally:
            broker.stop()


@contextmanager
def running_mosquitto(*options: str) -> Iterator[int]:
    """A broker on loopback; `options` are further lines of its configuration. Yields the port."""
    with running_broker(*options) as broker:
        yield broker.port


def ordinary_user() -> str | None:
    """Who runs PostgreSQL when we are root: it refuses to."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in ("postgres", "nobody") if name in known)


def postgres_store(store: Path, user: str | None) -> None:
    """An empty PostgreSQL cluster on this path; everyone on loopback is `weighgate`."""
    command = [find_program("initdb"), "-D", str(store), "-U", "weighgate", "-A", "trust", "-E", "UTF8", "--locale=C"]
    subprocess.run([*command, "--no-sync"], check=True, capture_output=True, user=user, cwd=store.parent)


def postgres_command(store: Path, port: int, *settings: str) -> list[str]:
    """TCP on loopback only; `settings` are further ones, as name=value."""
    known = ("listen_addresses=127.0.0.1", f"port={port}", "unix_socket_directories=")
    words = [word for setting in (*known, *settings) for word in ("-c", setting)]
    return [find_program("postgres"), "-D", str(store), *words]


@contextmanager
def running_postgres() -> Iterator[int]:
    """A PostgreSQL without durability (tests only), everyone is `weighgate`. Yields the port."""
    user = ordinary_user()
    with private_folder(user) as folder:
        postgres_store(folder / "store", user)
        quick = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
        process, port = started(
            lambda port: postgres_command(folder / "store", port, *quick, "max_connections=50", "shared_buffers=32MB"),
            folder / "postgres.log",
            user=user,
            ready=takes_statements,
        )
        try:
            yield port
        finally:
            stop(process, signal.SIGINT)  # ends at once; SIGTERM would wait for clients that forgot to leave


@contextmanager
def fresh_database(port: int) -> Iterator[str]:
    """The SQLAlchemy URL of an empty database of this PostgreSQL; gone afterwards."""
    name = f"test_{next(_NUMBERS)}"
    with _connect(port) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    yield f"postgresql+psycopg://weighgate@127.0.0.1:{port}/{name}"
    with _connect(port) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def _connect(port: int) -> psycopg.Connection:
    return psycopg.connect(host="127.0.0.1", port=port, user="weighgate", dbname="postgres", autocommit=True)
