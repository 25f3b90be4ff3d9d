"""What a kind of site lets in beyond the limit: a published share of one rule set's limit, whichever set governs there.

It moves the lane and never the verdict. A vehicle that the set has not drawn has the limit that it leaves to another
set, which is then part of its own text; that the allowance is of this limit too is presumed, and the finding says so.
"""

from typing import NamedTuple

from gateway.core.vehicle import Measurement, Vehicle
from gateway.core.verdict import Finding
from gateway.law.site_law import Law, set_named
from gateway.law.undrawn import resolve_drawn

UNDRAWN = "tolerance-of-undrawn"
"""Presumed of a vehicle without a drawing: that what is allowed beyond a drawing's limit is allowed it too."""


class Tolerated(NamedTuple):
    """The heaviest mass that is let in, and the finding of one that is."""

    kg: int
    finding: Finding


def tolerated(vehicle: Vehicle, measurement: Measurement, law: Law) -> Tolerated | None:
    """From the lowest candidate; None where the site has no tolerance or a limit is open."""
    tolerance, gross_kg = law.linkage.tolerances.get(law.site_kind), measurement.gross_kg
    rule_set = None if tolerance is None else set_named(law, tolerance.rule_set)
    if tolerance is None or rule_set is None or gross_kg is None or vehicle.layout is None:
        return None
    reference = resolve_drawn(rule_set, set_named(law, rule_set.undrawn_by), vehicle, measurement)
    if reference.low_kg is None or reference.blockers or reference.never_within:
        return None
    kg = reference.low_kg * tolerance.percent // 100
    undrawn = any(not step.clause.startswith(f"{rule_set.id} ") for step in reference.steps)
    presumed = (UNDRAWN,) if undrawn else ()
    return Tolerated(
        kg, Finding("tolerance", tolerance.clause, gross_kg, kg, 0, presumed=presumed, verified=tolerance.verified)
    )
