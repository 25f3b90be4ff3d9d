"""Proven or not: what an instrument may be wrong by, laid around the limit. It serves the case and opens no gate.

    gross  <= limit - band          proven_within
    gross  >  limit + band          proven_over
    between, or nothing to go by    inconclusive: weigh again on a better scale

The band is either the permissible error in service of the instrument's class at the limit (a truck as heavy as the
limit can read no more than that above it), or a stated standard uncertainty times a factor, with half an interval for
the rounding. A proof is made from a judgement that is already given, so that it cannot change what a lane does.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

from gateway.core.verdict import Basis, Judgement, Verdict
from gateway.law.bases import RATED_LOAD

ProofOutcome = Literal["proven_over", "proven_within", "inconclusive"]
Certificate = Literal["in-force", "presumed", "expired", "missing"]


@dataclass(frozen=True, slots=True)
class Instrument:
    """What weighed. `weighings`: partial weighings that were added up. `uncertainty_kg`: standard, of the gross.

    certificate: `presumed` where whoever asks says nothing of it; `expired` and `missing` never prove anything.
    """

    class_: str | None
    interval_kg: int | None
    weighings: int | None
    uncertainty_kg: int | None = None
    certificate: Certificate = "in-force"


@dataclass(frozen=True, slots=True)
class StepError:
    """Through so many intervals (None: any number) an error of so many in service."""

    through_intervals: int | None
    intervals: int


@dataclass(frozen=True, slots=True)
class ClassError:
    """The permissible error in service of one class: a share of the mass with a floor, or steps of intervals."""

    clause: str
    verified: bool
    basis_points: int | None
    floor_intervals: int | None
    steps: tuple[StepError, ...]

    def band_kg(self, limit_kg: int, interval_kg: int, weighings: int) -> int:
        """What a load as heavy as the limit may be shown wrong by. Rounded up: doubt is never for the prosecution."""
        if self.basis_points is not None:
            share_kg = -(-limit_kg * self.basis_points // 10_000)
            return max(_up(share_kg, interval_kg), (self.floor_intervals or 0) * weighings * interval_kg)
        # A truck just above the limit may already be allowed the next step's error.
        reach_kg = limit_kg + self.steps[-1].intervals * weighings * interval_kg
        allowed = next(
            step
            for step in self.steps
            if step.through_intervals is None or reach_kg <= step.through_intervals * interval_kg
        )
        return allowed.intervals * weighings * interval_kg


@dataclass(frozen=True, slots=True, eq=False)
class ErrorTable:
    """One file of permissible errors. `coverage_thousandths` multiplies a stated standard uncertainty."""

    id: str
    sha256: str
    classes: Mapping[str, ClassError]
    coverage_thousandths: int
    coverage_clause: str
    coverage_verified: bool


@dataclass(frozen=True, slots=True)
class Proof:
    """What can be said for certain on one basis, and by which band. `reason`: why none, or what it rests on."""

    outcome: ProofOutcome
    band_kg: int | None
    factor: str | None
    clause: str | None
    verified: bool
    reason: str | None = None


class _Band(NamedTuple):
    kg: int
    factor: str
    clause: str
    verified: bool


def prove(
    judgement: Judgement, gross_kg: int | None, instrument: Instrument | None, table: ErrorTable
) -> dict[Basis, Proof]:
    """A proof for each basis of one judgement."""
    return {
        "road_limit": _prove(judgement.road_limit, gross_kg, instrument, table),
        "vehicle_rating": _prove(_at_lower_rating(judgement, gross_kg), gross_kg, instrument, table),
        "posted_limit": _prove(judgement.posted_limit, gross_kg, instrument, table),
    }


def _at_lower_rating(judgement: Judgement, gross_kg: int | None) -> Verdict:
    """The verdict on the papers at the limit that is reached first: the rated load may be, before the gross."""
    verdict = judgement.vehicle_rating
    if gross_kg is None or verdict.limit_kg is None or verdict.excess_kg:
        return verdict
    load = next((one for one in judgement.findings if one.rule == RATED_LOAD), None)
    if load is None or load.limit is None or load.measured is None:
        return verdict
    kerb_kg = gross_kg - load.measured
    return verdict._replace(limit_kg=min(verdict.limit_kg, kerb_kg + load.limit))


def _prove(verdict: Verdict, gross_kg: int | None, instrument: Instrument | None, table: ErrorTable) -> Proof:
    if verdict.outcome == "undetermined" or gross_kg is None:
        return _none("undetermined")
    limits = [candidate.limit_kg for candidate in verdict.candidates]
    if verdict.limit_kg is not None:
        limits.append(verdict.limit_kg)
    if not limits:
        return _none("undetermined")
    over = verdict.outcome == "exceeded"
    limit_kg = max(limits) if over else min(limits)
    if over and gross_kg <= limit_kg:
        return _none("not-over-by-mass")  # a dimension, whose measuring error nobody stated
    found = "unknown-instrument" if instrument is None else _band(instrument, limit_kg, table)
    if isinstance(found, str):
        return _none(found)
    outcome: ProofOutcome = "inconclusive"
    if over and gross_kg > limit_kg + found.kg:
        outcome = "proven_over"
    elif not over and gross_kg <= limit_kg - found.kg:
        outcome = "proven_within"
    presumed = instrument is not None and instrument.certificate == "presumed"
    reason = "certificate-presumed" if presumed else None
    return Proof(outcome, found.kg, found.factor, found.clause, found.verified, reason)


@lru_cache(maxsize=1024)
def _band(instrument: Instrument, limit_kg: int, table: ErrorTable) -> _Band | str:
    """The band around this limit, or what is missing for it."""
    if instrument.certificate in ("expired", "missing"):
        return f"certificate-{instrument.certificate}"
    if instrument.uncertainty_kg is not None:
        return _stated(instrument.uncertainty_kg, instrument.interval_kg, table)
    error = table.classes.get(instrument.class_ or "")
    interval_kg, weighings = instrument.interval_kg, instrument.weighings
    if error is None:
        return "unknown-class" if instrument.class_ is None else f"no-error-known-for-class:{instrument.class_}"
    if interval_kg is None or weighings is None:
        return "unknown-interval" if interval_kg is None else "unknown-number-of-weighings"
    band_kg = error.band_kg(limit_kg, interval_kg, weighings)
    times = "1 weighing" if weighings == 1 else f"{weighings} partial weighings"
    factor = f"error in service of class {instrument.class_}, d = {interval_kg} kg, {times}"
    return _Band(band_kg, factor, error.clause, error.verified)


def _stated(uncertainty_kg: int, interval_kg: int | None, table: ErrorTable) -> _Band:
    times = table.coverage_thousandths
    doubled = 2 * uncertainty_kg * times + (interval_kg or 0) * 1000
    factor = f"{times // 1000}.{times % 1000:03d} x {uncertainty_kg} kg standard uncertainty"
    factor += "" if interval_kg is None else f" + {interval_kg} kg / 2"
    return _Band(-(-doubled // 2000), factor, table.coverage_clause, table.coverage_verified)


@lru_cache(maxsize=64)
def _none(reason: str) -> Proof:
    return Proof("inconclusive", None, None, None, verified=False, reason=reason)


def _up(mass_kg: int, interval_kg: int) -> int:
    return -(-mass_kg // interval_kg) * interval_kg
