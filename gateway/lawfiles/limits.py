"""Limits files: parsed, indexed, checked for gaps and clashes, and made to judge their own worked examples."""

from collections.abc import Collection, Iterator
from functools import lru_cache
from pathlib import Path

from gateway.core.vehicle import BODIES, Body, Layout, Measurement, Vehicle, format_layout
from gateway.errors import ConfigError
from gateway.law.beside import beside_gross
from gateway.law.families import resolve_vehicle
from gateway.law.road import road_verdict
from gateway.law.rules import (
    AirCase,
    AxleLoads,
    Deferral,
    Dimension,
    FamilyGross,
    Key,
    LicenceRule,
    Row,
    RuleSet,
    Shape,
    SingleTyres,
    SpacingStep,
    SpanRule,
    build_index,
    drive_axles_possible,
    spacing_steps,
)
from gateway.lawfiles.naming import faults_of_sets
from gateway.lawfiles.reading import read
from gateway.lawfiles.schema import AxleLoadsFile, LimitExample, LimitsFile, RowFile, ShapeFile, StepFile

GROUP_MAX = 3
COVER_AXLES_MAX = 10
"""`layouts = "any"` is checked layout by layout up to here, and by axle count beyond."""


def load_limits(path: Path) -> RuleSet:
    """One rule set.

    Raises:
        ConfigError: a wrong shape, a configuration unmatched or matched twice, or an example that comes out otherwise.
    """
    file, sha256 = read(path, LimitsFile)
    faults = [fault for place, row in enumerate(file.limits) for fault in _row_faults(place, row)]
    faults += [f"bodies: {body} is missing; known: {', '.join(BODIES)}" for body in BODIES if body not in file.bodies]
    faults += [fault for body, shape in file.bodies.items() for fault in _shape_faults(body, shape)]
    if file.valid_until is not None and file.valid_until < file.valid_from:
        faults.append(f"valid_until: {file.valid_until} is before valid_from {file.valid_from}")
    if file.axle_loads is not None:
        faults += _steps_faults(file.axle_loads)
    faults += _case_faults(file)
    faults += _families_faults(file)
    ids = [row.id for row in file.limits]
    faults += [f"limits: id {one!r} is used twice" for one in sorted({one for one in ids if ids.count(one) > 1})]
    if faults:
        raise ConfigError(str(path), faults)
    rows = tuple(_row(row) for row in file.limits)
    index, clashes = build_index(rows)
    faults = [f"limits: {clash}" for clash in clashes] + [f"limits: {gap}" for gap in _gaps(file, index)]
    rule_set = _rule_set(file, sha256, rows, index)
    if not faults:
        faults = [fault for place, example in enumerate(file.examples) for fault in _run(rule_set, place, example)]
    if faults:
        raise ConfigError(str(path), faults)
    return rule_set


def load_limits_dir(directory: Path) -> dict[str, RuleSet]:
    """Every rule set of a directory by id: of several versions the last one whose start is confirmed.

    Raises:
        ConfigError: as `load_versions`.
    """
    return {id_: versions[-1] for id_, versions in load_versions(directory).items()}


def load_versions(directory: Path, switched_on: Collection[str] = ()) -> dict[str, tuple[RuleSet, ...]]:
    """Every `*.toml` of a directory by rule set id, its versions in the order of their start.

    switched_on: `id@version` of those to have although their start is unconfirmed; others of that kind are left out.

    Raises:
        ConfigError: all faults of all files at once, two versions of one id for the same days, a set that leaves
            something to none or to itself, or a switch for none.
    """
    faults: list[str] = []
    found: list[tuple[str, RuleSet]] = []
    paths = sorted(directory.glob("*.toml"))
    if not paths:
        raise ConfigError(str(directory), ["holds no law file (*.toml)"])
    for path in paths:
        try:
            rule_set = load_limits(path)
        except ConfigError as error:
            faults += [f"{path.name}: {fault}" for fault in error.faults]
            continue
        faults += [
            f"{path.name}: id {rule_set.id!r} is already another file's for the same days: {name}"
            for name, other in found
            if _clash(rule_set, other)
        ]
        found.append((path.name, rule_set))
    faults += faults_of_sets(found)
    open_ = {one.name for _, one in found if one.start_unconfirmed is not None}
    faults += [f"law.switched_on: {name!r}; known: {', '.join(sorted(open_))}" for name in {*switched_on} - open_]
    if faults:
        raise ConfigError(str(directory), faults)
    used = [one for _, one in found if one.start_unconfirmed is None or one.name in switched_on]
    used.sort(key=lambda one: one.valid_from)
    return {id_: tuple(one for one in used if one.id == id_) for id_ in sorted({one.id for one in used})}


