"""What a door to central is, how it can fail, and how long it is left alone after that."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway.contract.wire import ReceivedAcknowledgement
from gateway.errors import Refused, Unreachable

REST_MIN_MS, REST_MAX_MS, LIVE_REST_MAX_MS = 500, 15_000, 1_000
DISTRUST_MS, DISTRUST_MAX_MS = 10_000, 300_000
RETRY_AFTER_MAX_S = 60.0


class BatchRefused(Refused):
    """Central said no to what is in this batch (too big, unreadable), not to who sends it: a smaller one may pass."""


class Busy(Unreachable):
    """Central asks for a pause, of `retry_s` seconds: everything waits for it, live entries too."""

    def __init__(self, message: str, retry_s: float) -> None:
        super().__init__(message)
        self.retry_s = max(0.0, min(retry_s, RETRY_AFTER_MAX_S))


class Slow(Unreachable):
    """The line did not carry it in time: a smaller batch may pass."""


class Door(Protocol):
    """One way to central. Answers are as received, unbelieved; None where they come by another path.

    Every call ends by itself, in bounded time of the loop, and raises BatchRefused or Refused when central says no,
    Unreachable when nobody answers.
    """

    name: str

    @property
    def ready(self) -> bool: ...

    async def run(self) -> None: ...

    async def send(self, batch: bytes) -> Sequence[ReceivedAcknowledgement] | None: ...

    async def ask(self, question: str) -> Sequence[ReceivedAcknowledgement] | None:
        """Where central stands with every journal of this site; an empty list when it knows none."""


@dataclass(slots=True)
class Standing:
    """How a door has done of late. A resting door is not used; a distrusted one only when there is no better."""

    failures: int = 0
    silences: int = 0
    rests_until_ms: int = 0
    rests_for_live_until_ms: int = 0
    distrusted_until_ms: int = 0

    def rests(self, now_ms: int, *, live: bool) -> bool:
        return now_ms < (self.rests_for_live_until_ms if live else self.rests_until_ms)

    def failed(self, now_ms: int, error: Exception | None = None) -> int:
        """Twice as long each time; how long, ms. Live entries try an unreachable central again after a second."""
        rest_ms = min(REST_MIN_MS << min(self.failures, 10), REST_MAX_MS)
        self.failures += 1
        live_ms = min(rest_ms, LIVE_REST_MAX_MS)
        if isinstance(error, Busy):
            live_ms = rest_ms = max(rest_ms, round(error.retry_s * 1000))
        elif isinstance(error, Refused):
            live_ms = rest_ms
        self.rests_until_ms, self.rests_for_live_until_ms = now_ms + rest_ms, now_ms + live_ms
        self.distrusted_until_ms = max(self.distrusted_until_ms, now_ms + DISTRUST_MS)
        return rest_ms

    def was_silent(self, now_ms: int) -> None:
        """It took entries and no answer came. Ever longer: each new trial costs a fresh overload the whole patience."""
        self.distrusted_until_ms = now_ms + min(DISTRUST_MS << min(self.silences, 10), DISTRUST_MAX_MS)
        self.silences += 1

    def answered(self) -> None:
        self.failures = self.silences = self.rests_until_ms = self.rests_for_live_until_ms = 0
