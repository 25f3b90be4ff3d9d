"""Lie about a file, run its tests, see them red: python tests/mutants/mutant_run.py [PLAN ...]

A plan (tests/mutants/*.toml, all of them where none is named) names files, the tests that must notice, and the
survivors that have a reason. A survivor without one ends the run with exit code 1, and so does a reason whose mutant is
noticed by now. Nothing is written to the tree.
"""

import argparse
import json
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from forks import answers
from mutant_import import is_noticed, is_noticed_by_all_examples, load_what_the_plan_imports
from mutant_plan import ROOT, Plan, load_plan
from mutant_session import Left, look_quickly

PLANS = Path(__file__).parent
PLAN_S_MAX, LOOK_S_MAX, LONG_LOOK_S_MAX = 7200, 90, 300
TOLD_EACH = 50


@dataclass(slots=True)
class Count:
    """How far one part of the run is, told where the run began: a child's own output goes nowhere."""

    what: str
    total: int
    done: int = 0
    out: int = field(default_factory=lambda: os.dup(sys.stdout.fileno()))

    def tick(self, alive: str = "") -> None:
        """One more is done; `alive` names it where nothing has noticed it so far."""
        self.done += 1
        if alive:
            os.write(self.out, f"\rnot yet noticed: {alive}\n".encode())
        if os.isatty(self.out):
            os.write(self.out, f"\r{self.what}: {self.done} of {self.total} ".encode())
        elif self.done % TOLD_EACH == 0 or self.done == self.total:
            os.write(self.out, f"{self.what}: {self.done} of {self.total}\n".encode())


@dataclass(frozen=True, slots=True)
class Outcome:
    plan: Plan
    alive: tuple[str, ...]

    @property
    def unexplained(self) -> list[str]:
        return [name for name in self.alive if name not in self.plan.reasons]

    def stale(self, *, whole: bool) -> list[str]:
        """Reasons whose mutant is noticed or, where the whole plan was run, is not made any more."""
        made = {lie.name for lie in self.plan.lies}
        return [name for name in self.plan.reasons if name not in self.alive and (whole or name in made)]


def run(plan: Plan, jobs: int) -> Outcome:
    """Raises SystemExit where the tests are red without any mutant."""
    count = Count(plan.name, len(plan.lies))
    ((_, left),) = answers(
        [plan], lambda plan: look_quickly(plan, jobs=jobs, tick=count.tick), jobs=1, cpu_s_max=PLAN_S_MAX
    )
    if left is None:
        raise SystemExit(f"{plan.name}: its tests are red without any mutant")
    load_what_the_plan_imports(plan)
    return Outcome(plan, tuple(_alive(plan, left, jobs)))


def _alive(plan: Plan, left: Sequence[Left], jobs: int) -> Iterator[str]:
    """Those that no test notices; whoever has no reason is asked again, with all examples."""
    alive, asked = [one.lie for one in left if one.alive], [one for one in left if not one.alive]
    count = Count(f"{plan.name}, thoroughly", len(asked))
    looks = answers(asked, lambda one: is_noticed(one.lie, one.first, plan.leave_out), jobs=jobs, cpu_s_max=LOOK_S_MAX)
    for one, noticed in looks:
        count.tick()
        if noticed is False:
            alive.append(one.lie)
    yield from (lie.name for lie in alive if lie.name in plan.reasons)
    unexplained = [lie for lie in alive if lie.name not in plan.reasons]
    again = answers(
        unexplained,
        lambda lie: is_noticed_by_all_examples(lie, plan.leave_out),
        jobs=jobs,
        cpu_s_max=LONG_LOOK_S_MAX,
    )
    for lie, noticed in again:
        if noticed is False:
            print(f"\rSURVIVES  {lie.name}", flush=True)
            yield lie.name


def _line(outcome: Outcome, cpu_s: float) -> dict[str, object]:
    """What the ledger keeps of a plan that was run whole."""
    from weighgate.virtual.soak import commit_here

    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit_here(),
        "plan": outcome.plan.name,
        "mutants": len(outcome.plan.lies),
        "survive": len(outcome.alive),
        "without_reason": len(outcome.unexplained),
        "cpu_s": round(cpu_s),
    }


def main(words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("plans", nargs="*", type=Path, metavar="PLAN")
    parser.add_argument("--only", default="", help="mutants whose plan and name have this in it")
    parser.add_argument("--every", type=int, default=1, help="each so-manieth mutant")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="how many at once")
    parser.add_argument("--ledger", type=Path, help="a file that gets one line more for each plan that was run whole")
    given = parser.parse_args(words)
    whole, ill = not given.only and given.every == 1, 0
    for path in given.plans or sorted(PLANS.glob("*.toml")):
        plan = load_plan(path, given.only)
        plan = replace(plan, lies=plan.lies[:: given.every])
        if not plan.lies:
            continue
        began_s = _cpu_s()
        outcome = run(plan, given.jobs)
        stale = outcome.stale(whole=whole)
        for name in stale:
            print(f"has a reason and is noticed, or is not made any more: {name}")
        alone = len(outcome.unexplained)
        print(
            f"{plan.name}: {len(plan.lies)} mutants, {len(outcome.alive)} survive, {alone} without a reason", flush=True
        )
        if whole and given.ledger:
            with given.ledger.open("a", encoding="utf-8") as ledger:
                ledger.write(json.dumps(_line(outcome, _cpu_s() - began_s)) + "\n")
        ill += alone + len(stale)
    return 1 if ill else 0


def _cpu_s() -> float:
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    sys.exit(main())
