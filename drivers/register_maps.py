"""Register maps as files: an installer writes a device down as its manual does, and every fault is told at once.

    manual: 40007 status, 40008-9 gross       file: registers.gross = { address = 40008, words = 2 }

The manual's addresses become zero-based here, and nowhere else.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from drivers.description import UNVERIFIED, Description, Proof
from drivers.registers import Command, Flag, IoMap, Register, ScaleMap
from drivers.tables import MapError, TableChecker

BASES = {1: 1, 2: 10001, 3: 40001, 4: 30001}  # the manual's first number, by function
FLAGS = ("stable", "net", "overload", "underload", "error", "gross_negative", "net_negative")
REGISTERS = ("gross", "net", "status", "errors", "heartbeat")
COMMANDS = ("zero", "tare", "clear")
DESCRIBED = ("kind", "name", "title", "models", "source", "proof", "verified", "settings", "addresses")
WORDS_MAX = 125  # what one Modbus answer can carry
DECIMALS_MAX = 6


def load_map(path: Path) -> ScaleMap | IoMap:
    """The map in this file. Raises MapError with every fault there is."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise MapError(str(path), [f"cannot be read: {error.strerror}; check the path"]) from error
    except (ValueError, RecursionError) as error:
        raise MapError(str(path), [f"is not TOML in UTF-8: {error}"]) from error
    return parse_map(table, str(path), expected_name=path.stem)


def parse_map(table: Mapping[str, Any], source: str, *, expected_name: str) -> ScaleMap | IoMap:
    """As `load_map`, from the parsed table."""
    check = TableChecker(table)
    kind = check.choice("kind", ("scale", "io"))
    if check.text("name") not in ("", expected_name):
        check.faults.append(f"name: {table['name']!r} must be the file's own name, {expected_name!r}")
    described = _description(check, kind)
    made = _scale(check, described) if kind == "scale" else _io(check, described) if kind == "io" else None
    if made is None or check.faults:
        raise MapError(source, check.faults)
    return made


def _base(check: TableChecker, function: int | None) -> int:
    numbering = check.choice("addresses", ("manual", "zero-based"))
    return BASES[function] if numbering == "manual" and function is not None else 0


def site_lines(what: Literal["scale", "board"], name: str, *, url: str = "") -> str:
    """The device's part of a site file, to paste."""
    url = url or "serial:///dev/ttyUSB0?baudrate=9600"
    if what == "scale":
        return f'[lanes.scale]\nurl = "{url}"\nprotocol = "modbus:{name}"\nunit_id = 1'
    return f'[lanes.io]\nurl = "{url}"\nunit = 1\nmap = "{name}"'


def _description(check: TableChecker, kind: str | None) -> Description:
    """What is said of the device; a sample is made, so that it cannot be wrong."""
    name = check.text("name") or "?"
    unverified = check.text("verified") or UNVERIFIED
    proof: Proof = check.choice("proof", ("captured", "manual", "field", "constructed")) or "constructed"
    title, models = check.text("title") or "?", tuple(check.texts("models")) or ("?",)
    source, settings = check.text("source") or "?", check.text("settings")
    what: Literal["scale", "board"] = "scale" if kind == "scale" else "board"
    return Description(what, title, models, (source,), (proof,), settings, site_lines(what, name), unverified)


