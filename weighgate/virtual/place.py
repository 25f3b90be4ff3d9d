"""One site of the virtual world: its road, its devices on virtual wires, its trucks, its box."""

import asyncio
import json
import random
import shutil
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import httpx

from simulator.faults import FaultPlan, FaultyWire
from simulator.lane_queue import LaneQueue
from simulator.people import Surroundings
from simulator.run import Site as Roadside
from simulator.traffic import PlazaLanes, let_come
from simulator.truth import Truth
from simulator.vehicles import Truck, make_trucks, registers_csv
from simulator.world import RoadLane
from weighgate.virtual.box import Box
from weighgate.virtual.clock import TrueClock
from weighgate.virtual.keeper import Keeper
from weighgate.virtual.keyring import token, write_key
from weighgate.virtual.network import HttpWay, Line
from weighgate.virtual.swarm import Swarm
from weighgate.virtual.wires import VirtualPorts

SHIPPED = {"source-exit": "quarry", "checkpoint": "station", "toll-entrance": "toll"}
POLL_MS = 200
IDLE_S, STILL_S = 3.0, 0.5
IDLE_FRAME_MS, BUSY_FRAME_MS = 600, 100  # an empty scale that repeats its zero tells nothing new


class Place:
    """`id` is the site's; `truth` holds what really happened there."""

    def __init__(self, number: int, file: Path, seed: int, trucks: int, clock: TrueClock, config: Path) -> None:
        self.kind, self.config, self._clock = kind_of(file), config, clock
        self.id = f"{SHIPPED[self.kind]}-{number}"
        self.rng = random.Random(f"{seed}/{self.id}")
        self.fleet: list[Truck] = make_trucks(self.rng.randrange(1 << 30), trucks, self.kind)
        self.truth = Truth(None)
        self.ports = VirtualPorts()
        self.environ = {"WEIGHGATE_SITE_TOKEN": token(self.rng), "WEIGHGATE_LOCAL_TOKEN": token(self.rng)}
        self.document = _here(file, self.id)
        self.lies_until_s = 0.0
        """Until then a scale may say, in perfect form, what another one feels or felt: no software can tell."""
        self.box: Box
        self.roadside: Roadside

    def furnish(self, directory: Path, central_key: str) -> tuple[str, str]:
        """Write the box's files; the public halves of its key and of the box's on the shelf."""
        self.document["central"]["public_key"] = central_key
        (directory / "site.json").write_text(json.dumps(self.document, default=str), encoding="utf-8")
        (directory / "vehicles.csv").write_text(registers_csv(self.fleet), encoding="utf-8")
        self._shelf = directory.parent / "shelf"
        return write_key(directory / "var" / "box.key", self.rng), write_key(self._shelf / "box.key", self.rng)

    def replace_box(self) -> None:
        """The old one is kept aside whole; the one from the shelf has the site file and its own key. Once only."""
        storage = self.box.storage
        if not (self._shelf / "box.key").exists():
            return
        self.box.reader.close()
        aside = self._shelf / "old"
        shutil.move(storage, aside)
        self.box.gone.append(aside)
        self.box.machine.version += 1
        storage.mkdir()
        shutil.move(self._shelf / "box.key", storage / "box.key")

    async def open(self, faults: FaultPlan) -> None:
        """Put the devices on their wires; they talk from here on."""
        self.roadside = Roadside(
            self.document,
            maps=self.config / "registers",
            seed=self.rng.randrange(1 << 30),
            faults=faults,
            truth=self.truth,
            clock=self._clock,
            sleep=asyncio.sleep,
            frame_ms=_pace,
        )
        await self.roadside.open(self.ports)
        for url, roads in self._modbus_lines():
            wire = self.ports.wire(url)
            wire.idle = lambda roads=roads: all(_is_idle(road) for road in roads)  # type: ignore[misc]
            flips = faults.flip if url.startswith("serial:") else 0.0  # TCP has no checksum of its own to find one by
            wire.faults = FaultyWire(replace(faults, flip=flips), self.roadside.random(f"{url}/faults"))

    def _modbus_lines(self) -> Iterator[tuple[str, list[RoadLane]]]:
        """Each line on which somebody asks, with the lanes whose devices answer there."""
        found: dict[str, list[RoadLane]] = {}
        buses = {bus["id"]: bus["url"] for bus in self.document.get("buses", ())}
        for lane, road in zip(self.document["lanes"], self.roadside.lanes, strict=True):
            io = lane.get("io", {})
            urls = [buses[io["bus"]] if "bus" in io else io.get("url")]
            urls += [lane["scale"]["url"]] * lane["scale"]["protocol"].startswith("modbus:")
            for url in filter(None, urls):
                found.setdefault(url, []).append(road)
        yield from sorted(found.items())

    async def run(self, swarm: Swarm, begin_s: float) -> None:
        """The devices talk; every truck comes and goes. Ends with the last one, and not before its hours are over."""
        await asyncio.sleep(begin_s)
        way = HttpWay(self.box.machine, lambda: self.box.app, Line(delay_s=0.002), random.Random(self.rng.random()))
        async with httpx.AsyncClient(transport=way) as client, asyncio.TaskGroup() as devices:
            talking = [devices.create_task(feed.run()) for feed in self.roadside.feeds()]
            token, chance = self.environ["WEIGHGATE_LOCAL_TOKEN"], self.roadside.random("keeper")
            keeper = Keeper(self.box, client, self.roadside.web, token, chance)
            talking.append(devices.create_task(keeper.run()))
            around = self._surroundings(client, devices)
            fleet, chance = iter(self.fleet), self.roadside.random("arrivals")
            for at_s, trucks, gap_s_max in swarm.waves():
                await asyncio.sleep(begin_s + at_s - self._clock.monotonic_s())
                await let_come(list(islice(fleet, trucks)), around, chance, gap_s_max)
            await asyncio.sleep((swarm.hours or 0) * 3600 - self._clock.monotonic_s())
            for task in talking:
                task.cancel()

    def _surroundings(self, client: httpx.AsyncClient, devices: asyncio.TaskGroup) -> Surroundings:
        free = LaneQueue()
        for lane in self.roadside.lanes:
            free.put_nowait(lane)
        cameras = self.roadside.cameras(client)

        def push(lane: RoadLane, truck: Truck) -> None:
            if lane.id in cameras:
                devices.create_task(cameras[lane.id].push(truck))

        plaza = None
        if "plaza" in self.document:
            lanes, rng = self.document["plaza"]["entry_lanes"], self.roadside.random("plaza")
            plaza = PlazaLanes(self.roadside.web, lanes, self.environ["WEIGHGATE_LOCAL_TOKEN"], client, rng)
        return Surroundings(self.id, free, push, plaza, self.truth, self._clock, asyncio.sleep)


