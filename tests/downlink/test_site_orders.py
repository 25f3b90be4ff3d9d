"""A command is done once, acknowledged by an entry, offered until then, and never done late or on a stranger's word."""

import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from down_world import KEY, SITE, START, STRANGER
from set_clock import SetClock

from central.commands import Commands as Orders
from central.down_files import message_of
from central.store.database import Database, epoch_ms, open_database
from central.store.tables import EntryRow
from gateway.contract.commands import Command
from gateway.contract.entry import canonical
from gateway.downlink.commands import Commands
from gateway.downlink.shelf import Shelf
from gateway.errors import JournalError


class Site:
    """The edge's end; `done` is what was really done, `told` the acknowledgements that were stored."""

    def __init__(self, folder: Path, clock: SetClock) -> None:
        self.shelf = Shelf(folder / "down")
        self.shelf.prepare()
        self.done: list[str] = []
        self.told: list[tuple[str, Mapping[str, Any]]] = []
        self.full = self.cut = False
        known = {"tell-state": self._do}
        self.commands = Commands(SITE, KEY.public_hex, self.shelf, known, now=clock.now, tell=self._tell)

    async def _do(self, command: Command) -> Mapping[str, Any]:
        self.done.append(command.id)
        return {"state": "well"}

    async def _tell(self, event: str, detail: Mapping[str, Any]) -> None:
        if self.full:
            raise JournalError("the disk is full")
        self.told.append((event, dict(detail)))


@pytest.fixture
def clock() -> SetClock:
    return SetClock(START)


@pytest.fixture
def database(tmp_path: Path) -> Any:
    found = open_database(f"sqlite:///{tmp_path / 'central.db'}", inline=True)
    yield found
    found.close()


def orders_of(folder: Path, database: Database, clock: SetClock) -> Orders:
    numbers = iter(range(1, 1_000))
    return Orders(folder / "orders", KEY, [SITE], database, clock.now, lambda: f"{next(numbers):016x}")


def acknowledge(database: Database, clock: SetClock, told: Mapping[str, Any], seq: int) -> None:
    """The site's audit entry has arrived."""
    body = json.dumps({"content": dict(told)}).encode()
    now_ms = epoch_ms(clock.now())
    row = EntryRow(
        journal="j1", seq=seq, site=SITE, type="audit", at_ms=now_ms, received_ms=now_ms, body=body, prev_hash=b"",
        hash=b"", signature=b"", key_id="k", alg="a",
    )  # fmt: skip
    database.run_here(lambda session: session.add(row))


async def test_it_is_offered_until_the_entry_says_that_it_was_done_and_done_once(
    tmp_path: Path, clock: SetClock, database: Database
) -> None:
    site, orders = Site(tmp_path, clock), orders_of(tmp_path, database, clock)
    made = orders.issue(SITE, "tell-state", valid=timedelta(hours=1))
    for _ in range(3):
        await site.commands.take(message_of(await orders.open(SITE)))
    assert site.done == [made.id]
    assert site.told == [("command-done", {"command": made.id, "what": "tell-state", "state": "well"})]
    assert len(await orders_of(tmp_path, database, clock).open(SITE)) == 1, (
        "a central that starts again still offers it"
    )
    acknowledge(database, clock, site.told[0][1], 1)
    assert await orders.open(SITE) == []
    assert await orders_of(tmp_path, database, clock).open(SITE) == []


async def test_power_lost_in_between_does_nothing_twice(tmp_path: Path, clock: SetClock, database: Database) -> None:
    site, orders = Site(tmp_path, clock), orders_of(tmp_path, database, clock)
    made = orders.issue(SITE, "tell-state", valid=timedelta(hours=1))
    site.full = True  # done, and the acknowledgement is lost with the power
    await site.commands.take(message_of(await orders.open(SITE)))
    again = Site(tmp_path, clock)
    await again.commands.take(message_of(await orders.open(SITE)))
    assert (site.done, again.done) == ([made.id], [])
    assert [(event, detail["reason"]) for event, detail in again.told] == [
        ("command-refused", "interrupted: perhaps done, and not done again")
    ]


async def test_late_is_refused_and_central_stops_offering(tmp_path: Path, clock: SetClock, database: Database) -> None:
    site, orders = Site(tmp_path, clock), orders_of(tmp_path, database, clock)
    orders.issue(SITE, "tell-state", valid=timedelta(hours=1))
    message = message_of(await orders.open(SITE))
    clock.go_on(hours=1)
    await site.commands.take(message)
    assert (site.done, [detail["reason"] for _, detail in site.told]) == ([], ["expired"])
    assert await orders.open(SITE) == []


def by_hand(key: Any = KEY, **changes: Any) -> dict[str, Any]:
    sent = {
        "v": 1, "site": SITE, "id": "c-1", "what": "tell-state", "above_seq": 0, "alg": "ed25519",
        "issued_at": "2026-11-02T08:00:00.000Z", "expires_at": "2026-11-03T08:00:00.000Z",
    } | changes  # fmt: skip
    return {**sent, "signature": key.private.sign(canonical(sent)).hex()}


@pytest.mark.parametrize(
    "payload",
    [
        json.dumps([by_hand(STRANGER)]).encode(),
        json.dumps([by_hand(site="station-1")]).encode(),
        json.dumps([by_hand() | {"what": "offer-again"}]).encode(),
        json.dumps([by_hand() | {"signature": "zz"}]).encode(),
        json.dumps([by_hand(id="../../x")]).encode(),
        json.dumps(by_hand()).encode(),
        b"{", b"", b"[" * 1_000_000,
    ],
)  # fmt: skip
async def test_nothing_is_done_on_a_word_that_is_not_central_s(payload: bytes, tmp_path: Path, clock: SetClock) -> None:
    site = Site(tmp_path, clock)
    await site.commands.take(payload)
    assert (site.done, site.told, list((tmp_path / "down").iterdir())) == ([], [], [])


async def test_what_this_site_does_not_know_is_refused_by_an_entry(tmp_path: Path, clock: SetClock) -> None:
    site = Site(tmp_path, clock)
    await site.commands.take(json.dumps([by_hand(what="open-barrier")]).encode())
    assert site.told == [
        ("command-refused", {"command": "c-1", "what": "open-barrier", "reason": "unknown here; known: tell-state"})
    ]
