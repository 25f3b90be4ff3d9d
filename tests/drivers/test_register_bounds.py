"""Register maps at their bounds: the widest word, the largest count, the multiplied and the least number."""

import struct
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from drivers.errors import FrameError
from drivers.readings import WeightReading
from drivers.register_maps import load_map
from drivers.registers import Register, ScaleMap, decode_scale, encode_scale

FOLDER = Path(__file__).resolve().parents[2] / "config" / "registers"


def scale_map(name: str, **changes: object) -> ScaleMap:
    found = load_map(FOLDER / f"{name}.toml")
    assert isinstance(found, ScaleMap)
    return replace(found, **changes)  # type: ignore[arg-type]


def words(scale: ScaleMap, value: str, *, net: bool = False, beat: int = 0) -> list[int]:
    known = encode_scale(scale, WeightReading(Decimal(value), stable=True, net=net), beat)
    return [known.get(scale.address + place, 0) for place in range(scale.count)]


def shown(scale: ScaleMap, block: list[int]) -> str:
    return str(decode_scale(scale, block).value)


def test_a_block_has_its_words_of_sixteen_bits() -> None:
    scale = scale_map("generic-int32")
    good = words(scale, "20")
    for wrong in (good[:-1], [*good, 0], [65_536, *good[1:]], [-1, *good[1:]]):
        with pytest.raises(FrameError, match="words of 16 bits expected"):
            decode_scale(scale, wrong)
    assert shown(scale, words(scale, "-1")) == "-1"
    assert 65_535 in words(scale, "-1")


@pytest.mark.parametrize("sign", ["twos-complement", "flag"])
@pytest.mark.parametrize(("size", "most"), [(1, {"twos-complement": 32_767, "flag": 65_535}), (2, {})])
def test_a_register_holds_what_its_bits_hold(sign: str, size: int, most: dict[str, int]) -> None:
    largest = most.get(sign, {"twos-complement": 2**31 - 1, "flag": 2**32 - 1}[sign])
    scale = scale_map(
        "generic-int32", sign=sign, counts_max=2**40, registers={"gross": Register(0, size)}, address=0, count=size
    )
    assert shown(scale, words(scale, str(largest))) == str(largest)
    with pytest.raises(ValueError, match="cannot show"):
        words(scale, str(largest + 1))
    if sign == "twos-complement":
        assert shown(scale, words(scale, str(-largest))) == str(-largest)


def test_an_instrument_shows_its_counts_and_not_one_more() -> None:
    scale = scale_map("generic-int32", counts_max=1_000, multiplier=20)
    for value in ("20000", "-20000", "20", "0"):
        assert shown(scale, words(scale, value)) == value
    for value in ("20020", "-20020", "10"):
        with pytest.raises(ValueError, match="cannot show"):
            words(scale, value)
    tenths = replace(scale, decimals=1)
    assert shown(tenths, words(tenths, "200.0")) == "200.0"


def test_a_heartbeat_counts_in_its_own_words() -> None:
    scale = scale_map("flintec")
    place = scale.registers["heartbeat"].address - scale.address
    size = scale.registers["heartbeat"].words
    for beat in (0, 5, 2 ** (16 * size) - 1, 2 ** (16 * size) + 7):
        block = words(scale, "0", beat=beat)[place : place + size]
        told = block if scale.word_order == "high-first" else block[::-1]
        assert int.from_bytes(struct.pack(f">{size}H", *told), "big") == beat % 2 ** (16 * size)
    uncounted = encode_scale(scale, WeightReading(Decimal(0)))
    assert [uncounted[scale.address + place + word] for word in range(size)] == [0] * size


def test_nothing_is_tared_and_zero_is_not_negative() -> None:
    scale = scale_map("laumas")
    assert words(scale, "20") == [1 << 11, 0, 20, 0, 20]
    assert words(scale, "0") == [1 << 11, 0, 0, 0, 0]
    assert words(scale, "-20") == [1 << 11 | 1 << 7, 0, 20, 0, 20]


def test_a_floating_number_is_multiplied_and_rounded_to_its_decimals() -> None:
    scale = scale_map("generic-float32", multiplier=10, decimals=1)
    assert words(scale, "125") == [0x4148, 0]  # 12.5
    assert shown(scale, [0x4148, 0]) == "125.0"
    assert shown(scale, [0x4148, 0xCCCC]) == "125.0"  # 12.549999… is 12.5
    with pytest.raises(ValueError, match="cannot show"):
        words(scale, "125.5")
    whole = scale_map("generic-float32")
    assert shown(whole, words(whole, "999999")) == "999999"
    assert shown(whole, words(whole, "-999999")) == "-999999"
    for value in ("1000000", "-1000000", "0.5"):
        with pytest.raises(ValueError, match="cannot show"):
            words(whole, value)


@pytest.mark.parametrize("block", [[0x7F80, 0], [0xFF80, 0], [0x7FC0, 0]])
def test_what_is_infinite_or_no_number_is_refused(block: list[int]) -> None:
    with pytest.raises(FrameError, match="is not a number"):
        decode_scale(scale_map("generic-float32"), block)
    with pytest.raises(FrameError, match="more than the instrument can show"):
        decode_scale(scale_map("generic-float32"), [0x7F7F, 0xFFFF])


def test_a_flag_says_how_many_decimals_are_shown() -> None:
    scale = scale_map("flintec")
    for value in ("12", "12.5", "-0.0001"):
        assert shown(scale, words(scale, value)) == value
    with pytest.raises(ValueError, match="too many decimals"):
        words(scale, "0.00001")


def test_where_there_is_no_weight_the_registers_are_empty() -> None:
    scale = scale_map("laumas")
    known = encode_scale(scale, WeightReading(None, stable=False, net=False, status="overload"))
    assert [known[scale.address + place] for place in range(scale.count)] == [1 << 2, 0, 0, 0, 0]
