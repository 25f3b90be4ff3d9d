"""Inputs that are almost right: what a wire, a torn file or a hostile sender makes of a good one.

Guided by outcome: an input whose answer nobody gave before (another error, another kind of reading) is kept and mutated
further, so that deeper branches are reached than by noise.
"""

import random
import re
from collections.abc import Sequence

TELLING = bytes.fromhex("00 01 02 03 0a 0d 1b 20 22 2b 2c 2d 2e 30 39 3a 3c 3d 3e 5b 5c 7b 7d 7f 80 a5 ae fe ff")
INPUT_BYTES_MAX = 512
"""Or four times the longest seed: what is longer than some frames only repeats itself, and slowly."""
CORPUS_MAX = 512
VARYING = re.compile(r"""\d+|'(?:[^'\\]|\\.)*('|$)|"(?:[^"\\]|\\.)*("|$)""", re.DOTALL)
"""Of an outcome: numbers and what is quoted from the input, to its end even where that was cut off."""
VALUE = re.compile(rb'"[^"]{0,60}"|[-+]?[0-9][0-9.]*|>[^<]{1,60}<')
TOKENS = (
    b"", b"0", b"-1", b"1e999", b"NaN", b"9" * 40, b"0." + b"3" * 40, b"null", b"true", b'""', b"[]", b"{}", b"=", b",",
    b'"\\ud800"', b'"\\u0000"', b"\xef\xbb\xbf", b"\xe8\xb1", b"2026-02-30", b"[" * 3000, b'{"a":' * 1500,
    b"<!ENTITY a 'b'>", b"&a;",
)  # fmt: skip
"""What may stand for a value in JSON, TOML, XML and CSV, and what should not."""


class Corpus:
    """Good inputs, and those mutants that had an outcome of their own."""

    def __init__(self, seeds: Sequence[bytes], draw: random.Random) -> None:
        assert seeds
        self._inputs = list(seeds)
        self._bytes_max = max(INPUT_BYTES_MAX, 4 * max(map(len, seeds)))
        self._outcomes: set[str] = set()
        self._draw = draw

    @property
    def outcomes(self) -> int:
        return len(self._outcomes)

    def next(self) -> bytes:
        data = bytearray(self._draw.choice(self._inputs))
        for _ in range(1 + min(int(self._draw.expovariate(0.7)), 8)):
            self._draw.choice(MUTATIONS)(self, data)
        return bytes(data[: self._bytes_max])

    def learn(self, data: bytes, outcome: str) -> None:
        """Keep what did something new; `outcome` loses its numbers and quoted parts first."""
        plain = VARYING.sub("#", outcome)[:200]
        if plain not in self._outcomes and len(self._inputs) < CORPUS_MAX:
            self._outcomes.add(plain)
            self._inputs.append(data)

    # each changes `data` where it stands ---------------------------------------------------------------------------

    def _flip(self, data: bytearray) -> None:
        if data:
            data[self._at(data)] ^= 1 << self._draw.randrange(8)

    def _put(self, data: bytearray) -> None:
        if data:
            data[self._at(data)] = self._draw.choice(TELLING)

    def _insert(self, data: bytearray) -> None:
        at = self._draw.randrange(len(data) + 1)
        data[at:at] = bytes(self._draw.choices(TELLING, k=self._draw.randrange(1, 5)))

    def _lose(self, data: bytearray) -> None:
        if data:
            at = self._at(data)
            del data[at : at + self._draw.randrange(1, 5)]

    def _tear(self, data: bytearray) -> None:
        if data:
            del data[self._at(data) :]

    def _repeat(self, data: bytearray) -> None:
        if data:
            at = self._at(data)
            piece = data[at : at + self._draw.randrange(1, 17)]
            data[at:at] = piece * self._draw.choice((1, 2, 3, 50))
            del data[self._bytes_max :]

    def _splice(self, data: bytearray) -> None:
        other = self._draw.choice(self._inputs)
        if data and other:
            data[self._at(data) :] = other[self._draw.randrange(len(other)) :]

    def _swap(self, data: bytearray) -> None:
        if len(data) > 1:
            at = self._draw.randrange(len(data) - 1)
            data[at], data[at + 1] = data[at + 1], data[at]

    def _say(self, data: bytearray) -> None:
        found = VALUE.search(data, self._at(data)) if data else None
        if found is not None:
            data[slice(*found.span())] = self._draw.choice(TOKENS)

    def _at(self, data: bytearray) -> int:
        return self._draw.randrange(len(data))


MUTATIONS = (
    Corpus._flip, Corpus._put, Corpus._insert, Corpus._lose, Corpus._tear, Corpus._repeat, Corpus._splice, Corpus._swap,
    Corpus._say,
)  # fmt: skip
