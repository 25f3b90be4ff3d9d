"""The commands of who stands at the wire: what its bytes say, what speaks there, and what is known at all."""

import asyncio
import os
import sys
from contextlib import suppress
from typing import Annotated

import typer

from gateway.errors import ConfigError
from weighgate.shipped import config_dir
from weighgate.terminal import AsJson, err, out, show_rows, write_rows


def decode(
    protocol: Annotated[str, typer.Argument(help="a name from: weighgate protocols")],
    file: Annotated[
        str,
        typer.Argument(
            help="captured bytes, - for standard input, /dev/ttyUSB0 (9600 8N1), or serial:///dev/ttyUSB0?baudrate=4800"
        ),
    ] = "-",
    unit: Annotated[str | None, typer.Option(help="kg, g, t or lb where the wire does not say")] = None,
    hex_text: Annotated[bool, typer.Option("--hex", help="the input is hexadecimal text")] = False,
) -> None:
    """Bytes in, one JSON object per reading or rejected frame out."""
    from weighgate.decoding import decode_bytes, say_line, say_reading
    from weighgate.sniffing import is_port, url_of

    if is_port(file):
        file = url_of(file)
    if "://" in file:
        if hex_text:
            raise ConfigError("decode", ["--hex is for text in a file; a line is read as it is"])
        with suppress(KeyboardInterrupt):
            asyncio.run(say_line(protocol, file, unit=unit))
        return
    try:
        with sys.stdin.buffer if file == "-" else open(file, "rb") as source:
            for reading in decode_bytes(
                protocol, iter(lambda: os.read(source.fileno(), 4096), b""), unit=unit, hex_text=hex_text
            ):
                say_reading(reading)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise ConfigError(file, [f"cannot be read: {error.strerror}; is the path right?"]) from error


def sniff(
    where: Annotated[
        str, typer.Argument(help="a serial port, serial:///dev/ttyUSB0?baudrate=9600, tcp://host:port, a file, or -")
    ],
    as_json: AsJson = False,
    ask: Annotated[bool, typer.Option("--ask", help="send requests that are reads on every known model")] = False,
    hex_text: Annotated[bool, typer.Option("--hex", help="the file holds hexadecimal text")] = False,
) -> None:
    """What a box speaks: the formats that fit, why, and the lines for the site file. It only listens, unless --ask."""
    from weighgate.sniffing import hex_view, is_recording, listen_to, not_recognised, object_of, show

    heard = listen_to(where, ask=ask, hex_text=hex_text, told=lambda line: err.print(line, markup=False))
    if not heard.candidates:
        for line in (*not_recognised(heard, asked=ask, recorded=is_recording(where)), *hex_view(heard.data)):
            err.print(line, markup=False, soft_wrap=True)
        raise typer.Exit(1)
    if as_json:
        write_rows(object_of(candidate) for candidate in heard.candidates)
    else:
        show(heard, where, out)


def protocols(as_json: AsJson = False) -> None:
    """Every scale protocol this gateway speaks, and every I/O board."""
    from weighgate.decoding import known_protocols

    rows = known_protocols(config_dir())
    if as_json:
        write_rows(rows)
        return
    tables = (
        ("scale protocols", ("frames", "register map")),
        ("I/O boards", ("io map",)),
        ("also decoded: no weights", ("overheard",)),
    )
    for title, kinds in tables:
        of_kind = [row for row in rows if row["kind"] in kinds]
        show_rows(of_kind, ("name", "kind", "about"), as_json=False, title=title)
