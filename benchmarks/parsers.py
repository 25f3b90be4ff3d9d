"""The same frames read by us and by public parsers: whether the values agree, and how fast each of them is.

    app-tools-zxw         Yaohua XK3190 continuous output
    sartorius             SBI (GPL: strictly another process, in a venv of its own, frames as JSON lines)
    scales-driver-async   CAS type 6
    pymodbus, mbpoll      Modbus register maps: see parsers_modbus.py

Each of the first three runs alone behind a pipe (parser_peers.py). Where a peer reads otherwise than we do, the bytes
stand in KNOWN, with what it says and why that is not what they mean; whatever else differs is a remark and a miss.
"""

import json
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import Any

import parsers_modbus
from figures import Bench, Figure, Found, MissingPeerError, Row, Show

from drivers.link import READ_BYTES_MAX
from drivers.protocol import Reader, ScaleProtocol, load_protocols
from drivers.readings import Unit, WeightReading

VENV = Path(__file__).with_name(".venv-peer-parsers")
WANTED = Path(__file__).with_name("peer-parsers.txt")
PROGRAM = Path(__file__).with_name("parser_peers.py")
INSTALL_S_MAX = 300
SPEED_MIN = 0.5
ROW = Row("peers", "the same frames read by public parsers: values that agree, and speed")

Said = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Peer:
    """`brought` is one frame as this peer gets it. `units` are those it weighs in; it tells the last in kilograms."""

    name: str
    protocol: str
    units: tuple[Unit, ...]
    tells: tuple[str, ...]
    decimals: int
    brought: Callable[[bytes], bytes] = lambda frame: frame


@dataclass(frozen=True, slots=True)
class Known:
    """Bytes that the peer reads otherwise: `ours` is what we make of them, all of them, and why."""

    peer: str
    brought: bytes
    theirs: str
    ours: tuple[str, ...]
    why: str


PEERS = (
    Peer("app-tools-zxw", "yaohua-continuous-0", (), (), 4, lambda frame: frame + frame[:1]),
    Peer("sartorius", "sbi", ("kg", "g", "t", "lb"), ("stable", "net"), 4),
    Peer("scales-driver-async", "cas-swii", ("kg", "g"), ("stable",), 3, lambda frame: b"\x06" + frame),
)
KNOWN = (
    Known("app-tools-zxw", b"\x02+001560019\x03", "-99", ("1560",), "one whole frame alone: it wants a byte behind it"),
    Known(
        "app-tools-zxw", b"\x02+009560019\x03\x02", "9560.0", ("rejected", "rejected"),
        "a digit is altered: it looks at no checksum",
    ),
    Known(
        "app-tools-zxw", b"\x02 001560012\x03\x02", "-1560.0", ("rejected", "rejected"),
        "a broken sign is a minus to it",
    ),
    Known(
        "app-tools-zxw", b"\x02-00009901D\x03\x02", "-99.0", ("-99", "rejected"),
        "99 below zero is also its word for nothing read",
    ),
    Known(
        "app-tools-zxw", b"\x02+00000001B\x03\x02+001560019\x03", "0.0", ("0", "1560"),
        "of one read it gives the first frame only, which is the oldest",
    ),
    Known(
        "sartorius", b"+   0.1234 g  \r\n", "None", ("0.1234",),
        "lines of 16 characters are told as a scale that is switched off",
    ),
    Known(
        "sartorius", b"G     Stat       OFF\r\n", "ValueError", ("switched off",), "switched off, with a name before it"
    ),
    Known(
        "sartorius", b"N     +   0.1 34 g  \r\n", "0.134", ("rejected",), "a digit is lost: it closes the hole"
    ),
    Known(
        "scales-driver-async", b"\x06\x01\x02S 010.00lbb\x03\x04", "4.53592", ("10.00 lb",), "a pound is 0.45359237 kg"
    ),
    Known(
        "scales-driver-async", b"\x06\x01\x02S 012.34 t=\x03\x04", "ScalesError", ("12.34 t",),
        "tonnes stand among the units of its manual",
    ),
)  # fmt: skip


