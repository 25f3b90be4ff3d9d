"""Onbon, the 0x64 board and remote displays: the field's frames, both ways, answers, refusals and frozen cards."""

import asyncio
import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import DeviceError, DeviceTimeout, FrameError
from drivers.link import MemoryLink, memory_pair
from drivers.readings import HealthReading
from drivers.signs import PROTOCOLS, Sign, SignProtocol, board_64, onbon_bx6, remote_display
from drivers.signs.crc import crc16
from simulator.devices import SignPanel

FRAMES = Path(__file__).resolve().parents[2] / ".." / "shared" / "data" / "frames.json"
PING = bytes.fromhex("01 00 00 80 00 00 00 00 00 00 FE 02 05 00 A2 00 01 00 00 68 F8")
CLEAR = bytes.fromhex("01 00 00 80 00 00 00 00 00 00 FE 02 05 00 A3 10 01 00 00 51 F8")
MAC = bytes.fromhex("FE FF 00 80 00 00 00 00 00 00 FE 02 0B 00 A4 06 01 00 00 00 FF FE 83 A8 56 1C 2C")
TEXT = bytes.fromhex(
    "01 00 00 80 00 00 00 00 00 00 FE 02 32 00 A3 06 01 2D 00 00 01 29 00 00 00 00 00 00 18 00 20 00 00 00 00 02 00 00"
    "00 00 02 02 03 00 04 05 0E 00 00 00 30 31 32 33 34 35 51 52 53 54 54 56 27 42 A8 7D"
)
WELCOME = bytes.fromhex("00 64 FF FF 30 09 01 BB B6 D3 AD B9 E2 C1 D9 32 58")
LINES = st.lists(st.text("豫A12345 12.34吨超限放行Ｚ[]", max_size=12), min_size=1, max_size=3)
SHOWN = st.sampled_from(["weilipu", "onbon-bx6", "board-64"])


def bare(frame: bytes) -> bytes:
    """What stands between the preamble and the end, unescaped, as the field wrote it down."""
    body = frame.lstrip(b"\xa5")[:-1]
    for byte, pair in onbon_bx6.ESCAPES.items():
        if byte in (0xA5, 0x5A):
            body = body.replace(pair, bytes((byte,)))
    return body.replace(b"\xa6\x01", b"\xa6").replace(b"\x5b\x01", b"\x5b")


def test_onbons_field_frames_are_written_as_they_were() -> None:
    assert bare(onbon_bx6.frame(onbon_bx6.PING)) == PING
    assert bare(onbon_bx6.frame(bytes.fromhex("A3 10 01 00 00"))) == CLEAR
    broadcast = bytes.fromhex("FE FF") + onbon_bx6.HEAD[2:]
    assert bare(onbon_bx6.frame(MAC[14:-2], broadcast)) == MAC
    one = onbon_bx6.area(b"012345QRSTTV'B", 0, 0, 0x18, 0x20, 3, 4, 5)
    assert bare(onbon_bx6.frame(onbon_bx6.text_data((one,)))) == TEXT
    assert onbon_bx6.decode(onbon_bx6.frame(TEXT[14:-2])) == (("012345QRSTTV'B",), "red")


def test_a_backslash_in_a_text_is_no_command_to_an_onbon_card() -> None:
    (wire,) = onbon_bx6.encode((r"1\C2",), "red")
    assert onbon_bx6.decode(wire) == (("1/C2",), "red")


def test_onbon_escapes_everything_that_could_be_an_end() -> None:
    data = bytes(range(256))
    wire = onbon_bx6.frame(data)
    assert wire[:8] == b"\xa5" * 8
    assert not set(wire[8:-1]) & {0xA5, 0x5A}
    assert onbon_bx6.data_of(wire) == data
    assert onbon_bx6.data_of(b"\x00\x5a" + wire[:-1]) is None


def test_the_spoken_example_of_the_0x64_family() -> None:
    assert board_64.encode_speech(("欢迎光临",), "red") == (WELCOME,)
    assert board_64.decode(WELCOME) == (("欢迎光临",), "red")


@pytest.mark.skipif(not FRAMES.exists(), reason="the recordings are not here")
def test_every_recorded_frame_of_a_sign_is_sound() -> None:
    known = {one["id"]: bytes.fromhex(one["hex"]) for one in json.loads(FRAMES.read_text())}
    found = board_64.parsed(known["voice-qr"])
    assert found is not None
    assert (found[0], found[2]) == (0xE1, len(known["voice-qr"]))
    assert b"http://www.baidu.com" in found[1]
    for name in ("onbon-ping", "onbon-clear", "onbon-mac", "onbon-text"):
        assert known[name][-2:] == crc16(known[name][:-2], 0)


@given(SHOWN, LINES, st.sampled_from(["red", "green"]))
def test_what_is_written_is_read(name: str, lines: list[str], colour: str) -> None:
    protocol = PROTOCOLS[name]
    shown, read_colour = protocol.decode(b"".join(protocol.encode(tuple(lines), colour)))
    assert [*shown, "", ""][: len(lines)] == lines
    assert read_colour == colour


@given(SHOWN, LINES, st.integers(1, 9))
def test_a_simulated_panel_shows_it_however_it_is_cut(name: str, lines: list[str], size: int) -> None:
    protocol = PROTOCOLS[name]
    panel = SignPanel(protocol)
    wire = b"".join(protocol.encode(tuple(lines), "green"))
    for at in range(0, len(wire), size):
        panel.receive(wire[at : at + size])
    assert [*panel.lines, "", ""][: len(lines)] == lines


