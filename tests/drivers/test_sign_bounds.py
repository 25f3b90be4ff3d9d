"""Frames of signs byte by byte, and at their bounds: the shortest, the longest, one more, and what is not quite one."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.errors import DeviceError, FrameError
from drivers.signs import PROTOCOLS, SignProtocol, board_64, onbon_bx6, remote_display, weilipu

BX_HEAD = "01 00 00 80 00 00 00 00 00 00 FE 02"


def sealed(text: str) -> bytes:
    """A frame of the Weilipu card from its hex without the sum."""
    body = bytes.fromhex(text)
    return body + bytes((sum(body) & 0xFF,))


def areas(*found: bytes) -> bytes:
    return onbon_bx6.frame(onbon_bx6.text_data(found))


def test_a_window_of_the_0x64_board_byte_by_byte() -> None:
    red, blank, last = board_64.encode_lines(("超",), "red")
    assert red[:-2] == bytes.fromhex("00 64 FF FF 62 15 00 15 01 00 05 00 01 03 00 FF 00 00 00 00 00 00 00 02 00 B3 AC")
    assert blank[:-2] == bytes.fromhex("00 64 FF FF 62 13 01 15 01 00 05 00 01 03 00 FF 00 00 00 00 00 00 00 00 00")
    assert last[6] == 2
    for colour, code in (("green", "00 FF 00 00"), ("yellow", "FF FF 00 00"), ("violet", "FF 00 00 00")):
        assert board_64.encode_lines(("超",), colour)[0][15:19] == bytes.fromhex(code)


@pytest.mark.parametrize("colour", ["red", "green", "yellow"])
@pytest.mark.parametrize("lines", [("",), ("1",), ("1", "2"), ("1", "", "3"), ("", "", "3")])
def test_blank_lines_at_the_end_are_not_shown_and_others_are(lines: tuple[str, ...], colour: str) -> None:
    assert board_64.decode(b"".join(board_64.encode_lines(lines, colour))) == (lines, colour)
    of_weilipu = "red" if colour == "yellow" else colour
    assert weilipu.decode(weilipu.encode(lines, colour)) == (lines, of_weilipu)


def test_the_0x64_board_knows_a_frame_by_its_head_and_takes_it_when_it_is_whole() -> None:
    frame = board_64.frame(board_64.SPEAK, b"\x01A")
    for size in range(len(frame)):
        assert board_64.parsed(frame[:size]) is None
    assert board_64.parsed(frame + b"\x00") == (board_64.SPEAK, b"\x01A", len(frame))
    assert board_64.parsed(b"\x00\x6e\xff\xff\x30") is None
    with pytest.raises(FrameError, match="version 6E"):
        board_64.parsed(b"\x00\x6e\xff\xff\x30\x01")


@pytest.mark.parametrize(
    "data",
    [b"\x03" + bytes(18), bytes(20), b"\x00" + bytes(16) + b"\x01\x00", b"\x00" + bytes(16) + b"\x01\x00\xff"],
    ids=["a fourth window", "more than told", "less than told", "no text"],
)
def test_a_wrong_window_is_refused(data: bytes) -> None:
    with pytest.raises(FrameError):
        board_64.decode(board_64.frame(board_64.SHOW, data))


@pytest.mark.parametrize("noise", [b"", b"\x00", b"\x00\x00", b"\x01\x02\x03", bytes(7)])
def test_a_board_finds_its_frame_behind_noise_and_answers_it(noise: bytes) -> None:
    card = board_64.Board64()
    wire = b"".join(board_64.encode_lines(("1", "2"), "green"))
    answer = bytes.fromhex("00 64 FF FF 62 01 00")
    assert [one[:7] for one in split(card.receive(noise + wire), 9)] == [answer] * 3
    assert (card.lines, card.colour, card.spoken) == (("1", "2", ""), "green", "")


def split(received: bytes, size: int) -> list[bytes]:
    return [received[at : at + size] for at in range(0, len(received), size)]


def test_a_board_keeps_the_last_thousand_bytes() -> None:
    frame = board_64.frame(board_64.SPEAK, b"\x01A")
    for behind, heard in ((1024 - len(frame), True), (1025 - len(frame), False)):
        card = board_64.Board64()
        card.receive(frame + bytes(behind))
        assert (card.spoken == "A") is heard


@pytest.mark.parametrize(("protocol", "bytes_max"), [(board_64.PROTOCOL, 200), (onbon_bx6.PROTOCOL, 60)])
def test_a_long_line_is_cut_between_characters(protocol: SignProtocol, bytes_max: int) -> None:
    for before in ("", "1"):
        ((line, *_), _) = protocol.decode(b"".join(protocol.encode((before + "超" * 101,), "red")))
        assert line == before + "超" * ((bytes_max - len(before)) // 2)


def test_what_was_said_is_not_said_again_to_ask_whether_a_voice_lives() -> None:
    assert (board_64.PROTOCOL.again, board_64.VOICE.again) == (True, False)


def test_an_answer_says_whether_the_board_took_the_command() -> None:
    request = board_64.frame(board_64.SHOW, bytes(19))
    assert board_64.answered(request, b"\x64" + board_64.frame(board_64.SHOW, b"\x00"))
    assert not board_64.answered(request, board_64.frame(board_64.SHOW, b""))
    assert not board_64.answered(request, board_64.frame(board_64.SPEAK, b"\x00"))
    with pytest.raises(DeviceError, match="answers 01 to command 62"):
        board_64.answered(request, board_64.frame(board_64.SHOW, b"\x00\x01"))


def test_two_areas_of_an_onbon_card_byte_by_byte() -> None:
    (wire,) = onbon_bx6.encode(("A", "超"), "green")
    data = onbon_bx6.data_of(wire)
    assert data is not None
    how = "02 00 00 00 00 02 02 01 00 04 05"
    assert data == bytes.fromhex(
        f"A3 06 01 45 00 00 02"
        f"1F 00 00 00 00 00 00 18 00 10 00 00 00 00 {how} 04 00 00 00 5C 43 32 41"
        f"20 00 00 00 00 10 00 18 00 10 00 01 00 00 {how} 05 00 00 00 5C 43 32 B3 AC"
    )
    assert wire.startswith(b"\xa5" * 8 + bytes.fromhex(BX_HEAD))
    assert onbon_bx6.decode(wire) == (("A", "超"), "green")


def test_the_shortest_and_the_longest_frame_of_an_onbon_card() -> None:
    assert onbon_bx6.data_of(onbon_bx6.frame(b"")) == b""
    longest = bytes(2048 - 16)
    assert onbon_bx6.data_of(onbon_bx6.frame(longest)) == longest
    for wrong in (onbon_bx6.frame(longest + b"\x00"), b"\xa5\x5a", b"\xa5" + bytes(15) + b"\x5a"):
        with pytest.raises(FrameError):
            onbon_bx6.data_of(wrong)


def test_an_onbon_card_s_escapes() -> None:
    wire = onbon_bx6.frame(bytes.fromhex("A5 A6 5A 5B"))
    assert wire[22:30] == bytes.fromhex("A6 02 A6 01 5B 02 5B 01")
    assert onbon_bx6.data_of(wire) == bytes.fromhex("A5 A6 5A 5B")


def test_areas_are_read_by_their_own_length_whatever_their_type() -> None:
    empty = onbon_bx6.area(b"", 0, 0, 24, 16, 1, 4, 5)
    typed = b"\x01" + onbon_bx6.area(b"\\C3A", 0, 0, 24, 16, 1, 4, 5)[1:]
    assert onbon_bx6.decode(areas()) == ((), "red")
    assert onbon_bx6.decode(areas(empty, typed)) == (("", "A"), "yellow")
    assert onbon_bx6.decode(areas(typed, empty)) == (("A", ""), "red")


@pytest.mark.parametrize(
    "wrong",
    [
        areas(bytes(26)),
        areas(onbon_bx6.area(b"A", 0, 0, 24, 16, 1, 4, 5)[:-1]),
        areas(onbon_bx6.area(b"A", 0, 0, 24, 16, 1, 4, 5) + b"B"),
        onbon_bx6.frame(onbon_bx6.text_data((onbon_bx6.area(b"A", 0, 0, 24, 16, 1, 4, 5),))[:-1]),
        areas(onbon_bx6.area(b"\xff", 0, 0, 24, 16, 1, 4, 5)),
        onbon_bx6.frame(onbon_bx6.PING),
        onbon_bx6.frame(onbon_bx6.TEXT + bytes(4)),
    ],
    ids=["short", "less than told", "more than told", "cut", "no text", "another command", "no count"],
)
def test_a_wrong_area_is_refused(wrong: bytes) -> None:
    with pytest.raises(FrameError):
        onbon_bx6.decode(wrong)


@pytest.mark.parametrize("before", [b"", b"\x5a", b"\x00\x5a\x5a", b"\xa5\x00\x5a"])
def test_an_onbon_card_answers_each_frame_behind_noise_and_behind_another(before: bytes) -> None:
    card = onbon_bx6.OnbonCard()
    (text,) = onbon_bx6.encode(("1",), "green")
    short = onbon_bx6.frame(onbon_bx6.PING).lstrip(b"\xa5")
    answer = onbon_bx6.frame(bytes.fromhex("A0 00 00 00 00"))
    assert card.receive(before + text + b"\xa5" + short + b"\xa5" + short) == answer * 3
    assert (card.lines, card.colour) == (("1",), "green")


def test_an_onbon_card_keeps_two_of_its_longest_bodies() -> None:
    frame = onbon_bx6.frame(onbon_bx6.PING).lstrip(b"\xa5")
    room = 2 * onbon_bx6.BODY_BYTES_MAX - len(frame) - 1
    for ahead, answered in ((0, True), (1, False)):
        card = onbon_bx6.OnbonCard()
        found = card.receive(b"\xa5" + frame + bytes(room + ahead))
        assert bool(found) is answered


def test_a_blank_line_of_a_weilipu_card_is_its_shortest_frame_and_is_taken_at_once() -> None:
    card = weilipu.WeilipuCard()
    blank = sealed("F0 01 D0 02 01 01 01 00")
    assert weilipu.encode_line(2, "", 0) == blank
    card.receive(sealed("F0 01 D0 02 01 01 02 01 41"))
    assert (card.lines, card.colour) == (("", "A", ""), "green")
    card.receive(blank)
    assert (card.lines, card.colour) == (("", "", ""), "red")


def test_a_weilipu_card_keeps_the_last_thousand_bytes() -> None:
    frame = sealed("F0 01 D0 01 01 01 02 02 41")
    for behind, lines in ((1024 - len(frame), ("A", "", "")), (1025 - len(frame), ())):
        card = weilipu.WeilipuCard()
        card.receive(frame + bytes(behind))
        assert card.lines == lines


def test_a_weilipu_card_finds_its_frame_behind_a_broken_one() -> None:
    good = sealed("F0 01 D0 01 01 01 02 02 41")
    for before in (b"\x00", b"\xf0", good[:-1] + b"\x00", good[:3]):
        card = weilipu.WeilipuCard()
        card.receive(before + good + good)
        assert (card.lines, card.colour) == (("A", "", ""), "blue")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("F0 01 D0 00 01 01 02 00 41", "line 0"),
        ("F0 01 D0 04 01 01 02 00 41", "line 4"),
        ("F0 01 D0 01 01 01 02 03 41", "colour 3"),
        ("F0 01 D0 01 01 01 00 00 41", "length 0"),
        ("F0 01 D0 01 01 01 3E 00" + " 41" * 61, "length 62"),
        ("F0 01 D0 01 01 01 02 00 FF", "not GB18030"),
        ("F0 01 D1 01 01 01 02 00 41", "not a frame"),
        ("F0 01 D0 01 01 01 01", "not a frame"),
    ],
)
def test_a_wrong_line_of_a_weilipu_card_is_named(text: str, said: str) -> None:
    with pytest.raises(FrameError, match=said):
        weilipu.decode(sealed(text))


def test_the_longest_line_of_a_weilipu_card() -> None:
    assert weilipu.decode(sealed("F0 01 D0 03 01 01 3D 01" + " 41" * 60)) == (("", "", "A" * 60), "green")


def test_a_remote_display_shows_its_last_whole_frame() -> None:
    assert remote_display.decode(b"=00110000=$=00200000==0030") == (("200 kg",), "red")
    assert remote_display.encode(("0.049 t",), "red") == (b"=94000000=",)


@pytest.mark.parametrize(
    ("text", "wire"),
    [
        ("99999 吨", b"=00099999="),
        ("99999.9999 t", b"=99999999="),
        ("1234567 kg", b"=76543210="),
        ("0.12345 t", b"=32100000="),
        ("1.2.3 t", b"=00000000="),
    ],
)
def test_a_remote_display_shows_a_mass_whole_or_not_at_all(text: str, wire: bytes) -> None:
    assert remote_display.encode((text,), "red") == (wire,)


@pytest.mark.parametrize("text", ["100000 吨", "999999 吨", "100000000 kg", "9" * 5_000 + " 公斤"])
def test_a_mass_of_more_than_eight_digits_is_refused_by_name(text: str) -> None:
    with pytest.raises(FrameError, match=f"too few for '{text[:32]}' in kilograms"):
        remote_display.encode((text,), "red")


@pytest.mark.parametrize("protocol", PROTOCOLS.values(), ids=PROTOCOLS)
@settings(max_examples=30, deadline=None)
@given(st.lists(st.text("超12345670. 吨tkg\\\rZ\ud800") | st.text(), min_size=1, max_size=3))
def test_any_text_has_its_frames_or_is_refused(protocol: SignProtocol, lines: list[str]) -> None:
    with suppress(FrameError):
        for frame in protocol.encode(tuple(lines), "red"):
            protocol.decode(frame)
