"""The `simulate` command: a site file in, its devices and trucks on real ports out; or the register of its trucks."""

import asyncio
import os
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from simulator.errors import PortError, SimulationError
from simulator.faults import FaultPlan
from simulator.run import run_site
from simulator.vehicles import make_trucks, registers_csv

WIRED = ("scale", "io", "sign", "voice", "printer")


def main_simulate(
    site: Path,
    *,
    seed: int,
    trucks: int,
    truth: Path,
    registers: Path,
    faults: FaultPlan,
    opened: Callable[[str], None],
) -> None:
    """Play the site file's devices and trucks in real time until the last truck is gone; `opened(url)` at each port.

    Raises:
        SimulationError: a port that cannot be simulated or opened, or a truth file that cannot be written.
    """
    document = _read(site)
    wrong = list(_not_playable(document))
    if wrong:
        raise SimulationError(str(site), wrong)
    try:
        truth.parent.mkdir(parents=True, exist_ok=True)
        truth.open("a").close()
    except OSError as error:
        raise SimulationError(str(truth), [f"cannot be written: {error.strerror}; name another: --truth"]) from error
    play = run_site(
        document, directory=registers, seed=seed, trucks=trucks, faults=faults, truth=truth, tokens=dict(os.environ),
        opened=opened,
    )  # fmt: skip
    try:
        asyncio.run(play)
    except PortError as error:
        raise SimulationError(str(site), [str(error)]) from error


def register_of(site: Path, *, seed: int, trucks: int) -> str:
    """The register, as CSV, of the trucks that `main_simulate` would send with the same words."""
    return registers_csv(make_trucks(seed, trucks, _read(site)["site"]["kind"]))


def _read(site: Path) -> dict[str, Any]:
    """The parsed file, folders of other systems beside it."""
    try:
        document = tomllib.loads(site.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SimulationError(str(site), [f"cannot be read as TOML: {error}"]) from error
    for source in document.get("records", ()):
        if source.get("folder"):
            source["folder"] = str(site.resolve().parent / source["folder"])
    return document


def _not_playable(document: Mapping[str, Any]) -> Iterator[str]:
    """URLs at which no device can be simulated."""
    urls = [(f"buses[{place}]", bus["url"]) for place, bus in enumerate(document.get("buses", ()))]
    for place, lane in enumerate(document["lanes"]):
        found = [(f"lanes[{place}].{name}", lane.get(name, {}).get("url")) for name in WIRED]
        urls += [(where, url) for where, url in found if url is not None]
    for where, url in urls:
        if url.partition(":")[0] not in ("serial", "tcp"):
            yield f"{where}.url: {url!r} cannot be simulated; known: serial, tcp"
