"""Register maps as files: an installer writes a device down as its manual does, and every fault is told at once.

    manual: 40007 status, 40008-9 gross       file: registers.gross = { address = 40008, words = 2 }

The manual's addresses become zero-based here, and nowhere else.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from drivers.registers import Flag, IoMap, Register, ScaleMap
from drivers.tables import MapError, TableChecker

BASES = {1: 1, 2: 10001, 3: 40001, 4: 30001}  # the manual's first number, by function
FLAGS = ("stable", "net", "overload", "underload", "error", "gross_negative", "net_negative")
REGISTERS = ("gross", "net", "status", "errors")
WORDS_MAX = 125  # what one Modbus answer can carry
DECIMALS_MAX = 6


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
    return ScaleMap(*names, function, order, sign, known, flags, decimals, decimal_flags, start, count)


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
