"""Scales and boards behind Modbus, by their maps: read, lost, read again; and what their codecs make of noise."""

import asyncio
import os
import re
import shutil
import subprocess
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from modbus_servers import MAPS, SEEN, device, io_map, now_ms, scale_map, tcp_server, until
from pymodbus.framer import FramerRTU
from pymodbus.pdu import DecodePDU
from pymodbus.server import ModbusTcpServer

from drivers.board import IoBoard
from drivers.bus import Bus
from drivers.errors import DeviceError, FrameError
from drivers.link import MemoryLink, memory_pair, open_link
from drivers.modbus import Request, RtuCodec, TcpCodec
from drivers.modbus_scale import ModbusScale
from drivers.readings import HealthReading, InputReading, Reading, WeightReading
from drivers.register_maps import load_map
from drivers.registers import ScaleMap
from drivers.tables import MapError
from gateway.clock import SystemClock
from gateway.equipment import Equipment
from gateway.settings import parse_site, read_toml
from simulator.devices import RegisterScale
from simulator.modbus_server import RtuServer, TcpServer


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
    assert raw[0] == bytes.fromhex("0800 0000 3034 0000 3034")
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


async def test_an_inverted_contact_is_on_while_it_is_open() -> None:
    near, far = memory_pair()
    bits = 0b01  # the loop is free and the emergency stop's contact is closed, as it should be

    async def open_link(_: str) -> MemoryLink:
        return near

    async def board_itself() -> None:
        while True:
            await far.read()
            await far.write(FramerRTU(DecodePDU(True)).encode(bytes((2, 1, bits)), 1, 0))

    found: list[Reading] = []
    async with Bus("serial:///dev/none?baudrate=9600", 500, now_ms, open_link=open_link) as bus:
        serving = asyncio.create_task(board_itself())
        roles = {"emergency": 0, "loop_entry": 1}
        board = IoBoard("b", bus, 1, io_map(), roles, {}, 5, inverted=("emergency",))
        polling = asyncio.create_task(board.run(found.append))
        await until(lambda: len(found) == 3)
        bits = 0b00  # its wire breaks
        await until(lambda: len(found) == 4)
        for task in (polling, serving):
            task.cancel()
    assert found[1:] == [
        InputReading("emergency", False), InputReading("loop_entry", False), InputReading("emergency", True),
    ]  # fmt: skip


def test_an_inverted_role_must_be_wired() -> None:
    bus = Bus("tcp://127.0.0.1:1", 100, now_ms)
    with pytest.raises(MapError, match="emergency is not among its inputs"):
        IoBoard("b", bus, 1, io_map(), {"loop_entry": 0}, {}, 5, inverted=("emergency",))


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
    assert words == [2048, 0, 12340, 0, 12340], ran.stdout + ran.stderr


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


async def test_a_command_is_written_as_the_map_says_and_only_when_asked() -> None:
    flintec = load_map(MAPS / "flintec.toml")
    assert isinstance(flintec, ScaleMap)
    instrument = RegisterScale(lambda: SEEN, flintec)
    server = TcpServer({1: instrument})
    port = await server.open("127.0.0.1", 0)
    async with Bus(f"tcp://127.0.0.1:{port}", 500, now_ms) as bus:
        scale = ModbusScale("s", bus, 1, flintec, "kg", 10, 500, now_ms, asyncio.sleep)
        found: list[Reading] = []
        polling = asyncio.create_task(scale.run(found.append, lambda *_: None))
        await until(lambda: len(found) > 2)
        assert instrument.commanded == []
        await scale.command("zero")
        with pytest.raises(ValueError, match="known: zero, tare, clear"):
            await scale.command("print")
        polling.cancel()
    await server.close()
    assert instrument.commanded == ["zero"]
    assert found[:2] == [HealthReading("live"), WeightReading(Decimal(12340), "kg", stable=True, net=False)]


