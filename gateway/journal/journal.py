"""The journal as the rest of the gateway sees it: it fulfils the ports Journal and Outbox.

open_journal ─▶ lock ─▶ sound? ─no─▶ set aside, salvage ─▶ new file, first entry names the old one
                          │yes                                   │
                          ▼                                      ▼
                       migrate ─────────────────────────────▶ writer thread ◀── append, mark, claim, …
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import TracebackType
from typing import Self, TypeVar

from sqlalchemy import Connection, Engine, update

from gateway.contract.entry import StoredEntry
from gateway.contract.wire import Acknowledgement
from gateway.journal import outbox
from gateway.journal.lock import DirectoryLock
from gateway.journal.outbox import OutboxEntry
from gateway.journal.store import Store, prepare
from gateway.journal.tables import META
from gateway.journal.writer import Writer
from gateway.ports import Draft, Evidence, LaneMarker

T = TypeVar("T")

LIST_MAX = 10_000


class SqliteJournal:
    """Append-only entries, their outbox, evidence and markers in one file. Every method may raise JournalError.

    Made by `open_journal`; close it (or use `async with`) so that waiting work is finished and the lock released.
    """

    def __init__(
        self,
        *,
        store: Store,
        writer: Writer,
        engine: Engine,
        lock: DirectoryLock,
        new_salt: Callable[[], bytes],
    ) -> None:
        self._store = store
        self._writer = writer
        self._engine = engine
        self._lock = lock
        self._new_salt = new_salt

    @property
    def name(self) -> str:
        """The journal's own random name, the first half of each of its entries' ids."""
        return self._store.journal

    async def append(self, draft: Draft) -> StoredEntry:
        """Store entry, outbox row, evidence, personal row and marker in one durable transaction.

        A second weighing of the same lane and passage stores nothing and gives the first one's entry.
        """
        prepared = prepare(draft, self._new_salt)
        return await self._write(lambda _: self._store.append(prepared))

    async def mark(self, marker: LaneMarker) -> None:
        await self._write(lambda _: self._store.mark(marker))

    async def markers(self) -> Mapping[str, LaneMarker]:
        return await self._read(lambda _: self._store.markers())

    async def read(self, entry_id: str) -> StoredEntry | None:
        return await self._read(lambda _: self._store.read(entry_id))

    async def recent(self, type_: str, limit: int, *, before: str | None = None) -> Sequence[StoredEntry]:
        """Newest first; of those stored before the entry with this id, if one is named."""
        return await self._read(lambda _: self._store.recent(type_, min(limit, LIST_MAX), before))

    async def all_entries(self, after_seq: int, limit: int) -> Sequence[StoredEntry]:
        """Our own entries above this number, oldest first."""
        return await self._read(lambda _: self._store.all_entries(after_seq, min(limit, LIST_MAX)))

    async def evidence(self, sha256: str) -> Evidence | None:
        return await self._read(lambda _: self._store.evidence(sha256))

    async def forget_personal(self, entry_id: str) -> bool:
        """Delete who it was; entry, commitment and chain stay. Whether there was anything to delete."""
        return await self._write(lambda _: self._store.forget_personal(entry_id))

    async def claim(self, limit: int, *, exclude: frozenset[int]) -> Sequence[StoredEntry]:
        """Pending entries, fresh overloads first, half of the batch newest first, the rest oldest first."""
        return await self._write(partial(outbox.claim, limit=limit, exclude=exclude))

    async def acknowledge(self, ack: Acknowledgement) -> int:
        """Apply central's verified answer; how many entries it newly has. Refused and conflicting ones are parked."""
        return await self._write(partial(outbox.acknowledge, ack=ack))

    async def offer_again(self, above_seq: int, *, journal: str | None = None, but: Sequence[int] = ()) -> int:
        """Central knows nothing above this number (of this journal; ours unless named): pending once more but these."""
        name = journal or self.name
        return await self._write(partial(outbox.offer_again, journal=name, above_seq=above_seq, but=but))

    async def journals(self) -> Sequence[str]:
        """Whose entries are here: our own name, and those of damaged files whose rest was taken over."""
        return await self._read(outbox.journals)

    async def list_outbox(self, limit: int = 1_000) -> Sequence[OutboxEntry]:
        """Parked first, then pending, each oldest first."""
        return await self._read(partial(outbox.list_outbox, limit=min(limit, LIST_MAX)))

    async def retry(self, entry_id: str | None = None) -> int:
        """Offer a parked entry, or all of them, again. OutboxError when nothing is parked under this id."""
        return await self._write(partial(outbox.retry, entry_id=entry_id))

    async def pending_evidence(self, limit: int, *, exclude: frozenset[str] = frozenset()) -> Sequence[Evidence]:
        return await self._read(partial(outbox.pending_evidence, limit=limit, exclude=exclude))

    async def evidence_delivered(self, *sha256: str) -> None:
        await self._write(partial(outbox.evidence_delivered, names=sha256))

    async def depth(self) -> Mapping[str, int]:
        return await self._read(outbox.depth)

    async def oldest_pending(self) -> str | None:
        """When the entry that has waited longest for central was made, RFC 3339; None where nothing waits."""
        return await self._read(outbox.oldest_pending)

    async def prove_writable(self) -> None:
        """Commit something that changes nothing. Raises JournalError where an entry could not be stored either."""
        await self._write(lambda connection: connection.execute(update(META).values(value=META.c.value)))

    async def close(self) -> None:
        """Finish what waits, close the file, release the lock."""
        await self._writer.close()
        self._store.connection.close()
        self._engine.dispose()
        self._lock.release()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _write(self, run: Callable[[Connection], T]) -> T:
        result: T = await self._writer.do(run, writes=True)
        return result

    async def _read(self, run: Callable[[Connection], T]) -> T:
        result: T = await self._writer.do(run, writes=False)
        return result
