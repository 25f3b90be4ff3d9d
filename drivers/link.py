"""The medium, by URL: bytes in, bytes out, and one error when it fails. No protocol here.

serial:///dev/ttyUSB0?baudrate=9600&bytesize=8&parity=N&stopbits=1
tcp://10.0.0.5:4001
replay:///var/recordings/lane-1.bin?rate_bytes_s=960
memory_pair()   two ends in one process, for tests and the virtual world

Only who owns a device opens its link; there is one reader. Everything runs on the event loop: no threads.
"""

import asyncio
import errno
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Protocol
from urllib.parse import parse_qsl, unquote, urlsplit

from drivers.errors import LinkError
from drivers.serial_link import SerialLink, SerialPort

READ_BYTES_MAX = 4096
MEMORY_BYTES_MAX = 65_536  # one direction of a memory pair; a writer waits for room
CONNECT_TIMEOUT_S = 5.0
REPLAY_STEP_S = 0.05

# A peer whose power failed says no goodbye. These find it within 5 + 3 * 2 seconds.
KEEPALIVE = {"TCP_KEEPIDLE": 5, "TCP_KEEPINTVL": 2, "TCP_KEEPCNT": 3}


class Link(Protocol):
    """An open line to a device. Every method but `close` may raise LinkError; after that only `close` is left."""

    async def read(self) -> bytes:
        """Wait for bytes and return at least one. Raises LinkError at the end or on a hang-up. One reader at a time."""

    async def write(self, data: bytes) -> None:
        """Hand all of `data` to the medium."""

    async def close(self) -> None:
        """Give the medium back. Safe to call twice; a pending `read` ends in LinkError."""


@dataclass(frozen=True, slots=True)
class TcpPeer:
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Recording:
    """Raw bytes in a file, given at `rate_bytes_s` (a line of 9600 baud carries 960), or at once when that is 0."""

    path: str
    rate_bytes_s: int = 0


LinkAddress = SerialPort | TcpPeer | Recording


def parse_link_url(url: str) -> LinkAddress:
    """What the URL names. Raises ValueError that says which part is wrong and what is known."""
    parts = urlsplit(url)
    params = _params(url, parts.query)
    if parts.scheme == "serial":
        return _serial_port(url, unquote(parts.netloc + parts.path), params)
    if parts.scheme == "tcp":
        _refuse_rest(url, params, known=())
        return _tcp_peer(url)
    if parts.scheme == "replay":
        rate = _integer(url, params, "rate_bytes_s", default=0, low=0, high=10_000_000)
        _refuse_rest(url, params, known=("rate_bytes_s",))
        if not parts.netloc + parts.path:
            raise ValueError(f"{url!r} names no file; write replay:///path/to/recording")
        return Recording(unquote(parts.netloc + parts.path), rate)
    raise ValueError(f"{url!r}: unknown kind of link {parts.scheme!r}; known: serial, tcp, replay")


async def open_link(url: str) -> Link:
    """Open what the URL names. LinkError says what could not be opened, why, and the cure; ValueError: a wrong URL."""
    address = parse_link_url(url)
    match address:
        case SerialPort():
            return SerialLink.open(address)
        case TcpPeer():
            return await TcpLink.open(address)
        case Recording():
            return ReplayLink.open(address)


def memory_pair() -> tuple["MemoryLink", "MemoryLink"]:
    """Two ends of one line: what one writes the other reads. Closing either end hangs up the other."""
    there, back = _Pipe(), _Pipe()
    return MemoryLink(there, back), MemoryLink(back, there)


class _Pipe:
    """One direction of a memory pair."""

    def __init__(self) -> None:
        self.unread = bytearray()
        self.closed = False
        self.changed = asyncio.Event()

    async def until_changed(self) -> None:
        self.changed.clear()
        await self.changed.wait()

    def close(self) -> None:
        self.closed = True
        self.changed.set()


class MemoryLink:
    """One end of `memory_pair()`. Each direction holds at most MEMORY_BYTES_MAX unread bytes; then writing waits."""

    def __init__(self, incoming: _Pipe, outgoing: _Pipe) -> None:
        self._incoming, self._outgoing = incoming, outgoing
        self._closed = False

    async def read(self) -> bytes:
        while not self._closed:
            if self._incoming.unread:
                data = bytes(self._incoming.unread[:READ_BYTES_MAX])
                del self._incoming.unread[: len(data)]
                self._incoming.changed.set()
                return data
            if self._incoming.closed:
                raise LinkError("the other end of the memory link hung up")
            await self._incoming.until_changed()
        raise LinkError("the memory link is closed")

    async def write(self, data: bytes) -> None:
        rest = data
        while rest:
            if self._outgoing.closed:
                raise LinkError("the memory link is closed")
            room = MEMORY_BYTES_MAX - len(self._outgoing.unread)
            if room == 0:
                await self._outgoing.until_changed()
                continue
            self._outgoing.unread += rest[:room]
            self._outgoing.changed.set()
            rest = rest[room:]

    async def close(self) -> None:
        self._closed = True
        self._incoming.close()
        self._outgoing.close()


