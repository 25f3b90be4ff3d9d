"""Finding frames in a stream of bytes that may begin anywhere, break anywhere and lie.

A splitter looks at the front of the buffer and says how long the frame standing there is, if one does. It never
consumes: `drivers.protocol.Reader` owns the buffer, decodes the candidate, and on refusal drops one byte and looks
again, so that a broken frame never takes its neighbour with it.
"""

from typing import Protocol

NEED_MORE = 0
NO_FRAME = -1


class Splitter(Protocol):
    """One per open link; it may learn from what it sees. Pure: bytes in, a length out."""

    size_max: int
    """It never asks for more than this many bytes."""

    def size(self, buffer: bytes | bytearray, *, final: bool) -> int:
        """Bytes of the frame that begins at `buffer[0]`, or NEED_MORE, or NO_FRAME.

        `buffer` is not empty. `final`: nothing will follow, so NEED_MORE means NO_FRAME.
        """

    def judged(self, size: int, *, good: bool) -> None:
        """Told after each candidate of `size` bytes whether it decoded."""


class FixedFrames:
    """Frames of one size between a start and an end byte that cannot occur inside."""

    def __init__(self, *, start: int, end: int, size: int) -> None:
        assert size >= 2
        self.size_max = size
        self._start, self._end = start, end

    def size(self, buffer: bytes | bytearray, *, final: bool) -> int:
        if buffer[0] != self._start:
            return NO_FRAME
        if len(buffer) < self.size_max:
            return NO_FRAME if final else NEED_MORE
        return self.size_max if buffer[self.size_max - 1] == self._end else NO_FRAME

    def judged(self, size: int, *, good: bool) -> None:
        """A fixed frame has nothing to learn."""
