"""A real central process, killed while batches come in: what it acknowledged is there afterwards."""

import signal
import threading
from pathlib import Path
from typing import Any

import httpx
import pytest
from boxes import ADMIN, TOKEN, Box, write_key
from central_program import SITE, running_central

from gateway.contract.entry import StoredEntry
from gateway.contract.wire import BATCH_CONTENT_TYPE, Acknowledgement, batch_of

ENTRIES_PER_JOURNAL = 240
BATCH_ENTRIES = 4
KILLS = 3
ACKS_BEFORE_KILL = 8


class Acknowledged:
    """What central has vouched for, gathered from several senders at once; `enough` after so many answers."""

    def __init__(self, enough_after: int) -> None:
        self.ids: set[str] = set()
        self.enough = threading.Event()
        self._left = enough_after
        self._lock = threading.Lock()

    def add(self, acks: list[Acknowledgement]) -> None:
        with self._lock:
            for ack in acks:
                assert ack.quarantined == []
                assert ack.conflicts == []
                self.ids |= {f"{ack.journal}/{seq}" for seq in [*range(1, ack.through + 1), *ack.also]}
            self._left -= 1
            if self._left <= 0:
                self.enough.set()


def offer(client: httpx.Client, entries: list[StoredEntry]) -> list[Acknowledgement]:
    answer = client.post("/api/v1/entries", content=batch_of(entries, SITE))
    assert answer.status_code == 200, answer.text
    return [Acknowledgement.model_validate(ack) for ack in answer.json()]


def site_client(url: str) -> httpx.Client:
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": BATCH_CONTENT_TYPE}
    return httpx.Client(base_url=url, headers=headers, timeout=30)


def send_until_cut(url: str, entries: list[StoredEntry], known: Acknowledged) -> None:
    """One journal's sender: batch after batch, until the connection breaks under it."""
    with site_client(url) as client:
        for start in range(0, len(entries), BATCH_ENTRIES):
            try:
                known.add(offer(client, entries[start : start + BATCH_ENTRIES]))
            except httpx.TransportError:
                return


def stored_ids(url: str) -> list[str]:
    """Every record central shows, page by page."""
    ids: list[str] = []
    with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {ADMIN}"}, timeout=30) as client:
        after: dict[str, str] = {}
        while True:
            page = client.get("/api/v1/records", params={"limit": "200", **after}).raise_for_status().json()
            ids += [record["id"] for record in page["records"]]
            if page["next"] is None:
                return ids
            after = {"after": page["next"]}


def kill_while_sending(url: str, process: Any, journals: list[list[StoredEntry]], known: Acknowledged) -> None:
    senders = [threading.Thread(target=send_until_cut, args=(url, entries, known)) for entries in journals]
    for sender in senders:
        sender.start()
    assert known.enough.wait(30)
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    for sender in senders:
        sender.join(30)


def test_what_was_acknowledged_outlives_every_kill(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_ADMIN_TOKEN", ADMIN)
    monkeypatch.setenv("TEST_SITE_TOKEN", TOKEN)
    write_key(tmp_path / "central.key")
    boxes = [Box(SITE, name) for name in ("j1", "j2", "j3")]
    journals = [[box.weigh() for _ in range(ENTRIES_PER_JOURNAL)] for box in boxes]
    everything = {entry.id for entries in journals for entry in entries}
    vouched: set[str] = set()
    for _ in range(KILLS):
        with running_central(tmp_path) as (url, process):
            found = stored_ids(url)
            assert vouched <= set(found), f"lost: {sorted(vouched - set(found))[:10]}"
            assert len(found) == len(set(found))
            known = Acknowledged(ACKS_BEFORE_KILL)
            rest = [[entry for entry in entries if entry.id not in vouched] for entries in journals]
            kill_while_sending(url, process, rest, known)
            assert process.returncode == -signal.SIGKILL
            assert known.ids, "nothing was acknowledged before the kill"
            vouched |= known.ids
            assert vouched < everything, "the kill came after everything was sent"
    with running_central(tmp_path) as (url, _process):
        assert vouched <= set(stored_ids(url))
        with site_client(url) as client:
            for entries in journals:
                for start in range(0, len(entries), 120):
                    last = offer(client, entries[start : start + 120])[0]
                assert (last.through, last.also) == (ENTRIES_PER_JOURNAL, [])
        assert sorted(stored_ids(url)) == sorted(everything)
