"""A serial port on the event loop. pyserial sets the line up; bytes go by file descriptor.

Control lines are never commanded: some indicators and converters reset or switch direction on DTR or RTS.
The port is locked while open, so that a second program cannot eat half of the frames.
"""

import asyncio
import errno
import os
import termios
from dataclasses import dataclass

import serial

from drivers.errors import LinkError

READ_BYTES_MAX = 4096

CURES = {
    errno.ENOENT: "it is not there: is the adapter plugged in? See /dev/serial/by-id",
    errno.ENXIO: "there is no device behind it: is the adapter plugged in?",
    errno.ENODEV: "there is no device behind it: is the adapter plugged in?",
    errno.EACCES: "permission denied: add the user to the group dialout and log in again",
    errno.EPERM: "permission denied: add the user to the group dialout and log in again",
    errno.EBUSY: "it is busy: another program has it open; stop that one first",
    errno.EAGAIN: "it is busy: another program has it open; stop that one first",
    errno.ENOTTY: "it is not a serial port",
}


@dataclass(frozen=True, slots=True)
class SerialPort:
    path: str
    baudrate: int = 9600
    bytesize: int = 8
    parity: str = "N"
    stopbits: int = 1


class _QuietSerial(serial.Serial):  # type: ignore[misc] # pyserial ships no types
    """pyserial raises DTR and RTS whenever it opens a port; this one leaves them as they are."""

    def _update_dtr_state(self) -> None:
        """Left as it is."""

    def _update_rts_state(self) -> None:
        """Left as it is."""


class SerialLink:
    """One open port: the only reader of its bytes."""

    def __init__(self, path: str, port: "_QuietSerial") -> None:
        self._path, self._port = path, port
        self._fd: int = port.fileno()
        self._waiting: set[asyncio.Future[None]] = set()

    @classmethod
    def open(cls, port: SerialPort) -> "SerialLink":
        """Raises LinkError that names the port and the cure."""
        try:
            opened = _QuietSerial(
                port.path,
                baudrate=port.baudrate,
                bytesize=port.bytesize,
                parity=port.parity,
                stopbits=port.stopbits,
                timeout=0,
                rtscts=False,
                dsrdtr=False,
                exclusive=True,
            )
        except (OSError, ValueError, termios.error) as error:  # a SerialException is an OSError
            raise LinkError(f"cannot open {port.path}: {_cure(error)}") from error
        return cls(port.path, opened)

    async def read(self) -> bytes:
        await self._until_readable()
        try:
            data = os.read(self._fd, READ_BYTES_MAX)
        except OSError as error:  # EIO: the other end of a pseudo-terminal, or the adapter, is gone
            raise LinkError(f"{self._path} hung up: {error.strerror}") from error
        if not data:  # ready, and nothing there: the system's way to say that the adapter was pulled
            raise LinkError(f"{self._path} hung up")
        return data

    async def write(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            if not self._port.is_open:
                raise LinkError(f"{self._path} is closed")
            try:
                rest = rest[os.write(self._fd, rest) :]
            except BlockingIOError:
                await self._until_writable()
            except OSError as error:
                raise LinkError(f"{self._path} does not take bytes: {error.strerror}") from error

    async def close(self) -> None:
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_exception(LinkError(f"{self._path} is closed"))
        if self._port.is_open:
            loop = asyncio.get_running_loop()
            loop.remove_reader(self._fd)
            loop.remove_writer(self._fd)
            self._port.close()

    async def _until_readable(self) -> None:
        loop = asyncio.get_running_loop()
        ready = self._expect()
        loop.add_reader(self._fd, _resolve, ready)
        try:
            await ready
        finally:
            self._waiting.discard(ready)
            if self._port.is_open:
                loop.remove_reader(self._fd)

    async def _until_writable(self) -> None:
        loop = asyncio.get_running_loop()
        ready = self._expect()
        loop.add_writer(self._fd, _resolve, ready)
        try:
            await ready
        finally:
            self._waiting.discard(ready)
            if self._port.is_open:
                loop.remove_writer(self._fd)

    def _expect(self) -> asyncio.Future[None]:
        if not self._port.is_open:
            raise LinkError(f"{self._path} is closed")
        ready = asyncio.get_running_loop().create_future()
        self._waiting.add(ready)
        return ready


def _resolve(ready: asyncio.Future[None]) -> None:
    if not ready.done():
        ready.set_result(None)


def _cure(error: Exception) -> str:
    number = getattr(error, "errno", None)
    if number is None and error.args and isinstance(error.args[0], int):
        number = error.args[0]  # termios.error carries it there
    if number is None and "Could not configure port" in str(error):
        return "it is not a serial port"
    return CURES.get(number, str(error)) if number is not None else str(error)
