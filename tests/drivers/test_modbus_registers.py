"""Register maps: both ways, and every fault of a bad file at once."""

import tomllib
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import FrameError
from drivers.readings import WeightReading
from drivers.register_maps import load_map, parse_map
from drivers.registers import IoMap, ScaleMap, decode_scale, encode_scale
from drivers.tables import MapError

FILES = sorted((Path(__file__).resolve().parents[2] / "config" / "registers").glob("*.toml"))
MAPS = {path.stem: load_map(path) for path in FILES}
SCALES = [one for one in MAPS.values() if isinstance(one, ScaleMap)]


def words(scale: ScaleMap, reading: WeightReading) -> list[int]:
    known = encode_scale(scale, reading)
    return [known.get(scale.address + place, 0) for place in range(scale.count)]


def test_the_maps_of_the_tree_are_there() -> None:
    assert set(MAPS) >= {"laumas", "flintec", "rinstrum-c5xx", "cas-ci600d", "waveshare-8ch", "jydam-4"}
    assert all("not verified on real hardware" in one.verified for one in MAPS.values())


def test_addresses_of_the_manual_become_zero_based_once() -> None:
    laumas, flintec, board = MAPS["laumas"], MAPS["flintec"], MAPS["waveshare-8ch"]
    assert isinstance(laumas, ScaleMap)
    assert isinstance(flintec, ScaleMap)
    assert (laumas.address, laumas.count) == (6, 5)
    assert laumas.registers["gross"].address == 7  # as the zero-based TLB4 document has it
    assert (flintec.address, flintec.count) == (0, 12)
    assert isinstance(board, IoMap)
    assert (board.inputs_address, board.coils_address) == (0, 0)


def test_laumas_by_hand() -> None:
    laumas = MAPS["laumas"]
    assert isinstance(laumas, ScaleMap)
    gross = WeightReading(Decimal(70_000), stable=True, net=False)
    assert decode_scale(laumas, [1 << 11, 1, 4464, 0, 0]) == gross
    assert decode_scale(laumas, [1 << 7, 0, 20, 0, 0]).value == -20
    assert decode_scale(laumas, [1 << 10, 0, 20, 0, 7]) == WeightReading(Decimal(7), stable=False, net=True)
    assert decode_scale(laumas, [1 << 3, 0, 20, 0, 7]).status == "overload"


def test_flintec_by_hand() -> None:
    flintec = MAPS["flintec"]
    assert isinstance(flintec, ScaleMap)
    decimal = [0, 0, 0, 0, 0xFFFF, 0xFFFF, 1 << 14, 0, 0, 0, 0, 0]  # bit 30: one decimal
    assert decode_scale(flintec, decimal) == WeightReading(Decimal("-0.1"), stable=True, net=False)
    with pytest.raises(FrameError, match="decimals bit"):
        decode_scale(flintec, [0] * 12)


def told(scale: ScaleMap, name: str, said: bool) -> bool | None:
    return said if name in scale.flags else None


@pytest.mark.parametrize("scale", SCALES, ids=lambda one: one.name)
@given(st.integers(-999_999, 999_999), st.booleans(), st.booleans(), st.sampled_from([None, "overload", "error"]))
def test_what_is_encoded_is_decoded(scale: ScaleMap, number: int, stable: bool, net: bool, status: str | None) -> None:
    status = status if status in scale.flags else None
    reading = WeightReading(
        None if status else Decimal(number),
        stable=told(scale, "stable", stable),
        net=told(scale, "net", net),
        status=status,
    )
    assert decode_scale(scale, words(scale, reading)) == reading


def test_a_float_is_read_to_its_decimals_and_a_wrong_one_refused() -> None:
    floats = MAPS["generic-float32"]
    assert isinstance(floats, ScaleMap)
    assert decode_scale(floats, [0x4640, 0xD000]).value == Decimal(12340)
    for hostile in ([0x7FC0, 0], [0x7F80, 0], [0x7F7F, 0xFFFF], [0xD000, 0x4640]):
        with pytest.raises(FrameError, match="map does not fit"):
            decode_scale(floats, hostile)


