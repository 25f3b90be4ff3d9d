"""What a Weilipu LED card is told. Frames: drivers/signs/weilipu.py."""

from drivers.framing import NEED_MORE, NO_FRAME
from drivers.overheard.format import OverheardFormat
from drivers.protocol import Example, Remark
from drivers.signs.weilipu import FRAME_BYTES_MIN, HEAD, TEXT_BYTES_MAX, decode


class WeilipuFrames:
    """By the head, then by the length that each carries."""

    size_max = FRAME_BYTES_MIN + TEXT_BYTES_MAX

    def size(self, buffer: bytes | bytearray, *, final: bool) -> int:
        if not HEAD.startswith(bytes(buffer[: len(HEAD)])):
            return NO_FRAME
        if len(buffer) < FRAME_BYTES_MIN:
            return NO_FRAME if final else NEED_MORE
        size = FRAME_BYTES_MIN - 1 + buffer[6]
        if not FRAME_BYTES_MIN <= size <= self.size_max:
            return NO_FRAME
        if len(buffer) < size:
            return NO_FRAME if final else NEED_MORE
        return size

    def judged(self, size: int, *, good: bool) -> None:
        """Nothing to learn."""


def told(received: bytes) -> Remark:
    lines, colour = decode(received)
    return Remark("LED card", f"shows in {colour}: {''.join(lines)}")


FORMAT = OverheardFormat(
    name="weilipu",
    title="Weilipu (威利普) LED card, as it is told",
    splitter=WeilipuFrames,
    decode=told,
    has_checksum=True,
    examples=(
        Example(
            bytes.fromhex("F0 01 D0 01 01 01 08 00 31 32 2E 33 34 B6 D6 50"),
            Remark("LED card", "shows in red: 12.34吨"), "constructed", "",
        ),
    ),
)  # fmt: skip
