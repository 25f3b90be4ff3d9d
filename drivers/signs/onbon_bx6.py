r"""Onbon (仰邦) BX sixth-generation cards: text in dynamic areas, one area for each line, over serial or TCP 5005.

    A5 × 8  [header 14][data][CRC-16, start 0, low first]  5A      between A5 and 5A:  A5 → A6 02   A6 → A6 01
                                                                                       5A → 5B 02   5B → 5B 01
    header  dst 2, src 2 (8000), 3 and 1 reserved, check 0, display 0, device FE, version 02, data length 2
    data    A3 06 01 [rest 2][00][areas 1] and for each: [length 2] type, X in bytes, Y, width in bytes, height, id, …
    text    in GB2312 with \C1 red, \C2 green, \C3 yellow before it

The reply flag asks for an answer; any sound frame that comes back counts as one, for its codes are not documented.
Sources: field code in app-tools-zxw 2.2.4 (MIT), four frames; an installer's page on the text frame.
"""

import re
from typing import Final

from drivers.description import UNVERIFIED, Description
from drivers.errors import FrameError
from drivers.signs.crc import crc16
from drivers.signs.sign import SignProtocol
from drivers.signs.text import card_text

PREAMBLE = b"\xa5" * 8
END = 0x5A
ESCAPES: Final = {0xA5: b"\xa6\x02", 0xA6: b"\xa6\x01", 0x5A: b"\x5b\x02", 0x5B: b"\x5b\x01"}
PLAIN = {pair: bytes((byte,)) for byte, pair in ESCAPES.items()}
HEAD = bytes.fromhex("01 00 00 80 00 00 00 00 00 00 FE 02")
PING = bytes.fromhex("A2 00 01 00 00")
TEXT = b"\xa3\x06"
COLOURS = {"red": b"\\C1", "green": b"\\C2", "yellow": b"\\C3"}
WIDTH_BYTES, LINE_PIXELS = 24, 16
TEXT_BYTES_MAX = 60
BODY_BYTES_MAX = 2048
AREA_HEAD = 27


def frame(data: bytes, head: bytes = HEAD) -> bytes:
    """Everything that goes out for this data."""
    body = head + len(data).to_bytes(2, "little") + data
    body += crc16(body, 0)
    return PREAMBLE + b"".join(ESCAPES.get(byte, bytes((byte,))) for byte in body) + bytes((END,))


def data_of(received: bytes) -> bytes | None:
    """The data of the first whole frame, None while there is none. FrameError for a broken one."""
    start = received.find(0xA5)
    end = received.find(END, start) if start >= 0 else -1
    if end < 0:
        return None
    escaped = received[start:end].lstrip(b"\xa5")
    body = re.sub(rb"[\xa6\x5b].?", lambda pair: PLAIN.get(pair[0], b""), escaped, flags=re.DOTALL)
    if len(body) < 16 or len(body) > BODY_BYTES_MAX or body[-2:] != crc16(body[:-2], 0):
        raise FrameError(f"not a frame of this card: {received[start : start + 16].hex(' ')}")
    data = body[14:-2]
    if int.from_bytes(body[12:14], "little") != len(data):
        raise FrameError(f"data of {len(data)} bytes where {int.from_bytes(body[12:14], 'little')} are told")
    return data


def text_data(areas: tuple[bytes, ...]) -> bytes:
    """The data of the frame that shows these areas."""
    listed = b"".join(len(area).to_bytes(2, "little") + area for area in areas)
    rest = bytes((0, len(areas))) + listed
    return TEXT + b"\x01" + len(rest).to_bytes(2, "little") + rest


def area(text: bytes, number: int, y: int, width: int, height: int, effect: int, speed: int, stay: int) -> bytes:
    """One dynamic area: X 0, wrapping over several lines, as in the field frame."""
    place = b"".join(one.to_bytes(2, "little") for one in (0, y, width, height))
    how = bytes((number, 0, 0, 2, 0, 0, 0, 0, 2, 2, effect, 0, speed, stay))
    return b"\x00" + place + how + len(text).to_bytes(4, "little") + text


def encode(lines: tuple[str, ...], colour: str) -> tuple[bytes, ...]:
    """One frame; each line is an area of its own, standing still. Text too long is cut between characters."""
    mark = COLOURS.get(colour, COLOURS["red"])
    areas = (
        area(mark + _text(line), place, place * LINE_PIXELS, WIDTH_BYTES, LINE_PIXELS, 1, 4, 5)
        for place, line in enumerate(lines)
    )
    return (frame(text_data(tuple(areas))),)


def decode(received: bytes) -> tuple[tuple[str, ...], str]:
    """Lines and colour of a frame that `encode` would send. FrameError says what is wrong."""
    data = data_of(received)
    if data is None or data[:2] != TEXT or len(data) < 7:
        raise FrameError("no text frame")
    lines, colour, at = [], "red", 7
    for _ in range(data[6]):
        size = int.from_bytes(data[at : at + 2], "little")
        one = data[at + 2 : at + 2 + size]
        if len(one) != size or size < AREA_HEAD or int.from_bytes(one[23:27], "little") != size - AREA_HEAD:
            raise FrameError(f"area of {size} bytes")
        text = one[AREA_HEAD:]
        colour = next((name for name, mark in COLOURS.items() if text.startswith(mark)), "red")
        try:
            lines.append(re.sub(rb"^\\C[1-3]", b"", text).decode("gb18030"))
        except UnicodeDecodeError as error:
            raise FrameError("text is not GB18030") from error
        at += 2 + size
    return tuple(lines), colour


def answered(request: bytes, received: bytes) -> bool:
    """Any sound frame of the card."""
    del request
    for chunk in received.split(bytes((END,)))[:-1]:
        try:
            if data_of(chunk + bytes((END,))) is not None:
                return True
        except FrameError:
            continue  # noise; the time-out judges
    return False


def _text(line: str) -> bytes:
    return card_text(line.replace("\\", "/"), TEXT_BYTES_MAX)  # a backslash would begin a command


class OnbonCard:
    """A card that shows its areas and answers every sound frame."""

    def __init__(self) -> None:
        self.lines: tuple[str, ...] = ()
        self.colour = ""
        self._bytes = b""

    def receive(self, chunk: bytes) -> bytes:
        self._bytes = (self._bytes + chunk)[-2 * BODY_BYTES_MAX :]
        answers = b""
        while (end := self._bytes.find(END)) >= 0:
            one, self._bytes = self._bytes[: end + 1], self._bytes[end + 1 :]
            try:
                data = data_of(one)
                if data is not None and data[:2] == TEXT:
                    self.lines, self.colour = decode(one)
            except FrameError:
                continue
            if data is not None:
                answers += frame(b"\xa0\x00\x00\x00\x00")
        return answers


PROTOCOL = SignProtocol(
    name="onbon-bx6",
    encode=encode,
    decode=decode,
    answered=answered,
    probe=frame(PING),
    card=OnbonCard,
    description=Description(
        kind="sign",
        title="Onbon (仰邦) BX-6 dynamic areas",
        models=("Onbon BX-6E, BX-6Q series with dynamic areas",),
        sources=("field code in app-tools-zxw 2.2.4 (MIT)", "an installer's page on the text frame (deanled.cn)"),
        proof=("field",),
        settings="TCP 5005 or serial; the card's address set; a panel of at least 192 by 48 points",
        sample='[lanes.sign]\nprotocol = "onbon-bx6"\nurl = "tcp://192.168.1.50:5005"\n',
        unverified=f"{UNVERIFIED}; the codes of the card's answers; several areas in one frame",
    ),
)
