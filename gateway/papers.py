"""What becomes known of a weighing later, and what of it must be forgotten.

A completion is a `correction` entry that refers to the weighing; nothing is written over. What may be about a person
goes beside the entry, under its salted commitment, and can be deleted: the chain stays whole.
"""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from gateway.contract.entry import StoredEntry
from gateway.errors import GatewayError
from gateway.history import document_of
from gateway.law.dossier import Completion, completed, facts_of, personal, personal_of
from gateway.ports import Clock, Draft

COMPLETIONS_MAX = 5_000
"""So many of the newest are looked through for one weighing's."""
PAGE = 500


class NoSuchWeighing(GatewayError):  # noqa: N818 - an answer to an operator, not a fault
    """The journal has no weighing under this entry."""


class UnknownFact(GatewayError):  # noqa: N818 - an answer to an operator, not a fault
    """The dossier keeps no such fact of that party."""


class Kept(Protocol):
    """The journal, as far as it is needed here."""

    async def append(self, draft: Draft) -> StoredEntry: ...

    async def read(self, entry_id: str) -> StoredEntry | None: ...

    async def recent(self, type_: str, limit: int, *, before: str | None = None) -> Sequence[StoredEntry]: ...

    async def forget_personal(self, entry_id: str) -> bool: ...


class Papers:
    """One site's. Every method may raise JournalError."""

    def __init__(self, journal: Kept, clock: Clock, stored: Callable[[], None]) -> None:
        self._journal, self._clock, self._stored = journal, clock, stored

    async def complete(self, entry_id: str, learnt: Completion, *, by: str) -> str:
        """Keep one fact that was learnt after the weighing; the id of the entry that says so.

        Raises:
            NoSuchWeighing, UnknownFact: nothing was stored.
        """
        await self._weighing(entry_id)
        known = facts_of(learnt.party)
        if learnt.fact not in known:
            raise UnknownFact(f"{learnt.fact!r}: not of the {learnt.party}; known: {', '.join(known)}")
        said = {"party": learnt.party, "fact": learnt.fact, "source": learnt.source}
        if not personal(learnt.party, learnt.fact):
            said["value"] = learnt.value
        content = {"weighing": entry_id, "by": by, "what": "dossier", "completes": [said]}
        draft = Draft(
            "correction", None, content, self._clock.now(), self._clock.quality(), 1, personal=personal_of([learnt])
        )
        entry = await self._journal.append(draft)
        self._stored()
        return entry.id

    async def dossier(self, entry_id: str) -> dict[str, dict[str, Any]]:
        """The four parties as they are known now, completions included. Raises NoSuchWeighing."""
        weighing = await self._weighing(entry_id)
        learnt = [
            Completion(one["party"], one["fact"], one.get("value", ""), one["source"])
            for entry in reversed(await self._completions(entry_id))
            for one in document_of(entry)["content"]["completes"]
        ]
        return completed(weighing["dossier"], learnt)

    async def forget(self, entry_id: str, *, by: str, reason: str) -> int:
        """Delete who it was, of the weighing and of all that was completed: in how many entries there was somebody.

        Raises:
            NoSuchWeighing: nothing was deleted.
        """
        await self._weighing(entry_id)
        entries = [entry_id, *(entry.id for entry in await self._completions(entry_id))]
        content = {"event": "personal-forgotten", "weighing": entry_id, "by": by, "reason": reason}
        await self._journal.append(Draft("audit", None, content, self._clock.now(), self._clock.quality(), 1))
        self._stored()
        return sum([await self._journal.forget_personal(one) for one in entries])

    async def _weighing(self, entry_id: str) -> dict[str, Any]:
        entry = await self._journal.read(entry_id)
        if entry is None or entry.type != "weighing":
            raise NoSuchWeighing(f"{entry_id}: no weighing under this entry; see: weighgate journal list")
        content: dict[str, Any] = document_of(entry)["content"]
        return content

    async def _completions(self, entry_id: str) -> list[StoredEntry]:
        """Newest first."""
        found: list[StoredEntry] = []
        before = None
        for _ in range(COMPLETIONS_MAX // PAGE):
            page = await self._journal.recent("correction", PAGE, before=before)
            found += [one for one in page if document_of(one)["content"].get("weighing") == entry_id]
            if len(page) < PAGE:
                break
            before = page[-1].id
        return [one for one in found if document_of(one)["content"].get("what") == "dossier"]
