"""The four stories of cases once more, told to real processes: a central on PostgreSQL and the gateway of a gate.

Entries come by central's door as sites send them; that a listed truck is known at the gate, and no more once its case
is annulled, is read from what the gateway itself weighed and delivered.
"""

import json
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import httpx
import pytest
from programs import fresh_database, private_folder
from roads import Doors
from running_centre import AtWork, at_work, until
from stories import LET_OUT, STORIES, Roads

pytestmark = [pytest.mark.slow, pytest.mark.needs_postgres]
COUNTY = "token-of-the-county"


@contextmanager
def department() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Another department's server, which keeps what it is told."""
    told: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/in", told
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def told() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Where another department is told, and what it was told."""
    with department() as found:
        yield found


@pytest.fixture(scope="module")
def processes(postgres: int, told: tuple[str, list[dict[str, Any]]]) -> Iterator[AtWork]:
    """One central and one gateway for all four: each story has its own plate, time and journals."""
    lines = ["[[readers]]", 'name = "county"', 'token_env = "STORY_COUNTY"', 'scopes = ["cases:read"]']
    lines += ["[[webhooks]]", 'name = "office"', f'url = "{told[0]}"', 'kinds = ["source-item", "trace"]']
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


async def test_from_the_scale_to_the_lawful_end(
    story: str, centre: Doors, processes: AtWork, told: tuple[str, list[dict[str, Any]]]
) -> None:
    await STORIES[story](centre, Roads(story))
    if story == "d":
        await _told_without_persons(processes.central, told[1])


async def _told_without_persons(central: str, told: list[dict[str, Any]]) -> None:
    """Who may not see persons reads half a plate, and so does another department."""

    async def closed() -> bool:
        return any(one["type"] == "weighgate.source-item" and one["data"]["state"] == "closed" for one in told)

    await until(closed, f"the department was told {told}")
    assert LET_OUT not in json.dumps(told, ensure_ascii=False)
    headers = {"Authorization": f"Bearer {COUNTY}"}
    async with httpx.AsyncClient(base_url=central, headers=headers, timeout=30) as county:
        asked = {"result": "same-load", "origin_site": "quarry-1"}
        traced = (await county.get("/api/v1/traces", params=asked)).json()["rows"]
    assert [one["plate"] for one in traced] == ["豫C6***0"]
