"""Vehicles and loads handled apart: hazardous goods, fresh produce, containers, car carriers, fire and special work.

What is special is said in findings; it moves no limit of the road. The police's own height is what their points ask
for, and more cars than a carrier may have keep it off an expressway.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from gateway.core.vehicle import Body, Load, Vehicle
from gateway.core.verdict import Finding

Nose = Literal["flat-nose", "long-nose", "centre-axle"]
TOO_MANY_CARS, POLICE_HEIGHT = "too-many-cars", "police-height"


@dataclass(frozen=True, slots=True)
class Treatment:
    """One family. It is this one when its goods or its family are named; `when` over, only what is over a limit.

    height_mm: how high it may be for the police, of a `police-height`.
    """

    name: str
    goods: tuple[str, ...]
    family: tuple[str, ...]
    when: Literal["always", "over"]
    treatment: str
    clause: str
    verified: bool
    height_mm: int | None = None


@dataclass(frozen=True, slots=True)
class Cars:
    """The most cars on a car carrier by its form; more of them are kept off an expressway."""

    clause: str
    verified: bool
    most: Mapping[Nose, int]


@dataclass(frozen=True, slots=True, eq=False)
class Treatments:
    id: str
    sha256: str
    rows: tuple[Treatment, ...]
    cars: Cars


class Carried(NamedTuple):
    """What is on it and what it is, as far as anybody said."""

    goods: str | None
    family: str | None
    body: Body | None
    cars: int | None
    height_mm: int | None = None


def carried(vehicle: Vehicle, load: Load) -> Carried:
    return Carried(load.goods, vehicle.family, vehicle.body, load.cars, vehicle.height_mm)


def treated(found: Carried, treatments: Treatments, *, over: bool) -> tuple[Finding, ...]:
    """One finding per treatment, its rule the treatment's name; `measured` and `limit` are cars in `too-many-cars`."""
    if found.goods is None and found.family is None:
        return ()
    said = []
    for one in treatments.rows:
        named = found.goods in one.goods or found.family in one.family
        if named and (over or one.when == "always"):
            said.append(_said(one, found.height_mm))
            if one.treatment == "cars-counted" and found.cars is not None:
                said += _too_many(found, found.cars, treatments.cars)
    return tuple(said)


def _said(one: Treatment, height_mm: int | None) -> Finding:
    if one.height_mm is None or height_mm is None:
        return Finding(one.treatment, one.clause, None, None, None, verified=one.verified)
    excess = max(0, height_mm - one.height_mm)
    return Finding(one.treatment, one.clause, height_mm, one.height_mm, excess, "mm", verified=one.verified)


def _too_many(found: Carried, count: int, cars: Cars) -> list[Finding]:
    """More than every form that it may have allows; or than one of them, which has no limit to name."""
    allowed = [cars.most[form] for form in _forms(found)]
    if count <= min(allowed):
        return []
    most = max(allowed) if count > max(allowed) else None
    excess = None if most is None else count - most
    return [Finding(TOO_MANY_CARS, cars.clause, count, most, excess, "cars", verified=cars.verified)]


def _forms(found: Carried) -> tuple[Nose, ...]:
    """A nose that nobody calls long is taken for a flat one; a body that nobody knows may be a centre-axle train."""
    if found.body == "centre-axle-train":
        return ("centre-axle",)
    nose: Nose = "long-nose" if found.family == "long-nose" else "flat-nose"
    return (nose,) if found.body is not None else (nose, "centre-axle")
