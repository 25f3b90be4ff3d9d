"""What an unknown could be, and the limit under each possibility. Depends on the vehicle only, never on its mass.

A field is *unknown* when `sources[field] == "unknown"`, or when it is None and the law has no presumption for it
(layout, body, drive axles). A field that is merely None takes the law's own presumption: dual tyres, no wide tyres,
no air suspension, a licence no lower than the table. Presumptions are named in the findings that rest on them.
"""

from dataclasses import dataclass
from functools import lru_cache

from gateway.core.vehicle import BODIES, Body, Layout, Measurement, Vehicle
from gateway.core.verdict import Candidate
from gateway.law.axles import Possible, closest_mm, drive_is_dual, group_loads_kg, singles_deducted
from gateway.law.presuming import Facts, presumed_of_gross, presumed_of_groups
from gateway.law.rules import AirCase, AxleLoads, Row, RuleSet, drive_axles_possible, motor_groups
from gateway.law.settling import settling

MEMORY_MAX = 4096


@dataclass(frozen=True, slots=True)
class Step:
    """One rule's limit on the way to the governing one, which is the lowest of them."""

    rule: str
    clause: str
    limit_kg: int
    presumed: tuple[str, ...]
    verified: bool


@dataclass(frozen=True, slots=True)
class Resolution:
    """All candidates of one vehicle. `low_kg` and `high_kg` are None where no candidate has a limit.

    never_within: something unknown could lower the limit further; `missing` names rules that have no number for this
    vehicle. blockers: why nothing can be decided at all.
    governing: the step with the lowest limit.
    groups_kg: the least and the most that each axle or group may carry, where the set judges them one by one;
    groups_presumed: on what each of them rests that nobody stated.
    """

    candidates: tuple[Candidate, ...]
    steps: tuple[Step, ...]
    low_kg: int | None
    high_kg: int | None
    never_within: bool
    blockers: tuple[str, ...]
    unknown: tuple[str, ...]
    groups_kg: tuple[tuple[int, int], ...] = ()
    groups_presumed: tuple[tuple[str, ...], ...] = ()
    missing: tuple[str, ...] = ()
    governing: Step | None = None


def facts_of(vehicle: Vehicle, measurement: Measurement, rule_set: RuleSet) -> Facts:
    sources = vehicle.sources
    unknown = frozenset(field for field, source in sources.items() if source == "unknown") if sources else frozenset()
    licence = rule_set.licence
    layout = vehicle.layout
    heeds_licence = licence is not None and layout is not None and sum(layout) in licence.axles
    spacings_mm = measurement.spacings_mm
    return Facts(
        layout,
        vehicle.body,
        vehicle.drive_axles,
        vehicle.tyres,
        vehicle.wide_tyres,
        vehicle.air_suspension,
        vehicle.licence_gross_kg if heeds_licence else None,
        None if spacings_mm is None or layout is None else closest_mm(layout, spacings_mm, rule_set.spacing_steps_mm),
        unknown,
    )


@lru_cache(maxsize=MEMORY_MAX)
def resolve(rule_set: RuleSet, facts: Facts) -> Resolution:
    """Every limit the vehicle could have under one rule set."""
    layout = facts.layout
    if layout is None:
        return _any_vehicle(rule_set)
    if facts.body is None:
        bodies = tuple(body for body in BODIES if rule_set.shapes[body].allows(layout)) or BODIES
    else:
        bodies = (facts.body,)
    candidates: dict[str, int] = {}
    ways: list[tuple[Possible, int | None]] = []
    steps: dict[tuple[str, str, int], Step] = {}
    blockers: list[str] = []
    missing: list[str] = []
    possibilities = _possibilities(rule_set, facts, layout, bodies)
    for possible in possibilities:
        row = rule_set.row_for(possible.body, layout, possible.drive_axles)
        if row is None or not rule_set.shapes[possible.body].allows(layout):
            blockers.append(f"no-drawing:{possible.body} ({rule_set.otherwise})")
            ways.append((possible, None))
            continue
        found, lacking = _steps(rule_set, facts, layout, possible, row)
        missing += lacking
        limit_kg = min(step.limit_kg for step in found)
        candidates[_name(facts, possible)] = limit_kg
        ways.append((possible, limit_kg))
        steps.update({(step.rule, step.clause, step.limit_kg): step for step in found})
    limits = candidates.values()
    low, high = min(limits, default=None), max(limits, default=None)
    licence_open = _licence_unknown(rule_set, facts, layout)
    groups_kg, groups_presumed = _groups(rule_set, facts, layout, possibilities)
    return Resolution(
        candidates=tuple(Candidate(what, kg) for what, kg in candidates.items()) if low != high else (),
        steps=tuple(steps.values()),
        low_kg=low,
        high_kg=high,
        never_within=licence_open or bool(missing),
        blockers=tuple(dict.fromkeys(blockers)),
        unknown=(*(("licence_gross_kg",) if licence_open else ()), *settling(ways)),
        groups_kg=groups_kg,
        groups_presumed=groups_presumed,
        missing=tuple(dict.fromkeys(missing)),
        governing=min(steps.values(), key=lambda step: step.limit_kg, default=None),
    )


