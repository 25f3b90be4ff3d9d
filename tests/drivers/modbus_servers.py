"""Real pymodbus servers for tests, over TCP and over a pty, one of whose units is truly absent."""

import asyncio
import os
import pty
import time
import tty
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any, Self

from pymodbus.exceptions import NoSuchIdException
from pymodbus.framer import FramerType
from pymodbus.server import ModbusSerialServer, ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from drivers.readings import WeightReading
from drivers.register_maps import load_map
from drivers.registers import IoMap, ScaleMap, encode_scale

ROOT = Path(__file__).resolve().parents[2]

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
