"""Millions of hostile inputs: python tests/fuzz/fuzz_run.py --inputs 10000000 --seed 1 --report last.json

Each target has its share. What fails is printed with the bytes that did it and the seed that repeats it.
"""

import argparse
import json
import logging
import os
import random
import resource
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import cache
from math import ceil
from pathlib import Path

from rich.progress import Progress

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from mutation import Corpus
from targets import Target, targets

from weighgate.virtual.soak import commit_here

GROWTH_KIB_MAX = 64 * 1024


def fuzz_named(name: str, inputs: int, seed: int) -> dict[str, object]:
    return fuzz(_known()[name], inputs, seed)


@cache
def _known() -> Mapping[str, Target]:
    return {target.name: target for target in targets()}


def fuzz(target: Target, inputs: int, seed: int) -> dict[str, object]:
    """One target's inputs, its seeds first. Whatever escapes it is a fault, told with the bytes that did it."""
    name, corpus = target.name, Corpus(target.seeds, random.Random(f"{seed} {target.name}"))
    before_kib = _resident_kib()
    began_s = time.process_time()
    for number in range(inputs):
        data = target.seeds[number] if number < len(target.seeds) else corpus.next()
        try:
            corpus.learn(data, target.read(data))
        except Exception as error:  # noqa: BLE001 - any escape is what is looked for
            return {
                "target": name,
                "inputs": number + 1,
                "fault": f"{type(error).__name__}: {error}",
                "bytes": data.hex(),
            }
    grown_kib = _resident_kib() - before_kib
    fault = f"grew by {grown_kib} KiB" if grown_kib > GROWTH_KIB_MAX else ""
    seconds = round(time.process_time() - began_s, 1)
    return {"target": name, "inputs": inputs, "outcomes": corpus.outcomes, "seconds": seconds, "fault": fault}


def _resident_kib() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def run(inputs: int, seed: int, workers: int) -> Iterator[list[dict[str, object]]]:
    """All that is done so far, each time another target is done."""
    shares = {target.name: target.share for target in targets()}
    each = inputs / sum(shares.values())
    done: list[dict[str, object]] = []
    with Progress() as progress, ProcessPoolExecutor(workers) as pool:
        bar = progress.add_task("fuzzing", total=len(shares))
        tasks = [pool.submit(fuzz_named, name, ceil(each * share), seed) for name, share in shares.items()]
        for future in as_completed(tasks):
            done.append(future.result())
            progress.advance(bar)
            yield sorted(done, key=lambda row: str(row["target"]))


def main(words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inputs", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--report", type=Path, help="written anew whenever a target is done")
    given = parser.parse_args(words)
    logging.getLogger("pymodbus.logging").setLevel(logging.CRITICAL)  # it tells of each hostile answer
    commit, rows = commit_here(), []
    for rows in run(given.inputs, given.seed, given.workers):
        if given.report is not None:
            report = {"commit": commit, "seed": given.seed, "inputs": _total(rows), "targets": rows}
            given.report.write_text(json.dumps(report, indent=1) + "\n")
    faults = [row for row in rows if row["fault"]]
    for row in faults:
        print(f"{row['target']}: {row['fault']}\n  bytes {row.get('bytes')}\n  repeat with --seed {given.seed}")
    print(f"{_total(rows)} inputs, {len(rows)} targets, {len(faults)} faults")
    return 1 if faults else 0


def _total(rows: Sequence[Mapping[str, object]]) -> int:
    return sum(int(str(row["inputs"])) for row in rows)


if __name__ == "__main__":
    sys.exit(main())
