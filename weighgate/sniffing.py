"""The `sniff` command: what a box speaks, with the evidence, and the lines to paste into a site file."""

import asyncio
import stat
import sys
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

from rich.console import Console
from rich.table import Table

from drivers.decode_json import as_json
from drivers.errors import LinkError
from drivers.link import Link, open_link, parse_link_url
from drivers.overheard import load_formats
from drivers.overheard.modbus_rtu import FORMAT as MODBUS_RTU
from drivers.protocol import Rejected, WireFormat, load_protocols
from drivers.register_maps import site_lines as modbus_lines
from drivers.serial_link import SerialPort
from drivers.sniff.line import BAUD_RATES, Line, Parity, settings_to_walk
from drivers.sniff.questions import Question, questions
from drivers.sniff.ranking import HEARD_BYTES_MAX, Candidate, rank
from drivers.sniff.troubles import troubles
from drivers.sniff.walk import Heard, round_s, walk
from gateway.errors import ConfigError, GatewayError

READINGS_SHOWN = 100
HEX_ROW_BYTES, HEX_BYTES_MAX = 16, 512
SERIAL_PREFIX = "serial://"
WHOSE_MAP = "# no wire tells where a Modbus device keeps what, its maker's name does: see weighgate protocols"


def listen_to(where: str, *, ask: bool, hex_text: bool, told: Callable[[str], None]) -> Heard:
    """Everything that this place says, or as much of it as settles who speaks.

    `where`: a serial port by path or URL, `tcp://HOST:PORT`, a file, or `-` for standard input. A serial URL that
    names a baud rate is listened to at that alone.

    Raises:
        ConfigError: no such place. GatewayError: the line cannot be opened or broke.
    """
    if is_recording(where):
        if ask:
            raise ConfigError("sniff", ["--ask needs a line: a recording answers nothing"])
        data = _recorded(where, hex_text)
        return Heard(Line(), data, rank(data, Line(), formats_known()))
    if hex_text:
        raise ConfigError("sniff", ["--hex is for text in a file; a line is read as it is"])
    url = where if "://" in where else url_of(where)
    try:
        return asyncio.run(_listen(url, questions(load_protocols().values()) if ask else (), told))
    except LinkError as error:
        raise GatewayError(str(error)) from error
    except ValueError as error:
        raise ConfigError("sniff", [str(error)]) from error


def formats_known() -> list[WireFormat]:
    """The scales' own, and what else may be heard on such a wire."""
    return [*load_protocols().values(), *load_formats().values()]


def object_of(candidate: Candidate) -> dict[str, Any]:
    """One line of `--json`."""
    account = candidate.account
    return {
        "protocol": account.protocol,
        "options": dict(account.options),
        "line": account.line.query or None,
        "score": float(candidate.score),
        "frames": account.frames,
        "rejected": account.rejected,
        "readings": [as_json(one) for one in account.readings[:READINGS_SHOWN]],
        "evidence": list(candidate.evidence),
        "ambiguous_with": list(candidate.ambiguous_with),
    }


def show(heard: Heard, where: str, console: Console) -> None:
    """For a person: the candidates, why, and what to paste."""
    table = Table(title=f"{len(heard.data)} bytes from {where}")
    for column in ("protocol", "line", "score", "frames", "broken", "last reading"):
        table.add_column(column, overflow="fold")
    for one in heard.candidates:
        account = one.account
        shown = str(account.line) if account.line != Line() else "as recorded"
        numbers = (f"{one.score:.2f}", str(account.frames), str(account.rejected))
        table.add_row(account.title, shown, *numbers, _last_reading(one))
    console.print(table)
    best = heard.candidates[0]
    for reason in best.evidence:
        console.print(f"  • {reason}", markup=False)
    if best.ambiguous_with:
        console.print(f"  • cannot be told from: {', '.join(best.ambiguous_with)}", style="yellow", markup=False)
    console.print("\nfor the site file:\n", markup=False)
    console.print(site_lines(best, where), markup=False)


def site_lines(candidate: Candidate, where: str) -> str:
    account = candidate.account
    url = _url_for(where, account.line)
    if account.protocol == MODBUS_RTU.name:
        scale, board = modbus_lines("scale", "…", url=url), modbus_lines("board", "…", url=url)
        return f"{WHOSE_MAP}\n{scale}\n\n# or, for an I/O board\n{board}\n"
    protocol = load_protocols().get(account.protocol)
    if protocol is None:
        return "nothing: this is no scale that sends its weight\n"
    return protocol.site_lines(url=url, options=account.options)


