"""Listening on a live line: silence ends it, rubbish moves it on, the right setting stops it."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal

import pytest

from drivers.errors import LinkError
from drivers.link import MemoryLink, memory_pair
from drivers.overheard import load_formats
from drivers.protocol import WireFormat, load_protocols
from drivers.readings import WeightReading
from drivers.sniff.line import Line, settings_to_walk
from drivers.sniff.questions import FIRST_REGISTERS, Question, is_harmless, questions
from drivers.sniff.walk import Heard, walk
from simulator.uart import heard
from weighgate.virtual.loop import VirtualLoop

PROTOCOLS = list(load_protocols().values())
KNOWN: list[WireFormat] = [*PROTOCOLS, *load_formats().values()]
YAOHUA = load_protocols()["yaohua-continuous-0"]


def run(scene: Coroutine[None, None, None]) -> None:
    """Waiting costs nothing."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(scene)


class Wire:
    """An indicator at one setting; whoever opens the port at another hears what a receiver would."""

    def __init__(self, sent: Line | None, *, loads: int = 10_000, answers: Mapping[bytes, bytes] | None = None) -> None:
        self._sent, self._loads, self._answers = sent, loads, answers or {}
        self.opened: list[Line] = []
        self.asked = bytearray()
        self._tasks: set[asyncio.Task[None]] = set()

    async def open_at(self, line: Line) -> MemoryLink:
        self.opened.append(line)
        port, indicator = memory_pair()
        for work in (self._send(indicator, line), self._listen(indicator)):
            task = asyncio.create_task(work)
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return port

    async def _send(self, indicator: MemoryLink, line: Line) -> None:
        if self._sent is None:
            return
        for load in range(self._loads, self._loads + 2000, 20):
            frame = YAOHUA.encode(WeightReading(Decimal(load)))
            try:
                await indicator.write(heard(frame, self._sent, line, gap_s=0.01))
            except LinkError:
                return
            await asyncio.sleep(0.1)

    async def _listen(self, indicator: MemoryLink) -> None:
        try:
            while True:
                asked = await indicator.read()
                self.asked += asked
                if asked in self._answers:
                    await indicator.write(self._answers[asked])
        except LinkError:
            return


@asynccontextmanager
async def walked(wire: Wire, lines: list[Line], asking: Sequence[Question] = ()) -> AsyncIterator[list[Heard]]:
    yield [one async for one in walk(wire.open_at, lines, KNOWN, asking=asking)]


@pytest.mark.parametrize("sent", [Line(9600), Line(2400), Line(9600, 7, "E"), Line(4800, 8, "E")], ids=str)
def test_it_walks_to_the_setting_and_stops_there(sent: Line) -> None:
    async def scene() -> None:
        wire = Wire(sent)
        async with walked(wire, list(settings_to_walk())) as told:
            best = told[-1].candidates[0]
            assert (best.account.protocol, best.account.line) == (YAOHUA.name, sent)
            assert all(not one.candidates for one in told[:-1])
            assert wire.asked == b""

    run(scene())


def test_a_line_at_9600_is_named_within_two_seconds() -> None:
    async def scene() -> None:
        began_s = asyncio.get_running_loop().time()
        async with walked(Wire(Line(9600)), list(settings_to_walk())):
            assert asyncio.get_running_loop().time() - began_s < 2

    run(scene())


def test_silence_is_silence_at_every_baud_rate() -> None:
    async def scene() -> None:
        wire = Wire(None)
        async with walked(wire, list(settings_to_walk())) as told:
            assert [one.data for one in told] == [b""]
            assert len(wire.opened) == 1

    run(scene())


def test_questions_are_sent_only_when_told_to() -> None:
    async def scene() -> None:
        wire, asked = Wire(None), questions(PROTOCOLS)
        async with walked(wire, [Line(9600)], asked):
            assert bytes(wire.asked).startswith(b"".join(request for question in asked for request in question))

    run(scene())


@pytest.mark.parametrize(
    ("answers", "named"),
    [
        ({FIRST_REGISTERS: bytes.fromhex("01 83 02 C0 F1")}, "modbus-rtu"),
        ({b"\nW\r": b"\n 1G       7.650kg \r"}, "sma"),
        ({b"\x05": b"\x06", b"\x11": bytes.fromhex("01 02 53 20 30 31 32 2E 33 34 6B 67 65 03 04")}, "cas-swii"),
    ],
)
def test_what_answers_is_asked_again_until_it_is_sure(answers: dict[bytes, bytes], named: str) -> None:
    """A box that answers one question of ten is not left for the next baud rate, nor for its first word taken."""

    async def scene() -> None:
        wire = Wire(None, answers=answers)
        async with walked(wire, list(settings_to_walk()), questions(PROTOCOLS)) as told:
            assert [one.candidates[0].account.protocol for one in told] == [named]
            assert told[0].settled
            assert wire.opened == [Line(9600)]

    run(scene())


@pytest.mark.parametrize("acting", [b"T\r\n", b"\x02AC02\x03", b"\x1bP\r\n", b"\x02A\x03", b"\x02D\x03", b"Z"])
def test_what_tares_zeroes_or_prints_somewhere_is_never_asked(acting: bytes) -> None:
    assert not is_harmless(acting)
    assert all(is_harmless(request) for question in questions(PROTOCOLS) for request in question)


def test_nearly_every_polled_protocol_has_its_question() -> None:
    asked = questions(PROTOCOLS)
    polled = [one for one in PROTOCOLS if one.polling is not None]
    unasked = [one.name for one in polled if one.polling is not None and one.polling.requests not in asked]
    assert unasked == []
    assert (FIRST_REGISTERS,) in asked
