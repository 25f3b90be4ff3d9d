"""Story of a source release, over a real central process: the lead, the province's rule, the rectification closed.

A quarry in Henan lets a truck out at 62 t (Order 62 art. 28 bids it weigh and hold; Henan's regulation of 2018, art. 8
forbids the release). A station down the road finds the same load. The county has the hazard cured and strikes it off.
"""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from boxes import ADMIN, Box, public_hex, write_key
from central_program import running
from places import QUARRY, STATION, Place

from gateway.contract.wire import BATCH_CONTENT_TYPE, batch_of

PLATE = "豫A62000"
WITHIN_S = 40
SECRETS = {
    "STORY_ADMIN": ADMIN,
    "STORY_QUARRY": "quarry-token-1",
    "STORY_STATION": "station-token-1",
    "STORY_COUNTY": "county-token-1",
}


@contextmanager
def department() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Another department's server, which keeps what it is told."""
    told: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            told.append(json.loads(body))
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


def central_file(url: str) -> list[str]:
    lines = ["[cases]", 'jurisdiction = "CN-HA"']
    for site, token in ((QUARRY, "STORY_QUARRY"), (STATION, "STORY_STATION")):
        key = public_hex(Box(seed=site.encode()).key)
        lines += ["[[sites]]", f'id = "{site}"', f'token_env = "{token}"', f'box_keys = ["{key}"]']
    scopes = '["sources:read", "sources:write", "cases:read", "statistics:read"]'
    lines += ["[[readers]]", 'name = "county"', 'token_env = "STORY_COUNTY"', f"scopes = {scopes}"]
    return [*lines, "[[webhooks]]", 'name = "office"', f'url = "{url}"', 'kinds = ["source-item", "trace"]']


def until(client: httpx.Client, address: str, holds: Any) -> list[dict[str, Any]]:
    """What an address answers once central has derived it."""
    deadline = time.monotonic() + WITHIN_S
    while True:
        answer = client.get(address)
        assert answer.status_code == 200, answer.text
        rows: list[dict[str, Any]] = answer.json()["rows"]
        if holds(rows):
            return rows
        assert time.monotonic() < deadline, f"{address} still answers {rows}"


def deliver(url: str, place: Place, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": BATCH_CONTENT_TYPE}
    batch = batch_of(place.entries, place.site)
    assert httpx.post(f"{url}/api/v1/entries", content=batch, headers=headers, timeout=30).status_code == 200


def act(client: httpx.Client, path: str, kind: str, minutes_ago: int, **body: Any) -> httpx.Response:
    at = (datetime.now(UTC) - timedelta(minutes=minutes_ago)).isoformat()
    return client.post(path, json={"id": f"story-{kind}", "at": at, "why": "巡查发现", "kind": kind, **body})


@pytest.mark.slow
def test_a_release_at_the_source_is_a_lead_and_the_hazard_behind_it_is_struck_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    write_key(tmp_path / "central.key")
    quarry, station = Place(QUARRY), Place(STATION)
    held = quarry.weighed(0, PLATE, 62_000)
    quarry.let_go(5, held, PLATE)
    station.weighed(90, PLATE, 61_500)
    with department() as (hook, told), running(tmp_path, "STORY_ADMIN", central_file(hook)) as (url, _):
        county = httpx.Client(base_url=f"{url}/api/v1", headers={"Authorization": "Bearer county-token-1"}, timeout=30)
        with county:
            deliver(url, station, "station-token-1")  # the station's entry comes before the quarry's
            until(county, "/traces", lambda rows: [row["result"] for row in rows] == ["no-origin"])
            deliver(url, quarry, "quarry-token-1")
            (trace,) = until(county, "/traces", lambda rows: rows and rows[0]["result"] == "same-load")
            assert (trace["origin_site"], trace["plate"]) == (QUARRY, "豫A6***0")
            registered = {"name": "示例采石场", "source_kind": "mine", "region": "410000", "authority": "县治超办"}
            more = {"key_unit": True, "sites": [QUARRY]}
            assert act(county, "/sources/s1/acts", "source-registered", 60, **registered, **more).status_code == 201
            (lead,) = until(county, "/source-releases?source=s1", bool)
            assert (lead["kind"], lead["state"]) == ("source-release", "open")
            measure = lead["measures"][0]  # 河南省治理货物运输车辆超限超载条例 art. 8: 10 000 to 30 000
            assert (measure["kind"], measure["amount_min_yuan"], measure["amount_max_yuan"]) == ("fine", 10_000, 30_000)
            path = "/source-items/h1/acts"
            hazard = {"source": "s1", "title": "道闸可手动抬起", "level": "major", "found_by": "县交通执法大队"}
            notice = {
                "responsible": "矿长",
                "measure": "联锁",
                "money_yuan": 1,
                "deadline": "2099-01-01",
                "plan": "值守",
            }
            assert act(county, path, "hazard-found", 50, **hazard).status_code == 201
            refused = act(county, path, "review-passed", 45, finding="好", authority="县")
            assert (refused.status_code, "handed-in" in refused.text) == (409, True)
            assert act(county, path, "notice-issued", 40, **notice).status_code == 201
            assert act(county, path, "evidence-handed-in", 30, evidence=["a" * 64]).status_code == 201
            assert act(county, path, "review-passed", 20, finding="已改", authority="县").status_code == 201
            until(county, "/source-items?source=s1", lambda rows: rows and rows[0]["state"] == "closed")
            (month,) = until(county, f"/statistics/top-sources?period={trace['found_at'][:7]}", bool)
            assert (month["site"], month["same_load"]) == (QUARRY, 1)
        deadline = time.monotonic() + WITHIN_S
        while not any(one["type"] == "weighgate.source-item" and one["data"]["state"] == "closed" for one in told):
            assert time.monotonic() < deadline, told
            time.sleep(0.05)
        assert PLATE not in json.dumps(told, ensure_ascii=False)
