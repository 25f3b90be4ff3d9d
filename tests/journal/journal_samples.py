"""Small makers for this folder's tests."""

import hashlib
import itertools
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.contract.entry import StoredEntry
from gateway.contract.wire import Acknowledgement, Quarantined
from gateway.journal import SqliteJournal, open_journal
from gateway.keys import BoxKey
from gateway.ports import Draft, Evidence, LaneMarker

SITE = "site-under-test"
KEY = BoxKey(Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
AT = datetime(2026, 3, 1, 8, 30, 0, 123_000, tzinfo=UTC)


def names() -> Callable[[], str]:
    numbers = itertools.count(1)
    return lambda: f"j-{next(numbers):012x}"


def draft(number: int = 0, **changes: Any) -> Draft:
    fields: dict[str, Any] = {
        "type": "device",
        "lane": None,
        "content": {"number": number},
        "at": AT,
        "clock": {"synchronised": True, "offset_ms": 3},
    }
    return Draft(**fields | changes)


def weighing(lane: str, passage: int, **changes: Any) -> Draft:
    marker = LaneMarker(lane=lane, passage=passage, state="recorded", action="hold")
    return draft(type="weighing", lane=lane, content={"passage": passage}, marker=marker, **changes)


def evidence(content: bytes, media_type: str = "application/octet-stream") -> Evidence:
    return Evidence(hashlib.sha256(content).hexdigest(), media_type, content)


def ack(journal: str, through: int = 0, **more: Any) -> Acknowledgement:
    refused = [Quarantined(seq=seq, reason=why) for seq, why in more.pop("refused", {}).items()]
    return Acknowledgement(incarnation="one", site=SITE, journal=journal, through=through, quarantined=refused, **more)


async def opened(directory: Path, **changes: Any) -> SqliteJournal:
    options: dict[str, Any] = {"site": SITE, "key": KEY, "new_name": names(), "alarm": lambda code, detail: None}
    return await open_journal(directory, **options | changes)


async def filled(directory: Path, count: int, **changes: Any) -> tuple[str, list[StoredEntry]]:
    """A closed journal of this many entries: its name and its entries."""
    async with await opened(directory, **changes) as journal:
        return journal.name, [await journal.append(draft(number)) for number in range(count)]
