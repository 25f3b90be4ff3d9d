"""What the law presumes of a vehicle where nobody said: a finding names what its limit rests on."""

from collections.abc import Iterator
from typing import NamedTuple

from gateway.core.vehicle import Body, Layout
from gateway.law.axles import Possible, group_loads_kg, singles_deducted
from gateway.law.rules import AxleLoads, RuleSet


class Facts(NamedTuple):
    """The vehicle as one hashable key. `spacings_mm`: the closest spacing of each group, cut down to a rule's step."""

    layout: Layout | None
    body: Body | None
    drive_axles: int | None
    tyres: tuple[int, ...] | None
    wide_tyres: bool | None
    air_suspension: bool | None
    licence_gross_kg: int | None
    spacings_mm: tuple[int, ...] | None
    unknown: frozenset[str]


def presumed_of_gross(rule_set: RuleSet, facts: Facts, layout: Layout, possible: Possible) -> tuple[str, ...]:
    """On what a limit of the table rests that nobody stated."""
    presumed = []
    if facts.tyres is None and "tyres" not in facts.unknown and rule_set.single_tyres is not None:
        presumed.append("dual-tyres")
    if facts.wide_tyres is None and "wide_tyres" not in facts.unknown and singles_deducted(layout, possible):
        presumed.append("no-wide-tyres")
    heeds_air = any(case.fits(possible.body, layout) for case in rule_set.air_cases)
    if heeds_air and facts.air_suspension is None and "air_suspension" not in facts.unknown:
        presumed.append("no-air-suspension")
    licence = rule_set.licence
    heeds_licence = licence is not None and sum(layout) in licence.axles
    if heeds_licence and facts.licence_gross_kg is None and "licence_gross_kg" not in facts.unknown:
        presumed.append("licence-not-lower")
    return tuple(presumed)


def presumed_of_groups(
    loads: AxleLoads, facts: Facts, layout: Layout, possible: Possible
) -> tuple[tuple[str, ...], ...]:
    """For each axle or group, on what its permitted load rests that nobody stated: what would change it, if untrue."""
    permitted = group_loads_kg(loads, facts.spacings_mm, layout, possible)
    presumed: list[list[str]] = [[] for _ in layout]
    for name, otherwise in _otherwise(facts, layout, possible):
        others = group_loads_kg(loads, facts.spacings_mm, layout, otherwise)
        for place, (kg, other_kg) in enumerate(zip(permitted, others, strict=True)):
            presumed[place] += [name] if kg != other_kg else []
    if facts.spacings_mm is None:
        for place, size in enumerate(layout[1:], start=1):
            presumed[place] += ["standard-spacings"] if size > 1 else []
    return tuple(tuple(names) for names in presumed)


def _otherwise(facts: Facts, layout: Layout, possible: Possible) -> Iterator[tuple[str, Possible]]:
    """The vehicle with each presumption untrue; what is said to be unknown is not presumed."""
    if facts.tyres is None and "tyres" not in facts.unknown:
        yield "dual-tyres", possible._replace(tyres=(2,) * sum(layout))
    if facts.wide_tyres is None and "wide_tyres" not in facts.unknown:
        yield "no-wide-tyres", possible._replace(wide_tyres=True)
    if facts.air_suspension is None and "air_suspension" not in facts.unknown:
        yield "no-air-suspension", possible._replace(air_suspension=True)
