"""What is under way: an entry is in flight until an answer covers it, its sending fails, or its time is over."""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.contract.entry import StoredEntry
from gateway.contract.wire import Acknowledgement

SET_ASIDE_MS, SET_ASIDE_MAX = 60_000, 100
SENT_MAX = 200
"""Messages. An answer to an earlier one comes in vain: what was in it is sent again."""


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
        self._sent: dict[
            str, list[tuple[str, int]]
        ] = {}  # digest of a message → what of it nobody answered; latest last
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

    def sent(self, batch: str, entries: Sequence[StoredEntry]) -> None:
        """These go in the message that answers will call `batch`."""
        self._sent.pop(batch, None)
        self._sent[batch] = [(entry.journal, entry.seq) for entry in entries]
        while len(self._sent) > SENT_MAX:
            del self._sent[next(iter(self._sent))]

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

    def of_ours(self, ack: Acknowledgement, batch: str) -> Acknowledgement:
        """As much of it as answers what was in this message of ours: all that central has of it is in `also`.

        A number alone names no entry: a second box with a copy of our disk may have used it. What central has or
        refuses under it is then not ours, and ours is still to be sent, to meet its own answer.
        """
        ours = {seq for journal, seq in self._sent.get(batch, ()) if journal == ack.journal}
        named = {*ack.also, *ack.conflicts, *(one.seq for one in ack.quarantined)}
        return ack.model_copy(
            update={
                "through": 0,
                "also": sorted(seq for seq in ours if seq <= ack.through or seq in named),
                "quarantined": [one for one in ack.quarantined if one.seq in ours],
                "conflicts": [seq for seq in ack.conflicts if seq in ours],
            }
        )

    def covered(self, ack: Acknowledgement, batch: str) -> set[str]:
        """Let go of what of_ours() left of an answer; through which doors that went."""
        done = {(ack.journal, seq) for seq in ack.also}
        waiting = [one for one in self._sent.pop(batch, ()) if one not in done]
        if waiting:
            self._sent[batch] = waiting
        answered = [f"{ack.journal}/{seq}" for seq in ack.also]
        return {self._under.pop(entry_id).sending.door for entry_id in answered if entry_id in self._under}

    def set_aside(self, entry: StoredEntry, now_ms: int) -> bool:
        """Let the others pass; False when too many stand there already."""
        if len(self._set_aside) >= SET_ASIDE_MAX:
            return False
        self._set_aside[entry.id] = (entry.seq, now_ms + SET_ASIDE_MS)
        return True
