"""Every device that Weighgate speaks with is played on a pseudo-terminal or a port, and its own driver understands it.

Method: each kind below takes its names from the drivers, so that a new device without a simulated one fails here. The
scales that speak frames are in tests/drivers/test_scale_one_line.py, whole lanes in test_lane_devices.py.
"""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from test_lane_devices import LANES, free_port, until

from drivers.board import IoBoard
from drivers.bus import Bus
from drivers.cameras import PROTOCOLS as CAMERAS
from drivers.catalogue import devices
from drivers.link import open_link
from drivers.modbus_scale import ModbusScale
from drivers.readings import InputReading, Reading, WeightReading
from drivers.records import FORMATS, VehicleRecord, read_lines
from drivers.register_maps import load_map
from drivers.registers import IoMap, ScaleMap
from drivers.signs import PROTOCOLS as SIGNS
from drivers.tickets import Ticket, TicketPrinter
from simulator.devices import Board, Camera, RegisterScale
from simulator.modbus_server import RtuServer, Unit
from simulator.paper import Paper
from simulator.passing import OtherSystem
from simulator.ports import MachinePorts
from simulator.run import RealClock
from simulator.truth import Truth
from simulator.vehicles import make_trucks

CONFIG = Path(__file__).resolve().parents[2] / "config"
MAPS = [load_map(path) for path in sorted((CONFIG / "registers").glob("*.toml"))]
CLOCK = RealClock()
PUSHED = [name for name, camera in CAMERAS.items() if camera.feed is None]
TRUCKS = [truck for truck in make_trucks(3, 6, "checkpoint") if truck.plate_readable]
LOAD = WeightReading(Decimal(12_340), stable=True, net=False)


def now_ms() -> int:
    return time.monotonic_ns() // 1_000_000


@asynccontextmanager
async def bus_with(unit: Unit, folder: Path) -> AsyncIterator[Bus]:
    """A serial line, on a pseudo-terminal, with one unit on it."""
    url, rtu = f"serial://{folder}/line?baudrate=115200", RtuServer({1: unit})
    async with AsyncExitStack() as stack:

        def receive(chunk: bytes) -> None:
            for reply in rtu.feed(chunk):
                line.write(reply)

        line = await MachinePorts(stack).serial(url, receive)
        async with Bus(url, 500, now_ms) as bus:
            yield bus


@asynccontextmanager
async def running(work: Any) -> AsyncIterator[None]:
    task = asyncio.create_task(work)
    yield
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def test_no_kind_of_device_is_left_out() -> None:
    kinds = {one.kind for _, one in devices(CONFIG / "registers")}
    assert kinds == {"scale", "board", "camera", "records", "sign", "voice", "ticket"}
    assert {camera for _, camera, _ in LANES} | set(PUSHED) == set(CAMERAS)
    assert {sign for _, _, sign in LANES} | {"voice-64"} == set(SIGNS)


@pytest.mark.parametrize("found", [one for one in MAPS if isinstance(one, ScaleMap)], ids=lambda one: str(one.name))
async def test_a_register_map_is_played(found: ScaleMap, tmp_path: Path) -> None:
    said: list[Reading] = []
    async with bus_with(RegisterScale(lambda: LOAD, found), tmp_path) as bus:
        scale = ModbusScale("s", bus, 1, found, "kg", 10, 1000, now_ms, asyncio.sleep, proven=True)
        async with running(scale.run(said.append, lambda *_: None)):
            await until(lambda: any(isinstance(one, WeightReading) for one in said))
    (value, *_) = [one.value for one in said if isinstance(one, WeightReading)]
    assert value is not None
    assert abs(value - 12_340) < found.multiplier


class Road:
    """As much of a lane as a board is wired to."""

    def __init__(self) -> None:
        self.felt, self.set = {"loop_entry": True}, dict[str, bool]()

    def inputs(self) -> dict[str, bool]:
        return self.felt

    def set_output(self, role: str, *, on: bool) -> None:
        self.set[role] = on


