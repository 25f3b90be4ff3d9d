"""Central's page and the gateway's page in a real browser: what is stored is shown, and shown as text."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest
from boxes import ADMIN, TOKEN, Box, public_hex, write_key
from browser import page_at, serving
from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from roads import AUTHORITY, OFFICERS, Place

from central.bootstrap import create_app as central_app
from central.settings import CentralSettings, SiteSettings
from gateway.contract.wire import BATCH_CONTENT_TYPE, batch_of
from gateway.lawfiles import load_linkage
from gateway.web.app import create_app as gateway_app
from weighgate.shipped import config_dir

HOSTILE = '<img src=x onerror="title=1">'
GATEWAY_TOKEN = "gateway-token-0123456789"
DERIVERS: dict[str, Any] = {}
"""Central by its address: what its process would derive beside the requests is derived by the test."""

pytestmark = pytest.mark.needs_chromium


class Seen(HTMLParser):
    """The cells of a page's tables, all its text, and every kind of element on it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.cells: list[str] = []
        self.text = ""
        self._in_cell = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        if tag == "td":
            self.cells.append("")
        self._in_cell = tag == "td" or (self._in_cell and tag == "button")

    def handle_endtag(self, tag: str) -> None:
        self._in_cell = False

    def handle_data(self, data: str) -> None:
        self.text += data
        if self._in_cell:
            self.cells[-1] += data


def opened(url: str, folder: Path) -> Seen:
    return Seen(page_at(url, folder))


def stored_at(url: str, plates: Sequence[str]) -> None:
    box = Box()
    entries = [
        box.make(
            identity={"plate": plate, "colour": "yellow"},
            measurement={"gross_kg": 48_760 + number},
            judgement={"road_limit": {"outcome": "exceeded", "excess_kg": 17_760}, "action": "hold"},
        )
        for number, plate in enumerate(plates)
    ]
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": BATCH_CONTENT_TYPE}
    answer = httpx.post(f"{url}/api/v1/entries", content=batch_of(entries, box.site), headers=headers, timeout=10)
    assert answer.status_code == 200, answer.text


@pytest.fixture
def central_url(tmp_path: Path) -> Iterator[str]:
    write_key(tmp_path / "central.key")
    site = SiteSettings("quarry-1", TOKEN, (public_hex(Box().key),))
    url = f"sqlite:///{tmp_path}/central.db"
    settings = CentralSettings(
        "127.0.0.1", 0, url, tmp_path / "evidence", tmp_path / "central.key", ADMIN, None, (site,)
    )
    app = central_app(settings, clock=lambda: datetime.now(UTC), new_incarnation=lambda: "first")
    with serving(app) as url:
        DERIVERS[url] = app.state.central
        yield url


def test_central_shows_a_stored_record_and_a_hostile_plate_as_text(central_url: str, tmp_path: Path) -> None:
    stored_at(central_url, ["豫A12345", HOSTILE])
    page = opened(f"{central_url}/#token={ADMIN}", tmp_path)
    assert {"豫A12345", "48760", HOSTILE, "48761", "超限", "拦停", "quarry-1", "在线", "j1/2"} <= set(page.cells)
    assert "img" not in page.elements


def test_central_shows_leads_and_a_case_with_its_parties(central_url: str, tmp_path: Path) -> None:
    station = Place("quarry-1", "checkpoint")
    station.key = Box().key
    caught = station.sees(HOSTILE[:20], "2026-03-02 08:00", 58_400)
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": BATCH_CONTENT_TYPE}
    answer = httpx.post(
        f"{central_url}/api/v1/entries", content=batch_of([caught], "quarry-1"), headers=headers, timeout=10
    )
    assert answer.status_code == 200, answer.text
    central = DERIVERS[central_url]
    while central.database.run_here(central.deriver.step):
        pass
    filing = {
        "id": "case-000001",
        "at": "2026-03-02T01:00:00Z",
        "why": "filed",
        "entry": caught.id,
        "officers": OFFICERS,
    }
    admin = {"Authorization": f"Bearer {ADMIN}"}
    said = {**filing, "authority": AUTHORITY}
    assert httpx.post(f"{central_url}/api/v1/cases", json=said, headers=admin, timeout=10).status_code == 201
    while central.database.run_here(central.deriver.step):
        pass
    page = opened(f"{central_url}/#token={ADMIN}", tmp_path)
    assert {"现场查获", "已立案", "case-000001", AUTHORITY, "ent-1", f"{HOSTILE[:20]} yellow"} <= set(page.cells)
    assert "img" not in page.elements


def test_central_shows_no_record_without_the_token(central_url: str, tmp_path: Path) -> None:
    stored_at(central_url, ["豫A12345"])
    page = opened(f"{central_url}/#token=wrong-token", tmp_path)
    assert page.text.count("令牌不正确") == 1  # the page's own script has run
    assert page.cells == []


def gateway_state(plate: str) -> Mapping[str, Any]:
    """What a gateway's status() says of one lane with one weighing and one alarm."""
    weighing = {
        "entry": "j-0123456789ab/7", "at": "2026-05-01T07:00:00.000Z", "lane": "1", "plate": plate, "gross_kg": 48_760,
        "outcome": "exceeded", "action": "hold", "ground": "over-limit",
    }  # fmt: skip
    shown = {"lamp": "red", "sign": plate}
    lane = {
        "state": "recorded", "load_kg": 48_760, "shown": shown, "held_entry": "j-0123456789ab/7", "scale": "live",
        "scale_reason": ["", ""],
    }  # fmt: skip
    return {
        "site": {"id": "quarry-1", "name": "采石场", "name_en": "Quarry"},
        "ready": True,
        "lanes": {"1": lane},
        "outbox": {"pending": 0},
        "recent": [weighing],
        "alarms": [("2026-05-01T07:00:00+00:00", "camera-silent", plate)],
        "devices": {},
    }


def gateway_with_token(plate: str) -> FastAPI:
    """The gateway's own app; /enter stands for an operator who has typed the token into the page."""
    web = SimpleNamespace(token_env="TEST_TOKEN")
    words = load_linkage(config_dir() / "law" / "linkage" / "cn-default.toml").words
    station = cast("Any", SimpleNamespace(settings=SimpleNamespace(web=web)))
    intake = cast("Any", SimpleNamespace(words=lambda: words))
    nobody = cast("Any", None)
    app = gateway_app(
        station, nobody, nobody, token=GATEWAY_TOKEN, status=lambda: gateway_state(plate), vitals=nobody, intake=intake
    )

    @app.get("/enter")
    async def enter() -> HTMLResponse:
        return HTMLResponse(f"<script>sessionStorage.token='{GATEWAY_TOKEN}';location.replace('/')</script>")

    return app


def test_the_gateway_shows_its_weighings_and_a_hostile_plate_as_text(tmp_path: Path) -> None:
    with serving(gateway_with_token(HOSTILE)) as url:
        page = opened(f"{url}/enter", tmp_path)
    assert {HOSTILE, "48760", "超限", "拦停", "超过限值", "j-0123456789ab/7", "红", "正常", "放行"} <= set(page.cells)
    assert "待上传 0，被中心拒收 0" in page.text
    assert "img" not in page.elements


def test_the_gateway_shows_nothing_without_the_token(tmp_path: Path) -> None:
    with serving(gateway_with_token("豫A12345")) as url:
        page = opened(url, tmp_path)
    assert page.text.count("请输入令牌") == 2  # in the page's own script, and said by it
    assert page.cells == []
