"""Evidence files by SHA-256: taken in pieces, resumable, complete only when the bytes are those of the name.

<dir>/<first two digits>/<sha256>        complete, never written again
<dir>/partial/<site>/<sha256>            what has come so far

A part can always be finished or begun anew: a piece that starts at byte 0 drops what was there, and a part that was
whole already when central was killed is finished by an empty piece that starts at its end.

A file that comes in one small piece, as nearly all do, is gathered first and goes to the disk in one visit; several of
them in one body share that visit. Whatever is called complete is on the disk: the bytes, their name, and the folder
that holds it.
"""

import asyncio
import contextlib
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ParamSpec, TypeVar

from central.durable import sync_folder
from central.errors import Busy, ConfigError, HashMismatch, NoRoom, Stalled, TooLarge, WrongOffset

EVIDENCE_BYTES_MAX = 256 * 1024 * 1024
PARTIALS_PER_SITE_MAX = 1_000
PARTIAL_BYTES_PER_SITE_MAX = 1024 * 1024 * 1024
FREE_BYTES_MIN = 256 * 1024 * 1024
READ_BYTES = 1024 * 1024
GATHERED_BYTES_MAX = 256 * 1024
"""Of a file: what is gathered before it goes to the disk. The edge sends larger ones in pieces of this size."""
SILENT_S_MAX = 60
"""A body that stands still longer gives its file up to the next request."""

_NAME = re.compile(r"[0-9a-f]{64}")

