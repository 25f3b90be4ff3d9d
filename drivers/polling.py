"""What the gateway says on a wire whose indicator is silent until asked.

Nothing here may change anything in an indicator, of whatever model: a wire is often not what its label says. A letter
that reads a weight on one model and tares on another is not sent at all.
"""

from collections.abc import Callable
from dataclasses import dataclass

from drivers.readings import WeightReading


@dataclass(frozen=True, slots=True)
class Polling:
    """`requests` are sent in turn, each after the answer to the one before; every `every_ms` the first again.

    `stream`: the answer is a stream, so it is asked for only when the line opens and when it has fallen silent.
    `answer` is what the device says to a request (the simulator's side; None: to each the weight).
    """

    requests: tuple[bytes, ...]
    every_ms: int = 200
    timeout_ms: int = 500
    stream: bool = False
    answer: Callable[[bytes, WeightReading], bytes] | None = None

    def __post_init__(self) -> None:
        assert self.requests
        assert all(self.requests)
        assert self.every_ms > 0
        assert self.timeout_ms > 0
