"""Lie about a file, run its tests, see them red: python tests/mutants/mutant_run.py PLAN [--only NAME]

A plan (tests/mutants/*.toml) names files, the tests that must notice, and the survivors that have a reason. A survivor
without one ends the run with exit code 1; so does a reason whose mutant now dies. It works in a copy of the tree.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
import python_mutants
import toml_mutants
from python_mutants import Mutant
from rich.progress import Progress

ROOT = Path(__file__).resolve().parents[2]

MUTANT_S_MAX = 60  # a lie that makes a loop endless is noticed too
RED, GREEN = 1, 0


@dataclass(frozen=True, slots=True)
class Job:
    """One file with the pytest words that must go red."""

    file: str
    tests: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    jobs: tuple[Job, ...]
    reasons: dict[tuple[str, str, str], str]


def load_plan(path: Path) -> Plan:
    found = tomllib.loads(path.read_text(encoding="utf-8"))
    jobs = tuple(
        Job(
            str(file.relative_to(ROOT)),
            tuple(word.replace("{name}", file.stem.replace("_", "-")) for word in group["tests"]),
        )
        for group in found["group"]
        for pattern in group["files"]
        for file in sorted(ROOT.glob(pattern))
        if file.name not in group.get("except", ["__init__.py"])
    )
    reasons = {(one["file"], one["was"], one["became"]): one["reason"] for one in found.get("survivor", [])}
    return Plan(jobs, reasons)


def mutants_of(file: Path) -> list[Mutant]:
    made = toml_mutants if file.suffix == ".toml" else python_mutants
    return list(made.mutants(file.read_text(encoding="utf-8")))


def survivors(job: Job, tree: Path) -> Iterator[Mutant]:
    """The lies about this file that its tests did not notice; nothing where the tests are red without any."""
    file = tree / job.file
    truth = file.read_text(encoding="utf-8")
    if _run(job.tests, tree) != GREEN:
        raise SystemExit(f"{job.file}: its tests {' '.join(job.tests)} are not green without a mutant")
    for mutant in mutants_of(file):
        file.write_text(mutant.text, encoding="utf-8")
        for cached in file.parent.glob(f"__pycache__/{file.stem}.*.pyc"):
            cached.unlink()
        try:
            if _run(job.tests, tree) == GREEN:
                yield mutant
        finally:
            file.write_text(truth, encoding="utf-8")


def _run(tests: Sequence[str], tree: Path) -> int:
    """pytest in a child of this process, which has everything heavy loaded already."""
    child = os.fork()
    if child == 0:
        os.chdir(tree)
        sys.path[:] = [str(tree), *(path for path in sys.path if path not in ("", str(ROOT)))]
        sys.dont_write_bytecode = True
        signal.alarm(MUTANT_S_MAX)
        with Path(os.devnull).open("w") as nowhere:
            os.dup2(nowhere.fileno(), 1)
            os.dup2(nowhere.fileno(), 2)
        words = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--no-header", *tests]
        os._exit(RED if pytest.main(words) else GREEN)
    _, status = os.waitpid(child, 0)
    return GREEN if status == 0 else RED


def _copy(folder: str) -> Path:
    """What git knows and what stands beside it, without history and environments."""
    tree = Path(folder) / "tree"
    names = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in filter(None, names.stdout.decode().split("\0")):
        if (ROOT / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, tree / name)
    return tree


def main(words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("plan", type=Path)
    parser.add_argument("--only", default="", help="files whose path has this in it")
    given = parser.parse_args(words)
    plan = load_plan(given.plan)
    jobs = [job for job in plan.jobs if given.only in job.file]
    counts = {job.file: len(mutants_of(ROOT / job.file)) for job in jobs}
    unexplained, alive, explained = [], 0, set()
    with tempfile.TemporaryDirectory() as folder, Progress() as progress:
        tree = _copy(folder)
        bar = progress.add_task("lying", total=sum(counts.values()))
        for job in jobs:
            for mutant in survivors(job, tree):
                alive += 1
                name = (job.file, mutant.was, mutant.became)
                explained.add(name)
                if name not in plan.reasons:
                    unexplained.append((job.file, mutant))
            progress.advance(bar, counts[job.file])
    for file, mutant in unexplained:
        print(
            f'[[survivor]]\nfile = "{file}"  # line {mutant.line}\nwas = {mutant.was!r}\nbecame = {mutant.became!r}\n'
        )
    stale = [name for name in plan.reasons if name not in explained and name[0] in counts]
    for name in stale:
        print(f"has a reason and dies now: {name}")
    print(f"{sum(counts.values())} mutants of {len(jobs)} files, {alive} survived, {len(unexplained)} without a reason")
    return 1 if unexplained or stale else 0


if __name__ == "__main__":
    sys.exit(main())
