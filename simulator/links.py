"""The simulated ends of real wires: a pseudo-terminal with a name, and a TCP port that talks to whoever listens."""

import array
import asyncio
import contextlib
import errno
import fcntl
import os
import termios
import tty
from collections.abc import Callable
from pathlib import Path

UNREAD_MAX = 1024  # bytes nobody has read before they are lost, as in a real receiver
CLIENT_UNSENT_MAX = 64 * 1024
CLIENTS_MAX = 16


class Pty:
    """A serial port at `path`: a symbolic link to the slave side of a pseudo-terminal.

    The slave stays open here too, so that the port survives a reader that is killed and comes again. Line settings
    (baud rate, parity) mean nothing on a pseudo-terminal.
    """

    def __init__(self, path: Path, receive: Callable[[bytes], None]) -> None:
        self._path = path
        self._receive = receive
        self._master = self._slave = -1

    def open(self) -> None:
        """Make the port; a link left behind by an earlier run is replaced. Needs a running loop."""
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._path.with_name(self._path.name + ".new")
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(os.ttyname(self._slave))
        fresh.replace(self._path)
        asyncio.get_running_loop().add_reader(self._master, self._readable)

    def close(self) -> None:
        if self._master < 0:
            return
        asyncio.get_running_loop().remove_reader(self._master)
        if self._path.is_symlink() and self._path.readlink() == Path(os.ttyname(self._slave)):
            self._path.unlink()
        os.close(self._master)
        os.close(self._slave)
        self._master = self._slave = -1

    def write(self, chunk: bytes) -> None:
        """Send. What a reader lets lie too long is thrown away first: it must find the present, not the past."""
        with contextlib.suppress(OSError):
            fcntl.ioctl(self._slave, termios.TIOCNXCL)  # our open end would keep a dead reader's exclusive claim
        unread = array.array("i", [0])
        fcntl.ioctl(self._slave, termios.FIONREAD, unread)
        if unread[0] > UNREAD_MAX:
            termios.tcflush(self._slave, termios.TCIFLUSH)
        with contextlib.suppress(BlockingIOError):
            os.write(self._master, chunk)

    def disconnect(self) -> None:
        """A pulled plug: whatever was under way is lost."""
        termios.tcflush(self._slave, termios.TCIOFLUSH)

    def _readable(self) -> None:
        try:
            chunk = os.read(self._master, 4096)
        except BlockingIOError:
            return
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            return
        if chunk:
            self._receive(chunk)


class TcpFeed:
    """A converter or indicator that sends the same bytes to every client; `receive` gets what any of them writes."""

    def __init__(self, host: str, port: int, receive: Callable[[bytes], None] = lambda _chunk: None) -> None:
        self._host, self.port, self._receive = host, port, receive
        self._server: asyncio.Server | None = None
        self._clients: set[asyncio.StreamWriter] = set()

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._talk, self._host, self.port)
        self.port = int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
            self.disconnect()
            await self._server.wait_closed()

    def write(self, chunk: bytes) -> None:
        for client in list(self._clients):
            if client.transport.get_write_buffer_size() > CLIENT_UNSENT_MAX:
                client.transport.abort()  # it stopped reading; a converter hangs up too
            elif not client.is_closing():
                client.write(chunk)

    def disconnect(self) -> None:
        for client in list(self._clients):
            client.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._clients) >= CLIENTS_MAX:
            writer.close()
            return
        self._clients.add(writer)
        try:
            while chunk := await reader.read(1024):
                self._receive(chunk)
        except ConnectionError:
            return  # it hung up, as clients do
        finally:
            self._clients.discard(writer)
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()
