"""What the edge process costs with eight scales at ten readings a second, and beside thingsboard-gateway.

First eight indicators that talk on pseudo-terminals: every frame sent is counted at the device, every frame read by the
gateway. Then eight instruments behind Modbus TCP, read ten times a second by us and by thingsboard-gateway, as shipped
and tuned. It publishes what it reads to the broker; ours feeds its passages and has nothing to tell, as no truck comes.
What both were asked to do is the same: read eight scales ten times a second. As shipped its connector asks once for
each register it is to tell, three times a reading; tuned, once, as ours does. Processor time is the kernel's own count.
"""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import peer
import psutil  # type: ignore[import-untyped,unused-ignore]
from backlog import devices
from figures import Bench, Figure, Found, MissingPeerError, Row, Show
from place import LANES, LOCAL_TOKEN, Place, Scales, build_place
from programs import private_folder
from programs_at_work import Program

ROW = Row(
    "edge", "edge process, 8 lanes × 10 frames/s: CPU, RSS, readings lost; and the same 8 Modbus devices at 10 Hz"
)
RSS_MB_MAX = 100.0
MEASURE_S, WARM_S, PEER_WARM_S = 20.0, 4.0, 12.0
SETTLE_S = 0.6
IMPORTS = Path(__file__).with_name("imports.py")
PEERS = {"as shipped": "shipped", "tuned": "tuned"}


@dataclass(frozen=True, slots=True)
class Load:
    """Of one process over one while. `polls`: requests to all devices together, a second."""

    cpu_percent: float
    rss_mb: float
    polls: float


def counters(place: Place, plant: Program) -> dict[str, Any]:
    """What the devices have counted until now."""
    assert plant.process is not None
    file = place.folder / "counters.json"
    file.unlink(missing_ok=True)
    os.kill(plant.process.pid, signal.SIGUSR1)
    until_s = time.monotonic() + 5
    while not file.exists():
        if time.monotonic() > until_s:
            raise TimeoutError(f"the devices do not count: {plant.log_tail()}")
        time.sleep(0.005)
    found: dict[str, Any] = json.loads(file.read_text())
    return found


def health(place: Place) -> dict[str, Any]:
    answer = httpx.get(f"{place.web}/api/v1/state", headers={"authorization": f"Bearer {LOCAL_TOKEN}"}, timeout=10)
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()["devices"]
    return found


def observe(place: Place, plant: Program, who: Program, measure_s: float) -> Load:
    assert who.process is not None
    process = psutil.Process(who.process.pid)
    before, polls_before, began_s = process.cpu_times(), counters(place, plant), time.monotonic()
    time.sleep(measure_s)
    after, polls_after, took_s = process.cpu_times(), counters(place, plant), time.monotonic() - began_s
    spent_s = after.user + after.system - before.user - before.system
    read = sum(polls_after.get("polls", [])) - sum(polls_before.get("polls", []))
    span_s = polls_after["at_s"] - polls_before["at_s"]
    return Load(100 * spent_s / took_s, process.memory_info().rss / 1e6, read / span_s)


def _talking(measure_s: float) -> tuple[Load, int, int, list[str]]:
    """Indicators on pseudo-terminals: the load, frames sent, frames read, and what was wrong."""
    with private_folder() as folder, ExitStack() as stack:
        scales = Scales(lambda n: f"serial://{folder}/ports/scale-{n}?baudrate=9600", "yaohua-continuous-0", gear=False)
        place = build_place(folder, stack, scales, http=False)
        place.start(place.broker())
        (folder / "hush").touch()  # no frame before somebody listens: it would be lost, and rightly so
        plant = place.start(devices(place, "frames"))
        gateway = place.start(place.gateway())
        gateway.stop()  # the first start made the journal; what a day's start holds in memory is measured
        place.start(gateway)
        time.sleep(WARM_S)
        _refuse_lost(health(place))
        (folder / "hush").unlink()
        time.sleep(WARM_S / 2)
        load = observe(place, plant, gateway, measure_s)
        (folder / "hush").touch()
        time.sleep(SETTLE_S)
        sent, found = counters(place, plant)["sent"], health(place)
        read = [found[f"scale-{lane + 1}"] for lane in range(LANES)]
        rejected = sum(one["rejected"] for one in read)
        dropped = [f"{rejected} frames were rejected"] if rejected else []
        return load, sum(sent), sum(one["frames"] for one in read), dropped


