r"""One axle after the other over a short deck: each rise and fall of the load is one occupation.

load            ┌─~~~~─┐
half height ---/--------\---     the plateau is what lies between the half-height crossings, its edges trimmed,
______________/          \____   where the tyre is only partly on
             rise        fall
"""

from dataclasses import dataclass
from decimal import Decimal

from gateway.core.stability import whole_kg

SAMPLES_MAX = 4096
PLATEAU_SAMPLES_MIN = 3
PLATEAU_RANGE = Decimal("0.3")  # of the mean; more is a tyre half on the deck or two axles at once, not a bouncing one


@dataclass(frozen=True, slots=True)
class Occupation:
    """One axle on the deck. `half_*_ms` are its half-height crossings: between them it rolled the deck's length."""

    half_rise_ms: int
    half_fall_ms: int
    load_kg: int
    sound: bool

    @property
    def middle_ms(self) -> int:
        return (self.half_rise_ms + self.half_fall_ms) // 2


class Deck:
    """Feed it every load; it gives an occupation when one has ended."""

    __slots__ = ("_presence_kg", "_samples", "_zero_band_kg")

    def __init__(self, *, presence_kg: int, zero_band_kg: int) -> None:
        assert 0 <= zero_band_kg < presence_kg
        self._presence_kg, self._zero_band_kg = presence_kg, zero_band_kg
        self._samples: list[tuple[int, Decimal]] = []

    @property
    def occupied(self) -> bool:
        return bool(self._samples)

    def reset(self) -> None:
        self._samples.clear()

    def feed(self, mass_kg: Decimal, at_ms: int) -> Occupation | None:
        if self._samples and mass_kg <= self._zero_band_kg:
            occupation = _measure(self._samples)
            self._samples = []
            return occupation
        if (self._samples or mass_kg >= self._presence_kg) and len(self._samples) < SAMPLES_MAX:
            self._samples.append((at_ms, mass_kg))
        return None


def _measure(samples: list[tuple[int, Decimal]]) -> Occupation:
    half_kg = max(mass_kg for _, mass_kg in samples) / 2
    high = [(at_ms, mass_kg) for at_ms, mass_kg in samples if mass_kg >= half_kg]
    trim = -(-len(high) // 5) if len(high) > PLATEAU_SAMPLES_MIN else 0  # a fifth at each end, rounded up
    plateau = [mass_kg for _, mass_kg in high[trim : len(high) - trim]] or [mass_kg for _, mass_kg in high]
    mean_kg = sum(plateau, Decimal(0)) / len(plateau)
    steady = max(plateau) - min(plateau) <= mean_kg * PLATEAU_RANGE
    sound = len(high) >= PLATEAU_SAMPLES_MIN and len(samples) < SAMPLES_MAX and steady
    return Occupation(high[0][0], high[-1][0], whole_kg(mean_kg), sound)
