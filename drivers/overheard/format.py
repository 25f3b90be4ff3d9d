"""A wire format that carries no weight: enough of it to cut its frames and say what they are."""

from collections.abc import Callable
from dataclasses import dataclass

from drivers.framing import Splitter
from drivers.protocol import Example, Remark


@dataclass(frozen=True, slots=True)
class OverheardFormat:
    """`decode` raises FrameError, and nothing else, for bytes that are not a frame."""

    name: str
    title: str
    splitter: Callable[[], Splitter]
    decode: Callable[[bytes], Remark]
    has_checksum: bool
    examples: tuple[Example, ...]
