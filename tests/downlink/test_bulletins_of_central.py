"""Central's side: numbered by the moment, signed, kept, given to the site it is for and to nobody else."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from down_world import KEY, SITE, START, Line, listed
from set_clock import SetClock

from central.bootstrap import create_app
from central.bulletins import KEPT_MAX, Bulletins
from central.errors import BulletinError
from central.settings import CentralSettings, SiteSettings
from gateway.contract.down import BULLETIN_BYTES_MAX, down_of, read_above, read_bulletins
from gateway.contract.signing import verify
from gateway.downlink.pull import EVERY_S, FIRST_S, Pull

ADMIN = {"authorization": "Bearer " + "a" * 20}
QUARRY = {"authorization": "Bearer " + "q" * 20}


@asynccontextmanager
async def central_at(folder: Path, clock: SetClock) -> AsyncIterator[httpx.AsyncClient]:
    key = folder / "central.key"
    key.touch(mode=0o600)
    key.write_bytes(KEY.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    sites = (SiteSettings(SITE, "q" * 20, ()), SiteSettings("station-1", "s" * 20, ()))
    url = f"sqlite:///{folder / 'central.db'}"
    settings = CentralSettings("127.0.0.1", 0, url, folder / "evidence", key, "a" * 20, None, sites)
    app = create_app(settings, clock=clock.now, new_incarnation=lambda: "one", inline=True)
    try:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://central") as client:
            yield client
    finally:
        app.state.central.close()


async def put(client: httpx.AsyncClient, content: Any, **more: Any) -> httpx.Response:
    return await client.put(f"/api/v1/down/{SITE}/lists", headers=ADMIN, json={"content": content, **more})


async def test_what_is_published_reaches_the_site_it_is_for_over_http(tmp_path: Path) -> None:
    line, path = Line(tmp_path), f"/api/v1/down/{SITE}"
    async with central_at(tmp_path, line.clock) as client:
        made = (await put(client, listed("discredited"))).json()
        assert made["number"] == 20261102080000
        answer = await client.get(path, headers=QUARRY)
        await line.edge.take(answer.content)
        assert line.weigh(40_000).list_status == "discredited"
        assert line.weigh(40_000).bulletins == {"lists": made["number"]}
        nothing = await client.get(path, headers=QUARRY, params={"above": f"lists:{made['number']}"})
        assert nothing.json() == []
        told = await client.get(f"{path}/lists", headers=ADMIN)
        assert [(one["number"], one["in_force"]) for one in told.json()["bulletins"]] == [(made["number"], True)]


@pytest.mark.parametrize(("needed", "asked"), [(True, 3), (False, 0)])
async def test_a_site_asks_by_itself_while_it_has_no_broker(needed: bool, asked: int, tmp_path: Path) -> None:
    line, came, waits = Line(tmp_path), [], []

    async def take(what: str, payload: bytes) -> None:
        came.append(what)
        if what == "down":
            await line.edge.take(payload)

    async def sleep(wait_s: float) -> None:
        waits.append(wait_s)
        if len(waits) > 3:
            raise asyncio.CancelledError

    async with central_at(tmp_path, line.clock) as client:
        await put(client, listed("watched"))
        pull = Pull(
            "http://central", "q" * 20, SITE, seen=line.edge.seen, take=take, needed=lambda: needed, sleep=sleep,
            transport=client._transport,
        )  # fmt: skip
        with pytest.raises(asyncio.CancelledError):
            await pull.run()
    assert came == ["down", "commands"] * asked
    assert waits == [FIRST_S, EVERY_S, EVERY_S, EVERY_S]
    assert line.weigh(40_000).list_status == ("watched" if needed else "unlisted")


async def test_a_way_back_is_a_new_number_with_the_older_content(tmp_path: Path) -> None:
    line = Line(tmp_path)
    async with central_at(tmp_path, line.clock) as client:
        alone = await client.post(f"/api/v1/down/{SITE}/lists/back", headers=ADMIN)
        await put(client, listed("watched"))
        await put(client, listed("discredited"), effective_at=(START + timedelta(hours=1)).isoformat())
        line.clock.go_on(hours=2)
        back = await client.post(f"/api/v1/down/{SITE}/lists/back", headers=ADMIN)
        assert (alone.status_code, back.status_code) == (422, 201)
        sent = await client.get(f"/api/v1/down/{SITE}", headers=QUARRY)
        assert [one["number"] for one in sent.json()] == [back.json()["number"]]  # nothing that is over
        await line.edge.take(sent.content)
    assert line.weigh(40_000).list_status == "watched"


async def test_what_was_to_come_and_never_will_is_told(tmp_path: Path) -> None:
    async with central_at(tmp_path, SetClock(START)) as client:
        later = (await put(client, listed("watched"), effective_at="2027-01-01T00:00:00+08:00")).json()
        assert later["replaced"] == []
        last = (await put(client, listed("watched"), effective_at="2027-03-01T00:00:00+08:00")).json()
        assert last["replaced"] == []
        assert (await put(client, listed("discredited"))).json()["replaced"] == [later["number"], last["number"]]


async def test_doors_know_who_may(tmp_path: Path) -> None:
    rows = (
        ("GET", "/api/v1/down/quarry-1", {}, 401),
        ("GET", "/api/v1/down/quarry-1", ADMIN, 401),
        ("GET", "/api/v1/down/station-1", QUARRY, 403),
        ("GET", "/api/v1/down/quarry-1?above=tickets:1", QUARRY, 422),
        ("PUT", "/api/v1/down/quarry-1/lists", QUARRY, 401),
        ("PUT", "/api/v1/down/quarry-1/tickets", ADMIN, 422),
        ("PUT", "/api/v1/down/nowhere/lists", ADMIN, 422),
        ("POST", "/api/v1/down/quarry-1/lists/back", QUARRY, 401),
        ("GET", "/api/v1/down/quarry-1/lists", QUARRY, 401),
        ("GET", "/api/v1/commands/quarry-1", ADMIN, 401),
        ("GET", "/api/v1/commands/station-1", QUARRY, 403),
        ("POST", "/api/v1/commands/quarry-1", QUARRY, 401),
        ("POST", "/api/v1/commands/quarry-1", ADMIN, 422),
    )
    async with central_at(tmp_path, SetClock(START)) as client:
        for method, path, headers, code in rows:
            answer = await client.request(method, path, headers=headers, json={"content": {"listed": []}})
            assert (method, path, answer.status_code) == (method, path, code)


async def test_a_wrong_content_is_not_signed(tmp_path: Path) -> None:
    async with central_at(tmp_path, SetClock(START)) as client:
        for content in ({"listed": [{"plate": "x"}]}, {"permits": []}, [], None):
            assert (await put(client, content)).status_code == 422
        late = await put(client, {"listed": []}, effective_at="2027-01-01T00:00:00")
        assert (late.status_code, "effective_at" in late.json()["error"]) == (422, True)
        huge = await client.put(
            f"/api/v1/down/{SITE}/laws", headers=ADMIN, json={"content": {"files": {"limits/a.toml": "x" * 3_000_000}}}
        )
        assert huge.status_code == 422
        assert (await client.get(f"/api/v1/down/{SITE}", headers=QUARRY)).json() == []
    assert list((tmp_path / "down").rglob("*.json")) == []


def test_numbers_rise_even_within_a_second_and_after_a_backup_was_restored(tmp_path: Path) -> None:
    clock = SetClock(START)
    central = Bulletins(tmp_path / "down", KEY, [SITE], clock.now)
    numbers = [central.publish(SITE, "lists", {"listed": []}).number for _ in range(3)]
    assert numbers == [20261102080000, 20261102080001, 20261102080002]
    clock.go_on(days=1)
    empty = Bulletins(tmp_path / "restored", KEY, [SITE], clock.now)
    assert empty.publish(SITE, "lists", {"listed": []}).number > numbers[-1]
    clock.at = datetime(2020, 1, 1, tzinfo=UTC)
    assert central.publish(SITE, "lists", {"listed": []}).number == numbers[-1] + 1


def test_what_is_kept_is_bounded_but_never_loses_what_is_in_force(tmp_path: Path) -> None:
    clock = SetClock(START)
    central = Bulletins(tmp_path, KEY, [SITE], clock.now)
    first = central.publish(SITE, "lists", {"listed": []}).number
    for _ in range(KEPT_MAX + 5):
        central.publish(SITE, "lists", {"listed": []}, START + timedelta(days=900))
    assert central.above(SITE, {})[0].bulletin.number == first
    for _ in range(KEPT_MAX + 5):
        central.publish(SITE, "lists", {"listed": []})
    assert len(central.listing(SITE, "lists")) == KEPT_MAX
    again = Bulletins(tmp_path, KEY, [SITE], clock.now)
    assert again.listing(SITE, "lists") == central.listing(SITE, "lists")


def test_a_message_is_bounded_and_the_rest_comes_with_the_next(tmp_path: Path) -> None:
    central = Bulletins(tmp_path, KEY, [SITE], SetClock(START).now)
    text = "# " + "x" * (BULLETIN_BYTES_MAX - 2_000)
    for _ in range(4):
        central.publish(SITE, "laws", {"files": {"limits/a.toml": text}}, START + timedelta(days=1))
    seen: dict[Any, int] = {}
    rounds = []
    while found := central.above(SITE, seen):
        rounds.append(len(found))
        seen["laws"] = found[-1].bulletin.number
    assert rounds == [2, 2]


def test_every_kept_file_is_signed_by_central(tmp_path: Path) -> None:
    central = Bulletins(tmp_path, KEY, [SITE], SetClock(START).now)
    central.publish(SITE, "permits", {"permits": []})
    file = next(tmp_path.rglob("permits-*.json"))
    received = read_bulletins(file.read_bytes())[0]
    assert verify(KEY.public_hex, bytes.fromhex(received.bulletin.signature), received.signed)
    file.write_bytes(b"{}")
    with pytest.raises(BulletinError, match="cannot be read"):
        central.above(SITE, {})


@pytest.mark.parametrize("text", ["laws", "laws:", "laws:x", "laws:-1", "x:1", "laws:" + "9" * 17, "laws:1;lists:2"])
def test_what_is_no_above_is_said_so(text: str) -> None:
    with pytest.raises(ValueError, match="is not KIND:NUMBER"):
        read_above(text)


@pytest.mark.parametrize(
    ("status", "seen"),
    [
        ({}, None),
        ({"down": {}}, {}),
        ({"down": {"laws": 3, "lists": "x", "more": 1}}, {"laws": 3}),
        ({"down": 1}, None),
        ([], None),
    ],
)
def test_a_status_says_what_a_site_has_seen(status: Any, seen: Any) -> None:
    assert down_of(json.dumps(status).encode()) == seen
    assert down_of(b"{") is None
