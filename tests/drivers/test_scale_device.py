"""The supervisor of a scale: named states, reconnects with a ceiling, and names what is wrong on the wire.

Method: links that do what the test says, and a clock that moves only when the test turns it.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from decimal import Decimal

import pytest

from drivers.device import ScaleDevice
from drivers.errors import LinkError
from drivers.link import Link, MemoryLink, memory_pair
from drivers.protocol import protocol_named
from drivers.readings import HealthReading, Reading, WeightReading

YAOHUA = protocol_named("yaohua-continuous-0")
TOLEDO = protocol_named("toledo-continuous")
LIVE = HealthReading("live")
SILENT = HealthReading("stale", "no frame for 2000 ms: the indicator is silent")


def frame(kg: int) -> bytes:
    return YAOHUA.encode(WeightReading(Decimal(kg)))


def weighed(kg: int) -> WeightReading:
    return WeightReading(Decimal(kg), "kg")


class Clock:
    """Time as the test turns it; sleepers wake when their moment comes."""

    def __init__(self) -> None:
        self.now_ms = 1000
        self.slept_s: list[float] = []
        self._sleepers: list[tuple[int, asyncio.Future[None]]] = []

    async def sleep(self, seconds: float) -> None:
        self.slept_s.append(seconds)
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sleepers.append((self.now_ms + round(seconds * 1000), woken))
        await woken

    async def turn(self, ms: int) -> None:
        until_ms = self.now_ms + ms
        await settle()
        while due := [(at, who) for at, who in self._sleepers if at <= until_ms and not who.done()]:
            at_ms, sleeper = min(due, key=lambda each: each[0])
            self.now_ms = at_ms
            sleeper.set_result(None)
            await settle()
        self.now_ms = until_ms


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


class Site:
    """A device under test, its far ends, and all it said."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.said: list[Reading] = []
        self.raw: list[tuple[int, bytes]] = []
        self.opens = 0
        self.refusal: str | None = None
        self.far: MemoryLink
        self.device = ScaleDevice(
            "lane 1 scale", self.open, YAOHUA, "kg", 2000, lambda: self.clock.now_ms, self.clock.sleep
        )

    async def open(self) -> Link:
        self.opens += 1
        if self.refusal:
            raise LinkError(self.refusal)
        near, self.far = memory_pair()
        return near

    def on_raw(self, at_ms: int, data: bytes) -> None:
        self.raw.append((at_ms, data))

    async def sends(self, data: bytes) -> None:
        await self.far.write(data)
        await settle()


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    site = Site()
    running = asyncio.create_task(site.device.run(site.said.append, site.on_raw))
    await settle()
    yield site
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_a_frame_makes_the_scale_live_and_takes_the_sites_unit(site: Site) -> None:
    assert site.device.health()["state"] == "connecting"
    await site.sends(frame(1560))
    await site.sends(frame(1650))
    assert site.said == [LIVE, weighed(1560), weighed(1650)]
    assert site.raw == [(1000, frame(1560)), (1000, frame(1650))]


async def test_silence_is_stale_and_the_next_frame_is_live(site: Site) -> None:
    await site.sends(frame(20) * 10)
    await site.clock.turn(1999)
    assert site.said == [LIVE, *[weighed(20)] * 10]
    await site.clock.turn(1)
    assert site.said[-1] == SILENT
    await site.clock.turn(60_000)
    assert site.said.count(SILENT) == 1, "one change, one word"
    await site.sends(frame(40))
    assert site.said[-2:] == [LIVE, weighed(40)]


async def test_a_scale_that_never_speaks_is_stale_too(site: Site) -> None:
    await site.clock.turn(2000)
    assert site.said == [SILENT]
    assert site.device.health()["last_frame_age_ms"] is None


async def test_every_frame_puts_staleness_off(site: Site) -> None:
    for _ in range(10):
        await site.sends(frame(20))
        await site.clock.turn(1500)
    assert SILENT not in site.said


