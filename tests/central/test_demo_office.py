"""The demo's case office against a real central: one officer is refused, two file, and four parties are shown."""

import asyncio
import io
import re
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import count
from pathlib import Path

import httpx
import pytest
import uvicorn
from boxes import ADMIN
from rich.console import Console
from roads import AUTHORITY, PICTURE, SEEN, Centre, Place, moment

from central.case_rules import CaseRules
from weighgate.demo.office import Casebook, Office
from weighgate.demo.office_screen import tables

PLATE = "豫A12345"


@pytest.fixture
def station() -> Place:
    return Place("station-1", "checkpoint")


@pytest.fixture
async def centre(tmp_path: Path, station: Place) -> AsyncIterator[Centre]:
    made = Centre(tmp_path, [station], CaseRules(jurisdiction="CN-HA", authority=AUTHORITY))
    await made.has_picture(PICTURE, station)
    yield made
    await made.close()


@asynccontextmanager
async def served(centre: Centre) -> AsyncIterator[str]:
    """Central behind a real port, deriving as it goes; its address."""
    server = uvicorn.Server(uvicorn.Config(centre.app, port=0, log_config=None))
    listening = socket.create_server(("127.0.0.1", 0))
    serving = asyncio.create_task(server.serve([listening]))
    deriving = asyncio.create_task(centre.central.deriver.run())
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving
        deriving.cancel()
        listening.close()


async def worked(
    centre: Centre,
    station: Place,
    gross_kg: int,
    pictures: Sequence[str],
    token: str = ADMIN,
    patience_s: float = 10,
    confidence: int = 98,
) -> Casebook:
    seen = station.sees(PLATE, "2026-03-02 12:00", gross_kg, pictures=pictures, confidence=confidence)
    await centre.take(station, seen)
    centre.now = moment("2026-03-02 15:00")
    async with served(centre) as url:
        with httpx.Client() as client:
            minutes = count(1)
            first = moment("2026-03-02 14:00")
            office = Office(client, url, token, lambda: first + timedelta(minutes=next(minutes)), patience_s)
            return await asyncio.to_thread(office.work, "station-1")


def shown(book: Casebook) -> str:
    console = Console(width=600, record=True, file=io.StringIO())
    console.print(tables(book))
    return console.export_text()


async def test_an_overload_is_carried_to_its_decision_and_no_step_the_law_forbids_is_taken(
    centre: Centre, station: Place
) -> None:
    book = await worked(centre, station, 58_400, SEEN)
    assert [(step.split()[0], _short(answer)) for step, answer in book.steps] == [
        ("file", "art.42"),
        ("file", "filed"),
        ("complete", "investigated"),
        ("decide", "art.44"),
        ("tell", "told"),
        ("decide", "art.45"),
        ("waive-statement", "told"),
        ("decide", "art.64"),
        ("waive-hearing", "told"),
        ("decide", "decided"),
        ("serve", "served"),
    ]
    assert book.faults == ()
    assert "served: 4500 yuan, to be paid at a bank until 2026-03-17" in book.stands
    assert book.stands in " ".join(shown(book).split())


async def test_a_person_s_word_completes_what_only_a_person_can_see(centre: Centre, station: Place) -> None:
    book = await worked(centre, station, 58_400, SEEN, confidence=80)
    assert [(step.split()[0], _short(answer)) for step, answer in book.steps[2:5]] == [
        ("complete", "art.40"),
        ("evidence-confirmed", "filed"),
        ("complete", "investigated"),
    ]
    assert "played: plate" in book.steps[3][0]
    assert book.steps[-1][1] == "served"


async def test_its_four_parties_are_shown_with_what_is_known_of_them(centre: Centre, station: Place) -> None:
    book = await worked(centre, station, 58_400, SEEN)
    said = book.document()
    assert (said["leads"], said["cases"], said["parties"], said["parties_known"]) == (1, 1, 4, 2)
    assert said["leads_by_kind"] == [{"kind": "checkpoint", "state": "filed", "leads": 1}]
    rows = {line.split("│")[1].split()[0]: line for line in shown(book).splitlines() if line.count("│") == 6}
    assert {name: "unknown" not in row for name, row in rows.items()} == {
        "vehicle": True, "driver": False, "enterprise": True, "source": False,
    }  # fmt: skip
    assert "示例运输公司 (register)" in rows["enterprise"]
    assert "fine ≤ 4500 yuan" in rows["enterprise"]


def _short(answer: str) -> str:
    """The article of a refusal, or the state that was reached."""
    found = re.search(r"cn-penalty-law-2021 (art\.\d+)", answer)
    return answer if found is None else found[1]


async def test_a_case_whose_evidence_lacks_something_stays_filed_and_says_what(centre: Centre, station: Place) -> None:
    book = await worked(centre, station, 58_400, (), patience_s=2)
    assert book.case is not None
    assert (book.case["state"], book.faults) == ("filed", ())
    assert "pictures: a picture of the vehicle" in book.steps[-1][1]
    assert book.stands == f"it stays filed: {book.steps[-1][1]}"
    assert [lead["state"] for lead in book.leads] == ["filed"]


async def test_without_an_overload_nothing_is_filed_and_nothing_is_wrong(centre: Centre, station: Place) -> None:
    book = await worked(centre, station, 48_000, SEEN)
    assert (book.document()["cases"], book.steps, book.faults) == (0, (), ())
    assert "nothing the station sent was filed" in shown(book)


async def test_an_overload_that_no_lead_was_made_of_is_a_fault(centre: Centre, station: Place) -> None:
    book = await worked(centre, station, 58_400, SEEN, patience_s=0)
    assert book.faults == ("1 weighings at station-1 were over the limit, and no case was filed",)


async def test_a_central_that_refuses_the_office_is_a_fault(centre: Centre, station: Place) -> None:
    book = await worked(centre, station, 58_400, SEEN, token="nobody-s-token")
    assert "401" in book.faults[0]
