"""A folder in which another system leaves files of finished records: each is taken once.

    FOLDER/a.mon → FOLDER/taking/a.mon → journal → FOLDER/taken/a.mon, or FOLDER/refused/a.mon

A file is claimed before it is read, so a folder that cannot be written is not read. What a crash leaves in `taking` is
taken again, and the journal knows the records that it has. A file is claimed once it has stood unchanged: one that is
still being written is left alone, and one whose last line has no end is given longer.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path

from drivers.errors import FrameError
from drivers.records import FORMATS
from gateway.downlink.shelf import flush_folder
from gateway.errors import JournalError
from gateway.record_desk import RecordDesk, TooMany
from gateway.settings import RecordsSource

FILE_BYTES_MAX = 4 * 1024 * 1024
RECORDS_MAX = 20_000
LOOK_S = 5
LOOKS, LOOKS_TORN = 3, 12
"""So many looks in a row find a file the same before it is claimed; with a last line that has no end, so many."""
FILES_MAX = 1000
"""At one look, and kept in `taken` and in `refused`: the oldest go first, their bytes are evidence in the journal."""
UNFINISHED = (".part", ".tmp", ".filepart", ".crdownload")
Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Seen:
    name: str
    size: int
    changed_ns: int


class RecordFolder:
    """One source's folder. `run` looks into it until it is cancelled; a disk that fails is told once until it works."""

    def __init__(
        self, source: RecordsSource, desk: RecordDesk, alarm: Callable[[str, str], None], sleep: Sleep = asyncio.sleep
    ) -> None:
        self._source, self._desk, self._alarm, self._sleep = source, desk, alarm, sleep
        self._folder = Path(source.folder)
        self._looks: dict[Seen, int] = {}
        self._failing = False

    async def run(self) -> None:
        while True:
            await self.look()
            await self._sleep(LOOK_S)

    async def look(self) -> None:
        """Claim what has come to rest, and take what is claimed."""
        try:
            for name in await asyncio.to_thread(self._claimed):
                await self._take(name)
        except (OSError, JournalError) as error:
            if not self._failing:
                self._alarm("records-folder", f"source {self._source.id}, {self._folder}: {error}; it is tried again")
            self._failing = True
        else:
            self._failing = False

    def _claimed(self) -> list[str]:
        """Names in `taking`: what was left there, and what has come to rest by now."""
        for fate in ("taking", "taken", "refused"):
            (self._folder / fate).mkdir(exist_ok=True)
        self._looks = {seen: self._looks.get(seen, 0) + 1 for seen in islice(_files(self._folder), FILES_MAX)}
        for seen, looks in list(self._looks.items()):
            if looks >= LOOKS and (looks >= LOOKS_TORN or not self._is_torn(seen)):
                _move(self._folder / seen.name, self._folder / "taking")
                del self._looks[seen]
        return sorted(seen.name for seen in islice(_files(self._folder / "taking"), FILES_MAX))

    def _is_torn(self, seen: Seen) -> bool:
        if not seen.size:
            return True
        ends = b"\n" if FORMATS[self._source.format].lines is not None else b"\n}"
        with open(self._folder / seen.name, "rb") as file:
            file.seek(-1, os.SEEK_END)
            return file.read(1) not in ends

    async def _take(self, name: str) -> None:
        file = self._folder / "taking" / name
        fate = "refused"
        try:
            body = await asyncio.to_thread(_content, file)
            told = await self._desk.take(self._source, body, records_max=RECORDS_MAX)
        except (FrameError, TooMany) as error:
            self._desk.refused(self._source, f"{_shown(name)}: {error}")
        else:
            fate = "refused" if told.refused else "taken"
        await asyncio.to_thread(self._put_away, file, fate)

    def _put_away(self, file: Path, fate: str) -> None:
        _move(file, self._folder / fate)
        old = sorted(_files(self._folder / fate), key=lambda seen: seen.changed_ns)
        for seen in old[:-FILES_MAX]:
            (self._folder / fate / seen.name).unlink()


def _files(folder: Path) -> Iterator[Seen]:
    """Plain files that do not call themselves unfinished; a link might lead anywhere and is not followed."""
    with os.scandir(folder) as found:
        for one in found:
            if one.is_file(follow_symlinks=False) and not one.name.startswith(".") and not _unfinished(one.name):
                said = one.stat(follow_symlinks=False)
                yield Seen(one.name, said.st_size, said.st_mtime_ns)


def _unfinished(name: str) -> bool:
    return name.lower().endswith(UNFINISHED)


def _shown(name: str) -> str:
    """As text that a page and a log can hold: other systems write their names in GB18030 too."""
    written = os.fsencode(name)
    try:
        return written.decode("utf-8")
    except UnicodeDecodeError:
        return written.decode("gb18030", "replace")


def _content(file: Path) -> bytes:
    """All of it. FrameError where it is longer than is taken."""
    with open(file, "rb") as opened:
        body = opened.read(FILE_BYTES_MAX + 1)
    if len(body) > FILE_BYTES_MAX:
        raise FrameError(f"more than {FILE_BYTES_MAX} bytes; leave it in pieces")
    return body


def _move(file: Path, folder: Path) -> None:
    """Into the folder, beside what has its name already; on disk when it returns."""
    names = (file.name if number == 1 else f"{file.stem}-{number}{file.suffix}" for number in count(1))
    file.rename(next(place for name in names if not (place := folder / name).exists()))
    flush_folder(folder)
