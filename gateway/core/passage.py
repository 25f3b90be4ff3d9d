"""One lane's vehicles, one after the other. The moves: `states`. The kinds of lane: `platform`, `axle_lane`.

observation ──▶ Passage.step(observation, at_ms) ──▶ effects, to be done in their order
"""

from collections.abc import Mapping
from typing import Any, Protocol

from gateway.core.axle_lane import AxlePassage
from gateway.core.docket import Judge
from gateway.core.effects import Effect
from gateway.core.lane import PassageSettings, Restored
from gateway.core.observations import Observation
from gateway.core.platform import PlatformPassage
from gateway.core.states import State

__all__ = ["Judge", "Passage", "PassageSettings", "Restored", "State", "new_passage"]


class Passage(Protocol):
    """Pure: time and judge come from outside, and what it wants done comes back as effects."""

    @property
    def state(self) -> State: ...

    def describe(self) -> Mapping[str, Any]:
        """For the live page: state, passage, load, plate."""

    def step(self, observation: Observation, at_ms: int) -> tuple[Effect, ...]:
        """Take one observation at `at_ms`, which never goes back. A Record is the last effect of its step."""


def new_passage(settings: PassageSettings, judge: Judge, *, restored: Restored) -> Passage:
    """The passage for a lane of this kind, standing where the durable marker says it stood."""
    if settings.kind == "platform":
        return PlatformPassage(settings, judge, restored)
    return AxlePassage(settings, judge, restored)
