"""JSON lines from anybody: bounded, strict, and with a name for what is wrong with each.

Stricter than Python's reader (RFC 8259 leaves these open, and programs read them differently): an object that names a
field twice, a number that is not finite, half of a surrogate pair, and nesting beyond reason are refused.
"""

import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

LINE_BYTES_MAX = 1_048_576
DEPTH_MAX = 32
SHOWN_CHARS_MAX = 200
PLAIN = frozenset({int, float, bool, type(None)})
"""Types of values in which nothing can be wrong: a number that is not finite has a type of its own."""
TOO_DEEP = f"is nested more than {DEPTH_MAX} deep"


class BadLineError(ValueError):
    """One field of a line is wrong; `field` is "" where the line as a whole is, `id` its id where that can be told."""

    def __init__(self, field: str, value: object, reason: str, id_: object = None) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.value = value
        self.reason = reason
        self.id = id_


def lines_of(file: BinaryIO) -> Iterator[bytes | None]:
    """Every line that is not blank. None stands for one above LINE_BYTES_MAX, which is skipped and never held whole."""
    while line := file.readline(LINE_BYTES_MAX + 1):
        if len(line) > LINE_BYTES_MAX and not line.endswith(b"\n"):
            while line and not line.endswith(b"\n"):
                line = file.readline(LINE_BYTES_MAX)
            yield None
        elif line.strip():
            yield line


def parse_line(line: bytes | None) -> dict[str, Any]:
    """The object in this line.

    Raises:
        BadLineError: not UTF-8, not JSON, not an object, too long, or one of the things refused above.
    """
    if line is None or len(line) > LINE_BYTES_MAX + 1:
        raise BadLineError("", None, f"a line has at most {LINE_BYTES_MAX} bytes")
    try:
        text = line.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        shown = line[: SHOWN_CHARS_MAX // 4].decode("utf-8", "backslashreplace")
        raise BadLineError("", shown, f"is not UTF-8 at byte {error.start}") from error
    shown = text[:SHOWN_CHARS_MAX]
    try:
        found = DECODER.decode(text)
    except (ValueError, RecursionError) as error:
        raise BadLineError("", shown, f"is not JSON: {error}") from error
    if not isinstance(found, _Object):
        raise BadLineError("", shown, "is not a JSON object")
    _refuse(found)
    return found


def dump_line(answer: dict[str, Any]) -> bytes:
    """One line of UTF-8. What the input held is given back as it came: half a surrogate pair as its escape."""
    return ENCODER.encode(answer).encode("utf-8", "backslashreplace") + b"\n"


ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False)
"""Made once: json.dumps makes one for each call that asks for anything unusual."""


class _NotFinite(str):
    """The text of a number that is none."""

    __slots__ = ()


class _Object(dict[str, Any]):
    """An object that remembers the fields it names twice."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.twice: set[str] = set()
        if len(self) < len(pairs):
            found = Counter(name for name, _ in pairs)
            self.twice = {name for name, times in found.items() if times > 1}


def _finite(text: str) -> float | str:
    number = float(text)
    return number if math.isfinite(number) else _NotFinite(text)


DECODER = json.JSONDecoder(parse_constant=_NotFinite, parse_float=_finite, object_pairs_hook=_Object)


def _refuse(found: _Object) -> None:
    id_ = found.get("id")
    clean_id = id_ if _fault_in(id_, DEPTH_MAX) is None else None
    for field, value in found.items():
        if field in found.twice:
            raise BadLineError(field, value, "stands twice in one object", clean_id)
        fault = _fault_in(field, 0) or _fault_in(value, 1)
        if fault is not None:
            raise BadLineError(field, None if fault == TOO_DEEP else value, fault, clean_id)


def _fault_in_text(value: str) -> str | None:
    if isinstance(value, _NotFinite):
        return f"{value} is not a finite number"
    halved = not value.isascii() and any("\ud800" <= one <= "\udfff" for one in value)
    return "holds half of a surrogate pair, which is no character" if halved else None


def _fault_in(value: object, depth: int) -> str | None:
    """What is wrong with this value or anything in it."""
    if depth > DEPTH_MAX:
        return TOO_DEEP
    if type(value) in PLAIN:
        return None
    if isinstance(value, str):
        return _fault_in_text(value)
    inner: Iterable[object] = ()
    if isinstance(value, _Object):
        if value.twice:
            return f"names {', '.join(sorted(value.twice))} twice in one object"
        inner = [*value, *value.values()]
    elif isinstance(value, list):
        inner = value
    for one in inner:
        fault = None if type(one) in PLAIN else _fault_in(one, depth + 1)
        if fault is not None:
            return fault
    return None
