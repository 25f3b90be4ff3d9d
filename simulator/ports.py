"""Where a simulated device is reached: on the machine's own ports, or wherever another world puts it.

`Ports` is what a site needs of them; `MachinePorts` opens pseudo-terminals and TCP ports, and closes them.
"""

from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from simulator.devices import Wire
from simulator.links import Pty, TcpFeed
from simulator.modbus_server import TcpServer, Unit


class Ports(Protocol):
    """Each by the URL under which the gateway finds it. OSError where it is taken."""

    async def serial(self, url: str, receive: Callable[[bytes], None]) -> Wire:
        """A serial line; `receive` gets what the gateway writes."""

    async def feed(self, url: str) -> Wire:
        """A TCP port that talks to whoever listens."""

    async def modbus_tcp(self, url: str, units: Mapping[int, Unit]) -> None: ...


class MachinePorts:
    """Real ports; the stack closes them."""

    def __init__(self, stack: AsyncExitStack) -> None:
        self._stack = stack

    async def serial(self, url: str, receive: Callable[[bytes], None]) -> Wire:
        pty = Pty(Path(urlsplit(url).path), receive)
        pty.open()
        self._stack.callback(pty.close)
        return pty

    async def feed(self, url: str) -> Wire:
        wire = TcpFeed(*_address(url))
        await wire.open()
        self._stack.push_async_callback(wire.close)
        return wire

    async def modbus_tcp(self, url: str, units: Mapping[int, Unit]) -> None:
        server = TcpServer(units)
        await server.open(*_address(url))
        self._stack.push_async_callback(server.close)


def _address(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    assert parts.hostname, f"{url} names no host"
    assert parts.port, f"{url} names no port"
    return parts.hostname, parts.port
