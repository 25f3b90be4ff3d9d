"""The command. Exit 0 done, 1 failed, 2 bad usage or bad config; `--json` where a program may read it."""

import asyncio
import json
import os
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.errors import ConfigError
from weighgate.listening import decode, protocols, sniff
from weighgate.orders import complete, dossier, down_app, forget, release, scale
from weighgate.publishing import command, publish
from weighgate.reporting import report
from weighgate.shipped import config_dir
from weighgate.stores import journal_app, keys_app, outbox_app
from weighgate.terminal import (
    AsJson,
    SiteFile,
    err,
    out,
    refuse_no_folder,
    say_fault,
    write_new,
)
from weighgate.ticketing import ticket

if TYPE_CHECKING:
    from simulator.faults import FaultPlan

WIRE_FAULTS_HELP = (
    "what goes wrong on the scales' wires, as chances per frame drawn from the seed: "
    "split=0.1,flip=0.01,drop=0.01,mute=0.001,disconnect=0.001,delay=0.01"
)

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
app.add_typer(journal_app, name="journal")
app.add_typer(outbox_app, name="outbox")
app.add_typer(keys_app, name="keys")
app.add_typer(down_app, name="down")
for one in (decode, sniff, protocols, ticket, report, release, scale, complete, dossier, forget, publish, command):
    app.command()(one)


def _say_version(asked: bool) -> None:
    if asked:
        out.print(f"weighgate {version('weighgate')}")
        raise typer.Exit


@app.callback()
def weighgate(
    _: Annotated[bool, typer.Option("--version", callback=_say_version, is_eager=True, help="say it and end")] = False,
) -> None: ...


@app.command()
def virtual(
    seed: Annotated[int, typer.Option(help="the first world's seed")] = 0,
    seeds: Annotated[int, typer.Option(min=1, help="how many worlds, from this seed on")] = 1,
    hours: Annotated[float | None, typer.Option(min=0.1, max=240, help="one long world instead of a short one")] = None,
    sites: Annotated[list[Path] | None, typer.Option(help="site files, instead of the shipped ones")] = None,
    ledger: Annotated[Path | None, typer.Option(help="add one line about this run here")] = None,
    jobs: Annotated[int | None, typer.Option(min=1, help="processes side by side; else one a processor")] = None,
    as_json: AsJson = False,
) -> None:
    """Real gateways and central on a virtual clock, with faults by the seed; every invariant is watched."""
    from weighgate.virtual.soak import Plan, soak

    refuse_no_folder(ledger)
    for site in sites or ():
        if not site.is_file():
            raise ConfigError(str(site), ["is no file; is the path right?"])
    sys.exit(soak(Plan(seed, seeds, hours, tuple(sites or ()), jobs), out, ledger=ledger, as_json=as_json))


@app.command()
def demo(
    headless: Annotated[bool, typer.Option("--headless", help="no browser, no live table")] = False,
    trucks: Annotated[int, typer.Option(min=3, max=500)] = 24,
    seed: int = 7,
    kills: Annotated[int, typer.Option(min=0, max=50, help="kill -9 gateways and central this often")] = 0,
    broker_outage: Annotated[int, typer.Option(min=0, max=120, help="seconds the broker is gone")] = 0,
    wire_faults: Annotated[str, typer.Option(help=WIRE_FAULTS_HELP)] = "",
    report: Annotated[Path | None, typer.Option(help="write the JSON report here")] = None,
    directory: Annotated[Path | None, typer.Option("--dir", help="keep the stores here for inspection")] = None,
) -> None:
    """Three sites with simulated devices on real ports, broker and central, each a process of its own."""
    from weighgate.demo import run_demo

    _plan_of(wire_faults)
    refuse_no_folder(report)
    sys.exit(
        run_demo(
            headless=headless,
            trucks=trucks,
            seed=seed,
            kills=kills,
            broker_outage_s=broker_outage,
            report=report,
            directory=directory,
            wire_faults=wire_faults,
        )
    )


@app.command()
def run(site: SiteFile) -> None:
    """Run one site's gateway until it is stopped."""
    from weighgate.serving import serve_site

    serve_site(site)


