"""Sums of money as schedules write them: a range, so much per step, bands of the share over, tiers of size.

Every amount is asked for one way the excess could be; whole yuan, no floats. Rounding is the schedule's own rule.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Rounding = Literal["floor", "ceiling", "pro-rata"]
Yuan = tuple[int, int]
"""Least and most; equal where nobody has discretion."""


@dataclass(frozen=True, slots=True)
class Excess:
    """So much over so much: kg over a limit in kg, or over a rating."""

    over_kg: int
    base_kg: int | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """Where a measure begins and ends, in kg over or percent of the base. `above` and `below` exclude their bound."""

    above_kg: int | None = None
    through_kg: int | None = None
    above_percent: int | None = None
    from_percent: int | None = None
    through_percent: int | None = None
    below_percent: int | None = None

    def holds(self, excess: Excess) -> bool:
        """Whether it is over at all, and within the bounds; a share of an unknown base is in no span."""
        over_kg, base_kg = excess.over_kg, excess.base_kg
        if over_kg <= 0:
            return False
        if self.above_kg is not None and over_kg <= self.above_kg:
            return False
        if self.through_kg is not None and over_kg > self.through_kg:
            return False
        percents = (self.above_percent, self.from_percent, self.through_percent, self.below_percent)
        if all(one is None for one in percents):
            return True
        if not base_kg:
            return False
        above, least, through, below = (None if one is None else one * base_kg for one in percents)
        hundredfold = over_kg * 100
        return (
            (above is None or hundredfold > above)
            and (least is None or hundredfold >= least)
            and (through is None or hundredfold <= through)
            and (below is None or hundredfold < below)
        )


@dataclass(frozen=True, slots=True)
class Range:
    """So much at least and so much at most, at the authority's discretion."""

    min_yuan: int
    max_yuan: int

    def of(self, excess: Excess, dimensions_mm: Mapping[str, int]) -> Yuan | None:
        del excess, dimensions_mm
        return self.min_yuan, self.max_yuan


@dataclass(frozen=True, slots=True)
class PerStep:
    """`step_yuan` for every `step_kg` over; `rounding` says what a part of a step costs."""

    step_kg: int
    step_yuan: int
    rounding: Rounding

    def of(self, excess: Excess, dimensions_mm: Mapping[str, int]) -> Yuan | None:
        del dimensions_mm
        over_kg = excess.over_kg
        if self.rounding == "pro-rata":
            yuan = over_kg * self.step_yuan // self.step_kg
        else:
            spare_kg = self.step_kg - 1 if self.rounding == "ceiling" else 0
            yuan = (over_kg + spare_kg) // self.step_kg * self.step_yuan
        return yuan, yuan


@dataclass(frozen=True, slots=True)
class Band:
    """The part of the excess up to this percent of the base (None: all the rest) costs so much per 1000 kg."""

    through_percent: int | None
    yuan_per_1000_kg: int


@dataclass(frozen=True, slots=True)
class Bands:
    """Each part of the excess at its own price, as a tax is; the sum is cut to whole yuan."""

    bands: tuple[Band, ...]

    def of(self, excess: Excess, dimensions_mm: Mapping[str, int]) -> Yuan | None:
        del dimensions_mm
        if not excess.base_kg:
            return None
        total, done = 0, 0  # in hundredths of a kg times yuan per 1000 kg, so that nothing is rounded before the end
        for band in self.bands:
            over = excess.over_kg * 100
            end = over if band.through_percent is None else min(over, band.through_percent * excess.base_kg)
            total += max(0, end - done) * band.yuan_per_1000_kg
            done = max(done, end)
        yuan = total // 100_000
        return yuan, yuan


@dataclass(frozen=True, slots=True)
class Tier:
    """The range while no dimension is above `through_mm`; a tier without a bound takes the rest."""

    through_mm: Mapping[str, int]
    min_yuan: int
    max_yuan: int


@dataclass(frozen=True, slots=True)
class Tiers:
    """The first tier that all dimensions stay inside."""

    tiers: tuple[Tier, ...]

    def of(self, excess: Excess, dimensions_mm: Mapping[str, int]) -> Yuan | None:
        del excess
        for tier in self.tiers:
            if all(dimensions_mm.get(name, 0) <= bound for name, bound in tier.through_mm.items()):
                return tier.min_yuan, tier.max_yuan
        return None


Amount = Range | PerStep | Bands | Tiers
