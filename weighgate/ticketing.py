"""The `ticket` command: what a lane's printer would print, to look at before anything is printed."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from drivers.errors import DriverError
from drivers.link import open_link
from drivers.tickets import Ticket, TicketPrinter, preview
from drivers.tickets.ticket import picture
from gateway.errors import ConfigError, GatewayError
from gateway.printing import in_english, ticket_of
from gateway.settings import Lane, SiteSettings, load_site
from weighgate.terminal import SiteFile, out

EXAMPLE = {"plate": "豫A12345", "gross_kg": "49300", "outcome": "exceeded", "entry": "example-000042"}
UNSET_CHARS = 32  # 58 mm paper


def ticket(
    site: SiteFile,
    lane: Annotated[str | None, typer.Option(help="whose printer; else the first lane with one")] = None,
    to_printer: Annotated[bool, typer.Option("--print", help="print it, too")] = False,
    image: Annotated[Path | None, typer.Option("--picture", help="write it as PNG here; needs --font")] = None,
    font: Annotated[Path | None, typer.Option(help="a font file with Chinese characters")] = None,
) -> None:
    """Show the ticket of an invented weighing as the lane's printer would print it. It prints only with --print."""
    settings = load_site(site)
    chosen = _lane(settings, lane)
    made = ticket_of(
        {**EXAMPLE, "lane": chosen.id, "at": datetime.now(UTC).isoformat()},
        settings.site.name,
        english=in_english(chosen),
    )
    chars = chosen.printer.chars if chosen.printer else UNSET_CHARS
    out.print(preview(made, chars), markup=False, soft_wrap=True, end="")
    if image is not None:
        _draw(made, chars, image, font)
    if to_printer:
        _print(made, settings, chosen)


def _lane(settings: SiteSettings, wanted: str | None) -> Lane:
    lanes = {one.id: one for one in settings.lanes}
    if wanted is None:
        return next((one for one in settings.lanes if one.printer), settings.lanes[0])
    if wanted not in lanes:
        raise ConfigError("--lane", [f"{wanted!r}; known: {', '.join(lanes)}"])
    return lanes[wanted]


def _draw(made: Ticket, chars: int, image: Path, font: Path | None) -> None:
    if font is None:
        raise ConfigError("--picture", ["needs --font FILE, a font with Chinese characters, such as Noto Sans CJK"])
    try:
        drawn = picture(made, chars, font)
    except OSError as error:
        raise ConfigError(str(font), [f"is no font file: {error}"]) from error
    image.write_bytes(drawn)


def _print(made: Ticket, settings: SiteSettings, lane: Lane) -> None:
    if lane.printer is None:
        place = settings.lanes.index(lane)
        raise ConfigError("--print", [f"lanes[{place}] has no printer; write [lanes.printer] into the site file"])
    url = lane.printer.url
    try:
        asyncio.run(TicketPrinter(lambda: open_link(url), lane.printer.chars).print(made))
    except DriverError as error:
        raise GatewayError(str(error)) from error
