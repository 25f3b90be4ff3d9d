"""A Modbus device as a table: which registers hold what. One table, read by the driver, written by the simulator.

    wire:  FC03, address 6, count 5    words: [status, gross high, gross low, net high, net low]

Addresses are zero-based. A scale's registers are read in one request, so that weight and flags are of one moment.
A map that is off by one, or has its words the wrong way round, must not give a weight: what the instrument can show
(`counts_max`) and which bits are never set (`never`) are looked at here, what takes time in `drivers/map_proof.py`.
"""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from drivers.description import Description
from drivers.errors import FrameError
from drivers.readings import WeightReading

FLOAT_MAX = 1e12  # more is no weight, and no number to round
CURE = "the map does not fit: is an address one off, or the word order the other way round?"
TROUBLES = ("error", "overload", "underload")  # worst first: the reading names one


@dataclass(frozen=True, slots=True)
class Register:
    """`words` 16-bit words from zero-based `address`."""

    address: int
    words: int


@dataclass(frozen=True, slots=True)
class Flag:
    """Bit 0 is the least significant of the whole register; `when` is the bit's value that means yes."""

    register: str
    bit: int
    when: int


@dataclass(frozen=True, slots=True)
class Command:
    """What the instrument does when `value` is written (FC16) over `words` words from zero-based `address`."""

    address: int
    words: int
    value: int


@dataclass(frozen=True, slots=True)
class ScaleMap:
    """A weighing instrument. `address` and `count` are the one block to read.

    A count is one step of the number in the register; `multiplier` of them and `decimals` make the shown weight.
    `beats_per_s` is how fast its `heartbeat` register counts.
    """

    name: str
    source: str
    verified: str
    function: int
    word_order: Literal["high-first", "low-first"]
    sign: Literal["twos-complement", "flag"]
    registers: Mapping[str, Register]
    flags: Mapping[str, tuple[Flag, ...]]
    decimals: int
    decimal_flags: Mapping[int, Flag]
    address: int
    count: int
    description: Description
    counts_max: int
    number: Literal["integer", "float32"]
    multiplier: int
    never: Mapping[str, int]
    beats_per_s: int
    commands: Mapping[str, Command]


@dataclass(frozen=True, slots=True)
class IoMap:
    """A board of relays (coils, written with FC05) and contacts (read with `inputs_function`, 1 or 2)."""

    name: str
    source: str
    verified: str
    inputs_function: int
    inputs_address: int
    inputs_count: int
    coils_address: int
    coils_count: int
    description: Description


def decode_scale(scale: ScaleMap, words: Sequence[int]) -> WeightReading:
    """What the instrument shows: net while it says it is in net mode, else gross. FrameError on a broken rule.

    `words` are the block at `scale.address`. Sources: each map names its own.
    """
    if len(words) != scale.count or not all(0 <= word <= 0xFFFF for word in words):
        raise FrameError(f"{scale.name}: {scale.count} words of 16 bits expected, {len(words)} came")
    raw = {name: _join(scale, words, register) for name, register in scale.registers.items()}

    def flag(name: str) -> bool | None:
        bits = scale.flags.get(name)
        return any((raw[one.register] >> one.bit) & 1 == one.when for one in bits) if bits else None

    for name, mask in scale.never.items():
        if raw[name] & mask:
            raise FrameError(f"{scale.name}: register {name} has bits that are never set ({raw[name]:#x}); {CURE}")
    net = flag("net")
    trouble = next((name for name in TROUBLES if flag(name)), None)
    if trouble is not None:
        return WeightReading(None, stable=flag("stable"), net=net, status=trouble)
    _refuse_impossible(scale, raw)
    which = "net" if net and "net" in raw else "gross"
    value = _value(scale, raw[which], scale.registers[which].words, negative=bool(flag(f"{which}_negative")))
    return WeightReading(_scaled(scale, value, raw), stable=flag("stable"), net=net)


