"""Vehicles and loads handled apart: hazardous goods, fresh produce, containers, car carriers, fire and special work.

What is special is said in findings without a number of their own; it moves no limit. Only more cars than a carrier may
have keeps it off an expressway.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from gateway.core.vehicle import Body, Load, Vehicle
from gateway.core.verdict import Finding

Nose = Literal["flat-nose", "long-nose", "centre-axle"]
TOO_MANY_CARS = "too-many-cars"


@dataclass(frozen=True, slots=True)
class Treatment:
    """One family. It is this one when its goods or its family are named; `when` over, only what is over a limit."""

    name: str
    goods: tuple[str, ...]
    family: tuple[str, ...]
    when: Literal["always", "over"]
    treatment: str
    clause: str
    verified: bool


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


def carried(vehicle: Vehicle, load: Load) -> Carried:
    return Carried(load.goods, vehicle.family, vehicle.body, load.cars)


def treated(found: Carried, treatments: Treatments, *, over: bool) -> tuple[Finding, ...]:
    """One finding per treatment, its rule the treatment's name; `measured` and `limit` are cars in `too-many-cars`."""
    if found.goods is None and found.family is None:
        return ()
    said = []
    for one in treatments.rows:
        named = found.goods in one.goods or found.family in one.family
        if named and (over or one.when == "always"):
            said.append(Finding(one.treatment, one.clause, None, None, None, verified=one.verified))
            if one.treatment == "cars-counted" and found.cars is not None:
                said += _too_many(found, found.cars, treatments.cars)
    return tuple(said)


def _too_many(found: Carried, count: int, cars: Cars) -> list[Finding]:
    nose: Nose = "centre-axle" if found.body == "centre-axle-train" else "flat-nose"
    if nose == "flat-nose" and found.family == "long-nose":
        nose = "long-nose"
    most = cars.most[nose]
    if count <= most:
        return []
    return [Finding(TOO_MANY_CARS, cars.clause, count, most, count - most, "cars", verified=cars.verified)]
