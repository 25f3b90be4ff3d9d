"""What each weighing and each look of the relay runs, as SQL for the driver itself: put together once, from the tables.

To run them through SQLAlchemy cost three times as much as SQLite takes for them.
"""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Delete, Insert, Select, Update, bindparam, func, insert, literal_column, or_, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.sqlite import insert as upsert

from gateway.journal.tables import (
    BLOBS,
    DELETED,
    ENTRIES,
    ENTRY_COLUMNS,
    ENTRY_EVIDENCE,
    ENTRY_NAMES,
    MARKERS,
    OUTBOX,
    PARKED,
    PENDING,
    PERSONAL,
    UNDELIVERED,
)

_DIALECT = sqlite.dialect(paramstyle="named")


@dataclass(frozen=True, slots=True)
class Statement:
    """`text` with `:name` for each value; `fixed` are those that never change. Errors are SQLite's own."""

    text: str
    fixed: Mapping[str, Any]

    def run(self, driver: sqlite3.Connection, values: Mapping[str, Any]) -> sqlite3.Cursor:
        return driver.execute(self.text, {**self.fixed, **values})


def _ready(statement: Insert | Select[Any] | Update | Delete, *columns: str) -> Statement:
    """`columns` are those that an insert fills."""
    made = statement.compile(dialect=_DIALECT, column_keys=list(columns) or None)
    given = {*columns, *(name for name, value in made.params.items() if value is None)}
    return Statement(str(made), {name: value for name, value in made.params.items() if name not in given})


_BLOB, _MARKER = upsert(BLOBS), upsert(MARKERS)
_BLOB_AGAIN = _BLOB.on_conflict_do_update(  # of a blob whose bytes had been deleted they come back
    index_elements=["sha256"],
    set_={"content": _BLOB.excluded.content, "delivered": UNDELIVERED},
    where=BLOBS.c.delivered == DELETED,
)
_MARKER_AGAIN = _MARKER.on_conflict_do_update(
    index_elements=["lane"], set_={name: _MARKER.excluded[name] for name in ("passage", "state", "entry_id", "action")}
)

ADD_ENTRY = _ready(insert(ENTRIES), *ENTRY_NAMES, "lane", "passage")
ADD_OUTBOX = _ready(insert(OUTBOX), "row", "state", "priority", "reason")
ADD_PERSONAL = _ready(insert(PERSONAL), "row", "salt", "content")
ADD_BLOB = _ready(_BLOB_AGAIN, "sha256", "media_type", "content", "delivered")
ADD_LINK = _ready(upsert(ENTRY_EVIDENCE).on_conflict_do_nothing(), "row", "sha256")
SET_MARKER = _ready(_MARKER_AGAIN, "lane", "passage", "state", "entry_id", "action")
WEIGHED = _ready(
    select(*ENTRY_COLUMNS).where(
        ENTRIES.c.journal == bindparam("journal"),
        ENTRIES.c.lane == bindparam("lane"),
        ENTRIES.c.passage == bindparam("passage"),
        ENTRIES.c.type == literal_column("'weighing'"),  # as a value it would be planned anew each time: the index asks
    )
)
WAITING = _ready(
    select(OUTBOX.c.state, func.count())
    .where(or_(OUTBOX.c.state == PENDING, OUTBOX.c.state == PARKED))
    .group_by(OUTBOX.c.state)
)
UNDELIVERED_BLOBS = _ready(select(func.count()).select_from(BLOBS).where(BLOBS.c.delivered == UNDELIVERED))
