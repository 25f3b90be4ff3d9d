"""What the shell needs of the world, as small protocols. `bootstrap.py` knows who fulfils them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from gateway.contract.entry import StoredEntry
from gateway.contract.wire import Acknowledgement


class Clock(Protocol):
    """Both clocks, so that the virtual world can turn them."""

    def now(self) -> datetime:
        """Aware UTC, to stamp."""

    def monotonic_ms(self) -> int:
        """To measure. Never goes back."""

    def quality(self) -> Mapping[str, Any]:
        """`{"synchronised": bool | None, "offset_ms": int | None}`, for each entry."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Raw bytes or a picture, stored by hash in the entry's own transaction."""

    sha256: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class LaneMarker:
    """Where a lane's passage stands on disk: opened, recorded (with its entry and action) or cleared."""

    lane: str
    passage: int
    state: str
    entry_id: str | None = None
    action: str | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry before the journal gives it number, hash and signature. Lower priority goes first (0 fresh overload)."""

    type: str
    lane: str | None
    content: Mapping[str, Any]
    at: datetime
    clock: Mapping[str, Any]
    priority: int = 1
    evidence: Sequence[Evidence] = ()
    personal: Mapping[str, str] = field(default_factory=dict)
    marker: LaneMarker | None = None


class Journal(Protocol):
    """The append-only store. One writer; group commit; every method may raise JournalError."""

    async def append(self, draft: Draft) -> StoredEntry:
        """Store entry, outbox row, evidence and marker in one durable transaction; return when it is on disk."""

    async def mark(self, marker: LaneMarker) -> None: ...

    async def markers(self) -> Mapping[str, LaneMarker]: ...

    async def read(self, entry_id: str) -> StoredEntry | None: ...

    async def recent(self, type_: str, limit: int, *, before: str | None = None) -> Sequence[StoredEntry]:
        """Newest first; of those stored before the entry with this id, if one is named."""


class Outbox(Protocol):
    """The journal's undelivered side."""

    async def claim(self, limit: int, *, exclude: frozenset[int]) -> Sequence[StoredEntry]:
        """Pending entries, fresh overloads first, then other live ones, then the backlog; none of `exclude` (seq)."""

    async def acknowledge(self, ack: Acknowledgement) -> int:
        """Apply central's verified answer; return how many entries left the outbox. Parks what was quarantined."""

    async def offer_again(self, above_seq: int, *, journal: str | None = None, but: Sequence[int] = ()) -> int:
        """Central knows nothing above this seq (of this journal; the box's own unless named): pending once more.

        But for these: of them what central had confirmed stays so, and what it had refused is offered like the rest.
        """

    async def journals(self) -> Sequence[str]:
        """Each journal whose entries lie here: the box's own, and those that it took over from damaged files."""

    async def pending_evidence(self, limit: int, *, exclude: frozenset[str] = frozenset()) -> Sequence[Evidence]:
        """Blobs whose entry was acknowledged and which central has not yet confirmed; none of `exclude` (sha256)."""

    async def evidence_delivered(self, *sha256: str) -> None: ...

    async def depth(self) -> Mapping[str, int]:
        """`{"pending": n, "parked": n, "evidence": n}`."""