class TcpLink:
    """A serial device server, or an indicator with its own socket."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, peer: TcpPeer) -> None:
        self._reader, self._writer, self._peer = reader, writer, peer

    @classmethod
    async def open(cls, peer: TcpPeer) -> "TcpLink":
        where = f"{peer.host}:{peer.port}"
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                reader, writer = await asyncio.open_connection(peer.host, peer.port, limit=READ_BYTES_MAX)
        except TimeoutError as error:
            raise LinkError(
                f"{where} did not answer in {CONNECT_TIMEOUT_S:g} s: check cable, address and port"
            ) from error
        except OSError as error:
            why = "refused: nothing listens there" if error.errno == errno.ECONNREFUSED else str(error)
            raise LinkError(
                f"cannot connect to {where}: {why}; check address, port and that the device is on"
            ) from error
        _keep_alive(writer)
        return cls(reader, writer, peer)

    async def read(self) -> bytes:
        try:
            data = await self._reader.read(READ_BYTES_MAX)
        except OSError as error:
            raise LinkError(f"connection to {self._peer.host}:{self._peer.port} broke: {error}") from error
        if not data:
            raise LinkError(f"{self._peer.host}:{self._peer.port} hung up")
        return data

    async def write(self, data: bytes) -> None:
        try:
            self._writer.write(data)
            await self._writer.drain()
        except OSError as error:
            raise LinkError(f"connection to {self._peer.host}:{self._peer.port} broke: {error}") from error

    async def close(self) -> None:
        self._writer.close()
        try:
            await self._writer.wait_closed()
        except OSError:
            return  # it broke before; closed is closed


class ReplayLink:
    """A recording of raw bytes, given again at the pace of the line it came from."""

    def __init__(self, recording: Recording, file: BufferedReader) -> None:
        self._recording, self._file = recording, file

    @classmethod
    def open(cls, recording: Recording) -> "ReplayLink":
        try:
            return cls(recording, Path(recording.path).open("rb"))
        except OSError as error:
            raise LinkError(f"cannot read recording {recording.path}: {error.strerror}") from error

    async def read(self) -> bytes:
        rate = self._recording.rate_bytes_s
        size = min(READ_BYTES_MAX, max(1, round(rate * REPLAY_STEP_S))) if rate else READ_BYTES_MAX
        try:
            data = self._file.read(size)
        except (OSError, ValueError) as error:
            raise LinkError(f"recording {self._recording.path} cannot be read: {error}") from error
        if not data:
            raise LinkError(f"recording {self._recording.path} is at its end")
        await asyncio.sleep(len(data) / rate if rate else 0)
        return data

    async def write(self, data: bytes) -> None:
        """A recording does not listen."""

    async def close(self) -> None:
        self._file.close()


def _keep_alive(writer: asyncio.StreamWriter) -> None:
    sock: socket.socket = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in KEEPALIVE.items():
        if hasattr(socket, option):  # the names differ between systems; the switch above is common to all
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)


def _params(url: str, query: str) -> dict[str, str]:
    pairs = parse_qsl(query, keep_blank_values=True)
    params = dict(pairs)
    if len(params) != len(pairs):
        raise ValueError(f"{url!r} sets a parameter twice")
    return params


def _tcp_peer(url: str) -> TcpPeer:
    parts = urlsplit(url)
    try:
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise ValueError(f"{url!r}: {error}") from error
    if not host or not port or parts.path not in ("", "/") or parts.username is not None:
        raise ValueError(f"{url!r} is not tcp://HOST:PORT")
    return TcpPeer(host, port)


def _serial_port(url: str, path: str, params: dict[str, str]) -> SerialPort:
    if not path.startswith("/"):
        raise ValueError(f"{url!r} names no port; write serial:///dev/ttyUSB0 with three slashes")
    baudrate = _integer(url, params, "baudrate", default=9600, low=50, high=4_000_000)
    bytesize = _integer(url, params, "bytesize", default=8, low=7, high=8)
    stopbits = _integer(url, params, "stopbits", default=1, low=1, high=2)
    parity = params.pop("parity", "N")
    if parity not in ("N", "E", "O"):
        raise ValueError(f"{url!r}: parity {parity!r} is not one of N, E, O")
    _refuse_rest(url, params, known=("baudrate", "bytesize", "parity", "stopbits"))
    return SerialPort(path, baudrate, bytesize, parity, stopbits)


def _integer(url: str, params: dict[str, str], name: str, *, default: int, low: int, high: int) -> int:
    text = params.pop(name, str(default))
    if not text.isascii() or not text.isdigit() or not low <= int(text) <= high:
        raise ValueError(f"{url!r}: {name} {text!r} is not a whole number from {low} to {high}")
    return int(text)


def _refuse_rest(url: str, params: Mapping[str, str], known: tuple[str, ...]) -> None:
    if params:
        names = ", ".join(known) or "none"
        raise ValueError(f"{url!r}: unknown parameter {', '.join(sorted(params))}; known: {names}")
