"""What a permit does to the verdict on the road's limit: it lifts it whole, or leaves it as it was.

road within                              as it was: a permit can only help
permit outside anything                  as it was, with the permit's own findings beside it;
                                         over the permitted gross where no table knows the vehicle: exceeded
permit unknown in anything               undetermined: with it and without it
permit covers what was weighed           within, at the permitted gross
"""

from gateway.core.vehicle import Measurement
from gateway.core.verdict import Candidate, Verdict
from gateway.law.bases import verdict_of
from gateway.law.beside import Beside
from gateway.law.candidates import Resolution
from gateway.law.permits import Checked, Permit

LIFTED = "permit"
"""The reason of a verdict that is within by a permit."""


def lift(
    road: Verdict, checked: Checked, permit: Permit, measurement: Measurement, resolution: Resolution, beside: Beside
) -> Verdict:
    gross_kg = measurement.gross_kg
    if road.outcome == "within" or gross_kg is None:
        return road
    if checked.outside:
        limit_kg = permit.gross_kg
        if road.outcome == "undetermined" and resolution.low_kg is None and limit_kg is not None:
            over = verdict_of(gross_kg, limit_kg)
            return over._replace(reasons=("permit-gross",)) if over.outcome == "exceeded" else road
        return road
    unknown = (*checked.unknown, *_left_open(beside, permit, measurement))
    if unknown:
        with_it = () if permit.gross_kg is None else (Candidate("with the permit", permit.gross_kg),)
        reasons = tuple(dict.fromkeys((*road.reasons, *unknown)))
        return Verdict("undetermined", None, None, None, (*_without(road, resolution), *with_it), reasons)
    limit_kg = road.limit_kg if permit.gross_kg is None or permit.class_ == "I" else permit.gross_kg
    if limit_kg is None:
        limit_kg = resolution.low_kg
    return Verdict("within", limit_kg, 0, None if limit_kg is None else "0.0000", (), (LIFTED,))


def _left_open(beside: Beside, permit: Permit, measurement: Measurement) -> tuple[str, ...]:
    """What the road's own limits could not decide beside the gross, and the permit does not state either."""
    stated = permit.axle_loads_kg is not None and measurement.axle_loads_kg is not None
    return tuple(one for one in beside.undecided if not (stated and one.startswith("unknown-axle-load-limit")))


def _without(road: Verdict, resolution: Resolution) -> tuple[Candidate, ...]:
    if road.candidates or resolution.low_kg is None:
        return road.candidates
    return (Candidate("without the permit", resolution.low_kg),)
