"""Yaohua XK3190 family in command mode: it answers to its address, A to Z, and to a letter.

    ask     [02] [address] [letter]                [xor hi][xor lo] [03]
    answer  [02] [address] [letter] [8 characters] [xor hi][xor lo] [03]
                 |<--------- xor ------------->|

The 8 characters are a sign, six digits and the number of decimals (`+0123450`), or a sign and seven characters with
their point (`+000.000`). Letters mean different things on different models, and some act:

    letter   A9, DS3, D9, A23p   Keli K9      RS485 truck variant
    A        handshake           handshake    handshake
    B        gross               gross        gross
    C        tare                tare         net
    D        net                 net          tare
    E        (unit price)        vehicle no.  TARES THE SCALE
    F        (amount)            cargo no.    ZEROES THE SCALE

So only B, C and D are ever sent, whatever the model. Nothing asks for a tare.
Sources: XK3190-A23p manual, pages 24 to 26; XK3190-DS3 manual, page 8; XK3118K9-R manual, page 10; the 3apen page on
the RS485 variant.
"""

import re
from decimal import Decimal
from functools import partial
from typing import Literal

from drivers.checksums import xor_of
from drivers.errors import FrameError
from drivers.framing import Enclosed
from drivers.numerals import digits, number, parts
from drivers.options import Option
from drivers.polling import Polling
from drivers.protocol import Example, Remark, Said, ScaleProtocol, Span
from drivers.readings import WeightReading

Model = Literal["a9", "k9", "rs485-truck"]
LETTERS: dict[Model, dict[bytes, str]] = {
    "a9": {b"A": "handshake", b"B": "gross", b"C": "tare", b"D": "net"},
    "k9": {b"A": "handshake", b"B": "gross", b"C": "tare", b"D": "net", b"E": "vehicle number", b"F": "cargo number"},
    "rs485-truck": {b"A": "handshake", b"B": "gross", b"C": "net", b"D": "tare", b"E": "do tare", b"F": "zero"},
}
SHAPE = re.compile(rb"\x02([A-Z])([A-I])((?:[+-].{7})?)([0-9A-F:-?]{2})\x03", re.DOTALL)
COUNTED = re.compile(rb"([0-9]{6})([0-4])")
POINTED = re.compile(rb"(?=.{7}\Z)[0-9]+\.[0-9]*")
STANDARD_NIBBLES = bytes.maketrans(b":;<=>?", b"ABCDEF")
SIZE_MAX = 14
OPTIONS = {
    "model": Option("a9", "whose letters it speaks; A23p and DS models speak those of the A9", tuple(LETTERS)),
    "address": Option("A", "the indicator's address, A to Z"),
    "read": Option("gross", "what to ask for", ("gross", "net")),
}


def decode(frame: bytes, *, model: Model, address: str, read: str) -> Said:
    found = SHAPE.fullmatch(frame)
    if not found:
        raise FrameError(f"neither a request nor an answer: {frame!r}")
    asked, letter, said, checksum = found.groups()
    if checksum.translate(STANDARD_NIBBLES) != b"%02X" % xor_of(frame[1:-3]):
        raise FrameError(f"checksum {checksum!r} should be {b'%02X' % xor_of(frame[1:-3])!r}")
    meaning = _meaning(letter, model)
    if not said:
        return Remark("request", meaning)
    if asked != address.encode():
        raise FrameError(f"address {asked.decode()} answers, and {address} was asked")
    value = _value(said, model)
    if meaning != read:
        return Remark(meaning, format(value, "f"))
    return WeightReading(value, net=meaning == "net")


def _meaning(letter: bytes, model: Model) -> str:
    return LETTERS[model].get(letter, f"letter {letter.decode()}")


def _value(said: bytes, model: Model) -> Decimal:
    negative = said[:1] == b"-"
    if POINTED.fullmatch(said, 1):
        return number(said[1:], negative=negative)
    counted = COUNTED.fullmatch(said, 1)
    if not counted or model == "rs485-truck":  # seven digits, or six and their decimals? The page does not say
        raise FrameError(f"not a weight as {model} writes it: {said!r}")
    return number(counted[1], negative=negative).scaleb(-int(counted[2]))