def _clash(one: RuleSet, other: RuleSet) -> bool:
    """Whether both claim a day. An unconfirmed start only has to differ: it ends the version before it."""
    if one.id != other.id:
        return False
    if one.name == other.name or one.valid_from == other.valid_from:
        return True
    if one.start_unconfirmed is not None or other.start_unconfirmed is not None:
        return False
    first, second = sorted((one, other), key=lambda each: each.valid_from)
    return first.valid_until is None or first.valid_until >= second.valid_from


def _row_faults(place: int, row: RowFile) -> list[str]:
    if (row.layout is None) == (row.axles is None):
        return [f"limits[{place}]: {row.id!r} needs exactly one of layout and axles"]
    if row.axles is not None and row.axles[0] > row.axles[1]:
        return [f"limits[{place}].axles: {list(row.axles)} runs backwards"]
    return []


def _shape_faults(body: Body, shape: ShapeFile) -> Iterator[str]:
    """A body whose own layouts it could not have would never be thought of where the body is unknown."""
    for name, (low, high) in (("axles", shape.axles), ("groups", shape.groups)):
        if low > high:
            yield f"bodies.{body}.{name}: [{low}, {high}] runs backwards"
    for layout in () if shape.layouts == "any" else shape.layouts:
        if not Shape(*shape.axles, *shape.groups).allows(layout):
            yield f"bodies.{body}.layouts: {format_layout(layout)} does not fit its axles and groups"


def _case_faults(file: LimitsFile) -> list[str]:
    faults = []
    for place, case in enumerate(file.air_suspension):
        if (case.add_kg is None) == (case.limit_kg is None):
            faults.append(f"air_suspension[{place}]: needs exactly one of add_kg and limit_kg")
        for body in case.bodies:
            for other in file.air_suspension[:place]:
                alike = body in other.bodies and set(case.axles) & set(other.axles)
                if alike and (None in (case.layout, other.layout) or case.layout == other.layout):
                    faults.append(f"air_suspension[{place}]: {body} is matched twice")
    return faults


def _families_faults(file: LimitsFile) -> list[str]:
    faults = []
    for name, rows in (("family_gross", file.family_gross), ("deferrals", file.deferrals)):
        named = [family for row in rows for family in row.families]
        faults += [
            f"{name}: {one!r} is matched twice" for one in sorted({one for one in named if named.count(one) > 1})
        ]
    return faults


def _steps_faults(loads: AxleLoadsFile) -> list[str]:
    faults = []
    for name, steps in (("tandem", loads.tandem), ("tridem", loads.tridem)):
        bounds = [step.below_mm for step in steps[:-1]]
        rising = all(bound is not None for bound in bounds) and bounds == sorted(set(bounds), key=lambda mm: mm or 0)
        if not rising or steps[-1].below_mm is not None:
            faults.append(f"axle_loads.{name}: below_mm must rise, and only the last step has none")
    return faults


def _gaps(file: LimitsFile, index: dict[Key, Row]) -> Iterator[str]:
    """One line per unmatched layout; under `layouts = "any"` one per axle count, with a layout as its example."""
    for body, shape in file.bodies.items():
        any_layout = shape.layouts == "any"
        told: set[int] = set()
        for layout in _every_layout(*shape.axles) if shape.layouts == "any" else shape.layouts:
            for drives in drive_axles_possible(body, layout):
                matched = (body, layout, drives > 1) in index or (body, sum(layout), drives > 1) in index
                if matched or (any_layout and sum(layout) in told):
                    continue
                told.add(sum(layout))
                yield f"{body} {format_layout(layout)} ({sum(layout)} axles, {drives} driven) is not matched"


def _every_layout(axles_min: int, axles_max: int) -> Iterator[Layout]:
    for axles in range(axles_min, axles_max + 1):
        yield from _compositions(axles) if axles <= COVER_AXLES_MAX else ((2, *((1,) * (axles - 2))),)


