"""Files that people write: sites, registers, laws. Every fault of them is told by the declared error."""

import tempfile
from collections.abc import Callable, Iterator
from functools import cache, partial
from itertools import islice
from pathlib import Path

from targets import Target

from central.cases.document_fields import FIELDS
from central.cases.documents import load_documents
from central.cases.procedure_file import load_procedure
from central.errors import ConfigError as CentralConfigError
from central.settings import load_central
from drivers.errors import FrameError
from drivers.link import parse_link_url
from drivers.overheard import load_formats
from drivers.pattern import harmless
from drivers.protocol import WireFormat, load_protocols
from drivers.register_maps import load_map
from drivers.sniff.line import Line
from drivers.sniff.ranking import rank
from drivers.tables import MapError
from gateway.contract.signing import KeyFileError, read_private_key
from gateway.errors import ConfigError
from gateway.lawfiles import load_families, load_instruments, load_limits, load_linkage, load_penalties, load_permits
from gateway.register import load_register
from gateway.settings import load_site
from weighgate.decoding import decode_bytes
from weighgate.judging import ShippedLaws, judge_line, load_shipped_laws

CONFIG = Path(__file__).resolve().parents[2] / "config"
REFUSALS = (ConfigError, CentralConfigError, MapError, KeyFileError)
WHOLE_FILE = 0.02
"""A file of some kilobytes takes as long as hundreds of frames, and is read once at a start."""
SECRETS = dict.fromkeys(("WEIGHGATE_ADMIN_TOKEN", "WEIGHGATE_TOKEN_QUARRY_1"), "x" * 40)
JUDGED = """{"id": "1", "site_kind": "checkpoint", "body": "articulated", "axles": "1+2+3", "gross_kg": 49300,
"axle_loads_kg": [6000, 8000, 8000, 9000, 9000, 9300], "spacings_mm": [3200, 1350, 6000, 1310, 1310], "divisible":
false, "drive_axles": 2, "at": "2026-11-23T04:05:06Z", "permit": {"number": "1", "gross_kg": 49001}, "plate":
"豫A12345", "instrument": {"kind": "platform", "class": "III", "interval_kg": 20, "valid_until": "2027-01-01"}}"""
DEEP = b"a = " + b"[" * 3000
KEY = (
    b"-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
    b"-----END PRIVATE KEY-----\n"
)  # RFC 8032, 7.1, test 1


def file_targets() -> Iterator[Target]:
    law = CONFIG / "law"
    for name, load, places in (
        ("site file", load_site, (CONFIG / "sites").glob("*.toml")),
        ("file of central", partial(load_central, environ=SECRETS), (CONFIG / "central.toml",)),
        ("register map", load_map, (CONFIG / "registers").glob("*.toml")),
        ("limits", load_limits, (law / "limits").glob("*.toml")),
        ("families", load_families, (law / "families").glob("*.toml")),
        ("instruments", load_instruments, (law / "instruments").glob("*.toml")),
        ("linkage", load_linkage, (law / "linkage").glob("cn-default.toml")),
        ("penalties", load_penalties, (law / "penalties").glob("*.toml")),
        ("permit rules", load_permits, (law / "permits").glob("*.toml")),
        ("procedure", load_procedure, (law / "procedure").glob("*.toml")),
        ("documents", partial(load_documents, known=FIELDS), (law / "documents").glob("*.toml")),
    ):
        seeds = (DEEP, *(path.read_bytes() for path in sorted(places)))
        share = WHOLE_FILE / 4 if max(map(len, seeds)) > 10_000 else WHOLE_FILE
        yield Target(name, seeds, _loaded(load), share)
    yield Target(
        "register of vehicles", ((CONFIG / "sites" / "vehicles.csv").read_bytes(),), _loaded(load_register), 0.5
    )
    yield Target("key file", (KEY, KEY.replace(b"K2Vw", b"K2Vv")), _loaded(read_private_key), 0.5)
    laws = cache(partial(load_shipped_laws, CONFIG))
    yield Target("line to judge", (JUDGED.encode(),), partial(_judged, laws), 0.2)
    yield from _typed()


def _typed() -> Iterator[Target]:
    """What an installer types or sends for help."""
    yield Target("address of a line", tuple(map(str.encode, ADDRESSES)), _refused(parse_link_url))
    yield Target("pattern of a template", (rb"^(?P<sign>[-+ ])(?P<value>[0-9.]{3,8})(?P<unit>kg|t)\r\n$",), _pattern)
    yield Target("hex to decode", (b"02 2B 30 30 31 35 36 30 30 31 39 03",), _hex, 0.5)
    scales, others = load_protocols().values(), load_formats().values()
    heard = (*(one.examples[0].frame * 3 for one in scales), *(one.examples[0].frame * 3 for one in others))
    formats: tuple[WireFormat, ...] = (*scales, *others)
    yield Target("what sniff heard", heard, partial(_sniffed, formats), WHOLE_FILE)


ADDRESSES = (
    "serial:///dev/ttyUSB0?baudrate=9600&bytesize=7&parity=E&stopbits=2",
    "tcp://10.0.0.5:4001",
    "tcp://[fe80::1]:502",
    "replay:///var/lane-1.bin?rate_bytes_s=960",
)


def _loaded(load: Callable[[Path], object]) -> Callable[[bytes], str]:
    folder = tempfile.TemporaryDirectory(prefix="fuzz-")
    path = Path(folder.name) / "cn-default.toml"
    path.touch(0o600)  # nobody's key may be read by others

    def read(data: bytes) -> str:
        path.write_bytes(data)
        try:
            return type(load(path)).__name__
        except REFUSALS as error:
            return str(error).replace(folder.name, "")

    return read


def _judged(laws: Callable[[], ShippedLaws], data: bytes) -> str:
    said = judge_line(data, laws())
    told = [said["error"]["reason"]] if "error" in said else [one["outcome"] for one in said["verdicts"].values()]
    return " ".join(told)


def _refused(take: Callable[[str], object]) -> Callable[[bytes], str]:
    def read(data: bytes) -> str:
        try:
            return type(take(data.decode("utf-8", "surrogateescape"))).__name__
        except ValueError as error:
            return str(error)

    return read


def _sniffed(formats: tuple[WireFormat, ...], data: bytes) -> str:
    return " ".join(one.account.protocol for one in rank(data, Line(9600), formats)[:2])


def _pattern(data: bytes) -> str:
    try:
        pattern = harmless(data.decode("utf-8", "replace"))
    except ValueError as error:
        return str(error)
    return "" if pattern.fullmatch(b"+ 12.340kg\r\n" * 20) is None else "matched"


def _hex(data: bytes) -> str:
    try:
        told = decode_bytes("mt-sics", [data], unit=None, hex_text=True)
        return " ".join(one["kind"] for one in islice(told, 3))
    except (ConfigError, FrameError) as error:
        return str(error)
