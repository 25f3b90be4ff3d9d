"""The `decode` and `protocols` commands: the drivers' own readers over captured bytes."""

import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast, get_args

import drivers.scales
from drivers.decode_json import as_json
from drivers.protocol import Reader, load_protocols
from drivers.readings import Unit, WeightReading
from drivers.registers import IoMap, ScaleMap, load_map
from gateway.errors import ConfigError


def decode_bytes(protocol: str, raw: bytes, *, unit: str | None, hex_text: bool) -> Iterator[dict[str, Any]]:
    """Every reading and every rejected frame, in order.

    Raises:
        ConfigError: an unknown protocol or unit, or hex that is not hex.
    """
    known = load_protocols()
    if protocol.startswith("modbus:"):
        raise ConfigError("decode", [_no_frames(protocol.removeprefix("modbus:"))])
    if protocol not in known:
        raise ConfigError("decode", [f"unknown protocol {protocol!r}; known: {', '.join(sorted(known))}"])
    if unit is not None and unit not in get_args(Unit):
        raise ConfigError("decode", [f"unknown unit {unit!r}; known: {', '.join(get_args(Unit))}"])
    if hex_text:
        try:
            raw = bytes.fromhex(raw.decode("ascii"))
        except ValueError as error:
            raise ConfigError("decode", [f"--hex: {error}; write two digits a byte, such as 02 2B 30"]) from error
    reader = Reader(known[protocol])
    for reading in [*reader.feed(raw), *reader.finish()]:
        yield as_json(reading.assume(cast("Unit | None", unit)) if isinstance(reading, WeightReading) else reading)


def _no_frames(name: str) -> str:
    return (
        f"'modbus:{name}' has no frames to decode: such a scale is asked register by register; "
        f"check its map with: weighgate check config/registers/{name}.toml, and read it with: weighgate run SITE.toml"
    )


def known_protocols(config: Path) -> list[dict[str, Any]]:
    """Frame protocols and scales' register maps as a site file names them; maps of I/O boards by their own name."""
    rows = [{"name": name, "kind": "frames", "about": _about(name)} for name in sorted(load_protocols())]
    maps = [(path, load_map(path)) for path in sorted((config / "registers").glob("*.toml"))]
    for kind, made, prefix in (("register map", ScaleMap, "modbus:"), ("io map", IoMap, "")):
        rows += [
            {"name": f"{prefix}{path.stem}", "kind": kind, "about": f"config/registers/{path.name}"}
            for path, found in maps
            if isinstance(found, made)
        ]
    return rows


def _about(name: str) -> str:
    """The first line of the driver's own file."""
    for module in pkgutil.iter_modules(drivers.scales.__path__, "drivers.scales."):
        driver = importlib.import_module(module.name)
        if getattr(driver, "PROTOCOL", None) is not None and driver.PROTOCOL.name == name:
            return (driver.__doc__ or "").partition("\n")[0]
    return ""
