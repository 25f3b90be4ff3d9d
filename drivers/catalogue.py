"""Every device that Weighgate speaks with, by name, in the order of the page on devices."""

from collections.abc import Iterator
from pathlib import Path

from drivers.cameras import PROTOCOLS as CAMERAS
from drivers.description import Description
from drivers.protocol import load_protocols
from drivers.records import FORMATS
from drivers.register_maps import load_map
from drivers.signs import PROTOCOLS as SIGNS
from drivers.tickets import DESCRIPTION as PRINTER


def devices(maps: Path) -> Iterator[tuple[str, Description]]:
    """Scales, then boards, cameras, records, signs and the printer. `maps` is the folder of register maps.

    MapError where one of them is wrong.
    """
    for protocol in load_protocols().values():
        yield protocol.name, protocol.description()
    found = [load_map(path) for path in sorted(maps.glob("*.toml"))]
    yield from ((f"modbus:{one.name}", one.description) for one in found if one.description.kind == "scale")
    yield from ((one.name, one.description) for one in found if one.description.kind == "board")
    yield from ((one.name, one.description) for one in CAMERAS.values())
    yield from ((one.name, one.description) for one in FORMATS.values())
    yield from ((one.name, one.description) for one in SIGNS.values())
    yield "escpos", PRINTER
