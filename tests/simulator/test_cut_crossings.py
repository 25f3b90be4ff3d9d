"""A gateway killed while trucks cross its axle scales: how long a legal truck pays for that, second by second.

The real passages, killed and started again from their durable marks, against the simulator's drivers on both lanes.
"""

import asyncio
import random
from collections import Counter
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from jumping import JumpingLoop, LoopClock

from gateway.choices import passage_settings
from gateway.core.effects import Effect, Mark, Record, SetLamp, ShowText
from gateway.core.observations import InputSeen, LoadSeen, VehicleIdentified, WeighingStored
from gateway.core.passage import Restored, new_passage
from gateway.core.vehicle import Identity, Measurement
from gateway.core.verdict import Judgement, Verdict
from gateway.lawfiles import load_linkage
from gateway.settings import load_site
from gateway.wording import sign_lines
from simulator.lane_queue import LaneQueue
from simulator.people import Surroundings
from simulator.traffic import let_come
from simulator.truth import Truth
from simulator.vehicles import Truck, make_trucks
from simulator.world import RoadLane

STATION = load_site(Path(__file__).resolve().parents[2] / "config/sites/station.toml")
WORDS = load_linkage(Path(__file__).resolve().parents[2] / "config/law/linkage/cn-default.toml").words
LOOK_S = 0.05
AWAY_S = 4.0  # half a second until the supervisor sees it, the rest for the program to start and find its devices
STORE_S = 0.1
CAMERA_S = 2.5


class CutGateway:
    """One lane of a gateway: its marks outlive it, everything else dies with it; relays keep what they were told."""

    def __init__(self, road: RoadLane, limits_kg: dict[str, int]) -> None:
        self.road, self.limits_kg = road, limits_kg
        self.settings = passage_settings(next(lane for lane in STATION.lanes if lane.id == road.id))
        self.marker = Restored(0, "cleared")
        self.passage = new_passage(self.settings, self.judge, restored=self.marker)
        self.away = False
        self.asked: tuple[float, Record] | None = None
        self.plates: list[str] = []
        self.records: list[Record] = []
        self.sign: tuple[str, ...] = ()
        road.read_sign = lambda: self.sign

    def judge(self, identity: Identity, measurement: Measurement) -> Judgement:
        limit_kg = self.limits_kg.get(identity.plate or "")
        known = limit_kg is not None and measurement.sound
        over = known and (measurement.gross_kg or 0) > (limit_kg or 0)
        road = Verdict("exceeded" if over else "within" if known else "undetermined", limit_kg)
        none = Verdict("undetermined")
        action = "hold" if over or not known else "release"
        return Judgement("t", "0" * 64, road, none, none, (), action, "test")  # type: ignore[arg-type]

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(LOOK_S)
            if self.away:
                continue
            at_ms = round(loop.time() * 1000)
            if self.asked is not None and loop.time() - self.asked[0] >= STORE_S:
                record, self.asked = self.asked[1], None
                self.records.append(record)
                self.marker = Restored(record.passage, "recorded", f"j/{len(self.records)}", record.judgement.action)
                self.do(self.passage.step(WeighingStored(f"j/{len(self.records)}", record.judgement.action), at_ms))
            for role, on in self.road.inputs().items():
                self.do(self.passage.step(InputSeen(role, on), at_ms))
            while self.plates:
                identity = Identity(self.plates.pop(), "yellow", source="camera")
                self.do(self.passage.step(VehicleIdentified(identity, delay_ms=0), at_ms))
            load = LoadSeen(Decimal(round(self.road.load_kg() / 50) * 50))
            self.do(self.passage.step(load, at_ms))

    def do(self, effects: tuple[Effect, ...]) -> None:
        for effect in effects:
            match effect:
                case Mark(passage, state, action):
                    self.marker = Restored(passage, state, action=action)
                case Record():
                    self.asked = (asyncio.get_running_loop().time(), effect)
                case SetLamp(colour):
                    self.road.set_output("lamp_red", on=colour == "red")
                    self.road.set_output("lamp_green", on=colour == "green")
                case ShowText():
                    self.sign = sign_lines(effect, WORDS)
                case _:
                    raise AssertionError(effect)

    async def kill(self) -> None:
        self.away, self.asked = True, None
        await asyncio.sleep(AWAY_S)
        self.passage = new_passage(self.settings, self.judge, restored=self.marker)
        self.away = False


