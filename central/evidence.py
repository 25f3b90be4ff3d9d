"""Evidence files by SHA-256: taken in pieces, resumable, complete only when the bytes are those of the name.

<dir>/<first two digits>/<sha256>        complete, never written again
<dir>/partial/<site>/<sha256>            what has come so far
"""

import asyncio
import hashlib
import os
import re
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from central.errors import Busy, HashMismatch, NoRoom, WrongOffset

EVIDENCE_BYTES_MAX = 256 * 1024 * 1024
PARTIALS_PER_SITE_MAX = 1_000
FREE_BYTES_MIN = 256 * 1024 * 1024
READ_BYTES = 1024 * 1024
_NAME = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Held:
    """How much of a file is here, bytes."""

    offset: int
    complete: bool


class EvidenceStore:
    """Site ids are trusted names (they come from the settings); file names are checked here."""

    def __init__(self, folder: Path, *, free_bytes_min: int = FREE_BYTES_MIN) -> None:
        self._folder = folder
        self._free_bytes_min = free_bytes_min
        self._writing: set[str] = set()

    def path(self, name: str) -> Path:
        assert _NAME.fullmatch(name)
        return self._folder / name[:2] / name

    async def held(self, site: str, name: str) -> Held:
        return await asyncio.to_thread(self._held, site, name)

    async def put(self, site: str, name: str, start: int, total: int, pieces: AsyncIterator[bytes]) -> Held:
        """Append pieces from byte `start` of a file of `total` bytes.

        What arrived before a broken connection stays, so that the next request resumes.

        Raises:
            WrongOffset, HashMismatch, Busy, NoRoom: see central.errors.
        """
        if name in self._writing:
            raise Busy("another request is writing this file; ask again with HEAD")
        self._writing.add(name)
        try:
            held = await asyncio.to_thread(self._ready, site, name, start, total)
            if held.complete:
                return held
            partial = self._partial(site, name)
            size = start
            async for piece in pieces:
                size += len(piece)
                if size > total:
                    raise NoRoom(f"the body runs past the {total} bytes announced")
                await asyncio.to_thread(_append, partial, piece)
            if size < total:
                return Held(size, complete=False)
            await asyncio.to_thread(self._finish, partial, name)
            return Held(total, complete=True)
        finally:
            self._writing.discard(name)

    def _partial(self, site: str, name: str) -> Path:
        assert _NAME.fullmatch(name)
        return self._folder / "partial" / site / name

    def _held(self, site: str, name: str) -> Held:
        final = self.path(name)
        if final.exists():
            return Held(final.stat().st_size, complete=True)
        partial = self._partial(site, name)
        return Held(partial.stat().st_size if partial.exists() else 0, complete=False)

    def _ready(self, site: str, name: str, start: int, total: int) -> Held:
        held = self._held(site, name)
        if held.complete:
            return held
        if total > EVIDENCE_BYTES_MAX:
            raise NoRoom(f"the file has {total} bytes; at most {EVIDENCE_BYTES_MAX}")
        if start != held.offset:
            raise WrongOffset(held.offset)
        partial = self._partial(site, name)
        partial.parent.mkdir(parents=True, exist_ok=True)
        if shutil.disk_usage(partial.parent).free - (total - start) < self._free_bytes_min:
            raise NoRoom("the evidence disk is nearly full; cure: free space at central")
        if not partial.exists():
            _drop_oldest(partial.parent)
        return held

    def _finish(self, partial: Path, name: str) -> None:
        digest = hashlib.sha256()
        with partial.open("rb") as file:
            while piece := file.read(READ_BYTES):
                digest.update(piece)
            os.fsync(file.fileno())
        if digest.hexdigest() != name:
            partial.unlink()
            raise HashMismatch("the bytes are not those of this SHA-256; what came is dropped, send from byte 0")
        final = self.path(name)
        final.parent.mkdir(parents=True, exist_ok=True)
        partial.replace(final)
        for folder in (final.parent, self._folder):
            _sync_folder(folder)


def _append(path: Path, piece: bytes) -> None:
    with path.open("ab") as file:
        file.write(piece)


def _drop_oldest(folder: Path) -> None:
    # parts can be sent again, so the oldest go when a site leaves too many behind
    parts = sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime)
    for path in parts[: max(0, len(parts) - PARTIALS_PER_SITE_MAX + 1)]:
        path.unlink()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
