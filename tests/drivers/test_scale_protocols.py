"""Laws that every scale protocol obeys, with each of its settings.

Goal: no wire format can lose a good frame, invent a weight or crash, and none needs a test of its own for that.
"""

from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise

import pytest
from _pytest.mark.structures import ParameterSet
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from drivers.errors import FrameError
from drivers.options import Setting
from drivers.protocol import Found, Reader, Rejected, ScaleProtocol, load_protocols
from drivers.readings import WeightReading

HOW_TO_ASK = ("ask", "mode", "cumulative")  # they change what is sent or made of it, and nothing of the frames


NOT_THE_FIRST: dict[str, Setting] = {"address": "B", "deck": 2, "unit_id": 31}


def every_setting() -> Iterator[ParameterSet]:
    """Each protocol as it is, with every known value of each option, and where it is not the first on its line."""
    for protocol in load_protocols().values():
        yield pytest.param(protocol, id=protocol.name)
        for name, option in protocol.options.items():
            if name in HOW_TO_ASK:
                continue
            if name in NOT_THE_FIRST:
                known: tuple[Setting, ...] = (NOT_THE_FIRST[name],)
            else:
                known = (True, False) if isinstance(option.default, bool) else option.known
            for value in known:
                if value != option.default:
                    yield pytest.param(protocol.configured({name: value}), id=f"{protocol.name}-{name}-{value}")


every_protocol = pytest.mark.parametrize("protocol", list(every_setting()))
every_checked_one = pytest.mark.parametrize(
    "protocol", [each for each in every_setting() if each.values[0].has_checksum]
)
spiteful_bytes = st.sampled_from(b"\x02\x02\x03\r\n+-0 *19.,=<SGTWkgN\x82") | st.integers(0, 255)
noise = st.lists(spiteful_bytes, max_size=60).map(bytes)
few = settings(max_examples=15, deadline=None)  # a busy machine is no fault


@st.composite
def readings(draw: st.DrawFn, protocol: ScaleProtocol) -> WeightReading:
    """What this wire can say."""
    span = protocol.span
    most = 10**span.digits - 1
    number = draw(st.integers(-most if span.negative else 0, most))
    value = Decimal(number).scaleb(-draw(st.integers(0, span.decimals)))
    unit = draw(st.sampled_from(span.units)) if span.units else None
    net = draw(st.booleans()) if span.net is None else span.net
    stable = draw(st.booleans()) if span.stable is None else span.stable
    return WeightReading(value, unit, stable=stable, net=net)


def read(protocol: ScaleProtocol, *chunks: bytes) -> list[Found]:
    reader = Reader(protocol)
    found = [each for chunk in chunks for each in reader.feed(chunk)]
    return found + reader.finish()


def weights_of(found: list[Found]) -> list[WeightReading]:
    return [each for each in found if isinstance(each, WeightReading)]


def byte_by_byte(stream: bytes) -> Iterator[bytes]:
    return (stream[at : at + 1] for at in range(len(stream)))


def is_subsequence(wanted: list[WeightReading], found: list[WeightReading]) -> bool:
    rest = iter(found)
    return all(each in rest for each in wanted)


# -- the laws ---------------------------------------------------------------------------------------------------------


@every_protocol
def test_law_1_examples_read_and_write(protocol: ScaleProtocol) -> None:
    weights = [example for example in protocol.examples if isinstance(example.said, WeightReading)]
    for example in protocol.examples:
        assert read(protocol, example.frame) == [example.said], example.frame
    for example in weights:
        reading = protocol.decode(example.frame)
        assert str(getattr(reading, "value", "")) == str(example.said.value), "decimals are part of what the wire says"
        assert protocol.decode(protocol.encode(reading)) == reading
    assert protocol.encode(weights[0].said) == weights[0].frame


@every_protocol
@few
@given(data=st.data(), cuts=st.lists(st.integers(0, 90), max_size=8))
def test_law_2_what_is_written_is_read_however_it_is_cut(
    protocol: ScaleProtocol, data: st.DataObject, cuts: list[int]
) -> None:
    sent = data.draw(st.lists(readings(protocol), min_size=1, max_size=4))
    stream = b"".join(map(protocol.encode, sent))
    whole = read(protocol, stream)
    edges = [0, *sorted(cuts), len(stream)]
    assert read(protocol, *(stream[a:b] for a, b in pairwise(edges))) == whole
    assert read(protocol, *byte_by_byte(stream)) == whole
    assert len(whole) == len(sent)
    for said, heard in zip(sent, weights_of(whole), strict=True):
        assert str(heard.value) == str(said.value)
        for part in ("unit", "stable", "net"):
            assert getattr(heard, part) in (None, getattr(said, part))


@every_protocol
@few
@given(garbage=st.binary(max_size=400) | noise, cut=st.integers(0, 60))
def test_law_3_garbage_is_refused_raises_nothing_and_stays_bounded(
    protocol: ScaleProtocol, garbage: bytes, cut: int
) -> None:
    reader = Reader(protocol)
    found = reader.feed(garbage[:cut]) + reader.feed(garbage[cut:])
    assert len(reader._buffer) < protocol.splitter().size_max
    found += reader.finish()
    assert found == read(protocol, garbage)
    assert found or not garbage


