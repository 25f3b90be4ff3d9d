"""The command. Exit 0 done, 1 failed, 2 bad usage or bad config; `--json` where a program may read it."""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from gateway.errors import ConfigError, GatewayError
from weighgate.shipped import config_dir

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
journal_app = typer.Typer(no_args_is_help=True, help="Look into a site's journal.")
outbox_app = typer.Typer(no_args_is_help=True, help="What central has not acknowledged, and what it refused.")
keys_app = typer.Typer(no_args_is_help=True, help="Ed25519 keys of boxes and of central.")
app.add_typer(journal_app, name="journal")
app.add_typer(outbox_app, name="outbox")
app.add_typer(keys_app, name="keys")
out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

SiteFile = Annotated[Path, typer.Argument(help="the site file")]
StoreDir = Annotated[Path, typer.Argument(help="the site's storage directory ([storage] dir of its site file)")]
AsJson = Annotated[bool, typer.Option("--json", help="one JSON object a line")]


def main() -> None:
    """The entry point: known faults become one clear line, our own mistakes a traceback."""
    if not __debug__:
        sys.exit("weighgate refuses python -O: its assertions are part of the product")
    try:
        app()
    except ConfigError as error:
        err.print(str(error), style="red", markup=False, soft_wrap=True)
        sys.exit(2)
    except GatewayError as error:
        err.print(str(error), style="red", markup=False, soft_wrap=True)
        sys.exit(1)
    except BrokenPipeError:
        sys.exit(0)


@app.command()
def demo(
    headless: Annotated[bool, typer.Option("--headless", help="no browser, no live table")] = False,
    trucks: Annotated[int, typer.Option(min=3, max=500)] = 24,
    seed: int = 7,
    kills: Annotated[int, typer.Option(min=0, max=50, help="kill -9 gateways and central this often")] = 0,
    broker_outage: Annotated[int, typer.Option(min=0, max=120, help="seconds the broker is gone")] = 0,
    report: Annotated[Path | None, typer.Option(help="write the JSON report here")] = None,
    directory: Annotated[Path | None, typer.Option("--dir", help="keep the stores here for inspection")] = None,
) -> None:
    """Three sites with simulated devices on real ports, broker and central, each a process of its own."""
    from weighgate.demo import run_demo

    sys.exit(
        run_demo(
            headless=headless,
            trucks=trucks,
            seed=seed,
            kills=kills,
            broker_outage_s=broker_outage,
            report=report,
            directory=directory,
        )
    )


@app.command()
def run(site: SiteFile) -> None:
    """Run one site's gateway until it is stopped."""
    from gateway.bootstrap import run_site
    from gateway.settings import load_site

    asyncio.run(run_site(load_site(site), config_dir()))


@app.command()
def central(settings: Annotated[Path, typer.Argument(help="the central system's file")]) -> None:
    """Run the central system until it is stopped."""
    from central.bootstrap import run_central
    from central.errors import CentralError
    from central.settings import load_central

    try:
        asyncio.run(run_central(load_central(settings, os.environ)))
    except CentralError as error:
        err.print(str(error), style="red", markup=False, soft_wrap=True)
        sys.exit(2)


@app.command()
def simulate(
    site: SiteFile,
    seed: int = 1,
    trucks: Annotated[int, typer.Option(min=1, max=10_000)] = 8,
    truth: Annotated[Path, typer.Option(help="what really happened, as JSON lines")] = Path("truth.jsonl"),
) -> None:
    """Play a site's devices and trucks on real ports, in real time."""
    from simulator.run import main_simulate

    main_simulate(site, seed=seed, trucks=trucks, truth=truth, registers=config_dir() / "registers")


@app.command()
def check(files: Annotated[list[Path], typer.Argument(help="site, law, register-map or central files")]) -> None:
    """Read files as the programs would, say what would run, and list every fault."""
    from weighgate.checking import check_file

    faults = 0
    for file in files:
        try:
            out.print(check_file(file, config_dir()), markup=False, soft_wrap=True)
        except ConfigError as error:
            faults += 1
            err.print(str(error), style="red", markup=False, soft_wrap=True)
    if faults:
        sys.exit(2)


@app.command()
def judge(
    file: Annotated[str, typer.Argument(help="JSON lines, or - for standard input")] = "-",
    limits: Annotated[str, typer.Option(help="the rule set to judge by")] = "cn-annex124-2016",
) -> None:
    """One JSON object a line in, one out; a bad line gives its error in its place."""
    from weighgate.json_lines import dump_line, lines_of
    from weighgate.judging import judge_line, load_shipped_laws

    laws = load_shipped_laws(config_dir(), limits=limits)
    try:
        with sys.stdin.buffer if file == "-" else open(file, "rb") as source:
            for line in lines_of(source):
                sys.stdout.buffer.write(dump_line(judge_line(line, laws)))
                sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise ConfigError(file, [f"cannot be read: {error.strerror}; is the path right?"]) from error


