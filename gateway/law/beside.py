"""What is judged beside the gross: length, width and height, each axle or group and the axle span where a set does.

A family (refrigerated, long-nose …) may have its own limit. One that nobody names is presumed not to be one; one that
is said to be unknown is both.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from gateway.core.vehicle import BODIES, Body, Layout, Measurement, Vehicle
from gateway.core.verdict import Finding
from gateway.law.rules import Dimension, RuleSet, SpanRule

FIELDS = ("length_mm", "width_mm", "height_mm")
UNSIZED = frozenset(FIELDS)
EVERY_BODY: frozenset[Body] = frozenset(BODIES)
ANY_MM = 1_000_000
"""What a family that a rule exempts may have, as a number above every size."""


class Beside(NamedTuple):
    """`over`: reasons that decide; `undecided`: what keeps the outcome from being within."""

    findings: tuple[Finding, ...]
    over: tuple[str, ...]
    undecided: tuple[str, ...]


NOTHING = Beside((), (), ())


def beside_gross(
    vehicle: Vehicle,
    measurement: Measurement,
    rule_set: RuleSet,
    groups_kg: tuple[tuple[int, int], ...],
    groups_presumed: tuple[tuple[str, ...], ...] = (),
) -> Beside:
    """Everything there is beside the gross; most weighings have nothing.

    groups_kg: the least and the most that each axle or group may carry. groups_presumed: on what each of them rests.
    """
    loads, dimensions = measurement.axle_loads_kg, rule_set.dimensions
    if not dimensions and not groups_kg and rule_set.span is None:
        return NOTHING
    groups = Beside((), (), _unmeasured(vehicle, measurement, rule_set, groups_kg)) if vehicle.sources else NOTHING
    if groups_kg and loads is not None and vehicle.layout is not None:
        groups = joined(groups, _groups(loads, vehicle.layout, rule_set, groups_kg, groups_presumed))
    measures = _sizes(vehicle, rule_set) if dimensions else NOTHING
    if rule_set.span is not None and measurement.spacings_mm is not None:
        groups = joined(groups, _span(vehicle, measurement, measurement.spacings_mm, rule_set.id, rule_set.span))
    return joined(measures, groups)


def _unmeasured(
    vehicle: Vehicle, measurement: Measurement, rule_set: RuleSet, groups_kg: tuple[tuple[int, int], ...]
) -> tuple[str, ...]:
    """What is said to be unknown, and could be over: a load that no axle may carry, or too short a span."""
    unknown = []
    least_kg = min((low for low, _ in groups_kg), default=None)
    if vehicle.sources.get("axle_loads_kg") == "unknown" and least_kg is not None:
        unknown += ["unknown-axle_loads_kg"] if (measurement.gross_kg or 0) > least_kg else []
    if vehicle.sources.get("spacings_mm") == "unknown" and rule_set.span is not None:
        unknown += ["unknown-spacings_mm"] if _spanned(vehicle, rule_set.span) else []
    return tuple(unknown)


def _spanned(vehicle: Vehicle, rule: SpanRule) -> bool:
    """Whether the rule can be for this vehicle."""
    of_its_form = vehicle.axles in rule.axles and vehicle.body in (None, *rule.bodies)
    return of_its_form and vehicle.family not in rule.exempt


def sized(vehicle: Vehicle) -> bool:
    """Whether there is anything to say of its size; of most there is not."""
    if vehicle.length_mm is vehicle.width_mm is vehicle.height_mm is None:
        return bool(vehicle.sources) and not UNSIZED.isdisjoint(vehicle.sources)
    return True


def sizes_by(vehicle: Vehicle, rule_set: RuleSet) -> Beside:
    """Length, width and height under a rule set that judges nothing else of this vehicle."""
    return _sizes(vehicle, rule_set)


def joined(one: Beside, other: Beside) -> Beside:
    return Beside(one.findings + other.findings, one.over + other.over, one.undecided + other.undecided)


def _span(
    vehicle: Vehicle, measurement: Measurement, spacings_mm: tuple[int, ...], rule_set_id: str, rule: SpanRule
) -> Beside:
    """The gross against the distance between the first and the last axle, where the rule is for this vehicle."""
    gross_kg = measurement.gross_kg
    if gross_kg is None or not _spanned(vehicle, rule):
        return NOTHING
    limit_kg = sum(spacings_mm) * rule.kg_per_m // 1000
    over = gross_kg > limit_kg
    maybe = vehicle.body is None or (vehicle.family is None and vehicle.sources.get("family") == "unknown")
    presumed = ("no-special-family",) if over and vehicle.family is None and not maybe else ()
    clause = f"{rule_set_id} {rule.clause}"
    excess_kg = max(0, gross_kg - limit_kg)
    finding = Finding("axle-span", clause, gross_kg, limit_kg, excess_kg, "kg", presumed, rule.verified)
    if over and maybe:
        return Beside((finding,), (), (f"unknown-{'body' if vehicle.body is None else 'family'}",))
    return Beside((finding,), ("over-axle-span",) if over else (), ())


def _groups(
    loads_kg: tuple[int, ...],
    layout: Layout,
    rule_set: RuleSet,
    groups_kg: tuple[tuple[int, int], ...],
    groups_presumed: tuple[tuple[str, ...], ...],
) -> Beside:
    """Each axle or group against the most it may carry, whatever is unknown; `axle_loads` is there where limits are."""
    rule = rule_set.axle_loads
    assert rule is not None
    findings: list[Finding] = []
    over: list[str] = []
    undecided: list[str] = []
    at_axle = 0
    for place, (size, (low, high)) in enumerate(zip(layout, groups_kg, strict=True), start=1):
        measured = sum(loads_kg[at_axle : at_axle + size])
        at_axle += size
        limit_kg = high if measured > high or low == high else None
        excess = None if limit_kg is None else max(0, measured - limit_kg)
        over += [f"over-axle-load:{place}"] if measured > high else []
        undecided += [f"unknown-axle-load-limit:{place}"] if low < measured <= high else []
        clause = f"{rule_set.id} {rule.clause}"
        presumed = groups_presumed[place - 1] if groups_presumed else ()
        name, verified = f"axle-load:{place}", rule.verified
        findings.append(Finding(name, clause, measured, limit_kg, excess, "kg", presumed, verified))
    return Beside(tuple(findings), tuple(over), tuple(undecided))


def _sizes(vehicle: Vehicle, rule_set: RuleSet) -> Beside:
    """Every dimension that was measured, or that somebody said is unknown, under the rules for this body."""
    findings: list[Finding] = []
    over: list[str] = []
    undecided: list[str] = []
    bodies = _bodies(vehicle, rule_set)
    for field in FIELDS:
        measured: int | None = getattr(vehicle, field)
        if measured is None and vehicle.sources.get(field) != "unknown":
            continue
        rules = _rules(rule_set, field, bodies, vehicle.family)
        if not rules:
            continue
        if measured is None:
            undecided.append(f"unknown-{field}")
            continue
        limits = [limit_mm for rule in rules for limit_mm in _limits_mm(rule, vehicle)]
        low, high = min(limits), max(limits)
        if measured > high:
            over.append(f"over-{field}")
        elif measured > low:
            undecided.append(f"unknown-{'body' if vehicle.body is None else 'family'}")
        findings.append(_finding(rules, vehicle, rule_set, measured, high if measured > high or low == high else None))
    return Beside(tuple(findings), tuple(over), tuple(undecided))


@lru_cache(maxsize=1_024)
def _rules(rule_set: RuleSet, field: str, bodies: frozenset[Body], family: str | None) -> tuple[Dimension, ...]:
    """Those for such a vehicle: asked for at each weighing, and few kinds of vehicles come."""
    mine = [one for one in rule_set.dimensions if one.field == field and not bodies.isdisjoint(one.bodies)]
    return tuple(one for one in mine if family not in one.exempt)


def _bodies(vehicle: Vehicle, rule_set: RuleSet) -> frozenset[Body]:
    """What it is, or what there can be with such axles."""
    if vehicle.body is not None:
        return frozenset((vehicle.body,))
    layout = vehicle.layout
    return frozenset(body for body in BODIES if layout is None or rule_set.shapes[body].allows(layout)) or EVERY_BODY


def _limits_mm(rule: Dimension, vehicle: Vehicle) -> tuple[int, ...]:
    if vehicle.sources.get("family") == "unknown":
        return (rule.limit_mm, *rule.families.values(), *((ANY_MM,) if rule.exempt else ()))
    return (rule.families.get(vehicle.family or "", rule.limit_mm),)


def _finding(
    rules: Sequence[Dimension], vehicle: Vehicle, rule_set: RuleSet, measured: int, limit_mm: int | None
) -> Finding:
    excess = None if limit_mm is None else max(0, measured - limit_mm)
    named = vehicle.family is not None or vehicle.sources.get("family") == "unknown"
    presumed = ("no-special-family",) if excess and not named and any(one.families for one in rules) else ()
    clause = f"{rule_set.id} {rules[0].clause}"
    verified = all(one.verified for one in rules)
    return Finding(rules[0].field, clause, measured, limit_mm, excess, "mm", presumed, verified)
