"""From the last settled reading to the barrier, at the wire, in an idle site and in one that drains a day's backlog.

Real processes: `weighgate run`, `weighgate central` on PostgreSQL, Mosquitto, and the devices of eight lanes on
pseudo-terminals, wired like the shipped quarry (two boards a bus, 9600 baud, polled every 100 ms). The indicator sends
ten frames a second; the clock runs from the moment at which the device writes the frame that completes the settling to
the moment at which the board has read the coil's write. Pseudo-terminals carry bytes at once: a real line at 9600 baud
adds 12.5 ms for the frame and 8.3 ms for the command.
"""

import asyncio
import json
import os
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import httpx
from drafts import fill
from figures import Bench, Figure, Found, Row, Show, percentile
from place import LOCAL_TOKEN, Place, Scales, build_place
from programs import private_folder
from programs_at_work import Program

BARRIER = Row("barrier", "last settled reading to barrier command on the wire, p50/p99")
BACKLOG = Row("backlog", "a day's backlog (one site, 4 000 entries with raw evidence)")
ENTRIES = 4_000
DELAY_MS_MAX, DRAIN_S_MAX, LIVE_RATIO_MAX = 50.0, 30.0, 1.2
WARM_S, IDLE_S = 3.0, 40.0
EMPTY_WAIT_S = 30.0
FIRST_TRUCK_WAIT_S = 60.0  # a quick run on a busy machine may see no truck through in its two seconds
DRAIN_WAIT_S = 90.0
LOOK_S = 0.25
EMPTY_S = 4.0
WATCH_S = 4.0  # a small backlog is gone before a truck is through


@dataclass(frozen=True, slots=True)
class Phase:
    """What happened between two moments. `delays_ms`: at the wire; `deliveries_ms`: from weighed to at central."""

    delays_ms: list[float]
    deliveries_ms: list[float]
    stuck: int
    early: int

    @property
    def whole(self) -> bool:
        """Whether a truck was let go, and a weighing reached central."""
        return bool(self.delays_ms and self.deliveries_ms)


def devices(place: Place, kind: str) -> Program:
    """The simulated devices' own process."""
    command = [sys.executable, str(Path(__file__).with_name("devices.py")), kind, str(place.folder), place.web]
    (place.folder / "ready").unlink(missing_ok=True)
    return Program(f"devices-{kind}", command, place.folder, (place.folder / "ready").exists)


def state(place: Place) -> dict[str, Any]:
    """What the gateway's own page shows."""
    answer = httpx.get(f"{place.web}/api/v1/state", headers={"authorization": f"Bearer {LOCAL_TOKEN}"}, timeout=10)
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    return found


def outbox(place: Place) -> dict[str, Any]:
    found: dict[str, Any] = state(place)["outbox"]
    return found


def phase(place: Place, began_s: float, ended_s: float) -> Phase:
    """By the moments of CLOCK_MONOTONIC between which the openings lie."""
    delays, stuck, early = [], 0, 0
    for line in (place.folder / "events").read_text().splitlines():
        event = json.loads(line)
        if not began_s <= event["at_s"] < ended_s:
            continue
        if event["what"] == "stuck":
            stuck += 1
        elif event["took_s"] is None:
            early += 1
        else:
            delays.append(event["took_s"] * 1000)
    offset_s = time.time() - time.monotonic()
    with place.connect() as connection:
        rows = connection.execute(
            "SELECT received_ms - at_ms FROM entries WHERE lane <> 'day-before' AND at_ms >= %s AND at_ms < %s",
            ((began_s + offset_s) * 1000, (ended_s + offset_s) * 1000),
        ).fetchall()
    return Phase(delays, [float(row[0]) for row in rows], stuck, early)


def _at_work(place: Place) -> tuple[Program, Program]:
    """Gateway and devices; the first trucks come when the gateway has seen every platform empty.

    A truck that stands there before its scale is heard is met by a gateway that wakes: it opens with the first frame it
    hears, whichever that is, and not with the second. That is right, and says nothing about delays.
    """
    hush = place.folder / "hush"
    hush.touch()
    gateway = place.start(place.gateway())
    crossing = place.start(devices(place, "lanes"))
    until_s = time.monotonic() + EMPTY_WAIT_S
    while any(lane["state"] != "empty" for lane in state(place)["lanes"].values()):
        if time.monotonic() > until_s:
            raise TimeoutError(f"not every platform is seen empty after {EMPTY_WAIT_S:g} s: {state(place)['lanes']}")
        time.sleep(LOOK_S)
    os.sync()  # what files and programs before this one left to be written must not hold up the journal's fsync
    hush.unlink()
    time.sleep(WARM_S)
    return gateway, crossing


def _idle(place: Place, idle_s: float) -> Phase:
    gateway, crossing = _at_work(place)
    began_s = time.monotonic()
    time.sleep(idle_s)
    found = phase(place, began_s, time.monotonic())
    while not found.whole and time.monotonic() < began_s + idle_s + FIRST_TRUCK_WAIT_S:
        time.sleep(LOOK_S)
        found = phase(place, began_s, time.monotonic())
    (place.folder / "hush").touch()  # lanes become empty: a truck cut short would rightly be held at the next start
    time.sleep(EMPTY_S)
    crossing.stop()
    gateway.stop()
    return found


