"""The programs of one run as children: started in one folder, killed, started again, and none left behind."""

import os
import random
import shutil
import signal
import socket
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import psutil  # type: ignore[import-untyped,unused-ignore]
from programs import answers, broker_command, ordinary_user, postgres_command, postgres_store, takes_statements

from weighgate.demo.processes import spawn

PORTS = range(20_000, 32_000)  # below those that the kernel lends to outgoing connections: free again after a kill
RESTART_S = 0.1
STOP_S = 10.0


@dataclass
class Program:
    """One child. `falls` counts by exit code its ends that nobody ordered; `start_s` is when it started."""

    name: str
    command: Sequence[str]
    folder: Path
    ready: Callable[[], bool]
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    user: str | None = None
    starts: int = 0
    kills: int = 0
    falls: Counter[int] = field(default_factory=Counter)
    start_s: float = 0.0
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.starts += 1
        self.start_s = time.monotonic()
        log = self.folder / f"{self.name}.log"
        self.process = spawn(self.command, self.environ, log, folder=self.folder, user=self.user)

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def kill(self) -> bool:
        """As a power cut would; False when it had just ended by itself, which is a fall."""
        assert self.process is not None
        self.process.kill()
        killed = self.process.wait() == -signal.SIGKILL
        self.kills += killed
        if not killed:
            self.falls[self.process.returncode] += 1
            self.start()
        return killed

    def look_after(self) -> None:
        """Start it again if it ended by itself, as systemd would."""
        if self.running or time.monotonic() - self.start_s < RESTART_S:
            return
        if self.process is not None:
            self.falls[self.process.returncode] += 1
        self.start()

    def stop(self) -> int:
        """Ask it to end; its exit code, -9 when it had to be made to."""
        assert self.process is not None
        self.process.send_signal(signal.SIGINT if self.name == "database" else signal.SIGTERM)
        try:
            return self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()

    def log_tail(self) -> str:
        path = self.folder / f"{self.name}.log"
        return path.read_text(errors="replace")[-2000:] if path.exists() else ""


def free_ports(count: int) -> list[int]:
    """Ports nobody listens on now; not of the seed, so that two runs of one seed can stand side by side."""
    found: list[int] = []
    while len(found) < count:
        port = random.SystemRandom().choice(PORTS)
        with closing(socket.socket()) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in found:
            found.append(port)
    return found


def broker_at(folder: Path, port: int) -> Program:
    return Program("broker", broker_command(folder, port), folder, partial(answers, port))


def database_at(folder: Path, port: int, *settings: str) -> Program:
    """PostgreSQL with its own durability: what it says is committed must outlive its kill."""
    user, own = ordinary_user(), folder / "postgres"
    own.mkdir(mode=0o700)
    if user is not None:
        folder.chmod(0o755)
        shutil.chown(own, user)
    postgres_store(own / "store", user)
    command = postgres_command(own / "store", port, *settings)
    return Program("database", command, folder, partial(takes_statements, port), user=user)


def still_running(folder: Path) -> list[str]:
    """Whoever works in this folder, orphans included."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and process.cwd().startswith(str(folder)):
                found.append(f"{process.pid} {' '.join(process.cmdline())[:100]}")
        except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
            continue
    return found
