"""Rinstrum rinCMD (R300, R400, C500; the axle weigher R420 among them): registers read by number.

    [address 2 hex] [command 2 hex] [register 4 hex] [:] [data] [;] or [CR][LF]
    with a CRC:  [SOH] that, without its end [crc 4 hex] [EOT]       CRC-CCITT, polynomial 1021, from FFFF

    address   20 an answer is wanted, 80 an answer, 40 an error; the low five bits are the unit
    command   05 reads a register as text: 20050026:;  is answered  81110026: 100 kg G;
    register  0025 displayed  0026 gross  0027 net; read only, here: 0300 zeroes, 0301 tares, 06 and 10 write and act

With `ask = false` it listens to what an indicator sends by itself (automatic output of a register, registers 0040 to
0046, set up on the indicator). An error that says over or under range is no weight; any other refusal is named.
Sources: Rinstrum C530 manual, page 81; LUA-LIB (register and error numbers).
"""

import re
from binascii import crc_hqx
from decimal import Decimal
from functools import partial

from drivers.errors import FrameError
from drivers.framing import NEED_MORE, NO_FRAME
from drivers.numerals import number
from drivers.options import Option
from drivers.polling import Polling
from drivers.protocol import Example, Remark, Said, ScaleProtocol, Span
from drivers.readings import Unit, WeightReading

SOH, EOT, SIZE_MAX = 0x01, 0x04, 64
ANSWER, ERROR, WANTED, UNIT_BITS = 0x80, 0x40, 0x20, 0x1F
HEXADECIMAL = b"0123456789ABCDEF"
REGISTERS = {"displayed": b"0025", "gross": b"0026", "net": b"0027"}
SHAPE = re.compile(rb"([0-9A-F]{2})[0-9A-F]{2}([0-9A-F]{4}):([ -~]*)")
WEIGHT = re.compile(rb" *(-?) *([0-9]+(?:\.[0-9]+)?) *(kg|g|t|lb) *([GN])")
UNITS: dict[bytes, Unit] = {b"kg": "kg", b"g": "g", b"t": "t", b"lb": "lb"}
REFUSALS = {
    b"C000": "unknown command",
    b"A000": "not implemented",
    b"9000": "access denied",
    b"8800": "underload",
    b"8400": "overload",
    b"8200": "illegal value",
    b"8100": "illegal operation",
    b"8040": "bad parameter",
    b"8020": "menu in use",
    b"8010": "viewer in use",
    b"8008": "checksum required",
}
OPTIONS = {
    "read": Option("gross", "which register", tuple(REGISTERS)),
    "unit_id": Option(0, "the indicator's address, 1 to 31; 0: whichever there is"),
    "crc": Option(False, "requests and answers carry a CRC"),
    "ask": Option(True, "poll; false: listen to the automatic output"),
}


class Messages:
    """To `;` or a line feed, or from SOH to EOT."""

    size_max = SIZE_MAX

    def __init__(self, *, crc: bool) -> None:
        self._crc = crc

    def size(self, buffer: bytes | bytearray, *, final: bool) -> int:
        if self._crc:
            if buffer[0] != SOH:
                return NO_FRAME
            at = buffer.find(EOT, 0, SIZE_MAX)
        elif buffer[0] not in HEXADECIMAL:
            return NO_FRAME
        else:
            ends = [at for at in (buffer.find(end, 0, SIZE_MAX) for end in (b";", b"\n")) if at >= 0]
            at = min(ends, default=-1)
        if at >= 0:
            return at + 1
        return NO_FRAME if final or len(buffer) >= SIZE_MAX else NEED_MORE

    def judged(self, size: int, *, good: bool) -> None:
        """Nothing to learn."""


def decode(frame: bytes, *, read: str, unit_id: int, crc: bool) -> Said:
    message = _unsealed(frame) if crc else frame.rstrip(b";\r\n")
    found = SHAPE.fullmatch(message)
    if not found:
        raise FrameError(f"not a message of rinCMD: {frame!r}")
    address, register, data = int(found[1], 16), found[2], found[3]
    if not address & ANSWER:
        return Remark("request", register.decode())
    if unit_id not in (0, address & UNIT_BITS):
        raise FrameError(f"unit {address & UNIT_BITS} answers, and {unit_id} was asked")
    if register != REGISTERS[read]:
        return Remark("refused" if address & ERROR else "answer", f"{register.decode()}: {data.decode()}")
    if address & ERROR:
        return WeightReading(None, status=REFUSALS.get(data.strip(), f"refused: {data.decode()}"))
    weight = WEIGHT.fullmatch(data)
    if not weight:
        raise FrameError(f"not a weight with its unit: {data!r}")
    return WeightReading(number(weight[2], negative=bool(weight[1])), UNITS[weight[3]], net=weight[4] == b"N")


