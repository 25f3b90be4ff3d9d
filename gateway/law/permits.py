"""The permit for an indivisible load (超限运输车辆通行证): what it covers, and where a weighing leaves it.

    not for this load, day, vehicle or road ──▶ outside
    beyond a mass or size it states, or over a limit where it states none ──▶ outside, each with its own excess
    a class or axle load it could not have been given ──▶ outside
    something that was to be compared and is said to be unknown ──▶ unknown

What nobody compared is presumed to fit and named, and so are the conditions that no scale can see: the permitted speed
and the escort. A permit with anything outside lifts nothing at all.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple

from gateway.core.vehicle import Measurement, Vehicle
from gateway.core.verdict import Finding, Judgement
from gateway.law.beside import FIELDS

PermitClass = Literal["I", "II", "III"]
PERMIT_CLASSES: tuple[PermitClass, ...] = ("I", "II", "III")
TrailerKind = Literal["flat-bed", "hydraulic"]
TRAILER_KINDS: tuple[TrailerKind, ...] = ("flat-bed", "hydraulic")
ClauseOf = Literal["divisible", "validity", "plates", "route", "envelope", "rating", "speed", "escort"]
OFF_ITS_TERMS = frozenset({"permit-expired", "permit-not-yet-valid", "permit-route"})
"""Off the permitted time or road, which Regulation 593 art. 65 and the scoring rules name by themselves."""
PRESUMED: Mapping[str, str] = {
    "permit-divisible": "indivisible-load",
    "permit-not-yet-valid": "permit-begun",
    "permit-expired": "permit-in-force",
    "permit-plate": "permit-of-this-vehicle",
    "permit-trailer-plate": "permit-of-this-trailer",
    "permit-route": "permit-for-this-road",
    "permit-speed": "permitted-speed-kept",
    "permit-escort": "escorted-as-planned",
}
"""What is presumed where nobody compared: that this rule is kept."""


@dataclass(frozen=True, slots=True)
class Permit:
    """What the paper states, None or empty where it does not. `axle_loads_kg`: per axle or axle line, front to rear."""

    number: str | None = None
    class_: PermitClass | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    tractor_plate: str | None = None
    trailer_plates: tuple[str, ...] = ()
    route: tuple[str, ...] = ()
    trailer_kind: TrailerKind = "flat-bed"
    gross_kg: int | None = None
    length_mm: int | None = None
    width_mm: int | None = None
    height_mm: int | None = None
    axles: int | None = None
    axle_loads_kg: tuple[int, ...] | None = None
    speed_km_h: int | None = None
    escort: bool | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """A permit beside what the site saw. `unknown` names what nobody could see: at, plate, trailer_plate, road…"""

    permit: Permit
    day: date | None = None
    plate: str | None = None
    trailer_plate: str | None = None
    road: str | None = None
    divisible: bool | None = None
    unknown: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Clause:
    clause: str
    verified: bool


@dataclass(frozen=True, slots=True)
class ClassRule:
    """The largest that a class covers (None: anything). `gross_kg` 0: no more than the road's own limit."""

    id: PermitClass
    gross_kg: int | None
    length_mm: int | None
    width_mm: int | None
    height_mm: int | None

    def covers(self, permit: Permit, table_kg: int | None) -> bool:
        """Whether the permit's envelope fits in this class; `table_kg` is the road's own limit where it is known."""
        gross_kg = table_kg if self.gross_kg == 0 else self.gross_kg
        pairs = ((permit.gross_kg, gross_kg), *((getattr(permit, name), getattr(self, name)) for name in FIELDS))
        return all(stated is None or bound is None or stated <= bound for stated, bound in pairs)


@dataclass(frozen=True, slots=True)
class Refusal:
    """No permit may be given for axle loads above these."""

    mean_kg: int
    max_kg: int