@every_checked_one
@few
@given(data=st.data())
def test_law_4_one_flipped_bit_is_never_another_weight(protocol: ScaleProtocol, data: st.DataObject) -> None:
    sent, after = data.draw(readings(protocol)), data.draw(readings(protocol))
    good, next_good = protocol.encode(sent), protocol.encode(after)
    bit = data.draw(st.integers(0, len(good) * 8 - 1))
    flipped = bytearray(good)
    flipped[bit // 8] ^= 1 << bit % 8
    truth = {str(weights_of(read(protocol, one))[0].value) for one in (good, next_good)}
    for stream in (bytes(flipped), bytes(flipped) + next_good, next_good + bytes(flipped) + next_good):
        assert {str(each.value) for each in weights_of(read(protocol, stream))} <= truth
    last = weights_of(read(protocol, bytes(flipped) + next_good + next_good))
    assert last[-1] == weights_of(read(protocol, next_good))[0], "a damaged frame does not take its neighbour with it"


@every_protocol
@few
@given(data=st.data())
def test_law_5_nonsense_with_a_good_checksum_is_refused_or_in_range(
    protocol: ScaleProtocol, data: st.DataObject
) -> None:
    frame = bytearray(protocol.encode(data.draw(readings(protocol))))
    for at in data.draw(st.lists(st.integers(1, len(frame) - 1), min_size=1, max_size=4)):
        frame[at] = data.draw(spiteful_bytes)
    forged = protocol.reseal(bytes(frame)) if protocol.reseal else bytes(frame)
    try:
        found: list[Found] = [protocol.decode(forged)]
    except FrameError:
        found = []
    for reading in weights_of(found):
        assert (reading.value is None) == (reading.status is not None)
        assert reading.value is None or abs(reading.value) < Decimal(10) ** 9


@every_protocol
@few
@given(data=st.data(), before=noise, between=noise)
def test_law_6_noise_costs_no_frame(
    protocol: ScaleProtocol, data: st.DataObject, before: bytes, between: bytes
) -> None:
    for each in (before, between):
        assume(not weights_of(read(protocol, each)))
    first, second = (protocol.encode(data.draw(readings(protocol))) for _ in range(2))
    for piece, frame in ((before, first), (between, second)):
        assume(_alone(protocol, piece, frame))
    stream = before + first + between + second
    found = read(protocol, stream)
    assert read(protocol, *byte_by_byte(stream)) == found
    wanted = weights_of(read(protocol, first)) + weights_of(read(protocol, second))
    assert is_subsequence(wanted, weights_of(found))


def _alone(protocol: ScaleProtocol, piece: bytes, frame: bytes) -> bool:
    """Whether the noise does not complete a frame with the first bytes of the one behind it."""
    splitter, stream = protocol.splitter(), piece + frame
    for at in range(len(piece)):
        size = splitter.size(stream[at:], final=False)
        if at + size > len(piece):
            try:
                protocol.decode(stream[at : at + size])
            except FrameError:
                continue
            return False
    return True


@every_protocol
@few
@given(data=st.data())
def test_law_7_a_broken_frame_costs_at_most_the_one_behind_it(protocol: ScaleProtocol, data: st.DataObject) -> None:
    sent = [data.draw(readings(protocol)) for _ in range(4)]
    frames = [protocol.encode(one) for one in sent]
    half = frames[0][: data.draw(st.integers(1, len(frames[0]) - 1))]
    wanted = weights_of(read(protocol, frames[2] + frames[3]))
    assert weights_of(read(protocol, half + b"".join(frames[1:])))[-2:] == wanted


@every_protocol
def test_law_8_what_the_wire_says_instead_of_a_weight_has_its_word(protocol: ScaleProtocol) -> None:
    unit = protocol.span.units[0] if protocol.span.units else None
    for status in protocol.span.statuses:
        (found,) = read(protocol, protocol.encode(WeightReading(None, unit, stable=False, net=False, status=status)))
        assert isinstance(found, WeightReading)
        assert (found.value, found.status) == (None, status)


@every_protocol
def test_law_9_an_endless_line_is_all_shown_in_pieces(protocol: ScaleProtocol) -> None:
    for byte in {each.frame[0] for each in protocol.examples if len(each.frame) > 1} | {0x30, 0x20}:
        endless = bytes([byte]) * 2_000
        shown = b"".join(each.data for each in read(protocol, endless) if isinstance(each, Rejected))
        assert len(shown) >= len(endless)  # more, where frames that overlap are refused one by one


@every_protocol
@settings(max_examples=3, deadline=None)
@given(data=st.data())
def test_law_10_what_is_left_of_a_broken_frame_is_no_other_weight(protocol: ScaleProtocol, data: st.DataObject) -> None:
    frame = protocol.encode(data.draw(readings(protocol)))
    truth = {str(each.value) for each in weights_of(read(protocol, frame))}
    for at in range(len(frame)):
        for broken in (
            b"\xff" + frame[at + 1 :],
            frame[:at] + b"\xff" + frame[at + 1 :],
            frame[:at] + b"\xff\xff" + frame,
        ):
            found = {str(each.value) for each in weights_of(read(protocol, broken)) if each.value is not None}
            assert found <= truth, broken


@pytest.mark.parametrize("name", load_protocols())
def test_no_byte_is_refused_twice(name: str) -> None:
    """Strangers' frames and its own with a byte changed: what is shown of them are stretches side by side."""
    protocol = load_protocols()[name]
    own = [one.frame for one in protocol.examples]
    damaged = [one[:at] + bytes((one[at] ^ 0x04,)) + one[at + 1 :] for one in own for at in range(len(one))]
    strangers = [one.frame for other in load_protocols().values() for one in other.examples]
    sent = b"".join(damaged + strangers)
    reader = Reader(protocol)
    refused = [one.data for one in reader.feed(sent) + reader.finish() if isinstance(one, Rejected)]
    at = 0
    for data in refused:
        at = sent.index(data, at) + len(data)
