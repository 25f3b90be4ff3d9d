"""What a rule set that does not govern here would say: where two tables disagree, both are shown."""

from gateway.core.vehicle import Measurement, Vehicle
from gateway.core.verdict import Finding
from gateway.law.beside import beside_gross
from gateway.law.families import resolve_vehicle
from gateway.law.rules import RuleSet


def findings_elsewhere(vehicle: Vehicle, measurement: Measurement, gross_kg: int, other: RuleSet) -> list[Finding]:
    """Its gross limit, and every axle or group that it finds over."""
    resolution = resolve_vehicle(other, vehicle, measurement)
    started = open_start(other)
    low, step = resolution.low_kg, resolution.governing
    if step is None or low is None or resolution.blockers or resolution.missing:
        found = Finding("gross-elsewhere", f"{other.id} {other.otherwise}", gross_kg, None, None, presumed=started)
    else:
        limit_kg = low if low == resolution.high_kg else None
        excess_kg = None if limit_kg is None else gross_kg - low if gross_kg > low else 0
        presumed = step.presumed + started
        found = Finding("gross-elsewhere", step.clause, gross_kg, limit_kg, excess_kg, "kg", presumed, step.verified)
    by_axles = resolution.groups_kg and measurement.axle_loads_kg is not None
    if not by_axles and (other.span is None or measurement.spacings_mm is None):
        return [found]
    groups = beside_gross(vehicle, measurement, other, resolution.groups_kg, resolution.groups_presumed).findings
    return [found, *(one for one in groups if one.unit == "kg" and one.excess)]


def open_start(rule_set: RuleSet) -> tuple[str, ...]:
    return () if rule_set.start_unconfirmed is None else (f"start-unconfirmed:{rule_set.name}",)
