"""What the edge need not keep for ever: raw evidence that central has confirmed. Entries and personal rows are no part.

The bytes go; the row with the hash, the entry and its link stay, so that `verify` can tell this from a loss.
"""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection, Text, cast, func, select, text, update

from gateway.contract.entry import instant
from gateway.journal.tables import ACKED, BLOBS, DELETED, DELIVERED, ENTRIES, ENTRY_EVIDENCE, OUTBOX
from gateway.ports import Clock

LOOK_AHEAD = 32
STEP_BLOBS_MAX = 8
STEP_BYTES_MAX = 4 * 1024 * 1024
"""At least one piece goes in a step, so a step takes at most as long as the largest piece."""
MB = 1024 * 1024

_SIZES = ("PRAGMA page_count", "PRAGMA freelist_count", "PRAGMA page_size")
_WAITS = (
    select(ENTRY_EVIDENCE.c.row)
    .join(OUTBOX, OUTBOX.c.row == ENTRY_EVIDENCE.c.row)
    .where(ENTRY_EVIDENCE.c.sha256 == BLOBS.c.sha256, OUTBOX.c.state != ACKED)
)
_NEWEST = (
    select(func.max(func.json_extract(cast(ENTRIES.c.body, Text), "$.at")))
    .join(ENTRY_EVIDENCE, ENTRY_EVIDENCE.c.row == ENTRIES.c.row)
    .where(ENTRY_EVIDENCE.c.sha256 == BLOBS.c.sha256)
    .scalar_subquery()
)
_CANDIDATES = (
    select(BLOBS.c.sha256, func.length(BLOBS.c.content).label("size"), _NEWEST.label("newest"))
    .where(BLOBS.c.delivered == DELIVERED, ~_WAITS.exists())
    .order_by(text("blobs.rowid"))
    .limit(LOOK_AHEAD)
)
"""The oldest confirmed pieces under which no entry still waits for central, and when the last that stands on it was."""


@dataclass(frozen=True, slots=True)
class Keep:
    """How long confirmed evidence stays (`raw_days`), and the size past which the oldest goes sooner (`max_mb`)."""

    raw_days: int
    max_mb: int


@dataclass(frozen=True, slots=True)
class Retention:
    """One small step at a time, inside the writer's transaction."""

    keep: Keep
    clock: Clock

    def step(self, connection: Connection) -> int:
        """Delete the bytes of a few pieces, oldest first; how many."""
        surplus = _used_bytes(connection) - self.keep.max_mb * MB
        before = instant(self.clock.now() - timedelta(days=self.keep.raw_days))
        chosen: list[str] = []
        freed = 0
        for row in connection.execute(_CANDIDATES):
            if len(chosen) == STEP_BLOBS_MAX or (chosen and freed + row.size > STEP_BYTES_MAX):
                break
            if freed < surplus or row.newest is None or row.newest < before:  # instants sort as they are written
                chosen.append(row.sha256)
                freed += row.size
        if chosen:
            gone = update(BLOBS).where(BLOBS.c.sha256.in_(chosen)).values(content=b"", delivered=DELETED)
            connection.execute(gone)
        return len(chosen)


def _used_bytes(connection: Connection) -> int:
    """What is in use: the file itself does not shrink, its free pages are filled again."""
    pages, free, size = (int(connection.exec_driver_sql(pragma).scalar_one()) for pragma in _SIZES)
    return (pages - free) * size
