"""Who drives on next: in order of arrival, but a truck that was sent to be weighed again goes first."""

import asyncio
from collections import deque

from simulator.world import RoadLane


class LaneQueue:
    """Free lanes, and the trucks that wait for one."""

    def __init__(self) -> None:
        self._free: deque[RoadLane] = deque()
        self._waiting: deque[asyncio.Future[RoadLane]] = deque()

    async def get(self, *, first: bool = False) -> RoadLane:
        """The next free lane; `first` stands at the head of the queue."""
        if self._free and not self._waiting:
            return self._free.popleft()
        turn: asyncio.Future[RoadLane] = asyncio.get_running_loop().create_future()
        if first:
            self._waiting.appendleft(turn)
        else:
            self._waiting.append(turn)
        return await turn

    def put_nowait(self, lane: RoadLane) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(lane)
                return
        self._free.append(lane)
