"""What OpenAPI shows is sent: every example of every address of supervision, in its order, and every list it names."""

import re
import shutil
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from boxes import ADMIN, NOW
from places import QUARRY, Place, central_of, deliver, deliver_to, settings_of
from test_counted_and_traced import story

from central.bootstrap import create_app
from central.routes.supervision_examples import EVIDENCE, EVIDENCE_SHA, PLATE
from central.sharing.outbox import due_messages
from central.supervision_rules import Hook

TAGS = {"statistics", "tracing", "sources", "credit", "sharing", "public"}
WHOLE = {"Authorization": f"Bearer {ADMIN}"}
ROOT = Path(__file__).parents[2]
PAGES_MAX = 12
"""Of one row each: enough to go from page to page."""


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("examples")
    central = central_of(folder)
    quarry = Place(QUARRY)
    quarry.entries = [one for one in story() if one.journal == f"{QUARRY}-j"]
    quarry.weighed(30, PLATE, 20_000, suspicions=("under-declared",))
    deliver(central, [*story(), quarry.entries[-1]])
    central.close()
    return folder


@pytest.fixture
async def app(stored: Path, tmp_path: Path) -> AsyncIterator[Any]:
    for name in ("central.db", "central.key"):
        shutil.copy(stored / name, tmp_path / name)
    made = create_app(settings_of(tmp_path), clock=lambda: NOW, new_incarnation=lambda: "first", inline=True)
    yield made
    made.state.central.close()


def operations(
    document: Mapping[str, Any], method: str, tags: set[str] = TAGS
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for path, methods in document["paths"].items():
        found = methods.get(method)
        if found is not None and tags & set(found.get("tags", ())):
            yield path, found


def example_of(parameter: Mapping[str, Any]) -> str:
    examples = parameter["schema"].get("examples") or [None]
    assert examples[0] is not None, f"{parameter['name']} has no example"
    return quote(str(examples[0]), safe="")


def address(path: str, operation: Mapping[str, Any]) -> str:
    """The path with its parameters' own examples, and the query that must be there."""
    query = []
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "path":
            path = path.replace(f"{{{parameter['name']}}}", example_of(parameter))
        elif parameter["required"]:
            query.append(f"{parameter['name']}={example_of(parameter)}")
    return path + (f"?{'&'.join(query)}" if query else "")


async def exchange(app: Any) -> tuple[int, int]:
    """Send every example and ask every list; how many of each."""
    document = app.openapi()
    sent = asked = 0
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url="http://central", headers=WHOLE
    ) as http:
        brought = await http.put(f"/api/v1/evidence/{EVIDENCE_SHA}", content=EVIDENCE)
        assert brought.status_code == 201, brought.text
        for path, operation in operations(document, "post"):
            body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
            assert body.get("examples") or "requestBody" not in operation, f"{path} shows no example"
            for name, example in (body.get("examples") or {"nothing": {"value": None}}).items():
                await app.state.central.deriver.settle()
                answer = await http.post(address(path, operation), json=example["value"])
                assert answer.status_code in (200, 201, 202), f"{path} {name}: {answer.text}"
                sent += 1
        await app.state.central.deriver.settle()
        for path, operation in operations(document, "get"):
            answer = await http.get(address(path, operation))
            assert answer.status_code == 200, f"{path}: {answer.text}"
            asked += 1
    return sent, asked


async def test_every_example_is_taken_and_every_list_answers(app: Any) -> None:
    assert await exchange(app) == (26, 25)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url="http://central", headers=WHOLE
    ) as http:
        assert await heeded(http, app.openapi()) > {"from", "until", "limit", "after"}


SENT_DOWN = {"/api/v1/commands/{site}": "post", "/api/v1/down/{site}/{kind}": "put"}


async def test_what_is_sent_down_to_a_site_is_shown_too(app: Any) -> None:
    paths = app.openapi()["paths"]
    shown = {
        path: operation["requestBody"]["content"]["application/json"]
        for path, methods in paths.items()
        for operation in methods.values()
        if "requestBody" in operation
    }
    assert [path for path, body in shown.items() if not {"example", "examples"} & set(body)] == []
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://central", headers=WHOLE) as http:
        for path, method in SENT_DOWN.items():
            place = path.format(site=QUARRY, kind="lists")
            for one in shown[path]["examples"].values():
                answer = await http.request(method, place, json=one["value"])
                assert answer.status_code == 201, answer.text


async def heeded(http: httpx.AsyncClient, document: Mapping[str, Any]) -> set[str]:
    """What a list says that it may be asked for, it heeds: a question that is ignored gets another one's answer."""
    asked = set()
    for path, operation in operations(document, "get", TAGS | {"leads", "cases", "parties", "persons"}):
        names = {one["name"] for one in operation.get("parameters", ()) if one["in"] == "query"}
        if "limit" not in names:
            continue
        place = address(path, operation)
        where = f"{place}{'&' if '?' in place else '?'}"
        if "from" in names:
            long_ago = await http.get(f"{where}from=1990-01-01&until=1990-01-31")
            assert (long_ago.status_code, long_ago.json()["rows"]) == (200, []), path
        found: list[Any] = []
        mark: str | None = ""
        whole = (await http.get(place)).json()["rows"]
        while mark is not None and len(found) < PAGES_MAX:
            answer = await http.get(f"{where}limit=1{mark}")
            assert answer.status_code == 200, f"{path}: {answer.text}"
            page = answer.json()
            assert len(page["rows"]) <= 1, path
            found += page["rows"]
            mark = None if page["next"] is None else f"&after={page['next']}"
        assert path == "/api/v1/accesses" or found == whole[:PAGES_MAX], path  # each page there is an access
        asked |= names
    return asked


@pytest.mark.needs_postgres
async def test_postgres_takes_and_answers_the_same(postgres_url: str, tmp_path: Path) -> None:
    hook = Hook("office", "http://office/in", frozenset({"trace", "listing", "source-item", "referral", "lead"}))
    known = settings_of(tmp_path, postgres_url, webhooks=(hook,))
    app = create_app(known, clock=lambda: NOW, new_incarnation=lambda: "first", inline=True)
    quarry = Place(QUARRY)
    quarry.weighed(30, PLATE, 20_000, suspicions=("under-declared",))
    await deliver_to(app.state.central, [one for one in story() if one.journal != quarry.journal])
    await deliver_to(app.state.central, quarry.entries)
    assert await exchange(app) == (26, 25)
    waiting = app.state.central.database.run_here(lambda session: due_messages(session, "office", 0, 500))
    kinds = {row["subject"].partition("|")[0] for row in waiting}
    assert kinds == {"trace", "listing", "source-item", "referral", "lead"}
    assert [row["id"] for row in waiting] == sorted(row["id"] for row in waiting)
    app.state.central.close()


def test_the_page_names_every_address_and_no_other(app: Any) -> None:
    page = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    told = set(re.findall(r"`(GET|POST|PUT|HEAD) (/api/v1/[^`?]*)", page))
    known = {(method.upper(), path) for path, methods in app.openapi()["paths"].items() for method in methods}
    assert told == known
