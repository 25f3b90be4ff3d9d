"""Worlds in which nothing may break: chosen ones that together meet every fault, found ones, and one never seen."""

import csv
import random
from collections import Counter
from pathlib import Path

import pytest
from choose_seeds import NAMES, TWICE, ills_of

from weighgate.virtual.soak import Plan
from weighgate.virtual.world import run_seed

HERE = Path(__file__).parent


def _listed(name: str) -> list[int]:
    with (HERE / name).open(encoding="utf-8") as table:
        return [int(row["seed"]) for row in csv.DictReader(table)]


CHOSEN, FOUND = _listed("chosen.csv"), _listed("found.csv")


def nothing_breaks(seed: int) -> None:
    outcome = run_seed(seed)
    told = "\n".join((*outcome.broken, "what had gone wrong before:", *outcome.faults))
    assert not outcome.broken, f"{told}\nrepeat: {Plan(seed, 1).command(seed)}"


@pytest.mark.parametrize("seed", [seed for seed in CHOSEN if seed not in FOUND])
def test_a_chosen_world_holds(seed: int) -> None:
    nothing_breaks(seed)


@pytest.mark.parametrize("seed", FOUND)
def test_a_world_that_once_broke_holds(seed: int) -> None:
    nothing_breaks(seed)


def test_a_world_that_nobody_has_seen_holds() -> None:
    nothing_breaks(random.SystemRandom().randrange(1 << 40))


def test_the_chosen_worlds_meet_every_fault_twice() -> None:
    met = Counter(name for seed in CHOSEN for name in ills_of(seed))
    assert {name for name in NAMES if met[name] < TWICE} == set(), (
        "choose anew: python tests/virtual/choose_seeds.py 0 200"
    )