def play(fleet: list[Truck], *, kill_s: float | None, seed: int) -> tuple[list[dict[str, Any]], list[Record]]:
    async def course() -> tuple[list[dict[str, Any]], list[Record]]:
        clock, truth, free = LoopClock(), Truth(None), LaneQueue()
        limits_kg = {truck.plate: truck.limit_kg for truck in fleet if truck.registered}
        roads = [RoadLane({"id": lane.id, "kind": "axle", "scale": lane.scale.model_dump()}, clock)
                 for lane in STATION.lanes]  # fmt: skip
        gateways = {road.id: CutGateway(road, limits_kg) for road in roads}
        for road in roads:
            free.put_nowait(road)

        async def photograph(lane: RoadLane, truck: Truck) -> None:
            await asyncio.sleep(CAMERA_S)
            gateways[lane.id].plates.append(truck.plate)

        async def break_it() -> None:
            if kill_s is not None:
                await asyncio.sleep(kill_s)
                await asyncio.gather(*(gateway.kill() for gateway in gateways.values()))

        running = [asyncio.create_task(gateway.run()) for gateway in gateways.values()]
        running.append(asyncio.create_task(break_it()))

        def push(lane: RoadLane, truck: Truck) -> None:
            running.append(asyncio.create_task(photograph(lane, truck)))

        around = Surroundings("station-1", free, push, None, truth, clock, asyncio.sleep)
        await let_come(fleet, around, random.Random(seed))
        for task in running:
            assert not task.done() or task.exception() is None, task
            task.cancel()
        return truth.events, [record for gateway in gateways.values() for record in gateway.records]

    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        return runner.run(course())


def seconds(events: list[dict[str, Any]]) -> dict[str, float]:
    """From a legal registered truck's first arrival on a lane to its exit."""
    legal = {
        one["id"] for one in events if one["event"] == "truck" and one["legality"] == "legal" and one["registered"]
    }
    begun: dict[str, float] = {}
    taken: dict[str, float] = {}
    for one in events:
        if one["event"] == "crossing" and one["truck"] in legal:
            begun.setdefault(one["truck"], _at(one["started_at"]))
        elif one["event"] == "exit" and one["truck"] in legal:
            assert one["how"] == "left"
            taken[one["truck"]] = _at(one["at"]) - begun[one["truck"]]
    assert set(taken) == legal
    return taken


def _at(stamp: str) -> float:
    return datetime.fromisoformat(stamp).timestamp()


def _weighed(records: list[Record], plate: str) -> list[Record]:
    return [record for record in records if record.identity.plate == plate]


def test_nobody_waits_long_when_nothing_breaks() -> None:
    events, records = play(make_trucks(71, 8, "checkpoint", 0.3, 0.15), kill_s=None, seed=71)
    assert max(seconds(events).values()) < 25
    assert {record.measurement.flags for record in records} == {()}


@pytest.mark.parametrize(("seed", "kills_s"), [(71, range(2, 120, 5)), (5, range(3, 120, 9))])
def test_a_crossing_cut_in_half_costs_a_legal_truck_less_than_three_quarters_of_a_minute(
    seed: int, kills_s: range
) -> None:
    worst_s, cut = 0.0, 0
    for kill_s in kills_s:
        fleet = make_trucks(seed, 8, "checkpoint", 0.3, 0.15)
        events, records = play(fleet, kill_s=kill_s, seed=seed)
        crossings = Counter(one["plate"] for one in events if one["event"] == "crossing")
        assert len(records) == crossings.total(), f"a kill after {kill_s} s lost or doubled a crossing"
        worst_s = max(worst_s, *seconds(events).values())
        cut += any(not record.measurement.sound for record in records)
        for truck in fleet:
            for record in _weighed(records, truck.plate):
                if record.judgement.road_limit.outcome == "exceeded":
                    assert record.judgement.action == "hold"
        left = {one["truck"] for one in events if one["event"] == "exit" and one["how"] == "left"}
        last = {one["truck"]: one for one in events if one["event"] == "crossing"}
        assert not [name for name in left if last[name]["over"]], f"a kill after {kill_s} s let an overload go"
    assert cut > len(kills_s) // 3
    assert worst_s <= 45
