"""What central does not have yet. Runs inside the writer's transactions, like the store.

    pending ──ack──▶ acked ──central lost it──▶ pending
       │ ▲
       │ └─ retry ──┐
       └─ refused ─▶ parked (stays shown, with central's reason)

Claim order, so that a backlog never delays a live entry: by priority (0 = fresh overload), newest first, for half of
the batch; the other half takes the oldest, so that the backlog moves too however many live entries come.

An entry offered again by a person is untouched by any ack until it has been claimed once more: an answer that was on
its way before must neither park it again nor count it as stored.
"""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, bindparam, func, or_, select, update

from gateway.contract.entry import StoredEntry
from gateway.contract.wire import Acknowledgement
from gateway.errors import OutboxError
from gateway.journal.statements import UNDELIVERED_BLOBS, WAITING
from gateway.journal.tables import (
    ACKED,
    BLOBS,
    DELIVERED,
    ENTRIES,
    ENTRY_COLUMNS,
    ENTRY_EVIDENCE,
    OUTBOX,
    PARKED,
    PENDING,
    UNDELIVERED,
)
from gateway.ports import Evidence

REASON_CHARS_MAX = 500
EVIDENCE_ROOM_BYTES = 8 * 1024 * 1024
SEQ_MAX = 2**62


# What is asked again and again is put together once: the relay looks several times a second, for years.
_FIRST_PRIORITY = select(func.min(OUTBOX.c.priority)).where(OUTBOX.c.state == PENDING)
_NEXT_PRIORITY = _FIRST_PRIORITY.where(OUTBOX.c.priority > bindparam("above"))
_LISTED = func.json_each(bindparam("listed")).table_valued("value").c.value  # one statement for lists of any length
_FIRST_JOURNAL = select(func.min(ENTRIES.c.journal))
_NEXT_JOURNAL = _FIRST_JOURNAL.where(ENTRIES.c.journal > bindparam("after"))
_OF_PRIORITY = (
    select(OUTBOX.c.row, OUTBOX.c.reason, ENTRIES.c.seq)
    .join(ENTRIES, ENTRIES.c.row == OUTBOX.c.row)
    .where(OUTBOX.c.state == PENDING, OUTBOX.c.priority == bindparam("of"))
    .limit(bindparam("most"))
)
_NEWEST_FIRST, _OLDEST_FIRST = _OF_PRIORITY.order_by(OUTBOX.c.row.desc()), _OF_PRIORITY.order_by(OUTBOX.c.row)
_WHOLE = select(ENTRIES.c.row, *ENTRY_COLUMNS).where(ENTRIES.c.row.in_(select(_LISTED)))
_STORED = update(OUTBOX).where(OUTBOX.c.state == PENDING, OUTBOX.c.reason.is_(None)).values(state=ACKED)
"""Pending and not offered again: refused ones are parked just before, so they are not among these."""

_STORED_OF = _STORED.where(
    OUTBOX.c.row.in_(
        select(ENTRIES.c.row).where(ENTRIES.c.journal == bindparam("of"), ENTRIES.c.seq.in_(select(_LISTED)))
    )
)
_BLOBS_DELIVERED = (
    update(BLOBS)
    .where(BLOBS.c.sha256.in_(select(_LISTED)), BLOBS.c.delivered == UNDELIVERED)
    .values(delivered=DELIVERED)
)
_ENTRY_ACKED = (
    select(ENTRY_EVIDENCE.c.sha256)
    .join(OUTBOX, OUTBOX.c.row == ENTRY_EVIDENCE.c.row)
    .where(ENTRY_EVIDENCE.c.sha256 == BLOBS.c.sha256, OUTBOX.c.state == ACKED)
)
_DUE_EVIDENCE = (
    select(BLOBS.c.sha256, BLOBS.c.media_type, BLOBS.c.content)
    .where(
        BLOBS.c.delivered == UNDELIVERED,
        _ENTRY_ACKED.exists(),
        BLOBS.c.sha256.not_in(bindparam("parked", expanding=True)),
    )
    .limit(bindparam("most"))
)


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """One line of `weighgate outbox list`."""

    entry_id: str
    type: str
    lane: str | None
    state: str
    priority: int
    reason: str | None