def _refuse_lost(found: dict[str, Any]) -> None:
    """A port that another program on this machine holds is no reading lost by us."""
    lost = [one["reason"] for name, one in found.items() if name.startswith("scale-") and one["state"] == "lost"]
    if lost:
        raise OSError(f"{len(lost)} ports cannot be opened: {lost[0]}")


def _polling(measure_s: float, warm_s: float, show: Show) -> tuple[dict[str, Load], list[str]]:
    """Eight Modbus devices: ours, then the peer in both settings, the same devices throughout."""
    found: dict[str, Load] = {}
    remarks: list[str] = []
    with private_folder() as folder, ExitStack() as stack:
        (folder / "ports").mkdir()
        plant = devices(Place(folder, {"web": 0}, stack), "modbus")
        Place(folder, {"web": 0}, stack).start(plant)
        ports = json.loads((folder / "ports" / "modbus.json").read_text())
        scales = Scales(lambda n: f"tcp://127.0.0.1:{ports[n]}", "modbus:laumas", gear=False)
        place = build_place(folder, stack, scales)
        place.start(place.broker())
        show("8 Modbus devices: ours")
        gateway = place.start(place.gateway())
        gateway.stop()
        place.start(gateway)
        time.sleep(WARM_S)
        found["ours"] = observe(place, plant, gateway, measure_s)
        gateway.stop()
        for name, settings in PEERS.items():
            show(f"8 Modbus devices: thingsboard-gateway, {name}")
            try:
                other = peer.gateway(folder, settings, place.ports["broker"], ports)
            except MissingPeerError as error:
                remarks.append(str(error))
                break
            place.start(other)
            time.sleep(warm_s)
            found[name] = observe(place, plant, other, measure_s)
            if not found[name].polls:
                remarks.append(f"thingsboard-gateway, {name}, did not poll: {other.log_tail()[-400:]}")
                del found[name]
            other.stop()
    return found, remarks


def _where_memory_goes() -> list[str]:
    """What each part adds to an empty interpreter's RSS, imported in this order."""
    done = subprocess.run([sys.executable, str(IMPORTS)], check=True, capture_output=True, text=True)
    steps = ", ".join(f"{name} {mb:.1f}" for name, mb in json.loads(done.stdout))
    return [f"edge: RSS of an empty interpreter and what each import adds to it, MB: {steps}"]


def measure(quick: bool, show: Show) -> Found:
    measure_s, warm_s = (1.0, 1.0) if quick else (MEASURE_S, PEER_WARM_S)
    show("8 indicators")
    load, sent, read, remarks = _talking(measure_s)
    if quick:
        polled, more = {}, ["edge: the peer is left out in a quick run"]
    else:
        polled, more = _polling(measure_s, warm_s, show)
    figures = [
        Figure("8 indicators: CPU of one core", load.cpu_percent, "%"),
        Figure("8 indicators: RSS", load.rss_mb, "MB", at_most=RSS_MB_MAX),
        Figure("8 indicators: frames sent", sent, ""),
        Figure("8 indicators: readings lost", sent - read, "", at_least=0, at_most=0),
    ]
    for name, one in polled.items():
        who = "ours" if name == "ours" else f"thingsboard-gateway {name}"
        figures += [
            Figure(f"8 Modbus devices, {who}: requests", one.polls, "1/s"),
            Figure(f"8 Modbus devices, {who}: CPU of one core", one.cpu_percent, "%"),
            Figure(f"8 Modbus devices, {who}: RSS", one.rss_mb, "MB"),
        ]
    ours = polled.get("ours")
    for name, one in polled.items():
        if ours is not None and name != "ours":
            ratio = ours.cpu_percent / one.cpu_percent
            figures.append(Figure(f"CPU, ours ÷ thingsboard-gateway {name}", ratio, "×", at_most=1))
    return Found({ROW.key: figures}, [*remarks, *more, *_where_memory_goes()])


BENCH = Bench((ROW,), measure)