async def test_another_make_on_the_wire_is_named(site: Site) -> None:
    toledo = TOLEDO.encode(WeightReading(Decimal(12340), "kg"))
    for _ in range(10):
        await site.sends(toledo)
        await site.clock.turn(200)
    (said,) = site.said
    assert said == HealthReading(
        "stale",
        "bytes arrive but no frame of yaohua-continuous-0: check protocol and baud rate with weighgate decode",
    )
    assert site.device.health()["frames"] == 0
    assert site.device.health()["last_error"] == said.reason


async def test_a_seven_bit_line_read_as_eight_is_named(site: Site) -> None:
    with_parity = bytes(byte | (byte.bit_count() % 2) << 7 for byte in frame(13570))
    for _ in range(10):
        await site.sends(with_parity)
    await site.clock.turn(2000)
    (said,) = site.said
    assert isinstance(said, HealthReading)
    assert said.reason.endswith("(the line looks like bytesize=7&parity=E)")


async def test_a_lost_link_is_told_and_opened_again(site: Site) -> None:
    await site.sends(frame(20))
    await site.far.close()
    await settle()
    assert site.said[-1] == HealthReading("lost", "the other end of the memory link hung up")
    assert site.opens == 1
    await site.clock.turn(250)
    assert site.opens == 2
    await site.sends(frame(40))
    assert site.said[-2:] == [LIVE, weighed(40)]
    assert site.device.health()["reconnects"] == 1


async def test_half_a_frame_from_before_the_loss_does_not_join_what_comes_after(site: Site) -> None:
    await site.sends(frame(20) + frame(49480)[:6])
    await site.far.close()
    await settle()
    await site.clock.turn(250)
    await site.sends(frame(49480)[6:] + frame(60))
    assert [each for each in site.said if isinstance(each, WeightReading)] == [weighed(20), weighed(60)]


async def test_reconnecting_backs_off_to_a_ceiling_and_starts_over_after_a_frame(site: Site) -> None:
    await site.sends(frame(20))
    site.refusal = "cannot open /dev/ttyUSB0: it is not there"
    await site.far.close()
    await settle()
    site.clock.slept_s.clear()
    await site.clock.turn(60_000)
    assert site.clock.slept_s[:8] == [0.5, 1.0, 2.0, 4.0, 8.0, 10.0, 10.0, 10.0]
    lost = [each for each in site.said if isinstance(each, HealthReading) and each.state == "lost"]
    assert [each.reason for each in lost] == ["the other end of the memory link hung up", site.refusal]
    assert site.device.health()["state"] == "lost"
    site.refusal = None
    await site.clock.turn(10_000)
    await site.sends(frame(40))
    await site.far.close()
    await settle()
    assert site.clock.slept_s[-1] == 0.25


async def test_a_peer_that_accepts_and_hangs_up_does_not_reset_the_back_off(site: Site) -> None:
    site.clock.slept_s.clear()
    for _ in range(4):
        await site.far.close()
        await settle()
        await site.clock.turn(round(site.clock.slept_s[-1] * 1000))
    assert [each for each in site.clock.slept_s if each != 2.0] == [0.25, 0.5, 1.0]


async def test_counters_tell_frames_bytes_and_refusals(site: Site) -> None:
    damaged = frame(1560).replace(b"156", b"157")
    await site.sends(b"\xff" + frame(1560) + damaged + frame(1650))
    assert dict(site.device.health()) == {
        "name": "lane 1 scale",
        "state": "live",
        "reason": "",
        "frames": 2,
        "rejected": 2,
        "remarks": 0,
        "bytes": 37,
        "reconnects": 0,
        "last_error": "checksum b'19' should be b'18'",
        "last_frame_age_ms": 0,
    }


async def test_a_mistake_of_ours_is_not_swallowed() -> None:
    site = Site()

    def broken(_: Reading) -> None:
        raise AssertionError("our own mistake")

    sink: Callable[[Reading], None] = broken
    running = asyncio.create_task(site.device.run(sink, site.on_raw))
    await settle()
    await site.far.write(frame(20))
    with pytest.raises(AssertionError, match="our own mistake"):
        await running
