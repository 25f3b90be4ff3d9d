"""What 0x64 display and voice boards are told on a line they may share. Frames: drivers/signs/board_64.py."""

from drivers.errors import FrameError
from drivers.framing import NEED_MORE, NO_FRAME
from drivers.overheard.format import OverheardFormat
from drivers.protocol import Example, Remark
from drivers.signs.board_64 import CRC_BYTES, HEAD_BYTES, LAST, SPEAK, VERSION, Board64, parsed

LINK = 0xE1
TEXT_FROM, LINK_FROM = 1, 32


class Board64Frames:
    """By the fixed bytes behind the address, then by the length they carry."""

    size_max = HEAD_BYTES + 255 + CRC_BYTES

    def size(self, buffer: bytes | bytearray, *, final: bool) -> int:
        fixed = bytes((VERSION,)) + LAST
        if not fixed.startswith(bytes(buffer[1:4])):
            return NO_FRAME
        if len(buffer) < HEAD_BYTES or len(buffer) < (size := HEAD_BYTES + buffer[5] + CRC_BYTES):
            return NO_FRAME if final else NEED_MORE
        return size

    def judged(self, size: int, *, good: bool) -> None:
        """Nothing to learn."""


def decode(received: bytes) -> Remark:
    found = parsed(received)
    if found is None or found[2] != len(received):
        raise FrameError("half a frame")
    command, data, _ = found
    board = Board64()
    board.take(command, data)
    if command == SPEAK and board.spoken:
        return Remark("voice board", f"speaks: {board.spoken}")
    if shown := "".join(board.lines):
        return Remark("display board", f"shows: {shown}")
    texts = [text.decode("ascii", "replace") for text in data[LINK_FROM:].split(b"\0") if text]
    return Remark("display board", f"command {command:02X}" + (f": {' '.join(texts)}" if command == LINK else ""))


FORMAT = OverheardFormat(
    name="board-64",
    title="0x64 display and voice boards (gate cameras), as they are told",
    splitter=Board64Frames,
    decode=decode,
    has_checksum=True,
    examples=(
        Example(
            bytes.fromhex("00 64 FF FF 30 09 01 BB B6 D3 AD B9 E2 C1 D9 32 58"),
            Remark("voice board", "speaks: 欢迎光临"), "manual", "Zhenshi serial sample",
        ),
    ),
)  # fmt: skip
