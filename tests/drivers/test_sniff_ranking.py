"""Who may have sent it: right where it can be known, ambiguous where not, nobody where nothing fits."""

import random
from decimal import Decimal

import pytest

from drivers.protocol import Example, ScaleProtocol, load_protocols
from drivers.readings import WeightReading
from drivers.sniff.line import Line, cuts
from drivers.sniff.ranking import HEARD_BYTES_MAX, rank

PROTOCOLS = list(load_protocols().values())
YAOHUA = load_protocols()["yaohua-continuous-0"]
TOLEDO = load_protocols()["toledo-continuous"]
EXAMPLES = [(protocol, example) for protocol in PROTOCOLS for example in protocol.examples]


def frames(protocol: ScaleProtocol, *loads: int, unit: str | None = None) -> bytes:
    shown = protocol.span.units[0] if protocol.span.units else None
    return b"".join(protocol.encode(WeightReading(Decimal(load), shown)) for load in loads)


@pytest.mark.parametrize(("protocol", "example"), EXAMPLES, ids=lambda one: getattr(one, "name", ""))
def test_each_example_alone_names_its_protocol_and_reads_as_decode_does(
    protocol: ScaleProtocol, example: Example
) -> None:
    candidates = rank(example.frame, Line(), PROTOCOLS)
    assert any(
        one.account.protocol == protocol.name and one.account.readings == (example.said,) for one in candidates
    ), [one.account.title for one in candidates]
    best = candidates[0]
    assert best.account.protocol == protocol.name or any(protocol.name in other for other in best.ambiguous_with)


def test_a_checksum_over_several_different_frames_settles_it() -> None:
    best, *others = rank(frames(YAOHUA, 0, 1560, 15360, 15380), Line(), PROTOCOLS)
    assert best.account.protocol == YAOHUA.name
    assert best.ambiguous_with == ()
    assert others == []
    assert best.score > Decimal("0.9")


def test_the_two_digit_orders_of_an_equals_line_are_both_shown() -> None:
    forward = load_protocols()["yaohua-equals-forward"]
    best, second, *_ = rank(frames(forward, 12340, 12360, 12380), Line(), PROTOCOLS)
    named = {best.account.protocol, second.account.protocol}
    assert named == {"yaohua-equals-forward", "yaohua-equals-reversed"}
    assert best.ambiguous_with
    assert second.ambiguous_with
    assert best.account.readings != second.account.readings
    assert any("display" in reason for reason in best.evidence)


@pytest.mark.parametrize("parity", ["E", "O", "mark"])
def test_seven_bits_with_parity_heard_as_eight_are_told_with_their_line(parity: str) -> None:
    def sent(byte: int) -> int:
        bit = {"E": byte.bit_count() & 1, "O": byte.bit_count() & 1 ^ 1, "mark": 1}[parity]
        return byte | bit << 7

    heard = bytes(map(sent, frames(YAOHUA, 0, 1560, 15360, 15380)))
    best = rank(heard, Line(9600), PROTOCOLS)[0]
    assert best.account.protocol == YAOHUA.name
    assert (
        best.account.line.query
        == {
            "E": "baudrate=9600&bytesize=7&parity=E",
            "O": "baudrate=9600&bytesize=7&parity=O",
            "mark": "baudrate=9600&bytesize=7&stopbits=2",
        }[parity]
    )


def test_plain_text_is_not_taken_for_parity() -> None:
    assert cuts(b"ST,GS,  12340kg\r\n", Line(9600)) == [(Line(9600), b"ST,GS,  12340kg\r\n")]


def test_two_devices_on_one_wire_are_said() -> None:
    mixed = b"".join(frames(YAOHUA, load, load + 20) + frames(TOLEDO, load + 40) for load in range(10_000, 10_800, 100))
    best = rank(mixed, Line(), PROTOCOLS)[0]
    assert best.account.protocol in (YAOHUA.name, TOLEDO.name)
    assert any("two devices" in reason for reason in best.evidence), best.evidence


def test_a_frozen_indicator_is_suspected() -> None:
    best = rank(frames(YAOHUA, *[15360] * 20), Line(), PROTOCOLS)[0]
    assert any("frozen" in reason for reason in best.evidence)


def test_noise_is_nobody() -> None:
    draw = random.Random(14)
    for size in (1, 7, 200, 4096):
        assert rank(draw.randbytes(size), Line(9600), PROTOCOLS) == []


def test_a_torn_end_is_not_held_against_it_and_half_a_recording_is() -> None:
    whole = frames(YAOHUA, *range(0, 400, 20))
    assert rank(whole[5:-5], Line(), PROTOCOLS)[0].account.covered == 1
    torn = rank(whole + bytes(2 * len(whole)), Line(), PROTOCOLS)
    assert all(one.account.protocol != YAOHUA.name for one in torn)


def test_a_long_recording_is_looked_at_in_part() -> None:
    frame = frames(YAOHUA, 15360)
    best = rank(frame * (2 * HEARD_BYTES_MAX // len(frame)), Line(), [YAOHUA, TOLEDO])[0]
    assert best.account.frames <= HEARD_BYTES_MAX // len(frame)
