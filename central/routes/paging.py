"""Pages of a list: an opaque mark that says where the next one begins, and how moments and rows are written."""

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from central.access import Refusal
from central.store.database import moment_text

MARKS = "weighgate/v1 page marks"
"""What the key of SealedMarks is made for."""


def mark_of(place: Sequence[Any]) -> str:
    """The `next` of a page that ended with this row's key."""
    return base64.urlsafe_b64encode(json.dumps(list(place), ensure_ascii=False).encode()).decode().rstrip("=")


def place_of(mark: str | None, *kinds: type) -> tuple[Any, ...] | None:
    """The key that mark_of() wrote.

    Raises:
        Refusal: 422, it is not one of this list's.
    """
    if mark is None:
        return None
    try:
        place = json.loads(base64.urlsafe_b64decode(mark + "=" * (-len(mark) % 4)))
    except (ValueError, RecursionError):
        place = None
    if not isinstance(place, list) or [type(one) for one in place] != list(kinds) or not all(map(_storable, place)):
        raise Refusal(422, f"'{mark[:80]}' is no page of this list", "pass the `next` of the page before")
    return tuple(place)


def _storable(value: object) -> bool:
    """Whether a database can be asked for it: whole numbers have 64 bits, text has no zero and no half of a pair."""
    if isinstance(value, str):
        return "\0" not in value and not any("\ud800" <= one <= "\udfff" for one in value)
    return not isinstance(value, int) or -(2**63) <= value < 2**63


class SealedMarks:
    """Marks of lists whose order names vehicles: who may not see a plate finds none in them."""

    def __init__(self, secret: bytes) -> None:
        self._cipher = AESSIV(secret)  # deterministic: the same place has the same mark

    def mark_of(self, place: Sequence[Any]) -> str:
        sealed = self._cipher.encrypt(json.dumps(list(place), ensure_ascii=False).encode(), None)
        return base64.urlsafe_b64encode(sealed).decode().rstrip("=")

    def place_of(self, mark: str | None, *kinds: type) -> tuple[Any, ...] | None:
        """The key that this wrote; a mark of another central's key is refused too."""
        if mark is None:
            return None
        try:
            opened = self._cipher.decrypt(base64.urlsafe_b64decode(mark + "=" * (-len(mark) % 4)), None)
        except (ValueError, InvalidTag):
            opened = b"null"
        return place_of(base64.urlsafe_b64encode(opened).decode(), *kinds)


def page_of(
    rows: Sequence[Mapping[str, Any]],
    limit: int,
    key: Sequence[str],
    shown: Callable[[Mapping[str, Any]], dict[str, Any]],
    marked: Callable[[Sequence[Any]], str] = mark_of,
) -> dict[str, Any]:
    """`rows` are up to limit + 1, in the list's order; {rows, next}, where next is null at the end."""
    page = rows[:limit]
    following = marked([page[-1][name] for name in key]) if len(rows) > limit else None
    return {"rows": [shown(row) for row in page], "next": following}


def written(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row as JSON: moments (`…_ms`) as RFC 3339 under `…_at`, stored JSON (`content`) opened."""
    said: dict[str, Any] = {}
    for name, value in row.items():
        if name == "content":
            said[name] = json.loads(value)
        elif name.endswith("_ms") and name != "settle_ms":
            said["at" if name == "at_ms" else f"{name[:-3]}_at"] = None if value is None else moment_text(value)
        else:
            said[name] = value
    return said
