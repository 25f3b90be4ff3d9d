"""The local vehicle register: plate and colour → what a platform cannot see. A CSV that a spreadsheet can edit."""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from gateway.core.vehicle import BODIES, Vehicle, parse_layout
from gateway.errors import ConfigError

ROWS_MAX = 1_000_000
COLUMNS = (
    "plate", "colour", "body", "layout", "drive_axles", "tyres", "air_suspension", "licence_gross_kg",
    "rated_load_kg", "kerb_kg", "owner", "owner_id", "driver", "enterprise", "enterprise_id",
)  # fmt: skip
PARTY_COLUMNS = ("owner", "owner_id", "driver", "enterprise", "enterprise_id")


@dataclass(frozen=True, slots=True)
class RegisterEntry:
    vehicle: Vehicle
    parties: Mapping[str, str]


Register = Mapping[tuple[str, str], RegisterEntry]


def load_register(path: Path) -> Register:
    """Read the register; an empty cell is unknown.

    Raises:
        ConfigError: every faulty row at once, as `row 3, tyres: '2/2/x'`.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            if tuple(reader.fieldnames or ()) != COLUMNS:
                raise ConfigError(str(path), [f"the first row must be: {','.join(COLUMNS)}"])
            rows = list(islice(reader, ROWS_MAX + 1))
    except OSError as error:
        raise ConfigError(str(path), [f"{path} cannot be read: {error.strerror}; is the path right?"]) from error
    except UnicodeDecodeError as error:
        raise ConfigError(str(path), ["is not UTF-8; save it as CSV UTF-8, not GBK"]) from error
    entries: dict[tuple[str, str], RegisterEntry] = {}
    faults: list[str] = []
    if len(rows) > ROWS_MAX:
        raise ConfigError(str(path), [f"more than {ROWS_MAX} rows; split the register by region"])
    for number, row in enumerate(rows, start=2):
        key = (row["plate"], row["colour"])
        if key in entries:
            faults.append(f"row {number}, plate: {row['plate']} {row['colour']} stands twice")
        try:
            entries[key] = _entry(row)
        except (ValueError, TypeError) as error:
            faults.append(f"row {number}, {error}")
    if faults:
        raise ConfigError(str(path), faults)
    return entries


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
    return int(text) if text else None


def _truth(text: str) -> bool | None:
    if text not in ("", "true", "false"):
        raise ValueError(f"air_suspension: {text!r}; known: true, false, or empty for unknown")
    return None if text == "" else text == "true"
