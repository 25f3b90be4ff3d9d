"""What central signs is the object as it sends it, so that an older edge believes a newer central."""

import json
from pathlib import Path
from typing import Any

import httpx
from boxes import TOKEN, Box, write_key

from central.signing import CentralKey, load_signing_key
from gateway.contract.entry import canonical
from gateway.contract.signing import verify
from gateway.contract.wire import (
    BATCH_CONTENT_TYPE,
    Acknowledgement,
    Quarantined,
    batch_of,
    read_acknowledgements,
)


class NewerQuarantined(Quarantined):
    rule: str = "chain"


class NewerAcknowledgement(Acknowledgement):
    quarantined: list[NewerQuarantined]  # type: ignore[assignment]
    behind_by: int = 7
    notes: dict[str, Any]


def newest(key: CentralKey) -> NewerAcknowledgement:
    ack = NewerAcknowledgement(
        incarnation="i", site="quarry-1", journal="j1", through=3, also=[5, 2**53 - 1],
        quarantined=[NewerQuarantined(seq=2, reason="hash ≠ \u2028 'x'")],
        notes={"é": [1, None, True, "中"], "a": {"z": 1, "b": 2}},
    )  # fmt: skip
    signed = key.signed(ack)
    assert isinstance(signed, NewerAcknowledgement)
    return signed


def proves_true(key: CentralKey, sent: dict[str, Any]) -> bool:
    covered = {name: value for name, value in sent.items() if name != "signature"}
    return verify(key.public_hex, bytes.fromhex(sent["signature"]), canonical(covered))


async def test_each_object_over_http_is_signed_exactly_as_sent(client: httpx.AsyncClient, box: Box) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": BATCH_CONTENT_TYPE}
    entries = [box.weigh(), box.weigh()]
    answer = await client.post("/api/v1/entries", content=batch_of(entries, "quarry-1"), headers=headers)
    told = await client.get("/api/v1/acks", headers=headers)
    key: CentralKey = client.receiver._key  # type: ignore[attr-defined]
    for sent in [*json.loads(answer.content), *json.loads(told.content)]:
        assert proves_true(key, sent)


def test_fields_that_an_older_edge_does_not_know_are_covered_and_do_no_harm(tmp_path: Path) -> None:
    write_key(tmp_path / "central.key")
    key = load_signing_key(tmp_path / "central.key")
    payload = newest(key).model_dump_json().encode()  # as the MQTT door sends it
    assert proves_true(key, json.loads(payload))
    [received] = read_acknowledgements(payload)
    assert verify(key.public_hex, bytes.fromhex(received.ack.signature), received.signed)
    assert (received.ack.through, received.ack.also) == (3, [5, 2**53 - 1])


def test_an_unknown_field_that_was_changed_on_the_way_is_a_forgery(tmp_path: Path) -> None:
    write_key(tmp_path / "central.key")
    key = load_signing_key(tmp_path / "central.key")
    sent = newest(key).model_dump(mode="json")
    sent["notes"]["a"]["z"] = 9
    [received] = read_acknowledgements(json.dumps(sent).encode())
    assert not verify(key.public_hex, bytes.fromhex(received.ack.signature), received.signed)
