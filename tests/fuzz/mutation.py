"""Inputs that are almost right: what a wire, a torn file or a hostile sender makes of a good one.

Guided by outcome: an input whose answer nobody gave before (another error, another kind of reading) is kept and mutated
further, so that deeper branches are reached than by noise.
"""

import random
import re
from collections.abc import Sequence

TELLING = bytes.fromhex("00 01 02 03 0a 0d 1b 20 22 2b 2c 2d 2e 30 39 3a 3c 3d 3e 5b 5c 7b 7d 7f 80 a5 ae fe ff")
INPUT_BYTES_MAX = 4096
CORPUS_MAX = 512
DIGITS = re.compile(r"\d+|'[^']*'|b'[^']*'|\"[^\"]*\"")


class Corpus:
    """Good inputs, and those mutants that had an outcome of their own."""

    def __init__(self, seeds: Sequence[bytes], draw: random.Random) -> None:
        assert seeds
        self._inputs = list(seeds)
        self._outcomes: set[str] = set()
        self._draw = draw

    @property
    def outcomes(self) -> int:
        return len(self._outcomes)

    def next(self) -> bytes:
        data = bytearray(self._draw.choice(self._inputs))
        for _ in range(1 + min(int(self._draw.expovariate(0.7)), 8)):
            self._draw.choice(MUTATIONS)(self, data)
        return bytes(data[:INPUT_BYTES_MAX])

    def learn(self, data: bytes, outcome: str) -> None:
        """Keep what did something new; `outcome` loses its numbers and quoted parts first."""
        plain = DIGITS.sub("#", outcome)[:200]
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
            del data[INPUT_BYTES_MAX:]

    def _splice(self, data: bytearray) -> None:
        other = self._draw.choice(self._inputs)
        if data and other:
            data[self._at(data) :] = other[self._draw.randrange(len(other)) :]

    def _swap(self, data: bytearray) -> None:
        if len(data) > 1:
            at = self._draw.randrange(len(data) - 1)
            data[at], data[at + 1] = data[at + 1], data[at]

    def _at(self, data: bytearray) -> int:
        return self._draw.randrange(len(data))


MUTATIONS = (
    Corpus._flip, Corpus._put, Corpus._insert, Corpus._lose, Corpus._tear, Corpus._repeat, Corpus._splice, Corpus._swap,
)  # fmt: skip