def claim(connection: Connection, limit: int, exclude: frozenset[int]) -> list[StoredEntry]:
    """At most `limit` pending entries in sending order, none whose seq is excluded."""
    assert limit > 0
    chosen: dict[int, Any] = {}
    for newest, room in ((True, (limit + 1) // 2), (False, limit)):
        for row in _in_order(connection, newest=newest, count=room + len(exclude) + len(chosen)):
            if len(chosen) < room and row.seq not in exclude:
                chosen.setdefault(row.row, row)
    again = [number for number, row in chosen.items() if row.reason is not None]
    if again:
        connection.execute(update(OUTBOX).where(OUTBOX.c.row.in_(again)).values(reason=None))
    whole = {row[0]: StoredEntry(*row[1:]) for row in connection.execute(_WHOLE, {"listed": json.dumps(list(chosen))})}
    return [whole[number] for number in chosen]


def _in_order(connection: Connection, *, newest: bool, count: int) -> Iterator[Any]:
    """Pending rows, priority by priority, so that the index gives the order and a long backlog is never sorted."""
    query = _NEWEST_FIRST if newest else _OLDEST_FIRST
    priority = connection.execute(_FIRST_PRIORITY).scalar()
    while priority is not None and count > 0:
        rows = connection.execute(query, {"of": priority, "most": count}).all()
        count -= len(rows)
        yield from rows
        priority = connection.execute(_NEXT_PRIORITY, {"above": priority}).scalar()


def acknowledge(connection: Connection, ack: Acknowledgement) -> int:
    """Apply central's answer for one journal; how many entries it now has. Unknown journals and numbers are nothing."""
    waiting_again = and_(OUTBOX.c.state == PENDING, OUTBOX.c.reason.is_not(None))
    refused = {one.seq: one.reason or "refused" for one in ack.quarantined} | dict.fromkeys(ack.conflicts, "conflict")
    for seq, reason in refused.items():
        connection.execute(
            update(OUTBOX)
            .where(OUTBOX.c.row == _row_of(ack.journal, seq), ~waiting_again)
            .values(state=PARKED, reason=reason[:REASON_CHARS_MAX])
        )
    listed = {"of": ack.journal, "listed": json.dumps(sorted(set(ack.also)))}
    stored: int = connection.execute(_STORED_OF, listed).rowcount
    if ack.through < 1:
        return stored
    below = and_(ENTRIES.c.journal == ack.journal, ENTRIES.c.seq <= min(ack.through, SEQ_MAX))
    last = select(ENTRIES.c.row).where(below).order_by(ENTRIES.c.seq.desc()).limit(1).scalar_subquery()
    # The first condition spares a look at each entry of a long backlog; the second one says whose they are.
    named = select(ENTRIES.c.row).where(ENTRIES.c.row == OUTBOX.c.row, below).exists()
    return stored + connection.execute(_STORED.where(OUTBOX.c.row <= last, named)).rowcount


def offer_again(connection: Connection, journal: str, above_seq: int, but: Sequence[int] = ()) -> int:
    """Central knows nothing above this but these, of what it refused neither: pending once more, evidence too.

    How many changed. Of `but` only what it had confirmed stays.
    """
    rows = select(ENTRIES.c.row).where(ENTRIES.c.journal == journal, ENTRIES.c.seq > above_seq)
    hashes = select(ENTRY_EVIDENCE.c.sha256).where(ENTRY_EVIDENCE.c.row.in_(rows))
    delivered = update(BLOBS).where(BLOBS.c.sha256.in_(hashes), BLOBS.c.delivered == DELIVERED)
    connection.execute(delivered.values(delivered=UNDELIVERED))
    lost = rows.where(ENTRIES.c.seq.not_in(but)) if but else rows
    gone = or_(
        and_(OUTBOX.c.state == ACKED, OUTBOX.c.row.in_(lost)), and_(OUTBOX.c.state == PARKED, OUTBOX.c.row.in_(rows))
    )
    statement = update(OUTBOX).where(gone)
    return connection.execute(statement.values(state=PENDING, reason=None)).rowcount


def journals(connection: Connection) -> list[str]:
    """Every journal of which there are entries: ours, and those that damaged files of ours had. One seek for each."""
    found: list[str] = []
    name = connection.execute(_FIRST_JOURNAL).scalar()
    while name is not None:
        found.append(name)
        name = connection.execute(_NEXT_JOURNAL, {"after": name}).scalar()
    return found


def retry(connection: Connection, entry_id: str | None) -> int:
    """Offer a parked entry again, or all of them.

    Raises:
        OutboxError: nothing is parked under this id.
    """
    statement = update(OUTBOX).where(OUTBOX.c.state == PARKED)
    if entry_id is not None:
        journal, _, seq = entry_id.rpartition("/")
        number = int(seq) if seq.isdecimal() and len(seq) <= 18 else 0
        statement = statement.where(OUTBOX.c.row == _row_of(journal, number))
    count = connection.execute(statement.values(state=PENDING)).rowcount
    if entry_id is not None and count == 0:
        raise OutboxError(f"nothing is parked under {entry_id}; `weighgate outbox list` shows what is")
    return count


def list_outbox(connection: Connection, limit: int) -> list[OutboxEntry]:
    """Parked first, then pending, each oldest first."""
    query = (
        select(ENTRIES.c.journal, ENTRIES.c.seq, ENTRIES.c.type, ENTRIES.c.lane)
        .add_columns(OUTBOX.c.state, OUTBOX.c.priority, OUTBOX.c.reason)
        .join(OUTBOX, ENTRIES.c.row == OUTBOX.c.row)
        .where(OUTBOX.c.state.in_((PARKED, PENDING)))
        .order_by(OUTBOX.c.state, OUTBOX.c.row)
        .limit(limit)
    )
    return [OutboxEntry(f"{row[0]}/{row[1]}", *row[2:]) for row in connection.execute(query)]


def pending_evidence(connection: Connection, limit: int, exclude: frozenset[str] = frozenset()) -> list[Evidence]:
    """As many as `limit`, and as may lie in memory together; at least one."""
    found: list[Evidence] = []
    room = EVIDENCE_ROOM_BYTES
    with connection.execute(_DUE_EVIDENCE, {"most": limit, "parked": list(exclude)}) as rows:
        for row in rows:
            found.append(Evidence(*row))
            room -= len(found[-1].content)
            if room <= 0:
                break
    return found


def evidence_delivered(connection: Connection, names: Sequence[str]) -> None:
    connection.execute(_BLOBS_DELIVERED, {"listed": json.dumps(names)})


def depth(connection: Connection) -> dict[str, int]:
    """Evidence counts every blob central lacks, also those whose entry is still on its way."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    states: dict[str, int] = dict(WAITING.run(driver, {}).fetchall())
    (blobs,) = UNDELIVERED_BLOBS.run(driver, {}).fetchone()
    return {"pending": states.get(PENDING, 0), "parked": states.get(PARKED, 0), "evidence": blobs}


def oldest_pending(connection: Connection) -> str | None:
    """When the entry that waits longest was made, in its own words; None where nothing waits."""
    first = select(func.min(OUTBOX.c.row)).where(OUTBOX.c.state == PENDING).scalar_subquery()
    body = connection.execute(select(ENTRIES.c.body).where(ENTRIES.c.row == first)).scalar()
    return None if body is None else str(json.loads(body)["at"])


def _row_of(journal: str, seq: int) -> Any:
    return select(ENTRIES.c.row).where(ENTRIES.c.journal == journal, ENTRIES.c.seq == seq).scalar_subquery()
