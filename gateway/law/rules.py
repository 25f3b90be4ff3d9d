"""A rule set of limits, as the engine reads it: rows, notes and axle loads that somebody parsed and checked elsewhere.

A row is found by (body, layout or axle count, several drive axles or one). The index over them is made once, at load:
a configuration that two rows claim is a clash, and a clash never reaches the engine.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from dataclasses import field as made
from datetime import date
from functools import lru_cache
from typing import Literal

from gateway.core.vehicle import BODIES, Body, Layout, format_layout

Key = tuple[Body, Layout | int, bool]


@dataclass(frozen=True, slots=True)
class Row:
    """One gross limit. Either `layout` or the axle range names the configuration; `drive` None means any."""

    id: str
    clause: str
    bodies: tuple[Body, ...]
    layout: Layout | None
    axles_min: int
    axles_max: int
    drive: Literal["single", "several"] | None
    limit_kg: int
    verified: bool

    @property
    def label(self) -> str:
        most = "" if self.axles_max == self.axles_min else f" to {self.axles_max}"
        shape = f"{self.axles_min}{most} axles" if self.layout is None else format_layout(self.layout)
        drive = "" if self.drive is None else f", {self.drive} drive axle{'s' if self.drive == 'several' else ''}"
        return f"{'/'.join(self.bodies)} {shape}{drive}"

    def keys(self) -> Iterable[Key]:
        several = (False, True) if self.drive is None else (self.drive == "several",)
        shapes: Iterable[Layout | int]
        shapes = range(self.axles_min, self.axles_max + 1) if self.layout is None else (self.layout,)
        return ((body, shape, many) for body in self.bodies for shape in shapes for many in several)


@dataclass(frozen=True, slots=True)
class Shape:
    """Which vehicles of a body there can be at all; it decides what an unknown body may turn out to be."""

    axles_min: int
    axles_max: int
    groups_min: int
    groups_max: int

    def allows(self, layout: Layout) -> bool:
        groups_fit = self.groups_min <= len(layout) <= self.groups_max
        return groups_fit and self.axles_min <= sum(layout) <= self.axles_max


@dataclass(frozen=True, slots=True)
class SingleTyres:
    """Each single-tyred axle that the law presumes dual-tyred lowers the limit; compliant wide tyres lift that."""

    clause: str
    deduct_kg: int
    verified: bool


@dataclass(frozen=True, slots=True)
class AirCase:
    """A dual-tyred, air-suspended drive axle raises the limit: by `add_kg`, or to `limit_kg`."""

    clause: str
    bodies: tuple[Body, ...]
    axles: tuple[int, ...]
    layout: Layout | None
    add_kg: int | None
    limit_kg: int | None
    trailer_spacing_min_mm: int | None
    verified: bool

    def fits(self, body: Body, layout: Layout) -> bool:
        return body in self.bodies and sum(layout) in self.axles and self.layout in (None, layout)


@dataclass(frozen=True, slots=True)
class LicenceRule:
    """Vehicles of so many axles may also not weigh more than their driving licence says."""

    clause: str
    axles: tuple[int, ...]
    verified: bool


@dataclass(frozen=True, slots=True)
class SpacingStep:
    """Permitted load of a group whose closest axles are nearer than `below_mm` (None: any further)."""

    below_mm: int | None
    kg: int
    trailer_kg: int
    drive_air_kg: int


@dataclass(frozen=True, slots=True)
class AxleLoads:
    """Permitted loads whose sum the gross may not exceed. Spacings that nobody measured are presumed as stated."""

    clause: str
    single_tyres_kg: int
    wide_tyres_kg: int
    wide_tyres_drive_kg: int
    dual_tyres_kg: int
    dual_tyres_drive_kg: int
    groups: Mapping[int, tuple[SpacingStep, ...]]
    presumed_spacing_mm: Mapping[int, int]
    verified: bool


@dataclass(frozen=True, slots=True)
class Dimension:
    field: Literal["length_mm", "width_mm", "height_mm"]
    clause: str
    limit_mm: int
    verified: bool
    bodies: tuple[Body, ...] = BODIES
    families: Mapping[str, int] = made(default_factory=dict)
    exempt: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FamilyGross:
    """These families have a gross of their own, or where there is no number their licence's."""

    families: tuple[str, ...]
    clause: str
    limit_kg: int | None
    verified: bool


@dataclass(frozen=True, slots=True)
class Deferral:
    """These families are not over this set while they conform to another one, the rule set with the id `to`."""

    families: tuple[str, ...]
    clause: str
    to: str
    verified: bool


@dataclass(frozen=True, slots=True)
class SpanRule:
    """The gross may not exceed so many kg for each metre between the first and the last axle."""

    clause: str
    kg_per_m: int
    bodies: tuple[Body, ...]
    axles: tuple[int, ...]
    exempt: tuple[str, ...]
    verified: bool


