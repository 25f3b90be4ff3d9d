"""The limit engine: one vehicle, one measurement, one site's law; out comes everything law says of it.

    faults of the measurement ──▶ undetermined
    candidates of what is unknown ──▶ over under all: exceeded · under none: within · else undetermined
    outcome + tolerance + presumption + the vehicle's papers ──▶ state ──▶ linkage table ──▶ the lane's action

Strictly greater is over; exactly at the limit is legal. Tolerance and presumption move the lane, never the verdict.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from gateway.core.vehicle import Load, Measurement, Vehicle
from gateway.core.verdict import Finding, Judgement, ListStatus, Verdict
from gateway.law.bases import NOT_POSTED, illegal_over_limit, rating, rating_findings, under_declared, verdict_of
from gateway.law.beside import Beside, beside_gross, joined, sized, sizes_by
from gateway.law.candidates import Resolution
from gateway.law.elsewhere import findings_elsewhere, open_start
from gateway.law.faults import faults_of
from gateway.law.lifting import BEFORE_RATING
from gateway.law.linkage import OVER_RATING, Linkage, Party, Response, State
from gateway.law.permits import Shown
from gateway.law.relief import relieved
from gateway.law.site_law import UNDER_DECLARED_PERCENT, Law, on_day, set_named
from gateway.law.tolerance import Tolerated, tolerated
from gateway.law.treatment import TOO_MANY_CARS, carried, treated
from gateway.law.undrawn import resolve_drawn

__all__ = ["NOTHING_SAID", "UNDER_DECLARED_PERCENT", "Law", "judge", "on_day"]

NOTHING_SAID = Load()


class _Said(NamedTuple):
    road: Verdict
    rating: Verdict
    posted: Verdict


def judge(
    vehicle: Vehicle,
    measurement: Measurement,
    law: Law,
    load: Load = NOTHING_SAID,
    listed: ListStatus = "unlisted",
    shown: Shown | None = None,
) -> Judgement:
    """Judge one weighing. Never raises on what a scale or register may say: the impossible is undetermined.

    `listed`: the list that the vehicle is on; it moves the lane, never the verdict.
    `shown`: the permit for an indivisible load, beside what the site saw.
    """
    interval_kg = law.linkage.interval_kg if law.interval_kg is None else law.interval_kg
    reasons = faults_of(vehicle, measurement, interval_kg, law.under_declared_percent)
    gross_kg = measurement.gross_kg
    if reasons or gross_kg is None:
        return _not_judged(law, reasons, listed)
    resolution = resolve_drawn(law.rule_set, set_named(law, law.rule_set.undrawn_by), vehicle, measurement)
    beside = _beside(vehicle, measurement, law, resolution)
    papers = rating(vehicle, gross_kg)
    road, more, checked = relieved(vehicle, measurement, law, resolution, beside, papers, load, shown)
    posted = NOT_POSTED if law.posted_limit_kg is None else verdict_of(gross_kg, law.posted_limit_kg)
    said = _Said(road, papers, posted)
    apart = _apart(vehicle, load, law, road)
    allowed = None if road.outcome == "within" else tolerated(vehicle, measurement, law)
    barred = law.site_kind == "toll-entrance" and any(one.rule == TOO_MANY_CARS for one in apart)
    state = "exceeded" if barred else _state(gross_kg, law, said, resolution, beside, allowed)
    findings = [*_findings(vehicle, measurement, law, resolution, beside, said), *more, *apart]
    suspicious = under_declared(vehicle, load, gross_kg, law.under_declared_percent)
    suspicions = () if suspicious is None else (suspicious.rule,)
    findings += [] if suspicious is None else [suspicious]
    if state == "tolerated" and allowed is not None:
        findings.append(allowed.finding)
    presumed = () if checked is None else checked.presumed
    if state == "presumed":
        presumed += (f"highest-candidate:{resolution.high_kg}",)
    if papers.outcome == "exceeded" and not any(one.rule == BEFORE_RATING for one in more):
        state = OVER_RATING.get(state, state)
    return _conclude(
        law,
        said,
        tuple(findings),
        state,
        presumed=presumed,
        gross_kg=gross_kg,
        illegal=illegal_over_limit(road, load, permit_checked=checked is not None),
        suspicions=suspicions,
        listed=listed,
    )


def _not_judged(law: Law, reasons: tuple[str, ...], listed: ListStatus) -> Judgement:
    unknown = Verdict("undetermined", reasons=reasons)
    posted = NOT_POSTED if law.posted_limit_kg is None else unknown
    return _conclude(law, _Said(unknown, unknown, posted), (), "undetermined", listed=listed)


def _beside(vehicle: Vehicle, measurement: Measurement, law: Law, resolution: Resolution) -> Beside:
    """What is judged beside the gross, sizes by the set that knows them."""
    own = beside_gross(vehicle, measurement, law.rule_set, resolution.groups_kg, resolution.groups_presumed)
    sizes = set_named(law, law.rule_set.sizes_by) if sized(vehicle) else None
    return own if sizes is None else joined(own, sizes_by(vehicle, sizes))


def _apart(vehicle: Vehicle, load: Load, law: Law, road: Verdict) -> tuple[Finding, ...]:
    """What is said of vehicles and loads that are handled apart."""
    if law.treatments is None:
        return ()
    return treated(carried(vehicle, load), law.treatments, over=road.outcome == "exceeded")


def _findings(
    vehicle: Vehicle, measurement: Measurement, law: Law, resolution: Resolution, beside: Beside, said: _Said
) -> list[Finding]:
    """Every rule that was applied, own rule set first."""
    gross_kg = measurement.gross_kg
    assert gross_kg is not None
    found = [
        Finding(
            step.rule,
            step.clause,
            gross_kg,
            step.limit_kg,
            max(0, gross_kg - step.limit_kg),
            "kg",
            step.presumed,
            step.verified,
        )
        for step in resolution.steps
    ]
    found += beside.findings
    for other in law.others:
        found += findings_elsewhere(vehicle, measurement, gross_kg, other)
    found += rating_findings(vehicle, gross_kg, law.linkage.vehicle_rating_clause)
    posted = said.posted
    if posted.limit_kg is not None:
        clause = law.linkage.posted_limit_clause
        found.append(Finding("posted-limit", clause, gross_kg, posted.limit_kg, posted.excess_kg))
    return found


def _state(
    gross_kg: int, law: Law, said: _Said, resolution: Resolution, beside: Beside, allowed: Tolerated | None
) -> State:
    """The outcome as the lane sees it by the sign and the road's limit, before the vehicle's own papers."""
    if said.posted.outcome == "exceeded":
        return "exceeded"
    road = said.road
    tolerable = allowed is not None and gross_kg <= allowed.kg
    if road.outcome == "exceeded":
        # A reason beside the mass (a dimension) is not what the tolerance is for.
        return "tolerated" if tolerable and not road.reasons else "exceeded"
    if road.outcome == "within":
        return "within"
    open_ = resolution.blockers or resolution.missing or "layout" in resolution.unknown
    not_above = resolution.high_kg is not None and gross_kg <= resolution.high_kg
    if law.undetermined == "presume" and not open_ and resolution.unknown and not_above and resolution.candidates:
        return "presumed"
    # Within the tolerance of the lowest candidate the lane knows enough, whether or not it is over.
    return "tolerated" if tolerable and not (open_ or beside.over or beside.undecided) else "undetermined"


def _conclude(
    law: Law,
    said: _Said,
    findings: tuple[Finding, ...],
    state: State,
    *,
    presumed: tuple[str, ...] = (),
    gross_kg: int = 0,
    illegal: bool | None = None,
    suspicions: tuple[str, ...] = (),
    listed: ListStatus = "unlisted",
) -> Judgement:
    linkage = law.linkage
    response = linkage.response(law.site_kind, law.enforcement_mode, state, listed)
    names = dict.fromkeys([name for finding in findings for name in finding.presumed])
    return Judgement(
        rule_set=law.rule_set.id,
        rule_set_sha256=law.rule_set.sha256,
        road_limit=said.road,
        vehicle_rating=said.rating,
        posted_limit=said.posted,
        findings=findings,
        action=response.action,
        ground=_ground(state, said, response, listed),
        hundred_tonne=gross_kg >= linkage.hundred_tonne_kg,
        illegal_over_limit=illegal,
        suspicions=suspicions,
        presumed=tuple(dict.fromkeys((*names, *presumed, *open_start(law.rule_set)))),
        consequence=response.consequence,
        parties=response.parties,
        party_clauses=_party_clauses(linkage, said, response),
        list_status=listed,
        notices=response.notices,
        release_grounds=response.release_grounds,
        linkage=linkage.id,
    )


def _party_clauses(linkage: Linkage, said: _Said, response: Response) -> Mapping[str, tuple[str, ...]]:
    """What can touch each party, by the bases that are exceeded."""
    return _clauses(
        linkage, response.parties, road=said.road.outcome == "exceeded", papers=said.rating.outcome == "exceeded"
    )


@lru_cache(maxsize=1_024)
def _clauses(
    linkage: Linkage, parties: tuple[Party, ...], *, road: bool, papers: bool
) -> Mapping[str, tuple[str, ...]]:
    bases = [*([linkage.party_clauses] if road else []), *([linkage.overload_clauses] if papers else [])]
    if not bases:
        return {}
    return {
        party: tuple(dict.fromkeys(clause for base in bases for clause in base.get(party, ()))) for party in parties
    }


def _ground(state: State, said: _Said, response: Response, listed: ListStatus) -> str:
    if state == "exceeded":
        if said.road.outcome == "exceeded":
            return "over-limit"
        return "over-posted-limit" if said.posted.outcome == "exceeded" else TOO_MANY_CARS
    if state in ("over-rating", "undetermined-over-rating"):
        return "over-vehicle-rating"
    if state in ("undetermined", "presumed"):
        return f"{state}:{','.join(said.road.reasons)}"
    if response.release_grounds:  # kept back although its mass would not keep it
        return f"listed:{listed}"
    return "within" if state == "within" else "within-tolerance"
