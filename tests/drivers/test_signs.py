"""The sign: the frame from the field, both ways, and a link that fails."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import FrameError, LinkError
from drivers.link import memory_pair
from drivers.signs import PROTOCOLS, Sign, weilipu

FRAMES = Path(__file__).resolve().parents[2] / ".." / "shared" / "data" / "frames.json"
KNOWN = bytes.fromhex("F0 01 D0 01 01 01 08 00 31 32 2E 33 34 B6 D6 50")


def test_the_frame_worked_out_from_the_field_code() -> None:
    assert weilipu.encode_line(1, "12.34吨", 0) == KNOWN
    assert weilipu.encode(("12.34吨",), "red").startswith(KNOWN)
    assert weilipu.decode(KNOWN) == (("12.34吨",), "red")


@pytest.mark.skipif(not FRAMES.exists(), reason="the recordings are not here")
def test_the_recorded_frame() -> None:
    frame = next(one for one in json.loads(FRAMES.read_text()) if one["id"] == "weilipu")
    assert weilipu.encode_line(1, frame["expect"]["text_gb2312"], 0) == bytes.fromhex(frame["hex"])


@given(
    st.lists(st.text("12.34吨 超限放行ABC", max_size=15), min_size=1, max_size=3),
    st.sampled_from(["red", "green", "blue"]),
)
def test_what_is_written_is_read(lines: list[str], colour: str) -> None:
    shown, read_colour = weilipu.decode(weilipu.encode(tuple(lines), colour))
    assert [*shown, "", ""][: len(lines)] == lines
    assert read_colour == colour


def test_long_text_is_cut_between_characters() -> None:
    for before in ("", "1"):  # the last byte that fits ends a character, or would be half of one
        (line,), _ = weilipu.decode(weilipu.encode((before + "超" * 100,), "red"))
        assert line == before + "超" * (30 - len(before))


@given(st.integers(0, 15), st.integers(0, 7))
def test_a_flipped_bit_is_seen(at: int, bit: int) -> None:
    broken = bytearray(KNOWN)
    broken[at] ^= 1 << bit
    with pytest.raises(FrameError):
        weilipu.decode(bytes(broken))


@given(st.binary(max_size=40))
def test_hostile_bytes_give_only_frame_errors(data: bytes) -> None:
    sealed = weilipu.HEAD + data
    for hostile in (data, sealed, sealed + bytes((sum(sealed) & 0xFF,))):
        try:
            weilipu.decode(hostile)
        except FrameError:
            continue


def opener(*found: object) -> Callable[[], Awaitable[object]]:
    left = list(found)

    async def open_link() -> object:
        one = left.pop(0)
        if isinstance(one, Exception):
            raise one
        return one

    return open_link


async def test_a_sign_opens_its_line_when_there_is_something_to_show_and_again_after_a_failure() -> None:
    near, far = memory_pair()
    next_near, next_far = memory_pair()
    sign = Sign(opener(LinkError("not there"), near, next_near), PROTOCOLS["weilipu"])  # type: ignore[arg-type]
    with pytest.raises(LinkError, match="not there"):
        await sign.show(("1",), "red")
    await sign.show(("称重中", "12340 kg"), "green")
    assert weilipu.decode(await far.read()) == (("称重中", "12340 kg"), "green")
    await near.close()
    with pytest.raises(LinkError):
        await sign.show(("2",), "red")
    await sign.show(("a", "b", "c", "d"), "red")
    assert weilipu.decode(await next_far.read()) == (("a", "b", "c"), "red")
    await sign.close()
