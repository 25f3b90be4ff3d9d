"""A sign on a link of its own: opened when there is something to show, asked whether it lives, opened anew.

    show   frame ──► answer ──► next frame …          no answer in time: DeviceTimeout, connected but frozen
    watch  every HEARTBEAT_S a probe ──► answer       (or what it shows once more, where nothing else is answered)
           a card that never answers is blind, and says so in its health

What a card shows cannot be read back from any of these: an answer proves that it took the frame and is alive.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from drivers.description import Description
from drivers.errors import DeviceTimeout, DriverError, LinkError
from drivers.link import Link
from drivers.readings import HealthReading

LINES_MAX = 3
WRITE_TIMEOUT_S = 5.0
ANSWER_S = 1.0
ANSWER_BYTES_MAX = 1024
HEARTBEAT_S = 10.0


class Card(Protocol):
    """A simulated card: what it shows, and what it answers. It takes any chunks."""

    lines: tuple[str, ...]
    colour: str

    def receive(self, chunk: bytes) -> bytes:
        """The answer that is due, or nothing."""


@dataclass(frozen=True, slots=True)
class SignProtocol:
    """`encode(lines, colour)` gives the frames for 1 to 3 lines; FrameError for what the card has no room for. `decode`
    reads such bytes again.

    `answered(request, received)`: whether what has come answers the request; DeviceError where the card refuses. None:
    the card never answers. `probe` is a frame that changes nothing and is answered; `again`: what is shown may be sent
    once more instead. `card` makes a simulated one.
    """

    name: str
    encode: Callable[[tuple[str, ...], str], tuple[bytes, ...]]
    decode: Callable[[bytes], tuple[tuple[str, ...], str]]
    description: Description
    answered: Callable[[bytes, bytes], bool] | None = None
    probe: bytes | None = None
    again: bool = False
    card: Callable[[], Card] | None = None


class Sign:
    """One sign. `show` and `watch` never talk over each other."""

    def __init__(
        self,
        open_link: Callable[[], Awaitable[Link]],
        protocol: SignProtocol,
        answer_s: float = ANSWER_S,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._open_link, self._protocol, self._answer_s, self._sleep = open_link, protocol, answer_s, sleep
        self._link: Link | None = None
        self._busy = asyncio.Lock()
        self._probe = protocol.probe
        self._state, self._reason = "connecting" if protocol.answered else "blind", ""
        self._counts = {"shown": 0, "answers": 0, "timeouts": 0}

    def health(self) -> Mapping[str, Any]:
        """`blind`: this card does not answer, so that nobody can know whether it shows what it was told."""
        return {"state": self._state, "reason": self._reason, **self._counts}

    async def show(self, lines: tuple[str, ...], colour: str) -> None:
        """Replace what is shown; at most three lines are.

        LinkError or DeviceTimeout; the next try reopens. DeviceError where the card refuses, FrameError where it has no
        room for the text.
        """
        async with self._busy:
            frames = self._protocol.encode(lines[:LINES_MAX] or ("",), colour)
            for frame in frames:
                await self._send(frame)
            self._counts["shown"] += 1
            if self._protocol.again:
                self._probe = frames[0]

    async def watch(self, on_health: Callable[[HealthReading], None]) -> None:
        """Ask for ever whether it lives; a card that has no way to say so is left in peace."""
        while True:
            await self._sleep(HEARTBEAT_S)
            if self._probe is None:
                continue
            try:
                async with self._busy:
                    await self._send(self._probe)
            except DriverError as error:
                self._enter("lost", str(error), on_health)
            else:
                self._enter("live", "", on_health)

    async def close(self) -> None:
        async with self._busy:
            await self._drop()

    def _enter(self, state: str, reason: str, on_health: Callable[[HealthReading], None]) -> None:
        changed = state != self._state
        self._state, self._reason = state, reason
        if changed:
            on_health(HealthReading("live") if state == "live" else HealthReading("lost", reason))

    async def _send(self, frame: bytes) -> None:
        try:
            if self._link is None:
                self._link = await self._open_link()
            async with asyncio.timeout(WRITE_TIMEOUT_S):
                await self._link.write(frame)
            if self._protocol.answered is not None:
                await self._await_answer(self._link, frame, self._protocol.answered)
        except TimeoutError as error:
            await self._drop()
            raise DeviceTimeout(f"the sign's line took no bytes for {WRITE_TIMEOUT_S:g} s: check it") from error
        except DriverError:
            await self._drop()
            raise

    async def _await_answer(self, link: Link, frame: bytes, answered: Callable[[bytes, bytes], bool]) -> None:
        received = b""
        try:
            async with asyncio.timeout(self._answer_s):
                while not answered(frame, received):
                    if len(received) > ANSWER_BYTES_MAX:
                        raise LinkError("bytes without end and no answer among them: is another device on this line?")
                    received += await link.read()
        except TimeoutError as error:
            self._counts["timeouts"] += 1
            raise DeviceTimeout(
                f"the sign is connected and did not answer in {self._answer_s:g} s: it is frozen, or not this make"
            ) from error
        self._counts["answers"] += 1

    async def _drop(self) -> None:
        link, self._link = self._link, None
        if link is not None:
            await link.close()
