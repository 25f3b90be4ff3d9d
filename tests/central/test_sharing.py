"""What others are told: suspicions and their answers, and signed messages sent until they are taken."""

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from boxes import ADMIN, NOW
from places import QUARRY, STATION, Place, deliver_to, settings_of, shuffled
from sqlmodel import select

from central.bootstrap import create_app
from central.scopes import ReaderSettings
from central.sharing.messages import headers_of, rest_ms
from central.sharing.sending import Sender
from central.store.sharing_tables import MessageRow, ReferralRow, SuspectRow
from central.supervision_rules import Hook, TraceRules
from gateway.contract.signing import verify

WHOLE = {"Authorization": f"Bearer {ADMIN}"}
POLICE = {"Authorization": "Bearer police-token"}
PLATE = "豫A00001"
TOLD = Hook("industry", "http://industry/in", frozenset({"referral", "trace"}))
SHARED = Hook("police", "http://police/in", frozenset({"referral"}), persons=True, secret="shared-secret")
LEADS = Hook("leads", "http://leads/in", frozenset({"lead"}))


@dataclass
class Receiver:
    """Another department's server: answers as it is told, and keeps what came."""

    codes: list[int] = field(default_factory=list)
    came: list[tuple[Mapping[str, str], bytes]] = field(default_factory=list)
    answer: httpx.AsyncByteStream | None = None

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.came.append((request.headers, request.content))
        return httpx.Response(self.codes.pop(0) if self.codes else 204, stream=self.answer)


