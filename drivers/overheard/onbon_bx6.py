"""What an Onbon BX-6 card is told. Frames: drivers/signs/onbon_bx6.py.

Tools record them in two ways: as they pass, escaped between A5 and 5A, and as a bare body; both are read.
"""

from drivers.errors import FrameError
from drivers.framing import NEED_MORE, NO_FRAME
from drivers.overheard.format import OverheardFormat
from drivers.protocol import Example, Remark
from drivers.signs.crc import crc16
from drivers.signs.onbon_bx6 import BODY_BYTES_MAX, END, HEAD, PING, PREAMBLE, TEXT, data_of, frame
from drivers.signs.onbon_bx6 import decode as decode_text

START = PREAMBLE[0]
DEVICE_AT, DEVICE = 10, HEAD[10:12]
LENGTH_AT, DATA_AT, CRC_BYTES = 12, 14, 2
COMMANDS = {PING[:2]: "ping", b"\xa3\x10": "clears its areas", b"\xa4\x06": "asked for its address", TEXT: "shows"}


class OnbonFrames:
    """From the first A5 to 5A; a bare body by the bytes that name the device and by its length."""

    size_max = 2 * BODY_BYTES_MAX

    def size(self, buffer: bytes | bytearray, *, final: bool) -> int:
        if buffer[0] == START:
            at = buffer.find(END, 1, self.size_max)
            waiting = at < 0 and len(buffer) < self.size_max and not final
            return at + 1 if at > 0 else NEED_MORE if waiting else NO_FRAME
        if len(buffer) <= DEVICE_AT + 1:
            return NO_FRAME if final else NEED_MORE
        if bytes(buffer[DEVICE_AT:LENGTH_AT]) != DEVICE:
            return NO_FRAME
        size = DATA_AT + int.from_bytes(buffer[LENGTH_AT:DATA_AT], "little") + CRC_BYTES
        if size > BODY_BYTES_MAX:
            return NO_FRAME
        if len(buffer) < max(size, DATA_AT):
            return NO_FRAME if final else NEED_MORE
        return size

    def judged(self, size: int, *, good: bool) -> None:
        """Nothing to learn."""


def decode(received: bytes) -> Remark:
    data = data_of(received) if received[:1] == PREAMBLE[:1] else _bare(received)
    if data is None:
        raise FrameError("half a frame")
    told = COMMANDS.get(data[:2], f"command {data[:2].hex(' ').upper()}")
    if data[:2] == TEXT:
        lines, colour = decode_text(frame(data))
        told = f"shows in {colour}: {' / '.join(lines)}"
    return Remark("LED card", told)


def _bare(body: bytes) -> bytes:
    if len(body) < DATA_AT + CRC_BYTES or body[-CRC_BYTES:] != crc16(body[:-CRC_BYTES], 0):
        raise FrameError(f"CRC does not fit: {body[:16].hex(' ')}")
    return body[DATA_AT:-CRC_BYTES]


FIELD = "app-tools-zxw 2.2.4 (MIT)"
PINGED = bytes.fromhex("01 00 00 80 00 00 00 00 00 00 FE 02 05 00 A2 00 01 00 00 68 F8")

FORMAT = OverheardFormat(
    name="onbon-bx6",
    title="Onbon (仰邦) BX-6 cards, as they are told",
    splitter=OnbonFrames,
    decode=decode,
    has_checksum=True,
    examples=(
        Example(PREAMBLE + PINGED + bytes((END,)), Remark("LED card", "ping"), "field", FIELD),
        Example(PINGED, Remark("LED card", "ping"), "field", FIELD),
    ),
)
