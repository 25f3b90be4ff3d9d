"""Many rows in one statement. PostgreSQL takes an array for each column and reads the statement once; row by row it
costs central and PostgreSQL three times the processor. SQLite takes them row by row within the process.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Integer, LargeBinary, Table, insert, text

_TYPES = ((Integer, "bigint[]"), (LargeBinary, "bytea[]"))


class Together:
    """An insert into `table`; `otherwise` is the `ON CONFLICT …` that both databases understand."""

    def __init__(self, table: Table, otherwise: str = "") -> None:
        self._names = [column.name for column in table.c]
        types = [next((name for kind, name in _TYPES if isinstance(column.type, kind)), "text[]") for column in table.c]
        listed, arrays = ", ".join(self._names), ", ".join(f"%b::{name}" for name in types)
        self._arrays = f"INSERT INTO {table.name} ({listed}) SELECT * FROM unnest({arrays}) {otherwise}"  # noqa: S608 - names of our own tables
        values = ", ".join(f":{name}" for name in self._names)
        one = f"INSERT INTO {table.name} ({listed}) VALUES ({values}) {otherwise}"  # noqa: S608
        self._each = text(one) if otherwise else insert(table)

    def run(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Each row has every column. Nothing is done for none."""
        if not rows:
            return
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(self._arrays, tuple([row[name] for row in rows] for name in self._names))
        else:
            connection.execute(self._each, [dict(row) for row in rows])
