"""How far central's database has been, kept beside the evidence, where a restored database does not reach.

The database counts its commits, and each count is noted here before the commit is acknowledged. A database that has
counted less than the file says was brought back from a backup (`central/store/identity.py` draws the conclusion).

The file is one line of fixed length, written over in place: that outlives a kill at any moment. A power cut may take
the last notes with it, which only makes the file say less; so it is never ahead of a database that lost nothing.
"""

import os
from pathlib import Path

from central.errors import ConfigError, StoreError

FILE_NAME = "high-water"
DIGITS = 20


class HighWater:
    """`commits` is the highest count noted, None where there is no readable file: nobody knows how far it was."""

    def __init__(self, folder: Path) -> None:
        """Raises ConfigError: the file cannot be written."""
        self._path = folder / FILE_NAME
        try:
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            text = os.pread(self._file, DIGITS + 2, 0)
        except OSError as error:
            fault = (
                f"central.evidence_dir: {self._path} cannot be written: {error.strerror}; cure: let central write it"
            )
            raise ConfigError(str(folder), [fault]) from error
        whole = len(text) == DIGITS + 1 and text.endswith(b"\n") and text[:-1].isdigit()
        self.commits = int(text) if whole else None

    def note(self, commits: int) -> None:
        """Remember a commit before anybody is told of it. Answers of other commits may have come first.

        Raises:
            StoreError: it cannot be noted, and so may not be acknowledged.
        """
        if self.commits is not None and commits <= self.commits:
            return
        try:
            os.pwrite(self._file, b"%0*d\n" % (DIGITS, commits), 0)
        except OSError as error:
            raise StoreError(f"{self._path} cannot be written: {error.strerror}") from error
        self.commits = commits

    def to_disk(self) -> None:
        """At the start and at the end; in between the system writes it within half a minute.

        Raises:
            StoreError: the disk does not take it.
        """
        try:
            os.fsync(self._file)
        except OSError as error:
            raise StoreError(f"{self._path} cannot be written: {error.strerror}") from error

    def close(self) -> None:
        os.close(self._file)
