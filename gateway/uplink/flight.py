"""What is under way: an entry is in flight until an answer covers it, its sending fails, or its time is over."""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.contract.entry import StoredEntry
from gateway.contract.wire import Acknowledgement

SET_ASIDE_MS, SET_ASIDE_MAX = 60_000, 100


@dataclass(frozen=True, slots=True)
class Sending:
    """One batch through one door. What is in a live one may be offered elsewhere while it still runs."""

    number: int
    door: str
    live: bool


@dataclass(frozen=True, slots=True)
class _Under:
    seq: int
    sending: Sending
    until_ms: int | None


class Flight:
    """An entry is in at most one sending at a time as far as this knows: the latest."""

    def __init__(self) -> None:
        self._under: dict[str, _Under] = {}
        self._set_aside: dict[str, tuple[int, int]] = {}  # refused alone: entry id → seq, until
        self._number = 0

    def __len__(self) -> int:
        return len(self._under)

    def not_now(self) -> frozenset[int]:
        """The seqs that are not to be claimed: under way, or set aside."""
        return frozenset(one.seq for one in self._under.values()) | {seq for seq, _ in self._set_aside.values()}

    def depart(self, entries: Sequence[StoredEntry], door: str, *, live: bool, until_ms: int | None) -> Sending:
        self._number += 1
        sending = Sending(self._number, door, live)
        for entry in entries:
            self._under[entry.id] = _Under(entry.seq, sending, until_ms)
        return sending

    def wait_until(self, sending: Sending, until_ms: int) -> None:
        """The door has taken it, and the answer comes by itself: what was answered meanwhile stays answered."""
        for entry_id, one in list(self._under.items()):
            if one.sending == sending and one.until_ms is None:
                self._under[entry_id] = _Under(one.seq, sending, until_ms)

    def back(self, sending: Sending) -> int:
        """The sending is over; how many of its entries no answer covered. What another sending took stays there."""
        left = [entry_id for entry_id, one in self._under.items() if one.sending == sending]
        for entry_id in left:
            del self._under[entry_id]
        return len(left)

    def overdue(self, now_ms: int) -> list[Sending]:
        """Whose time is over; their entries may be claimed again. Also ends what was set aside long enough."""
        late = {}
        for entry_id, one in list(self._under.items()):
            if one.until_ms is not None and one.until_ms <= now_ms:
                del self._under[entry_id]
                late[one.sending.number] = one.sending
        self._set_aside = {key: one for key, one in self._set_aside.items() if one[1] > now_ms}
        return list(late.values())

    def next_due_ms(self) -> int | None:
        return min((one.until_ms for one in self._under.values() if one.until_ms is not None), default=None)

    def covered(self, ack: Acknowledgement) -> set[str]:
        """Let go of what it answers; through which doors that went."""
        doors = set()
        listed = {*ack.also, *ack.conflicts, *(one.seq for one in ack.quarantined)}
        for entry_id, one in list(self._under.items()):
            if entry_id.partition("/")[0] == ack.journal and (one.seq <= ack.through or one.seq in listed):
                del self._under[entry_id]
                doors.add(one.sending.door)
        return doors

    def set_aside(self, entry: StoredEntry, now_ms: int) -> bool:
        """Let the others pass; False when too many stand there already."""
        if len(self._set_aside) >= SET_ASIDE_MAX:
            return False
        self._set_aside[entry.id] = (entry.seq, now_ms + SET_ASIDE_MS)
        return True
