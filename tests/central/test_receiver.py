"""The receiver's promises, on SQLite and PostgreSQL alike, through the HTTP door."""

import random
from dataclasses import replace
from typing import Any

import httpx
from boxes import ADMIN, NOW, TOKEN, Box
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from central.bootstrap import create_app
from central.settings import CentralSettings
from gateway.contract.entry import StoredEntry, canonical
from gateway.contract.wire import BATCH_CONTENT_TYPE, Acknowledgement, batch_of, signed_part

ADMIN_HEADERS = {"Authorization": f"Bearer {ADMIN}"}


async def offer(client: httpx.AsyncClient, entries: list[StoredEntry], token: str = TOKEN) -> list[dict[str, Any]]:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": BATCH_CONTENT_TYPE}
    answer = await client.post("/api/v1/entries", content=batch_of(entries, "quarry-1"), headers=headers)
    assert answer.status_code == 200, answer.text
    return list(answer.json())


async def read(client: httpx.AsyncClient, path: str) -> Any:
    answer = await client.get(path, headers=ADMIN_HEADERS)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_any_order_and_repetition_give_the_same_state(client: httpx.AsyncClient, box: Box) -> None:
    entries = [box.weigh(20_000 + n) for n in range(30)]
    dice = random.Random(7)
    shuffled = entries * 3
    dice.shuffle(shuffled)
    for start in range(0, len(shuffled), 11):
        acks = await offer(client, shuffled[start : start + 11])
    assert (acks[0]["through"], acks[0]["also"], acks[0]["quarantined"], acks[0]["conflicts"]) == (30, [], [], [])
    page = await read(client, "/api/v1/records?limit=20")
    rest = await read(client, f"/api/v1/records?limit=20&after={page['next']}")
    assert [r["seq"] for r in page["records"] + rest["records"]] == list(range(30, 0, -1))
    site = (await read(client, "/api/v1/sites"))["sites"][0]
    assert (site["records"], site["alarms"], site["online"]) == (30, [], True)


async def test_acknowledgement_is_signed_by_central(client: httpx.AsyncClient, box: Box) -> None:
    ack = Acknowledgement.model_validate((await offer(client, [box.weigh()]))[0])
    public = bytes.fromhex((await read(client, "/api/v1/sites"))["public_key"])
    Ed25519PublicKey.from_public_bytes(public).verify(bytes.fromhex(ack.signature), canonical(signed_part(ack)))


async def test_gap_is_seen_and_closes(client: httpx.AsyncClient, box: Box) -> None:
    one, two, three = (box.weigh() for _ in range(3))
    ack = (await offer(client, [one, three]))[0]
    assert (ack["through"], ack["also"]) == (1, [3])
    journal = (await read(client, "/api/v1/sites"))["sites"][0]["journals"][0]
    assert journal["gaps"] == [[2, 2]]
    assert (await offer(client, [two]))[0]["through"] == 3


async def test_same_id_with_another_hash_is_a_conflict_and_the_first_stays(client: httpx.AsyncClient, box: Box) -> None:
    first, twin = box.weigh(20_000), Box().weigh(21_000)
    await offer(client, [first])
    ack = (await offer(client, [twin]))[0]
    assert (ack["through"], ack["conflicts"]) == (1, [1])
    assert (await read(client, "/api/v1/records/j1/1"))["gross_kg"] == 20_000
    assert (await read(client, "/api/v1/sites"))["sites"][0]["alarms"][0]["kind"] == "conflict"


async def test_forged_or_altered_entries_are_quarantined_once_with_their_reason(
    client: httpx.AsyncClient, box: Box
) -> None:
    good = box.weigh()
    forged = replace(good, signature=bytes(64))
    altered = replace(box.weigh(), body=b"{}")
    ack = (await offer(client, [forged, forged, altered]))[0]
    assert ack["through"] == 2
    assert ["signature" in ack["quarantined"][0]["reason"], "hash" in ack["quarantined"][1]["reason"]] == [True, True]
    ack = (await offer(client, [good]))[0]
    assert [q["seq"] for q in ack["quarantined"]] == [2]
    assert (await read(client, "/api/v1/records/j1/1"))["gross_kg"] == 30_000


async def test_entry_of_another_site_is_quarantined(client: httpx.AsyncClient) -> None:
    ack = (await offer(client, [Box(site="toll-1").weigh()]))[0]
    assert "site" in ack["quarantined"][0]["reason"]


async def test_chain_break_is_alarmed_whichever_came_first(client: httpx.AsyncClient, box: Box) -> None:
    box.weigh()
    broken = box.make(prev=bytes([1]) * 32)
    await offer(client, [broken])
    await offer(client, [box.entries[0]])
    alarms = (await read(client, "/api/v1/sites"))["sites"][0]["alarms"]
    assert [(a["kind"], a["entry"]) for a in alarms] == [("chain_break", "j1/2")]


async def test_wrong_token_and_oversize_are_told_what_to_do(client: httpx.AsyncClient, box: Box) -> None:
    body = batch_of([box.weigh()], "quarry-1")
    wrong = await client.post("/api/v1/entries", content=body, headers={"Authorization": "Bearer no"})
    assert wrong.status_code == 401
    assert "Bearer" in wrong.json()["cure"]
    assert (await client.get("/api/v1/records", headers={"Authorization": f"Bearer {TOKEN}"})).status_code == 401
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": BATCH_CONTENT_TYPE}
    large = await client.post("/api/v1/entries", content=b"[" + b" " * 5_000_000, headers=headers)
    assert large.status_code == 413


async def test_reopened_database_keeps_its_incarnation_and_progress(settings: CentralSettings, box: Box) -> None:
    for name in ("first", "second"):
        app = create_app(settings, clock=lambda: NOW, new_incarnation=lambda name=name: name)
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://central") as http:
            ack = (await offer(http, [box.weigh()]))[0]
        app.state.central.close()
    assert (ack["incarnation"], ack["through"]) == ("first", 2)


async def test_evidence_resumes_and_is_checked(client: httpx.AsyncClient) -> None:
    import hashlib

    data = b"picture" * 1000
    path = f"/api/v1/evidence/{hashlib.sha256(data).hexdigest()}"
    auth = {"Authorization": f"Bearer {TOKEN}"}
    part = await client.put(path, content=data[:100], headers={**auth, "Content-Range": f"bytes 0-99/{len(data)}"})
    assert (part.status_code, part.headers["upload-offset"]) == (308, "100")
    head = await client.head(path, headers=auth)
    assert (head.status_code, head.headers["upload-offset"]) == (404, "100")
    wrong = b"x" * (len(data) - 100)
    rest = {**auth, "Content-Range": f"bytes 100-{len(data) - 1}/{len(data)}"}
    bad = await client.put(path, content=wrong, headers=rest)
    assert (bad.status_code, bad.headers["upload-offset"]) == (422, "0")
    assert (await client.put(path, content=data, headers=auth)).status_code == 201
    assert (await client.head(path, headers=auth)).status_code == 200
    assert (await client.get(path, headers=ADMIN_HEADERS)).content == data


async def test_page_health_and_counters_answer(client: httpx.AsyncClient) -> None:
    page = await client.get("/")
    assert "script-src 'self'" in page.headers["content-security-policy"]
    for path in ("/static/live.js", "/healthz", "/readyz", "/metrics", "/openapi.json"):
        assert (await client.get(path)).status_code == 200
