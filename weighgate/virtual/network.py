"""The way between the boxes and the centre: HTTP through ASGI, with everything a bad line does to it."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass

import httpx

from weighgate.virtual.machine import Machine

ANSWER_LOST_S = 10.0


@dataclass
class Line:
    """How one box's line to the outside is at this moment. Chances are per message."""

    cut: bool = False
    delay_s: float = 0.02
    jitter_s: float = 0.0
    answers_lost: bool = False
    duplicate: float = 0.0

    def heal(self) -> None:
        self.cut = self.answers_lost = False
        self.delay_s, self.jitter_s, self.duplicate = 0.02, 0.0, 0.0


class HttpWay(httpx.AsyncBaseTransport):
    """From somebody to a server's app, which runs on the server's machine and dies with it."""

    def __init__(
        self,
        server: Machine,
        app: Callable[[], httpx.ASGITransport | None],
        line: Line,
        rng: random.Random,
        client: Machine | None = None,
    ) -> None:
        self._server, self._app, self._line, self._rng, self._client = server, app, line, rng, client

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        line = self._line
        body = await request.aread()
        await asyncio.sleep(line.delay_s + self._rng.random() * line.jitter_s)
        answer = await self._asked(request, body)
        if self._rng.random() < line.duplicate:
            answer = await self._asked(request, body)
        if line.answers_lost:
            await asyncio.sleep(ANSWER_LOST_S)
            raise httpx.ReadTimeout("no answer came back", request=request)
        await asyncio.sleep(line.delay_s + self._rng.random() * line.jitter_s)
        return answer

    async def _asked(self, request: httpx.Request, body: bytes) -> httpx.Response:
        app = self._app()
        if self._line.cut or not self._server.alive or app is None or (self._client and not self._client.alive):
            raise httpx.ConnectError("nobody answers", request=request)
        copy = httpx.Request(request.method, request.url, headers=request.headers, content=body)
        work = self._server.spawn(_whole(app, copy), "serving")
        death = asyncio.ensure_future(self._server.until_dead())
        try:
            await asyncio.wait({work, death}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            death.cancel()
        if not work.done() or work.cancelled() or work.exception() is not None:
            raise httpx.ReadError("the server fell silent", request=request)
        status, headers, content = work.result()
        return httpx.Response(status, headers=headers, content=content, request=request)


async def _whole(app: httpx.ASGITransport, request: httpx.Request) -> tuple[int, httpx.Headers, bytes]:
    answer = await app.handle_async_request(request)
    return answer.status_code, answer.headers, await answer.aread()
