"""No second fine of one party for one act, whichever case comes to central first; and none of two officers at once."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from deciding import decided_case, fine
from roads import ADMIN_HEADERS, AUTHORITY, OFFICERS, PICTURE, SEEN, Centre, Place, moment

from central.bootstrap import create_app

PLATE, DAY = "豫A12345", "2026-03-02"


@pytest.fixture
async def centre(tmp_path: Path) -> AsyncIterator[Centre]:
    made = Centre(tmp_path, [Place("station-1", "checkpoint")])
    await made.has_picture(PICTURE, made.places["station-1"])
    yield made
    await made.close()


async def caught(centre: Centre, at: str = f"{DAY} 08:00") -> str:
    station = centre.places["station-1"]
    seen = station.sees(PLATE, at, 52_500, pictures=SEEN)
    await centre.take(station, seen)
    return seen.id


async def police_fine(centre: Centre, at: str, party: str) -> dict[str, Any]:
    decided: dict[str, Any] = await centre.say(
        "police-decisions", at, number="示例-1", authority="示例交警", plate=PLATE, colour="yellow",
        happened=f"{DAY}T08:00:00+08:00", measures=[fine(500, party=party, act="overload")],
    )  # fmt: skip
    return decided


@pytest.mark.parametrize(("party", "flagged"), [("enterprise", True), ("carrier", True), ("driver", False)])
async def test_a_fine_of_the_police_told_late_has_people_look_again(centre: Centre, party: str, flagged: bool) -> None:
    case = await decided_case(centre, await caught(centre), DAY, 1_500)
    police = await police_fine(centre, "2026-03-20 09:00", party)
    said = (await centre.get(f"cases/{case}"))["review"]
    assert ("art.29" in said) if flagged else said is None
    assert (await centre.get(f"cases/{police['id']}"))["review"] is None, "it was first"
    await centre.say(f"cases/{police['id']}/moves/annul", "2026-03-25 09:00", annulled_by="court")
    assert (await centre.get(f"cases/{case}"))["review"] is None


async def test_whom_the_police_fined_before_is_not_fined_again(centre: Centre) -> None:
    entry = await caught(centre)
    await police_fine(centre, "2026-03-02 09:00", "enterprise")
    with pytest.raises(AssertionError, match=r"art\.29"):
        await decided_case(centre, entry, DAY, 1_500)


async def test_no_case_is_filed_before_what_it_stands_on(centre: Centre) -> None:
    entry = await caught(centre)
    said = {"entry": entry, "authority": AUTHORITY, "officers": OFFICERS}
    centre.now = moment("2026-04-01 09:00")
    early = await centre.http.post(
        "/api/v1/cases", json={"id": "early-0001", "at": "2026-03-01T00:00:00Z", "why": "x", **said}
    )
    assert (early.status_code, "before what it stands on" in early.text) == (409, True)


async def test_a_fine_paid_in_parts_is_paid_with_the_last(centre: Centre) -> None:
    case = await decided_case(centre, await caught(centre), DAY, 1_500, close=False, paid=False)
    moves = f"cases/{case}/moves"
    paid: dict[str, Any] = {"amount_yuan": 500, "through": "bank"}
    assert (await centre.refused(f"{moves}/pay", "2026-03-06 09:00", **paid))[0] == "cn-penalty-law-2021 art.66"
    assert (await centre.refused(f"{moves}/pay-part", "2026-03-06 09:00", **paid))[0] == "cn-penalty-law-2021 art.66"
    await centre.say(f"{moves}/allow-instalments", "2026-03-06 10:00", approved_by="head", until="2026-06-30")
    await centre.say(f"{moves}/pay-part", "2026-03-07 09:00", **paid)
    owed = (await centre.get(f"cases/{case}"))["payment"]
    assert (owed["paid_yuan"], owed["due"], owed["paid"]) == (500, "2026-06-30", None)
    assert (await centre.say(f"{moves}/pay", "2026-05-07 09:00", **{**paid, "amount_yuan": 1_000}))["state"] == "paid"


@pytest.mark.needs_postgres
async def test_of_two_officers_at_two_centrals_one_files_the_case(tmp_path: Path, postgres_url: str) -> None:
    """Both look, neither sees the other's: without waiting for each other both would file."""
    made = Centre(tmp_path, [Place("station-1", "checkpoint")], url=postgres_url)
    entries = [await caught(made, f"2026-03-{day:02d} 08:00") for day in (1, 4, 7, 10)]
    settings = replace(made.central.settings, database_url=postgres_url)
    apps = [create_app(settings, clock=lambda: moment("2026-04-01 09:00"), new_incarnation=str) for _ in range(2)]
    desks = [
        httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://central", headers=ADMIN_HEADERS)
        for app in apps
    ]
    for number, entry in enumerate(entries):
        filed = await asyncio.gather(*(_file(desk, f"desk-{at}-case-{number}", entry) for at, desk in enumerate(desks)))
        assert sorted(filed) == [201, 409], f"both filed on {entry}"
    for desk, app in zip(desks, apps, strict=True):
        await desk.aclose()
        app.state.central.close()
    await made.close()


async def _file(desk: httpx.AsyncClient, id_: str, entry: str) -> int:
    body = {"id": id_, "at": "2026-03-20T00:00:00Z", "why": "x", "entry": entry, "authority": AUTHORITY}
    return (await desk.post("/api/v1/cases", json={**body, "officers": OFFICERS})).status_code