def encode(reading: WeightReading, *, model: Model, address: str, read: str) -> bytes:
    assert reading.value is not None, "this wire cannot say why there is no weight"
    negative, value, decimals = parts(reading.value)
    assert decimals <= 4
    sign = b"-" if negative else b"+"
    if model == "rs485-truck":
        body = digits(reading.value, 7, b"0") if decimals else b"%06d." % value
    else:
        body = b"%06d%d" % (value, decimals)
    return _sealed(address, letter_of(model, read), sign + body)


def reseal(frame: bytes) -> bytes:
    """Give a frame the checksum its body deserves."""
    return frame[:-3] + b"%02X" % xor_of(frame[1:-3]) + frame[-1:]


def letter_of(model: Model, read: str) -> bytes:
    return next(letter for letter, meaning in LETTERS[model].items() if meaning == read)


def _sealed(address: str, letter: bytes, body: bytes = b"") -> bytes:
    return reseal(b"\x02" + address.encode() + letter + body + b"??\x03")


PAGE = "XK3190-A23p manual, page 26"
VARIANT = "3apen page on the RS485 variant"


def _examples(model: Model, address: str, read: str) -> tuple[Example, ...]:
    """Letters and answers in the words of this model; what manuals print is of address A."""
    letter = letter_of(model, read)
    counted = _made(_sealed(address, letter, b"+0123450"), "12345", read)
    pointed = _made(_sealed(address, letter, b"-012.345"), "-12.345", read)
    own = (pointed,) if model == "rs485-truck" else (counted, pointed)
    if address != "A":
        return own
    return (
        *own,
        Example(b"\x02AB+000.00006\x03", _heard(b"B", "0.000", model, read), "manual", VARIANT),
        Example(b"\x02AC+000.00007\x03", _heard(b"C", "0.000", model, read), "manual", VARIANT),
        Example(b"\x02AD+000.00000\x03", _heard(b"D", "0.000", model, read), "manual", VARIANT),
        Example(b"\x02AA00\x03", Remark("request", "handshake"), "manual", PAGE),
        Example(b"\x02AB03\x03", Remark("request", "gross"), "manual", PAGE),
        Example(b"\x02AC02\x03", Remark("request", _meaning(b"C", model)), "manual", PAGE),
        Example(b"\x02AD05\x03", Remark("request", _meaning(b"D", model)), "manual", PAGE),
        Example(b"\x02AE04\x03", Remark("request", _meaning(b"E", model)), "manual", PAGE),
        Example(b"\x02AF07\x03", Remark("request", _meaning(b"F", model)), "manual", PAGE),
    )


def _heard(letter: bytes, text: str, model: Model, read: str) -> Said:
    meaning = LETTERS[model][letter]
    return WeightReading(Decimal(text), net=meaning == "net") if meaning == read else Remark(meaning, text)


def _made(frame: bytes, text: str, read: str) -> Example:
    return Example(frame, WeightReading(Decimal(text), net=read == "net"), "constructed", "")


def build(*, model: Model = "a9", address: str = "A", read: str = "gross") -> ScaleProtocol:
    """The protocol with a site's settings. Raises ValueError for an address that is none."""
    if not re.fullmatch("[A-Z]", address):
        raise ValueError(f"yaohua-command: address {address!r} is not one letter, A to Z")
    return ScaleProtocol(
        name="yaohua-command",
        title="Yaohua and Keli command mode (address and letter)",
        models=("Yaohua XK3190-A9, A9+, A23p, DS3, D9", "Keli XK3118K9-R", "XK3190 RS485 truck variant"),
        splitter=partial(Enclosed, first=b"\x02", end=b"\x03", size_max=SIZE_MAX),
        decode=partial(decode, model=model, address=address, read=read),
        encode=partial(encode, model=model, address=address, read=read),
        reseal=reseal,
        examples=_examples(model, address, read),
        span=Span(digits=6, decimals=4, net=read == "net"),
        settings="command mode (tF=1 on the A9, from memory), the address as in the site file, 8N1",
        options=OPTIONS,
        build=build,
        polling=Polling((_sealed(address, letter_of(model, read)),), every_ms=100),
    )


PROTOCOL = build()