def _scale(check: TableChecker, described: Description) -> ScaleMap | None:
    check.only(
        *(*DESCRIBED, "function", "word_order", "sign", "number", "counts_max", "multiplier", "decimals"),
        *("decimal_flags", "registers", "flags", "never", "beats_per_s", "commands"),
    )
    function = check.choice("function", (3, 4))
    base = _base(check, function)
    order = check.choice("word_order", ("high-first", "low-first"))
    sign = check.choice("sign", ("twos-complement", "flag"))
    known = _registers(check.inner("registers"), base)
    flags = _flags(check.inner("flags"), known) if "flags" in check.table else {}
    by_flag = "decimal_flags" in check.table
    decimal_flags = _decimal_flags(check.inner("decimal_flags"), known) if by_flag else {}
    decimals = 0 if by_flag else check.whole("decimals", 0, DECIMALS_MAX)
    number = _number(check, sign, known)
    never = _never(check.inner("never"), known) if "never" in check.table else {}
    commands = _commands(check.inner("commands"), base) if "commands" in check.table else {}
    counts_max = check.whole("counts_max", 1, 2**31 - 1)
    multiplier = check.whole("multiplier", 1, 1000, default=1)
    beats_per_s = check.whole("beats_per_s", 1, 1000) if "heartbeat" in known else 0
    _fit_together(check, sign, known, flags)
    if check.faults:
        return None
    start = min(register.address for register in known.values())
    count = max(register.address + register.words for register in known.values()) - start
    if count > WORDS_MAX:
        check.faults.append(f"registers: span {count} words; one request reads {WORDS_MAX} at most")
        return None
    return ScaleMap(
        name=check.table["name"],
        source=described.sources[0],
        verified=described.unverified,
        function=function,
        word_order=order,
        sign=sign,
        registers=known,
        flags=flags,
        decimals=decimals,
        decimal_flags=decimal_flags,
        address=start,
        count=count,
        description=described,
        counts_max=counts_max,
        number=number,
        multiplier=multiplier,
        never=never,
        beats_per_s=beats_per_s,
        commands=commands,
    )


def _fit_together(
    check: TableChecker, sign: str | None, known: Mapping[str, Register], flags: Mapping[str, tuple[Flag, ...]]
) -> None:
    if "decimal_flags" in check.table and "decimals" in check.table:
        check.faults.append("decimals: stands beside decimal_flags; the instrument can only say it one way")
    if sign == "flag" and "gross_negative" not in flags:
        check.faults.append("flags.gross_negative: needed, because sign = 'flag'")
    if sign == "flag" and "net" in known and "net_negative" not in flags:
        check.faults.append("flags.net_negative: needed, because sign = 'flag' and there is a net register")
    if "net" in flags and "net" not in known:
        check.faults.append("registers.net: needed, because flags.net says when it is shown")


def _number(check: TableChecker, sign: str | None, known: Mapping[str, Register]) -> Literal["integer", "float32"]:
    number: Literal["integer", "float32"] = "integer"
    if "number" in check.table:
        number = check.choice("number", ("integer", "float32"))
    narrow = any(known[one].words != 2 for one in ("gross", "net") if one in known)
    if number == "float32" and (sign != "twos-complement" or narrow):
        check.faults.append("number: float32 needs two words, and sign = 'twos-complement': it carries its own")
    return number


def _never(check: TableChecker, registers: Mapping[str, Register]) -> dict[str, int]:
    """A mask for each register named: the bits that its manual calls not used."""
    check.only(*registers)
    made = {}
    for name in (name for name in registers if name in check.table):
        top = 16 * registers[name].words
        bits = check.table[name]
        if not isinstance(bits, list) or not all(type(bit) is int and 0 <= bit < top for bit in bits):
            check.faults.append(f"never.{name}: a list of bits from 0 to {top - 1} is needed, not {bits!r}")
            continue
        made[name] = sum(1 << bit for bit in set(bits))
    return made


def _commands(check: TableChecker, base: int) -> dict[str, Command]:
    check.only(*COMMANDS)
    made = {}
    for name in (name for name in COMMANDS if name in check.table):
        one = check.inner(name)
        one.only("address", "words", "value")
        address = one.whole("address", base, base + 0xFFFF) - base
        made[name] = Command(address, one.whole("words", 1, 2, default=1), one.whole("value", 0, 0xFFFF))
    return made


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


def _io(check: TableChecker, described: Description) -> IoMap:
    check.only(*DESCRIBED, "inputs", "coils")
    inputs, coils = check.inner("inputs"), check.inner("coils")
    inputs.only("function", "address", "count")
    coils.only("address", "count")
    function = inputs.choice("function", (1, 2))
    zero_based = check.choice("addresses", ("manual", "zero-based")) == "zero-based"
    inputs_base, coils_base = (0, 0) if zero_based else (BASES[function or 2], BASES[1])
    return IoMap(
        name=str(check.table.get("name")),
        source=described.sources[0],
        verified=described.unverified,
        inputs_function=function or 2,
        inputs_address=inputs.whole("address", inputs_base, inputs_base + 0xFFFF) - inputs_base,
        inputs_count=inputs.whole("count", 1, 64),
        coils_address=coils.whole("address", coils_base, coils_base + 0xFFFF) - coils_base,
        coils_count=coils.whole("count", 1, 64),
        description=described,
    )
