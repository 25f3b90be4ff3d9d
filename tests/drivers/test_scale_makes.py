"""What each make of scale says on its wire: recorded frames, the manual's corners, and what the field adds.

Method: bytes from manuals and captures against the value their source states.
"""

from dataclasses import replace
from decimal import Decimal

import pytest

from drivers.decode_json import as_json
from drivers.errors import FrameError
from drivers.framing import NEED_MORE
from drivers.protocol import NOISE_BYTES_MAX, Found, Reader, Rejected, Remark, ScaleProtocol, protocol_named
from drivers.readings import WeightReading

YAOHUA = protocol_named("yaohua-continuous-0")
TOLEDO = protocol_named("toledo-continuous")
KG_1560 = bytes.fromhex("02 2B 30 30 31 35 36 30 30 31 39 03")
KG_1650 = bytes.fromhex("02 2B 30 30 31 36 35 30 30 31 39 03")
JAGUAR = bytes.fromhex("02 31 20 20 20 20 20 32 30 30 20 20 20 20 20 20 0D")


def read(protocol: ScaleProtocol, *chunks: bytes) -> list[Found]:
    reader = Reader(protocol)
    found = [each for chunk in chunks for each in reader.feed(chunk)]
    return found + reader.finish()


def weights_of(found: list[Found]) -> list[WeightReading]:
    return [each for each in found if isinstance(each, WeightReading)]


# -- Yaohua -----------------------------------------------------------------------------------------------------------


def test_the_yaohua_checksum_does_not_see_swapped_digits() -> None:
    swapped = KG_1560[:5] + KG_1560[6:4:-1] + KG_1560[7:]
    assert read(YAOHUA, swapped) == [WeightReading(Decimal(1650))]
    assert swapped == KG_1650


def test_yaohua_prefix_noise_and_joined_frames() -> None:
    found = read(YAOHUA, b"\xff\x02\x02" + KG_1560 + KG_1650)
    assert [each.value for each in weights_of(found)] == [1560, 1650]
    assert found[0] == Rejected("3 bytes hold no frame of yaohua-continuous-0", b"\xff\x02\x02")


def test_a_reboot_in_the_middle_of_a_frame_costs_only_that_frame() -> None:
    found = read(YAOHUA, KG_1560[:7] + KG_1650 + KG_1560)
    assert [each.value for each in weights_of(found)] == [1650, 1560]


def test_one_damaged_frame_is_one_refusal_with_its_bytes() -> None:
    damaged = KG_1560.replace(b"156", b"157")
    found = read(YAOHUA, KG_1650 + damaged + KG_1650)
    assert [type(each) for each in found] == [WeightReading, Rejected, WeightReading]
    assert found[1] == Rejected("checksum b'19' should be b'18'", damaged)


def test_a_stream_without_an_end_stays_bounded_and_is_all_shown() -> None:
    reader = Reader(YAOHUA)
    endless = b"\x02" * 10_000
    found = reader.feed(endless)
    assert len(reader._buffer) < 12
    found += reader.finish()
    assert b"".join(each.data for each in found if isinstance(each, Rejected)) == endless
    assert max(len(each.data) for each in found if isinstance(each, Rejected)) == NOISE_BYTES_MAX


def test_both_checksum_alphabets_are_read_and_the_standard_one_is_written() -> None:
    assert YAOHUA.decode(b"\x02+0020002" + b"1;\x03").value == Decimal("20.00")
    assert YAOHUA.encode(WeightReading(Decimal("20.00"))) == b"\x02+00200021B\x03"
    with pytest.raises(FrameError, match="checksum"):
        YAOHUA.decode(b"\x02+00200021G\x03")


def test_high_bytes_survive_as_they_came() -> None:
    line = bytes.fromhex("43 32 30 F4 20 30 32 F3 20 32 30 32 33 F2")
    assert read(YAOHUA, line) == [Rejected("14 bytes hold no frame of yaohua-continuous-0", line)]


# -- Toledo -----------------------------------------------------------------------------------------------------------


def _toledo_ending_in(checksum: int) -> bytes:
    numbers = (*range(0, 1000, 13), *range(1000, 1_000_000, 7919))
    frames = (TOLEDO.encode(WeightReading(Decimal(n), unit)) for unit in ("kg", "lb", "g", "t") for n in numbers)
    return next(frame for frame in frames if frame[17] == checksum)


@pytest.mark.parametrize("checksum", [0x0D, 0x02, 0x03, 0x20])
def test_a_toledo_checksum_may_look_like_a_control_byte(checksum: int) -> None:
    frame = _toledo_ending_in(checksum)
    reader = Reader(TOLEDO)
    found = [each for _ in range(4) for at in range(18) for each in reader.feed(frame[at : at + 1])]
    assert found + reader.finish() == [TOLEDO.decode(frame)] * 4


