"""What an installer does wrong, as sniff hears it: each has its words, and nobody is named who did not speak.

Method: a good indicator's bytes as they become on a wire that is wired or set wrongly; bits where bytes cannot say it.
"""

from decimal import Decimal
from itertools import chain

import pytest

from drivers.protocol import ScaleProtocol, load_protocols
from drivers.readings import WeightReading
from drivers.sniff.line import Line
from drivers.sniff.ranking import Candidate, rank
from drivers.sniff.troubles import period_of, troubles
from simulator.uart import heard
from weighgate.confusion import formats, frames_of, stream_of

KNOWN, AT = formats(), Line(9600)
PROTOCOLS = load_protocols()
YAOHUA, ST_GS = PROTOCOLS["yaohua-continuous-0"], PROTOCOLS["st-gs"]
EVERY = pytest.mark.parametrize("one", list(PROTOCOLS.values()), ids=lambda one: one.name)
WITHOUT_A_PERIOD = {"rincmd"}  # its lines are of many lengths: half ones are text in no known format
TICKET = bytes.fromhex("43 32 30 F4 20 30 32 F3 20 32 30 32 33 F2") + b"\r\n"  # 20日 02月 2023年, captured


def frame(one: ScaleProtocol, load: int) -> bytes:
    return one.encode(WeightReading(Decimal(load), one.span.units[0] if one.span.units else None))


def frames(one: ScaleProtocol, *loads: int) -> list[bytes]:
    return [frame(one, load) for load in loads]


def best(data: bytes) -> Candidate:
    return rank(data, AT, KNOWN)[0]


def unrecognised(data: bytes) -> str:
    """All that is said of it, where nobody is named."""
    assert rank(data, AT, KNOWN) == []
    return "\n".join(troubles(data, AT, KNOWN))


@pytest.mark.parametrize("end", ["front", "back"])
@EVERY
def test_half_frames_are_called_that_and_are_nobodys(one: ScaleProtocol, end: str) -> None:
    halves = [each[: len(each) // 2] if end == "front" else each[len(each) // 2 :] for each in frames_of(one) * 3]
    told = unrecognised(b"".join(halves))
    assert told.startswith("half frames") or (one.name in WITHOUT_A_PERIOD and "pieces of frames" in told)


def test_short_lines_of_a_stranger_are_not_sworn_to_be_halves() -> None:
    told = unrecognised(b"".join(b"  %d kg\r\n" % load for load in range(1200, 1600, 20)))
    assert "or whole lines not known here: where one holds the weight, the protocol template" in told


@pytest.mark.parametrize("listening", [1200, 4800, 19200])
@EVERY
def test_a_wrong_baud_rate_is_called_that(one: ScaleProtocol, listening: int) -> None:
    rubbish = heard(stream_of(one), AT, Line(listening), gap_s=0.01)
    assert "a wrong baud rate or parity sounds like this" in unrecognised(rubbish)


def test_seven_bits_heard_as_eight_are_named_with_the_setting_and_why() -> None:
    told = best(bytes(byte | (byte.bit_count() & 1) << 7 for byte in stream_of(ST_GS)))
    assert (told.account.protocol, str(told.account.line)) == ("st-gs", "9600 7E1")
    assert any(reason.startswith("seven data bits") for reason in told.evidence)


@pytest.mark.parametrize(
    "alphabet", [TICKET, "车号 川A12345 毛重 31000kg\r\n".encode("gb18030")], ids=["7F", "GB18030"]
)
def test_what_a_printer_gets_is_called_that(alphabet: bytes) -> None:
    assert "this is what a printer or a display gets" in unrecognised(alphabet * 20)


def test_two_of_one_make_on_one_wire_are_seen_in_five_frames() -> None:
    empty, loaded = frames(YAOHUA, *[0] * 30), frames(YAOHUA, *range(15_360, 15_960, 20))
    in_turn = list(chain.from_iterable(zip(empty, loaded, strict=True)))
    for count in (5, 60):
        told = best(b"".join(in_turn[:count]))
        assert any("two indicators on one wire?" in reason for reason in told.evidence), told.evidence


def test_a_truck_that_drives_on_and_axles_that_roll_over_are_no_second_indicator() -> None:
    axles = [0, 0, 3100, 6200, 6200, 0, 0, 0, 7400, 7400, 3500, 0] * 3
    for loads in (axles, [0, 0, 4000, 9000, 15_360, 15_360, 15_360, 9000, 0, 0]):
        told = best(b"".join(frames(YAOHUA, *loads)))
        assert not any("two indicators" in reason for reason in told.evidence)


def test_two_makes_of_which_neither_fills_the_wire_are_both_named() -> None:
    loads = range(0, 1200, 20)
    noise = b"\x7f~\x7f" * 4
    mixed = b"".join(a + noise + b + noise for a, b in zip(frames(YAOHUA, *loads), frames(ST_GS, *loads), strict=True))
    told = unrecognised(mixed)
    assert told.startswith("two devices seem to speak on this wire: ")
    assert YAOHUA.name in told
    assert ST_GS.name in told


def test_good_frames_among_broken_ones_are_a_bad_line() -> None:
    whole = frames(YAOHUA, *range(0, 1200, 20))
    torn = [one if place % 3 == 0 else one[:4] + b"\x7f~" + one[6:] for place, one in enumerate(whole)]
    assert unrecognised(b"".join(torn)).startswith(f"{YAOHUA.name} 33 % of the bytes are good frames")


@EVERY
def test_a_frame_that_never_changes_may_be_frozen(one: ScaleProtocol) -> None:
    told = best(frame(one, 1530) * 20)
    assert any("frozen" in reason for reason in told.evidence), told.evidence


def test_a_line_that_is_held_low_is_called_that() -> None:
    assert "swapped?" in unrecognised(bytes(100))


def test_silence_has_no_trouble_of_its_own() -> None:
    assert troubles(b"", AT, KNOWN) == []


@pytest.mark.parametrize(
    ("shape", "period"),
    [(b"=999" * 5, 4), (b"=999=9999=99=99999=9", None), (b"9" * 40, None), (b"ab", None), (b"", None)],
)
def test_a_period_is_that_of_what_is_no_digit(shape: bytes, period: int | None) -> None:
    assert period_of(shape) == period
