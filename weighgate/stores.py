"""The commands about what is kept: journal, outbox, keys."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from weighgate.terminal import AsJson, SiteFile, StoreDir, ask_gateway, err, out, show_rows

journal_app = typer.Typer(no_args_is_help=True, help="Look into a site's journal.")
outbox_app = typer.Typer(no_args_is_help=True, help="What central has not acknowledged, and what it refused.")
keys_app = typer.Typer(no_args_is_help=True, help="Ed25519 keys of boxes and of central.")


@journal_app.command("list")
def journal_list(
    directory: StoreDir, last: Annotated[int, typer.Option(min=1, max=100_000)] = 20, as_json: AsJson = False
) -> None:
    """The newest entries, one line each."""
    from weighgate.journals import ENTRY_COLUMNS, documents, entry_row

    rows = [entry_row(document) for document in documents(directory)]
    show_rows(rows[-last:], ENTRY_COLUMNS, as_json=as_json)


@journal_app.command("verify")
def journal_verify(directory: StoreDir, as_json: AsJson = False) -> None:
    """Prove the chain: canonical bytes, hashes, signatures, sequence, evidence."""
    from gateway.journal import verify

    found = verify(directory)
    if as_json:
        told = {"ok": found.ok, "entries": found.entries, "faults": list(found.faults)}
        sys.stdout.write(json.dumps(told | {"evidence_deleted": found.evidence_deleted}) + "\n")
    else:
        out.print(f"{found.entries} entries: {'every one proves true' if found.ok else 'NOT PROVEN'}")
        if found.evidence_deleted:
            out.print(f"{found.evidence_deleted} pieces of evidence deleted after upload under retention")
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
    rows = ask_gateway(site, "GET", "/api/v1/outbox")
    show_rows(rows, ("entry_id", "type", "lane", "state", "reason"), as_json=as_json)


@outbox_app.command("retry")
def outbox_retry(
    site: SiteFile, entry: Annotated[str | None, typer.Argument(help="one entry; without it all parked ones")] = None
) -> None:
    """Offer parked entries to central again."""
    answer = ask_gateway(site, "POST", "/api/v1/outbox/retry", {"entry": entry})
    out.print(f"{answer['offered']} offered again")


@keys_app.command("new")
def keys_new(file: Path) -> None:
    """Make a private key, and the folders it needs; never overwrites one."""
    from gateway.keys import load_key, new_key

    new_key(file)
    out.print(load_key(file).public_hex)


@keys_app.command("show")
def keys_show(file: Path) -> None:
    """The public half, to paste into a site file or into central's."""
    from gateway.keys import load_key

    out.print(load_key(file).public_hex)


@keys_app.command("enrol")
def keys_enrol(site: SiteFile) -> None:
    """Enrol a site at central: weighgate keys enrol SITE.toml >> central.toml"""
    from weighgate.enrolling import enrolment

    block, rest = enrolment(site)
    sys.stdout.write(block)
    err.print(rest, markup=False, soft_wrap=True)
