"""The shipped register maps read beside pymodbus and mbpoll: the same answers off the wire, the same numbers.

pymodbus checks and cuts the answers for us too (drivers/modbus.py), so its agreement proves what is ours: addresses,
word order, sign and scaling. mbpoll stands on libmodbus and shares nothing with us; it asks the simulated instrument.
"""

import asyncio
import random
import re
import shutil
import time
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from statistics import median

from figures import Figure, Found
from pymodbus.client.mixin import ModbusClientMixin
from pymodbus.framer import FramerRTU
from pymodbus.pdu import DecodePDU

from drivers.modbus import Request, RtuCodec
from drivers.readings import WeightReading
from drivers.register_maps import load_map
from drivers.registers import Register, ScaleMap, decode_scale, encode_scale
from simulator.modbus_server import BareUnit, TcpServer, sealed

MAPS = Path(__file__).resolve().parents[1] / "config" / "registers"
KEY = "peers"
UNIT, SPEED_MIN, TIMED_MAP = 1, 0.5, "laumas"
TYPES = ModbusClientMixin.DATATYPE
READ_BY_MBPOLL = Decimal(12_340)  # it prints six digits of a float


def scale_maps() -> list[ScaleMap]:
    return [found for path in sorted(MAPS.glob("*.toml")) if isinstance(found := load_map(path), ScaleMap)]


def answer_of(scale: ScaleMap, value: Decimal) -> bytes:
    """What an instrument behind this map sends on a serial line when it is asked for the block."""
    words = block_of(scale, value)
    body = b"".join(word.to_bytes(2, "big") for word in words)
    return sealed(bytes((UNIT, scale.function, len(body))) + body)


def block_of(scale: ScaleMap, value: Decimal) -> list[int]:
    words = encode_scale(scale, WeightReading(value, stable=True, net=False))
    return [words.get(address, 0) for address in range(scale.address, scale.address + scale.count)]


def counts_of(scale: ScaleMap, reading: WeightReading) -> Decimal:
    """The number in the register: as far as the peers read. A sign that is a bit elsewhere is not in it."""
    assert reading.value is not None
    counts = (reading.value / scale.multiplier).scaleb(0 if scale.number == "float32" else scale.decimals)
    return abs(counts) if scale.sign == "flag" else counts


def _type_of(scale: ScaleMap, register: Register) -> TYPES:
    if scale.number == "float32":
        return TYPES.FLOAT32
    if register.words == 1:
        return TYPES.UINT16 if scale.sign == "flag" else TYPES.INT16
    return TYPES.UINT32 if scale.sign == "flag" else TYPES.INT32


class Ours:
    def __init__(self, scale: ScaleMap) -> None:
        self._scale, self._codec = scale, RtuCodec()
        self._request = Request(UNIT, scale.function, scale.address, scale.count)

    def read(self, answer: bytes) -> WeightReading:
        words = self._codec.decode(answer, self._request, 0)
        assert words is not None
        return decode_scale(self._scale, words)


class Pymodbus:
    """Its framer and its own conversion, as its manual shows them."""

    def __init__(self, scale: ScaleMap, names: Sequence[str]) -> None:
        self._framer = FramerRTU(DecodePDU(False))
        self._order = "big" if scale.word_order == "high-first" else "little"
        self._wanted = []
        for name in names:
            register = scale.registers[name]
            start = register.address - scale.address
            kind = _type_of(scale, register) if name in ("gross", "net") else TYPES.UINT16
            self._wanted.append((start, start + (register.words if name in ("gross", "net") else 1), kind))

    def read(self, answer: bytes) -> list[object]:
        pdu = self._framer.handleFrame(answer, UNIT, 0)[1]
        assert pdu is not None
        return [
            ModbusClientMixin.convert_from_registers(pdu.registers[start:end], kind, self._order)  # type: ignore[arg-type]
            for start, end, kind in self._wanted
        ]


def _loads(scale: ScaleMap, count: int) -> list[Decimal]:
    """Whole steps that the instrument can show, above and below zero."""
    rng, step = random.Random(count), scale.multiplier
    top = min(scale.counts_max, 10 ** (6 if scale.registers["gross"].words == 2 else 4)) // 10**scale.decimals
    return [Decimal(rng.choice((1, 1, -1)) * rng.randrange(top) * step) for _ in range(count)]


