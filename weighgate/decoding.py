"""The `decode` and `protocols` commands: the drivers' own readers over captured bytes."""

import asyncio
import json
from collections.abc import AsyncGenerator, Iterable, Iterator
from contextlib import aclosing
from pathlib import Path
from typing import Any, cast, get_args
from urllib.parse import parse_qsl

from drivers.decode_json import as_json
from drivers.errors import LinkError
from drivers.link import open_link
from drivers.options import Setting
from drivers.overheard import load_formats
from drivers.protocol import Found, Reader, ScaleProtocol, load_protocols, protocol_named
from drivers.readings import Unit, WeightReading
from drivers.register_maps import load_map
from drivers.registers import IoMap, ScaleMap
from gateway.errors import ConfigError, GatewayError

Told = dict[str, Any]

SILENT_CURE = "check cable (TX against RX), baud rate, and that the indicator is set to send by itself"


def decode_bytes(protocol: str, chunks: Iterable[bytes], *, unit: str | None, hex_text: bool) -> Iterator[Told]:
    """Every reading and every rejected frame, in order, each as soon as its chunk is there.

    Raises:
        ConfigError: an unknown protocol or unit, or hex that is not hex.
    """
    reader = _reader(protocol, unit)
    if hex_text:
        try:
            chunks = [bytes.fromhex(b"".join(chunks).decode("ascii"))]
        except ValueError as error:
            raise ConfigError("decode", [f"--hex: {error}; write two digits a byte, such as 02 2B 30"]) from error
    for chunk in chunks:
        yield from _told(reader.feed(chunk), unit)
    yield from _told(reader.finish(), unit)


async def decode_link(protocol: str, url: str, *, unit: str | None, silent_s: float = 5) -> AsyncGenerator[Told, None]:
    """What a line says, as it comes, until it hangs up; a line that says nothing is told every `silent_s`.

    Raises:
        ConfigError: an unknown protocol or unit, or a wrong URL.
        GatewayError: the line cannot be opened, or hung up.
    """
    reader = _reader(protocol, unit)
    try:
        link = await open_link(url)
    except ValueError as error:
        raise ConfigError("decode", [str(error)]) from error
    except LinkError as error:
        raise GatewayError(str(error)) from error
    try:
        while True:
            try:
                async with asyncio.timeout(silent_s):
                    data = await link.read()
            except TimeoutError:
                yield {"kind": "error", "reason": f"no byte in {silent_s:g} s: {SILENT_CURE}"}
                continue
            for found in _told(reader.feed(data), unit):
                yield found
    except LinkError as error:
        for found in _told(reader.finish(), unit):
            yield found
        raise GatewayError(str(error)) from error
    finally:
        await link.close()


async def say_line(protocol: str, url: str, *, unit: str | None) -> None:
    async with aclosing(decode_link(protocol, url, unit=unit)) as readings:
        async for reading in readings:
            say_reading(reading)


def say_reading(reading: Told) -> None:
    print(json.dumps(reading, ensure_ascii=False), flush=True)


def _reader(protocol: str, unit: str | None) -> Reader:
    """`protocol` may carry its options as a URL does: `yaohua-command?model=rs485-truck&read=net`."""
    if protocol.startswith("modbus:"):
        raise ConfigError("decode", [_no_frames(protocol.removeprefix("modbus:"))])
    if protocol in load_formats():
        return Reader(load_formats()[protocol])
    name, _, options = protocol.partition("?")
    known = [*load_protocols(), *load_formats()]
    if name not in known:
        raise ConfigError("decode", [f"unknown protocol {name!r}; known: {', '.join(known)}"])
    try:
        chosen = protocol_named(name)
        chosen = chosen.configured({key: _setting(chosen, key, text) for key, text in parse_qsl(options)})
    except ValueError as error:
        raise ConfigError("decode", [str(error)]) from error
    if unit is not None and unit not in get_args(Unit):
        raise ConfigError("decode", [f"unknown unit {unit!r}; known: {', '.join(get_args(Unit))}"])
    return Reader(chosen)


def _setting(protocol: ScaleProtocol, name: str, text: str) -> Setting:
    """As the option's default: true or false, a whole number, or text. What does not fit is refused as text."""
    default = protocol.options[name].default if name in protocol.options else text
    if isinstance(default, bool):
        return text == "true" if text in ("true", "false") else text
    return int(text) if isinstance(default, int) and text.isdecimal() else text


def _told(found: Iterable[Found], unit: str | None) -> Iterator[Told]:
    for one in found:
        yield as_json(one.assume(cast("Unit | None", unit)) if isinstance(one, WeightReading) else one)


def _no_frames(name: str) -> str:
    return (
        f"'modbus:{name}' has no frames to decode: such a scale is asked register by register; "
        f"check its map with: weighgate check config/registers/{name}.toml, and read it with: weighgate run SITE.toml"
    )


def known_protocols(config: Path) -> list[dict[str, Any]]:
    """Frame protocols and scales' register maps as a site file names them; maps of I/O boards by their own name."""
    rows = [{"name": one.name, "kind": "frames", "about": one.title} for one in load_protocols().values()]
    rows += [{"name": one.name, "kind": "overheard", "about": one.title} for one in load_formats().values()]
    maps = [(path, load_map(path)) for path in sorted((config / "registers").glob("*.toml"))]
    for kind, made, prefix in (("register map", ScaleMap, "modbus:"), ("io map", IoMap, "")):
        rows += [
            {"name": f"{prefix}{path.stem}", "kind": kind, "about": f"config/registers/{path.name}"}
            for path, found in maps
            if isinstance(found, made)
        ]
    return rows
