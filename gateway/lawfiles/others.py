"""Linkage and penalty files: parsed, checked for gaps and clashes, penalties made to run their worked examples."""

from pathlib import Path

from gateway.core.lane import ADMITTING
from gateway.errors import ConfigError
from gateway.law.linkage import PARTIES, Linkage, Response, State, Tolerance, build_table
from gateway.law.penalties import DimensionTier, Schedule
from gateway.lawfiles.reading import read
from gateway.lawfiles.schema import LinkageFile, PenaltiesFile, TierFile

NEVER_ADMITTED: tuple[State, ...] = ("exceeded", "undetermined")
"""A tolerance or a presumption is a state of its own; beyond those no table opens a gate."""


def load_linkage(path: Path) -> Linkage:
    """The linkage matrix.

    Raises:
        ConfigError: a wrong shape, or a combination that two responses answer, none does, or that may not be admitted.
    """
    file, sha256 = read(path, LinkageFile)
    table, faults = build_table(Response(**response.model_dump()) for response in file.responses)
    faults = [f"responses: {fault}" for fault in faults]
    faults += [
        f"responses: {' / '.join(key)} is never admitted, but its action is {response.action!r}"
        for key, response in table.items()
        if key[2] in NEVER_ADMITTED and response.action in ADMITTING
    ]
    faults += [f"parties: {party} is missing" for party in PARTIES if party not in file.parties]
    kinds = [tolerance.site_kind for tolerance in file.tolerances]
    faults += [f"tolerances: {kind} has two" for kind in sorted({one for one in kinds if kinds.count(one) > 1})]
    if faults:
        raise ConfigError(str(path), faults)
    return Linkage(
        id=file.id,
        sha256=sha256,
        table=table,
        tolerances={one.site_kind: Tolerance(**one.model_dump()) for one in file.tolerances},
        bases=file.bases,
        hundred_tonne_kg=file.hundred_tonne_kg,
        interval_kg=file.interval_kg,
        posted_limit_clause=file.posted_limit_clause,
        vehicle_rating_clause=file.vehicle_rating_clause,
        party_clauses=file.parties,
    )


def load_penalties(path: Path) -> Schedule:
    """One schedule of fines.

    Raises:
        ConfigError: a wrong shape, or an example that comes out otherwise.
    """
    file, sha256 = read(path, PenaltiesFile)
    schedule = Schedule(
        id=file.id,
        title=file.title,
        jurisdiction=file.jurisdiction,
        valid_from=file.valid_from,
        valid_until=file.valid_until,
        sha256=sha256,
        modes=file.modes,
        authority=file.authority,
        party=file.party,
        mass_clause=file.mass.clause,
        warning_through_kg=file.mass.warning_through_kg,
        step_kg=file.mass.step_kg,
        step_yuan=file.mass.step_yuan,
        mass_verified=file.mass.verified,
        dimension_clause=file.dimensions.clause,
        dimension_tiers=tuple(map(_tier, file.dimensions.tiers)),
        dimension_verified=file.dimensions.verified,
        cap_yuan=file.cap_yuan,
    )
    faults = [
        f"examples[{place}]: {example.excess_kg} kg over should cost {example.fine_yuan} yuan, "
        f"the schedule says {schedule.fine_yuan(example.excess_kg)}"
        for place, example in enumerate(file.examples)
        if schedule.fine_yuan(example.excess_kg) != example.fine_yuan
    ]
    if schedule.dimension_tiers[-1].through_mm:
        faults.append("dimensions.tiers: the last tier must be open, or the largest vehicles match none")
    if faults:
        raise ConfigError(str(path), faults)
    return schedule


def _tier(tier: TierFile) -> DimensionTier:
    bounds = tier.model_dump(include={"height_mm", "width_mm", "length_mm"}, exclude_none=True)
    return DimensionTier(bounds, tier.min_yuan, tier.max_yuan)