def _groups(
    rule_set: RuleSet, facts: Facts, layout: Layout, possibilities: list[Possible]
) -> tuple[tuple[tuple[int, int], ...], tuple[tuple[str, ...], ...]]:
    """What each axle or group may carry, and what is presumed of it, over all the ways the vehicle could be."""
    loads = rule_set.axle_loads
    if loads is None or not rule_set.judges_axle_loads or any(n > 1 and n not in loads.groups for n in layout[1:]):
        return (), ()
    ways = [group_loads_kg(loads, facts.spacings_mm, layout, possible) for possible in possibilities]
    presumed = [presumed_of_groups(loads, facts, layout, possible) for possible in possibilities]
    return (
        tuple((min(group), max(group)) for group in zip(*ways, strict=True)),
        tuple(tuple(dict.fromkeys(name for one in group for name in one)) for group in zip(*presumed, strict=True)),
    )


def _any_vehicle(rule_set: RuleSet) -> Resolution:
    """Nothing is known of the axles: only a mass above every limit there is can be decided."""
    limits = [row.limit_kg for row in rule_set.rows] + [case.limit_kg or 0 for case in rule_set.air_cases]
    top = max(rule_set.rows, key=lambda row: row.limit_kg)
    step = Step("gross", f"{rule_set.id} {top.clause}", top.limit_kg, (), top.verified)
    return Resolution(
        candidates=tuple(Candidate(row.label, row.limit_kg) for row in rule_set.rows),
        steps=(step,),
        low_kg=min(row.limit_kg for row in rule_set.rows),
        high_kg=max(limits),
        never_within=True,
        blockers=(),
        unknown=("layout",),
    )


def _possibilities(rule_set: RuleSet, facts: Facts, layout: Layout, bodies: tuple[Body, ...]) -> list[Possible]:
    unknown = facts.unknown
    tyres: tuple[tuple[int, ...] | None, ...] = (facts.tyres,)
    if "tyres" in unknown:
        tyres = (None, (2,) * sum(layout))
    wide: tuple[bool | None, ...] = (False, True) if "wide_tyres" in unknown else (facts.wide_tyres,)
    air: tuple[bool | None, ...] = (False, True) if "air_suspension" in unknown else (facts.air_suspension,)
    found = []
    for body in bodies:
        drives = _drives(facts, layout, body)
        spread: tuple[bool | None, ...] = (None,)
        if facts.spacings_mm is None and any(air) and _asks_spacing(rule_set, body, layout):
            spread = (False, True)
        found += [
            Possible(body, drive, set_of_tyres, w, a, s)
            for drive in drives
            for set_of_tyres in tyres
            for w in wide
            for a in air
            for s in spread
        ]
    return found


def _drives(facts: Facts, layout: Layout, body: Body) -> tuple[int, ...]:
    """How many axles may be driven. A number that the motor vehicle cannot have says nothing: it is unknown."""
    stated = facts.drive_axles
    if stated is not None and 1 <= stated <= sum(layout[: motor_groups(body, layout)]):
        return (stated,)
    return drive_axles_possible(body, layout)


