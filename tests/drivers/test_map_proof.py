"""A register map that is off by one, or whose words are swapped, gives a reason and never a weight."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from drivers.errors import FrameError
from drivers.map_proof import STILL_MS, MapProof
from drivers.readings import WeightReading
from drivers.register_maps import load_map
from drivers.registers import Register, ScaleMap, decode_scale, encode_scale

FILES = sorted((Path(__file__).resolve().parents[2] / "config" / "registers").glob("*.toml"))
SCALES = [one for one in (load_map(path) for path in FILES) if isinstance(one, ScaleMap)]
LOADS = (
    0,
    0,
    -40,
    20,
    1500,
    12_340,
    49_000,
    65_540,
    98_300,
    131_080,
    -40,
    49_000,
    20_480,
    33_760,
    7200,
    0,
    20,
    0,
)  # a morning on a truck scale, in kg
BEFORE_AND_BEHIND = (0, 1, 8, 0xFFFF)  # what may stand in the registers next to the block


def shifted(scale: ScaleMap, by: int) -> ScaleMap:
    moved = {name: Register(one.address + by, one.words) for name, one in scale.registers.items()}
    return replace(scale, registers=moved, address=scale.address + by)


def instrument(scale: ScaleMap, load_kg: int, beat: int, around: int) -> Mapping[int, int]:
    """All registers of an instrument that stands still under this load, and its neighbours'."""
    known = {scale.address + place: around for place in (-2, -1, scale.count, scale.count + 1)}
    quiet = {scale.address + place: 0 for place in range(scale.count)}
    return known | quiet | encode_scale(scale, WeightReading(Decimal(load_kg), stable=True, net=False), beat)


def weights(read_by: ScaleMap, truth: ScaleMap, around: int, *, proven: bool = False) -> Iterator[Decimal | None]:
    """What the driver hands up over that morning, polled ten times a second."""
    proof = MapProof(read_by, proven=proven)
    for at, load_kg in enumerate(LOADS):
        registers = instrument(truth, load_kg, 70_000 + at, around)
        words = [registers.get(read_by.address + place, around) for place in range(read_by.count)]
        try:
            reading = decode_scale(read_by, words)
        except FrameError as error:
            proof.broken()
            assert "map does not fit" in str(error)  # noqa: PT017 - the reason is what an installer reads
            continue
        try:
            proof.judge(words, reading, 100 * at)
        except FrameError as error:
            assert "map does not fit" in str(error)  # noqa: PT017 - as above
            continue
        yield reading.value


@pytest.mark.parametrize("scale", SCALES, ids=lambda one: one.name)
@pytest.mark.parametrize("by", [-1, 1])
@pytest.mark.parametrize("around", BEFORE_AND_BEHIND)
def test_a_map_off_by_one_never_gives_a_weight(scale: ScaleMap, by: int, around: int) -> None:
    assert list(weights(shifted(scale, by), scale, around)) == []


@pytest.mark.parametrize("scale", SCALES, ids=lambda one: one.name)
def test_swapped_words_give_no_load(scale: ScaleMap) -> None:
    other = replace(scale, word_order="low-first" if scale.word_order == "high-first" else "high-first")
    assert set(weights(other, scale, 0)) <= {0}  # an empty platform is empty either way round


@pytest.mark.parametrize("scale", SCALES, ids=lambda one: one.name)
def test_the_right_map_is_believed_with_the_first_sign_and_then_always(scale: ScaleMap) -> None:
    seen = list(weights(scale, scale, 0))
    assert seen == [Decimal(one) for one in LOADS[len(LOADS) - len(seen) :]]
    slow = scale.number == "float32"  # it takes eight different loads, one climbing truck
    assert len(seen) >= (len(LOADS) - 10 if slow else len(LOADS) - 4)  # a heartbeat two looks, no flags two loads


def test_zero_is_believed_at_once_where_an_installer_has_proven_the_addresses() -> None:
    cas = next(one for one in SCALES if one.name == "cas-ci600d")
    assert len(list(weights(cas, cas, 0, proven=True))) == len(LOADS)
    assert 0 not in list(weights(cas, cas, 0))[:1]


