"""A TCP wire that can be slow, cut, held in one direction or in both, while both ends believe that it stands.

client ──up──▶ [ held? late? cut? ] ──▶ server          what is held is not lost: TCP would send it again
       ◀─down── [ held? late? cut? ] ◀──                until the wire is mended, or torn
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

CHUNK_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with the wire. `cut_after` counts the bytes of one connection, both ways together."""

    delay_s: float = 0.0
    cut_after: int | None = None
    hold_up: bool = False
    hold_down: bool = False


SOUND = Fault()
HALF_OPEN = Fault(hold_up=True, hold_down=True)


class WireProxy:
    """Stands on `port` before a server. Set a fault at any time; connections that stand have it at once."""

    def __init__(self, server_port: int) -> None:
        self._server_port = server_port
        self._fault = SOUND
        self._changed = asyncio.Condition()
        self._connections: set[_Connection] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0
        self.accepted = self.cuts = 0

    @property
    def fault(self) -> Fault:
        return self._fault

    async def set(self, fault: Fault) -> None:
        async with self._changed:
            self._fault = fault
            self._changed.notify_all()

    async def mend(self) -> None:
        """What was held goes on its way."""
        await self.set(SOUND)

    async def tear(self) -> None:
        """Sound for whoever comes now; the connections that stood are reset, what was held is gone."""
        self.tear_those_that_stand()
        await self.mend()

    def tear_those_that_stand(self) -> None:
        for connection in list(self._connections):
            connection.abort()

    def forget_those_that_stand(self) -> None:
        """The other end has forgotten them and never says so; who comes anew is served."""
        for connection in self._connections:
            connection.forgotten = True

    @asynccontextmanager
    async def standing(self) -> AsyncIterator["WireProxy"]:
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            for connection in list(self._connections):
                connection.abort()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await server.wait_closed()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        task = asyncio.create_task(self._carry(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = _Connection([writer])
        self._connections.add(connection)
        try:
            await self._until_open(connection, up=True)  # half-open: accepted, and nobody behind it
            there, back = await asyncio.open_connection("127.0.0.1", self._server_port)
            connection.writers.append(back)
            async with asyncio.TaskGroup() as group:
                group.create_task(self._pump(connection, reader, back, up=True))
                group.create_task(self._pump(connection, there, writer, up=False))
        except* (OSError, EOFError):
            pass  # one end hung up; the other end hears of it below
        finally:
            connection.abort()
            self._connections.discard(connection)

    async def _pump(
        self, connection: "_Connection", source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, up: bool
    ) -> None:
        while True:
            await self._until_open(connection, up=up)
            data = await source.read(CHUNK_BYTES)
            await self._until_open(connection, up=up)
            if not data:
                raise EOFError
            if self._fault.delay_s:
                await asyncio.sleep(self._fault.delay_s)
            limit = self._fault.cut_after
            room = len(data) if limit is None else max(0, limit - connection.passed)
            connection.passed += len(data)
            sink.write(data[:room])
            await sink.drain()
            if room < len(data):
                self.cuts += 1
                raise EOFError

    async def _until_open(self, connection: "_Connection", *, up: bool) -> None:
        async with self._changed:
            await self._changed.wait_for(lambda: not connection.forgotten and not self._held(up=up))

    def _held(self, *, up: bool) -> bool:
        return self._fault.hold_up if up else self._fault.hold_down


@dataclass(eq=False)
class _Connection:
    writers: list[asyncio.StreamWriter]
    passed: int = 0
    forgotten: bool = False

    def abort(self) -> None:
        for writer in self.writers:
            with contextlib.suppress(OSError):
                writer.transport.abort()


def slow(delay_s: float) -> Fault:
    return replace(SOUND, delay_s=delay_s)


def cut_after(count: int) -> Fault:
    return replace(SOUND, cut_after=count)