def _steps(
    rule_set: RuleSet, facts: Facts, layout: Layout, possible: Possible, row: Row
) -> tuple[list[Step], list[str]]:
    case = _air_case(rule_set, facts, layout, possible)
    presumed = presumed_of_gross(rule_set, facts, layout, possible)
    limit_kg = row.limit_kg
    if case is None:
        found = [Step("gross", f"{rule_set.id} {row.clause}", limit_kg, presumed, row.verified)]
    else:
        limit_kg = case.limit_kg or limit_kg + (case.add_kg or 0)
        found = [Step("air-suspension", f"{rule_set.id} {case.clause}", limit_kg, presumed, case.verified)]
    singles = singles_deducted(layout, possible)
    if rule_set.single_tyres is not None and singles and not possible.wide_tyres:
        rule = rule_set.single_tyres
        limit_kg -= singles * rule.deduct_kg
        found.append(Step("single-tyres", f"{rule_set.id} {rule.clause}", max(0, limit_kg), presumed, rule.verified))
    if rule_set.licence is not None and facts.licence_gross_kg is not None:
        licence = rule_set.licence
        clause = f"{rule_set.id} {licence.clause}"
        found.append(Step("licence", clause, facts.licence_gross_kg, (), licence.verified))
    # The air-suspension exemption lifts the whole article, the sum of axle loads with it.
    loads = rule_set.axle_loads
    if loads is None or case is not None:
        return found, []
    by_axles, missing = _axle_sum(f"{rule_set.id} {loads.clause}", loads, facts, layout, possible)
    return found + by_axles, missing


def _axle_sum(
    clause: str, loads: AxleLoads, facts: Facts, layout: Layout, possible: Possible
) -> tuple[list[Step], list[str]]:
    unlisted = [size for size in layout[1:] if size > 1 and size not in loads.groups]
    if unlisted:
        return [], [f"no-axle-load-row:{size} axles" for size in unlisted]
    presumed = ["dual-tyres"] if facts.tyres is None and "tyres" not in facts.unknown else []
    for names in presumed_of_groups(loads, facts, layout, possible):
        presumed += names
    total_kg = sum(group_loads_kg(loads, facts.spacings_mm, layout, possible))
    return [Step("axle-sum", clause, total_kg, tuple(dict.fromkeys(presumed)), loads.verified)], []


def _air_case(rule_set: RuleSet, facts: Facts, layout: Layout, possible: Possible) -> AirCase | None:
    if possible.air_suspension is not True or not drive_is_dual(layout, possible):
        return None
    for case in rule_set.air_cases:
        if not case.fits(possible.body, layout):
            continue
        if case.trailer_spacing_min_mm is None or possible.wide_spread:
            return case
        if facts.spacings_mm is not None and facts.spacings_mm[-1] >= case.trailer_spacing_min_mm:
            return case
    return None


def _asks_spacing(rule_set: RuleSet, body: Body, layout: Layout) -> bool:
    return any(case.trailer_spacing_min_mm is not None and case.fits(body, layout) for case in rule_set.air_cases)


def _licence_unknown(rule_set: RuleSet, facts: Facts, layout: Layout) -> bool:
    rule = rule_set.licence
    return rule is not None and sum(layout) in rule.axles and "licence_gross_kg" in facts.unknown


def _name(facts: Facts, possible: Possible) -> str:
    parts: list[str] = [possible.body]
    if facts.drive_axles != possible.drive_axles:
        parts.append("one drive axle" if possible.drive_axles == 1 else "several drive axles")
    if "tyres" in facts.unknown:
        parts.append("dual tyres" if possible.tyres is None else "single tyres")
    if "wide_tyres" in facts.unknown:
        parts.append("wide tyres" if possible.wide_tyres else "no wide tyres")
    if "air_suspension" in facts.unknown:
        parts.append("air suspension" if possible.air_suspension else "no air suspension")
    if possible.wide_spread is not None:
        parts.append("trailer axles far apart" if possible.wide_spread else "trailer axles close")
    return ", ".join(parts)
