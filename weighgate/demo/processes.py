"""The demo's children: started, killed as ordered, started again, and none left behind."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def _die_with_parent() -> None:
    """Between fork and exec: the kernel ends this child should the demo itself be killed."""
    if _LIBC is not None:
        _LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def spawn(
    command: Sequence[str],
    environ: Mapping[str, str],
    log: Path,
    *,
    folder: Path | None = None,
    user: str | None = None,
) -> subprocess.Popen[bytes]:
    """Start a program whose words go to the log, and which does not outlive us."""
    with open(log, "ab") as out:
        return subprocess.Popen(
            command,
            env={**os.environ, **environ},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            cwd=folder,
            user=user,
            preexec_fn=_die_with_parent,  # noqa: PLW1509 - one prctl call, no Python state is touched
        )


@dataclass
class Child:
    """One process of the demo. `wanted` is whether it should be running now, `fell` how often it ended unbidden."""

    name: str
    command: Sequence[str]
    environ: Mapping[str, str] = field(repr=False)
    log: Path
    wanted: bool = True
    starts: int = 0
    fell: int = 0
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.wanted = True
        self.starts += 1
        self.process = spawn(self.command, self.environ, self.log)

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def kill(self) -> None:
        """As a power cut would."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self, timeout_s: float = 6.0) -> None:
        self.wanted = False
        if self.process is None or not self.running:
            return
        self.process.terminate()
        try:
            self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.kill()


def weighgate(*words: str) -> list[str]:
    return [sys.executable, "-m", "weighgate", *words]


def supervise(children: Sequence[Child]) -> list[str]:
    """Start again whoever should run and does not, as systemd would; returns their names."""
    fallen = [child for child in children if child.wanted and not child.running]
    for child in fallen:
        child.fell += 1
        child.start()
    return [child.name for child in fallen]


def deaths(children: Sequence[Child]) -> list[str]:
    """Who ended though nobody killed it, or came to its own end with an error: each as a sentence."""
    said = [f"{child.name} died unbidden, {child.fell} times; its log: {child.log}" for child in children if child.fell]
    return said + [
        f"{child.name} ended with exit code {child.process.returncode}; its log: {child.log}"
        for child in children
        if not child.fell and child.process is not None and (child.process.poll() or 0) > 0
    ]


def stop_all(children: Sequence[Child]) -> None:
    """In the order given; ask first, then insist."""
    for child in children:
        child.wanted = False
        if child.running and child.process is not None:
            child.process.terminate()
    deadline = time.monotonic() + 6
    for child in children:
        child.stop(max(0.1, deadline - time.monotonic()))
    assert not any(child.running for child in children)


def broker_command(port: int) -> list[str]:
    return [sys.executable, "-m", "weighgate.demo.broker", str(port)]
