"""Listening on a live line until something is sure: setting after setting on a serial port, once on anything else.

    serial    9600 8N1 first, the other baud rates, then the formats that 8N1 cannot hear (see line.py)
    TCP, file the bytes as they come: the device server has the line's settings

A line that stays silent is silent at every baud rate: a wrong one would hear rubbish. So silence ends the walk at once.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from drivers.errors import LinkError
from drivers.link import Link
from drivers.protocol import WireFormat
from drivers.sniff.line import Line
from drivers.sniff.questions import Question
from drivers.sniff.ranking import Candidate, rank

SILENT_S = 3.0  # the slowest indicators send twice a second
LISTEN_S = 2.0  # at each setting that brings bytes; a second look where they fit something
SURE_S = 6.0  # at most, where something fits and more bytes may settle it
LOOK_EVERY_S = 0.25
LOOK_BYTES = 4096  # the newest; more makes it no surer
ENOUGH_FRAMES = 5
ASK_EVERY_S = 0.4  # an answer must not run into the next question

Open = Callable[[Line], Awaitable[Link]]
Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Heard:
    """One setting's yield: the bytes and who may have sent them."""

    line: Line
    data: bytes
    candidates: Sequence[Candidate]

    @property
    def settled(self) -> bool:
        """No more listening would change it: enough different frames, and nobody else in question."""
        if not self.candidates:
            return False
        best = self.candidates[0]
        enough = best.account.frames >= ENOUGH_FRAMES and best.promising
        return enough and (best.account.sure or not best.ambiguous_with)

    @property
    def answers(self) -> int:
        """How many good frames there are that say something: weights, or what a checksum holds together."""
        best = self.candidates[0].account if self.candidates else None
        return best.frames if best is not None and (best.weights or best.sealed) else 0

    @property
    def promising(self) -> bool:
        return bool(self.candidates) and self.candidates[0].promising


async def walk(
    open_at: Open, lines: Sequence[Line], protocols: Sequence[WireFormat], *, asking: Sequence[Question] = ()
) -> AsyncGenerator[Heard, None]:
    """Listen at each line in turn and tell what came; ends after the first that fits, or when nobody speaks.

    `asking`: questions to send in turn while listening. Raises LinkError where the line cannot be opened or breaks
    before it said anything.
    """
    spoken = False
    for line in lines:
        link = await open_at(line)
        try:
            heard = await _listen(link, line, protocols, asking)
        finally:
            await link.close()
        spoken = spoken or bool(heard.data)
        yield heard
        if heard.promising or not (spoken or asking):
            return


def round_s(asking: Sequence[Question]) -> float:
    """How long it takes to ask them all and hear the last one's answer; nothing, where nothing is asked."""
    return ASK_EVERY_S * (sum(map(len, asking)) + 1) if asking else 0


async def _listen(link: Link, line: Line, protocols: Sequence[WireFormat], asking: Sequence[Question]) -> Heard:
    loop = asyncio.get_running_loop()
    began_s, data, heard = loop.time(), bytearray(), Heard(line, b"", ())
    questions = asyncio.create_task(_ask(link, asking, lambda: heard.answers))
    try:
        while True:
            passed_s = loop.time() - began_s
            limit_s = SURE_S if heard.promising else LISTEN_S if data else SILENT_S
            asked_s = round_s(asking) * (2 if heard.answers else 1)
            if heard.settled or passed_s >= max(limit_s, asked_s):
                return heard
            if not await _take(link, data, LOOK_EVERY_S):
                return Heard(line, bytes(data), rank(bytes(data), line, protocols))  # a recording is at its end
            if data:
                newest = bytes(data[-LOOK_BYTES:])
                heard = Heard(line, newest, rank(newest, line, protocols))
    finally:
        questions.cancel()
        with suppress(asyncio.CancelledError, LinkError):
            await questions


async def _take(link: Link, data: bytearray, for_s: float) -> bool:
    """Gather what comes in this while. False where the line hung up after it had spoken."""
    with suppress(TimeoutError):
        async with asyncio.timeout(for_s):
            while True:
                try:
                    data += await link.read()
                except LinkError:
                    if not data:
                        raise
                    return False
                del data[: -2 * LOOK_BYTES]
    return True


async def _ask(link: Link, asking: Sequence[Question], answers: Callable[[], int]) -> None:
    """Each question in turn, and the same again while it is answered: one answer is not enough to be sure."""
    while asking:
        for question in asking:
            before, now = -1, answers()
            while now > before:
                for request in question:
                    await link.write(request)
                    await asyncio.sleep(ASK_EVERY_S)
                before, now = now, answers()
