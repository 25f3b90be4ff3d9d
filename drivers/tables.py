"""A parsed TOML table taken apart key by key, so that one reading of a file finds all its faults."""

from collections.abc import Mapping, Sequence
from typing import Any


class MapError(ValueError):
    """A register file is wrong; `faults` holds one line per fault."""

    def __init__(self, source: str, faults: list[str]) -> None:
        self.source = source
        self.faults = faults
        super().__init__(f"{source}:\n" + "\n".join(f"  {fault}" for fault in faults))


class TableChecker:
    """Takes keys out of a table and writes down everything that is wrong with them."""

    def __init__(self, table: Mapping[str, Any], where: str = "", faults: list[str] | None = None) -> None:
        self.table = table
        self.where = where
        self.faults: list[str] = [] if faults is None else faults

    def text(self, key: str) -> str:
        value = self.table.get(key)
        if isinstance(value, str) and value.strip():
            return value
        self.faults.append(f"{self.where}{key}: a text is needed, not {value!r}")
        return ""

    def texts(self, key: str) -> list[str]:
        value = self.table.get(key)
        if isinstance(value, list) and value and all(isinstance(one, str) and one.strip() for one in value):
            return value
        self.faults.append(f"{self.where}{key}: a list of texts is needed, not {value!r}")
        return []

    def choice(self, key: str, known: Sequence[str | int]) -> Any:
        """One of `known`, or None."""
        value = self.table.get(key)
        if type(value) in (str, int) and value in known:
            return value
        self.faults.append(f"{self.where}{key}: unknown {value!r}; known: {', '.join(map(str, known))}")
        return None

    def whole(self, key: str, low: int, high: int, default: int | None = None) -> int:
        value = self.table.get(key, default)
        if type(value) is int and low <= value <= high:
            return value
        self.faults.append(f"{self.where}{key}: a whole number from {low} to {high} is needed, not {value!r}")
        return low

    def only(self, *known: str) -> None:
        extra = sorted(set(self.table) - set(known))
        self.faults += [f"{self.where}{key}: unknown key; known: {', '.join(known)}" for key in extra]

    def inner(self, key: str) -> "TableChecker":
        value = self.table.get(key)
        if not isinstance(value, dict):
            self.faults.append(f"{self.where}{key}: a table is needed, not {value!r}")
            value = {}
        return TableChecker(value, f"{self.where}{key}.", self.faults)
