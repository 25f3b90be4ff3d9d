"""Pages of a list: an opaque mark that says where the next one begins, and how moments and rows are written."""

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from central.access import Refusal
from central.store.database import moment_text


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
    except ValueError:
        place = None
    if not isinstance(place, list) or [type(one) for one in place] != list(kinds):
        raise Refusal(422, f"'{mark[:80]}' is no page of this list", "pass the `next` of the page before")
    return tuple(place)


def page_of(
    rows: Sequence[Mapping[str, Any]],
    limit: int,
    key: Sequence[str],
    shown: Callable[[Mapping[str, Any]], dict[str, Any]],
) -> dict[str, Any]:
    """`rows` are up to limit + 1, in the list's order; {rows, next}, where next is null at the end."""
    page = rows[:limit]
    following = mark_of([page[-1][name] for name in key]) if len(rows) > limit else None
    return {"rows": [shown(row) for row in page], "next": following}


def written(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row as JSON: moments (`…_ms`) as RFC 3339 under `…_at`, stored JSON (`content`) opened."""
    said: dict[str, Any] = {}
    for name, value in row.items():
        if name == "content":
            said[name] = json.loads(value)
        elif name.endswith("_ms") and name != "settle_ms":
            said[f"{name[:-3]}_at"] = None if value is None else moment_text(value)
        else:
            said[name] = value
    return said
