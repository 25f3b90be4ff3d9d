"""What an authority may impose for an over-limit weighing, proposed and never decided here: people decide.

The vehicle is never fined; money falls on its carrier or owner. Fines of one schedule add up to at most its cap.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from gateway.core.verdict import Judgement
from gateway.law.linkage import EnforcementMode

Kind = Literal["warning", "fine"]


@dataclass(frozen=True, slots=True)
class Proposal:
    """One measure against one party. Amounts are whole yuan, for fines only; a range is discretion."""

    party: str
    kind: Kind
    amount_min_yuan: int | None
    amount_max_yuan: int | None
    points: int | None
    clause: str
    authority: str
    verified: bool


@dataclass(frozen=True, slots=True)
class DimensionTier:
    """The range of fines while no dimension is above `through_mm`; a tier without a bound takes the rest."""

    through_mm: Mapping[str, int]
    min_yuan: int
    max_yuan: int


@dataclass(frozen=True, slots=True, eq=False)
class Schedule:
    """One authority's schedule: a warning through `warning_through_kg`, then so much per full step, up to the cap."""

    id: str
    title: str
    jurisdiction: str
    valid_from: date
    valid_until: date | None
    sha256: str
    modes: tuple[EnforcementMode, ...]
    authority: str
    party: str
    mass_clause: str
    warning_through_kg: int
    step_kg: int
    step_yuan: int
    mass_verified: bool
    dimension_clause: str
    dimension_tiers: tuple[DimensionTier, ...]
    dimension_verified: bool
    cap_yuan: int

    def fine_yuan(self, excess_kg: int) -> int:
        """The fine for an excess: 0 through the warning, then per full step. Capped."""
        if excess_kg <= self.warning_through_kg:
            return 0
        return min(self.cap_yuan, excess_kg // self.step_kg * self.step_yuan)

    def in_force(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_until is None or day <= self.valid_until)


def propose(
    judgement: Judgement, schedules: Iterable[Schedule], enforcement_mode: EnforcementMode
) -> tuple[Proposal, ...]:
    """What each schedule of this enforcement mode provides for one judgement.

    Nothing follows from what is not proven over, nor from what stays in the ledger: an overloaded truck held inside a
    source enterprise, or refused at a toll entrance, was not on the road. Where candidates of the limit differ, the
    range runs from the highest candidate's fine to the lowest one's.
    """
    if judgement.road_limit.outcome != "exceeded" or judgement.consequence == "ledger":
        return ()
    return tuple(
        proposal
        for schedule in schedules
        if enforcement_mode in schedule.modes
        for proposal in _of_schedule(judgement, schedule)
    )


def _of_schedule(judgement: Judgement, schedule: Schedule) -> list[Proposal]:
    proposals = []
    left_yuan = schedule.cap_yuan
    excesses_kg = _excesses_kg(judgement)
    if excesses_kg is not None and excesses_kg[0] > 0:
        least, most = (schedule.fine_yuan(excess_kg) for excess_kg in excesses_kg)
        left_yuan -= most
        clause, verified = f"{schedule.id} {schedule.mass_clause}", schedule.mass_verified
        if most:
            proposals.append(_fine(schedule, least, most, clause, verified=verified))
        else:
            proposals.append(
                Proposal(schedule.party, "warning", None, None, None, clause, schedule.authority, verified)
            )
    tier = _dimension_tier(judgement, schedule)
    if tier is not None and left_yuan > 0:
        least, most = min(tier.min_yuan, left_yuan), min(tier.max_yuan, left_yuan)
        clause = f"{schedule.id} {schedule.dimension_clause}"
        proposals.append(_fine(schedule, least, most, clause, verified=schedule.dimension_verified))
    return proposals


def _excesses_kg(judgement: Judgement) -> tuple[int, int] | None:
    """The least and the most the vehicle may be over: equal where the limit is one."""
    verdict = judgement.road_limit
    if verdict.excess_kg is None:
        return None
    if not verdict.candidates:
        return verdict.excess_kg, verdict.excess_kg
    limits = [candidate.limit_kg for candidate in verdict.candidates]
    return verdict.excess_kg, verdict.excess_kg + max(limits) - min(limits)


def _dimension_tier(judgement: Judgement, schedule: Schedule) -> DimensionTier | None:
    measured = {
        finding.rule: finding.measured
        for finding in judgement.findings
        if finding.unit == "mm" and finding.measured is not None
    }
    if not any(finding.unit == "mm" and (finding.excess or 0) > 0 for finding in judgement.findings):
        return None
    for tier in schedule.dimension_tiers:
        if all(measured.get(name, 0) <= bound for name, bound in tier.through_mm.items()):
            return tier
    return None


def _fine(schedule: Schedule, least: int, most: int, clause: str, *, verified: bool) -> Proposal:
    return Proposal(schedule.party, "fine", least, most, None, clause, schedule.authority, verified)