@app.command()
def decode(
    protocol: Annotated[str, typer.Argument(help="a name from: weighgate protocols")],
    file: Annotated[str, typer.Argument(help="captured bytes, or - for standard input")] = "-",
    unit: Annotated[str | None, typer.Option(help="kg, g, t or lb where the wire does not say")] = None,
    hex_text: Annotated[bool, typer.Option("--hex", help="the input is hexadecimal text")] = False,
) -> None:
    """Bytes in, one JSON object per reading or rejected frame out."""
    from weighgate.decoding import decode_bytes

    try:
        raw = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise ConfigError(file, [f"cannot be read: {error.strerror}"]) from error
    for reading in decode_bytes(protocol, raw, unit=unit, hex_text=hex_text):
        sys.stdout.write(json.dumps(reading, ensure_ascii=False) + "\n")


@app.command()
def protocols(as_json: AsJson = False) -> None:
    """Every scale protocol this gateway speaks."""
    from weighgate.decoding import known_protocols

    rows = known_protocols(config_dir())
    _show(rows, ("name", "kind", "about"), as_json=as_json)


@app.command()
def release(
    entry: Annotated[str, typer.Argument(help="the held weighing, such as j-0123456789ab/12")],
    by: Annotated[str, typer.Option(help="who releases it")],
    reason: Annotated[str, typer.Option(help="why")],
    site: Annotated[Path, typer.Option(help="the site file of the running gateway")] = Path("site.toml"),
) -> None:
    """Let a held vehicle go: the running gateway stores who and why before the barrier moves."""
    answer = _ask_gateway(site, "POST", "/api/v1/release", {"entry": entry, "by": by, "reason": reason})
    out.print(answer["entry"])


def _ask_gateway(site: Path, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    """One question to the site's running gateway, which alone may write its journal."""
    import httpx

    from gateway.settings import load_site

    settings = load_site(site)
    token = os.environ.get(settings.web.token_env, "")
    url = f"http://{settings.web.bind}{path}"
    try:
        answer = httpx.request(method, url, json=body, headers={"authorization": f"Bearer {token}"}, timeout=10)
    except httpx.TransportError as error:
        raise GatewayError(f"no gateway answers on {settings.web.bind}: {error}; is weighgate run up?") from error
    if answer.status_code != 200:
        raise GatewayError(f"the gateway says no ({answer.status_code}): {answer.json().get('detail', answer.text)}")
    return answer.json()


@journal_app.command("list")
def journal_list(
    directory: StoreDir, last: Annotated[int, typer.Option(min=1, max=100_000)] = 20, as_json: AsJson = False
) -> None:
    """The newest entries, one line each."""
    from weighgate.journals import documents

    rows = [_entry_row(document) for document in documents(directory)]
    _show(rows[-last:], ("id", "type", "lane", "at", "plate", "gross_kg", "outcome", "action"), as_json=as_json)


def _entry_row(document: dict[str, Any]) -> dict[str, Any]:
    content = document["content"]
    return {
        **{key: document[key] for key in ("id", "type", "lane", "at")},
        "plate": content.get("identity", content).get("plate"),
        "gross_kg": content.get("measurement", {}).get("gross_kg"),
        "outcome": content.get("judgement", {}).get("road_limit", {}).get("outcome"),
        "action": content.get("judgement", {}).get("action") or content.get("reason"),
    }


@journal_app.command("verify")
def journal_verify(directory: StoreDir, as_json: AsJson = False) -> None:
    """Prove the chain: canonical bytes, hashes, signatures, sequence, evidence."""
    from gateway.journal import verify

    found = verify(directory)
    if as_json:
        sys.stdout.write(json.dumps({"ok": found.ok, "entries": found.entries, "faults": list(found.faults)}) + "\n")
    else:
        out.print(f"{found.entries} entries: {'every one proves true' if found.ok else 'NOT PROVEN'}")
        for fault in found.faults:
            err.print(fault, style="red", markup=False)
    sys.exit(0 if found.ok else 1)


@journal_app.command("export")
def journal_export(directory: StoreDir) -> None:
    """Every entry as a JSON line, with its chain fields."""
    from gateway.journal import export

    for line in export(directory):
        sys.stdout.write(line + "\n")


@outbox_app.command("list")
def outbox_list(site: SiteFile, as_json: AsJson = False) -> None:
    """What is pending at the running gateway, and what central refused with its reason."""
    _show(_ask_gateway(site, "GET", "/api/v1/outbox"), ("entry_id", "type", "lane", "state", "reason"), as_json=as_json)


@outbox_app.command("retry")
def outbox_retry(
    site: SiteFile, entry: Annotated[str | None, typer.Argument(help="one entry; without it all parked ones")] = None
) -> None:
    """Offer parked entries to central again."""
    answer = _ask_gateway(site, "POST", "/api/v1/outbox/retry", {"entry": entry})
    out.print(f"{answer['offered']} offered again")


@keys_app.command("new")
def keys_new(file: Path) -> None:
    """Make a private key; never overwrites one."""
    from gateway.keys import load_key, new_key

    new_key(file)
    out.print(load_key(file).public_hex)


@keys_app.command("show")
def keys_show(file: Path) -> None:
    """The public half, to paste into a site file or into central's."""
    from gateway.keys import load_key

    out.print(load_key(file).public_hex)


def _show(rows: list[dict[str, Any]], columns: tuple[str, ...], *, as_json: bool) -> None:
    if as_json:
        for row in rows:
            sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")
        return
    table = Table()
    for number, column in enumerate(columns):
        table.add_column(column, no_wrap=number == 0)
    for row in rows:
        table.add_row(*("" if row.get(column) is None else str(row[column]) for column in columns))
    out.print(table)


if __name__ == "__main__":
    main()
