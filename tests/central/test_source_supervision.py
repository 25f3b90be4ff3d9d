"""A quarry that lets an overloaded truck out, from its ledger to the hazard struck off: over the API, step by step."""

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, get_args

import httpx
import pytest
from boxes import ADMIN, NOW
from places import QUARRY, STATION, TOLL, Place, deliver_to, settings_of
from sqlmodel import select

from central.bootstrap import create_app
from central.scopes import ReaderSettings
from central.sources.kinds import SourceKind
from central.sources.silence import silent_ms, watch
from central.store.database import epoch_ms
from central.store.source_tables import SilenceRow
from central.store.tables import SiteRow

COUNTY = {"Authorization": "Bearer county-token"}
LOOKER = {"Authorization": "Bearer looker-token"}
WHOLE = {"Authorization": f"Bearer {ADMIN}"}
PLATE = "豫A00002"


@pytest.fixture
async def http(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    readers = (
        ReaderSettings("county", "county-token", ("sources:read", "sources:write")),
        ReaderSettings("looker", "looker-token", ("sources:read",)),
    )
    app = create_app(
        settings_of(tmp_path, readers=readers), clock=lambda: NOW, new_incarnation=lambda: "first", inline=True
    )
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://central") as client:
        client.central = app.state.central  # type: ignore[attr-defined]
        yield client
    app.state.central.close()


async def act(http: httpx.AsyncClient, path: str, kind: str, _code: int = 201, **body: Any) -> Any:
    """One act, a minute after the one before it where `at` is not given."""
    http.minute = getattr(http, "minute", 0) + 1  # type: ignore[attr-defined]
    at = body.pop("at", f"2026-05-01T02:{http.minute:02d}:00Z")  # type: ignore[attr-defined]
    document = {"id": f"{kind}-{body.pop('number', 1)}", "at": at, "why": "巡查", "kind": kind, **body}
    answer = await http.post(f"/api/v1{path}", json=document, headers=COUNTY)
    assert answer.status_code == _code, answer.text
    return answer.json()


async def register(http: httpx.AsyncClient) -> None:
    particulars: dict[str, Any] = {
        "name": "某砂石厂",
        "source_kind": "sand-and-gravel",
        "region": "410000",
        "authority": "某县治超办",
    }
    await act(http, "/sources/s1/acts", "source-registered", **particulars, key_unit=True, sites=[QUARRY])


async def rows(http: httpx.AsyncClient, path: str) -> list[dict[str, Any]]:
    await http.central.deriver.settle()  # type: ignore[attr-defined]
    answer = await http.get(f"/api/v1{path}", headers=LOOKER)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["rows"]
    return found


async def exposed(http: httpx.AsyncClient, limit: int = 100) -> list[str]:
    """What anybody reads of exposures, page by page: the ground of each."""
    await http.central.deriver.settle()  # type: ignore[attr-defined]
    found: list[str] = []
    after: dict[str, str] | None = {}
    while after is not None:
        page = (await http.get("/api/v1/public/exposures", params={"limit": limit, **after})).json()
        found += [one["ground"] for one in page["rows"]]
        after = None if page["next"] is None else {"after": page["next"]}
    return found


async def test_the_ledger_sets_tickets_against_passages_and_names_the_grounds(http: httpx.AsyncClient) -> None:
    await register(http)
    quarry = Place(QUARRY)
    quarry.weighed(0, "豫A00001", 48_000)
    held = quarry.weighed(10, PLATE, 61_000)  # Order 62 art. 28: weighed before it leaves
    quarry.let_go(20, held, PLATE)
    again = quarry.weighed(30, "豫A00003", 55_000)
    quarry.weighed(60, "豫A00003", 48_500, parent=again.id)
    quarry.let_go(61, again, "豫A00003", ground="recheck-within")
    await deliver_to(http.central, quarry.entries)  # type: ignore[attr-defined]
    await act(http, "/sources/s1/acts", "tickets-counted", site=QUARRY, day="2026-05-01", tickets=2)
    ledger = await rows(http, "/source-ledger?source=s1&from=2026-05-01&until=2026-05-01")
    assert [
        {name: row[name] for name in ("trucks", "attempts", "released_over", "grounds", "tickets", "tickets_missing")}
        for row in ledger
    ] == [
        {
            "trucks": 3,
            "attempts": 2,
            "released_over": 2,
            "grounds": {"operator": 1, "recheck-within": 1},
            "tickets": 2,
            "tickets_missing": 1,
        }
    ]


async def test_a_day_on_which_nothing_was_weighed_stands_in_the_ledger_too(http: httpx.AsyncClient) -> None:
    """Tickets without a weighing, and a scale that was off all day: what a ledger is read for."""
    await register(http)
    early = "2026-05-01T02:30:00Z"
    await act(http, "/sources/s1/acts", "tickets-counted", site=QUARRY, day="2026-04-28", tickets=7, at=early)
    of_another = {"site": "quarry-9", "day": "2026-04-28", "tickets": 7, "number": 2}
    refused = await act(http, "/sources/s1/acts", "tickets-counted", 409, **of_another)
    assert "no site of it: those are quarry-1" in refused["error"]
    from_ms = epoch_ms(NOW) - 36 * 3_600_000
    silence = SilenceRow(site=QUARRY, from_ms=from_ms, until_ms=None)
    http.central.database.run_here(lambda session: session.add(silence))  # type: ignore[attr-defined]
    asked = "/source-ledger?source=s1&from=2026-04-01&until=2026-05-02"
    ledger = await rows(http, asked)
    assert [(row["day"], row["trucks"], row["tickets_missing"]) for row in ledger] == [
        ("2026-04-28", 0, -7), ("2026-04-30", 0, None), ("2026-05-01", 0, None),
    ]  # fmt: skip
    assert sum(row["silent_minutes"] for row in ledger) == 36 * 60
    first = (await http.get(f"/api/v1{asked}&limit=2", headers=LOOKER)).json()
    rest = await rows(http, f"{asked}&limit=2&after={first['next']}")
    assert [*first["rows"], *rest] == ledger


async def test_a_hazard_goes_through_notice_supervision_and_evidence_until_it_is_struck_off(
    http: httpx.AsyncClient,
) -> None:
    await register(http)
    path = "/source-items/h1/acts"
    found: dict[str, Any] = {"title": "超限车辆放行出场", "level": "major", "found_by": "巡查"}
    await act(http, path, "hazard-found", source="s1", **found, at="2026-04-19T02:00:00Z")
    four: dict[str, Any] = {
        "responsible": "总经理",
        "measure": "道闸联锁",
        "money_yuan": 20000,
        "deadline": "2026-04-30",
    }
    refused = await act(http, path, "notice-issued", 422, **four)
    assert "plan" in refused["error"]
    refused = await act(http, path, "notice-issued", 422, **four, plan="停用二号门")
    assert "deadline 2026-04-30 is before the day it was done, 2026-05-01" in refused["error"]
    await act(http, path, "notice-issued", **four, plan="停用二号门", at="2026-04-20T02:00:00Z")
    refused = await act(http, path, "review-passed", 409, finding="好", authority="某县治超办")
    assert "comes after handed-in" in refused["error"]
    await act(
        http, path, "supervision-listed", authority="某市治超办", deadline="2026-04-30", at="2026-04-21T02:00:00Z"
    )
    assert [row["id"] for row in await rows(http, "/source-items?overdue=true&source=s1")] == ["h1"]
    photo = b"the interlock"
    shown = hashlib.sha256(photo).hexdigest()
    await act(http, path, "evidence-handed-in", evidence=[shown])
    refused = await act(http, path, "review-passed", 409, number=2, finding="好", authority="某县治超办")
    assert "某市治超办" in refused["error"]
    done: dict[str, Any] = {"finding": "已改", "authority": "某市治超办", "number": 3}
    at = "2026-05-01T03:00:00Z"
    refused = await act(http, path, "review-passed", 409, **done, at=at)
    assert f"has not arrived: {shown}" in refused["error"]
    for who, code in ((LOOKER, 403), (COUNTY, 201)):
        answer = await http.put(f"/api/v1/evidence/{shown}", content=photo, headers=who)
        assert answer.status_code == code, answer.text
    assert await act(http, path, "review-passed", **done, at=at) == {"outcome": "stored"}
    assert await act(http, path, "review-passed", 200, **done, at=at) == {"outcome": "repeated"}
    (item,) = await rows(http, "/source-items?list=hazards")
    assert (item["state"], item["closed_at"]) == ("closed", "2026-05-01T03:00:00.000Z")
    assert await rows(http, "/source-items?overdue=true") == []
    history = await rows(http, "/source-items/h1/acts")
    assert [one["kind"] for one in history] == [
        "hazard-found",
        "notice-issued",
        "supervision-listed",
        "evidence-handed-in",
        "review-passed",
    ]
    assert {one["who"] for one in history} == {"county"}


async def test_talks_and_exposures_stand_in_the_register(http: httpx.AsyncClient) -> None:
    refused = await act(http, "/sources/s1/acts", "exposed", 409, ground="x", medium="y", text="z")
    assert "register it first" in refused["error"]
    await register(http)
    await act(http, "/sources/s1/acts", "talk-held", office="法定代表人", points="放行超限", undertaken="整改")
    await act(http, "/sources/s1/acts", "exposed", ground="三次放行", medium="县融媒体", text="……")
    (source,) = await rows(http, "/sources?kind=sand-and-gravel&key_unit=true")
    assert [one["office"] for one in source["content"]["talks"]] == ["法定代表人"]
    assert len(source["content"]["exposures"]) == 1
    await act(http, "/sources/s1/acts", "exposed", ground="再次放行", medium="县融媒体", text="……", number=2)
    assert await exposed(http, limit=1) == await exposed(http) == ["三次放行", "再次放行"]
    for exposure, at in (("exposed-9", "2026-05-01T03:00:00Z"), ("exposed-1", "2026-05-01T01:00:00Z")):
        refused = await act(http, "/sources/s1/acts", "exposure-withdrawn", 409, exposure=exposure, at=at)
        assert f"no exposure '{exposure}' stood then" in refused["error"], (
            "whoever withdraws it must not believe it gone"
        )
    await act(http, "/sources/s1/acts", "exposure-withdrawn", exposure="exposed-1", at="2026-05-01T03:00:00Z")
    assert await exposed(http) == ["再次放行"]


async def test_an_act_of_tomorrow_a_used_id_and_a_reader_who_only_looks_are_refused(http: httpx.AsyncClient) -> None:
    await register(http)
    await act(http, "/sources/s1/acts", "source-struck-off", 422, at="2026-05-02T00:00:00Z")
    used = {"id": "source-registered-1", "at": "2026-05-01T02:00:00Z", "why": "other", "kind": "source-struck-off"}
    answer = await http.post("/api/v1/sources/s1/acts", json=used, headers=COUNTY)
    assert (answer.status_code, "another act" in answer.json()["error"]) == (409, True)
    answer = await http.post("/api/v1/sources/s1/acts", json={**used, "id": "looker-01"}, headers=LOOKER)
    assert answer.status_code == 403


async def test_hours_in_which_a_site_was_not_heard_of(http: httpx.AsyncClient) -> None:
    database = http.central.database  # type: ignore[attr-defined]
    started_ms, minute = epoch_ms(NOW), 60_000

    def heard(site: str, at_min: int) -> None:
        database.run_here(lambda s: s.merge(SiteRow(site=site, seen_ms=started_ms + at_min * minute)))

    def look(at_min: int) -> list[tuple[str, int, int | None]]:
        """Who was silent, from which minute, until which."""
        now_ms = started_ms + at_min * minute
        database.run_here(lambda s: watch(s, [QUARRY, STATION, TOLL], started_ms, now_ms))
        rows = database.run_here(lambda s: [row.model_dump() for row in s.exec(select(SilenceRow))])
        ends = [(row["site"], row["from_ms"], row["until_ms"]) for row in rows]
        return sorted(
            (site, (a - started_ms) // minute, None if b is None else (b - started_ms) // minute) for site, a, b in ends
        )

    heard(STATION, -60)  # an hour before central was at work: who is silent then is not told
    heard(TOLL, 2)
    assert look(3) == [], "three minutes are not silence yet"
    assert look(4) == [(QUARRY, 0, None), (STATION, 0, None)]
    heard(TOLL, 5)
    heard(QUARRY, 5)
    assert look(8) == [(QUARRY, 0, 5), (STATION, 0, None)]
    heard(TOLL, 8)
    again = [(QUARRY, 0, 5), (QUARRY, 5, None), (STATION, 0, None)]
    assert look(9) == look(10) == again, "a second silence, which goes on"
    heard(TOLL, 11)
    heard(QUARRY, 11)
    assert look(12) == [(QUARRY, 0, 5), (QUARRY, 5, 11), (STATION, 0, None)]


def test_only_what_lies_within_a_day_and_is_over_is_its_silence() -> None:
    assert silent_ms([(0, 10), (20, 30)], 5, 25, 100) == 10
    assert silent_ms([(0, None)], 0, 60, 50) == 50, "a silence without an end lasts until now"
    assert silent_ms([(0, 3), (70, 80)], 5, 60, 100) == 0


async def test_the_second_list_holds_measures_and_the_hazard_that_each_is_against(http: httpx.AsyncClient) -> None:
    await register(http)
    hazard: dict[str, Any] = {"title": "二号门无磅", "level": "ordinary", "found_by": "巡查"}
    await act(http, "/source-items/h1/acts", "hazard-found", source="s1", **hazard)
    adopted: dict[str, Any] = {"source": "s1", "title": "出场必过磅"}
    refused = await act(http, "/source-items/m1/acts", "measure-adopted", 409, **adopted, hazard="h9")
    assert "'h9' is no hazard of 's1'" in refused["error"]
    await act(http, "/source-items/m1/acts", "measure-adopted", **adopted, hazard="h1")
    await act(http, "/source-items/m1/acts", "measure-checked", finding="执行")
    [measure] = await rows(http, "/source-items?list=measures")
    assert (measure["id"], measure["state"], measure["content"]["hazard"]) == ("m1", "checked", "h1")
    assert [one["id"] for one in await rows(http, "/source-items?list=hazards")] == ["h1"]


async def test_the_register_knows_four_kinds_of_enterprises_and_four_of_yards(http: httpx.AsyncClient) -> None:
    particulars: dict[str, Any] = {"name": "某单位", "region": "410000", "authority": "某县治超办", "sites": []}
    for number, kind in enumerate(get_args(SourceKind)):
        said = {**particulars, "source_kind": kind, "key_unit": bool(number % 2), "number": number}
        await act(http, f"/sources/s{number}/acts", "source-registered", **said)
        assert [one["id"] for one in await rows(http, f"/sources?kind={kind}")] == [f"s{number}"]
    assert len(await rows(http, "/sources")) == 8
    assert len(await rows(http, "/sources?key_unit=true")) == 4
    await act(http, "/sources/s9/acts", "source-registered", 422, **particulars, source_kind="farm", key_unit=True)
