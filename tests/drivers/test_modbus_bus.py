"""The bus against real pymodbus servers, over TCP and over a pty, one of whose units is truly absent."""

import asyncio
import json
import os
import pty
import re
import shutil
import subprocess
import time
import tty
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any, Self

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymodbus.exceptions import NoSuchIdException
from pymodbus.framer import FramerRTU, FramerType
from pymodbus.pdu import DecodePDU
from pymodbus.server import ModbusSerialServer, ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from drivers.board import IoBoard
from drivers.bus import QUEUE_MAX, Bus, _Unit
from drivers.errors import DeviceError, DeviceTimeout, FrameError, LinkError
from drivers.link import memory_pair
from drivers.modbus import Request, RtuCodec, TcpCodec
from drivers.modbus_scale import ModbusScale
from drivers.readings import HealthReading, InputReading, Reading, WeightReading
from drivers.register_maps import load_map
from drivers.registers import IoMap, ScaleMap, encode_scale

ROOT = Path(__file__).resolve().parents[2]
FRAMES = ROOT / ".." / "shared" / "data" / "frames.json"
MAPS = ROOT / "config" / "registers"
SEEN = WeightReading(Decimal(12340), stable=True, net=False)


def now_ms() -> int:
    return time.monotonic_ns() // 1_000_000


def scale_map() -> ScaleMap:
    found = load_map(MAPS / "laumas.toml")
    assert isinstance(found, ScaleMap)
    return found


def io_map() -> IoMap:
    found = load_map(MAPS / "waveshare-8ch.toml")
    assert isinstance(found, IoMap)
    return found


def device(unit: int) -> SimDevice:
    words = encode_scale(scale_map(), SEEN)
    holding = [words.get(address, 0) for address in range(20)]
    bits = [SimData(0, values=[False] * 16, datatype=DataType.BITS)]
    inputs = [SimData(0, values=[True, False] * 8, datatype=DataType.BITS)]
    registers = [SimData(0, values=holding, datatype=DataType.REGISTERS)]
    return SimDevice(unit, simdata=(bits, inputs, registers, registers))


class SilentForOthers:
    """pymodbus answers for an absent unit with an exception, `ignore_missing_devices` or not; a real one is silent."""

    def __init__(self, server: ModbusTcpServer | ModbusSerialServer) -> None:
        self._core: Any = server.context

    async def async_getValues(self, unit: int, *rest: Any) -> Any:  # noqa: N802 - pymodbus's name
        return await self._known(unit).async_getValues(unit, *rest)

    async def async_setValues(self, unit: int, *rest: Any) -> Any:  # noqa: N802 - pymodbus's name
        return await self._known(unit).async_setValues(unit, *rest)

    def _known(self, unit: int) -> Any:
        if unit not in self._core.devices:
            raise NoSuchIdException
        return self._core


@asynccontextmanager
async def tcp_server(*units: int) -> AsyncIterator[int]:
    server = ModbusTcpServer([device(unit) for unit in units], address=("127.0.0.1", 0), ignore_missing_devices=True)
    server.context = SilentForOthers(server)  # type: ignore[assignment]
    await server.listen()
    try:
        yield server.transport.sockets[0].getsockname()[1]  # type: ignore[attr-defined]
    finally:
        await server.shutdown()


class Wire:
    """Two ptys, joined: what goes in at one comes out at the other, and is kept."""

    def __init__(self) -> None:
        self.sent = b""
        self._pairs = [pty.openpty() for _ in range(2)]
        for _, slave in self._pairs:
            tty.setraw(slave)
        self.ours, self.theirs = (os.ttyname(slave) for _, slave in self._pairs)

    def __enter__(self) -> Self:
        loop = asyncio.get_running_loop()
        for at, (master, _) in enumerate(self._pairs):
            os.set_blocking(master, False)
            loop.add_reader(master, self._pump, master, self._pairs[1 - at][0], at == 0)
        return self

    def _pump(self, source: int, sink: int, from_us: bool) -> None:
        data = os.read(source, 4096)
        if from_us:
            self.sent += data
        os.write(sink, data)

    def __exit__(self, *_: object) -> None:
        for master, slave in self._pairs:
            asyncio.get_running_loop().remove_reader(master)
            os.close(master)
            os.close(slave)


