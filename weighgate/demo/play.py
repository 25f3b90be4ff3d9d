"""The play itself: start everything, break what was asked for, watch, wait until central has it all, and report."""

import importlib.util
import json
import random
import select
import shutil
import signal
import sys
import tempfile
import time
import webbrowser
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.live import Live

from gateway.journal import verify
from weighgate.demo.office import Casebook, Office
from weighgate.demo.office_screen import tables
from weighgate.demo.processes import Child, broker_command, deaths, stop_all, supervise, weighgate
from weighgate.demo.report import Row, counts, failures, read_lines, site_rows
from weighgate.demo.screen import Screen
from weighgate.demo.stage import Stage, build_stage
from weighgate.journals import documents
from weighgate.shipped import config_dir

PLAY_S_MAX = 270
DRAIN_S = 60
RESTART_S = 0.5
KEEPER_WAITS_S = 6
READING_S = 120


@dataclass
class Play:
    """One run. `gateways` and `simulators` by site; `kept`: the gate keeper has let his one truck go."""

    stage: Stage
    screen: Screen
    rng: random.Random
    client: httpx.Client
    children: list[Child] = field(default_factory=list)
    gateways: dict[str, Child] = field(default_factory=dict)
    simulators: dict[str, Child] = field(default_factory=dict)
    restarts: list[str] = field(default_factory=list)
    kept: bool = False
    held_since: dict[str, float] = field(default_factory=dict)
    wire_faults: str = ""

    def start(self) -> None:
        stage = self.stage
        logs = stage.directory / "logs"
        logs.mkdir()
        self.broker = Child("broker", broker_command(stage.broker_port), {}, logs / "broker.log")
        self.central = Child(
            "central", weighgate("central", str(stage.central_file)), stage.environ, logs / "central.log"
        )
        for site in stage.sites:
            words = ("simulate", str(site.file), "--seed", str(site.seed), "--trucks", str(len(site.trucks)))
            self.simulators[site.id] = Child(
                f"simulator {site.id}",
                weighgate(*words, "--truth", str(site.truth), "--wire-faults", self.wire_faults),
                site.environ,
                logs / f"simulator-{site.id}.log",
            )
            self.gateways[site.id] = Child(
                f"gateway {site.id}", weighgate("run", str(site.file)), site.environ, logs / f"gateway-{site.id}.log"
            )
        self.children = [*self.gateways.values(), *self.simulators.values(), self.central, self.broker]
        for child in reversed(self.children):
            child.start()

    # the course of things --------------------------------------------------------------------------------------

    def run(self, *, kills: int, broker_outage_s: int) -> None:
        begun = time.monotonic()
        plan = sorted((10 + self.rng.random() * 80, "kill") for _ in range(kills))
        if broker_outage_s:
            plan += [(25.0, "broker-down"), (25.0 + broker_outage_s, "broker-up")]
        plan.sort()
        services = [*self.gateways.values(), self.central, self.broker]
        due: list[tuple[float, Child]] = []
        while any(child.running for child in self.simulators.values()):
            now = time.monotonic() - begun
            if now > PLAY_S_MAX:
                raise TimeoutError(f"the trucks were not through after {PLAY_S_MAX} s")
            while plan and plan[0][0] <= now:
                due += self._break(plan.pop(0)[1], now)
            for item in [item for item in due if item[0] <= now]:
                due.remove(item)
                item[1].start()
            waiting = [child for _, child in due]
            self.restarts += supervise([child for child in services if child not in waiting])
            self._look()
            time.sleep(0.25)
        for _, child in due:
            child.start()
        if not self.broker.running:
            self.broker.start()

    def _break(self, what: str, now: float) -> list[tuple[float, Child]]:
        if what == "broker-up":
            self.broker.start()
            return []
        if what == "broker-down":
            self.broker.wanted = False
            self.broker.kill()
            self.screen.event("broker is gone")
            return []
        victim = self.rng.choice([*self.gateways.values(), self.central])
        if not victim.running:
            return []
        victim.kill()
        self.screen.event(f"kill -9 {victim.name}")
        return [(now + RESTART_S, victim)]

    def _look(self) -> None:
        """Show where everything stands; and be the gate keeper, who lets one unknown truck go with his name to it."""
        for site in self.stage.sites:
            state = self._state(site.web, site.environ["WEIGHGATE_LOCAL_TOKEN"])
            self.screen.site(site.id, state, truth=site.truth, trucks=len(site.trucks))
            if state and site.name == "quarry" and not self.kept:
                self._keep_gate(site.web, site.environ["WEIGHGATE_LOCAL_TOKEN"], state)

    def _keep_gate(self, web: str, token: str, state: Row) -> None:
        unknown = {line["entry"] for line in state["recent"] if line["outcome"] == "undetermined"}
        for lane in state["lanes"].values():
            entry = lane["held_entry"]
            if entry not in unknown:
                continue
            since = self.held_since.setdefault(entry, time.monotonic())
            if time.monotonic() - since < KEEPER_WAITS_S:
                continue
            answer = self.client.post(
                f"{web}/api/v1/release",
                json={"entry": entry, "by": "demo gate keeper", "reason": "licence shown, loading document checked"},
                headers={"authorization": f"Bearer {token}"},
            )
            self.kept = answer.status_code == 200

    def _state(self, web: str, token: str) -> Row | None:
        try:
            answer = self.client.get(f"{web}/api/v1/state", headers={"authorization": f"Bearer {token}"})
        except httpx.TransportError:
            return None
        return answer.json() if answer.status_code == 200 else None

    # the end ---------------------------------------------------------------------------------------------------

    def drain(self) -> bool:
        """Wait until no outbox holds anything that central has not acknowledged."""
        deadline = time.monotonic() + DRAIN_S
        while time.monotonic() < deadline:
            supervise([*self.gateways.values(), self.central, self.broker])
            states = [self._state(site.web, site.environ["WEIGHGATE_LOCAL_TOKEN"]) for site in self.stage.sites]
            if all(state and state["outbox"].get("pending") == 0 for state in states):
                return True
            time.sleep(0.5)
        return False

    def central_ids(self) -> dict[str, int]:
        """How often each entry id stands at central."""
        found: dict[str, int] = {}
        after: str | None = None
        headers = {"authorization": f"Bearer {self.stage.admin_token}"}
        while True:
            params: dict[str, Any] = {"limit": 200} | ({"after": after} if after else {})
            page = self.client.get(f"{self.stage.central_url}/api/v1/records", params=params, headers=headers).json()
            for record in page["records"]:
                found[record["id"]] = found.get(record["id"], 0) + 1
            after = page.get("next")
            if not after:
                return found

    def casework(self) -> Casebook:
        """An authority works on what the station sent."""
        stage = self.stage
        office = Office(self.client, stage.central_url, stage.office_token, lambda: datetime.now(UTC))
        return office.work(next(site.id for site in stage.sites if site.name == "station"))


