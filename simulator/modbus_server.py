"""A small Modbus server for simulated devices: several units on one wire, and silence for a unit that is not there.

    RTU   [unit][function][...][crc lo][crc hi]             functions 01 02 03 04 05 06 0F 10
    TCP   [transaction 2][0 0][length 2][unit][function][...]

A library server answers for units it does not have; on a real RS-485 bus nobody does, and that silence is what a
gateway must live with. Sources: Modbus application protocol V1.1b3; Modbus over serial line V1.02.
"""

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Protocol

from pymodbus.framer.rtu import FramerRTU

REQUEST_MAX = 260
ILLEGAL_FUNCTION, ILLEGAL_ADDRESS, ILLEGAL_VALUE = 1, 2, 3


class Unit(Protocol):
    """What answers at one address. An address it does not have raises LookupError."""

    def read_coils(self, address: int, count: int) -> list[bool]: ...

    def read_inputs(self, address: int, count: int) -> list[bool]: ...

    def read_registers(self, address: int, count: int) -> list[int]: ...

    def write_coil(self, address: int, on: bool) -> None: ...

    def write_register(self, address: int, word: int) -> None: ...


class BareUnit:
    """Has no address at all. A device says only what it has."""

    def read_coils(self, address: int, count: int) -> list[bool]:
        raise LookupError(address, count)

    def read_inputs(self, address: int, count: int) -> list[bool]:
        raise LookupError(address, count)

    def read_registers(self, address: int, count: int) -> list[int]:
        raise LookupError(address, count)

    def write_coil(self, address: int, on: bool) -> None:
        raise LookupError(address, on)

    def write_register(self, address: int, word: int) -> None:
        raise LookupError(address, word)


def answer(unit: Unit, request: bytes) -> bytes:
    """The answer to one request without unit and checksum, an exception answer included."""
    function = request[0]
    try:
        return _serve(unit, function, request)
    except LookupError:
        return bytes((function | 0x80, ILLEGAL_ADDRESS))
    except ValueError:
        return bytes((function | 0x80, ILLEGAL_VALUE))
    except NotImplementedError:
        return bytes((function | 0x80, ILLEGAL_FUNCTION))


def _serve(unit: Unit, function: int, request: bytes) -> bytes:
    if function not in (1, 2, 3, 4, 5, 6, 15, 16):
        raise NotImplementedError
    if len(request) < 5:
        raise ValueError("too short")
    address, number = int.from_bytes(request[1:3], "big"), int.from_bytes(request[3:5], "big")
    match function:
        case 1 | 2:
            bits = (unit.read_coils if function == 1 else unit.read_inputs)(address, _count(number, 2000))
            packed = sum(1 << place for place, on in enumerate(bits) if on).to_bytes((number + 7) // 8, "little")
            return bytes((function, len(packed))) + packed
        case 3 | 4:
            words = unit.read_registers(address, _count(number, 125))
            return bytes((function, 2 * len(words))) + b"".join(word.to_bytes(2, "big") for word in words)
        case 5:
            _write_one_coil(unit, address, number)
            return request[:5]
        case 6:
            unit.write_register(address, number)
            return request[:5]
        case _:
            _write_many(unit, function, address, number, request[5:])
            return request[:5]


def _count(number: int, most: int) -> int:
    if not 1 <= number <= most:
        raise ValueError(f"{number} of at most {most}")
    return number


def _write_one_coil(unit: Unit, address: int, number: int) -> None:
    if number == 0x5500:  # the relay boards' own addition: toggle
        unit.write_coil(address, not unit.read_coils(address, 1)[0])
    elif number in (0xFF00, 0x0000):
        unit.write_coil(address, number == 0xFF00)
    else:
        raise ValueError(f"{number:#06x} is neither on nor off")


def _write_many(unit: Unit, function: int, address: int, number: int, rest: bytes) -> None:
    size = (number + 7) // 8 if function == 15 else 2 * number
    if number < 1 or not rest or rest[0] != size or len(rest) != size + 1:
        raise ValueError("byte count does not fit")
    for place in range(number):
        if function == 15:
            unit.write_coil(address + place, bool(rest[1 + place // 8] >> place % 8 & 1))
        else:
            unit.write_register(address + place, int.from_bytes(rest[1 + 2 * place : 3 + 2 * place], "big"))


def sealed(body: bytes) -> bytes:
    """With its checksum. The library's framer gives the CRC with its bytes already in wire order."""
    return body + FramerRTU.compute_CRC(body).to_bytes(2, "big")


class RtuServer:
    """Several units behind one serial wire. `feed` takes any chunks and gives the answers due."""

    def __init__(self, units: Mapping[int, Unit]) -> None:
        self._units = units
        self._buffer = b""

    def feed(self, chunk: bytes) -> list[bytes]:
        self._buffer = (self._buffer + chunk)[-REQUEST_MAX:]
        answers = []
        while (size := self._size()) is not None and len(self._buffer) >= size:
            frame = self._buffer[:size]
            if size < 4 or sealed(frame[:-2]) != frame:
                self._buffer = self._buffer[1:]  # hunt: the next request starts somewhere behind this byte
                continue
            self._buffer = self._buffer[size:]
            unit = self._units.get(frame[0])
            if unit is not None:
                answers.append(sealed(frame[:1] + answer(unit, frame[1:-2])))
        return answers

    def _size(self) -> int | None:
        """How long the request at the buffer's head is; None while that cannot be said."""
        if len(self._buffer) < 2:
            return None
        if self._buffer[1] in (15, 16):
            return 9 + self._buffer[6] if len(self._buffer) > 6 else None
        return 8 if 1 <= self._buffer[1] <= 6 else 1


class TcpServer:
    """Units behind one TCP port. Closing hangs up on every client."""

    def __init__(self, units: Mapping[int, Unit]) -> None:
        self._units = units
        self._server: asyncio.Server | None = None
        self._clients: set[asyncio.StreamWriter] = set()

    async def open(self, host: str, port: int) -> int:
        """Listen; port 0 picks a free one. The port in use comes back."""
        self._server = await asyncio.start_server(self._talk, host, port)
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
            for client in list(self._clients):
                client.close()
            await self._server.wait_closed()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._clients.add(writer)
        try:
            while True:
                head = await reader.readexactly(7)
                size = int.from_bytes(head[4:6], "big")
                if head[2:4] != b"\0\0" or not 2 <= size <= REQUEST_MAX:
                    return  # not Modbus: hang up, as the boards do
                request = await reader.readexactly(size - 1)
                unit = self._units.get(head[6])
                if unit is not None:
                    reply = head[6:7] + answer(unit, request)
                    writer.write(head[:4] + len(reply).to_bytes(2, "big") + reply)
                    await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            return  # the client hung up, as clients do
        finally:
            self._clients.discard(writer)
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()
