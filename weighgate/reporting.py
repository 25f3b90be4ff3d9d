"""`weighgate report`: the year's figures of a central system, as an xlsx file."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from gateway.errors import ConfigError
from weighgate.terminal import err, out, refuse_no_folder


def report(
    year: Annotated[int, typer.Argument(min=2000, max=9998, help="which year")],
    settings: Annotated[Path, typer.Argument(help="the central system's file")],
    file: Annotated[Path | None, typer.Option("--out", help="a new xlsx file; without it weighgate-YEAR.xlsx")] = None,
    english: Annotated[bool, typer.Option("--english", help="English headings")] = False,
    plates: Annotated[bool, typer.Option("--plates", help="plates whole, not masked")] = False,
) -> None:
    """The year's summary as of 20 and 31 December: figures, sites, hundred-tonne trucks, repeat offenders, sources."""
    target = file or Path(f"weighgate-{year}.xlsx")
    refuse_no_folder(target)
    if target.exists():
        raise ConfigError(str(target), ["is already there and is not overwritten; name another file with --out"])
    rows = _write(settings, year, target, english=english, plates=plates)
    out.print(f"{target}: {rows} rows")


def _write(settings: Path, year: int, file: Path, *, english: bool, plates: bool) -> int:
    """Read the counts in one transaction and write them.

    Raises:
        ConfigError: central's file is wrong, or its database cannot be read.
    """
    from central.errors import CentralError
    from central.settings import load_central
    from central.statistics.summary import SHEETS, Wanted, sheets_of
    from central.statistics.workbook import write_workbook
    from central.store.database import open_database

    now = datetime.now(UTC)
    wanted = Wanted(year, now, english, plates)
    try:
        database = open_database(load_central(settings, os.environ).database_url)
    except CentralError as error:
        raise ConfigError(str(settings), [str(error)]) from error
    try:
        with Progress(console=err) as bar:
            task = bar.add_task(f"{year}", total=SHEETS)

            def wrote(title: str) -> None:
                bar.update(task, advance=1, description=title)

            return database.run_here(lambda session: write_workbook(file, sheets_of(session, wanted), now, wrote))
    finally:
        database.close()
