"""What must be derived anew, put down in the transaction of the fact that touched it.

A topic says what a key names. Marks are a set: the same touches in any order leave the same rows.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection, select
from sqlmodel import Session

from central.store.fact_tables import DUE
from central.store.together import Together


class Due(NamedTuple):
    """`topic` and `key`, and the span of event times that was touched (both ends in it)."""

    topic: str
    key: str
    from_ms: int = 0
    to_ms: int = 0


_MARK = Together(
    DUE,
    "ON CONFLICT (topic, key) DO UPDATE SET"
    " from_ms = CASE WHEN excluded.from_ms < due.from_ms THEN excluded.from_ms ELSE due.from_ms END,"
    " to_ms = CASE WHEN excluded.to_ms > due.to_ms THEN excluded.to_ms ELSE due.to_ms END",
)


def mark_due(connection: Connection, touched: Iterable[Due]) -> None:
    """In key order, so that two writers never wait for each other in a ring."""
    spans: dict[tuple[str, str], tuple[int, int]] = {}
    for topic, key, from_ms, to_ms in touched:
        known = spans.get((topic, key), (from_ms, to_ms))
        spans[topic, key] = min(known[0], from_ms), max(known[1], to_ms)
    rows = [{"topic": t, "key": k, "from_ms": a, "to_ms": b} for (t, k), (a, b) in sorted(spans.items())]
    _MARK.run(connection, rows)


def touched_by(rows: Iterable[Mapping[str, Any]]) -> list[Due]:
    """What freshly stored entries touch: their vehicle, or what they refer to where no plate was read; their site."""
    touched = []
    for row in rows:
        at_ms = row["at_ms"]
        if row["plate"]:
            touched.append(Due("vehicle", row["plate"], at_ms, at_ms))
        else:
            touched.append(Due("loose", row["parent"] or f"{row['journal']}/{row['seq']}", at_ms, at_ms))
        touched.append(Due("site", row["site"], at_ms, at_ms))
    return touched


def take_due(session: Session, topic: str, limit: int) -> list[Due]:
    """The next keys of a topic, taken out; a second central leaves those that this one holds.

    The marks go in this transaction: what fails leaves them, and what touches them meanwhile waits and marks anew.
    """
    connection = session.connection()
    place = (DUE.c.topic, DUE.c.key)
    query = select(*place, DUE.c.from_ms, DUE.c.to_ms).where(DUE.c.topic == topic).order_by(DUE.c.key).limit(limit)
    taken = [Due(*row) for row in connection.execute(query.with_for_update(skip_locked=True))]
    for one in taken:
        connection.execute(DUE.delete().where(DUE.c.topic == one.topic, DUE.c.key == one.key))
    return taken


def drop_due(session: Session, topic: str, key: str) -> Due | None:
    """One key's mark, taken out; None where it is not due."""
    connection = session.connection()
    here = (DUE.c.topic == topic, DUE.c.key == key)
    row = connection.execute(select(DUE.c.from_ms, DUE.c.to_ms).where(*here).with_for_update()).first()
    if row is None:
        return None
    connection.execute(DUE.delete().where(*here))
    return Due(topic, key, row.from_ms, row.to_ms)