def kind_of(file: Path) -> str:
    """The kind of site a file describes."""
    return str(tomllib.loads(file.read_text(encoding="utf-8"))["site"]["kind"])


def _here(file: Path, site_id: str) -> dict[str, Any]:
    """The site file as it stands in this world: its own id and store; boards asked less often where nothing rolls."""
    document = tomllib.loads(file.read_text(encoding="utf-8"))
    document["site"]["id"] = site_id
    document["storage"]["dir"] = "var"
    document["register"]["vehicles"] = "vehicles.csv"
    document["central"] |= {"http": "http://central", "mqtt": "mqtt://broker", "token_env": "WEIGHGATE_SITE_TOKEN"}
    document["web"]["token_env"] = "WEIGHGATE_LOCAL_TOKEN"  # noqa: S105 - a name, not a token
    for lane in document["lanes"]:
        for table in (lane.get("io", {}), lane["scale"]):
            if "poll_ms" in table and lane["kind"] == "platform":  # on an axle deck every sample counts
                table["poll_ms"] = max(table["poll_ms"], POLL_MS)
    return document


def _pace(road: RoadLane) -> int:
    return IDLE_FRAME_MS if _is_idle(road) else BUSY_FRAME_MS


def _is_idle(road: RoadLane) -> bool:
    """Whoever stands on an axle lane stands before its deck or behind it: that lane's devices feel nobody."""
    return road.empty_s() > IDLE_S or (road.kind == "axle" and road.still_s() > STILL_S)
