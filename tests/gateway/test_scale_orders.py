"""An installer has a scale zeroed, by a simulated instrument's registers: an entry first, never under a vehicle."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from door_site import KEYED, Site

from drivers.bus import Bus
from drivers.modbus_scale import ModbusScale
from drivers.readings import WeightReading
from drivers.register_maps import load_map
from drivers.registers import ScaleMap
from gateway.core.states import State
from gateway.scale_orders import ScaleOrders
from gateway.web.app import create_app
from simulator.devices import RegisterScale
from simulator.modbus_server import TcpServer

MAP = Path(__file__).resolve().parents[2] / "config" / "registers" / "flintec.toml"
ORDER = {"lane": "1", "command": "zero", "by": "Wang Wei", "reason": "mud on the deck"}


class Stood:
    """A lane whose scale is a simulated instrument on a real port."""

    def __init__(self, site: Site, instrument: RegisterScale, scale: Any) -> None:
        self.site, self.instrument = site, instrument
        self.lane = SimpleNamespace(passage=SimpleNamespace(state=State.EMPTY))
        lanes: Any = {"1": self.lane}
        site.station.lanes = lanes
        app = create_app(
            site.station, site.desk, site.pages, token=KEYED["authorization"].removeprefix("Bearer "), status=dict,  # type: ignore[arg-type]
            vitals=SimpleNamespace(), scales=ScaleOrders(site.station, {"1": scale}),  # type: ignore[arg-type]
        )  # fmt: skip
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://site", headers=KEYED)

    async def order(self, **changes: str) -> httpx.Response:
        return await self.http.post("/api/v1/scale", json=ORDER | changes)

    @property
    def events(self) -> list[str]:
        return [draft.content["event"] for draft in self.site.pages.drafts]


@asynccontextmanager
async def standing(folder: Path, *, answers: bool = True) -> AsyncIterator[Stood]:
    found = load_map(MAP)
    assert isinstance(found, ScaleMap)
    instrument = RegisterScale(lambda: WeightReading(Decimal(40), stable=True, net=False), found)
    server = TcpServer({1 if answers else 2: instrument})
    port = await server.open("127.0.0.1", 0)
    try:
        async with Bus(f"tcp://127.0.0.1:{port}", 200, lambda: 0) as bus:
            scale = ModbusScale("scale-1", bus, 1, found, "kg", 100, 500, lambda: 0, asyncio.sleep)
            yield Stood(Site(folder), instrument, scale)
    finally:
        await server.close()


async def test_it_is_an_entry_then_done_then_an_entry(tmp_path: Path) -> None:
    async with standing(tmp_path) as stood:
        answer = await stood.order()
        assert (answer.status_code, answer.json()) == (200, {"done": "zero"})
        assert stood.instrument.commanded == ["zero"]
        assert stood.events == ["scale-command", "scale-command-done"]
        assert stood.site.pages.drafts[0].content == {**ORDER, "event": "scale-command", "scale": "scale-1"}


@pytest.mark.parametrize("state", [one for one in State if one is not State.EMPTY])
async def test_nothing_is_sent_while_a_vehicle_may_stand_there(tmp_path: Path, state: State) -> None:
    async with standing(tmp_path) as stood:
        stood.lane.passage.state = state
        answer = await stood.order()
        assert answer.status_code == 409
        assert state.value in answer.json()["detail"]
        assert stood.instrument.commanded == stood.events == []


async def test_who_drives_on_while_the_entry_is_stored_is_not_zeroed_away(tmp_path: Path) -> None:
    async with standing(tmp_path) as stood:
        append = stood.site.pages.append

        async def arrives(draft: Any) -> Any:
            stood.lane.passage.state = State.ENTERING
            return await append(draft)

        stood.site.pages.append = arrives  # type: ignore[method-assign]
        assert (await stood.order()).status_code == 409
        assert stood.instrument.commanded == []
        assert stood.events == ["scale-command", "scale-command-failed"]


async def test_what_is_not_stored_is_not_sent(tmp_path: Path) -> None:
    async with standing(tmp_path) as stood:
        stood.site.pages.full = True
        assert (await stood.order()).status_code == 503
        assert stood.instrument.commanded == []


async def test_what_no_manual_gives_is_refused_and_says_what_is_known(tmp_path: Path) -> None:
    async with standing(tmp_path) as stood:
        assert "known: zero, tare, clear" in (await stood.order(command="calibrate")).json()["detail"]
        assert "known: 1" in (await stood.order(lane="9")).json()["detail"]
        assert (await stood.order(by=" ")).status_code == 422
        orders = ScaleOrders(stood.site.station, {"1": SimpleNamespace(name="scale-1")})  # type: ignore[dict-item]
        with pytest.raises(Exception, match=r"speaks frames .* do it on the indicator itself"):
            await orders.command("1", "zero", by="Wang Wei", reason="mud")
        assert stood.instrument.commanded == stood.events == []


async def test_an_instrument_that_does_not_answer_is_told_and_kept(tmp_path: Path) -> None:
    async with standing(tmp_path, answers=False) as stood:
        assert (await stood.order()).status_code == 502
        assert stood.events == ["scale-command", "scale-command-failed"]