@pytest.mark.parametrize("scale", SCALES, ids=lambda one: one.name)
@given(st.lists(st.integers(-5, 70_000), max_size=12))
def test_hostile_words_give_only_frame_errors(scale: ScaleMap, found: list[int]) -> None:
    try:
        decode_scale(scale, found)
    except FrameError:
        return


@pytest.mark.parametrize("scale", SCALES, ids=lambda one: one.name)
def test_what_an_instrument_cannot_show_is_refused(scale: ScaleMap) -> None:
    for value in ("0.0000001", "99999999999"):
        with pytest.raises(ValueError, match="cannot show"):
            encode_scale(scale, WeightReading(Decimal(value)))


def test_every_fault_of_a_bad_map_comes_at_once() -> None:
    text = FILES[[path.stem for path in FILES].index("laumas")].read_text(encoding="utf-8")
    text = (
        text.replace('"high-first"', '"middle"').replace("function = 3", "function = 9").replace("bit = 11", "bit = 16")
    )
    with pytest.raises(MapError) as caught:
        parse_map(tomllib.loads(text + "\nsatble = 1\n"), "bad.toml", expected_name="other")
    told = "\n".join(caught.value.faults)
    for part in (
        "name",
        "word_order: unknown 'middle'; known: high-first",
        "function",
        "stable[0].bit",
        "flags.satble",
    ):
        assert part in told


@pytest.mark.parametrize("text", ["", "kind = 'scale'", "kind = 'io'", "kind = 7", "[registers]\ngross = 5"])
def test_too_little_is_a_map_error(text: str) -> None:
    with pytest.raises(MapError):
        parse_map(tomllib.loads(text), "bad.toml", expected_name="bad")


def test_a_missing_file_is_a_map_error(tmp_path: Path) -> None:
    with pytest.raises(MapError, match="cannot be read"):
        load_map(tmp_path / "none.toml")


FORM = (FILES[0].parent / "flintec.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("was", "now", "told"),
    [
        ("counts_max = 999_999", "counts_max = 0", "counts_max: a whole number from 1"),
        ("beats_per_s = 10", "", "beats_per_s: a whole number"),
        ('sign = "twos-complement"', 'sign = "flag"', "flags.gross_negative: needed"),
        ('sign = "twos-complement"', 'sign = "twos-complement"\nnumber = "float64"', "number: unknown 'float64'"),
        ("gross = { address = 40005, words = 2 }", "gross = { address = 40005, words = 1 }\n", None),
        ("status = [7, 8", "status = [77, 8", "never.status: a list of bits from 0 to 31"),
        ("[never]", "[never]\ngross = true", "never.gross: a list of bits"),
        ("value = 3 }", "value = 70000 }", "commands.clear.value"),
        ("clear =", "print =", "commands.print: unknown key; known: zero, tare, clear"),
        ("models = [", "models = 7 # [", "models: a list of texts"),
        ('proof = "constructed"', 'proof = "hearsay"', "proof: unknown 'hearsay'"),
    ],
)
def test_each_new_key_of_a_map_is_checked(was: str, now: str, told: str | None) -> None:
    assert FORM.count(was) == 1
    table = tomllib.loads(FORM.replace(was, now))
    if told is None:
        parse_map(table, "flintec.toml", expected_name="flintec")
        return
    with pytest.raises(MapError) as caught:
        parse_map(table, "flintec.toml", expected_name="flintec")
    assert any(told in fault for fault in caught.value.faults), caught.value.faults


def test_a_float_may_stand_beside_a_status_of_one_word() -> None:
    text = (FILES[0].parent / "generic-float32.toml").read_text(encoding="utf-8")
    text += 'status = { address = 40003, words = 1 }\n[flags]\nstable = [{ register = "status", bit = 0 }]\n'
    found = parse_map(tomllib.loads(text), "x", expected_name="generic-float32")
    assert isinstance(found, ScaleMap)
    assert decode_scale(found, [0x4640, 0xD000, 1]) == WeightReading(Decimal(12340), stable=True)
    narrow = text.replace("gross = { address = 40001, words = 2 }", "gross = { address = 40001, words = 1 }")
    with pytest.raises(MapError, match="float32 needs two words"):
        parse_map(tomllib.loads(narrow), "x", expected_name="generic-float32")
