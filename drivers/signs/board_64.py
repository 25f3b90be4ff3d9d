"""The 485 display and voice board behind gate cameras, the "0x64" family: 9600 8N1.

    [address][64][FF FF][command][data length][data][CRC-16 as Modbus, low first]     answer: the same, 00 is "ok"

    30  speak   data: 01, then the text
    62  show    data: window, 15 01 00 05 00 01 03 00, colour 4, background 4, text length 2, text

One window for each line. Text is GB2312, which GB18030 is where that has the character. Version 100 (64) only; 6E, and
the page with a QR code (E1), have no document that says all their bytes.
Sources: Zhenshi's serial text with its spoken example; field code on GitHub for 62, whose colour order (red, green,
blue) is believed; app-tools-zxw 2.2.4 (MIT) for a frame of E1 that this reads as a frame.
"""

from dataclasses import replace

from drivers.description import UNVERIFIED, Description
from drivers.errors import DeviceError, FrameError
from drivers.signs.crc import crc16
from drivers.signs.sign import SignProtocol
from drivers.signs.text import card_text

ADDRESS, VERSION, LAST = 0x00, 0x64, b"\xff\xff"
SPEAK, SHOW = 0x30, 0x62
HOW = bytes.fromhex("15 01 00 05 00 01 03 00")
COLOURS = {"red": b"\xff\x00\x00\x00", "green": b"\x00\xff\x00\x00", "yellow": b"\xff\xff\x00\x00"}
DATA_BYTES_MAX = 255
TEXT_BYTES_MAX = 200
LINES_MAX = 3
SHOW_HEAD = 19
HEAD_BYTES, CRC_BYTES = 6, 2


def frame(command: int, data: bytes) -> bytes:
    """Everything that goes out."""
    assert len(data) <= DATA_BYTES_MAX
    body = bytes((ADDRESS, VERSION)) + LAST + bytes((command, len(data))) + data
    return body + crc16(body, 0xFFFF)


def parsed(received: bytes) -> tuple[int, bytes, int] | None:
    """Command, data and size of the frame at the front; None while it is not whole. FrameError for a broken one."""
    if len(received) < HEAD_BYTES:
        return None
    size = HEAD_BYTES + received[5] + CRC_BYTES
    if received[1] != VERSION:
        raise FrameError(f"version {received[1]:02X} is not {VERSION:02X}")
    if len(received) < size:
        return None
    if received[size - CRC_BYTES : size] != crc16(received[: size - CRC_BYTES], 0xFFFF):
        raise FrameError(f"CRC does not fit: {received[:16].hex(' ')}")
    return received[4], received[HEAD_BYTES : size - CRC_BYTES], size


def encode_lines(lines: tuple[str, ...], colour: str) -> tuple[bytes, ...]:
    """One frame for each window; lines not given are blanked."""
    padded = (*lines, *("",) * (LINES_MAX - len(lines)))
    return tuple(frame(SHOW, _window(place, line, colour)) for place, line in enumerate(padded))


def encode_speech(lines: tuple[str, ...], colour: str) -> tuple[bytes, ...]:
    """One frame; colour means nothing to a voice."""
    del colour
    return (frame(SPEAK, b"\x01" + card_text(",".join(line for line in lines if line), TEXT_BYTES_MAX)),)


def decode(received: bytes) -> tuple[tuple[str, ...], str]:
    """Lines and colour, or what is spoken, of frames that this board takes. FrameError says what is wrong."""
    board = Board64()
    rest = received
    while rest:
        found = parsed(rest)
        if found is None:
            raise FrameError("half a frame")
        board.take(found[0], found[1])
        rest = rest[found[2] :]
    lines = list(board.lines)
    while len(lines) > 1 and not lines[-1]:
        lines.pop()
    return (board.spoken,) if board.spoken else tuple(lines), board.colour


def answered(request: bytes, received: bytes) -> bool:
    """A frame of the same command with 00. DeviceError for any other code."""
    for start in range(len(received)):
        try:
            found = parsed(received[start:])
        except FrameError:
            continue
        if found is not None and found[0] == request[4] and len(found[1]) >= 1:
            if found[1][-1] != 0:
                raise DeviceError(f"the board answers {found[1][-1]:02X} to command {request[4]:02X}")
            return True
    return False


def _window(place: int, line: str, colour: str) -> bytes:
    text = card_text(line, TEXT_BYTES_MAX)
    head = bytes((place,)) + HOW + COLOURS.get(colour, COLOURS["red"]) + bytes(4)
    return head + len(text).to_bytes(2, "little") + text


class Board64:
    """A board that shows, speaks, and answers 00."""

    def __init__(self) -> None:
        self.lines: tuple[str, ...] = ("",) * LINES_MAX
        self.colour, self.spoken = "red", ""
        self._bytes = b""

    def receive(self, chunk: bytes) -> bytes:
        self._bytes = (self._bytes + chunk)[-1024:]
        answers = b""
        while self._bytes:
            try:
                found = parsed(self._bytes)
                if found is None:
                    break
                self.take(found[0], found[1])
            except FrameError:
                self._bytes = self._bytes[1:]
                continue
            self._bytes = self._bytes[found[2] :]
            answers += frame(found[0], b"\x00")
        return answers

    def take(self, command: int, data: bytes) -> None:
        """One command. FrameError where its data are not as documented; unknown commands are passed over."""
        try:
            if command == SPEAK and data[:1] == b"\x01":
                self.spoken = data[1:].decode("gb18030")
            elif command == SHOW:
                self._show(data)
        except UnicodeDecodeError as error:
            raise FrameError("text is not GB18030") from error

    def _show(self, data: bytes) -> None:
        size = int.from_bytes(data[SHOW_HEAD - 2 : SHOW_HEAD], "little")
        if len(data) != SHOW_HEAD + size or data[0] >= LINES_MAX:
            raise FrameError(f"window {data[:1].hex()} with {len(data)} bytes")
        lines = list(self.lines)
        lines[data[0]] = data[SHOW_HEAD:].decode("gb18030")
        self.lines = tuple(lines)
        self.colour = next((name for name, code in COLOURS.items() if code == data[9:13]), "red")


SOURCES = ("Zhenshi's serial text", "field code on GitHub (command 62)", "app-tools-zxw 2.2.4 (MIT)")
PROTOCOL = SignProtocol(
    name="board-64",
    encode=encode_lines,
    decode=decode,
    answered=answered,
    again=True,
    card=Board64,
    description=Description(
        kind="sign",
        title="0x64 display board (gate cameras), text",
        models=("display boards of the 0x64 family, version 100",),
        sources=SOURCES,
        proof=("field",),
        settings="9600 8N1, address 0",
        sample='[lanes.sign]\nprotocol = "board-64"\nurl = "serial:///dev/ttyUSB3?baudrate=9600"\n',
        unverified=f"{UNVERIFIED}; the frame of the answer; colours other than red",
    ),
)
VOICE = replace(
    PROTOCOL,
    name="voice-64",
    encode=encode_speech,
    again=False,
    description=replace(
        PROTOCOL.description,
        kind="voice",
        title="0x64 voice board (gate cameras)",
        models=("voice boards of the 0x64 family, version 100",),
        proof=("manual",),
        sample='[lanes.voice]\nprotocol = "voice-64"\nurl = "serial:///dev/ttyUSB3?baudrate=9600"\n',
        unverified=f"{UNVERIFIED}; the frame of the answer",
    ),
)
