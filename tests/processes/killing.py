"""Kills at random moments of a seed, under load; then peace, and everything must arrive.

A victim is killed once there is work under way (the gateway has promised something since the last kill; central, if it
is the victim, has been believed since), or, one time in six, wherever in its start it happens to be. It is started
again at once.
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ledger import Findings, delivered_ids, depth, examine, promised, wrongly_delivered
from programs_at_work import still_running
from stand import Stand, build_stand

STEP_S = 0.02
AT_WORK_S_MAX = 90.0  # seen on a busy machine: half a minute for a start
HEAL_S_MAX = 240.0
DELAY_S_MAX = {"gateway": 1.5, "central": 0.8, "broker": 0.4, "database": 0.4}
STARTING_SHARE = 1 / 6
PACE_MIN_PER_S = 1.0

Show = Callable[[str, int, int], None]
"""What is being done, how much of it is done, and how much there is."""


@dataclass
class Result:
    """One run in figures. `faults` empty is what was promised."""

    store: str
    seed: int
    entries: int
    kills: dict[str, int]
    starts: dict[str, int]
    falls: dict[str, dict[int, int]]
    exits: dict[str, int]
    checks_between: int
    kill_s: float
    heal_s: float
    stored_during_kills: int
    delivered_during_kills: int
    findings: Findings
    faults: list[str] = field(default_factory=list)

    def as_document(self) -> dict[str, Any]:
        return {
            **{name: getattr(self, name) for name in self.__dataclass_fields__ if name != "findings"},
            "kill_s": round(self.kill_s, 1),
            "heal_s": round(self.heal_s, 1),
            "findings": self.findings.as_document(),
        }


class Run:
    def __init__(self, stand: Stand, kills: int, rng: random.Random, show: Show) -> None:
        self._stand, self._kills, self._rng, self._show = stand, kills, rng, show
        self._begun = time.monotonic()
        self._done = 0
        self.checks = 0
        self.faults: list[str] = []

    def kill_all(self) -> None:
        """Every kill of the plan; the load is kept going until the last."""
        victims = list(self._stand.programs.values())
        while self._done < self._kills:
            self._keep_pace()
            victim = victims[self._done] if self._done < len(victims) else self._rng.choice(victims)
            if self._rng.random() < STARTING_SHARE:
                self._wait(self._rng.uniform(0, 1.5))
            else:
                self._until_at_work(victim.name)
                self._wait(self._rng.uniform(0, DELAY_S_MAX[victim.name]))
            if not victim.running or not victim.kill():
                continue  # it had ended by itself: that is a fall, and no kill
            self._done += 1
            if victim.name == "central":
                self._check_delivered()
            victim.start()
            if victim.name == "database":  # it must answer before it can be asked what it kept
                await_ready(self._stand, victim.name)
                self._check_delivered()
            self._show("killing", self._done, self._kills)

    def heal(self) -> None:
        """No more kills: until all is promised and nothing is pending; a fault when that does not come."""
        self._stand.set_pace(0)
        until = time.monotonic() + HEAL_S_MAX
        entries = self._stand.entries
        while time.monotonic() < until:
            self._wait(0.2)
            counts = depth(self._stand)
            self._show("healing", counts["delivered"], entries)
            told = counts["stored"] >= entries and len(promised(self._stand)) >= entries
            if told and counts["delivered"] == counts["stored"] and counts["evidence"] == 0:
                return
        self.faults.append(f"not healed within {HEAL_S_MAX:g} s: {depth(self._stand)}")

    def _wait(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while True:
            self._stand.look_after()
            left_s = until - time.monotonic()
            if left_s <= 0:
                return
            time.sleep(min(STEP_S, left_s))

    def _until_at_work(self, name: str) -> None:
        """The load flows again since the last kill, and central, if it is the victim, has been believed since."""
        program = self._stand.programs[name]
        told, delivered = len(promised(self._stand)), len(delivered_ids(self._stand))
        until = time.monotonic() + AT_WORK_S_MAX
        while time.monotonic() < until:
            self._wait(STEP_S)
            answered = name != "central" or len(delivered_ids(self._stand)) > delivered
            if program.running and len(promised(self._stand)) > told and answered:
                return
        self.faults.append(f"{name} was not at work {AT_WORK_S_MAX:g} s after it should have been")

    def _keep_pace(self) -> None:
        """So many entries a second that the load keeps step with the kills, whatever time the gateway was gone; and
        some are left for the last victim, who would otherwise never be at work.
        """
        due = self._stand.entries * (self._done + 1) / (self._kills + 1)
        behind = due - depth(self._stand)["stored"]
        passed_s = time.monotonic() - self._begun
        each_s = passed_s / self._done if self._done else 1.0
        self._stand.set_pace(max(PACE_MIN_PER_S, behind / each_s))

    def _check_delivered(self) -> None:
        """Whatever the outbox calls delivered at this moment must be in the database."""
        wrong = wrongly_delivered(self._stand)
        if wrong is None:
            return
        self.checks += 1
        if wrong:
            self.faults.append(f"called delivered and not at central: {len(wrong)}, such as {min(wrong)}")


def run_kills(folder: Path, *, kills: int, entries: int, seed: int, store: str, show: Show) -> Result:
    """Start everything in this empty folder, kill, heal, stop, examine."""
    stand = build_stand(folder, entries=entries, store=store)
    run = Run(stand, kills, random.Random(seed), show)
    exits: dict[str, int] = {}
    try:
        for program in stand.programs.values():
            program.start()
            await_ready(stand, program.name)
        begun = time.monotonic()
        run.kill_all()
        at_last_kill = depth(stand)
        killed = time.monotonic()
        run.heal()
        healed = time.monotonic()
        for name in ("gateway", "central"):
            await_ready(stand, name)  # one that is still starting ends without a word
            exits[name] = stand.programs[name].stop()
        findings = examine(stand)
    finally:
        exits |= {name: code for name, code in stand.stop().items() if name not in exits}
    programs = stand.programs.values()
    result = Result(
        store=store,
        seed=seed,
        entries=entries,
        kills={program.name: program.kills for program in programs},
        starts={program.name: program.starts for program in programs},
        falls={program.name: dict(program.falls) for program in programs},
        exits=exits,
        checks_between=run.checks,
        kill_s=killed - begun,
        heal_s=healed - killed,
        stored_during_kills=at_last_kill["stored"],
        delivered_during_kills=at_last_kill["delivered"],
        findings=findings,
    )
    result.faults = [*run.faults, *findings.faults, *_process_faults(result, folder)]
    return result


def await_ready(stand: Stand, name: str) -> None:
    until = time.monotonic() + AT_WORK_S_MAX
    while not stand.programs[name].ready():
        assert time.monotonic() < until, stand.programs[name].log_tail()
        stand.programs[name].look_after()
        time.sleep(STEP_S)


def _process_faults(result: Result, folder: Path) -> list[str]:
    """Nobody ends by itself, but central while its database is gone and a database that waits for its old self."""
    excused = {"central", "database"} if result.store == "postgresql" else set()
    faults = [
        f"{name} ended by itself: {codes}" for name, codes in result.falls.items() if codes and name not in excused
    ]
    faults += [f"{name} did not stop when asked: exit {code}" for name, code in result.exits.items() if code != 0]
    faults += [f"left running: {line}" for line in still_running(folder)]
    if result.findings.journal < result.entries:
        faults.append(f"{result.findings.journal} entries in the journal, not {result.entries}")
    return faults
