"""Write chosen.csv: seeds that together draw every fault at least twice, cheap ones first.

python tests/virtual/choose_seeds.py FIRST COUNT
"""

import csv
import sys
import time
from collections import Counter
from pathlib import Path

from weighgate.virtual.swarm import FAULTS, WIRE_FAULTS, draw
from weighgate.virtual.world import run_seed

TWICE, WANTED = 2, 22
NAMES = (*FAULTS, *(f"wire-{name}" for name in WIRE_FAULTS))


def ills_of(seed: int) -> set[str]:
    """What this seed's world suffers from."""
    swarm = draw(seed)
    wires = {f"wire-{name}" for name in WIRE_FAULTS if getattr(swarm.wires, name)}
    return {fault.name for fault in swarm.faults} | wires


def chosen(costs_s: dict[int, float]) -> list[int]:
    """Greedily: what adds most for its time; then whatever is cheapest."""
    names = {seed: ills_of(seed) for seed in costs_s}
    seen: Counter[str] = Counter()
    found: list[int] = []
    while len(found) < WANTED:
        missing = {name for name in NAMES if seen[name] < TWICE}
        rest = [seed for seed in costs_s if seed not in found]
        best = max(rest, key=lambda seed: (len(names[seed] & missing) / costs_s[seed], -costs_s[seed]))
        found.append(best)
        seen.update(names[best])
    assert all(seen[name] >= TWICE for name in NAMES), "offer more seeds to choose from"
    return sorted(found)


def main(first: int, count: int) -> None:
    costs_s = {}
    for seed in range(first, first + count):
        begun_s = time.process_time()
        run_seed(seed)
        costs_s[seed] = time.process_time() - begun_s
    with (Path(__file__).parent / "chosen.csv").open("w", encoding="utf-8", newline="") as out:
        table = csv.writer(out, lineterminator="\n")
        table.writerow(("seed", "sites", "suffers"))
        for seed in chosen(costs_s):
            table.writerow((seed, " ".join(draw(seed).kinds), " ".join(sorted(ills_of(seed)))))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
