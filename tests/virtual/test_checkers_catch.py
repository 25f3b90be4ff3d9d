"""A checker that never saw a bug proves nothing: each goes red on a mistake made for it, and is green without it."""

import pytest
from seeded_bugs import SEEDED, Seeded

from weighgate.virtual.checkers import CHECKERS
from weighgate.virtual.world import run_seed


def broken(one: Seeded) -> tuple[str, ...]:
    return run_seed(one.seed, swarm=one.swarm, checkers=[] if one.checker is None else [one.checker()]).broken


@pytest.mark.parametrize("name", SEEDED)
def test_a_seeded_bug_is_seen_and_its_absence_too(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    one = SEEDED[name]
    monkeypatch.setattr("weighgate.virtual.world.DRAIN_S", 60.0)
    assert broken(one) == ()
    one.bug(monkeypatch)
    blamed = "liveness" if one.checker is None else one.checker.name
    assert [line for line in broken(one) if line.startswith(f"{blamed}: ")]


def test_every_checker_has_its_bug() -> None:
    assert {one.checker for one in SEEDED.values()} >= {*CHECKERS, None}
