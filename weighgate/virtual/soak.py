"""Many seeds, side by side: a progress bar, a table of what broke, and a ledger that says what was run.

A failing seed is worth keeping: the table prints the command that repeats it.
"""

import contextlib
import gc
import json
import multiprocessing
import shutil
import subprocess
import time
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from weighgate.virtual.world import Outcome, run_seed

SHOWN_MAX = 40
SEEDS_A_WORKER = 50  # then a fresh process: nothing one world left in memory reaches many others


@dataclass(frozen=True, slots=True)
class Plan:
    """Which seeds; and for one long world, how many hours and which site files."""

    first: int
    count: int
    hours: float | None = None
    sites: tuple[Path, ...] = ()
    jobs: int | None = None
    """Processes side by side; None for as many as there are processors."""

    def command(self, seed: int) -> str:
        """What repeats one of them."""
        words = [f"weighgate virtual --seed {seed}"]
        words += [f"--hours {self.hours:g}"] if self.hours else []
        words += [f"--sites {path}" for path in self.sites]
        return " ".join(words)


def run_one(seed: int, *, hours: float | None, sites: tuple[Path, ...]) -> Outcome:
    """One seed; a mistake in the world itself is an outcome too."""
    try:
        return run_seed(seed, hours=hours, sites=sites)
    except Exception:  # noqa: BLE001 - one broken world must not end the other nine thousand
        return Outcome(seed, "", (f"world: {traceback.format_exc(limit=-3)}",), 0.0, 0, 0, ())


def outcomes(plan: Plan) -> Iterator[Outcome]:
    """As they come."""
    seeds = range(plan.first, plan.first + plan.count)
    run = partial(run_one, hours=plan.hours, sites=plan.sites)
    if plan.count == 1:
        yield from map(run, seeds)
        return
    spawn = multiprocessing.get_context("spawn")
    # what is loaded before the first world is no garbage, and need not be looked through in every world
    with spawn.Pool(plan.jobs, initializer=gc.freeze, maxtasksperchild=SEEDS_A_WORKER) as pool:
        yield from pool.imap_unordered(run, seeds)


def soak(plan: Plan, console: Console, *, ledger: Path | None = None, as_json: bool = False) -> int:
    """Run them all and tell; the exit code: 0 when no invariant was broken. Interrupted, it tells what it came to."""
    begun = time.monotonic()
    done: list[Outcome] = []
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        disable=as_json or plan.count == 1,
    ) as progress:
        task = progress.add_task("worlds", total=plan.count)
        with contextlib.suppress(KeyboardInterrupt):
            for outcome in outcomes(plan):
                done.append(outcome)
                progress.advance(task)
                if outcome.broken:
                    progress.console.print(f"seed {outcome.seed}: {outcome.broken[0]}", style="red", markup=False)
    done.sort(key=lambda one: one.seed)
    wall_s = time.monotonic() - begun
    if as_json:
        for one in done:
            print(json.dumps(asdict(one), ensure_ascii=False))
    else:
        _show(plan, done, wall_s, console)
    if ledger is not None:
        _enter(ledger, plan, done, wall_s)
    return 1 if any(one.broken for one in done) else 0


def digest_of(done: Sequence[Outcome]) -> str:
    """One digest of all digests, in the order of the seeds."""
    return sha256("".join(one.digest for one in done).encode()).hexdigest()


def _show(plan: Plan, done: Sequence[Outcome], wall_s: float, console: Console) -> None:
    broken = [one for one in done if one.broken]
    if broken:
        table = Table("seed", "what broke", "what had gone wrong before", title="invariants that did not hold")
        for one in broken[:SHOWN_MAX]:
            table.add_row(str(one.seed), "\n".join(one.broken[:5]), "\n".join(one.faults[:12]))
        console.print(table)
        for one in broken[:SHOWN_MAX]:
            console.print(f"repeat: {plan.command(one.seed)}", markup=False)
    if len(done) == 1:
        for line in done[0].faults:
            console.print(line, markup=False)
    virtual_s = sum(one.virtual_s for one in done)
    table = Table("worlds", "broken", "virtual hours", "crossings", "entries at central", "wall", "digest")
    table.add_row(
        str(len(done)),
        str(len(broken)),
        f"{virtual_s / 3600:.1f}",
        str(sum(one.crossings for one in done)),
        str(sum(one.entries for one in done)),
        f"{wall_s:.0f} s",
        (done[0].digest if len(done) == 1 else digest_of(done))[:16],
    )
    console.print(table)


def commit_here() -> str:
    """Of the checkout this runs in, with "-dirty" where it differs; empty where there is none."""
    git = shutil.which("git")
    if git is None:
        return ""
    words = [git, "describe", "--always", "--dirty", "--abbrev=7"]
    told = subprocess.run(words, cwd=Path(__file__).parent, capture_output=True, text=True, check=False)
    return told.stdout.strip()


def _enter(ledger: Path, plan: Plan, done: Sequence[Outcome], wall_s: float) -> None:
    """One line a run, for ever."""
    line = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit_here(),
        "first": plan.first,
        "count": len(done),
        "broken": [one.seed for one in done if one.broken],
        "virtual_hours": round(sum(one.virtual_s for one in done) / 3600, 2),
        "crossings": sum(one.crossings for one in done),
        "entries": sum(one.entries for one in done),
        "wall_s": round(wall_s),
        "digest": digest_of(done),
    }
    with open(ledger, "a", encoding="utf-8") as out:
        out.write(json.dumps(line) + "\n")
