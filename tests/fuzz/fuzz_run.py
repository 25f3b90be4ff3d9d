"""Millions of hostile inputs: python tests/fuzz/fuzz_run.py --inputs 10000000 --seed 1 --report last.json

Each target has its share. What fails is printed with the bytes that did it and the seed that repeats it.
"""

import argparse
import json
import os
import random
import resource
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

from rich.progress import Progress

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from mutation import Corpus
from targets import Target, targets

GROWTH_KIB_MAX = 64 * 1024


def fuzz_named(name: str, inputs: int, seed: int) -> dict[str, object]:
    return fuzz(next(target for target in targets() if target.name == name), inputs, seed)


def fuzz(target: Target, inputs: int, seed: int) -> dict[str, object]:
    """One target's inputs. Whatever escapes it is a fault, told with the bytes that did it."""
    name, corpus = target.name, Corpus(target.seeds, random.Random(f"{seed} {target.name}"))
    before_kib = _resident_kib()
    began_s = time.process_time()
    for number in range(inputs):
        data = corpus.next()
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


def run(inputs: int, seed: int, workers: int) -> list[dict[str, object]]:
    names = [target.name for target in targets()]
    share = -(-inputs // len(names))
    done = []
    with Progress() as progress, ProcessPoolExecutor(workers) as pool:
        bar = progress.add_task("fuzzing", total=len(names))
        for future in as_completed([pool.submit(fuzz_named, name, share, seed) for name in names]):
            done.append(future.result())
            progress.advance(bar)
    return sorted(done, key=lambda row: str(row["target"]))


def main(words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inputs", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--report", type=Path)
    given = parser.parse_args(words)
    rows = run(given.inputs, given.seed, given.workers)
    faults = [row for row in rows if row["fault"]]
    for row in faults:
        print(f"{row['target']}: {row['fault']}\n  bytes {row.get('bytes')}\n  repeat with --seed {given.seed}")
    total = sum(int(str(row["inputs"])) for row in rows)
    print(f"{total} inputs, {len(rows)} targets, {len(faults)} faults")
    if given.report is not None:
        given.report.write_text(json.dumps({"seed": given.seed, "inputs": total, "targets": rows}, indent=1) + "\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
