"""In what order a site's work ends: each stage while those behind it still work, the journal last.

web        no order is taken any more, requests under way are answered
lanes      a record that is being stored is stored; then red lamp and "out of order"; barriers stay as they are
devices    scales, boards, lamps, signs; a relay that is pulsed is released
uplink     relay, evidence, status; the broker is told goodbye
journal    closed by the site, when nobody writes any more
"""

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any, Literal

import structlog

from gateway.core.effects import SetLamp, ShowText
from gateway.lanes import LaneShell
from gateway.service import ended

Stage = Literal["web", "lanes", "devices", "uplink"]
WEB_S, LANES_S, RED_S, DEVICES_S, UPLINK_S = 1.0, 1.5, 0.5, 0.5, 1.0
"""Together less than gateway.service.STOP_S."""

log = structlog.get_logger()


class Stages:
    """Work by the stage with which it ends. `start` it once; `end` it once."""

    def __init__(self) -> None:
        self._work: list[tuple[Stage, str, Coroutine[Any, Any, None]]] = []
        self._tasks: dict[Stage, list[asyncio.Task[None]]] = {"web": [], "lanes": [], "devices": [], "uplink": []}

    def add(self, stage: Stage, name: str, work: Coroutine[Any, Any, None]) -> None:
        """To be started with the others."""
        self._work.append((stage, name, work))

    def start(self) -> list["asyncio.Task[None]"]:
        """Everything that was added; none of it ends by itself."""
        work, self._work = self._work, []
        for stage, name, one in work:
            self._tasks[stage].append(asyncio.create_task(one, name=name))
        return [task for tasks in self._tasks.values() for task in tasks]

    async def end(self, lanes: Iterable[LaneShell]) -> None:
        """The web server has been asked to end; each stage ends behind the one before it."""
        await self._end("web", WEB_S, cancel=False)
        lanes = list(lanes)
        for lane in lanes:
            lane.finish()
        await self._end("lanes", LANES_S, cancel=False)
        for lane in lanes:
            lane.actuation.perform(SetLamp("red"))
            lane.actuation.perform(ShowText("out-of-order"))
        await asyncio.gather(*(lane.actuation.come_to_rest(RED_S) for lane in lanes))
        await self._end("devices", DEVICES_S, cancel=True)
        for lane in lanes:
            lane.line.flush()
        await self._end("uplink", UPLINK_S, cancel=True)

    async def _end(self, stage: Stage, within_s: float, *, cancel: bool) -> None:
        await ended(self._tasks[stage], within_s, cancel=cancel)
        left = [task.get_name() for task in self._tasks[stage] if not task.done()]
        if left:
            log.error("work_not_ended", stage=stage, left=left)