def encode_scale(scale: ScaleMap, reading: WeightReading, beat: int = 0) -> dict[int, int]:
    """Zero-based address → word, so that `decode_scale` gives this reading again. For the simulated instrument.

    `beat` is what its heartbeat register counts, where it has one. ValueError where the instrument could not show it:
    too large, or finer than its decimals.
    """
    which = "net" if reading.net and "net" in scale.registers else "gross"
    value = reading.value if reading.value is not None else Decimal(0)
    raw = dict.fromkeys(scale.registers, 0)
    raw[which] = _written(scale, value, scale.registers[which].words)
    if which == "gross" and "net" in raw:
        raw["net"] = raw["gross"]  # nothing is tared
    if "heartbeat" in raw:
        raw["heartbeat"] = beat & ((1 << 16 * scale.registers["heartbeat"].words) - 1)
    yes = {"stable": bool(reading.stable), "net": bool(reading.net), reading.status or "": True}
    yes |= {f"{which}_negative": value < 0}
    for name, flags in scale.flags.items():
        for place, one in enumerate(flags):
            if (one.when == 1) == (yes.get(name, False) and place == 0):
                raw[one.register] |= 1 << one.bit
    if scale.decimal_flags:
        one = scale.decimal_flags[_shown_decimals(value)]
        raw[one.register] |= 1 << one.bit
    return {
        register.address + place: word
        for name, register in scale.registers.items()
        for place, word in enumerate(_split(scale, raw[name], register.words))
    }


def _refuse_impossible(scale: ScaleMap, raw: Mapping[str, int]) -> None:
    for name in ("gross", "net"):
        register = scale.registers.get(name)
        if register is not None and abs(_value(scale, raw[name], register.words)) > scale.counts_max:
            raise FrameError(f"{scale.name}: {name} {raw[name]:#x} is more than the instrument can show; {CURE}")


def _value(scale: ScaleMap, raw: int, words: int, *, negative: bool = False) -> Decimal:
    """The number in a register, in counts."""
    if scale.number == "float32":
        number = struct.unpack(">f", raw.to_bytes(4, "big"))[0]
        if number != number or abs(number) == float("inf"):  # noqa: PLR0124 - only a NaN is not itself
            raise FrameError(f"{scale.name}: {raw:#010x} is not a number; {CURE}")
        return Decimal(number).quantize(Decimal(1).scaleb(-scale.decimals)) if abs(number) < FLOAT_MAX else Decimal(raw)
    if scale.sign == "flag":
        return Decimal(-raw if negative else raw)
    bits = 16 * words
    return Decimal(raw - (1 << bits) if raw >> (bits - 1) else raw)


def _scaled(scale: ScaleMap, value: Decimal, raw: Mapping[str, int]) -> Decimal:
    if scale.number == "float32":
        return value * scale.multiplier
    return (value * scale.multiplier).scaleb(-_decimals(scale, raw))


def _written(scale: ScaleMap, value: Decimal, words: int) -> int:
    """The register for this weight. ValueError where the instrument has no such number."""
    counts = value / scale.multiplier
    if scale.number == "float32":
        if abs(counts) > scale.counts_max or counts.scaleb(scale.decimals) != int(counts.scaleb(scale.decimals)):
            raise ValueError(f"{scale.name} cannot show {value}")
        return int.from_bytes(struct.pack(">f", counts), "big")
    decimals = _shown_decimals(value) if scale.decimal_flags else scale.decimals
    counts = counts.scaleb(decimals)
    if counts != counts.to_integral_value() or (scale.decimal_flags and decimals not in scale.decimal_flags):
        raise ValueError(f"{scale.name} cannot show {value}: too many decimals")
    bits = 16 * words
    top = (1 << bits) - 1 if scale.sign == "flag" else (1 << (bits - 1)) - 1
    if abs(counts) > min(top, scale.counts_max):
        raise ValueError(f"{scale.name} cannot show {value}: {scale.counts_max} counts at most")
    return abs(int(counts)) if scale.sign == "flag" else int(counts) & ((1 << bits) - 1)


def _shown_decimals(value: Decimal) -> int:
    return max(0, -int(value.as_tuple().exponent))


def _decimals(scale: ScaleMap, raw: Mapping[str, int]) -> int:
    if not scale.decimal_flags:
        return scale.decimals
    found = [digits for digits, one in scale.decimal_flags.items() if (raw[one.register] >> one.bit) & 1 == one.when]
    if len(found) != 1:
        raise FrameError(f"{scale.name}: exactly one decimals bit should be set, not {len(found)}; {CURE}")
    return found[0]


def _join(scale: ScaleMap, words: Sequence[int], register: Register) -> int:
    start = register.address - scale.address
    own = words[start : start + register.words]
    number = 0
    for word in own if scale.word_order == "high-first" else reversed(own):
        number = number << 16 | word
    return number


def _split(scale: ScaleMap, number: int, words: int) -> list[int]:
    high_first = [(number >> (16 * place)) & 0xFFFF for place in reversed(range(words))]
    return high_first if scale.word_order == "high-first" else high_first[::-1]


def register_value(scale: ScaleMap, words: Sequence[int], name: str) -> int:
    """A register of the block as an unsigned number."""
    return _join(scale, words, scale.registers[name])
