"""In which order a site's work ends, on a lane whose record is being stored."""

import asyncio
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from set_clock import SetClock

from gateway.actuation import Actuation
from gateway.core.effects import Effect, MoveBarrier, Record
from gateway.core.observations import LoadSeen, Observation, WeighingStored
from gateway.core.passage import State
from gateway.core.vehicle import Identity, Measurement
from gateway.core.verdict import Action, Judgement, Verdict
from gateway.lanes import LaneShell
from gateway.lawfiles import load_linkage
from gateway.stages import Stages

WORDS = load_linkage(Path(__file__).resolve().parents[2] / "config/law/linkage/cn-default.toml").words
WITHIN = Verdict("within", 31000, 0)
SAID = Judgement("rules", "0" * 64, WITHIN, WITHIN, WITHIN, (), "release", "within")


class Passage:
    """Each load is weighed at once; what is stored is let go."""

    state = State.EMPTY

    def step(self, observation: Observation, at_ms: int) -> tuple[Effect, ...]:
        if isinstance(observation, LoadSeen):
            return (Record(1, Identity(), Measurement(30_000), SAID, 0, 0),)
        return (MoveBarrier("open"),) if isinstance(observation, WeighingStored) else ()

    def describe(self) -> Mapping[str, Any]:
        return {}


class Lamp:
    colours = ("red", "green")

    def __init__(self, story: list[str]) -> None:
        self._story = story

    async def show(self, colour: Literal["red", "green"]) -> None:
        self._story.append(colour)


class Barrier:
    def __init__(self, story: list[str]) -> None:
        self._story = story

    async def open(self) -> None:
        self._story.append("opened")

    async def close(self) -> None:
        self._story.append("closed")


class Site:
    """One lane, a scale and a relay. Storing waits for `disk`."""

    def __init__(self) -> None:
        self.story: list[str] = []
        self.disk = asyncio.Event()
        actuation = Actuation(
            lamp=Lamp(self.story), sign=None, barrier=Barrier(self.story), sleep=asyncio.sleep,
            alarm=lambda *_: None, words=lambda: WORDS,
        )  # fmt: skip
        self.lane = LaneShell(
            "1", Passage(), journal=self, actuation=actuation, store=self.store, clock=SetClock(),  # type: ignore[arg-type]
            alarm=lambda *_: None, raw_window_ms=1000, tell=lambda _: self.story.append("told"),
        )  # fmt: skip
        self.stages = Stages()
        self.stages.add("uplink", "relay", self.until_cancelled("relay"))
        self.stages.add("web", "web", self.web())
        self.stages.add("lanes", "lane-1", self.lane.run())
        self.stages.add("devices", "scale-1", self.until_cancelled("scale"))
        for name, task in actuation.tasks():
            self.stages.add("devices", name, task)
        self.asked = asyncio.Event()

    async def store(self, lane: LaneShell, record: Record) -> tuple[str, Action]:
        self.story.append("storing")
        await self.disk.wait()
        self.story.append("stored")
        lane.line.stored({"entry": "j/1"}, record, 0)
        return "j/1", "release"

    async def web(self) -> None:
        await self.asked.wait()
        self.story.append("web")

    async def until_cancelled(self, name: str) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            self.story.append(name)

    async def end(self) -> None:
        self.asked.set()
        await self.stages.end([self.lane])


async def begun() -> Site:
    site = Site()
    site.stages.start()
    site.lane.observe(LoadSeen(Decimal(30_000)))
    while "storing" not in site.story:  # noqa: ASYNC110 - a few turns of the loop
        await asyncio.sleep(0)
    return site


async def test_the_record_is_stored_then_red_then_devices_then_the_relay() -> None:
    site = await begun()
    ending = asyncio.ensure_future(site.end())
    while not site.lane._finishing:  # noqa: ASYNC110 - as above
        await asyncio.sleep(0)
    site.disk.set()
    await ending
    assert site.story == ["storing", "web", "stored", "red", "scale", "told", "relay"]


async def test_a_disk_that_does_not_answer_is_given_up_and_the_barrier_stays() -> None:
    site = await begun()
    await site.end()
    assert site.story == ["storing", "web", "red", "scale", "relay"]


async def test_a_lane_at_rest_ends_at_once() -> None:
    site = Site()
    site.stages.start()
    await asyncio.sleep(0)
    before_s = asyncio.get_running_loop().time()
    await site.end()
    assert site.story == ["web", "red", "scale", "relay"]
    assert asyncio.get_running_loop().time() - before_s < 1