def test_toledo_without_checksum_is_learned_and_then_read_at_once() -> None:
    reader = Reader(TOLEDO)
    assert reader.feed(JAGUAR) == []
    assert len(reader.feed(JAGUAR)) == 2
    assert len(reader.feed(JAGUAR)) == 1
    assert reader.finish() == []


def test_toledo_reads_on_when_the_checksum_is_switched_on_or_off() -> None:
    summed, bare = TOLEDO.encode(WeightReading(Decimal(12340), "kg")), JAGUAR
    found = weights_of(read(TOLEDO, summed * 3 + bare * 5 + summed * 5))
    assert [each.value for each in found].count(Decimal(12340)) >= 7
    assert [each.value for each in found].count(Decimal(200)) >= 4


def test_toledo_holds_frames_to_a_checksum_that_was_switched_on_later() -> None:
    summed = TOLEDO.encode(WeightReading(Decimal(12340), "kg"))
    damaged = summed.replace(b"12340", b"12341")
    found = read(TOLEDO, JAGUAR * 3 + summed * 3 + damaged + summed)
    assert {each.value for each in weights_of(found)} == {200, 12340}


def test_a_toledo_frame_needs_its_carriage_return() -> None:
    found = read(TOLEDO, JAGUAR * 2 + JAGUAR[:16] + b"\x0c" + JAGUAR * 2)
    assert len(weights_of(found)) == 4


def test_noise_after_a_frame_that_began_in_a_refused_one_is_still_shown() -> None:
    good = TOLEDO.encode(WeightReading(Decimal(12340), "kg"))
    lookalike = b"\x02" + b"x" * 15 + b"\r"  # takes the STX of the next frame for its checksum
    found = read(TOLEDO, good + lookalike + good + b"\xff" + good)
    assert [type(each) for each in found] == [WeightReading, Rejected, WeightReading, Rejected, WeightReading]
    assert found[3] == Rejected("1 bytes hold no frame of toledo-continuous", b"\xff")


def test_a_splitter_that_always_wants_more_is_not_given_it() -> None:
    class Greedy:
        size_max = 20

        def size(self, buffer: bytes | bytearray, *, final: bool) -> int:
            return NEED_MORE

        def judged(self, size: int, *, good: bool) -> None:
            raise AssertionError("it never cut anything")

    reader = Reader(replace(YAOHUA, splitter=Greedy))
    reader.feed(b"x" * 10_000)
    assert len(reader._buffer) < 20


def test_toledo_fixed_zeros_count_only_where_the_site_says_so() -> None:
    assert TOLEDO.decode(JAGUAR).value == 200
    assert TOLEDO.configured({"fixed_zero": True}).decode(JAGUAR).value == 2000
    hundreds = JAGUAR[:1] + b"\x30" + JAGUAR[2:]
    assert TOLEDO.configured({"fixed_zero": True}).decode(hundreds).value == 20000


@pytest.mark.parametrize(("code", "text"), list(enumerate(("200", "200", "200", "20.0", "2.00", "0.200", "0.0200"))))
def test_toledo_decimals(code: int, text: str) -> None:
    assert str(TOLEDO.decode(JAGUAR[:1] + bytes([0x30 + code]) + JAGUAR[2:]).value) == text


def test_toledo_says_when_there_is_no_weight() -> None:
    for status in ("overload", "underload"):
        reading = WeightReading(None, "kg", stable=False, net=False, status=status)
        assert TOLEDO.decode(TOLEDO.encode(reading)) == reading


def test_toledo_reads_clones_that_turn_the_constant_bits_round() -> None:
    frame = bytearray(TOLEDO.encode(WeightReading(Decimal(500), "kg")))
    for at in (1, 2, 3):
        frame[at] ^= 0x60
    assert TOLEDO.reseal is not None
    assert read(TOLEDO, TOLEDO.reseal(bytes(frame))) == [WeightReading(Decimal(500), "kg", stable=True, net=False)]


def test_toledo_never_guesses_a_unit_or_a_tenfold() -> None:
    for swc, reason in ((0x23, "unit code 3"), (0x30, "tenfold")):
        frame = JAGUAR[:3] + bytes([swc]) + JAGUAR[4:]
        with pytest.raises(FrameError, match=reason):
            TOLEDO.decode(frame)


def test_a_seven_bit_line_is_named_not_guessed() -> None:
    frame = TOLEDO.encode(WeightReading(Decimal(12340), "kg"))
    with_parity = bytes(byte | (byte.bit_count() % 2) << 7 for byte in frame)
    assert not weights_of(read(TOLEDO, with_parity))
    found = read(TOLEDO.configured({"seven_bit": True}), with_parity)
    assert [each.value for each in weights_of(found)] == [12340]
    with pytest.raises(FrameError, match="bytesize=7"):
        TOLEDO.decode(frame[:5] + bytes([frame[5] | 0x80]) + frame[6:])


# -- makes with a trap of their own -----------------------------------------------------------------------------------


