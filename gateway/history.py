"""What happened lately, as the journal has it: what a start brings back, in the order in which it was stored."""

import json
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime
from typing import Any

from gateway.contract.entry import StoredEntry
from gateway.core.passage import Restored
from gateway.ports import Journal, LaneMarker

PAGE = 500
ENTRIES_MAX = 30_000
"""Of each kind, in memory at the start: a week of four thousand a day."""


def document_of(entry: StoredEntry) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(entry.body)
    return document


async def restored(journal: Journal, marker: LaneMarker | None) -> Restored:
    """Where the lane stood; with what its recorded vehicle weighed, so that another is not taken for it."""
    if marker is None:
        return Restored(0, "cleared", None, None)
    entry = None if marker.entry_id is None else await journal.read(marker.entry_id)
    gross_kg = None if entry is None else document_of(entry)["content"]["measurement"]["gross_kg"]
    return Restored(marker.passage, marker.state, marker.entry_id, marker.action, gross_kg)  # type: ignore[arg-type]


async def stored_since(
    journal: Journal, types: Sequence[str], oldest: datetime, alarm: Callable[[str, str], None]
) -> list[StoredEntry]:
    """Entries of these types, oldest first; raises `restore-cut-short` where there are more than ENTRIES_MAX of one."""
    since = oldest.isoformat(timespec="milliseconds")  # sorts among the entries' own instants
    entries = [one for type_ in types async for one in _newest_first(journal, type_, since, alarm)]
    # After a damaged journal two numberings stand side by side; within one the clock may have been set back.
    journals = list(dict.fromkeys(entry.journal for entry in sorted(entries, key=_at)))
    return sorted(entries, key=lambda one: (journals.index(one.journal), one.seq))


async def _newest_first(
    journal: Journal, type_: str, since: str, alarm: Callable[[str, str], None]
) -> AsyncIterator[StoredEntry]:
    """Page by page, until a whole page is older: a clock that jumped puts some out of order."""
    before, left = None, ENTRIES_MAX
    while left > 0:
        page = await journal.recent(type_, PAGE, before=before)
        young = [entry for entry in page if (_at(entry) or since) >= since]
        for entry in young:
            yield entry
        if len(page) < PAGE or not young:
            return
        before, left = page[-1].id, left - len(page)
    alarm("restore-cut-short", f"more than {ENTRIES_MAX} entries of kind {type_} since {since}; is the clock right?")


def _at(entry: StoredEntry) -> str:
    """When it happened, as text that sorts; "" where the entry cannot be read."""
    try:
        return str(document_of(entry)["at"])
    except (ValueError, KeyError, TypeError):
        return ""
