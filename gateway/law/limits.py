"""The limit engine: one vehicle, one measurement, one site's law; out comes everything law says of it.

    faults of the measurement ──▶ undetermined
    candidates of what is unknown ──▶ over under all: exceeded · under none: within · else undetermined
    outcome + tolerance + presumption ──▶ state ──▶ linkage table ──▶ the lane's action

Strictly greater is over; exactly at the limit is legal. Tolerance and presumption move the lane, never the verdict.
"""

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, NamedTuple

from gateway.core.vehicle import UNSOUND, Load, Measurement, Vehicle
from gateway.core.verdict import Finding, Judgement, Outcome, Verdict
from gateway.law.bases import NOT_POSTED, illegal_over_limit, rating, rating_findings, ratio, under_declared, verdict_of
from gateway.law.beside import Beside, beside_gross
from gateway.law.candidates import Resolution, facts_of, resolve
from gateway.law.linkage import EnforcementMode, Linkage, ListStatus, Response, SiteKind, State
from gateway.law.rules import RuleSet, versions_on

NOTHING_SAID = Load()


@dataclass(frozen=True, slots=True)
class Law:
    """What one site judges by. `others` are shown beside `rule_set` and decide nothing, save a tolerance's reference.

    undetermined: `hold`, or `presume` the highest candidate (the verdict stays undetermined).
    posted_limit_kg: the sign of the site's own road or bridge. interval_kg: the instrument's; None takes the linkage's.
    under_declared_percent: how far an empty weighing may be above the registered kerb mass before it is suspicious.
    sets: every version of every rule set that may come into force here; see `on_day`.
    """

    rule_set: RuleSet
    others: tuple[RuleSet, ...]
    linkage: Linkage
    site_kind: SiteKind
    enforcement_mode: EnforcementMode
    undetermined: Literal["hold", "presume"] = "hold"
    posted_limit_kg: int | None = None
    interval_kg: int | None = None
    under_declared_percent: int = 10
    sets: tuple[RuleSet, ...] = ()


class _Said(NamedTuple):
    road: Verdict
    rating: Verdict
    posted: Verdict


def on_day(law: Law, day: date) -> Law:
    """The law as of one day: of each rule set the version in force. A site's own that is not is left as it is."""
    if not law.sets:
        return law
    own, others = versions_on(law.sets, law.rule_set, day)
    return replace(law, rule_set=own, others=others)


def judge(
    vehicle: Vehicle,
    measurement: Measurement,
    law: Law,
    load: Load = NOTHING_SAID,
    listed: ListStatus = "unlisted",
) -> Judgement:
    """Judge one weighing. Never raises on what a scale or register may say: the impossible is undetermined.

    `listed`: the list that the vehicle is on; it moves the lane, never the verdict.
    """
    reasons = _faults(vehicle, measurement, law)
    gross_kg = measurement.gross_kg
    if reasons or gross_kg is None:
        unknown = Verdict("undetermined", reasons=reasons)
        posted = NOT_POSTED if law.posted_limit_kg is None else unknown
        return _conclude(law, _Said(unknown, unknown, posted), (), "undetermined", listed=listed)
    resolution = resolve(law.rule_set, facts_of(vehicle, measurement, law.rule_set))
    beside = beside_gross(vehicle, measurement, law.rule_set, resolution.groups_kg)
    said = _Said(
        road_verdict(gross_kg, resolution, beside),
        rating(vehicle, gross_kg),
        NOT_POSTED if law.posted_limit_kg is None else verdict_of(gross_kg, law.posted_limit_kg),
    )
    tolerated_kg = _tolerated_kg(vehicle, measurement, law)
    state = _state(gross_kg, law, said, resolution, tolerated_kg)
    findings = _findings(vehicle, measurement, law, resolution, beside, said)
    suspicious = under_declared(vehicle, load, gross_kg, law.under_declared_percent)
    findings += [] if suspicious is None else [suspicious]
    if state == "tolerated":
        rule = law.linkage.tolerances[law.site_kind]
        findings.append(Finding("tolerance", rule.clause, gross_kg, tolerated_kg, 0, verified=rule.verified))
    if state == "presumed":
        presumed = (f"highest-candidate:{resolution.high_kg}",)
        return _conclude(
            law, said, tuple(findings), state, presumed=presumed, gross_kg=gross_kg, load=load, listed=listed
        )
    return _conclude(law, said, tuple(findings), state, gross_kg=gross_kg, load=load, listed=listed)


def _faults(vehicle: Vehicle, measurement: Measurement, law: Law) -> tuple[str, ...]:
    """Why the measurement carries no verdict: its own flags, or numbers no vehicle can have."""
    gross_kg = measurement.gross_kg
    reasons = [flag for flag in measurement.flags if flag in UNSOUND]
    if gross_kg is None:
        return (*reasons, "no-gross") if not reasons else tuple(reasons)
    if gross_kg <= 0:
        reasons.append("impossible-gross")
    axles = vehicle.axles
    loads = measurement.axle_loads_kg
    if loads is not None:
        interval_kg = law.linkage.interval_kg if law.interval_kg is None else law.interval_kg
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