def install() -> Path:
    """The interpreter of the peers' venv; made at the first call. MissingPeerError where they cannot be had here."""
    python, ready = VENV / "bin" / "python", VENV / "ready"
    if ready.exists() and ready.read_bytes() == WANTED.read_bytes():
        return python
    try:
        subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True, capture_output=True)
        command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
        subprocess.run([*command, "-r", str(WANTED)], check=True, capture_output=True, timeout=INSTALL_S_MAX)
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace").strip().splitlines()[-1:]
        raise MissingPeerError(f"the parsers cannot be installed: {' '.join(said)}") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise MissingPeerError(f"the parsers cannot be installed: {error}") from error
    ready.write_bytes(WANTED.read_bytes())
    return python


def known_rows() -> list[str]:
    """KNOWN, as the page on benches shows it."""
    rows = []
    for one in KNOWN:
        ours = ", then ".join(said for said in one.ours if said != "rejected") or "refused"
        shown = repr(one.brought)[2:-1].replace("|", "\\|")
        theirs = {"None": "no weight: off", "-99": "nothing read (-99)"}.get(one.theirs, one.theirs)
        rows.append(f"| {one.peer} | `{shown}` | {theirs} | {ours} | {one.why} |")
    return rows


Ask = Callable[[Sequence[bytes], int], Said]


@contextmanager
def running(peer: Peer) -> Iterator[Ask]:
    """The peer's process. Ask it with frames and rounds; no rounds: what it says, rounds: how long each took."""
    command = [str(install()), str(PROGRAM), peer.name]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        asks, answers = process.stdin, process.stdout

        def ask(frames: Sequence[bytes], rounds: int) -> Said:
            asks.write(json.dumps({"frames": [one.hex() for one in frames], "rounds": rounds}) + "\n")
            asks.flush()
            answer: Said = json.loads(answers.readline())
            return answer

        try:
            yield ask
        finally:
            process.kill()


def loads(peer: Peer, protocol: ScaleProtocol, count: int) -> Iterator[WeightReading]:
    """What the wire can say and the peer claims to read."""
    rng, span = random.Random(count), protocol.span
    for _ in range(count):
        decimals = rng.randrange(peer.decimals + 1)
        digits = rng.randrange(10 ** min(span.digits, 6 - bool(decimals)))
        value = Decimal(rng.choice((digits, digits, -digits))).scaleb(-decimals)
        stable = rng.random() < 0.8 if "stable" in peer.tells else None
        net = rng.random() < 0.5 if "net" in peer.tells else None
        unit = rng.choice(peer.units) if peer.units else None
        yield WeightReading(value, None if stable is False and peer.name == "sartorius" else unit, stable, net)


def agrees(peer: Peer, ours: WeightReading, theirs: Said) -> bool:
    if theirs.get("error") or (ours.value is None) != (theirs["value"] is None):
        return False
    if ours.value is None:
        return True
    value = ours.value if theirs.get("unit") != "kg" else ours.mass_kg or ours.value
    same = value == Decimal(theirs["value"])
    if ours.unit is not None and theirs.get("unit") not in ("kg", ours.unit):
        return False
    return same and all(getattr(ours, name) == theirs[name] for name in peer.tells)


def readings_of(protocol: ScaleProtocol, recording: bytes) -> tuple[str, ...]:
    """All that we make of these bytes, in the words of KNOWN."""
    reader, told = Reader(protocol), []
    for one in (*reader.feed(recording), *reader.finish()):
        if isinstance(one, WeightReading):
            unit = f" {one.unit}" if one.unit and protocol.name == "cas-swii" else ""
            told.append(one.status or f"{one.value}{unit}")
        elif not hasattr(one, "about"):
            told.append("rejected")
    return tuple(told)


