"""Finding frames in a stream of bytes that may begin anywhere, break anywhere and lie.

A splitter looks at the front of the buffer and says how long the frame standing there is, if one does. It never
consumes: `drivers.protocol.Reader` owns the buffer, decodes the candidate, and on refusal drops one byte and looks
again, so that a broken frame never takes its neighbour with it.

    FixedFrames   one size between two bytes            FixedLines   text of known sizes, without a head of its own
    Enclosed      any size between two bytes            Lines        text with a head, to CR LF, LF or CR
    StartFrames   one size from a byte on

A line without a head is cut by size alone: the rest of a broken one must never pass for a shorter, smaller number.
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


class _Unlearned:
    """Most wires have nothing to learn."""

    def judged(self, size: int, *, good: bool) -> None:
        """Nothing to learn."""


class FixedFrames(_Unlearned):
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


class StartFrames(_Unlearned):
    """Frames of one size from a start byte on; nothing marks their end but the next one."""

    def __init__(self, *, start: int, size: int) -> None:
        assert size >= 2
        self.size_max = size
        self._start = start

    def size(self, buffer: bytes | bytearray, *, final: bool) -> int:
        if buffer[0] != self._start:
            return NO_FRAME
        if len(buffer) < self.size_max:
            return NO_FRAME if final else NEED_MORE
        return self.size_max


class Enclosed(_Unlearned):
    """Frames from one of the `first` bytes to the next `end`, at most `size_max` bytes in all."""

    def __init__(self, *, first: bytes, end: bytes, size_max: int) -> None:
        assert 0 < len(end) < size_max
        self.size_max = size_max
        self._first, self._end = first, end

    def size(self, buffer: bytes | bytearray, *, final: bool) -> int:
        if buffer[0] not in self._first:
            return NO_FRAME
        at = buffer.find(self._end, 1, self.size_max)
        if at >= 0:
            return at + len(self._end)
        return NO_FRAME if final or len(buffer) >= self.size_max else NEED_MORE


class FixedLines(_Unlearned):
    """Text lines of one of some sizes, their `end` included: by the end standing where it must."""

    def __init__(self, *sizes: int, end: bytes = b"\r\n") -> None:
        assert sizes == tuple(sorted(sizes))
        assert len(end) < sizes[0]
        self.size_max = sizes[-1]
        self._sizes, self._end = sizes, end

    def size(self, buffer: bytes | bytearray, *, final: bool) -> int:
        for size in self._sizes:
            if len(buffer) < size:
                return NO_FRAME if final else NEED_MORE
            if buffer[size - len(self._end) : size] == self._end:
                return size
        return NO_FRAME


class Lines(_Unlearned):
    """Text lines that begin with one of the `first` bytes. They end in CR LF, LF or CR, which is part of the frame.

    After a lone CR it waits for the byte behind it, which may be its LF.
    """

    def __init__(self, *, first: bytes, size_max: int) -> None:
        assert set(first).isdisjoint(b"\r\n"), "a line does not begin with its end"
        self.size_max = size_max
        self._first = first

    def size(self, buffer: bytes | bytearray, *, final: bool) -> int:
        if buffer[0] not in self._first:
            return NO_FRAME
        line_feed = buffer.find(b"\n", 0, self.size_max)
        before = line_feed if line_feed >= 0 else self.size_max - 1  # a CR there leaves no room for its LF
        carriage_return = buffer.find(b"\r", 0, before)
        if carriage_return < 0:
            if line_feed >= 0:
                return line_feed + 1
            return NO_FRAME if final or len(buffer) >= self.size_max else NEED_MORE
        if carriage_return + 1 == line_feed:
            return line_feed + 1
        if carriage_return + 1 < len(buffer) or final:
            return carriage_return + 1
        return NEED_MORE