def test_digit_order_is_never_guessed() -> None:
    """The same nine bytes are three tonnes or thirty, and only the name chosen says which; some look alike in both."""
    forward, reversed_ = protocol_named("yaohua-equals-forward"), protocol_named("yaohua-equals-reversed")
    palindrome = b"=00300300"
    assert weights_of(read(forward, b"=00003000")) == [WeightReading(Decimal(3000))]
    assert weights_of(read(reversed_, b"=00030000")) == [WeightReading(Decimal(3000))]
    assert weights_of(read(reversed_, b"=00003000")) == [WeightReading(Decimal(30_000))]
    assert {each.value for one in (forward, reversed_) for each in weights_of(read(one, palindrome))} == {300300}


@pytest.mark.parametrize("lamps", [0x0D, 0x0A, 0x2C, 0xC4, 0xFF & ~0x10])
def test_a_lamp_byte_of_cas_may_be_any_byte(lamps: int) -> None:
    line = b"ST,GS,1" + bytes([lamps]) + b",   12340 kg\r\n"
    found = read(protocol_named("cas-22"), line * 3)
    assert found == [WeightReading(Decimal(12340), "kg", stable=True, net=False)] * 3


def test_a_held_display_is_no_load() -> None:
    assert read(protocol_named("st-gs"), b"HD,GS,+00123.0kg\r\n") == [WeightReading(None, "kg", status="held display")]


def test_a_tare_is_a_remark_and_no_load() -> None:
    for name, line in (
        ("st-gs", b"ST,TR,+00123.0kg\r\n"),
        ("yaohua-a12", b"wt 0123.00kg\r\n"),
        ("sma", b"\n 1T     123.00kg \r"),
    ):
        (found,) = read(protocol_named(name), line)
        assert isinstance(found, Remark)
        assert found.about == "tare"


def test_decks_that_do_not_add_up_are_refused() -> None:
    found = read(protocol_named("deck-lines"), b"00,    00,  1100,  1000, 2180\r\n")
    assert not weights_of(found)
    assert Rejected("the decks come to 2100, and the line says 2180", b"00,    00,  1100,  1000, 2180\r\n") in found


def follow_totals(*totals: int) -> list[tuple[int | None, str | None]]:
    follow = protocol_named("mcgs").follower
    assert follow is not None
    axles = follow()
    said = [axles(WeightReading(Decimal(total), "kg")) for total in totals]
    return [(None if one.value is None else int(one.value), one.evidence or one.status) for one in said]


def test_running_totals_become_the_axles_of_the_field_report() -> None:
    told = follow_totals(0, 6000, 6000, 6000, 6000, 14200, 14200, 14200, 22500, 22500, 22500, 22500, 0)
    assert [load for load, _ in told] == [0, 6000, 6000, 6000, 0, 8200, 8200, 8200, 8300, 8300, 8300, 0, 0]
    assert told[5] == (8200, "14200 - 6000")
    assert told[8] == (8300, "22500 - 14200")


def test_a_total_of_an_unknown_start_is_no_weight_until_zero() -> None:
    told = follow_totals(14200, 14200, 22500, 0, 6000, 5000, 5000, 0, 20)
    unknown = (None, "total of an unknown start: zero the console")
    assert told == [
        unknown,
        unknown,
        unknown,
        (0, "0 - 0"),
        (6000, "6000 - 0"),
        unknown,
        unknown,
        (0, "0 - 0"),
        (20, "20 - 0"),
    ]


# -- names, options, JSON ---------------------------------------------------------------------------------------------


def test_an_unknown_protocol_is_answered_with_the_known_ones() -> None:
    with pytest.raises(
        ValueError, match=r"unknown protocol 'toledp'; known: .*toledo-continuous, .*yaohua-continuous-0"
    ):
        protocol_named("toledp")


def test_an_unknown_option_is_answered_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="no option 'fixed'; known: fixed_zero, seven_bit"):
        protocol_named("toledo-continuous", {"fixed": True})
    with pytest.raises(ValueError, match="known: none"):
        protocol_named("yaohua-continuous-0", {"fixed_zero": True})
    with pytest.raises(ValueError, match="true or false, not 'yes'"):
        protocol_named("toledo-continuous", {"fixed_zero": "yes"})


def test_a_reading_as_json_has_masses_as_plain_text() -> None:
    (reading,) = weights_of(read(YAOHUA, KG_1560))
    rest = {"stable": None, "net": None, "status": None}
    assert as_json(reading) == {"kind": "weight", "value": "1560", "unit": None, "mass_kg": None, **rest}
    assert as_json(reading.assume("kg")) == {"kind": "weight", "value": "1560", "unit": "kg", "mass_kg": "1560", **rest}
    tiny = as_json(WeightReading(Decimal("0E-8"), "t"))
    assert (tiny["value"], tiny["mass_kg"]) == ("0.00000000", "0.00000000")
    assert as_json(Rejected("no", b"x")) == {"kind": "error", "reason": "no"}