@dataclass(frozen=True, slots=True, eq=False)
class PermitRules:
    """One file of them. `classes` from the smallest to the one that covers everything."""

    id: str
    sha256: str
    classes: tuple[ClassRule, ...]
    classes_clause: Clause
    refusals: Mapping[TrailerKind, Refusal]
    refusals_clause: Clause
    clauses: Mapping[ClauseOf, Clause]

    def class_of(self, permit: Permit, table_kg: int | None) -> PermitClass:
        """The smallest that covers it: what is in a class is in every larger one, whatever is known of the road."""
        covering = [one.covers(permit, table_kg) for one in self.classes]
        return next(one.id for place, one in enumerate(self.classes) if all(covering[place:]))


def off_terms(judgement: Judgement) -> tuple[str, ...]:
    """The fact for penalties that an over-limit vehicle was off its permit's time or road."""
    off = any(one.rule in OFF_ITS_TERMS for one in judgement.findings)
    return ("outside-permit",) if off and judgement.road_limit.outcome == "exceeded" else ()


class Table(NamedTuple):
    """What the road's own limits said: the highest gross there, and the reasons that decided beside the gross."""

    limit_kg: int | None
    over: tuple[str, ...]


class Checked(NamedTuple):
    """Outside: rules that are broken; unknown and presumed: what was not compared."""

    findings: tuple[Finding, ...]
    outside: tuple[str, ...]
    unknown: tuple[str, ...]
    presumed: tuple[str, ...]


Note = tuple[Literal["outside", "fits"], Finding] | tuple[Literal["unknown", "presumed"], str]


def check(shown: Shown, vehicle: Vehicle, measurement: Measurement, rules: PermitRules, table: Table) -> Checked:
    """Everything that can be said of one permit at one weighing."""
    permit = shown.permit
    notes: list[Note] = [
        *_terms(shown, rules),
        *_unseen(permit, rules),
        *_sizes(permit, vehicle, rules.clauses["envelope"], table),
        *_gross(permit, measurement, rules.clauses["envelope"], table),
        *_axles(permit, vehicle, measurement, rules.clauses["envelope"], table),
        *_grantable(permit, measurement, rules, table),
    ]
    findings = tuple(note[1] for note in notes if isinstance(note[1], Finding))
    told: dict[str, list[str]] = {"outside": [], "fits": [], "unknown": [], "presumed": []}
    for kind, what in notes:
        told[kind].append(what.rule if isinstance(what, Finding) else what)
    return Checked(findings, tuple(told["outside"]), tuple(told["unknown"]), tuple(told["presumed"]))


def _terms(shown: Shown, rules: PermitRules) -> Iterator[Note]:
    """Whether it is for the load, day, vehicle and road."""
    permit, day, clauses = shown.permit, shown.day, rules.clauses
    indivisible = None if shown.divisible is None else not shown.divisible
    yield from _compared("permit-divisible", "divisible", indivisible, shown, clauses["divisible"])
    early = late = None
    if day is not None:
        early = None if permit.valid_from is None else day >= permit.valid_from
        late = None if permit.valid_until is None else day <= permit.valid_until
    yield from _compared("permit-not-yet-valid", "at", early, shown, clauses["validity"])
    yield from _compared("permit-expired", "at", late, shown, clauses["validity"])
    same = None if None in (permit.tractor_plate, shown.plate) else permit.tractor_plate == shown.plate
    yield from _compared("permit-plate", "plate", same, shown, clauses["plates"])
    named = None if shown.trailer_plate is None else shown.trailer_plate in permit.trailer_plates
    if permit.trailer_plates or named is not None:
        yield from _compared("permit-trailer-plate", "trailer_plate", named, shown, clauses["plates"])
    on_route = None if shown.road is None or not permit.route else shown.road in permit.route
    yield from _compared("permit-route", "road", on_route, shown, clauses["route"])


def _unseen(permit: Permit, rules: PermitRules) -> Iterator[Note]:
    """Conditions for people to check on the road. An escort plan is part of every permit of class III."""
    if permit.speed_km_h is not None:
        clause = rules.clauses["speed"]
        yield (
            "fits",
            Finding("permit-speed", clause.clause, None, permit.speed_km_h, None, "km/h", verified=clause.verified),
        )
        yield "presumed", PRESUMED["permit-speed"]
    if permit.escort or (permit.escort is None and permit.class_ == "III"):
        clause = rules.clauses["escort"]
        yield "fits", Finding("permit-escort", clause.clause, None, None, None, verified=clause.verified)
        yield "presumed", PRESUMED["permit-escort"]


