"""Everything that reads bytes from outside, each with good inputs and the one error it may answer with."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from drivers.errors import FrameError
from drivers.protocol import Reader, Rejected, ScaleProtocol, load_protocols

CHUNKS = (1, 3, 16, 4096)
GOOD_FRAMES_AFTER = 3


@dataclass(frozen=True, slots=True)
class Target:
    """`read` answers with what it made of the bytes, as text, or fails."""

    name: str
    seeds: tuple[bytes, ...]
    read: Callable[[bytes], str]


def targets() -> Iterator[Target]:
    from lane_targets import lane_targets

    for protocol in load_protocols().values():
        frames = tuple(example.frame for example in protocol.examples)
        yield Target(f"stream of {protocol.name}", frames, Stream(protocol))
        yield Target(f"frame of {protocol.name}", frames, one_frame(protocol))
    yield from lane_targets()


def one_frame(protocol: ScaleProtocol) -> Callable[[bytes], str]:
    """A candidate as the splitter cuts it: a decoder is never given anything else."""

    def read(data: bytes) -> str:
        splitter = protocol.splitter()
        size = splitter.size(data, final=True) if data else 0
        if size <= 0:
            return "no candidate"
        assert size <= splitter.size_max
        try:
            return type(protocol.decode(data[:size])).__name__
        except FrameError as error:
            return str(error)

    return read


class Stream:
    """Any bytes in any pieces, then good frames: at most one of them may be lost to what stood before it."""

    def __init__(self, protocol: ScaleProtocol) -> None:
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
        return f"{len(refused)} {refused[:1]}"
