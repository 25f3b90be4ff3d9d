"""Is this event an entry of this site? Pure: bytes in, a row shape or a reason out; nothing here raises.

The order of checks is the order of trust: shape, hash, signature, and only then what the document says.
"""

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import rfc8785
from pydantic import ValidationError
from pydantic_core import from_json

from central.asking import FIRST_YEAR, LAST_YEAR, reckoned
from central.errors import BatchError
from gateway.contract.entry import ALG, ENTRY_BYTES_MAX, StoredEntry, chain_hash, is_canonical
from gateway.contract.signing import verify
from gateway.contract.wire import BATCH_BYTES_MAX, BATCH_ENTRIES_MAX, EntryEvent, entry_of

SEQ_MAX = 2**53 - 1  # the largest integer RFC 8785 carries
REASON_CHARS_MAX = 500
EVENT_CHARS_MAX = 512 * 1024
KG_MAX = 10_000_000
_ID = re.compile(r"([a-z0-9-]{1,64})/([1-9][0-9]{0,15})")


@dataclass(frozen=True, slots=True)
class Summary:
    """What a document says, as far as it says it, copied out for search. `excess_kg` is over the road's limit;
    `over_papers_kg` over the vehicle's own papers alone, where the entry says that something follows from it.
    """

    lane: str | None
    at: datetime
    plate: str | None
    colour: str | None
    gross_kg: int | None
    outcome: str | None
    excess_kg: int | None
    over_papers_kg: int | None
    action: str | None
    parent: str | None


@dataclass(frozen=True, slots=True)
class Sound:
    """An entry whose hash, signature and document hold."""

    entry: StoredEntry
    summary: Summary
    offered: EntryEvent

    @property
    def event(self) -> str:
        """Made only for what is put apart: nearly no entry is."""
        return self.offered.model_dump_json()


@dataclass(frozen=True, slots=True)
class Rejected:
    """An event that names a place in a journal but is not the entry that belongs there."""

    journal: str
    seq: int
    reason: str
    event: str


@dataclass(frozen=True, slots=True)
class Batch:
    events: list[EntryEvent]
    rejected: list[Rejected]
    nameless: int
    """Items that do not even name a journal and a seq: counted, not kept."""


def read_batch(body: bytes) -> Batch:
    """The events of a batch; a broken item does not cost its neighbours.

    Raises:
        BatchError: not a JSON list, or longer than a batch may be.
    """
    if len(body) > BATCH_BYTES_MAX:
        raise BatchError(f"the batch has {len(body)} bytes; at most {BATCH_BYTES_MAX} travel together")
    try:
        items = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise BatchError(f"the body is not JSON in UTF-8: {str(error)[:200]}") from error
    if not isinstance(items, list):
        raise BatchError("the body is not a JSON list of CloudEvents")
    if len(items) > BATCH_ENTRIES_MAX:
        raise BatchError(f"the batch has {len(items)} entries; at most {BATCH_ENTRIES_MAX} travel together")
    batch = Batch([], [], 0)
    nameless = 0
    for item in items:
        try:
            batch.events.append(EntryEvent.model_validate(item))
        except ValidationError as error:
            place = _place_of(item)
            if place is None:
                nameless += 1
                continue
            fault = error.errors(include_url=False, include_input=False)[0]
            reason = f"not an entry event: {'.'.join(map(str, fault['loc']))}: {fault['msg']}"
            batch.rejected.append(Rejected(*place, _short(reason), json.dumps(item)[:EVENT_CHARS_MAX]))
    return Batch(batch.events, batch.rejected, nameless)


def examine(event: EntryEvent, site_id: str, box_keys: tuple[str, ...] | None) -> Sound | Rejected | None:
    """What this event is, offered by this site. `box_keys` None means: no such site. None: names no possible place."""
    place = _place_of({"id": event.id})
    if place is None:
        return None
    try:
        entry = entry_of(event)
    except ValueError as error:
        return Rejected(*place, _short(f"data is not base64: {error}"), event.model_dump_json())
    reason = _fault_of_envelope(entry, box_keys)
    if reason is None:
        document = _document_of(entry.body)
        reason = document if isinstance(document, str) else _fault_of_document(document, entry, site_id)
        if reason is None:
            assert isinstance(document, dict)
            return Sound(entry, _summary_of(document), event)
    return Rejected(*place, _short(reason), event.model_dump_json())


