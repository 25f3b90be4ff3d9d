"""Links by URL: what they carry, and what they say when they fail.

Method: real pseudo-terminals and sockets of this machine, so that the system's own errors are the ones translated.
"""

import asyncio
import os
import pty
import re
import tty
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from drivers.errors import LinkError
from drivers.link import (
    MEMORY_BYTES_MAX,
    Link,
    Recording,
    ReplayLink,
    TcpPeer,
    memory_pair,
    open_link,
    parse_link_url,
)
from drivers.protocol import Reader, Rejected, protocol_named
from drivers.readings import WeightReading
from drivers.serial_link import SerialPort

CAPTURED = bytes.fromhex(
    "02 2B 30 30 30 30 30 30 30 31 42 03"  # empty
    "02 2B 30 30 31 35 36 30 30 31 39 03"  # a car
    "02 2B 30 30 31 36 35 30 30 31 39 03"  # the same car and its driver
)


@dataclass(frozen=True)
class Terminal:
    """A pseudo-terminal: we hold the device's end, the link opens `path`."""

    device_fd: int
    path: str


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    device_fd, port_fd = pty.openpty()
    tty.setraw(port_fd)
    yield Terminal(device_fd, os.ttyname(port_fd))
    os.close(port_fd)
    try:
        os.close(device_fd)
    except OSError:
        return  # the test pulled the plug itself


@pytest.fixture
async def opened(terminal: Terminal) -> AsyncIterator[Link]:
    link = await open_link(f"serial://{terminal.path}?baudrate=1200")
    yield link
    await link.close()


