"""Modbus frames as values: the one place that knows pymodbus, and the only one its exceptions are seen in.

    RTU     [unit][function][…][crc lo][crc hi]              one answer per request, told apart by unit and function
    TCP     [tid hi lo][00 00][length][unit][function][…]    told apart by the transaction number

Source: MODBUS Application Protocol V1.1b3, Modbus over Serial Line V1.02, through pymodbus.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from pymodbus.exceptions import ModbusException
from pymodbus.framer import FramerRTU, FramerSocket
from pymodbus.pdu import DecodePDU, ExceptionResponse, ModbusPDU
from pymodbus.pdu.bit_message import ReadCoilsRequest, ReadDiscreteInputsRequest, WriteSingleCoilRequest
from pymodbus.pdu.register_message import (
    ReadHoldingRegistersRequest,
    ReadInputRegistersRequest,
    WriteMultipleRegistersRequest,
)

from drivers.errors import DeviceError, FrameError

FRAME_BYTES_MAX = 264
REASONS = {
    1: "does not know this function: check the map's function code",
    2: "has no such address: check the map's addresses",
    3: "refuses this value or count: check the map",
    4: "failed inside: look at the device",
    6: "is busy: poll less often",
    10: "is behind a gateway with no path to it: check the unit number",
    11: "is behind a gateway and silent: check its power, wiring and unit number",
}
READS: dict[int, type[ModbusPDU]] = {
    1: ReadCoilsRequest,
    2: ReadDiscreteInputsRequest,
    3: ReadHoldingRegistersRequest,
    4: ReadInputRegistersRequest,
}


@dataclass(frozen=True, slots=True)
class Request:
    """One question: a read of `count` coils, inputs (function 1, 2) or words (3, 4), or what is to be written.

    `on` switches one coil (5); `words` go to the registers from `address` (16), `count` of them.
    """

    unit: int
    function: int
    address: int
    count: int = 1
    on: bool | None = None
    words: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        assert 1 <= self.unit <= 247, f"unit {self.unit}: 1 to 247"
        assert 0 <= self.address <= 0xFFFF
        assert self.function in READS or (self.function == 5 and self.on is not None) or self.function == 16
        assert self.function != 16 or len(self.words) == self.count
        assert 1 <= self.count <= (2000 if self.function in (1, 2) else 125)


Answer = tuple[bool, ...] | tuple[int, ...]


class Codec(Protocol):
    """How one kind of wire carries requests and answers."""

    def encode(self, request: Request, transaction: int) -> bytes: ...

    def decode(self, received: bytes, request: Request, transaction: int) -> Answer | None:
        """The answer in `received`, None while there is none. Raises DeviceError for a no, FrameError for nonsense."""


class RtuCodec:
    """Serial line. Hunts for the answer, since noise may stand before it; another unit's late frame is passed over."""

    def __init__(self) -> None:
        self._framer = FramerRTU(DecodePDU(False))

    def encode(self, request: Request, transaction: int) -> bytes:
        del transaction
        return _built(self._framer, request, 0)

    def decode(self, received: bytes, request: Request, transaction: int) -> Answer | None:
        del transaction
        for start in range(len(received) - 4):
            if received[start] != request.unit or received[start + 1] & 0x7F != request.function:
                continue
            frame = received[start : start + _rtu_size(received[start + 1], request)]
            pdu = _handled(self._framer, frame, request.unit, 0)
            if pdu is not None:
                return _answer(pdu, request)
        return None


class TcpCodec:
    """Modbus TCP. A late answer to an earlier question has another transaction number and is passed over."""

    def __init__(self) -> None:
        self._framer = FramerSocket(DecodePDU(False))

    def encode(self, request: Request, transaction: int) -> bytes:
        return _built(self._framer, request, transaction)

    def decode(self, received: bytes, request: Request, transaction: int) -> Answer | None:
        rest = received
        while len(rest) >= 8:
            length = int.from_bytes(rest[4:6], "big")
            if rest[2:4] != b"\x00\x00" or not 2 <= length <= FRAME_BYTES_MAX:
                raise FrameError(f"not Modbus TCP: header {rest[:8].hex(' ')}; is this port really a Modbus server's?")
            frame, rest = rest[: 6 + length], rest[6 + length :]
            if len(frame) < 6 + length:
                return None
            if int.from_bytes(frame[:2], "big") == transaction and frame[6] == request.unit:
                pdu = _handled(self._framer, frame, request.unit, transaction)
                if pdu is None:
                    raise FrameError(f"not an answer to function {request.function}: {frame.hex(' ')}")
                return _answer(pdu, request)
        return None


def _built(framer: FramerRTU | FramerSocket, request: Request, transaction: int) -> bytes:
    pdu: ModbusPDU
    if request.function == 5:
        pdu = WriteSingleCoilRequest(
            address=request.address, bits=[bool(request.on)], dev_id=request.unit, transaction_id=transaction
        )
    elif request.function == 16:
        pdu = WriteMultipleRegistersRequest(
            address=request.address, registers=list(request.words), dev_id=request.unit, transaction_id=transaction
        )
    else:
        pdu = READS[request.function](
            address=request.address, count=request.count, dev_id=request.unit, transaction_id=transaction
        )
    return framer.buildFrame(pdu)


def _rtu_size(function: int, request: Request) -> int:
    if function & 0x80:
        return 5
    if request.function in (5, 16):
        return 8
    return 5 + (2 * request.count if request.function in (3, 4) else (request.count + 7) // 8)


def _handled(framer: FramerRTU | FramerSocket, frame: bytes, unit: int, transaction: int) -> ModbusPDU | None:
    try:
        return framer.handleFrame(frame, unit, transaction)[1]
    except (ModbusException, ValueError, IndexError, struct.error) as error:
        raise FrameError(f"not a Modbus answer: {frame.hex(' ')}") from error


def _answer(pdu: ModbusPDU, request: Request) -> Answer:
    if isinstance(pdu, ExceptionResponse):
        reason = REASONS.get(pdu.exception_code, "said no for a reason of its own: look in its manual")
        raise DeviceError(f"unit {request.unit} {reason} (function {request.function}, exception {pdu.exception_code})")
    if pdu.function_code != request.function:
        raise FrameError(f"an answer to function {pdu.function_code}, not {request.function}")
    if request.function == 5:
        echo = (pdu.address, bool(pdu.bits[0]) if pdu.bits else None)
        if echo != (request.address, request.on):
            raise DeviceError(f"unit {request.unit} echoed coil {echo}, not {(request.address, request.on)}")
        return (bool(request.on),)
    if request.function == 16:
        if (pdu.address, pdu.count) != (request.address, request.count):
            raise DeviceError(f"unit {request.unit} echoed {pdu.count} words at {pdu.address}, not what was written")
        return request.words
    found: Sequence[bool] | Sequence[int] = pdu.bits if request.function in (1, 2) else pdu.registers
    if len(found) < request.count or (request.function in (3, 4) and len(found) != request.count):
        raise FrameError(f"unit {request.unit} sent {len(found)} values where {request.count} were asked")
    return tuple(found[: request.count])
