"""Everything that reads bytes from outside, each with good inputs and the one error it may answer with."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from drivers.errors import FrameError
from drivers.overheard import load_formats
from drivers.overheard.format import OverheardFormat
from drivers.protocol import Reader, Rejected, ScaleProtocol, WireFormat, load_protocols

CHUNKS = (1, 3, 16, 16, 64, 64, 4096, 4096)
GOOD_FRAMES_AFTER = 3


@dataclass(frozen=True, slots=True)
class Target:
    """`read` answers with what it made of the bytes, as text, or fails. `share`: of the inputs that a frame has."""

    name: str
    seeds: tuple[bytes, ...]
    read: Callable[[bytes], str]
    share: float = 1


def targets() -> Iterator[Target]:
    from file_targets import file_targets
    from lane_targets import lane_targets
    from message_targets import message_targets

    for known in (load_protocols(), load_formats()):
        for protocol in known.values():
            frames = tuple(example.frame for example in protocol.examples)
            yield Target(f"stream of {protocol.name}", frames, Stream(protocol))
            yield Target(f"frame of {protocol.name}", frames, one_frame(protocol))
    yield from lane_targets()
    yield from message_targets()
    yield from file_targets()


def one_frame(protocol: WireFormat) -> Callable[[bytes], str]:
    """A candidate as the splitter cuts it: no decoder is given anything else. The same with a checksum that holds."""
    reseal = getattr(protocol, "reseal", None) or bytes

    def read(data: bytes) -> str:
        splitter = protocol.splitter()
        size = splitter.size(data, final=True) if data else 0
        if size <= 0:
            return "no candidate"
        assert size <= splitter.size_max
        told = []
        for frame in {data[:size], reseal(data[:size])}:
            try:
                told.append(type(protocol.decode(frame)).__name__)
            except FrameError as error:
                told.append(str(error))
        return " ".join(sorted(told))

    return read


class Stream:
    """Any bytes in any pieces, then good frames: at most one of them may be lost to what stood before it."""

    def __init__(self, protocol: ScaleProtocol | OverheardFormat) -> None:
        self._protocol = protocol
        self._good = protocol.examples[0]
        self._draw = random.Random(protocol.name)
        self._size_max = protocol.splitter().size_max

    def __call__(self, data: bytes) -> str:
        reader = Reader(self._protocol)
        found = []
        step = self._draw.choice(CHUNKS)
        for at in range(0, len(data), step):
            found += reader.feed(data[at : at + step])
            assert reader.held_bytes <= self._size_max
        after = reader.feed(self._good.frame * GOOD_FRAMES_AFTER) + reader.finish()
        read = [one for one in after if one == self._good.said]
        assert len(read) >= GOOD_FRAMES_AFTER - 1, f"lost its step over {data.hex(' ')}"
        refused = [one.reason for one in found if isinstance(one, Rejected)]
        return f"{'/' * min(len(refused), 9)} {''.join(refused[:1])}"
