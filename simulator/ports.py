"""Where a simulated device is reached: on the machine's own ports, or wherever another world puts it.

`Ports` is what a site needs of them; `MachinePorts` opens pseudo-terminals and TCP ports, and closes them.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from drivers.cameras import CameraProtocol
from simulator.camera_server import CameraServer
from simulator.devices import Wire
from simulator.errors import PortError
from simulator.links import Pty, TcpFeed
from simulator.modbus_server import TcpServer, Unit

TCP_CURE = "another simulator or a device may have it: end that, or name an address of this machine that is free"


class Ports(Protocol):
    """Each by the URL under which the gateway finds it. PortError where it cannot be had."""

    async def serial(self, url: str, receive: Callable[[bytes], None]) -> Wire:
        """A serial line; `receive` gets what the gateway writes."""

    async def feed(self, url: str, receive: Callable[[bytes], None]) -> Wire:
        """A TCP port that talks to whoever listens; `receive` gets what they write."""

    async def modbus_tcp(self, url: str, units: Mapping[int, Unit]) -> None: ...


class MachinePorts:
    """Real ports; the stack closes them, and `opened(url)` hears of each. PortError where one cannot be had."""

    def __init__(self, stack: AsyncExitStack, opened: Callable[[str], None] = lambda _: None) -> None:
        self._stack = stack
        self._opened = opened

    async def serial(self, url: str, receive: Callable[[bytes], None]) -> Wire:
        pty = Pty(_free_path(url), receive)
        with _told(url, "name a path in a folder that this user may write to"):
            pty.open()
        self._stack.callback(pty.close)
        self._opened(url)
        return pty

    async def feed(self, url: str, receive: Callable[[bytes], None]) -> Wire:
        wire = TcpFeed(*_address(url), receive)
        with _told(url, TCP_CURE):
            await wire.open()
        self._opened(url)
        self._stack.push_async_callback(wire.close)
        return wire

    async def camera(self, url: str, protocol: CameraProtocol) -> CameraServer:
        """A camera that is asked, at this URL."""
        server = CameraServer(protocol, *_address(url), http=url.startswith("http"))
        with _told(url, TCP_CURE):
            await server.open()
        self._opened(url)
        self._stack.push_async_callback(server.close)
        return server

    async def modbus_tcp(self, url: str, units: Mapping[int, Unit]) -> None:
        server = TcpServer(units)
        with _told(url, TCP_CURE):
            await server.open(*_address(url))
        self._opened(url)
        self._stack.push_async_callback(server.close)


def _free_path(url: str) -> Path:
    """Where the link to a pseudo-terminal goes. A device that is really there is never replaced."""
    path = Path(urlsplit(url).path)
    if path.exists() and not path.is_symlink():
        raise PortError(f"{url} cannot be opened: something real is there; name a path that is free")
    return path


@contextmanager
def _told(url: str, cure: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        why = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
        raise PortError(f"{url} cannot be opened: {why}; {cure}") from error


def _address(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    assert parts.hostname, f"{url} names no host"
    assert parts.port, f"{url} names no port"
    return parts.hostname, parts.port
