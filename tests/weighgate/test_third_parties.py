"""Programs that are not ours on our wires: mosquitto_sub sees entries it can prove, curl drives central's API."""

import asyncio
import base64
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from programs import find_program, free_port

from gateway.contract.entry import GENESIS, StoredEntry, canonical, chain_hash
from gateway.contract.signing import verify
from gateway.contract.wire import BATCH, BATCH_CONTENT_TYPE, batch_of, entry_of
from gateway.keys import BoxKey, new_key
from gateway.uplink.mqtt import MqttDoor

ADMIN, SITE = "a" * 24, "s" * 24


@pytest.fixture
def box(tmp_path: Path) -> BoxKey:
    return new_key(tmp_path / "box.key")


def weighing(key: BoxKey) -> StoredEntry:
    content = {
        "identity": {"plate": "豫X12345", "colour": "yellow"},
        "measurement": {"gross_kg": 36000},
        "judgement": {"road_limit": {"outcome": "exceeded", "limit_kg": 31000, "excess_kg": 5000}, "action": "hold"},
    }
    document = {
        "v": 1, "id": "j-1/1", "journal": "j-1", "seq": 1, "type": "weighing", "site": "quarry-1", "lane": "1",
        "at": "2026-11-23T08:00:00.000Z", "clock": {"synchronised": None, "offset_ms": None}, "content": content,
    }  # fmt: skip
    body = canonical(document)
    digest = chain_hash(GENESIS, body)
    return StoredEntry("j-1", 1, "weighing", body, GENESIS, digest, key.sign(digest), key.key_id)


async def _nothing(*_: object) -> None:
    return None


@pytest.mark.needs_mosquitto
async def test_mosquitto_sub_sees_an_entry_that_proves_true(mosquitto: int, box: BoxKey) -> None:
    words = ["-p", str(mosquitto), "-t", "weighgate/v1/+/entries", "-C", "1", "-W", "20"]
    program = find_program("mosquitto_sub")
    listener = await asyncio.create_subprocess_exec(program, *words, stdout=subprocess.PIPE)
    said = asyncio.ensure_future(listener.communicate())
    door = MqttDoor(
        f"mqtt://127.0.0.1:{mosquitto}", "weighgate/v1", "quarry-1", username=None, password=None, on_ack=_nothing,
        sleep=asyncio.sleep,
    )  # fmt: skip
    running = asyncio.ensure_future(door.run())
    try:
        while not said.done():  # until the listener, which may subscribe later than we publish, has one
            if door.ready:
                await door.send(batch_of([weighing(box)], "quarry-1"))
            await asyncio.sleep(0.05)
    finally:
        running.cancel()
    entry = entry_of(BATCH.validate_json((await said)[0])[0])
    assert chain_hash(entry.prev_hash, entry.body) == entry.hash
    assert verify(box.public_hex, entry.signature, entry.hash)
    assert json.loads(entry.body)["content"]["measurement"]["gross_kg"] == 36000


@pytest.fixture
def central(tmp_path: Path, box: BoxKey) -> Iterator[str]:
    port = free_port()
    new_key(tmp_path / "central.key")
    file = tmp_path / "central.toml"
    file.write_text(
        f'[central]\nbind = "127.0.0.1:{port}"\ndatabase = "sqlite:///central.db"\nevidence_dir = "evidence"\n'
        'key_file = "central.key"\nadmin_token_env = "ADMIN"\n'
        f'[[sites]]\nid = "quarry-1"\ntoken_env = "SITE"\nbox_keys = ["{box.public_hex}"]\n',
        encoding="utf-8",
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "weighgate", "central", str(file)],
        env={**os.environ, "ADMIN": ADMIN, "SITE": SITE},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    for _ in range(200):
        if _curl("-o", os.devnull, f"{url}/readyz").returncode == 0:
            break
        time.sleep(0.1)
    yield url
    process.terminate()
    process.wait(10)


def _curl(*words: str) -> subprocess.CompletedProcess[str]:
    program = find_program("curl")
    return subprocess.run([program, "-sS", "-f", *words], capture_output=True, text=True, check=False)


def test_curl_posts_a_batch_and_reads_the_record_back(central: str, box: BoxKey, tmp_path: Path) -> None:
    batch = tmp_path / "batch.json"
    batch.write_bytes(batch_of([weighing(box)], "quarry-1"))
    headers = ("-H", f"authorization: Bearer {SITE}", "-H", f"content-type: {BATCH_CONTENT_TYPE}")
    for _ in range(2):  # the same batch twice is the same record once
        acks = json.loads(_curl(*headers, "--data-binary", f"@{batch}", f"{central}/api/v1/entries").stdout)
        assert acks[0]["through"] == 1
    admin = ("-H", f"authorization: Bearer {ADMIN}")
    records = json.loads(_curl(*admin, f"{central}/api/v1/records?plate=%E8%B1%ABX12345").stdout)["records"]
    assert [(one["id"], one["gross_kg"], one["outcome"]) for one in records] == [("j-1/1", 36000, "exceeded")]
    assert _curl("-H", "authorization: Bearer guess", f"{central}/api/v1/records").returncode != 0
    event = json.loads(batch.read_text(encoding="utf-8"))[0]
    forged = {**event, "data_base64": base64.b64encode(b"{}").decode()}
    batch.write_text(json.dumps([{**forged, "id": "j-1/2"}]), encoding="utf-8")
    answer = json.loads(_curl(*headers, "--data-binary", f"@{batch}", f"{central}/api/v1/entries").stdout)
    assert [one["seq"] for one in answer[0]["quarantined"]] == [2]