@lru_cache(maxsize=32)
def _compositions(axles: int) -> tuple[Layout, ...]:
    """Every layout of so many axles in groups of one to three."""
    if axles == 0:
        return ((),)
    sizes = range(1, min(GROUP_MAX, axles) + 1)
    return tuple((size, *rest) for size in sizes for rest in _compositions(axles - size))


def _row(row: RowFile) -> Row:
    layout = row.layout
    low, high = row.axles if row.axles is not None else (sum(layout or ()), sum(layout or ()))
    return Row(row.id, row.clause, row.bodies, layout, low, high, row.drive_axles, row.limit_kg, row.verified)


def _rule_set(file: LimitsFile, sha256: str, rows: tuple[Row, ...], index: dict[Key, Row]) -> RuleSet:
    loads = None if file.axle_loads is None else _axle_loads(file.axle_loads)
    tyres, licence = file.single_tyres, file.licence
    cases = tuple(AirCase(**case.model_dump()) for case in file.air_suspension)
    return RuleSet(
        id=file.id,
        title=file.title,
        jurisdiction=file.jurisdiction,
        source=file.source,
        valid_from=file.valid_from,
        valid_until=file.valid_until,
        verified=file.verified,
        sha256=sha256,
        rows=rows,
        index=index,
        shapes={body: Shape(*shape.axles, *shape.groups) for body, shape in file.bodies.items()},
        otherwise=file.otherwise,
        single_tyres=None if tyres is None else SingleTyres(tyres.clause, tyres.deduct_kg, tyres.verified),
        air_cases=cases,
        licence=None if licence is None else LicenceRule(licence.clause, licence.axles, licence.verified),
        axle_loads=loads,
        dimensions=tuple(Dimension(**dimension.model_dump()) for dimension in file.dimensions),
        spacing_steps_mm=spacing_steps(cases, loads),
        version=file.version,
        start_unconfirmed=file.start_unconfirmed,
        judges_axle_loads=file.judges_axle_loads,
        family_gross=tuple(FamilyGross(**one.model_dump()) for one in file.family_gross),
        deferrals=tuple(Deferral(**one.model_dump()) for one in file.deferrals),
        undrawn_by=file.undrawn_by,
        sizes_by=file.sizes_by,
        span=None if file.span is None else SpanRule(**file.span.model_dump()),
    )


def _axle_loads(file: AxleLoadsFile) -> AxleLoads:
    return AxleLoads(
        clause=file.clause,
        single_tyres_kg=file.single_tyres_kg,
        wide_tyres_kg=file.wide_tyres_kg,
        wide_tyres_drive_kg=file.wide_tyres_drive_kg,
        dual_tyres_kg=file.dual_tyres_kg,
        dual_tyres_drive_kg=file.dual_tyres_drive_kg,
        groups={2: tuple(map(_step, file.tandem)), 3: tuple(map(_step, file.tridem))},
        presumed_spacing_mm={2: file.presumed_spacing_mm.tandem, 3: file.presumed_spacing_mm.tridem},
        verified=file.verified,
    )


def _step(step: StepFile) -> SpacingStep:
    return SpacingStep(step.below_mm, step.kg, step.trailer_kg or step.kg, step.drive_air_kg or step.kg)


def _run(rule_set: RuleSet, place: int, example: LimitExample) -> Iterator[str]:
    """Judge one worked example as any vehicle is judged; one line if it comes out otherwise."""
    facts = example.vehicle.model_dump(exclude={"spacings_mm"})
    vehicle = Vehicle(**facts)
    measurement = Measurement(example.gross_kg, example.axle_loads_kg, example.vehicle.spacings_mm)
    resolution = resolve_vehicle(rule_set, vehicle, measurement)
    beside = beside_gross(vehicle, measurement, rule_set, resolution.groups_kg)
    verdict = road_verdict(example.gross_kg, resolution, beside)
    found = (verdict.outcome, verdict.limit_kg)
    if found != (example.outcome, example.limit_kg):
        yield (
            f"examples[{place}]: {example.gross_kg} kg should be {example.outcome} at {example.limit_kg}, "
            f"the rows say {found[0]} at {found[1]}"
        )
