"""What else passes on a wire: cut and told, and never a weight."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.overheard import load_formats
from drivers.overheard.format import OverheardFormat
from drivers.protocol import Example, Reader, Rejected, Remark

FORMATS = list(load_formats().values())
EXAMPLES = [(known, example) for known in FORMATS for example in known.examples]
FRAMES_FILE = Path(__file__).resolve().parents[2] / ".." / "shared" / "data" / "frames.json"


@pytest.mark.parametrize(("known", "example"), EXAMPLES, ids=lambda one: getattr(one, "name", ""))
def test_each_example_is_told(known: OverheardFormat, example: Example) -> None:
    reader = Reader(known)
    assert [*reader.feed(example.frame), *reader.finish()] == [example.said]


@pytest.mark.parametrize("known", FORMATS, ids=lambda one: one.name)
@given(data=st.data())
def test_any_chunking_tells_the_same_and_noise_is_refused(known: OverheardFormat, data: st.DataObject) -> None:
    noise = data.draw(st.binary(max_size=40))
    stream = noise + known.examples[0].frame * 3
    at = data.draw(st.integers(0, len(stream)))
    whole, cut = Reader(known), Reader(known)
    told = [*whole.feed(stream), *whole.finish()]
    pieces = [*cut.feed(stream[:at]), *cut.feed(stream[at:]), *cut.finish()]
    assert [one for one in told if not isinstance(one, Rejected)] == [
        one for one in pieces if not isinstance(one, Rejected)
    ]
    assert told[-1] == known.examples[0].said
    assert all(isinstance(one, Rejected | Remark) for one in told)


@pytest.mark.parametrize("known", FORMATS, ids=lambda one: one.name)
def test_a_flipped_bit_is_another_remark_only_where_nothing_checks(known: OverheardFormat) -> None:
    frame = known.examples[0].frame
    for at in range(8 * len(frame)):
        flipped = bytearray(frame)
        flipped[at // 8] ^= 1 << at % 8
        reader = Reader(known)
        told = [*reader.feed(bytes(flipped)), *reader.finish()]
        said = [one for one in told if one != known.examples[0].said]  # the same: a flag lost before the frame
        assert not known.has_checksum or all(isinstance(one, Rejected) for one in said), flipped.hex(" ")


@pytest.mark.skipif(not FRAMES_FILE.exists(), reason="the recordings do not lie beside this tree")
def test_recorded_modbus_frames() -> None:
    known = load_formats()["modbus-rtu"]
    frames = [one for one in json.loads(FRAMES_FILE.read_text()) if one["protocol"].startswith("modbus-rtu")]
    assert len(frames) >= 9
    for one in frames:
        reader = Reader(known)
        (told,) = [*reader.feed(bytes.fromhex(one["hex"])), *reader.finish()]
        assert isinstance(told, Remark), one
        if "coil" in one["expect"]:
            assert told.text == f"unit 1: coil {one['expect']['coil']} {'on' if one['expect']['on'] else 'off'}"


@pytest.mark.skipif(not FRAMES_FILE.exists(), reason="the recordings do not lie beside this tree")
@pytest.mark.parametrize(
    ("recorded", "name", "said"),
    [
        ("voice-welcome", "board-64", "speaks: 欢迎光临"),
        ("voice-qr", "board-64", "command E1: http://www.baidu.com please scan"),
        ("onbon-ping", "onbon-bx6", "ping"),
        ("onbon-clear", "onbon-bx6", "clears its areas"),
        ("onbon-mac", "onbon-bx6", "asked for its address"),
        ("onbon-text", "onbon-bx6", "shows in red: 012345QRSTTV'B"),
        ("weilipu", "weilipu", "shows in red: 12.34吨"),
    ],
)
def test_recorded_frames_of_signs(recorded: str, name: str, said: str) -> None:
    (one,) = [one for one in json.loads(FRAMES_FILE.read_text()) if one["id"] == recorded]
    reader = Reader(load_formats()[name])
    (told,) = [*reader.feed(bytes.fromhex(one["hex"])), *reader.finish()]
    assert isinstance(told, Remark), told
    assert told.text == said
