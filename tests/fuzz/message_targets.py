"""What travels between site and central, and what people order: unbelieved, read by whoever receives it first."""

import json
from base64 import b64encode
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import BaseModel, ValidationError
from targets import Target

from central.access import Refusal
from central.bulletin_doors import PublishOrder
from central.errors import BatchError
from central.examine import examine, read_batch
from central.routes.paging import mark_of, place_of
from gateway.contract.commands import read_commands
from gateway.contract.down import CONTENTS, Kind, Vehicles, down_of, read_above, read_bulletins
from gateway.contract.entry import ALG, StoredEntry, canonical, chain_hash, instant
from gateway.contract.signing import public_hex_of
from gateway.contract.wire import batch_of, event_of, question_of, read_acknowledgements
from gateway.errors import ConfigError
from gateway.register import COLUMNS, read_register
from gateway.shapes import faults_of
from gateway.web.bodies import CompletionOrder, ForgetOrder, ReleaseOrder, RetryOrder, WithdrawOrder
from gateway.web.cameras import SpoolHead

KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
AT = instant(datetime(2026, 11, 23, 4, 5, 6, tzinfo=UTC))
PLATE = {"plate": "豫A12345", "colour": "yellow"}
CONTENT: dict[Kind, dict[str, object]] = {
    "laws": {"files": {"limits/cn-annex124-2016.toml": "schema = 1\n"}},
    "vehicles": {"csv": ",".join(COLUMNS) + "\n豫A12345,yellow" + "," * (len(COLUMNS) - 2)},
    "permits": {
        "permits": [{"number": "7", "valid_from": "2026-11-01", "valid_until": "2026-11-30", "axles": 6, **PLATE}]
    },
    "lists": {"listed": [{"status": "watched", "since": "2026-11-01", "source": "县治超办", **PLATE}]},
}
ENTRY = {
    "v": 1, "id": "site-1/7", "journal": "site-1", "seq": 7, "type": "weighing", "site": "site-1", "at": AT,
    "lane": "2",
    "content": {
        "identity": PLATE, "measurement": {"gross_kg": 49_300}, "parent": None,
        "judgement": {"road_limit": {"outcome": "exceeded", "excess_kg": 300}, "action": "hold"},
    },
}  # fmt: skip


def message_targets() -> Iterator[Target]:
    batch = batch_of([_entry(canonical(ENTRY))] * 2, "site-1")
    yield Target("batch at central", (batch,), _refusing(_batch, BatchError), 0.2)
    yield Target("entry at central", (canonical(ENTRY),), _examined, 0.2)
    for name, read, seeds in (
        ("answer of central", read_acknowledgements, (_text(ANSWERED),)),
        ("bulletins", read_bulletins, tuple(_bulletin(kind) for kind in CONTENT)),
        ("commands", read_commands, (_text([{**ORDERED, "what": "offer-again", "above_seq": 5}]),)),
        ("seen numbers", lambda data: read_above(data.decode("latin-1")), (b"laws:20270101000000,lists:7",)),
    ):
        yield Target(name, seeds, _refusing(read, ValueError), 0.5)
    spooled = SpoolHead(at_ms=5, lane="1", type="multipart/form-data; boundary=b").model_dump_json().encode()
    yield Target("spooled push", (spooled, b"[]", b"[" * 3000), _shaped(SpoolHead), 0.5)
    yield Target("status of a site", (_text({"question": "q", "down": {"laws": 5}}),), _status)
    yield Target("mark of a page", PAGES, _refusing(_page, Refusal))
    for kind, content in CONTENT.items():
        yield Target(f"content of {kind}", (_text(content),), _shaped(CONTENTS[kind]), 0.2)
    for model, order in ORDERS.items():
        yield Target(f"{model.__name__}", (_text(order),), _shaped(model), 0.5)


PAGES = (mark_of([5, "site-1"]).encode(), mark_of([2**70, "\x00"]).encode(), b64encode(b"[" * 3000))
ANSWERED = {
    "incarnation": "i", "site": "site-1", "journal": "site-1", "through": 7, "also": [9],
    "quarantined": [{"seq": 8, "reason": "r"}],
}  # fmt: skip
ORDERED = {"site": "site-1", "id": "a1", "issued_at": AT, "expires_at": AT}
WHO: dict[str, object] = {"entry": "site-1/7", "by": "王"}
SAID = {**WHO, "reason": "复核"}
ORDERS: dict[type[BaseModel], dict[str, object]] = {
    ReleaseOrder: SAID,
    ForgetOrder: SAID,
    RetryOrder: {"entry": None},
    WithdrawOrder: {"kind": "laws", "by": "王", "reason": "错"},
    CompletionOrder: {
        "entry": "site-1/7",
        "party": "driver",
        "fact": "name",
        "value": "王",
        "source": "card",
        "by": "李",
    },
    PublishOrder: {"content": CONTENT["lists"], "effective_at": AT},
}


def _text(document: object) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode()


def _bulletin(kind: Kind) -> bytes:
    return _text(
        {"site": "site-1", "kind": kind, "number": 7, "issued_at": AT, "effective_at": AT, "content": CONTENT[kind]}
    )


def _entry(body: bytes) -> StoredEntry:
    """Sealed as a box would, so that what is inside is looked at."""
    seal = chain_hash(bytes(32), body)
    return StoredEntry("site-1", 7, "weighing", body, bytes(32), seal, KEY.sign(seal), "k", ALG)


def _examined(data: bytes) -> str:
    event = event_of(_entry(data), "site-1")
    found = examine(event, "site-1", (public_hex_of(KEY),))
    return str(getattr(found, "reason", found and type(found).__name__))


def _batch(data: bytes) -> str:
    batch = read_batch(data)
    told = [examine(event, "site-1", (public_hex_of(KEY),)) for event in batch.events[:2]]
    kinds = " ".join(type(one).__name__ for one in told)
    return f"{'/' * batch.nameless} {' '.join(one.reason for one in batch.rejected[:1])} {kinds}"


def _page(data: bytes) -> object:
    """What comes out is asked of the database: both kinds of it hold 64 bits and no half of a pair."""
    place = place_of(data.decode("utf-8", "surrogateescape"), int, str)
    assert place is not None
    assert -(2**63) <= place[0] < 2**63
    return place[1].encode()


def _status(data: bytes) -> str:
    return f"{bool(question_of(data))} {' '.join(down_of(data) or ('nothing',))}"


def _refusing(read: Callable[[bytes], object], refusal: type[Exception]) -> Callable[[bytes], str]:
    def take(data: bytes) -> str:
        try:
            return type(read(data)).__name__
        except refusal as error:
            return str(error)

    return take


def _shaped(model: type[BaseModel]) -> Callable[[bytes], str]:
    """JSON of this shape; a slice of the register is read on as the file it is."""

    def read(data: bytes) -> str:
        try:
            found = model.model_validate_json(data)
            return type(read_register(found.csv, "csv") if isinstance(found, Vehicles) else found).__name__
        except ValidationError as error:
            return " ".join(faults_of(error, model))
        except ConfigError as error:
            return str(error)

    return read
