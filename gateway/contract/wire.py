"""How entries and acknowledgements travel: CloudEvents 1.0 in batch format up, a signed acknowledgement down.

Both doors (MQTT and HTTP) carry the same bytes. The entry rides as `data_base64`, so no JSON library on the way
can alter it; chain fields ride as CloudEvents extensions.

An acknowledgement is signed over the RFC 8785 form of the very object that is sent, without its `signature`: fields
that a reader does not know are covered too, so who verifies takes the object as received (`read_acknowledgements`),
never one rebuilt from the fields it knows. Central may thus add fields, and an older edge still believes it.
"""

import base64
import hashlib
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from pydantic_core import from_json

from gateway.contract.entry import ENTRY_BYTES_MAX, StoredEntry, canonical

BATCH_ENTRIES_MAX = 200
BATCH_BYTES_MAX = 4 * 1024 * 1024
BATCH_CONTENT_TYPE = "application/cloudevents-batch+json"
ANSWER_BYTES_MAX = 4 * 1024 * 1024
QUESTION_CHARS_MAX = 64


class EntryEvent(BaseModel):
    """One entry as a CloudEvent. Unknown extension fields are ignored."""

    model_config = ConfigDict(extra="ignore")

    specversion: Literal["1.0"] = "1.0"
    id: str = Field(max_length=96, pattern=r"^[a-z0-9-]{1,64}/[1-9][0-9]{0,18}$")
    source: str = Field(max_length=128)
    type: str = Field(max_length=64, pattern=r"^weighgate\.entry\.v1\.[a-z-]+$")
    datacontenttype: Literal["application/json"] = "application/json"
    data_base64: str = Field(max_length=ENTRY_BYTES_MAX * 4 // 3 + 4)
    weighgateprev: str = Field(pattern=r"^[0-9a-f]{64}$")
    weighgatehash: str = Field(pattern=r"^[0-9a-f]{64}$")
    weighgatesig: str = Field(pattern=r"^[0-9a-f]{128}$")
    weighgatekey: str = Field(max_length=64)
    weighgatealg: str = Field(max_length=32)


class Quarantined(BaseModel):
    seq: int
    reason: str = Field(max_length=500)


class Acknowledgement(BaseModel):
    """Central's durable answer for one journal: every seq ≤ through is stored or quarantined, and also those listed."""

    model_config = ConfigDict(extra="ignore")

    v: Literal[1] = 1
    incarnation: str = Field(max_length=64)
    site: str = Field(max_length=64)
    journal: str = Field(max_length=64)
    through: int = Field(ge=0)
    also: list[int] = Field(default_factory=list, max_length=10_000)
    quarantined: list[Quarantined] = Field(default_factory=list, max_length=1_000)
    conflicts: list[int] = Field(default_factory=list, max_length=1_000)
    answers: str = Field(default="", max_length=QUESTION_CHARS_MAX)
    """The `question` of the site's status that this answers, else empty: who asked knows that it is no older answer."""

    batch: str = Field(default="", max_length=64)
    """digest_of() the message that this answers, else empty: what another box sent under our numbers is not ours."""

    alg: Literal["ed25519"] = "ed25519"
    signature: str = Field(default="", max_length=128)
    """Hex Ed25519 by central's key over the RFC 8785 form of this object without `signature`."""


@dataclass(frozen=True, slots=True)
class ReceivedAcknowledgement:
    """An answer with what its signature must cover: the object as it was sent, unknown fields included."""

    ack: Acknowledgement
    signed: bytes


BATCH: TypeAdapter[list[EntryEvent]] = TypeAdapter(list[EntryEvent])


def event_of(entry: StoredEntry, site: str) -> EntryEvent:
    return EntryEvent(
        id=entry.id,
        source=f"weighgate/{site}",
        type=f"weighgate.entry.v1.{entry.type}",
        data_base64=base64.b64encode(entry.body).decode(),
        weighgateprev=entry.prev_hash.hex(),
        weighgatehash=entry.hash.hex(),
        weighgatesig=entry.signature.hex(),
        weighgatekey=entry.key_id,
        weighgatealg=entry.alg,
    )


def entry_of(event: EntryEvent) -> StoredEntry:
    """The entry inside an event, bytes unaltered. The caller checks hash, signature and content.

    Raises:
        ValueError: data is not base64, or not the entry its id and type name.
    """
    body = base64.b64decode(event.data_base64, validate=True)
    journal, _, seq = event.id.partition("/")
    return StoredEntry(
        journal=journal,
        seq=int(seq),
        type=event.type.removeprefix("weighgate.entry.v1."),
        body=body,
        prev_hash=bytes.fromhex(event.weighgateprev),
        hash=bytes.fromhex(event.weighgatehash),
        signature=bytes.fromhex(event.weighgatesig),
        key_id=event.weighgatekey,
        alg=event.weighgatealg,
    )


def batch_of(entries: list[StoredEntry], site: str) -> bytes:
    assert len(entries) <= BATCH_ENTRIES_MAX
    return BATCH.dump_json([event_of(entry, site) for entry in entries])


def digest_of(batch: bytes) -> str:
    """What an answer calls a batch by: SHA-256 of its bytes as they travel, hex."""
    return hashlib.sha256(batch).hexdigest()


def signed_part(ack: Acknowledgement) -> dict[str, Any]:
    """What central's signature covers, ready for canonical(): every field that is sent, but for `signature`."""
    return ack.model_dump(mode="json", exclude={"signature"})


def read_acknowledgements(payload: bytes) -> list[ReceivedAcknowledgement]:
    """One acknowledgement (MQTT) or a list of them (HTTP), as sent; nothing is believed yet.

    Raises:
        ValueError: too long, not JSON, no acknowledgement, or a number that RFC 8785 cannot hold.
    """
    if len(payload) > ANSWER_BYTES_MAX:
        raise ValueError(f"the answer is longer than {ANSWER_BYTES_MAX} bytes")
    document = from_json(payload, allow_inf_nan=False)
    return [_received(one) for one in (document if isinstance(document, list) else [document])]


def _received(document: Any) -> ReceivedAcknowledgement:
    ack = Acknowledgement.model_validate(document)
    sent = {name: value for name, value in document.items() if name != "signature"}
    return ReceivedAcknowledgement(ack, canonical(sent))


def question_of(status: bytes) -> str:
    """What a site's status asks of central, to be said back in `answers`; empty where it asks nothing."""
    try:
        document = from_json(status)
    except ValueError:
        return ""
    question = document.get("question") if isinstance(document, dict) else None
    return question if isinstance(question, str) and len(question) <= QUESTION_CHARS_MAX else ""
