"""What a permit does to the verdict on the road's limit: it lifts it whole, or leaves it as it was.

road within                              as it was: a permit can only help
permit outside anything                  as it was, with the permit's own findings beside it;
                                         over the permitted gross where no table knows the vehicle: exceeded
permit unknown in anything               undetermined: with it and without it
permit covers what was weighed           within, at the permitted gross

A permit of which nobody knows leaves what is over open, unless the load is one for which none is given.
"""

from gateway.core.vehicle import Load, Measurement, Vehicle
from gateway.core.verdict import Candidate, Finding, Verdict
from gateway.law.bases import verdict_of
from gateway.law.beside import Beside
from gateway.law.candidates import Resolution
from gateway.law.permits import Checked, Permit, PermitRules

LIFTED = "permit"
"""The reason of a verdict that is within by a permit."""
BEFORE_RATING = "permit-before-rating"
"""The finding that the permitted gross stands before the licence's."""


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


def unseen(road: Verdict, vehicle: Vehicle, load: Load, resolution: Resolution) -> Verdict:
    """No permit is at hand: none was shown, or it is said to be unknown whether there is one."""
    if road.outcome != "exceeded" or vehicle.sources.get("permit") != "unknown" or load.divisible is True:
        return road
    return Verdict("undetermined", None, None, None, _without(road, resolution), (*road.reasons, "unknown-permit"))


def before_rating(papers: Verdict, road: Verdict, permit: Permit, rules: PermitRules) -> tuple[Finding, ...]:
    """What says so, where the permit lifted a mass that the vehicle's papers do not have."""
    if papers.outcome != "exceeded" or road.reasons != (LIFTED,) or permit.class_ == "I" or permit.gross_kg is None:
        return ()
    clause = rules.clauses["rating"]
    return (Finding(BEFORE_RATING, clause.clause, None, None, None, verified=clause.verified),)


def _left_open(beside: Beside, permit: Permit, measurement: Measurement) -> tuple[str, ...]:
    """What the road's own limits could not decide beside the gross, and the permit does not state either."""
    stated = permit.axle_loads_kg is not None and measurement.axle_loads_kg is not None
    return tuple(one for one in beside.undecided if not (stated and one.startswith("unknown-axle-load-limit")))


def _without(road: Verdict, resolution: Resolution) -> tuple[Candidate, ...]:
    if road.candidates or resolution.low_kg is None:
        return road.candidates
    return (Candidate("without the permit", resolution.low_kg),)
