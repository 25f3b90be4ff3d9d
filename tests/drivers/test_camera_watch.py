"""A camera that is asked or connected to: heard, lost, heard again, frozen, refusing."""

import asyncio
from datetime import UTC, datetime

import pytest

from drivers.cameras import PROTOCOLS, zhenshi_tcp
from drivers.cameras.feed import Body
from drivers.cameras.watching import CameraWatch, over_http, over_link
from drivers.errors import DriverError
from drivers.link import MemoryLink, memory_pair, open_link
from drivers.readings import HealthReading, Picture, PlateReading
from simulator.camera_server import CameraServer

AT = datetime(2026, 11, 23, 4, 5, 6, tzinfo=UTC)
JPEG = b"\xff\xd8\r\n--myboundary\r\nEvents[0].TrafficCar.PlateNumber=WRONG\xff\xd9"
SEEN = PlateReading("豫A12345", "yellow", None, "e", device_time=AT, device="cam-1", pictures=(Picture("scene", JPEG),))


class Listener:
    """What a watch hands up."""

    def __init__(self) -> None:
        self.bodies: list[Body] = []
        self.health: list[HealthReading] = []
        self.changed = asyncio.Event()

    async def body(self, said: Body) -> None:
        self.bodies.append(said)
        self.changed.set()

    def state(self, reading: HealthReading) -> None:
        self.health.append(reading)
        self.changed.set()

    async def until(self, *, bodies: int = 0, health: int = 0) -> None:
        async with asyncio.timeout(10):
            while len(self.bodies) < bodies or len(self.health) < health:
                self.changed.clear()
                await self.changed.wait()


async def soon(_: float) -> None:
    await asyncio.sleep(0.001)


@pytest.mark.parametrize(("name", "scheme"), [("dahua", "http"), ("hikvision", "http"), ("zhenshi", "tcp")])
async def test_a_camera_that_is_asked_is_heard_lost_and_heard_again(name: str, scheme: str) -> None:
    protocol = PROTOCOLS[name]
    assert protocol.feed is not None
    server = CameraServer(protocol, "127.0.0.1", 0, http=scheme == "http")
    await server.open()
    url, heard = f"{scheme}://127.0.0.1:{server.port}", Listener()
    opened = over_http(url, protocol.feed.path, "", "") if scheme == "http" else over_link(_open, url)
    watch = CameraWatch("camera-1", protocol.feed, opened, soon)
    running = asyncio.create_task(watch.run(heard.body, heard.state))
    await until_listened(server)
    assert server.tell(SEEN)
    await heard.until(bodies=1)
    read = protocol.decode(*heard.bodies[0])
    assert read is not None
    assert (read.plate, read.colour, read.device_time) == ("豫A12345", "yellow", AT)
    port = server.port
    await server.close()
    await heard.until(health=2)
    assert [one.state for one in heard.health] == ["live", "lost"]
    server = CameraServer(protocol, "127.0.0.1", port, http=scheme == "http")
    await server.open()
    await until_listened(server)
    server.tell(SEEN)
    await heard.until(bodies=2, health=3)
    assert heard.health[-1].state == "live"
    assert watch.health()["events"] == 2
    running.cancel()
    await asyncio.wait({running})
    await server.close()


async def _open(url: str) -> MemoryLink:
    return await open_link(url)  # type: ignore[return-value]


async def until_listened(server: CameraServer) -> None:
    async with asyncio.timeout(10):
        while not server.listened_to:  # noqa: ASYNC110 - what is waited for is on the other side of a wire
            await asyncio.sleep(0.005)


async def test_a_connected_camera_that_says_nothing_is_frozen_and_connected_anew() -> None:
    pairs = [memory_pair(), memory_pair()]
    left = iter(pairs)

    async def open_next(_: str) -> MemoryLink:
        return next(left)[0]

    feed = zhenshi_tcp.FEED
    quick = type(feed)(reader=feed.reader, silent_ms=500, hello=feed.hello, heartbeat=feed.heartbeat)
    heard = Listener()
    watch = CameraWatch("camera-1", quick, over_link(open_next, "tcp://10.0.0.8:8131"), soon)
    running = asyncio.create_task(watch.run(heard.body, heard.state))
    assert await pairs[0][1].read() == feed.hello
    await heard.until(health=1)
    assert heard.health[0].state == "lost"
    assert "frozen" in heard.health[0].reason
    await pairs[1][1].write(feed.heartbeat)
    await heard.until(health=2)
    assert heard.health[1].state == "live"
    running.cancel()
    await asyncio.wait({running})


async def test_a_camera_that_refuses_names_its_host_and_the_cure_and_no_password() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with pytest.raises(DriverError, match="answers 401: check user and password") as told:
        async with over_http(f"http://127.0.0.1:{port}", "/x", "viewer", "top-secret")():
            pass
    assert "top-secret" not in str(told.value)
    server.close()
    await server.wait_closed()
    with pytest.raises(DriverError, match="is not reached"):
        async with over_http(f"http://127.0.0.1:{port}", "/x", "", "")():
            pass