@pytest.mark.parametrize(
    ("lines", "wire"),
    [
        (("豫A12345", "1.1吨 请通行"), b"=00110000="),
        (("200 kg",), b"=00200000="),
        (("49.48 t: over limit",), b"=08494000="),
        (("请上秤",), b"=00000000="),
    ],
)
def test_a_remote_display_shows_the_mass(lines: tuple[str, ...], wire: bytes) -> None:
    assert remote_display.encode(lines, "red") == (wire,)
    assert remote_display.decode(b"\x00" + wire) == ((f"{int(wire[8:0:-1])} kg",), "red")
    assert remote_display.decode(b"$=00200000=") == (("200 kg",), "red")


@given(SHOWN, st.integers(0, 10_000), st.integers(0, 7))
def test_a_flipped_bit_never_shows_another_text(name: str, at: int, bit: int) -> None:
    protocol = PROTOCOLS[name]
    wire = bytearray(protocol.encode(("12340 kg",), "red")[0])
    wire[at % len(wire)] ^= 1 << bit
    with suppress(FrameError):
        assert protocol.decode(bytes(wire))[0][0] in ("12340 kg", "")  # at most a preamble byte, which says nothing


@given(st.binary(max_size=80), st.sampled_from([b"", WELCOME[:6], b"\xa5" + PING, b"\xa5" + TEXT, b"="]))
def test_hostile_bytes_give_only_frame_errors(data: bytes, head: bytes) -> None:
    for protocol in PROTOCOLS.values():
        for hostile in (data, head + data, head + data + b"\x5a"):
            with suppress(FrameError):
                protocol.decode(hostile)
            if protocol.answered is not None:
                with suppress(DeviceError):
                    protocol.answered(WELCOME, hostile)
            if protocol.card is not None:
                protocol.card().receive(hostile)


class Lane:
    """A sign with a panel behind a memory line, which may freeze."""

    def __init__(self, protocol: SignProtocol, *, noise: bytes = b"") -> None:
        self.near, self.far = memory_pair()
        self.panel, self.noise = SignPanel(protocol), noise
        self.frozen = False
        self.sign = Sign(self._open, protocol, 0.05)
        self.serving: asyncio.Task[None] | None = None

    async def _open(self) -> MemoryLink:
        if self.serving is not None:
            self.serving.cancel()
            self.near, self.far = memory_pair()
        self.serving = asyncio.create_task(self._serve(self.far))
        return self.near

    async def _serve(self, far: MemoryLink) -> None:
        class Back:
            def write(self, chunk: bytes) -> None:
                sent.append(chunk)

            def disconnect(self) -> None: ...

        sent: list[bytes] = []
        self.panel.wire = Back()
        with suppress(Exception):
            while True:
                chunk = await far.read()
                if not self.frozen:
                    self.panel.receive(chunk)
                    await far.write(self.noise + b"".join(sent))
                    sent.clear()


@pytest.mark.parametrize("name", ["onbon-bx6", "board-64"])
async def test_a_card_that_answers_is_believed_and_a_frozen_one_told(name: str) -> None:
    lane = Lane(PROTOCOLS[name], noise=b"\x00")
    await lane.sign.show(("称重中", "12340 kg"), "green")
    assert lane.panel.lines[:2] == ("称重中", "12340 kg")
    lane.frozen = True
    with pytest.raises(DeviceTimeout, match="connected and did not answer"):
        await lane.sign.show(("2",), "red")
    lane.frozen = False
    await lane.sign.show(("3",), "red")
    assert lane.panel.lines[0] == "3"
    assert lane.sign.health()["timeouts"] == 1
    assert lane.serving is not None
    lane.serving.cancel()


@pytest.mark.parametrize("name", ["onbon-bx6", "board-64"])
async def test_the_heartbeat_sees_a_connected_card_that_froze_with_nothing_to_show(name: str) -> None:
    lane = Lane(PROTOCOLS[name])
    told: list[HealthReading] = []
    turn = asyncio.Event()

    async def paced(_: float) -> None:
        await turn.wait()
        turn.clear()

    lane.sign._sleep = paced
    await lane.sign.show(("1",), "red")
    watching = asyncio.create_task(lane.sign.watch(told.append))
    for frozen, count in ((False, 1), (True, 2), (True, 2), (False, 3)):
        lane.frozen = frozen
        turn.set()
        async with asyncio.timeout(10):
            while turn.is_set() or lane.sign._busy.locked() or len(told) < count:  # noqa: ASYNC110 - no event tells it
                await asyncio.sleep(0.002)
    assert [one.state for one in told] == ["live", "lost", "live"]
    assert "frozen" in told[1].reason
    assert lane.panel.lines[0] == "1"  # the heartbeat changed nothing
    watching.cancel()
    assert lane.serving is not None
    lane.serving.cancel()


async def test_a_board_that_refuses_is_told_with_its_code() -> None:
    near, far = memory_pair()

    async def open_link() -> MemoryLink:
        return near

    sign = Sign(open_link, PROTOCOLS["voice-64"], 5.0)
    saying = asyncio.create_task(sign.show(("欢迎光临",), ""))
    assert await far.read() == WELCOME
    await far.write(board_64.frame(board_64.SPEAK, b"\x07"))
    with pytest.raises(DeviceError, match="answers 07 to command 30"):
        await saying


def test_who_cannot_answer_says_so() -> None:
    for name in ("weilipu", "remote-display"):
        protocol = PROTOCOLS[name]
        assert protocol.answered is None
        assert "cannot be seen" in protocol.description.unverified
        assert Sign(lambda: None, protocol).health()["state"] == "blind"  # type: ignore[arg-type, return-value]
