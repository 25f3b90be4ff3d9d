"""Kill a real gateway, broker, central and database at random under load, and show that nothing was lost or doubled.

python tests/processes/kill_run.py --kills 200 --entries 10000 --seed 1 --store postgresql --report kills.json
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from killing import Result, run_kills
from programs import private_folder
from rich.console import Console
from rich.progress import Progress, TimeElapsedColumn
from rich.table import Table


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--kills", type=int, default=200)
    words.add_argument("--entries", type=int, default=10_000)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--store", choices=("sqlite", "postgresql"), default="sqlite")
    words.add_argument("--report", type=Path, help="write the figures here as JSON")
    words.add_argument("--keep", type=Path, help="work in this empty folder and leave it for inspection")
    given = words.parse_args()
    console = Console(stderr=True)
    with (
        private_folder() as folder,
        Progress(*Progress.get_default_columns(), TimeElapsedColumn(), console=console) as bar,
    ):
        place = given.keep or folder
        place.mkdir(parents=True, exist_ok=True)
        result = run_kills(
            place.resolve(),
            kills=given.kills,
            entries=given.entries,
            seed=given.seed,
            store=given.store,
            show=_shown(bar),
        )
    Console().print(_table(result))
    for fault in result.faults:
        console.print(fault, style="red", markup=False)
    if given.report:
        given.report.parent.mkdir(parents=True, exist_ok=True)
        given.report.write_text(json.dumps(result.as_document(), indent=2) + "\n")
    if result.faults:
        console.print(f"repeat: python tests/processes/kill_run.py {' '.join(sys.argv[1:])}", markup=False)
    return 1 if result.faults else 0


def _shown(bar: Progress) -> Callable[[str, int, int], None]:
    tasks = {what: bar.add_task(what, total=None, start=False) for what in ("killing", "healing")}
    last = {"": 0.0}

    def show(what: str, done: int, total: int) -> None:
        if what not in last:
            last[what] = time.monotonic()
            bar.start_task(tasks[what])
        bar.update(tasks[what], completed=done, total=total)

    return show


def _table(result: Result) -> Table:
    table = Table(
        title=f"{sum(result.kills.values())} kills, {result.entries} entries, {result.store}, seed {result.seed}"
    )
    table.add_column("what")
    table.add_column("figure", justify="right")
    found = result.findings
    rows = {
        **{f"kill -9 of the {name}": count for name, count in result.kills.items()},
        "entries promised": found.promised,
        "entries in the journal": found.journal,
        "entries at central": found.central,
        "lost": found.lost,
        "twice": found.twice,
        "altered": found.altered,
        "chain whole": found.chain_whole,
        "pending, parked": f"{found.pending}, {found.parked}",
        "evidence missing": found.evidence_missing,
        "delivered before the last kill": result.delivered_during_kills,
        "seconds of kills, of healing": f"{result.kill_s:.0f}, {result.heal_s:.0f}",
        "verdict": "nothing lost, nothing twice" if not result.faults else f"{len(result.faults)} faults",
    }
    for name, figure in rows.items():
        table.add_row(name, str(figure))
    return table


if __name__ == "__main__":
    sys.exit(main())