@pytest.mark.parametrize("found", [one for one in MAPS if isinstance(one, IoMap)], ids=lambda one: str(one.name))
async def test_a_board_is_played(found: IoMap, tmp_path: Path) -> None:
    road, board, said = Road(), Board(found), list[Reading]()
    last = {"lamp_red": found.coils_count - 1}
    board.wire(road, {"loop_entry": found.inputs_count - 1}, last)  # type: ignore[arg-type]
    async with bus_with(board, tmp_path) as bus:
        driver = IoBoard("b", bus, 1, found, {"loop_entry": found.inputs_count - 1}, last, 10)
        async with running(driver.run(said.append)):
            await until(lambda: InputReading("loop_entry", True) in said)
            await driver.set("lamp_red", True)
            road.felt = {"loop_entry": False}
            await until(lambda: InputReading("loop_entry", False) in said)
    assert road.set == {"lamp_red": True}


class Door:
    """Whoever a device sends to: keeps each body and its path."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str, bytes]] = []

    def client(self) -> httpx.AsyncClient:
        def answer(request: httpx.Request) -> httpx.Response:
            token = request.headers.get("authorization", "")
            kind = request.headers.get("content-type", "")
            self.heard.append((f"{request.url.path} {token}".strip(), kind, request.content))
            return httpx.Response(200)

        return httpx.AsyncClient(transport=httpx.MockTransport(answer))


@pytest.mark.parametrize("name", PUSHED)
async def test_a_camera_that_pushes_is_played(name: str) -> None:
    door, lane = Door(), {"camera": {"device": "cam-1"}}
    async with door.client() as client:
        camera = Camera(lane, "http://site/cameras/1", CAMERAS[name], client, CLOCK, lambda _: asyncio.sleep(0))
        assert await camera.push(TRUCKS[0])
    ((_, kind, body),) = door.heard
    read = CAMERAS[name].decode(body, kind)
    assert read is not None
    assert read.plate == TRUCKS[0].plate


@pytest.mark.parametrize("scheme", ["tcp", "serial"])
async def test_a_ticket_printer_is_played(scheme: str, tmp_path: Path) -> None:
    paper = Paper()
    url = f"tcp://127.0.0.1:{free_port()}" if scheme == "tcp" else f"serial://{tmp_path}/printer?baudrate=9600"
    async with AsyncExitStack() as stack:
        ports = MachinePorts(stack)
        await (ports.feed if scheme == "tcp" else ports.serial)(url, paper.receive)
        printer = TicketPrinter(lambda: open_link(url), 32)
        for plate in ("豫A12345", "豫B12345"):
            await printer.print(Ticket("称重单", (("车牌", plate),), ("示例",), "site-1-000042"))
        await until(lambda: len(paper.tickets) == 2)
    assert ["豫B12345" in "".join(ticket) for ticket in paper.tickets] == [False, True]


def other(name: str, door: Callable[[], httpx.AsyncClient], truth: Truth, **source: Any) -> OtherSystem:
    said = {"id": "wim-1", "format": name, **source}
    return OtherSystem(said, "http://site", "t" * 24, door(), CLOCK, lambda _: asyncio.sleep(0), truth)


@pytest.mark.parametrize("name", FORMATS)
async def test_another_system_sends_its_records(name: str) -> None:
    door, truth, form = Door(), Truth(None), FORMATS[name]
    await other(name, door.client, truth).run(TRUCKS, random.Random(1))
    await other(name, door.client, truth, **{"from": ["127.0.0.1"]}).run(TRUCKS[:1], random.Random(1))
    paths = [path for path, _, _ in door.heard]
    assert paths == [f"/api/v1/finished/wim-1 Bearer {'t' * 24}"] * len(TRUCKS) + ["/finished/wim-1"]
    for truck, (_, _, body) in zip(TRUCKS, door.heard, strict=False):
        found = form.decode(body) if form.lines is None else next(iter(read_lines(form, iter([body]))))
        assert isinstance(found, VehicleRecord)
        assert found.gross_kg is not None
        assert abs(found.gross_kg - truck.gross_kg) <= 50 * len(truck.kind.spacings_mm)
    assert [one["taken"] for one in truth.events] == [True] * (len(TRUCKS) + 1)


async def test_another_system_leaves_files(tmp_path: Path) -> None:
    door = Door()
    await other("mon", door.client, Truth(None), folder=str(tmp_path / "inbox")).run(TRUCKS, random.Random(1))
    assert door.heard == []
    files = sorted((tmp_path / "inbox").iterdir())
    assert len(files) == len(TRUCKS)
    assert all(file.suffix == ".mon" and file.read_bytes().endswith(b"\n") for file in files)