P = ParamSpec("P")
T = TypeVar("T")


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
        self._writing: dict[tuple[str, str], int] = {}  # site and name → the whole size announced
        self._lasting: set[Path] = set()  # folders of complete files that a power cut does not take

    def prepare(self) -> None:
        """Make the folders and see that they can be written.

        Raises:
            ConfigError: they cannot.
        """
        try:
            (self._folder / "partial").mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self._folder):
                pass
        except OSError as error:
            fault = f"central.evidence_dir: cannot be written: {error.strerror}; cure: let central's user write there"
            raise ConfigError(str(self._folder), [fault]) from error

    def path(self, name: str) -> Path:
        assert _NAME.fullmatch(name)
        return self._folder / name[:2] / name

    def arrived(self, name: str) -> bool:
        """Whether the whole file is here."""
        return self.path(name).is_file()

    async def held(self, site: str, name: str) -> Held:
        return await _on_disk(self._held, site, name)

    async def put(self, site: str, name: str, start: int, total: int, pieces: AsyncIterator[bytes]) -> Held:
        """Append pieces from byte `start` of a file of `total` bytes; byte 0 begins it anew.

        What arrived before a broken connection stays, so that the next request resumes.

        Raises:
            WrongOffset, HashMismatch, Busy, Stalled, TooLarge, NoRoom: see central.errors.
        """
        if total > EVIDENCE_BYTES_MAX:
            raise TooLarge(f"the file has {total} bytes; at most {EVIDENCE_BYTES_MAX}")
        if (site, name) in self._writing:
            raise Busy("another request of this site is writing this file; ask again with HEAD")
        self._writing[site, name] = total
        try:
            if start == 0 and total <= GATHERED_BYTES_MAX:
                return await self._put_small(site, name, total, pieces)
            return await self._put_pieces(site, name, start, total, pieces)
        finally:
            del self._writing[site, name]

    async def put_together(self, site: str, pieces: Sequence[tuple[str, bytes]]) -> list[str]:
        """Whole small files by their names; which of them are here now. The others can be put alone, which says why.

        Raises:
            NoRoom: the disk takes nothing.
        """
        mine = {name: content for name, content in pieces if (site, name) not in self._writing}
        self._writing |= {(site, name): len(content) for name, content in mine.items()}
        try:
            return await _on_disk(self._take_together, site, mine)
        finally:
            for name in mine:
                del self._writing[site, name]

    async def _put_small(self, site: str, name: str, total: int, pieces: AsyncIterator[bytes]) -> Held:
        content = bytearray()
        try:
            async for piece in _in_time(pieces):
                _refuse_more(len(content) + len(piece), total)
                content += piece
        except Exception:
            await _on_disk(self._take, site, name, total, bytes(content))
            raise
        return await _on_disk(self._take, site, name, total, bytes(content))

    async def _put_pieces(self, site: str, name: str, start: int, total: int, pieces: AsyncIterator[bytes]) -> Held:
        held = await _on_disk(self._ready, site, name, start, total)
        if held.complete:
            return held
        partial = self._partial(site, name)
        size = start
        async for piece in _in_time(pieces):
            size += len(piece)
            _refuse_more(size, total)
            await _on_disk(_append, partial, piece)
        if size < total:
            return Held(size, complete=False)
        await _on_disk(self._finish, partial, name)
        return Held(total, complete=True)

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
        if start not in (0, held.offset):
            raise WrongOffset(held.offset)
        partial = self._partial(site, name)
        partial.parent.mkdir(parents=True, exist_ok=True)
        if shutil.disk_usage(partial.parent).free - (total - start) < self._free_bytes_min:
            raise NoRoom("the evidence disk is nearly full; cure: free space at central")
        self._make_room(site, name, total)
        with partial.open("ab") as file:
            file.truncate(start)
        return held

    def _make_room(self, site: str, name: str, total: int) -> None:
        """Keep a site's parts within count and bytes: the oldest go, since they can be sent again, but none that is
        being written now.
        """
        busy = {other: size for (owner, other), size in self._writing.copy().items() if owner == site}
        sizes, last_ns = {}, {}
        for path in self._partial(site, name).parent.iterdir():
            with contextlib.suppress(FileNotFoundError):  # complete by now, and moved away
                found = path.stat()
                if path.name != name:
                    sizes[path] = max(found.st_size, busy.get(path.name, 0))
                    last_ns[path] = found.st_mtime_ns
        idle = sorted((path for path in sizes if path.name not in busy), key=last_ns.__getitem__)
        held_bytes = sum(sizes.values())
        while len(sizes) >= PARTIALS_PER_SITE_MAX or held_bytes + total > PARTIAL_BYTES_PER_SITE_MAX:
            if not idle:
                raise NoRoom("this site sends too many large files at once; cure: finish one first")
            oldest = idle.pop(0)
            held_bytes -= sizes.pop(oldest)
            oldest.unlink(missing_ok=True)

    def _take(self, site: str, name: str, total: int, content: bytes) -> Held:
        """All that has come of a file from its byte 0 on: in place when it is whole, else as its part."""
        held = self._ready(site, name, 0, total)
        if held.complete:
            return held
        partial = self._partial(site, name)
        with partial.open("wb") as file:
            file.write(content)
            if len(content) < total:
                return Held(len(content), complete=False)
            file.flush()
            os.fsync(file.fileno())
        self._into_place(partial, name, hashlib.sha256(content).hexdigest())
        return Held(total, complete=True)

    def _take_together(self, site: str, files: Mapping[str, bytes]) -> list[str]:
        here, fresh = [], []
        with contextlib.ExitStack() as open_files:
            for name, content in files.items():
                if hashlib.sha256(content).hexdigest() != name:
                    continue
                if not self._ready(site, name, 0, len(content)).complete:
                    file = open_files.enter_context(self._partial(site, name).open("wb"))
                    file.write(content)
                    file.flush()
                    fresh.append((name, file.fileno()))
                here.append(name)
            for _, descriptor in fresh:  # after the last is written: the disk takes them together
                os.fsync(descriptor)
        self._name([(self._partial(site, name), name) for name, _ in fresh])
        return here

    def _finish(self, partial: Path, name: str) -> None:
        digest = hashlib.sha256()
        with partial.open("rb") as file:
            while piece := file.read(READ_BYTES):
                digest.update(piece)
            os.fsync(file.fileno())
        self._into_place(partial, name, digest.hexdigest())

    def _into_place(self, partial: Path, name: str, digest: str) -> None:
        if digest != name:
            partial.unlink()
            raise HashMismatch("the bytes are not those of this SHA-256; what came is dropped, send from byte 0")
        self._name([(partial, name)])

    def _name(self, synced: Iterable[tuple[Path, str]]) -> None:
        """Parts whose bytes are on the disk become complete files, each folder synced once."""
        folders = set()
        for partial, name in synced:
            final = self.path(name)
            final.parent.mkdir(parents=True, exist_ok=True)
            partial.replace(final)
            folders.add(final.parent)
        for folder in folders:
            sync_folder(folder)
        if folders - self._lasting:  # whoever made them may have been killed before this
            sync_folder(self._folder)
            self._lasting |= folders


def _refuse_more(size: int, total: int) -> None:
    if size > total:
        raise TooLarge(f"the body runs past the {total} bytes announced")


async def _in_time(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    while True:
        try:
            async with asyncio.timeout(SILENT_S_MAX):
                piece = await anext(pieces)
        except StopAsyncIteration:
            return
        except TimeoutError as error:
            raise Stalled(f"nothing came for {SILENT_S_MAX} s; ask HEAD where to go on") from error
        yield piece


def _append(path: Path, piece: bytes) -> None:
    with path.open("ab") as file:
        file.write(piece)


async def _on_disk(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    try:
        return await asyncio.to_thread(work, *args, **kwargs)
    except OSError as error:
        raise NoRoom(f"the evidence disk does not take it: {error.strerror}; cure: look at central's disk") from error
