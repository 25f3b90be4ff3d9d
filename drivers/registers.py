"""A Modbus device as a table: which registers hold what. One table, read by the driver, written by the simulator.

    wire:  FC03, address 6, count 5    words: [status, gross high, gross low, net high, net low]

Addresses are zero-based. A scale's registers are read in one request, so that weight and flags are of one moment.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from drivers.errors import FrameError
from drivers.readings import WeightReading

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
    when: int = 1


@dataclass(frozen=True, slots=True)
class ScaleMap:
    """A weighing instrument. `address` and `count` are the one block to read."""

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

    net = flag("net")
    trouble = next((name for name in TROUBLES if flag(name)), None)
    if trouble is not None:
        return WeightReading(None, stable=flag("stable"), net=net, status=trouble)
    which = "net" if net and "net" in raw else "gross"
    number = raw[which]
    bits = 16 * scale.registers[which].words
    if scale.sign == "flag":
        number = -number if flag(f"{which}_negative") else number
    elif number >> (bits - 1):
        number -= 1 << bits
    return WeightReading(Decimal(number).scaleb(-_decimals(scale, raw)), stable=flag("stable"), net=net)


def encode_scale(scale: ScaleMap, reading: WeightReading) -> dict[int, int]:
    """Zero-based address → word, so that `decode_scale` gives this reading again. For the simulated instrument.

    ValueError where the instrument could not show it: too large, or finer than its decimals.
    """
    value = reading.value if reading.value is not None else Decimal(0)
    decimals = max(0, -int(value.as_tuple().exponent)) if scale.decimal_flags else scale.decimals
    number = value.scaleb(decimals)
    if number != number.to_integral_value() or (scale.decimal_flags and decimals not in scale.decimal_flags):
        raise ValueError(f"{scale.name} cannot show {value}: too many decimals")
    which = "net" if reading.net and "net" in scale.registers else "gross"
    bits = 16 * scale.registers[which].words
    whole = int(number)
    top = (1 << bits) - 1 if scale.sign == "flag" else (1 << (bits - 1)) - 1
    if abs(whole) > top:
        raise ValueError(f"{scale.name} cannot show {value}: more than {bits} bits")
    raw = dict.fromkeys(scale.registers, 0)
    raw[which] = abs(whole) if scale.sign == "flag" else whole & ((1 << bits) - 1)
    yes = {"stable": bool(reading.stable), "net": bool(reading.net), reading.status or "": True}
    yes |= {f"{which}_negative": whole < 0}
    for name, flags in scale.flags.items():
        for place, one in enumerate(flags):
            if (one.when == 1) == (yes.get(name, False) and place == 0):
                raw[one.register] |= 1 << one.bit
    if scale.decimal_flags:
        one = scale.decimal_flags[decimals]
        raw[one.register] |= 1 << one.bit
    return {
        register.address + place: word
        for name, register in scale.registers.items()
        for place, word in enumerate(_split(scale, raw[name], register.words))
    }


def _decimals(scale: ScaleMap, raw: Mapping[str, int]) -> int:
    if not scale.decimal_flags:
        return scale.decimals
    found = [digits for digits, one in scale.decimal_flags.items() if (raw[one.register] >> one.bit) & 1 == one.when]
    if len(found) != 1:
        raise FrameError(f"{scale.name}: exactly one decimals bit should be set, not {len(found)}")
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
