"""Weilipu (威利普) serial LED card, 9600 8N1: one frame per line of text; the card does not answer.

    F0 01 D0 [line 1..3][mode 01][speed 01][length + 1][colour][text in GB2312][sum of all before, mod 256]

Source: field code in app-tools-zxw 2.2.4 (MIT). Text is written in GB18030, which is GB2312 where that has the
character; a card may not know the rest. Yellow is not on this wire and shows as red.
"""

from drivers.description import UNVERIFIED, Description
from drivers.errors import FrameError
from drivers.signs.sign import SignProtocol
from drivers.signs.text import card_text

HEAD = b"\xf0\x01\xd0"
STATIC, SPEED = 1, 1
COLOURS = {"red": 0, "green": 1, "blue": 2}
WORDS = {code: word for word, code in COLOURS.items()}
LINES_MAX = 3
TEXT_BYTES_MAX = 60
FRAME_BYTES_MIN = 9
BUFFER_BYTES_MAX = 1024


def encode(lines: tuple[str, ...], colour: str) -> bytes:
    """One frame per line, one after another; lines not given are blanked. More than three lines is our own mistake."""
    assert 1 <= len(lines) <= LINES_MAX
    code = COLOURS.get(colour, COLOURS["red"])
    padded = (*lines, *("",) * (LINES_MAX - len(lines)))
    return b"".join(encode_line(number, text, code) for number, text in enumerate(padded, start=1))


def encode_line(number: int, text: str, colour: int) -> bytes:
    """One frame. Text too long for the card is cut between characters."""
    content = card_text(text, TEXT_BYTES_MAX)
    body = HEAD + bytes((number, STATIC, SPEED, len(content) + 1, colour)) + content
    return body + bytes((sum(body) & 0xFF,))


def decode(data: bytes) -> tuple[tuple[str, ...], str]:
    """Lines and colour of frames that `encode` would send, for the simulated card. FrameError says what is wrong."""
    lines = [""] * LINES_MAX
    colour = "red"
    at = 0
    while at < len(data):
        number, text, colour, size = _line(data[at:])
        lines[number - 1] = text
        at += size
    while len(lines) > 1 and not lines[-1]:
        lines.pop()
    return tuple(lines), colour


def _line(data: bytes) -> tuple[int, str, str, int]:
    if len(data) < FRAME_BYTES_MIN or data[:3] != HEAD:
        raise FrameError(f"not a frame of this card: {data[:16].hex(' ')}")
    number, length, colour = data[3], data[6], data[7]
    size = 8 + length
    if not 1 <= length <= TEXT_BYTES_MAX + 1 or len(data) < size:
        raise FrameError(f"length {length} does not fit the frame")
    if sum(data[: size - 1]) & 0xFF != data[size - 1]:
        raise FrameError(f"sum {data[size - 1]:02X} should be {sum(data[: size - 1]) & 0xFF:02X}")
    if not 1 <= number <= LINES_MAX or colour not in WORDS:
        raise FrameError(f"line {number} or colour {colour} is not on this card")
    try:
        text = data[8 : size - 1].decode("gb18030")
    except UnicodeDecodeError as error:
        raise FrameError("text is not GB18030") from error
    return number, text, WORDS[colour], size


class WeilipuCard:
    """A card that keeps three lines, each as it was last told. It never answers."""

    def __init__(self) -> None:
        self.lines: tuple[str, ...] = ()
        self.colour = ""
        self._bytes = b""

    def receive(self, chunk: bytes) -> bytes:
        self._bytes = (self._bytes + chunk)[-BUFFER_BYTES_MAX:]
        while (start := self._bytes.find(HEAD)) >= 0:
            self._bytes = self._bytes[start:]
            if len(self._bytes) < FRAME_BYTES_MIN or len(self._bytes) < 8 + self._bytes[6]:
                break
            try:
                number, text, self.colour, size = _line(self._bytes)
            except FrameError:
                self._bytes = self._bytes[1:]
                continue
            lines = [*self.lines, *("",) * (LINES_MAX - len(self.lines))]
            lines[number - 1] = text
            self.lines, self._bytes = tuple(lines), self._bytes[size:]
        return b""


PROTOCOL = SignProtocol(
    name="weilipu",
    encode=lambda lines, colour: (encode(lines, colour),),
    decode=decode,
    card=WeilipuCard,
    description=Description(
        kind="sign",
        title="Weilipu (威利普) serial LED card",
        models=("Weilipu serial cards with three lines",),
        sources=("field code in app-tools-zxw 2.2.4 (MIT)",),
        proof=("constructed",),
        settings="9600 8N1",
        sample='[lanes.sign]\nprotocol = "weilipu"\nurl = "serial:///dev/ttyUSB3?baudrate=9600"\n',
        unverified=f"{UNVERIFIED}; it does not answer: that it is frozen cannot be seen",
    ),
)
