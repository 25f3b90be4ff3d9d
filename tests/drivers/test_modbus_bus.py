"""The bus against real pymodbus servers, over TCP and over a pty, one of whose units is truly absent."""

import asyncio
import json
from typing import Any

import pytest
from modbus_servers import ROOT, SEEN, Wire, device, now_ms, rtu_server, scale_map, tcp_server, until
from pymodbus.framer import FramerRTU
from pymodbus.pdu import DecodePDU
from pymodbus.server import ModbusTcpServer

from drivers.bus import QUEUE_MAX, Bus
from drivers.errors import DeviceError, DeviceTimeout, LinkError
from drivers.link import memory_pair
from drivers.registers import encode_scale

FRAMES = ROOT / ".." / "shared" / "data" / "frames.json"


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

    async with Bus("serial:///dev/null?baudrate=9600", 50, now_ms, open_link=open_link) as bus:
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
