"""The gateway's page in a real browser: what came down is shown as text, and its forms order what the keeper chose."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from browser import page_at, serving
from fastapi import FastAPI
from fastapi.responses import HTMLResponse

from gateway.law.dossier import Completion
from gateway.law.words import Words
from gateway.lawfiles import load_linkage
from gateway.web.app import PAGE, create_app

HOSTILE = '<img src=x onerror="title=1">'
TOKEN = "gateway-token-0123456789"
ENTRY = "j-0123456789ab/7"
PRESS = """
const wait=(test)=>new Promise(done=>{const t=setInterval(()=>{const it=test();if(it){clearInterval(t);done(it)}},50)});
const named=(text)=>[...document.querySelectorAll("td button")].find(b=>b.textContent===text);
const press=(text)=>wait(()=>named(text)).then(b=>b.click());
const fill=async(values)=>{const f=await wait(()=>document.querySelector("dialog[open] form"));
 for(const label of f.querySelectorAll("label")){
  const i=label.lastElementChild,name=label.firstChild.textContent.trim();
  if(name in values){i.value=values[name];i.dispatchEvent(new Event("change"))}}
 f.querySelector("button[value=do]").click()};
"""

pytestmark = pytest.mark.needs_chromium


class Keeper:
    """A site as far as its page knows it; what was ordered of it is in `orders`."""

    def __init__(self) -> None:
        self.orders: list[Any] = []
        self.settings = SimpleNamespace(web=SimpleNamespace(token_env="TEST_TOKEN"))

    async def release(self, entry: str, **how: Any) -> str:
        self.orders.append(("release", entry, how))
        return "j-0123456789ab/8"

    async def complete(self, entry: str, learnt: Completion, *, by: str) -> str:
        self.orders.append(("complete", entry, learnt, by))
        return "j-0123456789ab/9"

    def state(self) -> dict[str, Any]:
        weighing = {
            "entry": ENTRY, "at": "2026-05-01T07:00:00.000Z", "lane": "1", "plate": "豫A12345", "gross_kg": 48_760,
            "outcome": "exceeded", "action": "hold", "ground": "over-limit", "list_status": "watched",
            "notices": ["weighing-form", "police"], "release_grounds": ["recheck-within", "handed-over"],
        }  # fmt: skip
        shown = {"lamp": "red", "sign": ""}
        lane = {
            "state": "held", "load_kg": 48_760, "shown": shown, "held_entry": ENTRY, "scale": "stale",
            "scale_reason": ["冻结：请看仪表显示", "frozen: look at its display"],
        }  # fmt: skip
        refused = {"kind": "laws", "number": 12, "reason": HOSTILE}
        later = {"number": 9, "effective_at": "2027-01-01T00:00:00.000Z", "withdrawn": False}
        kinds = {kind: {"in_force": None, "held": []} for kind in ("laws", "vehicles", "permits", "lists")}
        kinds["lists"] = {"in_force": 7, "held": [later]}
        return {
            "site": {"id": "quarry-1", "name": "采石场", "name_en": "Quarry"}, "ready": True, "lanes": {"1": lane},
            "outbox": {"pending": 0}, "recent": [weighing], "alarms": [], "devices": {},
            "down": {"kinds": kinds, "refused": [refused]},
        }  # fmt: skip

    def words(self) -> Words:
        return load_linkage(Path(__file__).resolve().parents[2] / "config/law/linkage/cn-default.toml").words

    def app(self, script: str = "") -> FastAPI:
        nobody = cast("Any", None)
        app = create_app(
            cast("Any", self), nobody, nobody, token=TOKEN, status=self.state, vitals=nobody, papers=cast("Any", self),
            intake=cast("Any", self),
        )  # fmt: skip
        page = PAGE.read_text(encoding="utf-8")

        @app.get("/driven")
        async def driven() -> HTMLResponse:
            begun = f"<script>sessionStorage.token='{TOKEN}'</script>"
            return HTMLResponse(begun + page + f"<script>{{{PRESS}{script}}}</script>")

        return app


def opened(app: FastAPI, folder: Path) -> str:
    with serving(app) as url:
        page = page_at(f"{url}/driven", folder, ms=8_000)
    return page.partition("<script>\n")[0] + page.rpartition("</script>")[2]


def test_what_came_down_and_what_to_tell_is_shown_as_text(tmp_path: Path) -> None:
    page = opened(Keeper().app(), tmp_path)
    for shown in (
        "法规",
        "名单",
        "出厂或本站自带",
        "重点监管",
        "出具称重单；通知公安交管部门",
        "12: &lt;img src=x",
        "冻结：请看仪表显示",
    ):
        assert shown in page, shown
    assert "<img" not in page


def test_a_release_by_form_names_its_ground(tmp_path: Path) -> None:
    keeper = Keeper()
    script = 'press("放行").then(()=>fill({经办人:"王伟",理由:"复称合格",放行依据:"recheck-within"}))'
    opened(keeper.app(script), tmp_path)
    assert keeper.orders == [("release", ENTRY, {"by": "王伟", "reason": "复称合格", "ground": "recheck-within"})]


def test_a_completion_by_form_offers_the_party_s_own_facts(tmp_path: Path) -> None:
    keeper = Keeper()
    values = '{责任主体:"driver",事实:"licence",内容:"410000199001010000",来源:"card",经办人:"王伟"}'
    opened(keeper.app(f'press("补充").then(()=>fill({values}))'), tmp_path)
    learnt = Completion("driver", "licence", "410000199001010000", "card")
    assert keeper.orders == [("complete", ENTRY, learnt, "王伟")]
