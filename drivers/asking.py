"""Asks an indicator that answers, and never talks over it: one request, then its answer or a time-out.

──request──> (waiting) ──good frame──> next request ... ──pause──> the first again
                 └──────time-out──────────────────────────────────^
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import NoReturn

from drivers.link import Link
from drivers.polling import Polling


class Asker:
    """One for each open line. `run` asks for ever; `hear` is told of each good frame."""

    def __init__(
        self, polling: Polling, clock_ms: Callable[[], int], sleep: Callable[[float], Awaitable[None]]
    ) -> None:
        self._polling, self._clock_ms, self._sleep = polling, clock_ms, sleep
        self._answered = asyncio.Event()
        self._heard_ms = 0

    def hear(self) -> None:
        self._heard_ms = self._clock_ms()
        self._answered.set()

    async def run(self, link: Link) -> NoReturn:
        """Raises LinkError when the line breaks."""
        while True:
            began_ms = self._clock_ms()
            answered = await self._ask_all(link)
            if answered and self._polling.stream:
                await self._until_silent()
            else:
                left_ms = began_ms + self._polling.every_ms - self._clock_ms()
                await self._sleep(max(left_ms, 1) / 1000)

    async def _ask_all(self, link: Link) -> bool:
        for request in self._polling.requests:
            self._answered.clear()
            await link.write(request)
            if not await self._answer_comes():
                return False
        return True

    async def _answer_comes(self) -> bool:
        heard = asyncio.create_task(self._answered.wait(), name="answer")
        late = asyncio.ensure_future(self._sleep(self._polling.timeout_ms / 1000))
        try:
            await asyncio.wait({heard, late}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            heard.cancel()
            late.cancel()
        return self._answered.is_set()

    async def _until_silent(self) -> None:
        silent_ms = 2 * self._polling.timeout_ms
        while (left_ms := self._heard_ms + silent_ms - self._clock_ms()) > 0:
            await self._sleep(left_ms / 1000)
