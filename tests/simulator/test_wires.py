"""The simulated ends of real wires, from outside: a port reopened, boards that a stranger's program reads."""

import asyncio
import os
import random
import select
import shutil
import tty
from pathlib import Path

import pytest

from simulator.faults import FaultPlan, FaultyWire
from simulator.links import Pty, TcpFeed
from simulator.modbus_server import RtuServer, TcpServer, sealed


class Bank:
    """Eight coils, eight inputs (odd ones on), four registers."""

    def __init__(self) -> None:
        self.coils = [False] * 8
        self.words = [10, 20, 30, 40]

    def read_coils(self, address: int, count: int) -> list[bool]:
        self.inside(address, count, 8)
        return self.coils[address : address + count]

    def read_inputs(self, address: int, count: int) -> list[bool]:
        self.inside(address, count, 8)
        return [bool(one % 2) for one in range(address, address + count)]

    def read_registers(self, address: int, count: int) -> list[int]:
        self.inside(address, count, 4)
        return self.words[address : address + count]

    def write_coil(self, address: int, on: bool) -> None:
        self.inside(address, 1, 8)
        self.coils[address] = on

    def write_register(self, address: int, word: int) -> None:
        self.inside(address, 1, 4)
        self.words[address] = word

    def inside(self, address: int, count: int, size: int) -> None:
        if address + count > size:
            raise LookupError(address)


def open_slave(path: Path) -> int:
    descriptor = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    tty.setraw(descriptor)
    return descriptor


async def test_a_port_survives_a_reader_that_is_killed_and_comes_again(tmp_path: Path) -> None:
    heard: list[bytes] = []
    pty = Pty(tmp_path / "deep" / "scale", heard.append)
    pty.open()
    try:
        for turn in (b"first", b"second", b"third"):
            slave = open_slave(tmp_path / "deep" / "scale")
            pty.write(turn)
            assert os.read(slave, 100) == turn
            os.write(slave, turn)
            await asyncio.sleep(0)
            async with asyncio.timeout(2):
                while not heard or heard[-1] != turn:  # noqa: ASYNC110 - the loop's own reader must turn
                    await asyncio.sleep(0)
            os.close(slave)
    finally:
        pty.close()
    assert not (tmp_path / "deep" / "scale").exists()


async def test_what_nobody_read_is_not_kept_for_ever(tmp_path: Path) -> None:
    """A gateway that comes back must find the present weight, not the one of a minute ago."""
    pty = Pty(tmp_path / "scale", lambda _: None)
    pty.open()
    for number in range(10_000):
        pty.write(b"%012d" % number)
    slave = open_slave(tmp_path / "scale")
    pty.write(b"now")
    unread = b""
    while select.select([slave], [], [], 0.2)[0]:  # the kernel hands over in its own time
        unread += os.read(slave, 100_000)
    assert len(unread) < 12_000  # of 120 000
    assert unread.endswith(b"now")
    os.close(slave)
    pty.close()


def test_several_units_on_one_bus_and_silence_for_an_absent_one() -> None:
    bus = RtuServer({1: Bank(), 2: Bank()})
    read_inputs = bytes.fromhex("01020000000879CC")  # from the board's own documentation
    assert bus.feed(read_inputs) == [sealed(b"\x01\x02\x01\xaa")]
    assert bus.feed(sealed(b"\x02\x03\x00\x01\x00\x02")) == [sealed(b"\x02\x03\x04\x00\x14\x00\x1e")]
    assert bus.feed(sealed(b"\x03\x02\x00\x00\x00\x08")) == []
    assert bus.feed(sealed(b"\x01\x03\x00\x03\x00\x02")) == [sealed(b"\x01\x83\x02")]


