"""What may lift the road's limit: another rule set that the vehicle conforms to, and a permit."""

from gateway.core.vehicle import Load, Measurement, Vehicle
from gateway.core.verdict import Finding, Verdict
from gateway.law.beside import Beside
from gateway.law.candidates import Resolution
from gateway.law.families import deferral_of, deferred
from gateway.law.lifting import before_rating, lift, unseen
from gateway.law.permits import Checked, Shown, Table, check
from gateway.law.road import road_verdict, verdict_by
from gateway.law.rules import RuleSet
from gateway.law.site_law import Law, set_named


def relieved(
    vehicle: Vehicle,
    measurement: Measurement,
    law: Law,
    resolution: Resolution,
    beside: Beside,
    papers: Verdict,
    load: Load,
    shown: Shown | None,
) -> tuple[Verdict, tuple[Finding, ...], Checked | None]:
    """The road's verdict after what may lift a limit: another set that the vehicle conforms to, and a permit.

    papers: the verdict on the vehicle's own rating, before which a permitted gross stands.
    """
    gross_kg = measurement.gross_kg
    assert gross_kg is not None
    road = road_verdict(gross_kg, resolution, beside)
    more: tuple[Finding, ...] = ()
    if road.outcome != "within" and (vehicle.family is not None or vehicle.sources):
        road, more = _exempted(vehicle, measurement, law, resolution, road)
    if shown is None or law.permits is None:
        return unseen(road, vehicle, load, resolution), more, None
    checked = check(shown, vehicle, measurement, law.permits, Table(resolution.high_kg, beside.over))
    lifted = lift(road, checked, shown.permit, measurement, resolution, beside)
    return lifted, (*more, *checked.findings, *before_rating(papers, lifted, shown.permit, law.permits)), checked


def _exempted(
    vehicle: Vehicle, measurement: Measurement, law: Law, resolution: Resolution, road: Verdict
) -> tuple[Verdict, tuple[Finding, ...]]:
    """The verdict of a vehicle whose family need only conform to another set."""
    gross_kg = measurement.gross_kg or 0
    source: RuleSet | None = law.rule_set
    if law.rule_set.sizes_by is not None and gross_kg <= (resolution.low_kg or 0):
        source = set_named(law, law.rule_set.sizes_by)  # over by its size alone
    rule = None if source is None else deferral_of(source, vehicle)
    if rule is None or source is None:
        return road, ()
    other = set_named(law, rule.to)
    found = None if other is None else verdict_by(other, vehicle, measurement, gross_kg)
    return deferred(road, found, rule, vehicle, gross_kg, source.id)
