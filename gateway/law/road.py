"""The outcome on the road's limit: over under every candidate is exceeded, under none within, else undetermined."""

from gateway.core.vehicle import Measurement, Vehicle
from gateway.core.verdict import Outcome, Verdict
from gateway.law.bases import ratio
from gateway.law.beside import Beside, beside_gross
from gateway.law.candidates import Resolution
from gateway.law.families import resolve_vehicle
from gateway.law.rules import RuleSet


def road_verdict(gross_kg: int, resolution: Resolution, beside: Beside) -> Verdict:
    """The outcome on the road limit, with what the rule set judges beside the gross."""
    over = beside.over
    low, high = resolution.low_kg, resolution.high_kg
    decided = low == high and not resolution.blockers and not resolution.never_within
    limit_kg = low if decided else None
    if not resolution.blockers and high is not None and low is not None:
        # Where candidates differ, the excess stated is the least of them: what is certain.
        if gross_kg > high:
            excess_kg = gross_kg - high
            return Verdict("exceeded", limit_kg, excess_kg, ratio(excess_kg, high), resolution.candidates, over)
        if over:
            return Verdict("exceeded", limit_kg, 0, ratio(0, high), resolution.candidates, over)
        if gross_kg <= low and not resolution.never_within and not beside.undecided:
            return Verdict("within", limit_kg, 0, ratio(0, high), resolution.candidates)
    reasons = (*over, *resolution.blockers, *resolution.missing, *(f"unknown-{field}" for field in resolution.unknown))
    reasons = tuple(dict.fromkeys((*reasons, *beside.undecided)))
    outcome: Outcome = "exceeded" if over else "undetermined"
    return Verdict(outcome, limit_kg, None, None, resolution.candidates, reasons)


def verdict_by(rule_set: RuleSet, vehicle: Vehicle, measurement: Measurement, gross_kg: int) -> Verdict:
    """The outcome under one rule set alone, whatever else is in force."""
    resolution = resolve_vehicle(rule_set, vehicle, measurement)
    return road_verdict(gross_kg, resolution, beside_gross(vehicle, measurement, rule_set, resolution.groups_kg))
