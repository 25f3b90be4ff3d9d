"""Modbus RTU between others: a master's questions and a device's answers, as they pass.

    [unit][function][ … ][crc lo][crc hi]

Silence ends a frame on the wire; a stream of bytes has none, so a frame is what has a length its function allows and a
CRC that fits. Such a scale or board is read through its register map, never by listening.
Source: MODBUS Application Protocol V1.1b3, section 6; Modbus over Serial Line V1.02, section 2.5.1.
"""

import struct

from pymodbus.framer import FramerRTU

from drivers.errors import FrameError
from drivers.framing import NEED_MORE, NO_FRAME
from drivers.overheard.format import OverheardFormat
from drivers.protocol import Example, Remark

SIZE_MIN, SIZE_MAX, UNIT_MAX = 5, 256, 247
READS = {1: "coils", 2: "inputs", 3: "holding registers", 4: "input registers"}
ONE, MANY = {5: "coil", 6: "register"}, {15: "coils", 16: "registers"}
ON, OFF = 0xFF00, 0x0000
CRC_BYTES, REFUSED, FIXED = 2, 0x80, 8


class RtuFrames:
    """By length and CRC; of a question and an answer that both fit, the shorter."""

    size_max = SIZE_MAX

    def size(self, buffer: bytes | bytearray, *, final: bool) -> int:
        if buffer[0] > UNIT_MAX:
            return NO_FRAME
        if len(buffer) < 2:
            return NO_FRAME if final else NEED_MORE
        if buffer[1] & ~REFUSED not in (*READS, *ONE, *MANY):
            return NO_FRAME
        waiting = False
        for size in sorted(_sizes(bytes(buffer[:7]))):
            if size > len(buffer):
                waiting = True
            elif _fits(bytes(buffer[:size])):
                return size
        return NEED_MORE if waiting and not final else NO_FRAME

    def judged(self, size: int, *, good: bool) -> None:
        """Nothing to learn."""


def _sizes(head: bytes) -> set[int]:
    """Every length the function allows, with unit and CRC, as far as the head tells it; its own first where not."""
    function = head[1]
    if function & REFUSED:
        return {SIZE_MIN}
    if function in ONE:
        return {FIXED}
    if function in READS:
        return {FIXED, 5 + head[2]} if len(head) > 2 else {FIXED}
    return {FIXED, 9 + head[6]} if len(head) > 6 else {FIXED}


def _fits(frame: bytes) -> bool:
    covered, carried = frame[:-CRC_BYTES], frame[-CRC_BYTES:]
    return FramerRTU.compute_CRC(covered).to_bytes(CRC_BYTES, "big") == carried


def decode(frame: bytes) -> Remark:
    if not SIZE_MIN <= len(frame) <= SIZE_MAX or not _fits(frame):
        raise FrameError("CRC does not fit")
    unit, function = frame[0], frame[1]
    return Remark("modbus", f"unit {unit}: {_told(function, frame[2:-CRC_BYTES])}")


def _told(function: int, body: bytes) -> str:
    if function & REFUSED:
        return f"refuses function {function & ~REFUSED}, code {body[0]}"
    if len(body) == FIXED - 4 and (function in READS or function in MANY or function in ONE):
        address, value = struct.unpack(">HH", body)
        if function in READS:
            return f"asked for {value} {READS[function]} from {address}"
        if function in MANY:
            return f"wrote {value} {MANY[function]} from {address}"
        return f"coil {address} {_state(value)}" if function == 5 else f"register {address} = {value}"
    if function in READS:
        return f"{READS[function]}: {body[1:].hex(' ')}"
    if function in MANY:
        address, count = struct.unpack(">HH", body[:4])
        return f"write {count} {MANY[function]} from {address}: {body[5:].hex(' ')}"
    raise FrameError(f"function {function} is not known here")


def _state(value: int) -> str:
    return {ON: "on", OFF: "off"}.get(value, f"{value:04X}")


FIELD = "field project's code for a four-relay board"

FORMAT = OverheardFormat(
    name="modbus-rtu",
    title="Modbus RTU between a master and its devices",
    splitter=RtuFrames,
    decode=decode,
    has_checksum=True,
    examples=(
        Example(bytes.fromhex("01 05 00 00 FF 00 8C 3A"), Remark("modbus", "unit 1: coil 0 on"), "field", FIELD),
        Example(bytes.fromhex("01 05 00 01 00 00 9C 0A"), Remark("modbus", "unit 1: coil 1 off"), "field", FIELD),
        Example(
            bytes.fromhex("01 02 00 00 00 08 79 CC"),
            Remark("modbus", "unit 1: asked for 8 inputs from 0"), "constructed", "",
        ),
        Example(
            bytes.fromhex("01 0F 00 00 00 08 01 FF BE D5"),
            Remark("modbus", "unit 1: write 8 coils from 0: ff"), "constructed", "",
        ),
    ),
)  # fmt: skip
