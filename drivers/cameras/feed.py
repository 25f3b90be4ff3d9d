"""Cameras that are asked: a connection that stays open, on which each event comes when it comes.

    http   GET, answered by parts without end: an event's text, then its pictures, a heartbeat in between
    tcp    framed messages, ours to keep it open, theirs for each event

What comes is handed up as one body and its content type, as if the camera had pushed it. The protocol's `decode` reads
both, and there is one description of its format.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from drivers.cameras.multipart import Part, PartStream, body_of

PICTURES_MAX = 4
Body = tuple[bytes, str]


class EventReader(Protocol):
    """One for each connection: any chunks in, whole events out. FrameError: out of step, connect anew."""

    def feed(self, chunk: bytes) -> list[Body]: ...

    def flush(self) -> list[Body]:
        """What was begun and can be told now, because nothing more came for a while."""


@dataclass(frozen=True, slots=True)
class Feed:
    """How a camera is asked. `path` is for HTTP; `hello` and `heartbeat` are sent on TCP.

    A connection on which nothing has come for `silent_ms` is frozen: it is opened anew.
    """

    reader: Callable[[str], EventReader]
    silent_ms: int
    path: str = ""
    hello: bytes = b""
    heartbeat: bytes = b""
    heartbeat_ms: int = 5000


class PartEvents:
    """Events of a multipart stream: `texts` cuts what one text part tells; `pictures` says how many follow it."""

    def __init__(
        self, content_type: str, texts: Callable[[Part], list[bytes]], pictures: Callable[[bytes], int], kind: str
    ) -> None:
        self._stream = PartStream(content_type)
        self._texts, self._pictures, self._kind = texts, pictures, kind
        self._open: list[bytes] = []
        self._seen: list[bytes] = []

    def feed(self, chunk: bytes) -> list[Body]:
        found: list[Body] = []
        for part in self._stream.feed(chunk):
            if part.is_picture:
                self._seen += [part.content] if self._open and len(self._seen) < PICTURES_MAX else []
            else:
                found += self.flush()
                self._open = self._texts(part)
            if self._open and len(self._seen) >= self._pictures(self._open[0]):
                found += self.flush()
        return found

    def flush(self) -> list[Body]:
        texts, pictures = self._open, self._seen
        self._open, self._seen = [], []
        suffix = "xml" if "xml" in self._kind else "txt"
        files = [(f"picture{place}.jpg", "image/jpeg", one) for place, one in enumerate(pictures)]
        return [body_of([(f"event.{suffix}", self._kind, text), *files]) for text in texts]
