"""The `publish` command: files become a bulletin, proven here as the sites will prove it, and go to central."""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.contract.commands import WHATS
from gateway.contract.down import CONTENTS, KINDS, Kind
from gateway.errors import ConfigError, GatewayError
from weighgate.own_law import law_files, law_with, text_of
from weighgate.shipped import config_dir
from weighgate.terminal import err, out

Files = Annotated[list[Path] | None, typer.Argument(help="law files or folders of them; else one CSV or JSON file")]


def publish(
    kind: Annotated[str, typer.Argument(help="laws, vehicles, permits or lists")],
    files: Files = None,
    site: Annotated[list[str] | None, typer.Option(help="for which site; once for each")] = None,
    central: Annotated[Path, typer.Option(help="the file of the running central")] = Path("central.toml"),
    url: Annotated[str | None, typer.Option(help="where central answers, if not at its own bind address")] = None,
    effective_at: Annotated[
        str | None, typer.Option(help="from when on, such as 2027-01-01T00:00:00+08:00; at once without it")
    ] = None,
    back: Annotated[bool, typer.Option("--back", help="issue again what was before the one in force")] = False,
) -> None:
    """Issue laws, register slices, permits or lists to sites: central numbers, dates and signs them."""
    which = next((one for one in KINDS if one == kind), None)
    if which is None:
        raise ConfigError("publish", [f"{kind!r} is no kind; known: {', '.join(KINDS)}"])
    if not site:
        raise ConfigError("publish", ["name the sites: --site quarry-1 --site station-1"])
    if bool(files) == back:
        raise ConfigError("publish", ["name the files to publish, or --back, not both and not neither"])
    order: dict[str, Any] = {}
    if files:
        order["content"] = content_of(which, files, config_dir())
    if effective_at is not None:
        order["effective_at"] = _moment(effective_at)
    for one in site:
        method, path = ("POST", f"/api/v1/down/{one}/{which}/back") if back else ("PUT", f"/api/v1/down/{one}/{which}")
        made = _ask(central, url, method, path, None if back else order)
        out.print(f"{made['site']} {made['kind']} {made['number']} from {made['effective_at']}")
        for number in made["replaced"]:
            err.print(
                f"warning: {one} {which} {number} was to come and is replaced by this: publish it once more if it "
                "shall still come",
                style="yellow",
                soft_wrap=True,
            )


def command(
    what: Annotated[str, typer.Argument(help="tell-state, or offer-again")],
    site: Annotated[list[str], typer.Option(help="of which site; once for each")],
    central: Annotated[Path, typer.Option(help="the file of the running central")] = Path("central.toml"),
    url: Annotated[str | None, typer.Option(help="where central answers, if not at its own bind address")] = None,
    above_seq: Annotated[int, typer.Option(min=0, help="offer-again: entries above this number")] = 0,
) -> None:
    """Order a site: signed by central, done once within a day, answered by an entry."""
    if what not in WHATS:
        raise ConfigError("command", [f"{what!r} is no command; known: {', '.join(WHATS)}"])
    for one in site:
        made = _ask(central, url, "POST", f"/api/v1/commands/{one}", {"what": what, "above_seq": above_seq})
        out.print(f"{made['site']} {made['what']} {made['id']} until {made['expires_at']}")


def content_of(kind: Kind, files: Sequence[Path], config: Path) -> dict[str, Any]:
    """The content of a bulletin, held to all that does not depend on one site.

    Raises:
        ConfigError: every fault of the files.
    """
    if kind == "laws":
        content: dict[str, Any] = {"files": law_files(files)}
        _prove_laws(content["files"], config)
    elif len(files) != 1:
        raise ConfigError("publish", [f"{kind} is one file, whole: what it does not name is not in force any more"])
    elif kind == "vehicles":
        from gateway.register import load_register

        load_register(files[0])
        content = {"csv": text_of(files[0]).removeprefix("\ufeff")}
    else:
        content = _json(files[0])
    _prove_shape(kind, content, files[0])
    return content


def _prove_shape(kind: Kind, content: Mapping[str, Any], file: Path) -> None:
    from pydantic import ValidationError

    from gateway.shapes import faults_of

    try:
        CONTENTS[kind].model_validate(content)
    except ValidationError as error:
        raise ConfigError(str(file), faults_of(error, CONTENTS[kind])) from error


def _prove_laws(files: Mapping[str, str], config: Path) -> None:
    """The shipped law with these files before it loads, its own examples included."""
    from gateway.lawfiles import (
        load_families,
        load_instruments,
        load_limits_dir,
        load_linkage,
        load_penalties_dir,
        load_permits,
    )

    loaders: Mapping[str, Callable[[Path], object]] = {
        "families": load_families,
        "instruments": load_instruments,
        "linkage": load_linkage,
        "permits": load_permits,
    }
    with law_with(files, config) as tree:
        load_limits_dir(tree / "law" / "limits")
        load_penalties_dir(tree / "law" / "penalties")
        for folder, load in loaders.items():
            for file in sorted((tree / "law" / folder).glob("*.toml")):
                load(file)


def _json(file: Path) -> dict[str, Any]:
    try:
        document = json.loads(text_of(file))
    except ValueError as error:
        raise ConfigError(str(file), [f"is not JSON: {error}"]) from error
    if not isinstance(document, dict):
        raise ConfigError(str(file), ["is not a JSON object"])
    return document


def _moment(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigError("--effective-at", [f"{text!r} is no moment such as 2027-01-01T00:00:00+08:00"]) from error
    if moment.tzinfo is None:
        raise ConfigError("--effective-at", [f"{text!r} says no time zone; end it with +08:00"])
    return moment.isoformat()


def _ask(file: Path, url: str | None, method: str, path: str, order: Mapping[str, Any] | None) -> dict[str, Any]:
    """One order to central. Raises GatewayError: nobody answers, or the answer is no."""
    import httpx

    from gateway.settings import read_toml

    table = read_toml(file).get("central", {})
    name = str(table.get("admin_token_env", ""))
    token = os.environ.get(name, "")
    if not token:
        raise GatewayError(f"{name or 'central.admin_token_env'} is not set; cure: export {name}=<central's own value>")
    host, _, port = str(table.get("bind", "")).rpartition(":")
    base = url or f"http://{'127.0.0.1' if host in ('', '0.0.0.0', '[::]') else host}:{port}"  # noqa: S104
    try:
        answer = httpx.request(
            method, base + path, json=order, headers={"authorization": f"Bearer {token}"}, timeout=60
        )
        said: dict[str, Any] = answer.json()
    except httpx.TransportError as error:
        raise GatewayError(f"no central answers at {base}: {error}; is weighgate central up?") from error
    except ValueError as error:
        raise GatewayError(f"{base} is no central: it answers {answer.text[:80]!r}") from error
    if answer.status_code != httpx.codes.CREATED:
        raise GatewayError(f"central says no ({answer.status_code}): {said.get('error', said)}; {said.get('cure', '')}")
    return said
