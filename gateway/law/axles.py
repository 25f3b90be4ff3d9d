"""What single axles and groups allow: the sum of permitted axle loads, and the tyres that lower a limit.

Groups stand front to rear; the first is steered and carries single tyres, and the motor vehicle's driven axles follow.
"""

from bisect import bisect_right
from typing import NamedTuple

from gateway.core.vehicle import Body, Layout
from gateway.law.rules import AxleLoads, motor_groups


class Possible(NamedTuple):
    """One way the vehicle could be. `wide_spread`: the trailer's axles are far apart, where nobody measured."""

    body: Body
    drive_axles: int
    tyres: tuple[int, ...] | None
    wide_tyres: bool | None
    air_suspension: bool | None
    wide_spread: bool | None


def group_loads_kg(
    loads: AxleLoads, spacings_mm: tuple[int, ...] | None, layout: Layout, possible: Possible
) -> tuple[int, ...]:
    """The permitted load of each axle or group. Steered axles (the first group) carry single tyres."""
    motor = motor_groups(possible.body, layout)
    permitted = [layout[0] * loads.single_tyres_kg]
    at_axle = layout[0]
    drives_left = possible.drive_axles
    for place, size in enumerate(layout[1:], start=1):
        is_motor = place < motor
        dual = possible.tyres is None or any(tyres > 2 for tyres in possible.tyres[at_axle : at_axle + size])
        drive = is_motor and drives_left > 0
        drives_left -= size if drive else 0
        if size == 1:
            permitted.append(_single_kg(loads, dual=dual, wide=bool(possible.wide_tyres), drive=drive))
        else:
            spacing_mm = loads.presumed_spacing_mm[size] if spacings_mm is None else spacings_mm[place]
            steps = loads.groups[size]
            step = next(step for step in steps if step.below_mm is None or spacing_mm < step.below_mm)
            air = drive and dual and possible.air_suspension is True
            permitted.append(step.drive_air_kg if air else step.kg if is_motor else step.trailer_kg)
        at_axle += size
    return tuple(permitted)


def _single_kg(loads: AxleLoads, *, dual: bool, wide: bool, drive: bool) -> int:
    if dual:
        return loads.dual_tyres_drive_kg if drive else loads.dual_tyres_kg
    if wide:
        return loads.wide_tyres_drive_kg if drive else loads.wide_tyres_kg
    return loads.single_tyres_kg


def singles_deducted(layout: Layout, possible: Possible) -> int:
    """Single-tyred axles that count: those of tandem and tridem groups and of trailers, neither steered nor driven."""
    tyres = possible.tyres
    if tyres is None:
        return 0
    motor = motor_groups(possible.body, layout)
    at_axle = layout[0]
    in_motor = motor_axles = in_trailer = 0
    for place, size in enumerate(layout[1:], start=1):
        singles = sum(count == 2 for count in tyres[at_axle : at_axle + size])
        if place >= motor:
            in_trailer += singles
        elif size > 1:
            in_motor, motor_axles = in_motor + singles, motor_axles + size
        at_axle += size
    return in_trailer + min(in_motor, max(0, motor_axles - possible.drive_axles))


def drive_is_dual(layout: Layout, possible: Possible) -> bool:
    if possible.tyres is None:
        return True
    motor_axles = sum(layout[: motor_groups(possible.body, layout)])
    dual = sum(count > 2 for count in possible.tyres[layout[0] : motor_axles])
    return dual >= possible.drive_axles


def closest_mm(layout: Layout, spacings_mm: tuple[int, ...], steps: tuple[int, ...]) -> tuple[int, ...] | None:
    """The closest spacing inside each group (0 for a single axle), cut down to the step it has reached."""
    if len(spacings_mm) != sum(layout) - 1:
        return None
    found = []
    at_axle = 0
    for size in layout:
        inside = spacings_mm[at_axle : at_axle + size - 1]
        reached = bisect_right(steps, min(inside)) if inside else 0
        found.append(steps[reached - 1] if reached else 0)
        at_axle += size
    return tuple(found)
