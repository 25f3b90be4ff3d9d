"""The site's door with many at it who say nothing."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from fastapi import FastAPI

from gateway.web import connections
from gateway.web.serving import serve, server_of

HALF = b"POST /cameras/1 HTTP/1.1\r\nHost: x\r\n"
WHOLE = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


@asynccontextmanager
async def door(port: int) -> AsyncIterator[None]:
    app = FastAPI()
    app.get("/")(lambda: {"here": True})
    server = server_of(app, "site", f"127.0.0.1:{port}")
    task = asyncio.create_task(serve(server))
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0)
    try:
        yield
    finally:
        server.should_exit = True
        await task


class Caller:
    """Connections from outside, all closed at the end."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._writers: list[asyncio.StreamWriter] = []

    async def say(self, words: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        self._writers.append(writer)
        writer.write(words)
        return reader, writer

    async def hang_up(self) -> None:
        for writer in self._writers:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()
        self._writers.clear()


async def ended(reader: asyncio.StreamReader) -> bool:
    try:
        return await reader.read() == b""
    except ConnectionError:
        return True


async def test_no_more_than_so_many_are_let_in(unused_tcp_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "CONNECTIONS_MAX", 3)
    async with door(unused_tcp_port):
        crowd, late = Caller(unused_tcp_port), Caller(unused_tcp_port)
        for _ in range(3):
            await crowd.say(HALF)
        refused, _ = await late.say(WHOLE)
        assert await ended(refused)
        await crowd.hang_up()
        answered, _ = await late.say(WHOLE)
        assert (await answered.readline()).startswith(b"HTTP/1.1 200")
        await late.hang_up()


async def test_who_never_ends_a_question_makes_room(unused_tcp_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEAD_S_MAX", 0.05)
    async with door(unused_tcp_port):
        caller = Caller(unused_tcp_port)
        never, _ = await caller.say(HALF)
        assert await ended(never)
        once, writer = await caller.say(WHOLE)
        assert (await once.readline()).startswith(b"HTTP/1.1 200")
        writer.write(HALF)  # asked once, and then no further
        assert b"HTTP" not in await once.read()
        await caller.hang_up()
