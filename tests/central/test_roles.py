"""Every address asks for a scope, and whoever may not see persons reads no plate and no name at any of them."""

import base64
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import httpx
import pytest
from roads import ADMIN_HEADERS, LOOKER, OFFICE, Centre
from stories import LET_OUT, STRANGER, Roads, four_in_a_year, let_out_at_the_source

PLATES = (STRANGER, LET_OUT)
DRIVER = {"name": "示例驾驶人甲", "address": "示例住址-7"}
OPEN = ("/health", "/metrics", "/openapi", "/docs", "/api/v1/public/")
OF_SITES = ("/api/v1/entries", "/api/v1/acks", "/api/v1/evidence", "/api/v1/down/", "/api/v1/commands/")
"""Addresses that a site's token opens, or the administrator's."""
OF_THE_COUNTY = re.compile(
    "/api/v1/((acts|cases|duties|evidence-check|leads|parties|proposals|records|sites|traces)(/.*)?|statistics)"
)
"""What the county's scopes to read cases and records open."""


@pytest.fixture
async def centre(tmp_path: Path) -> AsyncIterator[Centre]:
    roads = Roads()
    made = Centre(tmp_path, roads.places)
    await four_in_a_year(made, roads)
    await let_out_at_the_source(made, roads)
    [*_, case] = await made.rows("cases", origin="transport")
    known = {"party": "driver", "facts": DRIVER, "source": "officer"}
    await made.say(f"cases/{case['id']}/party-known", "2025-12-01 09:00", **known)
    yield made
    await made.close()


def addresses(centre: Centre, *methods: str) -> list[tuple[str, str, Mapping[str, Any]]]:
    paths = centre.app.openapi()["paths"]
    return [
        (method, path, operation)
        for path, found in sorted(paths.items())
        for method, operation in found.items()
        if method in methods and not path.startswith(OPEN)
    ]


async def test_every_address_asks_who_it_is(centre: Centre) -> None:
    asked = addresses(centre, "get", "post", "put", "head", "delete", "patch")
    assert len(asked) > 70
    for method, path, _ in asked:
        place = re.sub(r"\{[^}]*\}", "x", path)
        answer = await centre.http.request(method, place, headers={"Authorization": "Bearer nobody"})
        assert answer.status_code == 401, (method, path, answer.text)


async def test_who_may_only_read_states_nothing_and_whoever_lacks_the_scope_is_told_its_name(centre: Centre) -> None:
    """Scopes open what their names say: nothing is written by a scope to read."""
    for method, path, _ in addresses(centre, "get", "post"):
        if path.startswith(OF_SITES):
            continue
        token = "reader-token-1" if method == "get" else LOOKER
        place = re.sub(r"\{[^}]*\}", "x", path)
        answer = await centre.http.request(method, place, headers={"Authorization": f"Bearer {token}"})
        if method == "post":
            assert (answer.status_code, re.search("'[a-z]+:(write|erase)'", answer.text) is None) == (403, False), path
        elif not OF_THE_COUNTY.fullmatch(path):
            assert (answer.status_code, re.search("'[a-z]+:read'", answer.text) is None) == (403, False), path


async def test_who_may_not_see_persons_reads_no_plate_anywhere(centre: Centre) -> None:
    cases = [one["id"] for one in await centre.rows("cases")]
    shown_whole, named = set(), set[str]()
    for _, path, operation in addresses(centre, "get"):
        for place in [] if path.startswith(OF_SITES) else places_of(path, cases):
            for limit in limits_of(operation):
                asked = {**query_of(operation), **limit}
                whole = await centre.http.get(place, params=asked, headers=ADMIN_HEADERS)
                masked = await centre.http.get(place, params=asked, headers={"Authorization": f"Bearer {OFFICE}"})
                shown_whole |= {path} if named_in(whole) else set()
                named |= named_in(whole)
                assert not named_in(masked), (place, masked.text[:400])
    assert (len(shown_whole) > 14, named) == (True, {*PLATES, *DRIVER.values()}), "or the administrator saw none either"


async def test_whoever_asks_for_anything_is_put_down(centre: Centre) -> None:
    asked = set()
    for method, path, _ in addresses(centre, "get", "post", "put"):
        place = re.sub(r"\{[^}]*\}", "x", path)
        answer = await centre.http.request(method, place, headers=ADMIN_HEADERS)
        asked |= {(method.upper(), place)} if answer.status_code != 401 else set()  # else only a site's token opens it
    put_down, after = set(), dict[str, str]()
    while True:
        page = await centre.get("accesses", who="administrator", limit=500, **after)
        put_down |= {(one["method"], one["path"]) for one in page["rows"]}
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert len(asked) > 65
    assert asked <= put_down


def named_in(answer: httpx.Response) -> set[str]:
    """Plates and drivers in an answer, also as an address writes them, or within the mark of the next page."""
    said = [answer.text]
    if "json" in answer.headers["content-type"] and (mark := answer.json().get("next")):
        with suppress(ValueError):  # a mark of another shape stands in the answer as it is
            said.append(base64.urlsafe_b64decode(mark + "=" * (-len(mark) % 4)).decode(errors="replace"))
    return {named for named in (*PLATES, *DRIVER.values()) for one in said if named in unquote(one)}


def limits_of(operation: Mapping[str, Any]) -> list[dict[str, str]]:
    """Whole, and a page of one, whose mark names the next."""
    paged = any(one["name"] == "limit" for one in operation.get("parameters", ()))
    return [{}, {"limit": "1"}] if paged else [{}]


def places_of(path: str, cases: list[str]) -> list[str]:
    """The address with what is there in the place of each name."""
    known = {
        "case": cases,
        "kind": ["checkpoint", "source-release"],
        "journal": ["station-1-j"],
        "seq": ["1"],
        "party": ["vehicle"],
        "source": ["s1"],
        "item": ["h1"],
        "name": ["decision", "copy", "told"],
    }
    found = [path]
    for name in re.findall(r"\{([^}]*)\}", path):
        found = [one.replace(f"{{{name}}}", quote(value)) for one in found for value in known.get(name, ["x"])]
    return found


def query_of(operation: Mapping[str, Any]) -> dict[str, str]:
    """What must be asked for."""
    vehicle = {"key": f"{STRANGER}|yellow", "plate": STRANGER, "colour": "yellow"}
    asked = {**vehicle, "source": "s1", "period": "2025"}
    needed = [one["name"] for one in operation.get("parameters", ()) if one["in"] == "query" and one["required"]]
    return {name: asked[name] for name in needed}