def run_demo(
    *,
    headless: bool,
    trucks: int,
    seed: int,
    kills: int,
    broker_outage_s: int,
    report: Path | None,
    directory: Path | None,
    wire_faults: str = "",
) -> int:
    """Play, report, leave nothing running. Returns the exit code: 0 when every promise held."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    console = Console(highlight=False)
    if importlib.util.find_spec("amqtt") is None:
        console.print("the demo's broker is missing; cure: pip install 'weighgate[demo]'", style="red", markup=False)
        return 2
    home = _empty_folder(directory)
    if home is None:
        console.print(f"{directory} is not empty; name a new directory", style="red")
        return 2
    stage = build_stage(home, config_dir(), seed=seed, trucks=trucks)
    screen = Screen(console, headless=headless)
    rng = random.Random(seed)  # noqa: S311 - a plan of faults, not a secret
    play = Play(stage, screen, rng, httpx.Client(timeout=10), wire_faults=wire_faults)
    try:
        with Live(screen, console=console, refresh_per_second=4, transient=headless) if not headless else screen:
            play.start()
            if not headless:
                console.print(f"page: {stage.central_url}/#token={stage.admin_token}", markup=False)
                webbrowser.open(f"{stage.central_url}/#token={stage.admin_token}")
            play.run(kills=kills, broker_outage_s=broker_outage_s)
            drained = play.drain()
            central_ids = play.central_ids()
            book = play.casework()
            console.print(tables(book))
            console.print(f"leads and cases on the page while the demo runs: {stage.central_url}/", markup=False)
            if not headless:
                _let_read(console)
    finally:
        stop_all(play.children)
    document = _report(play, central_ids, book, drained=drained, kills=kills, seed=seed)
    if report:
        report.write_text(json.dumps(document, ensure_ascii=False, indent=1), encoding="utf-8")
    screen.summary(document)
    if directory is None and not document["failures"]:
        shutil.rmtree(home)
    elif document["failures"]:
        console.print(f"kept for inspection: {home}")
    return 1 if document["failures"] else 0


def _empty_folder(directory: Path | None) -> Path | None:
    """The directory that was named, made where it is not there; one of our own where none was. None: not empty."""
    home = Path(directory).resolve() if directory else Path(tempfile.mkdtemp(prefix="weighgate-demo-"))
    if home.exists() and any(home.iterdir()):
        return None
    home.mkdir(parents=True, exist_ok=True)
    return home


def _let_read(console: Console) -> None:
    """Keep the page alive until Enter is pressed, or the time is over; where nobody can press it, not at all."""
    if sys.stdin.isatty():
        console.print(f"the page stays for {READING_S} s; Enter ends the demo")
        select.select([sys.stdin], [], [], READING_S)


def _report(play: Play, central_ids: dict[str, int], book: Casebook, *, drained: bool, kills: int, seed: int) -> Row:
    rows: list[Row] = []
    unproven = 0
    for site in play.stage.sites:
        truth = read_lines(site.truth.read_text(encoding="utf-8"))
        rows += site_rows(site.id, truth, list(documents(site.storage)), central_ids)
        unproven += not verify(site.storage).ok
    total = counts(rows)
    total["journals_not_proven"] = unproven
    faults = (
        failures(total)
        + deaths(play.children)
        + ([] if drained else [f"outboxes were not empty after {DRAIN_S} s"])
        + list(book.faults)
    )
    return {
        "ok": not faults,
        "seed": seed,
        "kills": kills,
        "restarts": play.restarts,
        **total,
        **book.document(),
        "failures": faults,
        "trucks_detail": rows,
    }
