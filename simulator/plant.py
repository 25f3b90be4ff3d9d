"""What a scale feels: axles that mount, a body that bounces, noise, and the interval it shows.

    platform   0 ├──────────── 20 m ────────────┤      loop_entry ├─┤ before it, loop_exit ├─┤ behind it
    axle deck        ├ 0.8 m ┤                         treadle_in │ before it, treadle_out │ behind it

Everything is a function of the time, so nothing ticks: a reading is computed when somebody looks. Physics is in
floats; what leaves for a wire is a whole number of intervals.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

CONTACT_MM = 250  # length of a tyre's contact patch
DECAY_S = 0.4  # the body's bounce after it stops
BOUNCE_HZ = 1.8
PLATFORM_BOUNCE = 0.012  # of the load, while it rolls
AXLE_BOUNCE = 0.005


@dataclass(frozen=True, slots=True)
class Motion:
    """A drive from one place to another: eased (starts and stops gently) or steady. Positions are of the bumper."""

    start_s: float
    from_mm: float
    to_mm: float
    speed_mm_s: float
    eased: bool

    @property
    def duration_s(self) -> float:
        return abs(self.to_mm - self.from_mm) / self.speed_mm_s * (1.5 if self.eased else 1.0)

    @property
    def end_s(self) -> float:
        return self.start_s + self.duration_s

    def position_mm(self, now_s: float) -> float:
        gone_s, duration_s = now_s - self.start_s, self.duration_s
        if gone_s >= duration_s:
            return self.to_mm
        part = max(0.0, gone_s / duration_s)
        if self.eased:
            part = part * part * (3 - 2 * part)
        return self.from_mm + (self.to_mm - self.from_mm) * part


@dataclass(frozen=True, slots=True)
class Zone:
    """A stretch of road."""

    start_mm: float
    end_mm: float

    def overlap_mm(self, start_mm: float, end_mm: float) -> float:
        return max(0.0, min(self.end_mm, end_mm) - max(self.start_mm, start_mm))


@dataclass(frozen=True, slots=True)
class Layout:
    """Where things lie along a lane, and where a truck waits, stands and is gone."""

    receptor: Zone
    loop_entry: Zone
    loop_exit: Zone
    treadles_mm: dict[str, float]
    barrier_mm: float
    wait_mm: float
    bounce: float


PLATFORM = Layout(Zone(0, 20_000), Zone(-1_500, 0), Zone(20_000, 22_500), {}, 21_200, -2_500, PLATFORM_BOUNCE)


def axle_layout(deck_mm: int, treadle_span_mm: int) -> Layout:
    """Loops reach so that one of them sees any truck from before its first axle to after its last."""
    ahead_mm = (treadle_span_mm - deck_mm) / 2
    treadles_mm = {"treadle_in": -ahead_mm, "treadle_out": deck_mm + ahead_mm}
    near_mm, far_mm = -ahead_mm - 200, deck_mm + ahead_mm + 200
    entry, leave = Zone(near_mm - 2_000, near_mm), Zone(far_mm, far_mm + 2_000)
    return Layout(Zone(0, deck_mm), entry, leave, treadles_mm, far_mm + 9_000, near_mm - 3_000, AXLE_BOUNCE)


@dataclass(slots=True)
class Rolling:
    """One truck on one lane: its outline, its load and how it moves. `errors` are each axle's own, as a ratio."""

    axle_offsets_mm: tuple[int, ...]
    length_mm: int
    axle_loads_kg: tuple[int, ...]
    motion: Motion
    phase: float
    errors: tuple[float, ...]

    def front_mm(self, now_s: float) -> float:
        return self.motion.position_mm(now_s)

    def covers(self, zone: Zone, now_s: float) -> bool:
        front = self.front_mm(now_s)
        return zone.overlap_mm(front - self.length_mm, front) > 0

    def presses(self, place_mm: float, now_s: float) -> bool:
        """Whether an axle stands on a treadle at this place."""
        front = self.front_mm(now_s)
        return any(abs(front - offset - place_mm) < CONTACT_MM / 2 for offset in self.axle_offsets_mm)

    def load_kg(self, layout: Layout, now_s: float) -> float:
        """What the receptor carries now, bounce included."""
        front = self.front_mm(now_s)
        still_s = max(0.0, now_s - self.motion.end_s)
        amplitude = layout.bounce * math.exp(-still_s / DECAY_S)
        total = 0.0
        for place, (offset, load) in enumerate(zip(self.axle_offsets_mm, self.axle_loads_kg, strict=True)):
            middle = front - offset
            part = layout.receptor.overlap_mm(middle - CONTACT_MM / 2, middle + CONTACT_MM / 2) / CONTACT_MM
            if part > 0:
                lag = place * 1.3 if layout.treadles_mm else 0.0  # on a platform the axles bounce as one body
                wave = amplitude * math.sin(2 * math.pi * BOUNCE_HZ * now_s + self.phase + lag)
                total += load * part * (1 + self.errors[place] + wave)
        return total


class Indicator:
    """Shows the load in whole intervals. `noise` gives kilograms; stable is its own opinion of the last looks."""

    LOOKS = 5

    def __init__(self, interval_kg: int, noise: Callable[[], float]) -> None:
        self._interval_kg = interval_kg
        self._noise = noise
        self._seen: list[int] = []

    def show(self, load_kg: float) -> tuple[int, bool]:
        """The shown kilograms, a multiple of the interval, and whether it calls them stable."""
        shown_kg = round((load_kg + self._noise()) / self._interval_kg) * self._interval_kg
        self._seen = [*self._seen, shown_kg][-self.LOOKS :]
        stable = len(self._seen) == self.LOOKS and max(self._seen) - min(self._seen) <= self._interval_kg
        return shown_kg, stable
