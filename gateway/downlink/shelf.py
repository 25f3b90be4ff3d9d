"""Bulletins on the edge's own disk, beside the journal and apart from it: a damaged journal takes none of them along.

laws-20270101000000.json       a kept bulletin, its bytes as they were signed
laws-20270101000000.withdrawn  a person took it back: who and why
refused-0123456789abcdef       what was not taken, and why
"""

import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from gateway.contract.down import KINDS, Kind
from gateway.errors import DownlinkError

REFUSED_MAX = 50
COMMANDS_MAX = 500
_KEPT = re.compile(rf"({'|'.join(KINDS)})-([1-9][0-9]{{0,15}})\.json")


class Shelf:
    """Whole files: each is written beside its place, flushed, and moved there. Power lost in between leaves the old."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def prepare(self) -> None:
        """Make the folder; what a lost power left half written goes. Raises DownlinkError."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            for half in self._folder.glob("*.part"):
                half.unlink()
        except OSError as error:
            raise _fault(self._folder, error) from error

    def keep(self, kind: Kind, number: int, sent: bytes) -> None:
        """On disk when it returns. Raises DownlinkError."""
        self._write(f"{kind}-{number}.json", sent)

    def kept(self) -> list[tuple[Kind, int, bytes]]:
        """Every bulletin here, lowest number first. Raises DownlinkError."""
        found = []
        try:
            for file in self._folder.iterdir() if self._folder.is_dir() else ():
                if match := _KEPT.fullmatch(file.name):
                    kind = next(one for one in KINDS if one == match[1])
                    found.append((kind, int(match[2]), file.read_bytes()))
        except OSError as error:
            raise _fault(self._folder, error) from error
        return sorted(found, key=lambda one: one[1])

    def drop(self, kind: Kind, number: int) -> None:
        for name in (f"{kind}-{number}.json", f"{kind}-{number}.withdrawn"):
            (self._folder / name).unlink(missing_ok=True)

    def withdraw(self, kind: Kind, number: int, note: Mapping[str, Any]) -> None:
        """It is not used any more, now and after every start. Raises DownlinkError."""
        self._write(f"{kind}-{number}.withdrawn", _text(note))

    def withdrawn(self, kind: Kind, number: int) -> bool:
        return (self._folder / f"{kind}-{number}.withdrawn").exists()

    def refuse(self, sha256: str, note: Mapping[str, Any]) -> None:
        """Remember what was not taken, the newest REFUSED_MAX of them. Raises DownlinkError."""
        self._write(f"refused-{sha256[:16]}", _text(note))
        self._keep_newest("refused-*", REFUSED_MAX)

    def was_refused(self, sha256: str) -> bool:
        return (self._folder / f"refused-{sha256[:16]}").exists()

    def refused(self) -> list[dict[str, Any]]:
        """The notes, newest first; one that cannot be read is left out."""
        return sorted(self._notes(), key=lambda note: str(note.get("at", "")), reverse=True)

    def command(self, command_id: str) -> str | None:
        """`begun`, `told`, or None where nothing is known of it."""
        try:
            return (self._folder / f"command-{command_id}").read_text(encoding="utf-8")
        except FileNotFoundError:
            return None

    def note_command(self, command_id: str, state: str) -> None:
        """The newest COMMANDS_MAX of them. Raises DownlinkError."""
        self._write(f"command-{command_id}", state.encode())
        self._keep_newest("command-*", COMMANDS_MAX)

    def _keep_newest(self, names: str, count: int) -> None:
        found = sorted(self._folder.glob(names), key=lambda file: (file.stat().st_mtime_ns, file.name))
        for file in found[:-count]:
            file.unlink()

    def _notes(self) -> Iterator[dict[str, Any]]:
        for file in self._folder.glob("refused-*"):
            if file.suffix != ".part":
                try:
                    yield dict(json.loads(file.read_text(encoding="utf-8")))
                except (ValueError, TypeError, RecursionError, OSError):
                    continue

    def _write(self, name: str, content: bytes) -> None:
        part = self._folder / f"{name}.part"
        try:
            with open(part, "wb") as out:
                out.write(content)
                out.flush()
                os.fsync(out.fileno())
            part.replace(self._folder / name)
            flush_folder(self._folder)
        except OSError as error:
            raise _fault(part, error) from error


def flush_folder(folder: Path) -> None:
    """The folder too, or a lost power may forget the new name."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _text(note: Mapping[str, Any]) -> bytes:
    return json.dumps(note, ensure_ascii=False, sort_keys=True).encode()


def _fault(path: Path, error: OSError) -> DownlinkError:
    return DownlinkError(f"{path}: {error.strerror}; let the gateway write there, and see that the disk has room")