def road_verdict(gross_kg: int, resolution: Resolution, beside: Beside) -> Verdict:
    """The outcome on the road limit, with what the rule set judges beside the gross."""
    over = beside.over
    low, high = resolution.low_kg, resolution.high_kg
    decided = low == high and not resolution.blockers and not resolution.never_within
    limit_kg = low if decided else None
    if not resolution.blockers and high is not None and low is not None:
        # Where candidates differ, the excess stated is the least of them: what is certain.
        if gross_kg > high:
            excess_kg = gross_kg - high
            return Verdict("exceeded", limit_kg, excess_kg, ratio(excess_kg, high), resolution.candidates, over)
        if over:
            return Verdict("exceeded", limit_kg, 0, ratio(0, high), resolution.candidates, over)
        if gross_kg <= low and not resolution.never_within and not beside.undecided:
            return Verdict("within", limit_kg, 0, ratio(0, high), resolution.candidates)
    reasons = (*over, *resolution.blockers, *(f"unknown-{field}" for field in resolution.unknown))
    reasons = tuple(dict.fromkeys((*reasons, *beside.undecided)))
    outcome: Outcome = "exceeded" if over else "undetermined"
    return Verdict(outcome, limit_kg, None, None, resolution.candidates, reasons)


def _findings_elsewhere(vehicle: Vehicle, measurement: Measurement, gross_kg: int, other: RuleSet) -> list[Finding]:
    """What a rule set that does not govern here would say: the tables disagree, and both are shown."""
    resolution = resolve(other, facts_of(vehicle, measurement, other))
    open_start = _open_start(other)
    low = resolution.low_kg
    if low is None or resolution.blockers:
        found = Finding("gross-elsewhere", f"{other.id} {other.otherwise}", gross_kg, None, None, presumed=open_start)
    else:
        step = min(resolution.steps, key=lambda step: step.limit_kg)
        limit_kg = low if low == resolution.high_kg else None
        excess_kg = None if limit_kg is None else max(0, gross_kg - limit_kg)
        presumed = (*step.presumed, *open_start)
        found = Finding("gross-elsewhere", step.clause, gross_kg, limit_kg, excess_kg, "kg", presumed, step.verified)
    loads = measurement.axle_loads_kg if resolution.groups_kg else None
    if loads is None:
        return [found]
    groups = beside_gross(vehicle, measurement, other, resolution.groups_kg).findings
    return [found, *(one for one in groups if one.unit == "kg" and one.excess)]


def _open_start(rule_set: RuleSet) -> tuple[str, ...]:
    return () if rule_set.start_unconfirmed is None else (f"start-unconfirmed:{rule_set.name}",)


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
        found += _findings_elsewhere(vehicle, measurement, gross_kg, other)
    found += rating_findings(vehicle, gross_kg, law.linkage.vehicle_rating_clause)
    posted = said.posted
    if posted.limit_kg is not None:
        clause = law.linkage.posted_limit_clause
        found.append(Finding("posted-limit", clause, gross_kg, posted.limit_kg, posted.excess_kg))
    return found


def _state(gross_kg: int, law: Law, said: _Said, resolution: Resolution, tolerated_kg: int | None) -> State:
    """The outcome as the lane sees it, over the bases that the linkage lets act."""
    bases = law.linkage.bases
    if "posted_limit" in bases and said.posted.outcome == "exceeded":
        return "exceeded"
    if "vehicle_rating" in bases and said.rating.outcome == "exceeded":
        return "exceeded"
    road = said.road
    if road.outcome == "exceeded":
        # A reason beside the mass (a dimension) is not what the tolerance is for.
        by_mass_alone = not road.reasons
        return "tolerated" if by_mass_alone and tolerated_kg is not None and gross_kg <= tolerated_kg else "exceeded"
    if road.outcome == "undetermined" and law.undetermined == "presume":
        presumable = not resolution.blockers and resolution.unknown and "layout" not in resolution.unknown
        return "presumed" if presumable and resolution.candidates else "undetermined"
    return road.outcome


def _tolerated_kg(vehicle: Vehicle, measurement: Measurement, law: Law) -> int | None:
    """The heaviest mass this kind of site lets in, from the lowest candidate of the rule set its tolerance names."""
    tolerance = law.linkage.tolerances.get(law.site_kind)
    if tolerance is None or vehicle.layout is None:
        return None
    for rule_set in (law.rule_set, *law.others):
        if rule_set.id == tolerance.rule_set:
            reference = resolve(rule_set, facts_of(vehicle, measurement, rule_set))
            if reference.low_kg is None or reference.blockers or reference.never_within:
                return None
            return reference.low_kg * tolerance.percent // 100
    return None


def _conclude(
    law: Law,
    said: _Said,
    findings: tuple[Finding, ...],
    state: State,
    *,
    presumed: tuple[str, ...] = (),
    gross_kg: int = 0,
    load: Load = NOTHING_SAID,
    listed: ListStatus = "unlisted",
) -> Judgement:
    linkage = law.linkage
    response = linkage.response(law.site_kind, law.enforcement_mode, state, listed)
    names = dict.fromkeys(name for finding in findings for name in finding.presumed)
    over = said.road.outcome == "exceeded"
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
        illegal_over_limit=illegal_over_limit(said.road, load),
        suspicions=tuple(finding.rule for finding in findings if finding.rule == "under-declared"),
        presumed=tuple(dict.fromkeys((*names, *presumed, *_open_start(law.rule_set)))),
        consequence=response.consequence,
        parties=response.parties,
        party_clauses={party: linkage.party_clauses[party] for party in response.parties} if over else {},
        list_status=listed,
        notices=response.notices,
        release_grounds=response.release_grounds,
        linkage=linkage.id,
    )


def _ground(state: State, said: _Said, response: Response, listed: ListStatus) -> str:
    if state == "exceeded":
        if said.road.outcome == "exceeded":
            return "over-limit"
        return "over-posted-limit" if said.posted.outcome == "exceeded" else "over-vehicle-rating"
    if state in ("undetermined", "presumed"):
        return f"{state}:{','.join(said.road.reasons)}"
    if response.release_grounds:  # kept back although its mass would not keep it
        return f"listed:{listed}"
    return "within" if state == "within" else "within-tolerance"
