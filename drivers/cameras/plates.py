"""What every plate camera has in common: the shape of a protocol, plate text, and a name for a push."""

import hashlib
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from drivers.cameras.feed import Feed
from drivers.cameras.multipart import Part, parts_of
from drivers.description import Description
from drivers.errors import FrameError
from drivers.readings import Picture, PlateReading

PLATE_CHARS_MAX = 12
NO_PLATE = frozenset({"", "_无_", "无", "无车牌", "UNKNOWN", "<UNKNOWN>", "NOPLATE"})
SEPARATORS = str.maketrans("", "", " \t\r\n.·•・‧∙-")  # 京A·12345 is written with any of these

PICTURE_BYTES_MAX = 4 * 1024 * 1024
PUSH_BYTES_MAX = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class CameraProtocol:
    """A camera that pushes over HTTP, or with a `feed` one that is asked.

    `decode(body, content_type)` raises only FrameError, and gives None for a sign of life that names no vehicle;
    `encode(reading)` gives body and content type, for the simulated camera; `reply` is the answer's body and media
    type, and never opens a gate. `pushes`: it can push.
    """

    name: str
    decode: Callable[[bytes, str], PlateReading | None]
    encode: Callable[[PlateReading], tuple[bytes, str]]
    reply: tuple[bytes, str]
    description: Description
    feed: Feed | None = None
    pushes: bool = True


def text_and_pictures(
    body: bytes, content_type: str, is_text: Callable[[Part], bool]
) -> tuple[bytes, tuple[Picture, ...]]:
    """What a push says, empty where no part says anything, and the pictures beside it; bare, it is all text.

    Raises:
        FrameError: too big, or a multipart body that is none.
    """
    if len(body) > PUSH_BYTES_MAX:
        raise FrameError(f"body: {len(body)} bytes; {PUSH_BYTES_MAX} at most")
    if not content_type.strip().lower().startswith("multipart/"):
        return body, ()
    parts = parts_of(body, content_type)
    pictures = tuple(Picture("scene", part.content) for part in parts if part.is_picture)
    if any(len(one.content) > PICTURE_BYTES_MAX for one in pictures):
        raise FrameError(f"picture: {PICTURE_BYTES_MAX} bytes at most")
    return next((part.content for part in parts if is_text(part)), b""), pictures


def plate_text(raw: str, field: str) -> str | None:
    """Full-width to ASCII, separators out, upper case; None where the camera says it saw none.

    A plate of several territories (粤ZJ068澳|MX7742) gives the first. FrameError names `field`.
    """
    if len(raw) > 4 * PLATE_CHARS_MAX:
        raise FrameError(f"{field}: {len(raw)} characters are no plate")
    text = unicodedata.normalize("NFKC", raw).partition("|")[0].translate(SEPARATORS).upper()
    if text in NO_PLATE:
        return None
    if len(text) > PLATE_CHARS_MAX or not text.isalnum():
        raise FrameError(f"{field}: {raw!r} is no plate")
    return text


def event_id(*parts: object) -> str:
    """The same for every repeat of one push."""
    return hashlib.sha256("\x1f".join(map(str, parts)).encode("utf-8", "surrogatepass")).hexdigest()[:32]