def _disagreements(scale: ScaleMap, count: int) -> list[str]:
    ours, theirs, wrong = Ours(scale), Pymodbus(scale, ["gross"]), []
    for value in _loads(scale, count):
        answer = answer_of(scale, value)
        read, number = ours.read(answer), theirs.read(answer)[0]
        if read.value != value or counts_of(scale, read) != Decimal(str(number)):
            wrong.append(f"pymodbus: {scale.name}: {answer.hex(' ')}: ours {read.value}, theirs {number}")
    return wrong


def _speed(count: int, rounds: int) -> list[Figure]:
    scale = next(one for one in scale_maps() if one.name == TIMED_MAP)
    answers = [answer_of(scale, value) for value in _loads(scale, count)]
    ours, theirs = Ours(scale), Pymodbus(scale, list(scale.registers))
    ours_s, theirs_s = [], []
    for _ in range(rounds):
        began_s = time.process_time()
        for answer in answers:
            ours.read(answer)
        between_s = time.process_time()
        for answer in answers:
            theirs.read(answer)
        ours_s.append(between_s - began_s)
        theirs_s.append(time.process_time() - between_s)
    ratio = median(peer / own for own, peer in zip(ours_s, theirs_s, strict=True))
    return [
        Figure(f"pymodbus, {scale.name}: ours", count / median(ours_s), "answers/s"),
        Figure(f"pymodbus, {scale.name}: its own", count / median(theirs_s), "answers/s"),
        Figure(f"pymodbus, {scale.name}: ours ÷ its own", ratio, "×", at_least=SPEED_MIN),
    ]


class Instrument(BareUnit):
    def __init__(self, scale: ScaleMap) -> None:
        self._words = dict(zip(range(scale.address, 0xFFFF), block_of(scale, READ_BY_MBPOLL), strict=False))

    def read_registers(self, address: int, count: int) -> list[int]:
        return [self._words[one] for one in range(address, address + count)]


async def _by_mbpoll(scale: ScaleMap) -> list[str]:
    """Empty where it reads what we read."""
    server = TcpServer({UNIT: Instrument(scale)})
    port = await server.open("127.0.0.1", 0)
    register = scale.registers["gross"]
    kind = "float" if scale.number == "float32" else "int" if register.words == 2 else ""
    table = f"{3 if scale.function == 4 else 4}{':' if kind else ''}{kind}"
    words = ["-m", "tcp", "-a", str(UNIT), "-0", "-r", str(register.address), "-t", table, "-1", "-p", str(port)]
    words += ["-B"] if scale.word_order == "high-first" and kind else []
    process = await asyncio.create_subprocess_exec(
        "mbpoll", *words, "127.0.0.1", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said = (await process.communicate())[0].decode()
    await server.close()
    ours = counts_of(scale, decode_scale(scale, block_of(scale, READ_BY_MBPOLL)))
    read = re.findall(r"^\[\d+\]:\s+(-?[\d.]+)", said, re.MULTILINE)
    return [] if [Decimal(one) for one in read] == [ours] else [f"mbpoll: {scale.name}: ours {ours}, it says {said}"]


def measure(count: int, rounds: int) -> Found:
    """Every map against pymodbus with a hundredth of the frames, one against it in speed; each once against mbpoll."""
    maps = scale_maps()
    each = max(count // 100, 20)
    wrong = [told for scale in maps for told in _disagreements(scale, each)]
    figures = [
        Figure(f"pymodbus: answers read otherwise, {each} on each of {len(maps)} maps", len(wrong), "", at_most=0)
    ]
    remarks = wrong[:10]
    if shutil.which("mbpoll") is None:
        remarks.append("mbpoll is not installed: not compared with it")
    else:
        apart = [told for scale in maps for told in asyncio.run(_by_mbpoll(scale))]
        figures.append(Figure(f"mbpoll: maps read otherwise, of {len(maps)}", len(apart), "", at_most=0))
        remarks += apart
    return Found({KEY: [*figures, *_speed(count, rounds)]}, remarks)
