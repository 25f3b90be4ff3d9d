"""What an installer does wrong, on every wire: each has its named state, and none of it is ever a weight.

Method: a device under test reads, from a memory line, what a good indicator's bytes become when the setting is wrong.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from decimal import Decimal

import pytest
from test_scale_device import Clock, settle

from drivers.device import ScaleDevice
from drivers.link import Link, MemoryLink, memory_pair
from drivers.protocol import ScaleProtocol, load_protocols, protocol_named
from drivers.readings import HealthReading, Reading, Unit, WeightReading
from drivers.sniff.line import Line
from simulator.uart import heard

every_protocol = pytest.mark.parametrize("protocol", load_protocols().values(), ids=lambda protocol: protocol.name)
without_unit = pytest.mark.parametrize(
    "protocol", [each for each in load_protocols().values() if not each.span.units], ids=lambda protocol: protocol.name
)
YAOHUA = protocol_named("yaohua-continuous-0")
STALE_MS = 2000
TICKET = bytes.fromhex("43 32 30 F4 20 30 32 F3 20 32 30 32 33 F2") + b"\r\n"  # 20日 02月 2023年, captured
LIVE = HealthReading("live")


class Wire:
    """A device under test, the indicator's end of its line, and all it said."""

    def __init__(self, protocol: ScaleProtocol, unit: Unit, interval_kg: int, frozen_ms: int) -> None:
        self.clock, self.said = Clock(), list[Reading]()
        self._near, self._far = memory_pair()
        self.device = ScaleDevice(
            "scale", self._open, protocol, unit, STALE_MS, lambda: self.clock.now_ms, self.clock.sleep,
            interval_kg=interval_kg, frozen_ms=frozen_ms,
        )  # fmt: skip

    async def _open(self) -> Link:
        return self._near

    async def brings(self, pieces: Iterable[bytes], every_ms: int = 100) -> None:
        far: MemoryLink = self._far
        for piece in pieces:
            await far.write(piece)
            await settle()
            await self.clock.turn(every_ms)

    @property
    def loads(self) -> list[Decimal]:
        return [each.value for each in self.said if isinstance(each, WeightReading) and each.value is not None]

    @property
    def state(self) -> HealthReading:
        return [each for each in self.said if isinstance(each, HealthReading)][-1]


@asynccontextmanager
async def wire(
    protocol: ScaleProtocol = YAOHUA, unit: Unit = "kg", interval_kg: int = 20, frozen_ms: int = 60_000
) -> AsyncIterator[Wire]:
    found = Wire(protocol, unit, interval_kg, frozen_ms)
    running = asyncio.create_task(found.device.run(found.said.append, lambda *_: None))
    await settle()
    yield found
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


def frame(protocol: ScaleProtocol, value: str) -> bytes:
    unit = protocol.span.units[0] if protocol.span.units else None
    stable = True if protocol.span.stable is None else protocol.span.stable
    return protocol.encode(WeightReading(Decimal(value), unit, stable=stable, net=bool(protocol.span.net)))


