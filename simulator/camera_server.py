"""A camera that is asked: plays its side of the connection on a port, and tells each event to whoever listens.

http   GET anything ──► 200 multipart/x-mixed-replace, heartbeats, then each event's text and picture
tcp    each event as a message; what is sent to it is taken and not looked at
"""

import asyncio
import contextlib
import re

from drivers.cameras import CameraProtocol
from drivers.cameras.multipart import Part, parts_of
from drivers.cameras.zhenshi_tcp import HEARTBEAT, message, unpushed
from drivers.readings import PlateReading
from simulator.devices import PUSH_AFTER_S, Sleep, sighting
from simulator.truth import Clock
from simulator.vehicles import Truck

BOUNDARY = "myboundary"
HEARTBEAT_S = 5.0
CLIENTS_MAX = 4
HEAD = (
    f"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: multipart/x-mixed-replace; boundary={BOUNDARY}\r\n\r\n"
).encode()
KIND = re.compile(rb"content-type:[ \t]*([^\r\n]+)", re.IGNORECASE)


class AskedCamera:
    """As `simulator.devices.Camera`, for one that is asked: who does not listen misses the truck."""

    def __init__(self, server: "CameraServer", device: str, clock: Clock, sleep: Sleep) -> None:
        self._server, self._device, self._clock, self._sleep = server, device, clock, sleep

    async def push(self, truck: Truck) -> bool:
        await self._sleep(PUSH_AFTER_S)
        return self._server.tell(sighting(truck, self._device, self._clock.now()))


class CameraServer:
    """One camera at `host:port`; port 0 picks a free one, and `port` tells it."""

    def __init__(self, protocol: CameraProtocol, host: str, port: int, *, http: bool) -> None:
        self._protocol, self._host, self.port, self._http = protocol, host, port, http
        self._server: asyncio.Server | None = None
        self._clients: set[asyncio.StreamWriter] = set()
        self.frozen = False
        self.heard = b""

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._talk, self._host, self.port)
        self.port = int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
            for client in list(self._clients):
                client.close()
            await self._server.wait_closed()

    @property
    def listened_to(self) -> bool:
        return bool(self._clients)

    def tell(self, reading: PlateReading) -> bool:
        """To all who listen; whether anybody does. A frozen camera keeps its connections and says nothing."""
        body, content_type = self._protocol.encode(reading)
        if self._http:
            parts = parts_of(body, content_type) if content_type.startswith("multipart/") else None
            data = b"".join(map(_part, parts or [Part(b"Content-Type: " + content_type.encode(), body)]))
        else:
            data = unpushed(body)
        if not self.frozen:
            for client in list(self._clients):
                client.write(data)
        return bool(self._clients) and not self.frozen

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._clients) >= CLIENTS_MAX:
            writer.close()
            return
        try:
            if self._http:
                await reader.readuntil(b"\r\n\r\n")
                writer.write(HEAD + _part(Part(b"Content-Type: text/plain", b"Heartbeat")))
            self._clients.add(writer)
            await self._listen(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            return  # it hung up, or is no client of a camera
        finally:
            self._clients.discard(writer)
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def _listen(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        beat = _part(Part(b"Content-Type: text/plain", b"Heartbeat")) if self._http else message(b"", HEARTBEAT)
        while True:
            try:
                async with asyncio.timeout(HEARTBEAT_S):
                    chunk = await reader.read(1024)
            except TimeoutError:
                if not self.frozen:
                    writer.write(beat)
                continue
            if not chunk:
                return
            self.heard = (self.heard + chunk)[-1024:]


def _part(part: Part) -> bytes:
    found = KIND.search(part.head)
    kind = found[1] if found else b"text/plain"
    head = f"--{BOUNDARY}\r\nContent-Type: ".encode() + kind
    return head + f"\r\nContent-Length: {len(part.content)}\r\n\r\n".encode() + part.content + b"\r\n"