def _compared(rule: str, field: str, fits: bool | None, shown: Shown, clause: Clause) -> Iterator[Note]:
    if fits is False:
        yield "outside", Finding(rule, clause.clause, None, None, None, verified=clause.verified)
    if fits is None:
        yield ("unknown", f"unknown-{field}") if field in shown.unknown else ("presumed", PRESUMED[rule])


def _measured(rule: str, clause: Clause, measured: int, stated: int | None, unit: Literal["kg", "mm"]) -> Note:
    """Strictly greater is outside; so is what is over the road's limit and not stated at all."""
    excess = None if stated is None else max(0, measured - stated)
    finding = Finding(rule, clause.clause, measured, stated, excess, unit, verified=clause.verified)
    return ("fits", finding) if excess == 0 else ("outside", finding)


def _sizes(permit: Permit, vehicle: Vehicle, clause: Clause, table: Table) -> Iterator[Note]:
    for field in FIELDS:
        stated, measured = getattr(permit, field), getattr(vehicle, field)
        if measured is not None and (stated is not None or f"over-{field}" in table.over):
            yield _measured(f"permit-{field}", clause, measured, stated, "mm")


def _gross(permit: Permit, measurement: Measurement, clause: Clause, table: Table) -> Iterator[Note]:
    """A permit of class I is for size alone: it lifts no mass."""
    gross_kg = measurement.gross_kg
    stated = table.limit_kg if permit.class_ == "I" else permit.gross_kg
    if gross_kg is not None and (stated is not None or table.limit_kg is None or gross_kg > table.limit_kg):
        yield _measured("permit-gross", clause, gross_kg, stated, "kg")


def _axles(permit: Permit, vehicle: Vehicle, measurement: Measurement, clause: Clause, table: Table) -> Iterator[Note]:
    stated, loads, axles = permit.axle_loads_kg, measurement.axle_loads_kg, vehicle.axles
    counts = {count for count in (permit.axles, None if stated is None else len(stated)) if count is not None}
    if axles is not None and counts - {axles}:
        yield "outside", Finding("permit-axles", clause.clause, None, None, None, verified=clause.verified)
    elif loads is not None and stated is not None and len(loads) == len(stated):
        for place, (load, bound) in enumerate(zip(loads, stated, strict=True), start=1):
            if load > bound:
                yield _measured(f"permit-axle-load:{place}", clause, load, bound, "kg")
    elif any(reason.startswith("over-axle-load") for reason in table.over):
        yield "outside", Finding("permit-axle-load", clause.clause, None, None, None, verified=clause.verified)


def _grantable(permit: Permit, measurement: Measurement, rules: PermitRules, table: Table) -> Iterator[Note]:
    """What no permit may be given for, whether the paper states it or the scale shows it."""
    clause = rules.classes_clause
    if permit.class_ is not None:
        least = PERMIT_CLASSES.index(rules.class_of(permit, table.limit_kg))
        if PERMIT_CLASSES.index(permit.class_) < least:
            yield "outside", Finding("permit-class", clause.clause, None, None, None, verified=clause.verified)
    refusal, clause = rules.refusals[permit.trailer_kind], rules.refusals_clause
    for loads in (permit.axle_loads_kg, measurement.axle_loads_kg):
        if not loads:
            continue
        mean_kg, most_kg = -(-sum(loads) // len(loads)), max(loads)
        if mean_kg > refusal.mean_kg:
            yield _measured("permit-refused-mean-axle-load", clause, mean_kg, refusal.mean_kg, "kg")
        if most_kg > refusal.max_kg:
            yield _measured("permit-refused-axle-load", clause, most_kg, refusal.max_kg, "kg")
