"""Measure Weighgate beside its peers, in one run on one machine; print the table, write the JSON.

python benchmarks/run.py                 everything, about nine minutes on a quiet machine
python benchmarks/run.py --only frames   one row, or several with commas
python benchmarks/run.py --quick         small sizes: proves that the benches run; the figures mean nothing

Exit 0 when every reach is met, 1 when one is missed or a bench could not be done, 2 for bad usage.
"""

import argparse
import json
import os
import platform
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "processes"))

import backlog
import centre
import delivery
import durable
import edge
import frames
import judge
import parsers
import psutil  # type: ignore[import-untyped,unused-ignore]
import serial_devices
import sniffing
import starting
from figures import Bench, Figure, Found, Row, Show
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TaskID, TimeElapsedColumn
from rich.table import Table

BENCHES: tuple[Bench, ...] = (
    frames.BENCH,
    durable.BENCH,
    parsers.BENCH,
    serial_devices.BENCH,
    sniffing.BENCH,
    judge.BENCH,
    backlog.BENCH,
    delivery.BENCH,
    edge.BENCH,
    starting.BENCH,
)
BY_NAME: tuple[Bench, ...] = (centre.BENCH,)
"""Those that take long: done only when named with --only."""
REPORT = Path(__file__).with_name("last.json")


def rows() -> list[Row]:
    return [row for bench in (*BENCHES, *BY_NAME) for row in bench.rows]


def machine() -> dict[str, object]:
    """What the figures were taken on, and what else it was doing."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cores": os.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "system": platform.platform(),
        "python": platform.python_version(),
        "load_before": [round(load, 2) for load in os.getloadavg()],
    }


def run(benches: Sequence[Bench], *, quick: bool, console: Console) -> tuple[Found, list[str]]:
    """All figures and remarks, and the faults: benches that could not be done."""
    figures: dict[str, Sequence[Figure]] = {}
    remarks: list[str] = []
    faults: list[str] = []
    columns = (SpinnerColumn(), *Progress.get_default_columns(), TimeElapsedColumn())
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("", total=len(benches))
        for bench in benches:
            name = ", ".join(row.key for row in bench.rows)
            try:
                found = bench.measure(quick, _shown(bar, task, name))
            except Exception as error:  # noqa: BLE001 - one bench that breaks must not hide the others
                faults.append(f"{name}: not measured: {type(error).__name__} {error}")
            else:
                figures.update(found.figures)
                remarks += found.remarks
            bar.advance(task)
    return Found(figures, remarks), faults


def _shown(bar: Progress, task: TaskID, name: str) -> Show:
    return lambda what: bar.update(task, description=f"{name}: {what}")


def table(found: Found, *, quick: bool) -> Table:
    made = Table(title="Weighgate benches" + (", quick: the figures mean nothing" if quick else ""))
    for name, justify in (("what", "left"), ("figure", "left"), ("value", "right"), ("reach", "right"), ("", "left")):
        made.add_column(name, justify=justify, overflow="fold")  # type: ignore[arg-type]
    for row in rows():
        what = row.what
        for one in found.figures.get(row.key, ()):
            style = {True: "green", False: "bold red", None: ""}[one.met]
            verdict = {True: "met", False: "MISSED", None: ""}[one.met]
            made.add_row(what, one.name, f"{one.value:,.4g} {one.unit}", one.reach, verdict, style=style)
            what = ""
        made.add_section()
    return made


def missed(found: Found) -> list[str]:
    return [
        f"{row.what}: {one.name} is {one.value:,.4g} {one.unit}, reach {one.reach}"
        for row in rows()
        for one in found.figures.get(row.key, ())
        if one.met is False
    ]


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--only", default="", help="row keys: " + ", ".join(row.key for row in rows()))
    words.add_argument("--quick", action="store_true")
    words.add_argument("--report", type=Path, default=REPORT, help="write the figures here as JSON")
    given = words.parse_args()
    wanted = {key for key in given.only.split(",") if key} or {row.key for bench in BENCHES for row in bench.rows}
    if unknown := wanted - {row.key for row in rows()}:
        words.error(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(row.key for row in rows())}")
    before = machine()
    chosen = [bench for bench in (*BENCHES, *BY_NAME) if wanted & {row.key for row in bench.rows}]
    found, faults = run(chosen, quick=given.quick, console=Console(stderr=True))
    console = Console(width=None if sys.stdout.isatty() else 160)
    console.print(table(found, quick=given.quick))
    for remark in found.remarks:
        console.print(f"note: {remark}", markup=False, soft_wrap=True)
    late = [*([] if given.quick else missed(found)), *faults]
    for line in late:
        console.print(line, style="bold red", markup=False, soft_wrap=True)
    document = {
        "machine": before,
        "quick": given.quick,
        "rows": {row.what: [one.as_document() for one in found.figures.get(row.key, ())] for row in rows()},
        "remarks": list(found.remarks),
        "missed": late,
    }
    given.report.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return 1 if late else 0


if __name__ == "__main__":
    sys.exit(main())
