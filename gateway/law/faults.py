"""Why a measurement carries no verdict: its own flags, or numbers that no vehicle can have."""

from gateway.core.vehicle import UNSOUND, Measurement, Vehicle


def faults_of(vehicle: Vehicle, measurement: Measurement, interval_kg: int) -> tuple[str, ...]:
    """The faults by name, none for a sound one. `interval_kg`: by which axle loads may miss the gross, per axle."""
    gross_kg = measurement.gross_kg
    reasons = [flag for flag in measurement.flags if flag in UNSOUND]
    if gross_kg is None:
        return (*reasons, "no-gross") if not reasons else tuple(reasons)
    if gross_kg <= 0:
        reasons.append("impossible-gross")
    axles = vehicle.axles
    loads = measurement.axle_loads_kg
    if loads is not None:
        if any(load <= 0 for load in loads):
            reasons.append("impossible-axle-load")
        if abs(sum(loads) - gross_kg) > interval_kg * len(loads) and "unequal-axle-sum" not in reasons:
            reasons.append("unequal-axle-sum")
        if axles is not None and len(loads) != axles:
            reasons.append("axle-count-differs")
    spacings = measurement.spacings_mm
    if spacings is not None and (any(mm <= 0 for mm in spacings) or (axles is not None and len(spacings) != axles - 1)):
        reasons.append("impossible-spacings")
    if axles is not None and vehicle.tyres is not None and len(vehicle.tyres) != axles:
        reasons.append("tyre-count-differs")
    return tuple(reasons)