def encode(reading: WeightReading, *, read: str, unit_id: int, crc: bool) -> bytes:
    address, register = ANSWER + (unit_id or 1), REGISTERS[read]
    if reading.value is None:
        code = next(code for code, status in REFUSALS.items() if status == reading.status)
        return _closed(b"%02X11%b:%b" % (address | ERROR, register, code), crc=crc)
    text = f"{reading.value:f} {reading.unit or 'kg'} {'N' if reading.net else 'G'}".encode()
    return _closed(b"%02X11%b: %b" % (address, register, text), crc=crc)


def reseal(frame: bytes) -> bytes:
    """Give a frame between SOH and EOT the CRC its body deserves."""
    return frame[:-5] + b"%04X" % crc_hqx(frame[1:-5], 0xFFFF) + frame[-1:]


def _closed(message: bytes, *, crc: bool) -> bytes:
    return reseal(b"\x01" + message + b"????\x04") if crc else message + b";"


def _unsealed(frame: bytes) -> bytes:
    message, checksum = frame[1:-5], frame[-5:-1]
    if len(frame) < 6 or frame[0] != SOH or frame[-1] != EOT:
        raise FrameError(f"no CRC around it: {frame!r}")
    if checksum != b"%04X" % crc_hqx(message, 0xFFFF):
        raise FrameError(f"CRC {checksum!r} should be {crc_hqx(message, 0xFFFF):04X}")
    return message.rstrip(b";")


def request(read: str, unit_id: int, *, crc: bool) -> bytes:
    """Reads a register as text."""
    return _closed(b"%02X05%b:" % (WANTED + unit_id, REGISTERS[read]), crc=crc)


C530 = "Rinstrum C530 manual, page 81"


def _examples(read: str, unit_id: int, *, crc: bool) -> tuple[Example, ...]:
    made = _closed(b"%02X11%b: 100 kg G" % (ANSWER + (unit_id or 1), REGISTERS[read]), crc=crc)
    hundred = WeightReading(Decimal(100), "kg", net=False)
    if crc or unit_id or read != "gross":
        return (Example(made, hundred, "constructed", ""),)
    return (
        Example(made, hundred, "manual", C530),
        Example(b"20050026:;", Remark("request", "0026"), "manual", C530),
        Example(b"C1100102:0601;", Remark("refused", "0102: 0601"), "manual", C530),
        Example(b"81170019:0000;", Remark("answer", "0019: 0000"), "manual", C530),
        Example(b"C1110026:8400;", WeightReading(None, status="overload"), "constructed", ""),
        Example(b"81110026:   -12.5 kg N\r\n", WeightReading(Decimal("-12.5"), "kg", net=True), "constructed", ""),
    )


def build(*, read: str = "gross", unit_id: int = 0, crc: bool = False, ask: bool = True) -> ScaleProtocol:
    """The protocol with a site's settings. Raises ValueError for an address that is none."""
    if not 0 <= unit_id <= UNIT_BITS:
        raise ValueError(f"rincmd: unit_id {unit_id} is not from 0 to 31")
    return ScaleProtocol(
        name="rincmd",
        title="Rinstrum rinCMD",
        models=("Rinstrum R300, R320, R400, R420 (AxleWeigh), C500, C530",),
        splitter=partial(Messages, crc=crc),
        decode=partial(decode, read=read, unit_id=unit_id, crc=crc),
        encode=partial(encode, read=read, unit_id=unit_id, crc=crc),
        reseal=reseal if crc else None,
        examples=_examples(read, unit_id, crc=crc),
        span=Span(
            digits=7, decimals=4, units=("kg", "g", "t", "lb"), statuses=("overload", "underload", "access denied")
        ),
        settings="network protocol rinCMD on the port; over TCP port 2222 (from memory, unverified)",
        options=OPTIONS,
        build=build,
        polling=Polling((request(read, unit_id, crc=crc),), every_ms=100) if ask else None,
        sources=("LUA-LIB @7be1957",),
        unverified="not verified on real hardware; whether the CRC covers the closing `;` is inferred: both are read",
    )


PROTOCOL = build()
