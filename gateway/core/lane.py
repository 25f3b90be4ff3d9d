"""What an installer decided about a lane, and where its last passage stood when the power went."""

from dataclasses import dataclass
from typing import Literal

from gateway.core.effects import MarkerState
from gateway.core.verdict import Action

ADMITTING: frozenset[Action] = frozenset({"release", "admit", "admit-within-tolerance"})


@dataclass(frozen=True, slots=True)
class PassageSettings:
    """Whole kilograms, milliseconds, millimetres. What belongs to axle lanes is None on platforms."""

    kind: Literal["platform", "axle"]
    presence_kg: int
    zero_band_kg: int
    interval_kg: int
    settle_window_ms: int | None
    settle_band_kg: int | None
    equal_frames: int | None
    settle_timeout_ms: int | None
    identify_timeout_ms: int
    clear_ms: int
    whole_vehicle: Literal["loops", "presumed"]
    has_barrier: bool
    has_camera: bool
    deck_mm: int | None = None
    treadle_span_mm: int | None = None
    group_spacing_mm: int | None = None
    speed_max_mm_s: int | None = None
    vehicle_timeout_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Restored:
    """The lane's durable marker at start. A fresh journal is `Restored(0, "cleared")`."""

    passage: int
    state: MarkerState
    entry_id: str | None = None
    action: Action | None = None
    gross_kg: int | None = None