@asynccontextmanager
async def rtu_server(wire: Wire, *units: int) -> AsyncIterator[None]:
    server = ModbusSerialServer(
        [device(unit) for unit in units],
        framer=FramerType.RTU,
        port=wire.theirs,
        baudrate=9600,
        ignore_missing_devices=True,
    )
    server.context = SilentForOthers(server)  # type: ignore[assignment]
    await server.listen()
    try:
        yield
    finally:
        await server.shutdown()


async def until(done: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not done():  # noqa: ASYNC110 - what is waited for is on the other side of a wire
            await asyncio.sleep(0.005)


async def test_reads_and_writes_over_tcp() -> None:
    async with tcp_server(1) as port, Bus(f"tcp://127.0.0.1:{port}", 500, now_ms) as bus:
        assert await bus.read_inputs(1, 0, 8) == (True, False) * 4
        await bus.write_coil(1, 2, True)
        assert await bus.read_inputs(1, 0, 4, fc=1) == (False, False, True, False)
        words = await bus.read_registers(1, 6, 5)
        assert words == tuple(encode_scale(scale_map(), SEEN)[address] for address in range(6, 11))
        with pytest.raises(DeviceError, match=r"no such address.*exception 2"):
            await bus.read_registers(1, 900, 2)
        assert bus.health()["state"] == "up"
        assert bus.health()["units"][1]["refusals"] == 1


async def test_reads_writes_and_a_truly_absent_unit_over_a_pty() -> None:
    with Wire() as wire:
        async with rtu_server(wire, 1), Bus(f"serial://{wire.ours}?baudrate=9600", 150, now_ms) as bus:
            assert await bus.read_inputs(1, 0, 8) == (True, False) * 4
            with pytest.raises(DeviceTimeout, match=r"unit 9 .* did not answer"):
                await bus.read_inputs(9, 0, 8)
            await bus.write_coil(1, 0, True)
            assert (await bus.read_inputs(1, 0, 8, fc=1))[0] is True
            assert bus.health()["timeouts"] == 1


@pytest.mark.skipif(not FRAMES.exists(), reason="the recordings are not here")
async def test_the_relay_frames_from_the_field_are_what_goes_out() -> None:
    known = {one["id"]: bytes.fromhex(one["hex"]) for one in json.loads(FRAMES.read_text())}
    with Wire() as wire:
        async with rtu_server(wire, 1), Bus(f"serial://{wire.ours}?baudrate=9600", 500, now_ms) as bus:
            for coil, on, name in ((0, True, "relay1-on"), (0, False, "relay1-off"), (1, True, "relay2-on")):
                wire.sent = b""
                await bus.write_coil(1, coil, on)
                assert wire.sent == known[name]
            for fc, name in ((2, "di-read8"), (1, "coil-read8")):
                wire.sent = b""
                await bus.read_inputs(1, 0, 8, fc)
                assert wire.sent == known[name]


async def test_a_dead_unit_costs_the_others_little_and_is_back_with_its_first_answer() -> None:
    clock = [0]
    async with tcp_server(1) as port:
        async with Bus(f"tcp://127.0.0.1:{port}", 30, lambda: clock[0], suspend_max_ms=200) as bus:
            pauses = []
            for _ in range(3):
                with pytest.raises(DeviceTimeout, match="did not answer"):
                    await bus.read_inputs(2, 0, 8)
                assert await bus.read_inputs(1, 0, 8)  # the other is answered at once
                with pytest.raises(DeviceTimeout, match="asked again in") as refused:
                    await bus.read_inputs(2, 0, 8)
                pauses.append(int(str(refused.value).split("again in ")[1].split()[0]))
                clock[0] += pauses[-1]
            assert pauses == [60, 120, 200]  # growing, bounded
            assert bus.health()["units"][2]["timeouts"] == 3
        async with tcp_server(1, 2) as other, Bus(f"tcp://127.0.0.1:{other}", 500, lambda: clock[0]) as bus:
            bus._units[2] = _Unit(silent_in_row=5)
            assert await bus.read_inputs(2, 0, 8)
            assert await bus.read_inputs(2, 0, 8)
            assert bus.health()["units"][2]["suspended"] is False


async def test_commands_overtake_polls_and_the_queue_is_bounded() -> None:
    near, far = memory_pair()

    async def open_link(_: str) -> Any:
        return near

    order: list[tuple[int, int]] = []

    async def server() -> None:
        while True:
            data = await far.read()
            order.append((data[6], data[7]))
            tail = data[7:12] if data[7] == 5 else bytes((2, 1, 0))
            await asyncio.sleep(0)
            await far.write(data[:4] + bytes((0, 1 + len(tail))) + data[6:7] + tail)

    async with Bus("tcp://127.0.0.1:1", 2000, now_ms, open_link=open_link) as bus:
        polls = [asyncio.create_task(bus.read_inputs(unit, 0, 8)) for unit in range(1, 11)]
        command = asyncio.create_task(bus.write_coil(99, 0, True))
        await asyncio.sleep(0)
        more = [asyncio.create_task(bus.read_inputs(1, 0, 8)) for _ in range(QUEUE_MAX)]
        serving = asyncio.create_task(server())
        await asyncio.gather(*polls, command, return_exceptions=True)
        done = await asyncio.gather(*more, return_exceptions=True)
        serving.cancel()
        assert (99, 5) in order[:2]  # at most the one in flight goes before it
        assert any(isinstance(one, LinkError) and "wait already" in str(one) for one in done)


async def test_a_tcp_peer_that_no_longer_answers_anyone_is_connected_anew() -> None:
    opened = []

    async def open_link(_: str) -> Any:
        opened.append(memory_pair())
        return opened[-1][0]

    async with Bus("tcp://127.0.0.1:1", 10, now_ms, open_link=open_link, sleep=lambda _: asyncio.sleep(0)) as bus:
        for unit in range(1, 5):
            with pytest.raises(DeviceTimeout):
                await bus.read_inputs(unit, 0, 8)
        await until(lambda: len(opened) == 2)
        assert bus.health()["links_lost"] == 1


async def test_a_late_answer_is_not_taken_for_the_next_one() -> None:
    """RTU has no transaction number: what comes late is heard out before the next question."""
    near, far = memory_pair()

    async def open_link(_: str) -> Any:
        return near

    def answer(bits: int) -> bytes:
        return FramerRTU(DecodePDU(True)).encode(bytes((2, 1, bits)), 1, 0)

    async with Bus("serial:///dev/null?baudrate=9600", 50, now_ms, open_link=open_link, suspend_max_ms=0) as bus:
        with pytest.raises(DeviceTimeout):
            await bus.read_inputs(1, 0, 8)
        await far.read()
        await far.write(answer(0xFF))
        asked = asyncio.create_task(bus.read_inputs(1, 0, 8))
        await far.read()
        await far.write(answer(0x00))
        assert await asked == (False,) * 8


async def test_a_port_that_is_not_there_fails_fast_with_the_cure_and_is_opened_when_it_comes() -> None:
    async with tcp_server(1) as port:
        pass
    async with Bus(f"tcp://127.0.0.1:{port}", 200, now_ms) as bus:
        with pytest.raises(LinkError, match="refused"):
            await bus.read_inputs(1, 0, 8)
        server = ModbusTcpServer([device(1)], address=("127.0.0.1", port))
        await server.listen()
        await until(lambda: bus.health()["state"] == "up")
        assert await bus.read_inputs(1, 0, 8)
        await server.shutdown()
    with pytest.raises(LinkError, match="stopped"):
        await bus.read_inputs(1, 0, 8)


async def test_a_scale_behind_modbus_is_read_lost_and_read_again() -> None:
    found: list[Reading] = []
    raw: list[bytes] = []
    async with tcp_server(1) as port, Bus(f"tcp://127.0.0.1:{port}", 200, now_ms) as bus:
        scale = ModbusScale("s", bus, 1, scale_map(), "kg", 10, 100, now_ms, asyncio.sleep)
        absent = ModbusScale("a", bus, 7, scale_map(), "kg", 10, 100, now_ms, asyncio.sleep)
        missing: list[Reading] = []
        tasks = [
            asyncio.create_task(scale.run(found.append, lambda _, data: raw.append(data))),
            asyncio.create_task(absent.run(missing.append, lambda *_: None)),
        ]
        await until(lambda: len(found) > 3 and bool(missing))
        for task in tasks:
            task.cancel()
    assert found[0] == HealthReading("live")
    assert found[1] == WeightReading(Decimal(12340), "kg", stable=True, net=False)
    assert raw[0] == bytes.fromhex("0800 0000 3034 0000 0000")
    assert isinstance(missing[0], HealthReading)
    assert missing[0].state == "stale"
    assert scale.health()["state"] == "live"


async def test_a_board_tells_changes_losses_and_everything_again() -> None:
    found: list[Reading] = []
    async with tcp_server(1) as port:
        bus = Bus(f"tcp://127.0.0.1:{port}", 200, now_ms)
        owner = asyncio.create_task(bus.run())
        board = IoBoard("b", bus, 1, io_map(), {"loop_entry": 0, "loop_exit": 1}, {"lamp_red": 2}, 5)
        polling = asyncio.create_task(board.run(found.append))
        await until(lambda: len(found) >= 3)
        await board.set("lamp_red", True)
        assert (await bus.read_inputs(1, 0, 8, fc=1))[2] is True
    told = [HealthReading("live"), InputReading("loop_entry", True), InputReading("loop_exit", False)]
    assert found == told
    await until(lambda: len(found) >= 4)
    assert isinstance(found[3], HealthReading)
    assert found[3].state == "lost"
    assert board.health()["inputs"] == {}
    server = ModbusTcpServer([device(1)], address=("127.0.0.1", port))
    await server.listen()
    await until(lambda: len(found) >= 7)
    assert found[4:7] == told
    polling.cancel()
    owner.cancel()
    await asyncio.wait({polling, owner})
    await server.shutdown()


@given(st.binary(max_size=300), st.sampled_from([1, 2, 3, 4, 5]))
def test_hostile_answers_give_only_driver_errors(data: bytes, function: int) -> None:
    request = Request(1, function, 0, 1 if function == 5 else 8, on=True if function == 5 else None)
    sealed = bytes((1, function)) + data
    for codec, received in (
        (RtuCodec(), data),
        (RtuCodec(), sealed),
        (TcpCodec(), data),
        (TcpCodec(), b"\x00\x07\x00\x00" + (len(sealed) % 200 + 2).to_bytes(2, "big") + sealed),
    ):
        try:
            codec.decode(received, request, 7)
        except (FrameError, DeviceError):
            continue


def test_noise_before_an_rtu_answer_costs_nothing() -> None:
    answer = bytes.fromhex("01 05 00 00 FF 00 8C 3A")
    request = Request(1, 5, 0, on=True)
    assert RtuCodec().decode(b"\xff\x01\x05\x00" + answer, request, 0) == (True,)
    assert RtuCodec().decode(bytes.fromhex("02 05 00 00 FF 00 8C 09"), request, 0) is None  # another unit's, late
    with pytest.raises(DeviceError, match="echoed"):
        RtuCodec().decode(bytes.fromhex("01 05 00 00 00 00 CD CA"), request, 0)


@pytest.mark.skipif(shutil.which("mbpoll") is None and os.environ.get("CI") != "true", reason="mbpoll is not installed")
async def test_mbpoll_reads_our_map() -> None:
    async with tcp_server(1) as port:
        command = [
            "mbpoll",
            "-m",
            "tcp",
            "-a",
            "1",
            "-p",
            str(port),
            "-t",
            "4",
            "-r",
            "7",
            "-c",
            "5",
            "-1",
            "127.0.0.1",
        ]
        ran = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, timeout=20, check=False)
    words = [int(one) for one in re.findall(r"^\[\d+\]:\s+(-?\d+)", ran.stdout, re.MULTILINE)]
    assert words == [2048, 0, 12340, 0, 0], ran.stdout + ran.stderr
