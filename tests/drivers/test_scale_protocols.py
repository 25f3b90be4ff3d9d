"""Six laws that every scale protocol obeys.

Goal: no wire format can lose a good frame, invent a weight or crash, and none needs a test of its own for that.
"""

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from drivers.errors import FrameError
from drivers.protocol import Reader, Rejected, ScaleProtocol, load_protocols
from drivers.readings import WeightReading

PROTOCOLS = list(load_protocols().values())
every_protocol = pytest.mark.parametrize("protocol", PROTOCOLS, ids=lambda protocol: protocol.name)

weights = st.builds(
    lambda number, decimals: Decimal(number).scaleb(-decimals), st.integers(-999_999, 999_999), st.integers(0, 4)
)
readings = st.builds(
    WeightReading, weights, st.sampled_from(("kg", "lb", "g", "t")), stable=st.booleans(), net=st.booleans()
)
spiteful_bytes = st.sampled_from(b"\x02\x02\x03\r+-0 *19\x82") | st.integers(0, 255)
noise = st.lists(spiteful_bytes, max_size=60).map(bytes)


def read(protocol: ScaleProtocol, *chunks: bytes) -> list[WeightReading | Rejected]:
    reader = Reader(protocol)
    found = [each for chunk in chunks for each in reader.feed(chunk)]
    return found + reader.finish()


def weights_of(found: list[WeightReading | Rejected]) -> list[WeightReading]:
    return [each for each in found if isinstance(each, WeightReading)]


def is_subsequence(wanted: list[WeightReading], found: list[WeightReading]) -> bool:
    rest = iter(found)
    return all(each in rest for each in wanted)


# -- the laws ---------------------------------------------------------------------------------------------------------


@every_protocol
def test_law_1_examples_read_and_write(protocol: ScaleProtocol) -> None:
    for frame, reading in protocol.examples:
        assert read(protocol, frame) == [reading]
        assert str(protocol.decode(frame).value) == str(reading.value), "decimals are part of what the wire says"
        assert protocol.decode(protocol.encode(reading)) == reading
    first_frame, first_reading = protocol.examples[0]
    assert protocol.encode(first_reading) == first_frame


@every_protocol
@given(sent=st.lists(readings, min_size=1, max_size=5), cuts=st.lists(st.integers(0, 90), max_size=8))
def test_law_2_what_is_written_is_read_however_it_is_cut(
    protocol: ScaleProtocol, sent: list[WeightReading], cuts: list[int]
) -> None:
    stream = b"".join(map(protocol.encode, sent))
    whole = read(protocol, stream)
    edges = [0, *sorted(cuts), len(stream)]
    assert read(protocol, *(stream[a:b] for a, b in pairwise(edges))) == whole
    assert read(protocol, *(stream[at : at + 1] for at in range(len(stream)))) == whole
    assert len(whole) == len(sent)
    for said, heard in zip(sent, weights_of(whole), strict=True):
        assert str(heard.value) == str(said.value)
        for part in ("unit", "stable", "net"):
            assert getattr(heard, part) in (None, getattr(said, part))


@every_protocol
@given(garbage=st.binary(max_size=400) | noise, cut=st.integers(0, 60))
def test_law_3_garbage_is_refused_and_raises_nothing(protocol: ScaleProtocol, garbage: bytes, cut: int) -> None:
    found = read(protocol, garbage[:cut], garbage[cut:])
    assert found == read(protocol, garbage)
    refused = sum(len(each.data) for each in found if isinstance(each, Rejected))
    assert refused or not garbage or weights_of(found)


@every_protocol
@given(sent=readings, after=readings, data=st.data())
def test_law_4_one_flipped_bit_is_never_another_weight(
    protocol: ScaleProtocol, sent: WeightReading, after: WeightReading, data: st.DataObject
) -> None:
    assume(protocol.has_checksum)
    good, next_good = protocol.encode(sent), protocol.encode(after)
    bit = data.draw(st.integers(0, len(good) * 8 - 1))
    flipped = bytearray(good)
    flipped[bit // 8] ^= 1 << bit % 8
    truth = {str(protocol.decode(good).value), str(protocol.decode(next_good).value)}
    for stream in (bytes(flipped), bytes(flipped) + next_good, next_good + bytes(flipped) + next_good):
        assert {str(each.value) for each in weights_of(read(protocol, stream))} <= truth
    last = weights_of(read(protocol, bytes(flipped) + next_good + next_good))
    assert last[-1] == protocol.decode(next_good), "a damaged frame does not take its neighbour with it"


@every_protocol
@given(sent=readings, data=st.data())
def test_law_5_nonsense_with_a_good_checksum_is_refused_or_in_range(
    protocol: ScaleProtocol, sent: WeightReading, data: st.DataObject
) -> None:
    frame = bytearray(protocol.encode(sent))
    for at in data.draw(st.lists(st.integers(1, len(frame) - 1), min_size=1, max_size=4)):
        frame[at] = data.draw(spiteful_bytes)
    forged = protocol.reseal(bytes(frame)) if protocol.reseal else bytes(frame)
    try:
        reading = protocol.decode(forged)
    except FrameError:
        pass
    else:
        assert (reading.value is None) == (reading.status is not None)
        assert reading.value is None or abs(reading.value) <= 999_999


@every_protocol
@given(before=noise, between=noise, sent=st.lists(readings, min_size=2, max_size=2))
def test_law_6_noise_costs_no_frame(
    protocol: ScaleProtocol, before: bytes, between: bytes, sent: list[WeightReading]
) -> None:
    for each in (before, between):
        assume(not weights_of(read(protocol, each)))
        assume(not weights_of(read(protocol, each + b"\x02")))
    first, second = map(protocol.encode, sent)
    stream = before + first + between + second
    found = read(protocol, stream)
    assert read(protocol, *(stream[at : at + 1] for at in range(len(stream)))) == found
    assert is_subsequence([protocol.decode(first), protocol.decode(second)], weights_of(found))
