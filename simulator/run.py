"""A site's devices and trucks on real ports: reads the same site file as the gateway, and plays the other side.

`run_site` is the whole of it.
"""

import asyncio
import random
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from drivers.cameras import PROTOCOLS as CAMERAS
from drivers.protocol import protocol_named
from drivers.register_maps import load_map
from drivers.registers import IoMap, ScaleMap
from drivers.signs import PROTOCOLS as SIGNS
from simulator.camera_server import AskedCamera
from simulator.devices import FRAME_MS, Board, Camera, RegisterScale, ScaleFeed, SignPanel, Sleep, Wire, make_indicator
from simulator.faults import FaultPlan, FaultyWire
from simulator.lane_queue import LaneQueue
from simulator.modbus_server import RtuServer, Unit
from simulator.paper import Paper
from simulator.passing import OtherSystem
from simulator.people import Surroundings
from simulator.ports import MachinePorts, Ports
from simulator.scales import AskedScale, RunningTotal, as_sayable
from simulator.traffic import PlazaLanes, let_come
from simulator.truth import Clock, Truth
from simulator.vehicles import Truck, make_trucks
from simulator.world import RoadLane

HTTP_TIMEOUT_S = 5.0


class RealClock:
    """The machine's clocks."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic_s(self) -> float:
        return time.monotonic()


class Site:
    """Builds the devices of one site file. `open` puts them on their ports."""

    def __init__(
        self,
        site: Mapping[str, Any],
        *,
        maps: Path,
        seed: int,
        faults: FaultPlan,
        truth: Truth,
        clock: Clock,
        sleep: Sleep,
        frame_ms: Callable[[RoadLane], int] = lambda _road: FRAME_MS,
    ) -> None:
        self._frame_ms = frame_ms
        self._site, self._maps, self._seed, self._faults = site, maps, seed, faults
        self._truth, self._clock, self._sleep = truth, clock, sleep
        self.id: str = site["site"]["id"]
        self.web = f"http://{site['web']['bind']}"
        self.lanes = [RoadLane(lane, clock, self._violation) for lane in site["lanes"]]
        self.signs: dict[str, SignPanel] = {}
        self.papers: dict[str, Paper] = {}
        self._feeds: list[ScaleFeed | AskedScale] = []
        self._units: dict[str, dict[int, Unit]] = {}
        self._boards: dict[tuple[str, int], Board] = {}
        self._asked: dict[str, AskedCamera] = {}

    async def open(self, ports: Ports) -> None:
        for lane, road in zip(self._site["lanes"], self.lanes, strict=True):
            await self._open_scale(lane, road, ports)
            self._wire_board(lane, road)
            if "sign" in lane:
                panel = self.signs[road.id] = await _open_panel(lane["sign"], ports)
                road.read_sign = panel.read
            if "voice" in lane:
                await _open_panel(lane["voice"], ports)
            if "printer" in lane:
                paper = self.papers[road.id] = Paper()
                await _opened(lane["printer"]["url"], paper.receive, ports)
        for url, units in self._units.items():
            await _open_modbus(url, units, ports)

    def feeds(self) -> Sequence[ScaleFeed | AskedScale]:
        return self._feeds

    async def open_cameras(self, ports: MachinePorts) -> None:
        """Those that are asked."""
        for lane in self._site["lanes"]:
            camera = lane.get("camera", {})
            if "url" in camera:
                server = await ports.camera(camera["url"], CAMERAS[camera["protocol"]])
                self._asked[lane["id"]] = AskedCamera(server, camera["device"], self._clock, self._sleep)

    def cameras(self, client: httpx.AsyncClient) -> dict[str, Camera | AskedCamera]:
        """By lane id."""
        pushing = {
            lane["id"]: Camera(
                lane,
                f"{self.web}/cameras/{lane['id']}",
                CAMERAS[lane["camera"]["protocol"]],
                client,
                self._clock,
                self._sleep,
            )
            for lane in self._site["lanes"]
            if "camera" in lane
        }
        return {**pushing, **self._asked}

    def random(self, name: str) -> random.Random:
        """A stream of its own for each part, so that one part's draws do not shift another's."""
        return random.Random(f"{self._seed}/{self.id}/{name}")

    async def _open_scale(self, lane: Mapping[str, Any], road: RoadLane, ports: Ports) -> None:
        scale = lane["scale"]
        show = make_indicator(road, scale["interval_kg"], self.random(f"{road.id}/noise"))
        kind, _, name = scale["protocol"].partition(":")
        if kind == "modbus":
            found = load_map(self._maps / f"{name}.toml")
            assert isinstance(found, ScaleMap), f"{name} is not a scale's map"
            self._units.setdefault(scale["url"], {})[scale.get("unit_id", 1)] = RegisterScale(show, found)
            return
        url, heard = scale["url"], list[AskedScale]()

        def receive(chunk: bytes) -> None:
            for asked in heard:
                asked.receive(chunk)

        wire = await _opened(url, receive, ports)
        faults = FaultyWire(self._faults, self.random(f"{road.id}/faults"))
        protocol = protocol_named(scale["protocol"], scale.get("options"))
        show = as_sayable(show, protocol.span)
        show = show if protocol.follower is None else RunningTotal(show, self._clock)
        feed = ScaleFeed(show, protocol, wire, faults, self._clock, self._sleep, lambda: self._frame_ms(road))
        if protocol.polling is not None:
            heard.append(AskedScale(show, protocol, feed))
        self._feeds.append(heard[0] if heard else feed)

    def _wire_board(self, lane: Mapping[str, Any], road: RoadLane) -> None:
        if "io" not in lane:
            return
        wiring = lane["io"]
        buses = {bus["id"]: bus["url"] for bus in self._site.get("buses", ())}
        url = buses[wiring["bus"]] if "bus" in wiring else wiring["url"]
        key = (url, wiring["unit"])
        if key not in self._boards:
            found = load_map(self._maps / f"{wiring['map']}.toml")
            assert isinstance(found, IoMap), f"{wiring['map']} is not a board's map"
            self._boards[key] = Board(found)
            self._units.setdefault(url, {})[wiring["unit"]] = self._boards[key]
        self._boards[key].wire(road, wiring.get("inputs", {}), wiring.get("outputs", {}), wiring.get("inverted", ()))

    def _violation(self, what: str, **facts: object) -> None:
        at = self._clock.now().isoformat()
        self._truth.tell("violation", what=what, site=self.id, at=at, **facts)


async def _open_panel(sign: Mapping[str, Any], ports: Ports) -> SignPanel:
    panel = SignPanel(SIGNS[sign["protocol"]])
    panel.wire = await _opened(sign["url"], panel.receive, ports)
    return panel


async def _opened(url: str, receive: Callable[[bytes], None], ports: Ports) -> Wire:
    """A device that hears, and may answer, on a serial line or behind a converter."""
    return await (ports.feed if url.startswith("tcp:") else ports.serial)(url, receive)


async def _open_modbus(url: str, units: Mapping[int, Unit], ports: Ports) -> None:
    if url.startswith("tcp:"):
        await ports.modbus_tcp(url, units)
        return
    rtu = RtuServer(units)

    def receive(chunk: bytes) -> None:
        for reply in rtu.feed(chunk):
            line.write(reply)

    line = await ports.serial(url, receive)


async def run_site(
    site: Mapping[str, Any],
    *,
    directory: Path,
    seed: int,
    trucks: int = 8,
    vehicles: Sequence[Truck] | None = None,
    faults: FaultPlan | None = None,
    truth: Path,
    tokens: Mapping[str, str],
    clock: Clock | None = None,
    sleep: Sleep = asyncio.sleep,
    opened: Callable[[str], None] = lambda _: None,
) -> None:
    """Play a site until every truck is gone.

    `site` is the parsed site file; `directory` holds the register maps (`laumas.toml`, …); `tokens` is an environment
    (the plaza's lanes need the one that `web.token_env` names); `vehicles` overrides `trucks`; `opened(url)` hears
    of each port. PortError where one cannot be had; drivers.tables.MapError where a map is wrong.
    """
    clock = clock or RealClock()
    fleet = list(vehicles) if vehicles is not None else make_trucks(seed, trucks, site["site"]["kind"])
    async with AsyncExitStack() as stack:
        told = stack.enter_context(Truth(truth))
        client = await stack.enter_async_context(httpx.AsyncClient(timeout=HTTP_TIMEOUT_S, trust_env=False))
        built = Site(
            site, maps=directory, seed=seed, faults=faults or FaultPlan(), truth=told, clock=clock, sleep=sleep
        )
        ports = MachinePorts(stack, opened)
        await built.open(ports)
        await built.open_cameras(ports)
        async with asyncio.TaskGroup() as devices:
            running = [devices.create_task(feed.run(), name="scale") for feed in built.feeds()]
            around = _surroundings(site, built, client, devices, told, clock, sleep, tokens)
            token = tokens.get(site["web"]["token_env"], "")
            for source in site.get("records", ()):
                other = OtherSystem(source, built.web, token, client, clock, sleep, told)
                devices.create_task(other.run(fleet, built.random(f"records/{source['id']}")), name="records")
            await let_come(fleet, around, built.random("arrivals"))
            for task in running:
                task.cancel()


def _surroundings(
    site: Mapping[str, Any],
    built: Site,
    client: httpx.AsyncClient,
    devices: asyncio.TaskGroup,
    told: Truth,
    clock: Clock,
    sleep: Sleep,
    tokens: Mapping[str, str],
) -> Surroundings:
    free = LaneQueue()
    for lane in built.lanes:
        free.put_nowait(lane)
    cameras = built.cameras(client)

    def push(lane: RoadLane, truck: Truck) -> None:
        if lane.id in cameras:
            devices.create_task(cameras[lane.id].push(truck), name=f"camera {lane.id}")

    plaza = None
    if "plaza" in site:
        token = tokens.get(site["web"]["token_env"], "")
        plaza = PlazaLanes(built.web, site["plaza"]["entry_lanes"], token, client, built.random("plaza"))
    return Surroundings(built.id, free, push, plaza, told, clock, sleep)
