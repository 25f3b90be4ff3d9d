"""A few hundred of the millions (`make fuzz`) for every reader."""

import random

import pytest
from fuzz_run import fuzz
from mutation import Corpus
from targets import Target, targets

INPUTS = 300


@pytest.mark.parametrize("target", list(targets()), ids=lambda target: target.name)
def test_nothing_but_the_declared_error(target: Target) -> None:
    row = fuzz(target, max(len(target.seeds), int(INPUTS * target.share)), seed=20)
    assert not row["fault"], row


def test_a_fault_behind_two_turns_is_found_and_told_with_its_bytes() -> None:
    def read(data: bytes) -> str:
        if data[:2] != b"\x02+":
            return "no head"
        if len(data) > 12:
            raise IndexError("past the end")
        return "fine"

    row = fuzz(Target("seeded", (b"\x02+0015600",), read), 2000, seed=1)
    assert "IndexError" in str(row["fault"])
    assert bytes.fromhex(str(row["bytes"])).startswith(b"\x02+")


def test_the_corpus_learns_only_new_outcomes() -> None:
    corpus = Corpus([b"+001560"], random.Random(1))
    corpus.learn(b"a", "checksum 12 should be 13")
    corpus.learn(b"b", "checksum 17 should be 44")
    assert corpus.outcomes == 1
