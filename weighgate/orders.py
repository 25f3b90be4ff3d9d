"""What people order of a running gateway: let go, zero a scale, complete, forget, take back.

The gateway alone writes its journal.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from weighgate.terminal import AsJson, SiteFile, ask_gateway, out, show_rows, write_rows

Entry = Annotated[str, typer.Argument(help="a weighing, such as j-0123456789ab/12")]
Site = Annotated[Path, typer.Option(help="the site file of the running gateway")]
By = Annotated[str, typer.Option(help="who does it")]
Reason = Annotated[str, typer.Option(help="why")]
HERE = Path("site.toml")

down_app = typer.Typer(no_args_is_help=True, help="What central sent down to a site: laws, vehicles, permits, lists.")


def release(
    entry: Entry,
    by: By,
    reason: Reason,
    ground: Annotated[
        str | None, typer.Option(help="a coded ground that this weighing's own entry gives, such as recheck-within")
    ] = None,
    site: Site = HERE,
) -> None:
    """Let a held vehicle go: the running gateway stores who and why before the barrier moves."""
    order = {"entry": entry, "by": by, "reason": reason} | ({} if ground is None else {"ground": ground})
    out.print(ask_gateway(site, "POST", "/api/v1/release", order)["entry"])


def scale(
    lane: Annotated[str, typer.Argument(help="whose scale")],
    command: Annotated[str, typer.Argument(help="what its register map can have it do: zero, tare or clear")],
    by: By,
    reason: Reason,
    yes: Annotated[bool, typer.Option("--yes", help="do not ask whether the scale is empty")] = False,
    site: Site = HERE,
) -> None:
    """Have a lane's scale zero, tare or clear, by its manual's command. Nothing is ever sent unasked.

    Only a scale behind a Modbus register map takes commands; one that speaks frames is zeroed on its indicator.
    """
    if not yes:
        typer.confirm(f"{command} the scale of lane {lane}: does nothing and nobody stand on it?", abort=True)
    order = {"lane": lane, "command": command, "by": by, "reason": reason}
    out.print(f"lane {lane}: {ask_gateway(site, 'POST', '/api/v1/scale', order)['done']} confirmed by the instrument")


def complete(
    entry: Entry,
    party: Annotated[str, typer.Option(help="vehicle, driver, enterprise or source")],
    field: Annotated[str, typer.Option(help="which fact, such as licence; weighgate dossier lists what is missing")],
    value: Annotated[str, typer.Option(help="what was learnt")],
    source: Annotated[str, typer.Option(help="from where: camera, register, card, loading-document, site, officer")],
    by: By,
    site: Site = HERE,
) -> None:
    """Add one fact to a weighing's dossier: an entry of its own, nothing is written over."""
    order = {"entry": entry, "party": party, "fact": field, "value": value, "source": source, "by": by}
    out.print(ask_gateway(site, "POST", "/api/v1/complete", order)["entry"])


def dossier(entry: Entry, site: Site = HERE, as_json: AsJson = False) -> None:
    """The four parties of a weighing as they are known now; persons by fact and source, never by name."""
    found = ask_gateway(site, "GET", "/api/v1/dossier?" + _query(entry=entry))
    rows = [
        {
            "party": party,
            "identified": "yes" if one["identified"] else "no",
            "known": ", ".join(f"{name} {value}" for name, value in one["known"].items()),
            "apart": ", ".join(one["apart"]),
            "missing": ", ".join(one["missing"]),
            "conflicts": ", ".join(f"{said['fact']} ({said['source']})" for said in one["conflicts"]),
        }
        for party, one in found.items()
    ]
    if as_json:
        write_rows([found])
        return
    show_rows(rows, ("party", "identified", "known", "apart", "missing", "conflicts"), as_json=False)


def forget(entry: Entry, by: By, reason: Reason, site: Site = HERE) -> None:
    """Delete who it was, of a weighing and its completions; entries, commitments and chain stay whole."""
    answer = ask_gateway(site, "POST", "/api/v1/forget", {"entry": entry, "by": by, "reason": reason})
    out.print(f"entries whose persons were deleted: {answer['forgotten']}")


@down_app.command("list")
def down_list(site: SiteFile, as_json: AsJson = False) -> None:
    """What is in force, to come, taken back, and what was refused with its reason."""
    _show(ask_gateway(site, "GET", "/api/v1/down"), as_json=as_json)


@down_app.command("fetch")
def down_fetch(site: SiteFile, as_json: AsJson = False) -> None:
    """Let the gateway ask central now, and show what it holds then."""
    _show(ask_gateway(site, "POST", "/api/v1/down/fetch"), as_json=as_json)


@down_app.command("withdraw")
def down_withdraw(
    site: SiteFile,
    kind: Annotated[str, typer.Argument(help="laws, vehicles, permits or lists")],
    by: By,
    reason: Reason,
) -> None:
    """Take back what is in force of one kind; what was before it is in force again."""
    answer = ask_gateway(site, "POST", "/api/v1/down/withdraw", {"kind": kind, "by": by, "reason": reason})
    out.print(f"{kind}: {answer['in_force'] or 'as shipped or installed here'} is in force")


def _show(state: Mapping[str, Any], *, as_json: bool) -> None:
    show_rows(down_rows(state), ("kind", "number", "effective_at", "state", "reason"), as_json=as_json)


def down_rows(state: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One row per bulletin that is held, and one per note of what was refused."""
    rows = [
        {"kind": kind, **held, "state": _state(held, one["in_force"])}
        for kind, one in state["kinds"].items()
        for held in one["held"]
    ]
    return [*rows, *({**note, "state": "refused"} for note in state["refused"])]


def _state(held: dict[str, object], in_force: int | None) -> str:
    if held["withdrawn"]:
        return "withdrawn"
    number = held["number"]
    assert isinstance(number, int)
    if number == in_force:
        return "in force"
    return "to come" if in_force is None or number > in_force else "former"


def _query(**given: str) -> str:
    from urllib.parse import urlencode

    return urlencode(given)
