r"""How small pieces of evidence travel together: one body for as many as fit, each said by its hash and its length.

    <sha256, 64 hex digits> <length, decimal>\n<that many bytes>   again and again

Central answers which of them it has, whole and on its disk. What it does not name travels alone, and is told why there.
"""

import re
from collections.abc import Sequence

TOGETHER_BYTES_MAX = 256 * 1024
"""Of a body: as much as a slow line carries in one piece of a large file."""

TOGETHER_MAX = 64
"""Pieces in a body."""

_HEAD = re.compile(rb"([0-9a-f]{64}) ([0-9]{1,6})\n")
HEAD_BYTES_MAX = 64 + 1 + 6 + 1


def together_of(pieces: Sequence[tuple[str, bytes]]) -> bytes:
    """One body of these, each its SHA-256 (hex) and its bytes. They fit: see `how_many`."""
    body = b"".join(b"%b %d\n%b" % (sha256.encode(), len(content), content) for sha256, content in pieces)
    assert len(pieces) <= TOGETHER_MAX
    assert len(body) <= TOGETHER_BYTES_MAX
    return body


def how_many(lengths: Sequence[int]) -> int:
    """Of pieces of these lengths, in order: the first so many fit into one body."""
    total = 0
    for number, length in enumerate(lengths[:TOGETHER_MAX]):
        total += HEAD_BYTES_MAX + length
        if total > TOGETHER_BYTES_MAX:
            return number
    return min(len(lengths), TOGETHER_MAX)


def apart(body: bytes) -> list[tuple[str, bytes]]:
    """The pieces of a body; whether the bytes are those of the hash is the caller's to see.

    Raises:
        ValueError: it is no such body, or longer than one may be.
    """
    if len(body) > TOGETHER_BYTES_MAX:
        raise ValueError(f"{len(body)} bytes; at most {TOGETHER_BYTES_MAX} travel together")
    found: list[tuple[str, bytes]] = []
    at = 0
    while at < len(body):
        head = _HEAD.match(body, at)
        if head is None or len(found) == TOGETHER_MAX:
            raise ValueError(f"no piece begins at byte {at}, or it is one more than {TOGETHER_MAX}")
        end = head.end() + int(head[2])
        if end > len(body):
            raise ValueError(f"the piece at byte {at} ends behind the body")
        found.append((head[1].decode(), body[head.end() : end]))
        at = end
    return found
