"""The same seed is the same world, to the last byte, in whatever order Python hashes its strings."""

import os
import subprocess
import sys

SEEDS = (4, 12)
TOLD = f"from weighgate.virtual.world import run_seed\nfor seed in {SEEDS}: print(run_seed(seed))"


def told(hash_seed: str) -> list[str]:
    environ = {**os.environ, "PYTHONHASHSEED": hash_seed}
    done = subprocess.run([sys.executable, "-c", TOLD], env=environ, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_a_seed_is_one_world_however_strings_are_hashed() -> None:
    one = told("1")
    assert len(one) == len(SEEDS)
    assert all("entries=0" not in line and "digest=''" not in line for line in one)
    assert one == told("2")