@every_protocol
async def test_half_frames_are_named_and_no_weight(protocol: ScaleProtocol) -> None:
    whole = frame(protocol, "1357")
    async with wire(protocol) as line:
        await line.brings([whole[len(whole) // 2 :]] * 40)
        await line.brings([whole[: len(whole) // 2]] * 40)
        assert line.loads == []
        assert line.state.state == "stale"
        assert line.state.reason.startswith("bytes arrive but no frame of")


@every_protocol
async def test_seven_bits_read_as_eight_are_named_with_the_cure(protocol: ScaleProtocol) -> None:
    whole = frame(protocol, "1357")
    with_parity = bytes(byte | (byte.bit_count() % 2) << 7 for byte in whole)
    async with wire(protocol) as line:
        await line.brings([with_parity] * 40)
        assert line.loads == []
        assert line.state.state == "stale"
        assert line.state.reason.endswith("(the line looks like bytesize=7&parity=E)")


@every_protocol
async def test_a_printers_alphabet_is_named_and_survives(protocol: ScaleProtocol) -> None:
    raw = bytearray()
    async with wire(protocol) as line:
        await line.brings([TICKET] * 30)
        raw += TICKET
        assert line.loads == []
        assert line.state.state == "stale"
        assert "above 7F that are no parity" in line.state.reason


@pytest.mark.parametrize("baudrate", [1200, 4800, 19200])
@every_protocol
async def test_a_wrong_baud_rate_is_named_and_no_weight(protocol: ScaleProtocol, baudrate: int) -> None:
    sent = frame(protocol, "1357") * 40
    listened = heard(sent, Line(9600), Line(baudrate))
    async with wire(protocol) as line:
        await line.brings([listened[at : at + 20] for at in range(0, len(listened), 20)] * 2)
        await line.clock.turn(STALE_MS)
        assert line.loads == []
        assert line.state.state == "stale"
        if len(listened) >= 64:
            assert line.state.reason.startswith("bytes arrive but no frame of")


@without_unit
async def test_tonnes_called_kilograms_are_named_and_no_weight(protocol: ScaleProtocol) -> None:
    if protocol.span.decimals < 2:
        pytest.skip("this wire has no decimals: an indicator in tonnes would say whole ones")
    async with wire(protocol) as line:
        await line.brings([frame(protocol, "12.36")] * 5)
        assert line.loads == []
        assert line.state.state == "stale"
        assert line.state.reason == (
            "the wire's last digit, in kg, is a thousandth of the scale's interval of 20 kg: "
            "does the indicator show another unit than the site file says?"
        )
        await line.brings([frame(protocol, "12360")] * 2)
        assert line.state == LIVE, "somebody set the indicator right"
        assert line.loads == [12360, 12360]


@without_unit
async def test_kilograms_called_tonnes_are_named_and_no_weight(protocol: ScaleProtocol) -> None:
    async with wire(protocol, unit="t") as line:
        await line.brings([frame(protocol, "12360")] * 5)
        assert line.loads == []
        assert "coarser than the scale's interval of 20 kg" in line.state.reason


async def test_two_indicators_on_one_wire_are_named() -> None:
    """One empty, one with a truck that still rolls on."""
    rolling = [frame(YAOHUA, str(min(480 * step, 31_000))) for step in range(200)]
    empty = [frame(YAOHUA, "0")] * 200
    async with wire() as line:
        both = [one for pair in zip(empty, rolling, strict=True) for one in pair]
        await line.brings(both, every_ms=50)
        assert line.state.state == "stale"
        assert line.state.reason.startswith("the load jumps to and fro in every frame: two indicators on one wire?")
        assert not any(a == b == c != 0 for a, b, c in zip(line.loads, line.loads[1:], line.loads[2:], strict=False))
        heard = len(line.loads)
        assert heard < 60
        await line.brings(rolling[150:190], every_ms=50)
        assert line.state == LIVE, "one was taken off"


async def test_axles_rolling_over_a_deck_are_not_taken_for_two_indicators() -> None:
    axle = [0, 0, 3100, 6200, 6200, 0, 0, 0, 7400, 7400, 3500, 0]
    async with wire() as line:
        await line.brings([frame(YAOHUA, str(load)) for load in axle * 20], every_ms=100)
        assert line.state == LIVE
        assert len(line.loads) == len(axle) * 20


async def test_a_frozen_indicator_is_named() -> None:
    async with wire() as line:
        await line.brings([frame(YAOHUA, "31000")] * 700)
        assert line.state.state == "stale"
        assert line.state.reason.startswith("frozen: the same 31000 kg for 60 s; look at the indicator's display")
        heard = len(line.loads)
        await line.brings([frame(YAOHUA, "31000")] * 100)
        assert len(line.loads) == heard, "a picture is no weight"
        await line.brings([frame(YAOHUA, "30980")])
        assert line.state == LIVE
        assert line.loads[-1] == 30980


async def test_an_empty_platform_may_say_zero_all_night() -> None:
    async with wire() as line:
        await line.brings([frame(YAOHUA, "0"), frame(YAOHUA, "20")] * 400)
        await line.brings([frame(YAOHUA, "20")] * 700)
        assert line.state == LIVE
