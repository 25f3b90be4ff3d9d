"""What a store holds, read from its file beside the program that writes it: committed rows only."""

import sqlite3
from pathlib import Path
from typing import Any


class Reader:
    """Of one store, wherever its file is: it moves with each life of its machine. Close it before the file is moved."""

    def __init__(self) -> None:
        self._file: Path | None = None
        self._connection: sqlite3.Connection | None = None

    def rows(self, file: Path, query: str, *arguments: Any) -> list[Any]:
        """None where there is no file yet."""
        if not file.exists():
            return []
        if self._connection is None or file != self._file:
            self.close()
            self._file, self._connection = file, sqlite3.connect(f"file:{file}?mode=ro", uri=True)
        return self._connection.execute(query, arguments).fetchall()

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None
