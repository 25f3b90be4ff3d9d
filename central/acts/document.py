"""Reading an entry's document as far as it says something: whatever else is there is None, and nothing raises."""

import json
from collections.abc import Mapping
from typing import Any

KG_MAX = 10_000_000


class Document:
    """One table of a document. Every reader below is total."""

    __slots__ = ("_table",)

    def __init__(self, table: object) -> None:
        self._table: Mapping[str, Any] = table if isinstance(table, dict) else {}

    def sub(self, *names: str) -> "Document":
        found: Document = self
        for name in names:
            found = Document(found._table.get(name))
        return found

    def text(self, name: str, chars_max: int = 128) -> str | None:
        value = self._table.get(name)
        # PostgreSQL takes no NUL in text
        return value.replace("\0", "")[:chars_max] or None if isinstance(value, str) else None

    def number(self, name: str) -> int | None:
        value = self._table.get(name)
        return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= KG_MAX else None

    def flag(self, name: str) -> bool | None:
        value = self._table.get(name)
        return value if isinstance(value, bool) else None

    def texts(self, name: str) -> tuple[str, ...]:
        value = self._table.get(name)
        return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()

    def tables(self, name: str) -> tuple["Document", ...]:
        value = self._table.get(name)
        return tuple(Document(one) for one in value if isinstance(one, dict)) if isinstance(value, list) else ()

    def strings(self) -> dict[str, str]:
        return {key: value for key, value in self._table.items() if isinstance(value, str) and value}


def content_of(body: bytes) -> Document:
    """An entry's content. The receiver has checked that the body is a JSON object."""
    return Document(json.loads(body)).sub("content")
