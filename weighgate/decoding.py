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
from gateway.errors import ConfigError


def decode_bytes(protocol: str, raw: bytes, *, unit: str | None, hex_text: bool) -> Iterator[dict[str, Any]]:
    """Every reading and every rejected frame, in order.

    Raises:
        ConfigError: an unknown protocol or unit, or hex that is not hex.
    """
    known = load_protocols()
    if protocol not in known:
        raise ConfigError("decode", [f"unknown protocol {protocol!r}; known: {', '.join(sorted(known))}"])
    if unit is not None and unit not in get_args(Unit):
        raise ConfigError("decode", [f"unknown unit {unit!r}; known: {', '.join(get_args(Unit))}"])
    if hex_text:
        try:
            raw = bytes.fromhex(raw.decode("ascii"))
        except ValueError as error:
            raise ConfigError("decode", [f"--hex: {error}"]) from error
    reader = Reader(known[protocol])
    for reading in [*reader.feed(raw), *reader.finish()]:
        yield as_json(reading.assume(cast("Unit | None", unit)) if isinstance(reading, WeightReading) else reading)


def known_protocols(config: Path) -> list[dict[str, Any]]:
    frames = [{"name": name, "kind": "frames", "about": _about(name)} for name in sorted(load_protocols())]
    maps = [
        {"name": f"modbus:{path.stem}", "kind": "register map", "about": f"config/registers/{path.name}"}
        for path in sorted((config / "registers").glob("*.toml"))
    ]
    return frames + maps


def _about(name: str) -> str:
    """The first line of the driver's own file."""
    for module in pkgutil.iter_modules(drivers.scales.__path__, "drivers.scales."):
        driver = importlib.import_module(module.name)
        if getattr(driver, "PROTOCOL", None) is not None and driver.PROTOCOL.name == name:
            return (driver.__doc__ or "").partition("\n")[0]
    return ""
