"""A real central process: an overload becomes a lead by itself, a case outlives a kill, and a late entry reopens it."""

import signal
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from boxes import ADMIN, TOKEN, Box, write_key
from central_program import SITE, running_central
from roads import AUTHORITY, OFFICERS, Place

from gateway.contract.entry import StoredEntry, instant
from gateway.contract.wire import BATCH_CONTENT_TYPE, batch_of

PLATE = "豫A12345"
WITHIN_S = 30
POLL_S = 0.2
"""Central derives in the pauses that who asks leaves it."""


def station() -> Place:
    place = Place(SITE, "checkpoint")
    place.key = Box().key
    return place


def ago(**time_before: float) -> str:
    """China's time, as stories write it."""
    then = datetime.now(UTC) + timedelta(hours=8) - timedelta(**time_before)
    return then.strftime("%Y-%m-%d %H:%M")


def offer(url: str, *entries: StoredEntry) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": BATCH_CONTENT_TYPE}
    answer = httpx.post(f"{url}/api/v1/entries", content=batch_of(list(entries), SITE), headers=headers, timeout=30)
    assert answer.status_code == 200, answer.text


def people(url: str) -> httpx.Client:
    return httpx.Client(base_url=f"{url}/api/v1/", headers={"Authorization": f"Bearer {ADMIN}"}, timeout=30)


def until(client: httpx.Client, address: str, holds: Any) -> Any:
    """What an address answers once central has derived it."""
    deadline = time.monotonic() + WITHIN_S
    while True:
        answer = client.get(address).json()
        if holds(answer):
            return answer
        assert time.monotonic() < deadline, f"{address} still answers {answer}"
        time.sleep(POLL_S)


@pytest.mark.slow
def test_a_case_outlives_a_kill_and_a_late_entry_reopens_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_ADMIN_TOKEN", ADMIN)
    monkeypatch.setenv("TEST_SITE_TOKEN", TOKEN)
    write_key(tmp_path / "central.key")
    place = station()
    caught = place.sees(PLATE, ago(hours=2), 58_400)
    late = place.sees(PLATE, ago(hours=3), 58_600)
    with running_central(tmp_path) as (url, process):
        offer(url, caught)
        with people(url) as client:
            until(client, "leads", lambda found: [one["kind"] for one in found["rows"]] == ["checkpoint"])
            filing = {
                "id": "case-000001",
                "at": instant(datetime.now(UTC)),
                "why": "filed on the spot",
                "entry": caught.id,
                "authority": AUTHORITY,
                "officers": OFFICERS,
            }
            answer = client.post("cases", json=filing)
            assert (answer.status_code, answer.json()["state"]) == (201, "filed"), answer.text
            refused = client.post(
                "cases/case-000001/moves/serve",
                json={"id": "serve-000001", "at": instant(datetime.now(UTC)), "why": "too early", "how": "post"},
            )
            assert (refused.status_code, refused.json()["clause"]) == (409, "cn-penalty-law-2021 art.61")
        process.send_signal(signal.SIGKILL)
        process.wait(WITHIN_S)
    with running_central(tmp_path) as (url, _), people(url) as client:
        case = client.get("cases/case-000001").json()
        assert (case["state"], case["review"], case["act"]) == ("filed", None, caught.id)
        offer(url, late)
        found = until(client, "cases/case-000001", lambda found: found["review"] is not None)
        assert (found["state"], found["act"]) == ("filed", late.id)