@app.command()
def central(settings: Annotated[Path, typer.Argument(help="the central system's file")]) -> None:
    """Run the central system until it is stopped."""
    from central.bootstrap import run_central
    from central.errors import CentralError
    from central.settings import load_central
    from gateway.log import start_log

    try:
        loaded = load_central(settings, os.environ)
        start_log(secrets=loaded.secrets())
        asyncio.run(run_central(loaded))
    except CentralError as error:
        say_fault(error)
        sys.exit(2)


@app.command()
def simulate(
    site: SiteFile,
    seed: int = 1,
    trucks: Annotated[int, typer.Option(min=1, max=10_000)] = 8,
    truth: Annotated[Path, typer.Option(help="what really happened, as JSON lines")] = Path("truth.jsonl"),
    wire_faults: Annotated[str, typer.Option(help=WIRE_FAULTS_HELP)] = "",
    write_register: Annotated[
        str | None, typer.Option(help="write the register of these trucks to a new file (- prints it), and end")
    ] = None,
) -> None:
    """Play a site's devices and trucks on real ports, in real time."""
    from gateway.settings import read_toml
    from simulator.command import main_simulate, register_of
    from simulator.errors import SimulationError
    from weighgate.checking import site_faults

    faults = site_faults(read_toml(site), site, config_dir(), register=False)
    if faults:
        raise ConfigError(str(site), faults)
    plan = _plan_of(wire_faults)
    if write_register is not None:
        write_new(write_register, register_of(site, seed=seed, trucks=trucks))
        return
    try:
        main_simulate(
            site, seed=seed, trucks=trucks, truth=truth, registers=config_dir() / "registers", faults=plan,
            opened=lambda url: print(f"opened {url}", flush=True),
        )  # fmt: skip
    except SimulationError as error:
        raise ConfigError(error.source, error.faults) from error


def _plan_of(spec: str) -> "FaultPlan":
    from simulator.faults import parse_plan

    try:
        return parse_plan(spec)
    except ValueError as error:
        raise ConfigError("--wire-faults", [str(error)]) from error


@app.command()
def check(files: Annotated[list[Path], typer.Argument(help="site, law, register-map or central files")]) -> None:
    """Read files as the programs would, say what would run, list every fault (exit 2) and every warning (exit 0)."""
    from gateway.clock import SystemClock, local_day
    from weighgate.checking import check_file

    today, faults = local_day(SystemClock().now()), 0
    for file in files:
        try:
            found = check_file(file, config_dir(), today)
        except ConfigError as error:
            faults += 1
            say_fault(error)
        else:
            out.print("\n".join(found.lines), markup=False, soft_wrap=True)
            for warning in found.warnings:
                err.print(f"{file}: warning: {warning}", style="yellow", markup=False, soft_wrap=True)
    if faults:
        sys.exit(2)


@app.command()
def judge(
    file: Annotated[str, typer.Argument(help="JSON lines, or - for standard input")] = "-",
    limits: Annotated[
        str, typer.Option(help="the rule set to judge by: the others stand beside it")
    ] = "cn-annex124-2016",
    jurisdiction: Annotated[
        str, typer.Option(help="whose penalties and answers for the lane: CN, or a province as CN-ZJ")
    ] = "CN",
    switch_on: Annotated[
        list[str] | None, typer.Option(help="a version whose start is unconfirmed: id@version")
    ] = None,
    law: Annotated[list[Path] | None, typer.Option(help="a law file of your own, or a folder of them")] = None,
    explain: Annotated[str | None, typer.Option(help="add a paragraph for a person: zh or en")] = None,
    schema: Annotated[bool, typer.Option("--schema", help="print the JSON Schemas of a line and its answer")] = False,
) -> None:
    """One JSON object a line in, one out; a bad line gives its error in its place, a blank one is passed over.

    --schema says what a line holds.
    """
    if schema:
        from weighgate.judge_shapes import schemas

        typer.echo(json.dumps(schemas(), ensure_ascii=False, indent=2))
        return
    from weighgate.judging import judge_stream, load_shipped_laws
    from weighgate.own_law import law_files, law_with

    with law_with(law_files(law or []), config_dir()) as config:
        laws = load_shipped_laws(config, limits=limits, jurisdiction=jurisdiction, switched_on=switch_on or [])
    try:
        with sys.stdin.buffer if file == "-" else open(file, "rb") as source:
            judge_stream(source, sys.stdout.buffer, laws, explain)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise ConfigError(file, [f"cannot be read: {error.strerror}; is the path right?"]) from error
