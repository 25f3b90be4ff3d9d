"""Why a measurement carries no verdict: its own flags, or numbers that no vehicle can have."""

import itertools

from gateway.core.vehicle import UNSOUND, Layout, Measurement, Vehicle

AXLE_KG_MIN = 100
"""No axle of a goods vehicle with its wheels, and its part of the frame, weighs less."""
AXLES_APART_MM_MIN = 500
"""No road tyre is smaller across, so no two axles are nearer."""
SIZE_MM_MIN = AXLES_APART_MM_MIN
"""Nor is a vehicle less high or wide than its tyres."""
TOGETHER_BELOW_MM, PARTED_ABOVE_MM = 1800, 2300
"""Nearer than the first, GB 1589 loads axles as one group; recorded groups stay below the second. Between: either."""


def faults_of(vehicle: Vehicle, measurement: Measurement, interval_kg: int, light_percent: int) -> tuple[str, ...]:
    """The faults by name, none for a sound one.

    interval_kg: by which axle loads may miss the gross, per axle. light_percent: by which less fuel and tools may take
    an empty vehicle below its registered kerb mass; what is lighter is another vehicle, or not all of this one.
    """
    gross_kg = measurement.gross_kg
    reasons = [flag for flag in measurement.flags if flag in UNSOUND]
    if gross_kg is None:
        return (*reasons, "no-gross") if not reasons else tuple(reasons)
    axles = vehicle.axles
    if gross_kg < AXLE_KG_MIN * (axles or 1):
        reasons.append("impossible-gross")
    elif vehicle.kerb_kg is not None and gross_kg * 100 < vehicle.kerb_kg * (100 - light_percent):
        reasons.append("lighter-than-empty")
    if measurement.axle_loads_kg is not None:
        reasons += _loads_faults(measurement.axle_loads_kg, axles, gross_kg, interval_kg)
    if measurement.spacings_mm is not None:
        reasons += _spacings_faults(measurement.spacings_mm, vehicle.layout)
    if axles is not None and vehicle.length_mm is not None and vehicle.length_mm < (axles - 1) * AXLES_APART_MM_MIN:
        reasons.append("shorter-than-axles")
    width_mm, height_mm = vehicle.width_mm, vehicle.height_mm
    if (width_mm is not None and width_mm < SIZE_MM_MIN) or (height_mm is not None and height_mm < SIZE_MM_MIN):
        reasons.append("impossible-size")
    if axles is not None and vehicle.tyres is not None and len(vehicle.tyres) != axles:
        reasons.append("tyre-count-differs")
    return tuple(dict.fromkeys(reasons))


def _loads_faults(loads_kg: tuple[int, ...], axles: int | None, gross_kg: int, interval_kg: int) -> list[str]:
    faults = []
    if any(load < AXLE_KG_MIN for load in loads_kg):
        faults.append("impossible-axle-load")
    if abs(sum(loads_kg) - gross_kg) > interval_kg * len(loads_kg):
        faults.append("unequal-axle-sum")
    if axles is not None and len(loads_kg) != axles:
        faults.append("axle-count-differs")
    return faults


def _spacings_faults(spacings_mm: tuple[int, ...], layout: Layout | None) -> list[str]:
    if any(mm < AXLES_APART_MM_MIN for mm in spacings_mm):
        return ["impossible-spacings"]
    if layout is None:
        return []
    if len(spacings_mm) != sum(layout) - 1:
        return ["impossible-spacings"]
    last_axles = set(itertools.accumulate(layout))
    contradicts = any(
        mm < TOGETHER_BELOW_MM if axle in last_axles else mm > PARTED_ABOVE_MM
        for axle, mm in enumerate(spacings_mm, start=1)
    )
    return ["grouping-differs"] if contradicts else []
