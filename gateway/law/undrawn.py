"""The limits of a vehicle where a rule set leaves some to another: each body by the set that has a row for it."""

from dataclasses import replace

from gateway.core.vehicle import BODIES, Measurement, Vehicle
from gateway.core.verdict import Candidate
from gateway.law.candidates import Resolution
from gateway.law.families import resolve_vehicle
from gateway.law.rules import RuleSet


def resolve_drawn(rule_set: RuleSet, other: RuleSet | None, vehicle: Vehicle, measurement: Measurement) -> Resolution:
    """Every limit by `rule_set`, and by `other` what it has no row for.

    An axle or group is judged by the site's own set alone.
    """
    own = resolve_vehicle(rule_set, vehicle, measurement)
    if other is None or not own.blockers:
        return own
    if own.low_kg is None:
        return replace(resolve_vehicle(other, vehicle, measurement), groups_kg=())
    if vehicle.body is not None or vehicle.layout is None:
        return own
    bodies = [body for body in BODIES if rule_set.shapes[body].allows(vehicle.layout)]
    each = [resolve_drawn(rule_set, other, replace(vehicle, body=body), measurement) for body in bodies]
    return _joined(own, {str(body): one for body, one in zip(bodies, each, strict=True)})


def _joined(own: Resolution, by_body: dict[str, Resolution]) -> Resolution:
    """All bodies together, with what would settle which it is."""
    each = by_body.values()
    limits = [kg for one in each for kg in (one.low_kg, one.high_kg) if kg is not None]
    low, high = min(limits), max(limits)
    blockers = tuple(dict.fromkeys(blocker for one in each for blocker in one.blockers))
    alike = low == high and not blockers
    candidates = [
        candidate
        for body, one in by_body.items()
        for candidate in one.candidates or (() if one.low_kg is None else (Candidate(body, one.low_kg),))
    ]
    steps = tuple(dict.fromkeys(step for one in each for step in one.steps))
    return replace(
        own,
        candidates=() if low == high else tuple(candidates),
        steps=steps,
        low_kg=low,
        high_kg=high,
        never_within=any(one.never_within for one in each),
        blockers=blockers,
        unknown=tuple(dict.fromkeys((*(() if alike else ("body",)), *(name for one in each for name in one.unknown)))),
        missing=tuple(dict.fromkeys(rule for one in each for rule in one.missing)),
        governing=min(steps, key=lambda step: step.limit_kg, default=None),
    )
