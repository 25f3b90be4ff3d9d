"""The HTTP door over a real socket: each answer means one thing, and none of any size or slowness holds it."""

import asyncio
import gzip
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from programs import free_port
from uplink_world import CENTRAL, JOURNAL, SITE, World, received, signed, until

from gateway.contract.wire import ANSWER_BYTES_MAX, Acknowledgement
from gateway.errors import Refused, Unreachable
from gateway.uplink import http
from gateway.uplink.doors import BatchRefused, Busy, Slow
from gateway.uplink.http import HttpDoor, trusted

Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
ACK = signed(Acknowledgement(incarnation="one", site=SITE, journal=JOURNAL, through=3), CENTRAL)
BODY = f"[{ACK.model_dump_json()}]".encode()


@asynccontextmanager
async def central_that(answer: Answer) -> AsyncIterator[HttpDoor]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            assert b"authorization: Bearer a-site-token" in head
            await answer(reader, writer)
            await writer.drain()
        except ConnectionError:
            pass  # the door has gone
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    door = HttpDoor(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", "a-site-token")
    running = asyncio.create_task(door.run())
    try:
        yield door
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        server.close()


def says(status: str, body: bytes = b"", *headers: str) -> Answer:
    head = "\r\n".join([f"HTTP/1.1 {status}", f"content-length: {len(body)}", "connection: close", *headers])

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(head.encode() + b"\r\n\r\n" + body)

    return answer


REFUSED_BATCH = ["400 Bad Request", "409 Conflict", "413 Content Too Large", "422 Unprocessable"]
REFUSED = ["401 Unauthorized", "403 Forbidden", "404 Not Found", "405 No", "415 Unsupported", "204 None", "201 Created"]
UNREACHABLE = ["500 Oh", "502 Bad Gateway", "507 Full", "408 Request Timeout", "425 Too Early"]


async def test_200_is_centrals_answer_as_it_sent_it() -> None:
    async with central_that(says("200 OK", BODY)) as door:
        assert await door.send(b"[]") == [received(ACK)]
        assert await door.ask("q") == [received(ACK)]


@pytest.mark.parametrize(
    ("status", "kind"),
    [*((one, BatchRefused) for one in REFUSED_BATCH), *((one, Refused) for one in REFUSED)]
    + [(one, Unreachable) for one in UNREACHABLE],
)
async def test_each_status_means_one_thing(status: str, kind: type[Exception]) -> None:
    async with central_that(says(status, b'{"title": "because"}')) as door:
        with pytest.raises(kind, match=status[:3]) as raised:
            await door.send(b"[]")
        assert raised.type is kind
        if status[:3] != "204":
            assert "because" in str(raised.value) or kind is Unreachable


@pytest.mark.parametrize(
    ("status", "after", "retry_s"),
    [("429 Slow Down", "7", 7), ("503 Later", "2", 2), ("429 Slow Down", "", 5), ("503 Later", "86400", 60),
     ("503 Later", "Wed, 21 Oct 2026 07:28:00 GMT", 5), ("429 Slow Down", "-3", 5)],
)  # fmt: skip
async def test_a_pause_that_central_asks_for_is_heard_within_bounds(status: str, after: str, retry_s: float) -> None:
    async with central_that(says(status, b"", *([f"retry-after: {after}"] if after else []))) as door:
        with pytest.raises(Busy) as raised:
            await door.send(b"[]")
        assert raised.value.retry_s == retry_s


async def test_a_redirect_is_not_followed_and_says_where_it_points() -> None:
    async with central_that(says("302 Found", b"", "location: https://portal.example/login")) as door:
        with pytest.raises(Refused, match=r"302.*portal\.example/login") as raised:
            await door.send(b"[]")
        assert raised.type is Refused


@pytest.mark.parametrize("body", [b"", b"<html>login</html>", b"{}", b"[3]", BODY[:-9]], ids=repr)
async def test_200_without_an_acknowledgement_is_nobody(body: bytes) -> None:
    async with central_that(says("200 OK", body)) as door:
        with pytest.raises(Unreachable, match="no acknowledgement"):
            await door.send(b"[]")


async def test_an_answer_without_end_is_not_read_to_its_end() -> None:
    taken = 0

    async def flood(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal taken
        writer.write(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n")
        while taken < 20 * ANSWER_BYTES_MAX:
            writer.write(b" " * 65_536)
            await writer.drain()
            taken += 65_536

    async with central_that(flood) as door:
        with pytest.raises(Unreachable, match="runs past"):
            await door.send(b"[]")
    assert taken < 4 * ANSWER_BYTES_MAX


@pytest.mark.parametrize("how", ["silent", "a byte at a time", "half an answer"])
async def test_a_centre_that_hangs_is_left_after_a_while(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "TIMEOUT_S", 0.2)

    async def hang(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if how != "silent":
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 99999\r\n\r\n[")
        while how == "a byte at a time":
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.02)
        await asyncio.sleep(5 if how == "silent" else 0.05)

    async with asyncio.timeout(3), central_that(hang) as door:
        with pytest.raises(Unreachable) as raised:
            await door.send(b"[]")
        assert raised.type is (Unreachable if how == "half an answer" else Slow)


async def test_nobody_there_is_unreachable() -> None:
    door = HttpDoor(f"http://127.0.0.1:{free_port()}", "a-site-token")
    for work in (door.send(b"[]"), door.ask("q")):
        with pytest.raises(Unreachable) as raised:
            await work
        assert raised.type is Unreachable


async def test_after_its_end_it_is_unreachable_and_not_ready() -> None:
    async with central_that(says("200 OK", BODY)) as door:
        await door.send(b"[]")
    assert not door.ready
    with pytest.raises(Unreachable):
        await door.send(b"[]")


@pytest.mark.parametrize("first", [*REFUSED_BATCH, *REFUSED, *UNREACHABLE, "302 Found", "200 OK"])
async def test_whatever_central_answers_first_nothing_is_lost(first: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The relay over the real door: the first answers are this, then central is well."""
    answers = 0

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal answers
        answers += 1
        await (says(first) if answers <= 3 else says("200 OK", BODY))(reader, writer)

    monkeypatch.setattr("gateway.uplink.doors.REST_MIN_MS", 10)
    monkeypatch.setattr("gateway.uplink.flight.SET_ASIDE_MS", 10)
    async with central_that(answer) as door:
        world = World(3, doors=[door])
        async with world.running():
            await until(lambda: answers >= 1, 5)
            assert not world.outbox.acked or answers > 3
            await until(lambda: world.outbox.acked == {1, 2, 3}, 10)
        assert world.outbox.parked == {}


async def test_a_packed_answer_is_not_unpacked() -> None:
    async with central_that(says("200 OK", gzip.compress(BODY), "content-encoding: gzip")) as door:
        with pytest.raises(Unreachable, match="packed"):
            await door.send(b"[]")


def test_https_believes_the_known_authorities_once_for_all_and_plain_http_nobody() -> None:
    secure, plain = trusted("https://central.example"), trusted("http://central.example")
    assert secure is trusted("https://other.example")
    assert secure.cert_store_stats()["x509_ca"] > 0
    assert secure.verify_mode == plain.verify_mode == ssl.CERT_REQUIRED
    assert secure.check_hostname
    assert plain.cert_store_stats()["x509"] == 0
