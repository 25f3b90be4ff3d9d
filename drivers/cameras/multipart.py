r"""Parts of a multipart body, whole or as it comes: what cameras push, and what they send without end.

    --boundary\r\n  Content-Type: …  [Content-Length: n]  \r\n\r\n  content  \r\n--boundary …

Where a part says its length it is believed, for a picture may hold the boundary. Everything is bounded.
Source: RFC 2046, 5.1; lengths as Dahua and Hikvision devices send them.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from drivers.errors import FrameError

PARTS_MAX = 16
HEAD_BYTES_MAX = 8 * 1024
PART_BYTES_MAX = 8 * 1024 * 1024
LENGTH = re.compile(rb"^content-length:[ \t]*([0-9]{1,9})[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Part:
    """`head` is its header lines as they came."""

    head: bytes
    content: bytes

    @property
    def is_picture(self) -> bool:
        return b"image/" in self.head.lower()


def boundary_of(content_type: str) -> bytes:
    """FrameError where there is none. Some devices write the dashes into it."""
    found = re.search(r'boundary="?([^\s";,]{1,70})', content_type, re.IGNORECASE)
    if found is None:
        raise FrameError("Content-Type: multipart without a boundary")
    return found[1].removeprefix("--").encode("utf-8", "replace")


def parts_of(body: bytes, content_type: str) -> list[Part]:
    """Of a whole body. FrameError where it has too many, or no boundary is told."""
    chunks = body.split(b"--" + boundary_of(content_type), PARTS_MAX + 2)
    if len(chunks) > PARTS_MAX + 2:
        raise FrameError(f"body: more than {PARTS_MAX} parts")
    parts = []
    for chunk in chunks[1:]:
        if chunk.startswith(b"--"):
            break
        head, blank, content = chunk.lstrip(b"\r\n").partition(b"\r\n\r\n")
        if blank:
            parts.append(Part(head, content.removesuffix(b"\r\n")))
    return parts


def body_of(files: Iterable[tuple[str, str, bytes]]) -> tuple[bytes, str]:
    """A whole body and its content type, from (file name, media type, content)."""
    files = list(files)
    boundary = "part" + hashlib.sha256(b"".join(content for _, _, content in files)).hexdigest()[:24]
    body = b"".join(part_bytes(boundary, name, kind, content) for name, kind, content in files)
    return body + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


def part_bytes(boundary: str, name: str, kind: str, content: bytes) -> bytes:
    """One part with its length."""
    field = name.rpartition(".")[0] or name
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"; filename="{name}"\r\n'
        f"Content-Type: {kind}\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content + b"\r\n"


class PartStream:
    r"""Parts of a body without end. `feed` takes any chunks. FrameError: out of step, the connection is opened anew."""

    def __init__(self, content_type: str) -> None:
        self._mark = b"--" + boundary_of(content_type)
        self._buffer = bytearray()
        self._head: bytes | None = None
        self._size: int | None = None
        self._looked = 0

    def feed(self, chunk: bytes) -> list[Part]:
        self._buffer += chunk
        parts = []
        while (part := self._next()) is not None:
            parts.append(part)
        if len(self._buffer) > PART_BYTES_MAX + HEAD_BYTES_MAX:
            raise FrameError(f"stream: a part has more than {PART_BYTES_MAX} bytes")
        return parts

    def _next(self) -> Part | None:
        if self._head is None and not self._read_head():
            return None
        assert self._head is not None
        if self._size is not None:
            if len(self._buffer) < self._size:
                return None
            content = bytes(self._buffer[: self._size])
            del self._buffer[: self._size]
        else:
            end = self._buffer.find(b"\r\n" + self._mark, self._looked)
            if end < 0:  # what has been looked through is not looked through again
                self._looked = max(0, len(self._buffer) - len(self._mark) - 1)
                return None
            content = bytes(self._buffer[:end])
            del self._buffer[: end + 2]
            self._looked = 0
        part, self._head = Part(self._head, content), None
        return part

    def _read_head(self) -> bool:
        start = self._buffer.find(self._mark)
        if start < 0:
            if len(self._buffer) > HEAD_BYTES_MAX:
                raise FrameError(f"stream: no boundary {self._mark!r} in {HEAD_BYTES_MAX} bytes")
            return False
        after = start + len(self._mark)
        line = self._buffer.find(b"\n", after)
        end = self._buffer.find(b"\r\n\r\n", line) if line >= 0 else -1
        if line < 0 or end < 0:
            if len(self._buffer) - start > HEAD_BYTES_MAX:
                raise FrameError(f"stream: a part's head has more than {HEAD_BYTES_MAX} bytes")
            return False
        head = bytes(self._buffer[line + 1 : end])
        found = LENGTH.search(head)
        size = int(found[1]) if found else None
        if size is not None and size > PART_BYTES_MAX:
            raise FrameError(f"stream: a part of {size} bytes; {PART_BYTES_MAX} at most")
        del self._buffer[: end + 4]
        self._head, self._size = head, size
        return True
