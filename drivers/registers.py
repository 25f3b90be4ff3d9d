"""A Modbus device as a table: which registers hold what. One table, read by the driver, written by the simulator.

    manual: 40007 status, 40008-9 gross       file: registers.gross = { address = 40008, words = 2 }
    wire:   FC03, address 6, count 5          words: [status, gross high, gross low, net high, net low]

Addresses are written as in the manual and become zero-based once, here. A scale's registers are read in one
request, so that weight and flags are of one moment.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from drivers.errors import FrameError
from drivers.readings import WeightReading
from drivers.tables import MapError, TableChecker

BASES = {1: 1, 2: 10001, 3: 40001, 4: 30001}  # the manual's first number, by function
FLAGS = ("stable", "net", "overload", "underload", "error", "gross_negative", "net_negative")
TROUBLES = ("error", "overload", "underload")  # worst first: the reading names one
REGISTERS = ("gross", "net", "status", "errors")
WORDS_MAX = 125  # what one Modbus answer can carry
DECIMALS_MAX = 6


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


def load_map(path: Path) -> ScaleMap | IoMap:
    """The map in this file. Raises MapError with every fault there is."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise MapError(str(path), [f"cannot be read: {error.strerror}; check the path"]) from error
    except ValueError as error:
        raise MapError(str(path), [f"is not TOML in UTF-8: {error}"]) from error
    return parse_map(table, str(path), expected_name=path.stem)


def parse_map(table: Mapping[str, Any], source: str, *, expected_name: str) -> ScaleMap | IoMap:
    """As `load_map`, from the parsed table."""
    check = TableChecker(table)
    kind = check.choice("kind", ("scale", "io"))
    if check.text("name") not in ("", expected_name):
        check.faults.append(f"name: {table['name']!r} must be the file's own name, {expected_name!r}")
    check.text("source")
    check.text("verified")
    made = _scale(check) if kind == "scale" else _io(check) if kind == "io" else None
    if made is None or check.faults:
        raise MapError(source, check.faults)
    return made


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


def _base(check: TableChecker, function: int | None) -> int:
    numbering = check.choice("addresses", ("manual", "zero-based"))
    return BASES[function] if numbering == "manual" and function is not None else 0


def _scale(check: TableChecker) -> ScaleMap | None:
    check.only(
        *("kind", "name", "title", "source", "verified", "function", "addresses", "word_order", "sign"),
        *("decimals", "decimal_flags", "registers", "flags"),
    )
    function = check.choice("function", (3, 4))
    base = _base(check, function)
    order = check.choice("word_order", ("high-first", "low-first"))
    sign = check.choice("sign", ("twos-complement", "flag"))
    registers = _registers(check.inner("registers"), base)
    known = {name: register for name, register in registers.items() if register.words}
    flags = _flags(check.inner("flags"), known)
    by_flag = "decimal_flags" in check.table
    decimal_flags = _decimal_flags(check.inner("decimal_flags"), known) if by_flag else {}
    decimals = 0 if by_flag else check.whole("decimals", 0, DECIMALS_MAX)
    if by_flag and "decimals" in check.table:
        check.faults.append("decimals: stands beside decimal_flags; the instrument can only say it one way")
    if sign == "flag" and "gross_negative" not in flags:
        check.faults.append("flags.gross_negative: needed, because sign = 'flag'")
    if sign == "flag" and "net" in known and "net_negative" not in flags:
        check.faults.append("flags.net_negative: needed, because sign = 'flag' and there is a net register")
    if "net" in flags and "net" not in known:
        check.faults.append("registers.net: needed, because flags.net says when it is shown")
    if check.faults:
        return None
    start = min(register.address for register in known.values())
    count = max(register.address + register.words for register in known.values()) - start
    if count > WORDS_MAX:
        check.faults.append(f"registers: span {count} words; one request reads {WORDS_MAX} at most")
        return None
    names = (check.table["name"], check.table["source"], check.table["verified"])
    return ScaleMap(
        *names,
        function,
        order,
        sign,
        known,
        flags,
        decimals,
        decimal_flags,
        start,
        count,
    )


def _registers(check: TableChecker, base: int) -> dict[str, Register]:
    check.only(*REGISTERS)
    if "gross" not in check.table:
        check.faults.append("registers.gross: needed")
    made = {}
    for name in sorted(set(check.table) & set(REGISTERS)):
        one = check.inner(name)
        one.only("address", "words")
        address = one.whole("address", base, base + 0xFFFF)
        made[name] = Register(address - base, one.whole("words", 1, 2))
    return made


def _flag(check: TableChecker, registers: Mapping[str, Register]) -> Flag | None:
    check.only("register", "bit", "when")
    register = check.choice("register", tuple(registers))
    bit = check.whole("bit", 0, 16 * registers[register].words - 1 if register else 31)
    when = check.whole("when", 0, 1, default=1)
    return Flag(register, bit, when) if register else None


def _flags(check: TableChecker, registers: Mapping[str, Register]) -> dict[str, tuple[Flag, ...]]:
    check.only(*FLAGS)
    made = {}
    for name in (name for name in FLAGS if name in check.table):
        rows = check.table[name]
        if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
            check.faults.append(f"flags.{name}: a list of tables is needed, not {rows!r}")
            continue
        found = [
            _flag(TableChecker(row, f"flags.{name}[{at}].", check.faults), registers) for at, row in enumerate(rows)
        ]
        made[name] = tuple(one for one in found if one is not None)
    return made


def _decimal_flags(check: TableChecker, registers: Mapping[str, Register]) -> dict[int, Flag]:
    check.only(*map(str, range(DECIMALS_MAX + 1)))
    made = {}
    for digits in (digits for digits in range(DECIMALS_MAX + 1) if str(digits) in check.table):
        one = _flag(check.inner(str(digits)), registers)
        if one is not None:
            made[digits] = one
    return made


def _io(check: TableChecker) -> IoMap:
    check.only("kind", "name", "title", "source", "verified", "addresses", "inputs", "coils")
    inputs, coils = check.inner("inputs"), check.inner("coils")
    inputs.only("function", "address", "count")
    coils.only("address", "count")
    function = inputs.choice("function", (1, 2))
    zero_based = check.choice("addresses", ("manual", "zero-based")) == "zero-based"
    inputs_base, coils_base = (0, 0) if zero_based else (BASES[function or 2], BASES[1])
    return IoMap(
        name=str(check.table.get("name")),
        source=str(check.table.get("source")),
        verified=str(check.table.get("verified")),
        inputs_function=function or 2,
        inputs_address=inputs.whole("address", inputs_base, inputs_base + 0xFFFF) - inputs_base,
        inputs_count=inputs.whole("count", 1, 64),
        coils_address=coils.whole("address", coils_base, coils_base + 0xFFFF) - coils_base,
        coils_count=coils.whole("count", 1, 64),
    )
