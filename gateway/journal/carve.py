"""Rows found by their own shape, in a file that SQLite itself no longer reads (https://sqlite.org/fileformat2.html).

No page is trusted to say what it is: a row of `entries` or `blobs` is known by the serial types in its header, followed
over its overflow pages, and believed only by whoever checks its hash and signature.
"""

import mmap
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from gateway.contract.entry import StoredEntry
from gateway.ports import Evidence

PAGE_BYTES = 4096
FRAME_HEAD_BYTES = 24
LOG_HEAD_BYTES = 32
HEADER_BYTES_MAX = 40
ROW_BYTES_MAX = 33 * 1024 * 1024
LOCAL_MAX = PAGE_BYTES - 35
LOCAL_MIN = (PAGE_BYTES - 12) * 32 // 255 - 23
SERIAL_BYTES = 12  # serial types from here on: even is bytes, odd is text, and the length is half of what is above
ENTRY_MARK = re.compile(rb"\x4c\x4c\x81\x0c[\x0d-\x7f]\x29", re.DOTALL)
"""prev_hash and hash of 32 bytes, a signature of 64, a key's name, "ed25519-sha256": the end of an entry's header."""
BLOB_MARK = re.compile(rb"(?=\x81\x0d[\x0d-\x7f].{1,5}?[\x01\x08\x09][0-9a-f]{64})", re.DOTALL)
"""A name of 64 digits, a media type, the content and a small number; then the name itself."""

Source = bytes | mmap.mmap
Value = int | bytes | None


@dataclass(slots=True)
class Image:
    """A database file and its log as bytes. `frames`: where the log holds its newest copy of a page."""

    file: Source
    log: Source
    frames: dict[int, int] = field(init=False)
    _blobs: dict[str, list[tuple[Source, int]]] | None = None

    def __post_init__(self) -> None:
        salts = self.log[16:24]
        self.frames = {}
        for at in range(
            LOG_HEAD_BYTES, len(self.log) - FRAME_HEAD_BYTES - PAGE_BYTES + 1, FRAME_HEAD_BYTES + PAGE_BYTES
        ):
            head = self.log[at : at + FRAME_HEAD_BYTES]
            if head[8:16] == salts or self.log[:4] not in (b"\x37\x7f\x06\x82", b"\x37\x7f\x06\x83"):
                self.frames[int.from_bytes(head[:4], "big")] = at + FRAME_HEAD_BYTES

    def entries(self) -> Iterator[tuple[int | None, StoredEntry]]:
        """Whatever has the shape of an entry, with its row number where that can be read. Nothing is proved yet."""
        for source in (self.log, self.file):
            for mark in ENTRY_MARK.finditer(source):
                for length in range(13, HEADER_BYTES_MAX):
                    start = mark.end() - length
                    if start >= 0 and source[start] == length and source[start + 1] == 0:
                        yield from self._entry(source, start)

    def evidence(self, sha256: str) -> Iterator[Evidence]:
        """Whatever is stored under this name; its content is not proved yet."""
        if self._blobs is None:
            self._blobs = self._find_blobs()
        for source, start in self._blobs.get(sha256, ()):
            for row in self._rows(source, start, columns=4):
                media_type, content = row[1], row[2]
                if isinstance(media_type, bytes) and isinstance(content, bytes):
                    yield Evidence(sha256, media_type.decode(errors="replace"), content)

    def _find_blobs(self) -> dict[str, list[tuple[Source, int]]]:
        found: dict[str, list[tuple[Source, int]]] = {}
        for source in (self.log, self.file):
            for mark in BLOB_MARK.finditer(source):
                start = mark.start() - 1
                if start >= 0 and 5 <= source[start] <= 12:
                    name = bytes(source[start + source[start] : start + source[start] + 64])
                    found.setdefault(name.decode("latin-1"), []).append((source, start))
        return found

    def _entry(self, source: Source, start: int) -> Iterator[tuple[int | None, StoredEntry]]:
        for row in self._rows(source, start, columns=12):
            _, journal, seq, type_, _, _, body, prev_hash, hash_, signature, key_id, alg = row
            texts = [bytes(value).decode(errors="replace") for value in (journal, type_, key_id, alg) if value]
            proof = [value for value in (prev_hash, hash_, signature) if isinstance(value, bytes)]
            if isinstance(seq, int) and isinstance(body, bytes) and (len(texts), len(proof)) == (4, 3):
                entry = StoredEntry(texts[0], seq, texts[1], body, proof[0], proof[1], proof[2], texts[2], texts[3])
                yield _row_number(source, start, _size(source, start)), entry

    def _rows(self, source: Source, start: int, columns: int) -> Iterator[list[Value]]:
        """The record whose header begins here; twice if its later pages may lie in the log or in the file."""
        size = _size(source, start)
        types = _types(source, start)
        if len(types) != columns or size > ROW_BYTES_MAX:
            return
        for logged in (True, False) if self.frames and size > LOCAL_MAX else (True,):
            payload = self._payload(source, start, size, logged=logged)
            if payload is not None:
                yield _values(payload, types)

    def _payload(self, source: Source, start: int, size: int, *, logged: bool) -> bytes | None:
        local = _local(size)
        content = bytearray(source[start : start + local])
        following = int.from_bytes(source[start + local : start + local + 4], "big") if local < size else 0
        while len(content) < size:
            page = self._page(following, logged=logged)
            if following == 0 or len(page) < PAGE_BYTES:
                return None
            content += page[4 : 4 + min(PAGE_BYTES - 4, size - len(content))]
            following = int.from_bytes(page[:4], "big")
        return bytes(content)

    def _page(self, number: int, *, logged: bool) -> bytes:
        at = self.frames.get(number) if logged else None
        if at is not None:
            return bytes(self.log[at : at + PAGE_BYTES])
        return bytes(self.file[(number - 1) * PAGE_BYTES : number * PAGE_BYTES]) if number else b""


