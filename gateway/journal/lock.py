"""One program per journal: an advisory lock on a file beside it, which dies with its process, even with kill -9."""

import fcntl
import os
from dataclasses import dataclass
from pathlib import Path

from gateway.errors import JournalError


@dataclass(frozen=True, slots=True)
class DirectoryLock:
    """Held until released or until the process ends."""

    descriptor: int

    def release(self) -> None:
        os.close(self.descriptor)


def lock_directory(directory: Path) -> DirectoryLock:
    """Make this folder ours.

    Raises:
        JournalError: another process has it (the message names it), or the folder cannot be written.
    """
    path = directory / "journal.lock"
    try:
        directory.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise JournalError(f"{path} cannot be opened ({error.strerror}); check owner and mode of the folder") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        holder = os.read(descriptor, 32).decode(errors="replace").strip() or "unknown"
        os.close(descriptor)
        raise JournalError(
            f"the journal in {directory} is in use by process {holder}; "
            "cure: stop that one, or give this gateway a folder of its own"
        ) from error
    try:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    except OSError:
        pass  # on a full disk the lock still holds; only its holder's number is missing
    return DirectoryLock(descriptor)
