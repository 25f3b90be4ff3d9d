"""The core's effects on a lane's real devices: latest wish wins, a failing device is tried again and alarmed once."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Protocol

from drivers.errors import DriverError
from gateway.core.effects import Effect, MoveBarrier, SetLamp, ShowText
from gateway.law.words import Words
from gateway.wording import sign_lines, spoken

RETRY_S = 0.5
ACTUATORS = ("lamp", "sign", "barrier", "front", "voice")
GREEN_TEXTS = ("ready", "within", "tolerated", "over-rating", "passed")


class BarrierPort(Protocol):
    async def open(self) -> None: ...

    async def close(self) -> None: ...


class FrontBarrierPort(Protocol):
    async def open(self) -> None: ...

    async def close_when_free(self) -> None: ...


class LampPort(Protocol):
    @property
    def colours(self) -> tuple[str, ...]: ...

    async def show(self, colour: str) -> None: ...


class SignPort(Protocol):
    async def show(self, lines: tuple[str, ...], colour: str) -> None: ...


Do = Callable[[], Awaitable[None]]


class Wish:
    """One actuator and the last thing wished of it. A newer wish replaces one that has not been done.

    What fails is tried again, unless it is `once`: a voice that was heard and not confirmed must not say it for ever.
    """

    def __init__(
        self,
        name: str,
        sleep: Callable[[float], Awaitable[None]],
        alarm: Callable[[str, str], None],
        done: Callable[[], None],
        *,
        once: bool = False,
    ) -> None:
        self._name, self._once = name, once
        self._done = done
        self._sleep = sleep
        self._alarm = alarm
        self._wish: Do | None = None
        self._changed = asyncio.Event()
        self.fault = ""

    @property
    def busy(self) -> bool:
        return self._wish is not None

    def want(self, do: Do) -> None:
        self._wish = do
        self._changed.set()

    async def run(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            wish = self._wish
            if wish is None:
                continue
            try:
                await wish()
            except DriverError as error:
                if not self.fault:
                    self._alarm(f"{self._name}-failed", str(error))
                self.fault = str(error)
                if self._once:
                    self._forget(wish)
                    continue
                await self._sleep(RETRY_S)
                self._changed.set()  # the same wish again, or the newer one
            else:
                self.fault = ""
                self._forget(wish)

    def _forget(self, wish: Do) -> None:
        if self._wish is wish:
            self._wish = None
            self._done()


class Actuation:
    """A lane's lamp, sign and barriers. Missing ones are simply not there.

    The front barrier follows the lamp: up while the next one is called, down behind it. A lamp with three colours is
    yellow while a vehicle is weighed. `words` are asked for at each text: those of the law in force then.
    """

    def __init__(
        self,
        *,
        lamp: LampPort | None,
        sign: SignPort | None,
        barrier: BarrierPort | None,
        sleep: Callable[[float], Awaitable[None]],
        alarm: Callable[[str, str], None],
        words: Callable[[], Words],
        english: bool = False,
        front: FrontBarrierPort | None = None,
        voice: SignPort | None = None,
    ) -> None:
        self._english, self._words = english, words
        self._front, self._voice = front, voice
        self._lamp = lamp
        self._sign = sign
        self._barrier = barrier
        self._wishes = {name: Wish(name, sleep, alarm, self._one_done, once=name == "voice") for name in ACTUATORS}
        self._on_done: Callable[[], None] | None = None
        self.shown: dict[str, str] = {}

    def perform(self, effect: Effect) -> None:
        """Put the effect on its actuator; returns at once."""
        match effect:
            case SetLamp(colour):
                self.shown["lamp"] = colour
                self._light(colour)
                if (front := self._front) is not None:
                    self._wishes["front"].want(front.open if colour == "green" else front.close_when_free)
            case MoveBarrier(to):
                self.shown["barrier"] = to
                if (barrier := self._barrier) is not None:
                    self._wishes["barrier"].want(barrier.open if to == "open" else barrier.close)
            case ShowText():
                words = self._words()
                lines = sign_lines(effect, words, english=self._english)
                self.shown["sign"] = " ".join(lines)
                if self._lamp is not None and "yellow" in self._lamp.colours and self.shown.get("lamp") == "red":
                    self._light("yellow" if effect.code == "weighing" else "red")
                colour_of_text = "green" if effect.code in GREEN_TEXTS else "red"
                if (voice := self._voice) is not None:
                    said = spoken(effect, words, english=self._english)
                    self._wishes["voice"].want(lambda: voice.show((said,), colour_of_text))
                if (sign := self._sign) is not None:
                    self._wishes["sign"].want(lambda: sign.show(lines, colour_of_text))
            case _:
                raise AssertionError(f"{effect} is not for an actuator")

    def _light(self, colour: str) -> None:
        if (lamp := self._lamp) is not None:
            self._wishes["lamp"].want(lambda: lamp.show(colour))

    @property
    def busy(self) -> bool:
        """Whether something wished is not done yet."""
        return any(wish.busy for wish in self._wishes.values())

    def when_done(self, call: Callable[[], None]) -> None:
        """Call this whenever an actuator has done its last wish."""
        self._on_done = call

    def _one_done(self) -> None:
        if self._on_done is not None:
            self._on_done()

    async def come_to_rest(self, within_s: float) -> None:
        """Until nothing is wished any more, or so long."""
        loop = asyncio.get_running_loop()
        until_s = loop.time() + within_s
        while self.busy and loop.time() < until_s:  # noqa: ASYNC110 - once, at the end of the process
            await asyncio.sleep(0.02)

    def tasks(self) -> list[tuple[str, Coroutine[Any, Any, None]]]:
        return [(name, wish.run()) for name, wish in self._wishes.items()]

    def faults(self) -> dict[str, str]:
        return {name: wish.fault for name, wish in self._wishes.items() if wish.fault}
