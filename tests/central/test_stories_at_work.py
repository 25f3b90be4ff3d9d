"""The four stories of cases once more, told to real processes: a central on PostgreSQL and the gateway of a gate.

Entries come by central's door as sites send them; that a listed truck is known at the gate, and no more once its case
is annulled, is read from what the gateway itself weighed and delivered.
"""

import json
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from departments import Department, department
from programs import fresh_database, private_folder
from roads import Doors
from running_centre import AtWork, at_work, until
from stories import LET_OUT, STORIES, Roads

pytestmark = [pytest.mark.slow, pytest.mark.needs_postgres]
COUNTY = "token-of-the-county"


@pytest.fixture(scope="module")
def told() -> Iterator[Department]:
    with department() as found:
        yield found


@pytest.fixture(scope="module")
def processes(postgres: int, told: Department) -> Iterator[AtWork]:
    """One central and one gateway for all four: each story has its own plate, time and journals."""
    lines = ["[[readers]]", 'name = "county"', 'token_env = "STORY_COUNTY"', 'scopes = ["cases:read"]']
    lines += ["[[webhooks]]", 'name = "office"', f'url = "{told.url}"', 'kinds = ["source-item", "trace"]']
    with pytest.MonkeyPatch.context() as environ, private_folder() as folder, fresh_database(postgres) as url:
        environ.setenv("STORY_COUNTY", COUNTY)
        with at_work(folder, url, Roads().places, lines) as found:
            yield found


@pytest.fixture(params=STORIES)
def story(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
async def centre(processes: AtWork, story: str) -> AsyncIterator[Doors]:
    made = processes.meet(f"story-{story}")
    yield made
    await made.close()


async def test_from_the_scale_to_the_lawful_end(story: str, centre: Doors, processes: AtWork, told: Department) -> None:
    await STORIES[story](centre, Roads(story))
    if story == "d":
        await _told_without_persons(processes.central, told)


async def _told_without_persons(central: str, told: Department) -> None:
    """Who may not see persons reads half a plate, and so does another department."""

    async def closed() -> bool:
        return any(one["type"] == "weighgate.source-item" and one["data"]["state"] == "closed" for one in told.told)

    await until(closed, f"the department was told {told.told}")
    assert LET_OUT not in json.dumps(told.told, ensure_ascii=False)
    headers = {"Authorization": f"Bearer {COUNTY}"}
    async with httpx.AsyncClient(base_url=central, headers=headers, timeout=30) as county:
        asked = {"result": "same-load", "origin_site": "quarry-1"}
        traced = (await county.get("/api/v1/traces", params=asked)).json()["rows"]
    assert [one["plate"] for one in traced] == ["豫C6***0"]