def mapped(path: Path) -> Source:
    """The file's bytes, read from disk as they are looked at; a file that is not there has none."""
    if not path.exists() or path.stat().st_size == 0:
        return b""
    with path.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def _varint(source: Source, at: int) -> tuple[int, int]:
    """The number here, and where the next one begins."""
    value = 0
    for place in range(8):
        byte = source[at + place]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at + place + 1
    return value << 8 | source[at + 8], at + 9


def _types(source: Source, start: int) -> list[int]:
    """The serial types of the record whose header begins here; none if it is no header."""
    types = []
    with suppress(IndexError):
        length, at = _varint(source, start)
        while length <= HEADER_BYTES_MAX and at < start + length:
            serial, at = _varint(source, at)
            types.append(serial)
        if at == start + length:
            return types
    return []


def _width(serial: int) -> int:
    return (0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0)[serial] if serial < SERIAL_BYTES else (serial - SERIAL_BYTES) // 2


def _size(source: Source, start: int) -> int:
    return int(source[start]) + sum(_width(serial) for serial in _types(source, start))


def _local(size: int) -> int:
    """How much of a row lies on its own page; the rest is on overflow pages."""
    if size <= LOCAL_MAX:
        return size
    fitting = LOCAL_MIN + (size - LOCAL_MIN) % (PAGE_BYTES - 4)
    return fitting if fitting <= LOCAL_MAX else LOCAL_MIN


def _values(payload: bytes, types: list[int]) -> list[Value]:
    values: list[Value] = []
    at = payload[0]
    for serial in types:
        chunk = payload[at : at + _width(serial)]
        at += len(chunk)
        if serial >= SERIAL_BYTES:
            values.append(chunk)
        elif serial in (8, 9):
            values.append(serial - 8)
        else:
            values.append(int.from_bytes(chunk, "big", signed=True) if 0 < serial < 7 else None)
    return values


def _row_number(source: Source, start: int, size: int) -> int | None:
    """Before a record stand its size and its row number."""
    for length in range(1, 10):
        for size_length in range(1, 6):
            at = start - length - size_length
            if at >= 0 and _varint(source, at) == (size, start - length):
                number, end = _varint(source, start - length)
                if end == start:
                    return number
    return None
