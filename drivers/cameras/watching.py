"""A camera that is asked, kept alive: connected, listened to, judged silent, and connected again.

It hands up bodies as a push would bring them, and its own changes of state. A connection that stays open and says
nothing, not even its heartbeat, is frozen and opened anew.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Protocol
from urllib.parse import urlsplit

import httpx

from drivers.cameras.feed import Body, EventReader, Feed
from drivers.errors import DriverError, LinkError
from drivers.link import Link
from drivers.readings import HealthReading

FLUSH_S = 0.5  # an event whose picture has not come by then is told without it
CONNECT_S = 5.0
RECONNECT_MIN_S, RECONNECT_MAX_S = 0.5, 10.0


class Wire(Protocol):
    """An open connection. `content_type` is empty on TCP."""

    content_type: str

    async def read(self) -> bytes: ...

    async def write(self, data: bytes) -> None: ...


Open = Callable[[], AbstractAsyncContextManager[Wire]]


class CameraWatch:
    """One camera. `run` in a task of its own; cancel it to stop. `sleep` takes seconds."""

    def __init__(
        self,
        name: str,
        feed: Feed,
        open_wire: Open,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.name = name
        self._feed, self._open, self._sleep = feed, open_wire, sleep
        self._state, self._reason = "connecting", ""
        self._counts = {"events": 0, "connects": 0, "lost": 0}
        self._backoff_s = RECONNECT_MIN_S

    def health(self) -> Mapping[str, Any]:
        return {"name": self.name, "state": self._state, "reason": self._reason, **self._counts}

    async def run(self, on_body: Callable[[Body], Awaitable[None]], on_health: Callable[[HealthReading], None]) -> None:
        """Listen for ever. The reason of a loss names the camera and never a password."""
        while True:
            try:
                await self._connected(on_body, on_health)
            except DriverError as error:
                self._counts["lost"] += 1
                reason = f"{self.name}: {error}"
                if self._state != "lost":
                    on_health(HealthReading("lost", reason))
                self._state, self._reason = "lost", reason
            await self._sleep(self._backoff_s)
            self._backoff_s = min(2 * self._backoff_s, RECONNECT_MAX_S)

    async def _connected(
        self, on_body: Callable[[Body], Awaitable[None]], on_health: Callable[[HealthReading], None]
    ) -> None:
        async with self._open() as wire:
            self._counts["connects"] += 1
            reader = self._feed.reader(wire.content_type)
            if self._feed.hello:
                await wire.write(self._feed.hello)
            beating = asyncio.create_task(self._beat(wire), name=f"{self.name} heartbeat")
            try:
                await self._listen(wire, reader, on_body, on_health)
            finally:
                beating.cancel()
                await asyncio.wait({beating})

    async def _listen(
        self,
        wire: Wire,
        reader: EventReader,
        on_body: Callable[[Body], Awaitable[None]],
        on_health: Callable[[HealthReading], None],
    ) -> None:
        silent_s = 0.0
        reading = asyncio.ensure_future(wire.read())
        try:
            while True:
                await asyncio.wait({reading}, timeout=FLUSH_S)
                if reading.done():
                    bodies = reader.feed(reading.result())
                    silent_s = 0.0
                    if self._state != "live":
                        self._state, self._reason, self._backoff_s = "live", "", RECONNECT_MIN_S
                        on_health(HealthReading("live"))
                    reading = asyncio.ensure_future(wire.read())
                else:
                    bodies = reader.flush()
                    silent_s += FLUSH_S
                for body in bodies:
                    self._counts["events"] += 1
                    await on_body(body)
                if silent_s * 1000 >= self._feed.silent_ms:
                    raise LinkError(
                        f"nothing for {self._feed.silent_ms} ms, not even a heartbeat: the camera is frozen"
                    )
        finally:
            reading.cancel()
            await asyncio.wait({reading})

    async def _beat(self, wire: Wire) -> None:
        while self._feed.heartbeat:
            await self._sleep(self._feed.heartbeat_ms / 1000)
            await wire.write(self._feed.heartbeat)


class LinkWire:
    """A TCP camera, over a link."""

    content_type = ""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def read(self) -> bytes:
        return await self._link.read()

    async def write(self, data: bytes) -> None:
        await self._link.write(data)


def over_link(open_link: Callable[[str], Awaitable[Link]], url: str) -> Open:
    @asynccontextmanager
    async def opened() -> AsyncIterator[Wire]:
        link = await open_link(url)
        try:
            yield LinkWire(link)
        finally:
            await link.close()

    return opened


class HttpWire:
    """An answer without end. Only read."""

    def __init__(self, response: httpx.Response) -> None:
        self.content_type = response.headers.get("content-type", "")
        self._chunks = response.aiter_raw()

    async def read(self) -> bytes:
        try:
            return await anext(self._chunks)
        except StopAsyncIteration as error:
            raise LinkError("the camera ended its answer") from error
        except httpx.HTTPError as error:
            raise LinkError(f"the camera hung up: {type(error).__name__}") from error

    async def write(self, data: bytes) -> None:
        raise AssertionError(f"{len(data)} bytes for a camera that only talks")


def over_http(url: str, path: str, user: str, password: str) -> Open:
    """Digest where a user is given. LinkError names the camera's host, what it answered, and the cure."""

    @asynccontextmanager
    async def opened() -> AsyncIterator[Wire]:
        host = urlsplit(url).hostname
        auth = httpx.DigestAuth(user, password) if user else None
        limits = httpx.Timeout(CONNECT_S, read=None)
        try:
            async with (
                httpx.AsyncClient(timeout=limits, trust_env=False) as client,
                client.stream("GET", url.rstrip("/") + path, auth=auth) as response,
            ):
                if response.status_code != httpx.codes.OK:
                    cure = "check user and password" if response.status_code in (401, 403) else "check model and url"
                    raise LinkError(f"{host} answers {response.status_code}: {cure}")
                yield HttpWire(response)
        except httpx.HTTPError as error:
            raise LinkError(f"{host} is not reached: {type(error).__name__}; check its address and network") from error

    return opened