def test_a_bus_finds_its_way_back_after_noise_and_takes_any_chunks() -> None:
    bank = Bank()
    bus = RtuServer({1: bank})
    relay_on = bytes.fromhex("01050000FF008C3A")  # captured in the field
    noise = bytes(random.Random(4).randbytes(40))
    answers = [reply for byte in noise + relay_on + relay_on for reply in bus.feed(bytes((byte,)))]
    assert answers[-1] == relay_on
    assert bank.coils[0]
    all_on = bytes.fromhex("010F0000000801FFBED5")
    assert bus.feed(all_on[:5]) == []
    assert bus.feed(all_on[5:]) == [sealed(b"\x01\x0f\x00\x00\x00\x08")]
    assert all(bank.coils)
    assert bus.feed(bytes.fromhex("010500005500F29A")) == [bytes.fromhex("010500005500F29A")]
    assert not bank.coils[0]


async def test_tcp_answers_the_unit_that_is_there_and_no_other() -> None:
    server = TcpServer({1: Bank()})
    port = await server.open("127.0.0.1", 0)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(bytes.fromhex("000100000006") + b"\x09\x03\x00\x00\x00\x01")  # nobody is unit 9
    writer.write(bytes.fromhex("000200000006") + b"\x01\x03\x00\x00\x00\x01")
    async with asyncio.timeout(5):
        assert await reader.readexactly(11) == bytes.fromhex("000200000005") + b"\x01\x03\x02\x00\x0a"
    writer.close()
    await writer.wait_closed()
    await server.close()


@pytest.mark.skipif(shutil.which("mbpoll") is None, reason="mbpoll is not installed")
async def test_mbpoll_reads_our_registers_and_waits_in_vain_for_an_absent_unit() -> None:
    server = TcpServer({1: Bank()})
    port = await server.open("127.0.0.1", 0)

    async def mbpoll(unit: int) -> tuple[int, str]:
        words = ("-m", "tcp", "-p", str(port), "-a", str(unit), "-t", "4", "-r", "1", "-c", "4", "-1", "-o", "0.5")
        child = await asyncio.create_subprocess_exec(
            "mbpoll", *words, "127.0.0.1", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
        )
        out, _ = await child.communicate()
        return child.returncode or 0, out.decode()

    code, out = await mbpoll(1)
    assert code == 0, out
    assert [word for word in ("10", "20", "30", "40") if f"\t{word}\n" in out] == ["10", "20", "30", "40"], out
    code, out = await mbpoll(7)
    assert "timed out" in out
    await server.close()


async def test_a_feed_reaches_every_client() -> None:
    feed = TcpFeed("127.0.0.1", 0)
    await feed.open()
    clients = [await asyncio.open_connection("127.0.0.1", feed.port) for _ in range(3)]
    async with asyncio.timeout(5):
        while len(feed._clients) < 3:  # noqa: ASYNC110 - the server's own tasks must turn
            await asyncio.sleep(0)
        feed.write(b"frame")
        assert [await reader.readexactly(5) for reader, _ in clients] == [b"frame"] * 3
        feed.disconnect()
        assert [await reader.read() for reader, _ in clients] == [b""] * 3
    for _, writer in clients:
        writer.close()
        await writer.wait_closed()
    await feed.close()


def test_the_same_seed_gives_the_same_faults_and_a_good_wire_changes_nothing() -> None:
    plan = FaultPlan(split=0.2, flip=0.2, drop=0.1, mute=0.01, disconnect=0.05, delay=0.1)

    def run(plan: FaultPlan, seed: int) -> list[object]:
        wire = FaultyWire(plan, random.Random(seed))
        return [wire.carry(b"\x02+01234001F\x03", at / 10) for at in range(500)]

    assert run(plan, 1) == run(plan, 1)
    assert run(plan, 1) != run(plan, 2)
    assert {one[0].chunk for one in run(FaultPlan(), 1)} == {b"\x02+01234001F\x03"}  # type: ignore[index]
    with pytest.raises(ValueError, match="flip: 2"):
        FaultPlan(flip=2)
