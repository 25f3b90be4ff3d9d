"""Indicators that do not simply talk: those that wait to be asked, and consoles that count up what rolls over them."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from drivers.polling import Polling
from drivers.protocol import ScaleProtocol, Span
from drivers.readings import KILOGRAMS_PER_UNIT, WeightReading
from simulator.devices import ScaleFeed
from simulator.truth import Clock

HEARD_MAX = 64  # bytes told to the indicator of which no request could be made yet
WAITING_MAX = 8
ROLLED_OFF = Decimal("0.5")  # of the axle's highest load: it has left
AXLE_MIN = 300  # kilograms; less is a person, or the wind
EMPTY_S = 4.0  # so long empty, the operator has zeroed the console


class AskedScale:
    """Answers what its protocol's polling asks, byte for byte. `strange` is what it was told besides."""

    def __init__(self, show: Callable[[], WeightReading], protocol: ScaleProtocol, feed: ScaleFeed) -> None:
        assert protocol.polling is not None
        self._polling: Polling = protocol.polling
        self._show, self._protocol, self._feed = show, protocol, feed
        self._heard = b""
        self._waiting: deque[bytes] = deque(maxlen=WAITING_MAX)
        self._asked = asyncio.Event()
        self.strange = b""

    def receive(self, chunk: bytes) -> None:
        """Any chunks; a request counts once it is whole."""
        self._heard += chunk
        while found := min(
            ((at, one) for one in self._polling.requests if (at := self._heard.find(one)) >= 0), default=None
        ):
            at, request = found
            self.strange = (self.strange + self._heard[:at])[-HEARD_MAX:]
            self._heard = self._heard[at + len(request) :]
            self._waiting.append(request)
            self._asked.set()
        self._heard = self._heard[-HEARD_MAX:]

    async def run(self) -> None:
        while True:
            await self._asked.wait()
            self._asked.clear()
            while self._waiting:
                await self._feed.say(self._answer(self._waiting.popleft()))
                if self._polling.stream:
                    await self._feed.run()

    def _answer(self, request: bytes) -> bytes:
        reading = self._show()
        if self._polling.answer is not None:
            return self._polling.answer(request, reading)
        return self._protocol.encode(reading)


def as_sayable(show: Callable[[], WeightReading], span: Span) -> Callable[[], WeightReading]:
    """In a unit that the wire knows, and no less than zero on a wire without a sign."""
    unit = span.units[0] if span.units and "kg" not in span.units else "kg"

    def say() -> WeightReading:
        reading = show()
        assert reading.value is not None
        value = reading.value if span.negative else max(reading.value, Decimal(0))
        return replace(reading, value=value / KILOGRAMS_PER_UNIT[unit], unit=unit)

    return say


class RunningTotal:
    """Shows the sum of all axles so far: each is added once, when it stands still, or else when it leaves."""

    def __init__(self, show: Callable[[], WeightReading], clock: Clock) -> None:
        self._show, self._clock = show, clock
        self._total = self._highest = Decimal(0)
        self._added = False
        self._loaded_s = clock.monotonic_s()

    def __call__(self) -> WeightReading:
        reading, now_s = self._show(), self._clock.monotonic_s()
        assert reading.value is not None
        if reading.value > 0:
            self._loaded_s = now_s
        elif now_s - self._loaded_s >= EMPTY_S:
            self._total = Decimal(0)
        self._follow(reading.value, stands_still=bool(reading.stable))
        return replace(reading, value=self._total)

    def _follow(self, load: Decimal, *, stands_still: bool) -> None:
        if self._highest and not self._added and (stands_still or load <= self._highest * ROLLED_OFF):
            self._total += load if stands_still else self._highest
            self._added = True
        if load < AXLE_MIN:
            self._highest, self._added = Decimal(0), False
        else:
            self._highest = max(self._highest, load)