def _place_of(item: Any) -> tuple[str, int] | None:
    name = item.get("id") if isinstance(item, dict) else None
    match = _ID.fullmatch(name) if isinstance(name, str) else None
    if match is None or int(match[2]) > SEQ_MAX:
        return None
    return match[1], int(match[2])


def _fault_of_envelope(entry: StoredEntry, box_keys: tuple[str, ...] | None) -> str | None:
    if box_keys is None:
        return "unknown site: add it to [[sites]] in central's file"
    if len(entry.body) > ENTRY_BYTES_MAX:
        return f"the entry has {len(entry.body)} bytes; at most {ENTRY_BYTES_MAX}"
    if entry.alg != ALG:
        return f"unknown alg '{entry.alg}'; known: {ALG}"
    if chain_hash(entry.prev_hash, entry.body) != entry.hash:
        return "hash is not SHA-256(prev_hash + bytes): the entry was altered on the way"
    if not any(verify(key, entry.signature, entry.hash) for key in box_keys):
        return f"no box key of this site made the signature (key {entry.key_id}); cure: add the key to sites.box_keys"
    return None


def _document_of(body: bytes) -> dict[str, Any] | str:
    try:
        document = from_json(body, allow_inf_nan=False)
        if not isinstance(document, dict):
            return "the entry is not a JSON object"
        if not is_canonical(document, body):
            return "the entry is not RFC 8785 canonical JSON"
    except (ValueError, RecursionError, rfc8785.CanonicalizationError) as error:
        return f"the entry is not canonical JSON: {error}"
    return document


def _fault_of_document(document: dict[str, Any], entry: StoredEntry, site_id: str) -> str | None:
    expected: dict[str, object] = {
        "v": 1,
        "id": entry.id,
        "journal": entry.journal,
        "seq": entry.seq,
        "type": entry.type,
        "site": site_id,
    }
    for name, value in expected.items():
        if document.get(name) != value:
            return f"the entry's {name} is {str(document.get(name))[:80]!r}, its envelope says {value!r}"
    if _moment(document.get("at")) is None:
        return f"the entry's time is {str(document.get('at'))[:80]!r}, not RFC 3339 in UTC, {FIRST_YEAR} to {LAST_YEAR}"
    return None


def _moment(value: Any) -> datetime | None:
    if not isinstance(value, str) or not value.endswith("Z"):
        return None
    try:
        return reckoned(datetime.fromisoformat(value))
    except ValueError:
        return None


def _summary_of(document: dict[str, Any]) -> Summary:
    at = _moment(document["at"])
    assert at is not None
    content = _table(document.get("content"))
    identity = _table(content.get("identity"))
    judgement = _table(content.get("judgement"))
    road_limit = _table(judgement.get("road_limit"))
    return Summary(
        lane=_text(document.get("lane") or content.get("entry_lane"), 64),
        at=at,
        plate=_text(identity.get("plate") or content.get("plate"), 32),
        colour=_text(identity.get("colour") or content.get("colour"), 32),
        gross_kg=_kilograms(_table(content.get("measurement")).get("gross_kg")),
        outcome=_text(road_limit.get("outcome"), 32),
        excess_kg=_kilograms(road_limit.get("excess_kg")),
        over_papers_kg=_over_papers_kg(judgement),
        action=_text(judgement.get("action"), 32),
        parent=_text(content.get("parent") or content.get("weighing"), 96),
    )


def _over_papers_kg(judgement: dict[str, Any]) -> int | None:
    papers = _table(judgement.get("vehicle_rating"))
    if judgement.get("consequence") not in ("lead", "case") or papers.get("outcome") != "exceeded":
        return None
    exceeded = _table(judgement.get("road_limit")).get("outcome") == "exceeded"
    return None if exceeded else _kilograms(papers.get("excess_kg"))


def _table(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any, chars_max: int) -> str | None:
    # PostgreSQL takes no NUL in text
    return value.replace("\0", "")[:chars_max] if isinstance(value, str) else None


def _kilograms(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= KG_MAX else None


def _short(reason: str) -> str:
    return reason.replace("\0", "")[:REASON_CHARS_MAX]
