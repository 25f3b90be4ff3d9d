"""Has the load settled? Judged from the readings themselves: most indicators' own flag is absent or hopeful.

Settled means all of these, over the last `window_ms`:
    the samples reach back over the whole window, and none is missing for long
    their range is at most `band_kg`
    `equal_frames` readings in a row are equal, to the interval: a weak checksum lets a bad frame through once
    the indicator never said "in motion"
"""

from collections import deque
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from statistics import median

from gateway.core.signals import SILENT_MS

SAMPLES_MAX = 512


def whole_kg(mass_kg: Decimal) -> int:
    """The one rounding step between the wire and the record."""
    return int(mass_kg.quantize(Decimal(1), rounding=ROUND_HALF_UP))


@dataclass(frozen=True, slots=True)
class _Sample:
    at_ms: int
    mass_kg: Decimal
    stable: bool | None


class Stability:
    """A window over one load. Feed it every reading; `settled_kg` is None until it has settled."""

    __slots__ = ("_band_kg", "_equal_frames", "_interval_kg", "_samples", "_window_ms")

    def __init__(self, *, window_ms: int, band_kg: int, equal_frames: int, interval_kg: int) -> None:
        assert window_ms > 0
        assert band_kg >= 0
        assert equal_frames >= 1
        assert interval_kg >= 1
        self._window_ms, self._band_kg = window_ms, band_kg
        self._equal_frames, self._interval_kg = equal_frames, interval_kg
        self._samples: deque[_Sample] = deque(maxlen=SAMPLES_MAX)

    def reset(self) -> None:
        self._samples.clear()

    def feed(self, mass_kg: Decimal, *, stable: bool | None, at_ms: int) -> None:
        if self._samples and at_ms - self._samples[-1].at_ms > SILENT_MS:
            self.reset()
        self._samples.append(_Sample(at_ms, mass_kg, stable))
        # One sample older than the window stays: it is what shows that the window is covered.
        while len(self._samples) > 2 and self._samples[1].at_ms <= at_ms - self._window_ms:
            self._samples.popleft()

    @property
    def settled_kg(self) -> int | None:
        """The median of a settled window, rounded once to whole kilograms."""
        samples = self._samples
        if len(samples) < self._equal_frames or samples[-1].at_ms - samples[0].at_ms < self._window_ms:
            return None
        if any(sample.stable is False for sample in samples):
            return None
        masses = [sample.mass_kg for sample in samples]
        if max(masses) - min(masses) > self._band_kg or not self._equal_run(masses):
            return None
        return whole_kg(median(masses))

    def _equal_run(self, masses: list[Decimal]) -> bool:
        run, previous = 0, None
        for mass in masses:
            steps = round(mass / self._interval_kg)
            run = run + 1 if steps == previous else 1
            if run >= self._equal_frames:
                return True
            previous = steps
        return False