def _url_for(where: str, line: Line) -> str:
    """Empty for a recording: where the port is, only the installer knows."""
    if where.startswith("tcp://"):
        return where
    if where.startswith(SERIAL_PREFIX) or is_port(where):
        path = where.removeprefix(SERIAL_PREFIX).partition("?")[0]
        return f"{SERIAL_PREFIX}{Path(path).absolute()}?{line.query}"
    return ""


def hex_view(data: bytes) -> list[str]:
    """What a person can send to a maker: offset, bytes, and the text among them."""
    rows = []
    for at in range(0, min(len(data), HEX_BYTES_MAX), HEX_ROW_BYTES):
        row = data[at : at + HEX_ROW_BYTES]
        text = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in row)
        rows.append(f"{at:04X}  {row.hex(' ').upper():<{3 * HEX_ROW_BYTES}} {text}")
    if len(data) > HEX_BYTES_MAX:
        rows.append(f"… and {len(data) - HEX_BYTES_MAX} bytes more")
    return rows


def not_recognised(heard: Heard, *, asked: bool, recorded: bool) -> list[str]:
    """What is known all the same, and what to try."""
    if not heard.data and recorded:
        return ["empty: there is no byte in it; was it recorded from the port of the indicator?"]
    if not heard.data:
        cure = "nobody answered either" if asked else "many indicators speak only when asked: try --ask"
        return [f"silent: no byte came. Check cable (TX against RX), that the indicator is on and set to send; {cure}"]
    told = troubles(heard.data, heard.line, formats_known())
    return ["not recognised: no format that is known here fits most of what came", *told]


async def _listen(url: str, asking: Sequence[Question], told: Callable[[str], None]) -> Heard:
    lines = _lines_of(url, asking)

    async def open_at(line: Line) -> Link:
        plain = url.partition("?")[0]
        return await open_link(f"{plain}?{line.query}" if plain.startswith(SERIAL_PREFIX) else url)

    if asking and len(lines) > 1:
        at_most_s = len(lines) * round_s(asking)
        told(f"asking at {len(lines)} settings until it answers: {at_most_s:.0f} s, if it never does")
    best = Heard(lines[0], b"", ())
    async for heard in walk(open_at, lines, formats_known(), asking=asking):
        named = ", ".join(one.account.title for one in heard.candidates[:3]) or "nothing fits"
        told(f"{heard.line}: {len(heard.data)} bytes, {named}")
        best = max(best, heard, key=_worth)
    return best


def _worth(heard: Heard) -> tuple[Decimal, int]:
    return (heard.candidates[0].score if heard.candidates else Decimal(0), min(len(heard.data), 1))


def _lines_of(url: str, asking: Sequence[Question]) -> list[Line]:
    """A URL that names its baud rate is taken at its word. A question must be sent as the indicator hears it."""
    port = parse_link_url(url)
    if not isinstance(port, SerialPort):
        return [Line()]
    named = parse_qs(urlsplit(url).query)
    if named:
        rates = [port.baudrate] if "baudrate" in named else BAUD_RATES
        return [Line(rate, port.bytesize, cast("Parity", port.parity), port.stopbits) for rate in rates]
    lines = list(settings_to_walk())
    if asking:
        lines += [Line(line.baudrate, 7, "E") for line in lines if line == Line(line.baudrate)]
    return lines


def _last_reading(candidate: Candidate) -> str:
    said = [as_json(one) for one in candidate.account.readings if not isinstance(one, Rejected)]
    last = ([one for one in said if one["kind"] == "weight"] or said)[-1]
    return " ".join(str(last[key]) for key in ("value", "unit", "status", "text") if last.get(key))


def is_recording(where: str) -> bool:
    return "://" not in where and not is_port(where)


def url_of(port: str) -> str:
    return f"{SERIAL_PREFIX}{Path(port).absolute()}"


def is_port(where: str) -> bool:
    """A device that is there, or whose name says that it should be."""
    try:
        return stat.S_ISCHR(Path(where).stat().st_mode)
    except OSError:
        return where.startswith("/dev/")


def _recorded(where: str, hex_text: bool) -> bytes:
    limit = HEARD_BYTES_MAX * (4 if hex_text else 1)
    try:
        with sys.stdin.buffer if where == "-" else open(where, "rb") as source:
            data = source.read(limit)
        return bytes.fromhex(data.decode("ascii")) if hex_text else data
    except ValueError as error:
        raise ConfigError("sniff", [f"--hex: {error}; write two digits a byte, such as 02 2B 30"]) from error
    except OSError as error:
        raise ConfigError(where, [f"cannot be read: {error.strerror}; is the path right?"]) from error
