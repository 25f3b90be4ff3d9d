"""The bases a weighing is judged on, kept apart: over the road's limit, over the vehicle's own papers, over a sign.

超限 is the road's: the transport authority's. 超载 is the licence's, in two numbers that are never mixed: points follow
the maximum permitted gross mass, the police fine follows the rated load. A posted limit is a road's or bridge's own.
"""

from gateway.core.vehicle import Load, Vehicle
from gateway.core.verdict import Finding, Verdict

NOT_POSTED = Verdict("undetermined", reasons=("no-posted-limit-given",))
RATING, RATED_LOAD = "vehicle-rating", "rated-load"
"""The two findings of the papers: the gross for points, the load for the fine."""
PAPERS = ("licence_gross_kg", "rated_load_kg", "kerb_kg")
RATED_LOAD_CLAUSE = "cn-traffic-law-2021 art.92"
DIFFERS_FROM_LICENCE_CLAUSE = "cn-order62-2016 art.45"


def verdict_of(gross_kg: int, limit_kg: int) -> Verdict:
    """Strictly greater is over."""
    excess_kg = max(0, gross_kg - limit_kg)
    return Verdict("exceeded" if excess_kg else "within", limit_kg, excess_kg, ratio(excess_kg, limit_kg))


def ratio(excess_kg: int, limit_kg: int) -> str | None:
    """Excess over limit to four places, half up: 9400 over 42000 is 0.2238. Text, because floats are not for mass."""
    if limit_kg <= 0:
        return None
    ten_thousandths = (2 * excess_kg * 10_000 + limit_kg) // (2 * limit_kg)
    return f"{ten_thousandths // 10_000}.{ten_thousandths % 10_000:04d}"


def rating(vehicle: Vehicle, gross_kg: int) -> Verdict:
    """超载: over the licence's permitted gross mass, or over its rated load; `limit_kg` is the former where known.

    What is left out is not judged; what is said to be unknown keeps the outcome from being within.
    """
    by_gross, by_load = vehicle.licence_gross_kg, _gross_at_rated_load_kg(vehicle)
    limit_kg = by_load if by_gross is None else by_gross
    if limit_kg is None:
        lacking = "rated_load_kg" if vehicle.rated_load_kg is None else "kerb_kg"
        return Verdict("undetermined", reasons=("unknown-licence_gross_kg", f"unknown-{lacking}"))
    said = verdict_of(gross_kg, limit_kg)
    if said.outcome == "exceeded":
        return said
    if by_load is not None and gross_kg > by_load:
        return Verdict("exceeded", limit_kg, 0, ratio(0, limit_kg), reasons=("over-rated-load",))
    if not vehicle.sources:
        return said
    unknown = tuple(f"unknown-{name}" for name in PAPERS if vehicle.sources.get(name) == "unknown")
    return Verdict("undetermined", limit_kg, reasons=unknown) if unknown else said


def rating_findings(vehicle: Vehicle, gross_kg: int, gross_clause: str) -> list[Finding]:
    """The gross for points, the load (gross less kerb mass) for the fine; each where known."""
    found = []
    limit_kg = vehicle.licence_gross_kg
    if limit_kg is not None:
        found.append(Finding(RATING, gross_clause, gross_kg, limit_kg, max(0, gross_kg - limit_kg)))
    rated_kg, kerb_kg = vehicle.rated_load_kg, vehicle.kerb_kg
    if rated_kg is not None and kerb_kg is not None:
        load_kg = max(0, gross_kg - kerb_kg)
        found.append(Finding(RATED_LOAD, RATED_LOAD_CLAUSE, load_kg, rated_kg, max(0, load_kg - rated_kg)))
    return found


def under_declared(vehicle: Vehicle, load: Load, gross_kg: int, share_percent: int) -> Finding | None:
    """大吨小标 suspected: an empty vehicle heavier than its registered kerb mass by more than `share_percent`.

    The share is a setting and no law's number, so the finding is never a verified one.
    """
    kerb_kg = vehicle.kerb_kg
    if load.empty is not True or kerb_kg is None or gross_kg * 100 <= kerb_kg * (100 + share_percent):
        return None
    return Finding("under-declared", DIFFERS_FROM_LICENCE_CLAUSE, gross_kg, kerb_kg, gross_kg - kerb_kg, verified=False)


def illegal_over_limit(road: Verdict, load: Load, *, permit_checked: bool) -> bool | None:
    """违法超限: over with a divisible load, or an indivisible one without or beyond its permit. None: not to be said.

    permit_checked: whether the permit was held to its rules; then what is still over is beyond it.
    """
    if road.outcome == "undetermined":
        return None
    if road.outcome == "within":
        return False
    return True if permit_checked or load.divisible is True or load.permit is False else None


def _gross_at_rated_load_kg(vehicle: Vehicle) -> int | None:
    if vehicle.rated_load_kg is None or vehicle.kerb_kg is None:
        return None
    return vehicle.rated_load_kg + vehicle.kerb_kg
