"""The local vehicle register: plate and colour → what a platform cannot see. A CSV that a spreadsheet can edit."""

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Protocol, get_args

from drivers.cameras.plates import plate_text
from drivers.errors import FrameError
from drivers.readings import PlateColour
from gateway.core.vehicle import BODIES, Vehicle, parse_layout
from gateway.errors import ConfigError

ROWS_MAX = 1_000_000
COLUMNS = (
    "plate", "colour", "body", "layout", "drive_axles", "tyres", "air_suspension", "licence_gross_kg",
    "rated_load_kg", "kerb_kg", "owner", "owner_id", "driver", "enterprise", "enterprise_id",
)  # fmt: skip
COLOURS = tuple(colour for colour in get_args(PlateColour) if colour != "unknown")
PARTY_COLUMNS = ("owner", "owner_id", "driver", "enterprise", "enterprise_id")


@dataclass(frozen=True, slots=True)
class RegisterEntry:
    vehicle: Vehicle
    parties: Mapping[str, str]


Register = Mapping[tuple[str, str], RegisterEntry]


class Lookup(Protocol):
    """Whoever knows a vehicle by plate and colour."""

    def get(self, key: tuple[str, str], /) -> RegisterEntry | None: ...


def load_register(path: Path) -> Register:
    """Read the site's own register; an empty cell is unknown.

    Raises:
        ConfigError: every faulty row at once, as `row 3, tyres: '2/2/x'`.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ConfigError(str(path), [f"{path} cannot be read: {error.strerror}; is the path right?"]) from error
    except UnicodeDecodeError as error:
        raise ConfigError(str(path), ["is not UTF-8; save it as CSV UTF-8, not GBK"]) from error
    return read_register(text, str(path))


def read_register(text: str, source: str) -> Register:
    """A register from its text. Raises ConfigError as `load_register`."""
    reader = csv.DictReader(io.StringIO(text, newline=""))
    if tuple(reader.fieldnames or ()) != COLUMNS:
        raise ConfigError(source, [f"the first row must be: {','.join(COLUMNS)}"])
    try:
        rows = list(islice(reader, ROWS_MAX + 1))
    except csv.Error as error:
        raise ConfigError(source, [f"is no CSV: {error}"]) from error
    if len(rows) > ROWS_MAX:
        raise ConfigError(source, [f"more than {ROWS_MAX} rows; split the register by region"])
    entries: dict[tuple[str, str], RegisterEntry] = {}
    faults: list[str] = []
    for number, row in enumerate(rows, start=2):
        try:
            key = _key(row)
            if key in entries:
                faults.append(f"row {number}, plate: {key[0]} {key[1]} stands twice")
            entries[key] = _entry(row)
        except (ValueError, FrameError) as error:
            faults.append(f"row {number}, {error}")
    if faults:
        raise ConfigError(source, faults)
    return entries


def _key(row: Mapping[str, str | None]) -> tuple[str, str]:
    """Plate and colour as a camera says them: what it never says would never be found, and nobody would be told."""
    missing = [name for name in COLUMNS if row[name] is None]
    if missing:
        raise ValueError(f"{missing[0]}: is missing; a row has {len(COLUMNS)} cells")
    written, colour = row["plate"] or "", row["colour"] or ""
    plate = plate_text(written, "plate")
    if plate is None:
        raise ValueError(f"plate: {written!r} is no plate")
    if colour not in COLOURS:
        raise ValueError(f"colour: {colour!r}; known: {', '.join(COLOURS)}")
    return plate, colour


def _entry(row: Mapping[str, str]) -> RegisterEntry:
    if row["body"] and row["body"] not in BODIES:
        raise ValueError(f"body: {row['body']!r}; known: {', '.join(BODIES)}")
    layout = parse_layout(row["layout"]) if row["layout"] else None
    tyres = None
    if row["tyres"]:
        if not re.fullmatch(r"[24](/[24])*", row["tyres"]):
            raise ValueError(f"tyres: {row['tyres']!r} is not 2 or 4 per axle, such as 2/4/4")
        tyres = tuple(map(int, row["tyres"].split("/")))
        if layout and len(tyres) != sum(layout):
            raise ValueError(f"tyres: {len(tyres)} axles, but layout {row['layout']} has {sum(layout)}")
    facts = {
        "layout": layout,
        "body": row["body"] or None,
        "drive_axles": _number(row, "drive_axles"),
        "tyres": tyres,
        "air_suspension": _truth(row["air_suspension"]),
        "licence_gross_kg": _number(row, "licence_gross_kg"),
        "rated_load_kg": _number(row, "rated_load_kg"),
        "kerb_kg": _number(row, "kerb_kg"),
    }
    sources = {name: "register" for name, value in facts.items() if value is not None}
    vehicle = Vehicle(**facts, sources=sources)  # type: ignore[arg-type]  # each value was checked above
    return RegisterEntry(vehicle, {name: row[name] for name in PARTY_COLUMNS if row[name]})


def _number(row: Mapping[str, str], column: str) -> int | None:
    text = row[column]
    if text and not (text.isascii() and text.isdigit() and len(text) <= 7):
        raise ValueError(f"{column}: {text!r} is not a whole number")
    if text and int(text) == 0:  # a spreadsheet's nothing: a limit of 0 kg would find every truck over it
        raise ValueError(f"{column}: {text!r}; leave it empty where it is not known")
    return int(text) if text else None


def _truth(text: str) -> bool | None:
    if text not in ("", "true", "false"):
        raise ValueError(f"air_suspension: {text!r}; known: true, false, or empty for unknown")
    return None if text == "" else text == "true"