async def test_several_units_on_one_line_keep_their_own_maps() -> None:
    names = ("laumas", "flintec", "rinstrum-c5xx", "cas-ci600d")
    maps = [load_map(MAPS / f"{name}.toml") for name in names]
    loads = {unit: WeightReading(Decimal(1000 * unit + 20), stable=True, net=False) for unit in range(1, 5)}
    units = {
        unit: RegisterScale(lambda unit=unit: loads[unit], one)  # type: ignore[misc]
        for unit, one in enumerate(maps, start=1)
        if isinstance(one, ScaleMap)
    }
    near, far = memory_pair()

    async def open_link(_: str) -> MemoryLink:
        return near

    async def instruments() -> None:
        line = RtuServer(units)
        while True:
            for reply in line.feed(await far.read()):
                await far.write(reply)

    found: dict[int, list[Reading]] = {unit: [] for unit in units}
    async with Bus("serial:///dev/none?baudrate=9600", 500, now_ms, open_link=open_link) as bus:
        serving = asyncio.create_task(instruments())
        polls = [
            asyncio.create_task(
                ModbusScale("s", bus, unit, one, "kg", 10, 5000, now_ms, asyncio.sleep, proven=True).run(
                    found[unit].append, lambda *_: None
                )
            )
            for unit, one in enumerate(maps, start=1)
        ]
        await until(lambda: all(len(seen) > 2 for seen in found.values()))
        for task in (*polls, serving):
            task.cancel()
    for unit, seen in found.items():
        values = {one.value for one in seen if isinstance(one, WeightReading)}
        assert values == {Decimal(1000 * unit + 20)}


async def test_good_numbers_that_cannot_be_right_are_named_and_give_no_weight() -> None:
    """A map that writes tonnes for an instrument in kilograms, and an instrument that hangs with a load on."""
    laumas = scale_map()
    at_ms, found = [0], {"t": [], "kg": []}  # type: ignore[var-annotated]
    instrument = RegisterScale(lambda: SEEN, laumas)
    server = TcpServer({1: instrument})
    port = await server.open("127.0.0.1", 0)

    async def quick(seconds: float) -> None:
        at_ms[0] += round(seconds * 1000)
        await asyncio.sleep(0)

    async with Bus(f"tcp://127.0.0.1:{port}", 500, now_ms) as bus:
        for unit, seen in found.items():
            scale = ModbusScale(
                "s", bus, 1, laumas, unit, 60_000, 500, lambda: at_ms[0], quick, interval_kg=20  # type: ignore[arg-type]
            )  # fmt: skip
            polling = asyncio.create_task(scale.run(seen.append, lambda *_: None))
            await until(lambda seen=seen: any(isinstance(one, HealthReading) and one.state == "stale" for one in seen))
            polling.cancel()
    await server.close()
    assert found["t"] == [found["t"][0]]
    assert "another unit than the site file" in found["t"][0].reason
    assert "frozen: the same 12340 kg" in found["kg"][-1].reason
    assert {one.value for one in found["kg"] if isinstance(one, WeightReading)} == {Decimal(12340)}


class Hurrying(SystemClock):
    """Ten seconds pass whenever it is looked at."""

    def __init__(self) -> None:
        self._ms = 0

    def monotonic_ms(self) -> int:
        self._ms += 10_000
        return self._ms


async def test_how_long_a_load_may_stand_is_the_site_files_word_for_a_modbus_scale_too(tmp_path: Path) -> None:
    server = TcpServer({1: RegisterScale(lambda: SEEN, scale_map())})
    port = await server.open("127.0.0.1", 0)
    text = (MAPS.parent / "sites" / "station.toml").read_text(encoding="utf-8")
    text = text.replace("tcp://127.0.0.1:15021", f"tcp://127.0.0.1:{port}")
    file = tmp_path / "station.toml"
    file.write_text(text.replace("stale_ms = 2000", "stale_ms = 2000\nfrozen_s = 75", 1), encoding="utf-8")
    settings, seen = parse_site(read_toml(file), file), list[Reading]()
    equipment = Equipment(settings, MAPS, Hurrying(), open_link)
    scale = equipment.of(settings.lanes[0]).scale
    (bus,) = (one for one in equipment.buses.values() if one.url.endswith(str(port)))
    async with bus:
        polling = asyncio.create_task(scale.run(seen.append, lambda *_: None))
        await until(lambda: scale.health()["state"] == "stale")
        polling.cancel()
    await server.close()
    assert str(scale.health()["reason"]).startswith("frozen: the same 12340 kg for 75 s")
