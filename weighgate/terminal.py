"""What all commands share: both streams, and rows as a table or as JSON lines."""

import json
import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from gateway.errors import ConfigError, GatewayError

PIPE_COLUMNS = 240  # a table that no terminal bounds is not cut

out = Console(highlight=False, width=None if sys.stdout.isatty() else PIPE_COLUMNS)
err = Console(stderr=True, highlight=False)

SiteFile = Annotated[Path, typer.Argument(help="the site file")]
StoreDir = Annotated[Path, typer.Argument(help="the site's storage directory ([storage] dir of its site file)")]
AsJson = Annotated[bool, typer.Option("--json", help="one JSON object a line")]
Row = Mapping[str, Any]


def say_fault(error: Exception) -> None:
    err.print(str(error), style="red", markup=False, soft_wrap=True)


def write_rows(rows: Iterable[Row]) -> None:
    for row in rows:
        sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")


def show_rows(rows: Iterable[Row], columns: tuple[str, ...], *, as_json: bool, title: str | None = None) -> None:
    """As JSON every field of a row, as a table the `columns` of it."""
    if as_json:
        write_rows(rows)
        return
    table = Table(title=title)
    for number, column in enumerate(columns):
        table.add_column(column, no_wrap=number == 0, overflow="fold")
    for row in rows:
        table.add_row(*("" if row.get(column) is None else str(row[column]) for column in columns))
    out.print(table)


def write_new(file: str, text: str) -> None:
    if file == "-":
        sys.stdout.write(text)
        return
    try:
        with open(file, "x", encoding="utf-8") as made:
            made.write(text)
    except FileExistsError as error:
        raise ConfigError(file, ["is already there and is not overwritten; name another file"]) from error
    except OSError as error:
        raise ConfigError(file, [f"cannot be written: {error.strerror}; name another file"]) from error


def refuse_no_folder(*files: Path | None) -> None:
    """What is wrong with a path is told before minutes of work, not after."""
    for file in files:
        if file is not None and not file.parent.is_dir():
            raise ConfigError(str(file), [f"there is no folder {file.parent}; is the path right?"])


def ask_gateway(site: Path, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    """One question to the site's running gateway, which alone may write its journal.

    Raises:
        GatewayError: nobody answers, or the answer is no.
    """
    import httpx

    from gateway.settings import load_site

    settings = load_site(site)
    token = _token(settings.web.token_env)
    url = f"http://{settings.web.bind}{path}"
    try:
        answer = httpx.request(method, url, json=body, headers={"authorization": f"Bearer {token}"}, timeout=10)
    except httpx.TransportError as error:
        raise GatewayError(f"no gateway answers on {settings.web.bind}: {error}; is weighgate run up?") from error
    try:
        said = answer.json()
    except ValueError as error:
        raise GatewayError(f"{settings.web.bind} is no gateway: it answers {answer.text[:80]!r}") from error
    if answer.status_code != 200:
        raise GatewayError(f"the gateway says no ({answer.status_code}): {_words(said.get('detail', answer.text))}")
    return said


def _token(name: str) -> str:
    """The site's token from the environment, which a header can carry."""
    token = os.environ.get(name, "")
    if not token or not token.isascii() or not token.isprintable():
        state = "is not set" if not token else "holds what no token may: use letters and digits"
        raise GatewayError(f"{name} {state}; cure: export {name}=<the value that the running gateway was started with>")
    return token


def _words(detail: object) -> str:
    """A refusal as one line, the list of a rejected form too."""
    if not isinstance(detail, list):
        return str(detail)
    return "; ".join(f"{one['loc'][-1]}: {one['msg']}" for one in detail)