def test_a_frozen_instrument_is_told_from_a_quiet_platform_by_its_heartbeat() -> None:
    flintec = next(one for one in SCALES if one.name == "flintec")
    proof, told = MapProof(flintec), []
    for at_ms, beat in ((0, 5), (100, 6), (200, 7), (1000, 7), (200 + STILL_MS, 7), (1800, 10), (1900, 1)):
        registers = encode_scale(flintec, WeightReading(Decimal(0), stable=True, net=False), beat)
        words = [registers.get(flintec.address + place, 0) for place in range(flintec.count)]
        try:
            proof.judge(words, decode_scale(flintec, words), at_ms)
        except FrameError as error:
            told.append(str(error).split(": ")[1][:30])
        else:
            told.append("live")
    assert told[0].startswith("its heartbeat has not been")
    assert told[1:4] == ["live", "live", "live"]
    assert told[4].startswith("its heartbeat stands still")
    assert told[5] == "live"
    assert told[6].startswith("its heartbeat leapt")


def test_after_a_leap_the_next_advance_is_waited_for() -> None:
    proof, scale = proof_and_words("flintec")
    beats = ((0, 5), (100, 6), (200, 5_000), (300, 5_000), (400, 5_001))
    told = [judged(proof, scale, 0, at_ms, beat) for at_ms, beat in beats]
    assert "leapt" in told[2]
    assert "has not been seen to advance" in told[3]
    assert (told[1], told[4]) == ("", "")


def proof_and_words(name: str) -> tuple[MapProof, ScaleMap]:
    scale = next(one for one in SCALES if one.name == name)
    return MapProof(scale), scale


def judged(proof: MapProof, scale: ScaleMap, value: int, at_ms: int = 0, beat: int = 0, *, stable: bool = True) -> str:
    """What the proof says of this reading: nothing where it believes it."""
    registers = encode_scale(scale, WeightReading(Decimal(value), stable=stable, net=False), beat)
    words = [registers.get(scale.address + place, 0) for place in range(scale.count)]
    try:
        proof.judge(words, decode_scale(scale, words), at_ms)
    except FrameError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("first", "second", "apart"),
    [(0, 16, False), (0, 17, True), (17, 0, True), (16, 0, False), (65_530, 65_540, False), (65_540, 65_530, False),
     (65_530, 65_548, True), (65_541, 65_525, False), (65_525, 65_541, False), (20, 65_556, False), (20, 32_788, True)],
)  # fmt: skip
def test_two_loads_prove_a_map_without_flags_when_their_low_words_lie_apart(
    first: int, second: int, apart: bool
) -> None:
    proof, scale = proof_and_words("generic-int32")
    assert "has not shown different loads yet" in judged(proof, scale, first)
    assert (judged(proof, scale, second) == "") is apart


def test_what_is_wanted_is_said_in_words_that_fit_the_map() -> None:
    proof, scale = proof_and_words("laumas")
    told = judged(proof, scale, 20, stable=False)
    assert 'has not said "stable" yet' in told
    assert "drive a vehicle on" not in told
    assert judged(proof, scale, 20) == ""
    assert judged(proof, scale, 20, stable=False) == ""  # once is enough
    proof.broken()
    assert "drive a vehicle on once, or set options.addresses_proven" in judged(proof, scale, 20)
    assert "has not shown different loads" in judged(proof, scale, 500, stable=False)
    assert judged(proof, scale, 500) == ""


def test_a_heartbeat_must_advance_as_fast_as_it_counts_and_may_begin_again_from_nothing() -> None:
    proof, scale = proof_and_words("flintec")
    assert "not been seen to advance" in judged(proof, scale, 0, 0, 2**32 - 2)
    assert judged(proof, scale, 0, 100, 1) == ""  # it wrapped
    assert judged(proof, scale, 0, 1599, 1) == ""
    assert "stands still" in judged(proof, scale, 0, 1600, 1)
    assert judged(proof, scale, 0, 1700, 2) == ""
    assert judged(proof, scale, 0, 1800, 2 + 52) == ""  # twice as fast, and 50 more
    assert "leapt by 53" in judged(proof, scale, 0, 1900, 54 + 53)
    assert judged(proof, scale, 0, 2000, 108) == ""
    assert "leapt by 300" in judged(proof, scale, 0, 2100, 408)
    proof.broken()
    assert "not been seen to advance" in judged(proof, scale, 0, 2200, 409)
    assert "different loads" in judged(proof, scale, 0, 2300, 410)
    assert judged(proof, scale, 700, 2400, 411) == ""