@dataclass(frozen=True, slots=True, eq=False)
class RuleSet:
    """One file of limits. Compared by identity: two loads of one file are two sets with one `sha256`.

    start_unconfirmed: why nobody is sure that it starts on `valid_from`; such a set is used where switched on.
    judges_axle_loads: whether a group over its permitted load is over the limit, beside the sum of them all.
    undrawn_by: the rule set that gives the limit of a vehicle for which this one has no row; sizes_by: the one that
    limits length, width and height where this one knows masses only.
    """

    id: str
    title: str
    jurisdiction: str
    source: str
    valid_from: date
    valid_until: date | None
    verified: bool
    sha256: str
    rows: tuple[Row, ...]
    index: Mapping[Key, Row]
    shapes: Mapping[Body, Shape]
    otherwise: str
    single_tyres: SingleTyres | None
    air_cases: tuple[AirCase, ...]
    licence: LicenceRule | None
    axle_loads: AxleLoads | None
    dimensions: tuple[Dimension, ...]
    spacing_steps_mm: tuple[int, ...]
    version: str | None = None
    start_unconfirmed: str | None = None
    judges_axle_loads: bool = False
    family_gross: tuple[FamilyGross, ...] = ()
    deferrals: tuple[Deferral, ...] = ()
    undrawn_by: str | None = None
    sizes_by: str | None = None
    span: SpanRule | None = None

    @property
    def name(self) -> str:
        """`cn-gb1589@2026`, or the id alone where there is one version."""
        return self.id if self.version is None else f"{self.id}@{self.version}"

    def row_for(self, body: Body, layout: Layout, drive_axles: int) -> Row | None:
        several = drive_axles > 1
        return self.index.get((body, layout, several)) or self.index.get((body, sum(layout), several))

    def in_force(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_until is None or day <= self.valid_until)


def version_on(sets: Iterable[RuleSet], id_: str, day: date) -> RuleSet | None:
    """The version of one rule set in force on a day: of two that both are, the one that began later."""
    found = [one for one in sets if one.id == id_ and one.in_force(day)]
    return max(found, key=lambda one: one.valid_from, default=None)


@lru_cache(maxsize=256)
def versions_on(sets: tuple[RuleSet, ...], rule_set: RuleSet, day: date) -> tuple[RuleSet, tuple[RuleSet, ...]]:
    """The version of `rule_set` in force on a day, else itself; and those of all the other sets that are."""
    names = sorted({one.id for one in sets} - {rule_set.id})
    others = tuple(one for one in (version_on(sets, name, day) for name in names) if one is not None)
    return version_on(sets, rule_set.id, day) or rule_set, others


def build_index(rows: Iterable[Row]) -> tuple[dict[Key, Row], list[str]]:
    """The lookup over all rows, and one line per configuration that two rows claim."""
    index: dict[Key, Row] = {}
    clashes: list[str] = []
    for row in rows:
        for key in row.keys():  # noqa: SIM118 - a method of ours, not a mapping
            if key in index:
                clashes.append(f"{_describe(key)} is matched twice: {index[key].id} and {row.id}")
            index[key] = row
    for body, shape, several in list(index):
        if isinstance(shape, tuple) and (body, sum(shape), several) in index:
            pair = f"{index[body, shape, several].id} and {index[body, sum(shape), several].id}"
            clashes.append(f"{_describe((body, shape, several))} is matched twice: {pair}")
    return index, clashes


def spacing_steps(air_cases: Iterable[AirCase], loads: AxleLoads | None) -> tuple[int, ...]:
    """Every spacing at which some rule changes: two spacings between the same steps are the same to the law."""
    steps = {case.trailer_spacing_min_mm for case in air_cases}
    if loads is not None:
        steps |= {step.below_mm for group in loads.groups.values() for step in group}
    return tuple(sorted(step for step in steps if step is not None))


TRAILER_GROUPS: Mapping[Body, int] = {"rigid": 0, "articulated": 1, "centre-axle-train": 1, "drawbar-train": 2}
"""A full trailer has two groups of axles, other trailers one."""


def motor_groups(body: Body, layout: Layout) -> int:
    """How many leading groups belong to the motor vehicle."""
    return max(1, len(layout) - TRAILER_GROUPS[body])


def drive_axles_possible(body: Body, layout: Layout) -> tuple[int, ...]:
    """Drive axle counts that matter to the law: one, or several where two axles stand behind the steered ones."""
    behind = sum(layout[1 : motor_groups(body, layout)])
    return (1,) if behind == 1 else (1, 2)


def _describe(key: Key) -> str:
    body, shape, several = key
    text = f"{shape} axles" if isinstance(shape, int) else format_layout(shape)
    return f"{body} {text} with {'several drive axles' if several else 'one drive axle'}"