class Endless(httpx.AsyncByteStream):
    """An answer of which nobody should read a byte."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        raise AssertionError("the answer was read")


@dataclass
class Desk:
    http: httpx.AsyncClient
    central: Any
    receiver: Receiver
    sender: Sender
    at: list[datetime]

    async def got(self, path: str, headers: Mapping[str, str] = WHOLE) -> list[dict[str, Any]]:
        await self.central.deriver.settle()
        answer = await self.http.get(f"/api/v1{path}", headers=headers)
        assert answer.status_code == 200, answer.text
        rows: list[dict[str, Any]] = answer.json()["rows"]
        return rows

    def outbox(self, hook: Hook) -> list[tuple[str, int]]:
        mine = select(MessageRow).where(MessageRow.hook == hook.name)
        found: list[tuple[str, int]] = self.central.database.run_here(
            lambda s: [(row.state, row.attempts) for row in s.exec(mine.order_by(MessageRow.id))]  # type: ignore[arg-type]
        )
        return found


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    readers = (ReaderSettings("police", "police-token", ("sharing:read", "sharing:write")),)
    known = settings_of(tmp_path, readers=readers, webhooks=(TOLD, SHARED, LEADS))
    at = [NOW]
    clock: Callable[[], datetime] = lambda: at[0]  # noqa: E731 - a clock that the test moves
    app = create_app(known, clock=clock, new_incarnation=lambda: "first", inline=True)
    central, receiver = app.state.central, Receiver()
    async with (
        httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://central") as http,
        httpx.AsyncClient(transport=httpx.MockTransport(receiver)) as out,
    ):
        sender = Sender(central.database, (TOLD, SHARED, LEADS), out, central.key.private.sign, clock)
        yield Desk(http, central, receiver, sender, at)
    central.close()


async def suspect(desk: Desk, times: int = 1) -> None:
    quarry = Place(QUARRY)
    for minute in range(times):
        quarry.weighed(minute, PLATE, 20_000, suspicions=("under-declared",))
    await deliver_to(desk.central, quarry.entries)


async def test_a_suspicion_is_passed_on_and_its_answer_kept(desk: Desk) -> None:
    await suspect(desk, 2)
    (row,) = await desk.got("/referrals?suspicion=under-declared&from=2026-05-01")
    assert (row["plate"], row["times"], row["state"]) == (PLATE, 2, "open")
    about = {"plate": PLATE, "colour": "yellow", "suspicion": "under-declared", "why": "抄送", "document": "函 5号"}
    states = []
    for hour, (kind, receiver, more, code) in enumerate(
        (
            ("answered", "police", {"finding": "属实"}, 409),  # nobody asked them
            ("referred", "police", {}, 201),
            ("referred", "industry-authority", {}, 201),
            ("answered", "police", {}, 409),  # and what did they find?
            ("answered", "police", {"finding": "属实"}, 201),
            ("answered", "industry-authority", {"finding": "已约谈"}, 201),
            ("withdrawn", "police", {}, 201),
        ),
        start=1,
    ):
        act = {"id": f"ref-{hour:04d}", "at": f"2026-05-01T0{hour}:00:00Z", "kind": kind, "receiver": receiver}
        act |= {**about, **more}
        answer = await desk.http.post("/api/v1/referrals/acts", json=act, headers=POLICE)
        assert answer.status_code == code, answer.text
        (row,) = await desk.got("/referrals", POLICE)
        states.append(row["state"])
    assert states == ["open", "referred", "referred", "referred", "referred", "answered", "answered"]
    assert (row["plate"], len(row["content"]["history"])) == ("豫A0***1", 5)
    other = {**act, "id": "ref-other", "plate": "豫A99999"}
    assert (await desk.http.post("/api/v1/referrals/acts", json=other, headers=POLICE)).status_code == 404


async def test_messages_are_signed_by_the_key_or_by_the_shared_secret(desk: Desk) -> None:
    await suspect(desk)
    assert await desk.sender.drain(TOLD) == 1
    assert await desk.sender.drain(SHARED) == 1
    (masked_one, body), (whole_one, whole) = desk.receiver.came
    assert json.loads(body)["data"]["plate"] == "豫A0***1"
    assert PLATE not in body.decode()
    assert json.loads(whole)["data"]["plate"] == PLATE
    version, _, signature = masked_one["webhook-signature"].partition(",")
    signed = f"{masked_one['webhook-id']}.{masked_one['webhook-timestamp']}.".encode() + body
    assert version == "v1a"
    assert verify(desk.central.key.public_hex, base64.b64decode(signature), signed)
    signed = f"{whole_one['webhook-id']}.{whole_one['webhook-timestamp']}.".encode() + whole
    digest = hmac.new(b"shared-secret", signed, hashlib.sha256).digest()
    assert whole_one["webhook-signature"] == f"v1,{base64.b64encode(digest).decode()}"


async def test_what_was_not_taken_is_sent_again_later_in_order_under_the_same_name(desk: Desk) -> None:
    await suspect(desk)
    desk.receiver.codes = [500, 503]
    assert await desk.sender.drain(TOLD) == 0
    assert await desk.sender.drain(TOLD) == 0  # it rests: nobody was asked
    assert len(desk.receiver.came) == 1
    desk.at[0] += timedelta(seconds=5)
    assert await desk.sender.drain(TOLD) == 0
    await suspect(desk, 2)  # changed meanwhile: waits behind the first
    desk.at[0] += timedelta(seconds=10)
    assert await desk.sender.drain(TOLD) == 2
    names = [headers["webhook-id"] for headers, _ in desk.receiver.came]
    assert names[0] == names[1] == names[2] != names[3]
    assert [json.loads(body)["data"]["times"] for _, body in desk.receiver.came] == [1, 1, 1, 2]
    assert desk.outbox(TOLD) == [("delivered", 3), ("delivered", 1)]


async def test_a_hook_that_is_gone_is_given_up_and_can_be_asked_again(desk: Desk) -> None:
    await suspect(desk)
    desk.receiver.codes = [410]
    await desk.sender.drain(TOLD)
    assert [
        tuple(row[name] for name in ("hook", "state", "messages", "error")) for row in await desk.got("/webhooks")
    ] == [
        ("industry", "given-up", 1, "HTTP 410"),
        ("police", "pending", 1, None),
    ]
    answer = await desk.http.post("/api/v1/webhooks/industry/again", headers=POLICE)
    assert answer.json() == {"messages": 1}
    assert await desk.sender.drain(TOLD) == 1


async def test_what_something_newer_was_told_of_is_not_tried_again(desk: Desk) -> None:
    """The one who is told would take what is old for what is true now."""
    await suspect(desk)
    desk.receiver.codes = [410]
    await desk.sender.drain(TOLD)
    await suspect(desk, 2)
    assert await desk.sender.drain(TOLD) == 1
    answer = await desk.http.post("/api/v1/webhooks/industry/again", headers=POLICE)
    assert (answer.json(), desk.outbox(TOLD)) == ({"messages": 0}, [("given-up", 1), ("delivered", 1)])


async def test_a_lead_of_which_nobody_read_the_plate_is_told_too(desk: Desk) -> None:
    quarry = Place(QUARRY)
    held = quarry.weighed(0, "", 61_000)
    quarry.let_go(5, held, "")
    await deliver_to(desk.central, quarry.entries)
    [lead] = [one for one in await desk.got("/leads") if one["kind"] == "source-release"]
    assert not lead["plate"]
    assert await desk.sender.drain(LEADS) == 1
    [(_, body)] = desk.receiver.came
    assert (json.loads(body)["type"], json.loads(body)["data"]["entry"]) == ("weighgate.lead", lead["entry"])


async def test_what_was_told_last_is_not_told_again_but_a_return_to_it_is(desk: Desk) -> None:
    await suspect(desk)
    await suspect(desk)
    assert desk.outbox(TOLD) == [("pending", 0)]
    hooks = (TOLD,)
    from central.sharing.outbox import announce

    for state in ("a", "b", "b", "a"):
        desk.central.database.run_here(lambda s, state=state: announce(s, hooks, "trace", "k", {"state": state}))
    assert len(desk.outbox(TOLD)) == 4


async def test_every_access_is_kept_for_the_auditor(desk: Desk) -> None:
    await desk.got("/referrals?state=open", POLICE)
    await desk.got("/referrals?state=open", POLICE)
    (row,) = await desk.got("/accesses?who=police&from=2026-05-01")
    assert (row["path"], row["query"], row["times"]) == ("/api/v1/referrals", "state=open", 2)
    assert (await desk.http.get("/api/v1/accesses", headers=POLICE)).status_code == 403


async def test_what_the_administrator_orders_is_kept_too(desk: Desk) -> None:
    order = {"what": "tell-state"}
    answer = await desk.http.post(f"/api/v1/commands/{QUARRY}", json=order, headers=WHOLE)
    assert answer.status_code == 201, answer.text
    rows = await desk.got("/accesses?who=administrator")
    assert ("POST", f"/api/v1/commands/{QUARRY}") in [(row["method"], row["path"]) for row in rows]


async def test_nobody_reads_what_a_department_answers(desk: Desk) -> None:
    await suspect(desk)
    desk.receiver.answer = Endless()
    assert await desk.sender.drain(TOLD) == len(desk.receiver.came) > 0


async def test_a_duty_ends_behind_its_beginning(desk: Desk) -> None:
    duty = {"id": "duty-0002", "at": "2026-05-01T08:00:00Z", "until": "2026-05-01T07:59:59Z", "why": "x"}
    more = {"kind": "joint-duty", "site": STATION, "authorities": ["a", "b"], "officers": 4}
    assert (await desk.http.post("/api/v1/joint-duties", json={**duty, **more}, headers=WHOLE)).status_code == 422


async def test_joint_duty(desk: Desk) -> None:
    duty = {
        "id": "duty-0001", "at": "2026-05-01T00:00:00Z", "until": "2026-05-01T08:00:00Z", "why": "联合执法",
        "kind": "joint-duty", "site": STATION, "authorities": ["县公安局", "县交通局"], "officers": 4,
    }  # fmt: skip
    assert (await desk.http.post("/api/v1/joint-duties", json=duty, headers=POLICE)).status_code == 201
    assert await desk.got(f"/joint-duties?site={QUARRY}") == []
    (row,) = await desk.got(f"/joint-duties?from=2026-05-01&site={STATION}")
    assert (row["authorities"], row["who"]) == (["县公安局", "县交通局"], "police")


async def test_the_public_feed_names_nobody_and_no_few(desk: Desk) -> None:
    station = Place(STATION)
    for minute in range(6):
        station.weighed(minute, PLATE, 60_000 if minute < 2 else 40_000)
    await deliver_to(desk.central, station.entries)
    await desk.central.deriver.settle()
    answer = await desk.http.get("/api/v1/public/months?year=2026")
    (row,) = answer.json()["rows"]
    assert (row["period"], row["checked"], row["exceeded"], row["rate"]) == ("2026-05", 6, None, None)
    assert PLATE not in answer.text
    assert (await desk.http.get("/api/v1/public/listings")).json() == {"rows": [], "next": None}
    assert (await desk.http.get("/api/v1/public/exposures")).json() == {"rows": [], "next": None}


@pytest.mark.parametrize("seed", range(4))
async def test_no_order_of_arrival_changes_a_referral(desk: Desk, seed: int) -> None:
    places = [Place(QUARRY), Place(STATION)]
    for minute in range(4):
        places[minute % 2].weighed(minute, PLATE, 20_000, suspicions=("under-declared",) if minute else ())
    entries = [entry for place in places for entry in place.entries]
    await deliver_to(desk.central, shuffled(entries, seed, repeated=2), settle_between=bool(seed % 2))
    rows = desk.central.database.run_here(
        lambda s: ([r.model_dump() for r in s.exec(select(ReferralRow))], len(s.exec(select(SuspectRow)).all()))
    )
    assert rows[1] == 3
    assert [(row["times"], row["first_ms"], row["last_ms"]) for row in rows[0]] == [(3, 1777593660000, 1777593780000)]


def test_a_failing_hook_is_left_alone_longer_each_time() -> None:
    assert [rest_ms(attempts) for attempts in (0, 1, 2, 9, 10, 99)] == [
        5_000,
        10_000,
        20_000,
        2_560_000,
        3_600_000,
        3_600_000,
    ]
    headers = headers_of(SHARED, "msg_1", "{}", 1_000, lambda _: b"")
    assert headers["webhook-timestamp"] == "1"


def test_the_defaults_of_tracing_are_settings() -> None:
    assert TraceRules(window_h=1).window_ms == 3_600_000