# -- URLs -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("serial:///dev/ttyUSB0", SerialPort("/dev/ttyUSB0")),
        ("serial:///dev/ttyS1?baudrate=1200&bytesize=7&parity=E&stopbits=2", SerialPort("/dev/ttyS1", 1200, 7, "E", 2)),
        ("serial:///tmp/a%20b", SerialPort("/tmp/a b")),
        ("tcp://10.0.0.5:4001", TcpPeer("10.0.0.5", 4001)),
        ("tcp://[::1]:4001", TcpPeer("::1", 4001)),
        ("replay:///var/lane.bin?rate_bytes_s=120", Recording("/var/lane.bin", 120)),
        ("replay://lane.bin", Recording("lane.bin")),
    ],
)
def test_urls_are_read(url: str, address: object) -> None:
    assert parse_link_url(url) == address


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("/dev/ttyUSB0", "unknown kind of link ''; known: serial, tcp, replay"),
        ("usb://1", "unknown kind of link 'usb'"),
        ("serial://", "three slashes"),
        ("serial://dev/ttyUSB0", "three slashes"),
        ("serial:///dev/ttyUSB0?baud=9600", "unknown parameter baud; known: baudrate, bytesize, parity, stopbits"),
        ("serial:///dev/ttyUSB0?baudrate=fast", "baudrate 'fast' is not a whole number from 50"),
        ("serial:///dev/ttyUSB0?bytesize=9", "bytesize '9' is not a whole number from 7 to 8"),
        ("serial:///dev/ttyUSB0?parity=even", "parity 'even' is not one of N, E, O"),
        ("serial:///dev/ttyUSB0?baudrate=1200&baudrate=9600", "sets a parameter twice"),
        ("tcp://10.0.0.5", "is not tcp://HOST:PORT"),
        ("tcp://10.0.0.5:99999", "out of range"),
        ("tcp://10.0.0.5:4001?timeout=1", "unknown parameter timeout; known: none"),
        ("replay://", "names no file"),
    ],
)
def test_a_wrong_url_is_told_what_is_wrong_with_it(url: str, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        parse_link_url(url)


# -- serial ports -----------------------------------------------------------------------------------------------------


async def test_captured_frames_at_1200_baud_give_what_the_display_showed(opened: Link, terminal: Terminal) -> None:
    async def indicator() -> None:
        for at in range(len(CAPTURED)):
            os.write(terminal.device_fd, CAPTURED[at : at + 1])
            await asyncio.sleep(10 / 1200)  # ten bits a byte: the pace of the line, not a wait for us

    talking = asyncio.create_task(indicator())
    reader = Reader(protocol_named("yaohua-continuous-0"))
    shown: list[WeightReading | Rejected] = []
    while len(shown) < 3:
        shown += reader.feed(await opened.read())
    await talking
    assert [each.value for each in shown if isinstance(each, WeightReading)] == [0, 1560, 1650]


async def test_what_is_written_reaches_the_device_byte_for_byte(opened: Link, terminal: Terminal) -> None:
    every_byte = bytes(range(256))
    await opened.write(every_byte)
    received = b""
    while len(received) < 256:
        received += os.read(terminal.device_fd, 256)
    assert received == every_byte


async def test_a_long_write_waits_for_the_line(opened: Link, terminal: Terminal) -> None:
    writing = asyncio.create_task(opened.write(b"x" * 100_000))
    received, loop = 0, asyncio.get_running_loop()
    os.set_blocking(terminal.device_fd, False)
    while received < 100_000:
        ready = loop.create_future()
        loop.add_reader(terminal.device_fd, ready.set_result, None)
        await ready
        loop.remove_reader(terminal.device_fd)
        received += len(os.read(terminal.device_fd, 65_536))
    await writing


async def test_a_pulled_plug_is_an_error_that_names_the_port(opened: Link, terminal: Terminal) -> None:
    reading = asyncio.create_task(opened.read())
    await asyncio.sleep(0)
    os.close(terminal.device_fd)
    with pytest.raises(LinkError, match=f"{terminal.path} hung up"):
        await reading


async def test_a_closed_port_ends_a_waiting_read_and_refuses_the_next(opened: Link) -> None:
    reading = asyncio.create_task(opened.read())
    await asyncio.sleep(0)
    await opened.close()
    await opened.close()
    for use in (reading, opened.read(), opened.write(b"x")):
        with pytest.raises(LinkError, match="closed"):
            await use


async def test_a_second_program_on_the_port_is_told_that_it_is_busy(opened: Link, terminal: Terminal) -> None:
    with pytest.raises(LinkError, match=f"cannot open {terminal.path}: it is busy"):
        await open_link(f"serial://{terminal.path}")
    await opened.close()
    again = await open_link(f"serial://{terminal.path}")
    await again.close()


async def test_a_port_that_is_not_there_says_so_and_how_to_cure_it() -> None:
    with pytest.raises(LinkError, match="cannot open /dev/ttyNONE7: it is not there: is the adapter plugged in"):
        await open_link("serial:///dev/ttyNONE7")


async def test_a_file_is_not_a_serial_port(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(LinkError, match="it is not a serial port"):
        await open_link(f"serial://{tmp_path}/file")


async def test_a_forbidden_port_names_the_group_to_join(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_: object) -> int:  # root is forbidden nothing, so the system's answer is played back
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", denied)
    with pytest.raises(LinkError, match="permission denied: add the user to the group dialout"):
        await open_link(f"serial://{terminal.path}")


async def test_control_lines_are_never_commanded(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    commanded: list[int] = []
    monkeypatch.setattr("serial.serialposix.fcntl.ioctl", lambda _fd, request, *_: commanded.append(request))
    for settings in ("baudrate=9600", "baudrate=1200&bytesize=7&parity=E&stopbits=2"):
        link = await open_link(f"serial://{terminal.path}?{settings}")
        await link.close()
    assert commanded == []


# -- the other media --------------------------------------------------------------------------------------------------


async def test_tcp_carries_both_ways_and_tells_a_hang_up() -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.read(100))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    link = await open_link(f"tcp://127.0.0.1:{port}")
    await link.write(CAPTURED)
    assert await link.read() == CAPTURED
    with pytest.raises(LinkError, match=f"127.0.0.1:{port} hung up"):
        await link.read()
    await link.close()
    server.close()
    await server.wait_closed()
    with pytest.raises(LinkError, match="refused: nothing listens there; check address, port"):
        await open_link(f"tcp://127.0.0.1:{port}")


async def test_a_recording_is_given_whole_and_ends(tmp_path: Path) -> None:
    (tmp_path / "lane.bin").write_bytes(CAPTURED)
    link = await open_link(f"replay://{tmp_path}/lane.bin?rate_bytes_s=3600")
    data = b""
    while len(data) < len(CAPTURED):
        data += await link.read()
    assert data == CAPTURED
    with pytest.raises(LinkError, match="at its end"):
        await link.read()
    await link.close()
    with pytest.raises(LinkError, match="cannot read recording"):
        ReplayLink.open(Recording(f"{tmp_path}/none.bin"))


async def test_a_memory_pair_is_one_line() -> None:
    left, right = memory_pair()
    await left.write(b"ping")
    await right.write(b"pong")
    assert (await right.read(), await left.read()) == (b"ping", b"pong")
    await left.write(b"last")
    await left.close()
    assert await right.read() == b"last"
    with pytest.raises(LinkError, match="hung up"):
        await right.read()
    with pytest.raises(LinkError, match="closed"):
        await right.write(b"x")


async def test_a_memory_pair_holds_no_more_than_it_says() -> None:
    left, right = memory_pair()
    writing = asyncio.create_task(left.write(b"x" * (MEMORY_BYTES_MAX + 1)))
    await asyncio.sleep(0)
    assert not writing.done()
    await right.read()
    await writing
    await right.close()
    with pytest.raises(LinkError):
        await left.write(b"x")