def _disagreements(peer: Peer, protocol: ScaleProtocol, ask: Ask, count: int) -> list[str]:
    """Of `count` frames made and of all examples that are weights; and whether KNOWN is still so."""
    frames = [protocol.encode(one) for one in loads(peer, protocol, count)]
    frames += [one.frame for one in protocol.examples if isinstance(one.said, WeightReading)]
    known = [one for one in KNOWN if one.peer == peer.name]
    told = ask([*map(peer.brought, frames), *(one.brought for one in known)], 0)["said"]
    wrong = []
    for frame, theirs in zip(frames, told, strict=False):
        ours = protocol.decode(frame)
        assert isinstance(ours, WeightReading)
        if not agrees(peer, ours, theirs) and not any(frame in one.brought for one in known):
            wrong.append(f"{peer.name}: {frame!r}: ours {ours}, theirs {theirs}")
    for one, theirs in zip(known, told[len(frames) :], strict=True):
        says = theirs.get("error", str(theirs.get("value")))
        if not says.startswith(one.theirs):
            wrong.append(f"{peer.name}: {one.brought!r}: it says {says}, no longer {one.theirs}")
    return wrong


def _speed(peer: Peer, protocol: ScaleProtocol, ask: Ask, count: int, rounds: int) -> list[Figure]:
    """Processor time, in turn. Both get each frame cut; besides, ours as it cuts them out of a stream itself."""
    frames = [protocol.encode(one) for one in loads(peer, protocol, count)]
    brought, stream = [peer.brought(one) for one in frames], b"".join(frames)
    parse_s, stream_s, peer_s = [], [], []
    for _ in range(rounds):
        parse_s.append(_timed(lambda: [protocol.decode(one) for one in frames]))
        peer_s.append(ask(brought, 1)["seconds"][0])
        stream_s.append(_timed(lambda: _stream(protocol, stream)))
    ratio = median(theirs / ours for ours, theirs in zip(parse_s, peer_s, strict=True))
    uncut = median(theirs / ours for ours, theirs in zip(stream_s, peer_s, strict=True))
    return [
        Figure(f"{peer.name}: frames cut and read by us", count / median(stream_s), "frames/s"),
        Figure(f"{peer.name}: ours, frames given", count / median(parse_s), "frames/s"),
        Figure(f"{peer.name}: its own, frames given", count / median(peer_s), "frames/s"),
        Figure(f"{peer.name}: ours ÷ its own", ratio, "×", at_least=SPEED_MIN),
        Figure(f"{peer.name}: ours, which cuts them out of a stream as well ÷ its own, given cut", uncut, "×"),
    ]


def _stream(protocol: ScaleProtocol, stream: bytes) -> None:
    reader = Reader(protocol)
    for start in range(0, len(stream), READ_BYTES_MAX):
        reader.feed(stream[start : start + READ_BYTES_MAX])


def _timed(work: Callable[[], object]) -> float:
    began_s = time.process_time()
    work()
    return time.process_time() - began_s


def measure(quick: bool, show: Show) -> Found:
    count, rounds = (300, 2) if quick else (20_000, 9)
    figures: list[Figure] = []
    remarks = [f"{one.peer} says {one.theirs} to {one.brought!r}: {one.why}" for one in KNOWN]
    with ExitStack() as stack:
        for peer in PEERS:
            show(f"{peer.name}, {rounds} rounds")
            protocol, ask = load_protocols()[peer.protocol], stack.enter_context(running(peer))
            wrong = _disagreements(peer, protocol, ask, count)
            remarks += wrong[:10]
            figures.append(Figure(f"{peer.name}: frames read otherwise, of {count:,}", len(wrong), "", at_most=0))
            figures += _speed(peer, protocol, ask, count, rounds)
    show("pymodbus and mbpoll")
    found = parsers_modbus.measure(count, rounds)
    return Found({ROW.key: [*figures, *found.figures[parsers_modbus.KEY]]}, [*remarks, *found.remarks])


BENCH = Bench((ROW,), measure)
