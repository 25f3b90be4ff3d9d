"""Families that a rule set judges otherwise: by their licence, by a gross of their own, or by another rule set.

A family that nobody names is presumed not to be one. One that is said to be unknown is judged both ways.
"""

from collections.abc import Iterable
from dataclasses import replace

from gateway.core.vehicle import Measurement, Vehicle
from gateway.core.verdict import Candidate, Finding, Verdict
from gateway.law.candidates import Resolution, Step, facts_of, resolve
from gateway.law.rules import Deferral, FamilyGross, RuleSet

UNKNOWN_LICENCE = "licence_gross_kg"


def resolve_vehicle(rule_set: RuleSet, vehicle: Vehicle, measurement: Measurement) -> Resolution:
    """Every limit the vehicle could have under one rule set, its family's own instead of the table's."""
    resolution = resolve(rule_set, facts_of(vehicle, measurement, rule_set))
    if not rule_set.family_gross:
        return resolution
    if vehicle.family is not None:
        own = next((one for one in rule_set.family_gross if vehicle.family in one.families), None)
        return resolution if own is None else _of_family(own, rule_set, vehicle)
    return _any_family(resolution, rule_set, vehicle) if vehicle.sources.get("family") == "unknown" else resolution


def _limit_kg(one: FamilyGross, vehicle: Vehicle) -> int | None:
    """By the licence where the rule has no number of its own."""
    return vehicle.licence_gross_kg if one.limit_kg is None else one.limit_kg


def _of_family(one: FamilyGross, rule_set: RuleSet, vehicle: Vehicle) -> Resolution:
    limit_kg = _limit_kg(one, vehicle)
    if limit_kg is None:
        return Resolution((), (), None, None, never_within=True, blockers=(), unknown=(UNKNOWN_LICENCE,))
    step = Step("family-gross", f"{rule_set.id} {one.clause}", limit_kg, (), one.verified)
    return Resolution((), (step,), limit_kg, limit_kg, never_within=False, blockers=(), unknown=(), governing=step)


def _any_family(resolution: Resolution, rule_set: RuleSet, vehicle: Vehicle) -> Resolution:
    """What is known of the table, and each family's own limit beside it."""
    if resolution.low_kg is None or resolution.high_kg is None:
        return resolution
    own = [(one, _limit_kg(one, vehicle)) for one in rule_set.family_gross]
    known = [Candidate("/".join(one.families), kg) for one, kg in own if kg is not None]
    table = resolution.candidates or (Candidate("no special family", resolution.low_kg),)
    limits = [resolution.low_kg, resolution.high_kg, *(one.limit_kg for one in known)]
    return replace(
        resolution,
        candidates=(*table, *known),
        low_kg=min(limits),
        high_kg=max(limits),
        never_within=resolution.never_within or len(known) < len(own),
        unknown=(*resolution.unknown, "family"),
    )


def deferral_of(rule_set: RuleSet, vehicle: Vehicle) -> Deferral | None:
    """The rule by which a vehicle that conforms to another set is not over this one, where it is for this vehicle."""
    if vehicle.family is None and vehicle.sources.get("family") != "unknown":
        return None
    return next((one for one in rule_set.deferrals if vehicle.family is None or vehicle.family in one.families), None)


def deferred(
    own: Verdict, other: Verdict | None, rule: Deferral, vehicle: Vehicle, gross_kg: int, rule_set_id: str
) -> tuple[Verdict, tuple[Finding, ...]]:
    """The verdict with the exemption, and what says so. `other` is the other set's; None: that set is not here."""
    if own.outcome == "within" or (other is not None and other.outcome == "exceeded"):
        return own, ()
    if other is None or other.outcome == "undetermined" or vehicle.family is None:
        why: Iterable[str] = (f"no-rule-set:{rule.to}",) if other is None else other.reasons
        why = ("unknown-family",) if vehicle.family is None else why
        reasons = tuple(dict.fromkeys((*own.reasons, *why)))
        return Verdict("undetermined", None, None, None, own.candidates, reasons), ()
    name, clause = f"conforms:{rule.to}", f"{rule_set_id} {rule.clause}"
    presumed = ("conforms-otherwise",)
    finding = Finding(name, clause, gross_kg, other.limit_kg, 0, presumed=presumed, verified=rule.verified)
    return Verdict("within", other.limit_kg, 0, other.excess_ratio, other.candidates, (finding.rule,)), (finding,)