@dataclass(frozen=True, slots=True)
class Drain:
    """`entries_s`, `evidence_s`: from the first acknowledgement until nothing of the backlog waited."""

    while_draining: Phase
    entries_s: float
    evidence_s: float
    late: str = ""


def _drain(place: Place, programs: list[Program], show: Show) -> Drain:
    """The site is at work with its full outbox when the line to central comes back."""
    _at_work(place)
    full = outbox(place)["pending"]
    for program in programs:
        place.start(program)
    until_s = time.monotonic() + DRAIN_WAIT_S
    began_s = entries_s = evidence_s = None
    while time.monotonic() < until_s:
        now, at_s = outbox(place), time.monotonic()
        if began_s is None and now["pending"] < full:
            began_s = at_s
        if began_s is not None and entries_s is None and now["pending"] < 20:
            entries_s = at_s - began_s
        show(f"draining: {now['pending']} entries, {now['evidence']} pieces of evidence")
        if evidence_s is None and entries_s is not None and began_s is not None and now["evidence"] < 20:
            evidence_s = at_s - began_s
        if evidence_s is not None and entries_s is not None and began_s is not None and at_s - began_s > WATCH_S:
            found = phase(place, began_s, at_s)
            if found.whole:
                return Drain(found, entries_s, evidence_s)
        time.sleep(LOOK_S)
    if began_s is None:
        raise TimeoutError(f"nothing was acknowledged in {DRAIN_WAIT_S:g} s: {outbox(place)}")
    now_s, left = time.monotonic(), outbox(place)
    late = f"not drained after {now_s - began_s:.0f} s: {left['pending']} entries, {left['evidence']} pieces wait"
    return Drain(phase(place, began_s, now_s), entries_s or now_s - began_s, now_s - began_s, late)


def _delays(name: str, found: Phase) -> list[Figure]:
    if not found.whole:
        raise ValueError(
            f"{name}: barriers opened {len(found.delays_ms)}, weighings at central {len(found.deliveries_ms)}"
        )
    return [
        Figure(f"{name}, p50 of {len(found.delays_ms)}", percentile(found.delays_ms, 50), "ms"),
        Figure(f"{name}, p99", percentile(found.delays_ms, 99), "ms", at_most=DELAY_MS_MAX),
        Figure(f"{name}, highest", max(found.delays_ms), "ms"),
    ]


def measure(quick: bool, show: Show) -> Found:
    count, idle_s = (40, 2.0) if quick else (ENTRIES, IDLE_S)
    with private_folder() as folder, ExitStack() as stack:
        place = build_place(
            folder, stack, Scales(lambda n: f"serial://{folder}/ports/scale-{n}?baudrate=9600", "yaohua-continuous-0",
                                  gear=True),
        )  # fmt: skip
        show("idle")
        place.start(place.database())
        broker, central = place.broker(), place.central()
        for program in (broker, central):
            place.start(program)
        idle = _idle(place, idle_s)
        for program in (central, broker):
            program.stop()
        show(f"storing {count} weighings")
        raw_bytes = asyncio.run(fill(folder / "site.toml", count, raw=True))
        drain = _drain(place, [broker, central], show)
    busy = drain.while_draining
    said = f"backlog: {count} entries, {raw_bytes / 1e6:.0f} MB of evidence; live weighings meanwhile: "
    remarks = [said + f"{len(busy.deliveries_ms)}, in the idle phase: {len(idle.deliveries_ms)}"]
    remarks += [f"backlog: {drain.late}; the seconds shown are what had passed"] if drain.late else []
    for name, found in (("idle", idle), ("draining", busy)):
        if found.stuck or found.early:
            remarks.append(f"{name}: {found.stuck} trucks were not let go, {found.early} before they had settled")
    barrier = [*_delays("idle", idle), *_delays("backlog draining", busy)]
    barrier.append(Figure("trucks not let go, or too early", idle.stuck + idle.early + busy.stuck + busy.early, "",
                          at_most=0))  # fmt: skip
    live, quiet = median(busy.deliveries_ms), median(idle.deliveries_ms)
    figures = [
        Figure("entries drained", drain.entries_s, "s", at_most=DRAIN_S_MAX),
        Figure("entries and evidence drained", drain.evidence_s, "s", at_most=DRAIN_S_MAX),
        Figure("reading to barrier, draining ÷ idle (p50)",
               percentile(busy.delays_ms, 50) / percentile(idle.delays_ms, 50), "×", at_most=LIVE_RATIO_MAX),
        Figure("weighed to at central, idle (p50)", quiet, "ms"),
        Figure("weighed to at central, draining (p50)", live, "ms"),
        Figure("weighed to at central, draining ÷ idle (p50)", live / quiet, "×", at_most=LIVE_RATIO_MAX),
    ]  # fmt: skip
    return Found({BARRIER.key: barrier, BACKLOG.key: figures}, remarks)


BENCH = Bench((BARRIER, BACKLOG), measure)
