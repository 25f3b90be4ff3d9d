"""What an authority may impose for an over-limit weighing, proposed and never decided here: people decide.

The vehicle is never fined, it can only lose its certificate; money falls on its carrier or owner. One act of one party
is fined once: where rules overlap the higher applies (Administrative Penalty Law art. 29), and a local file that stands
in for a national clause names it. Fines for one over-limit passage add up to at most the lowest cap among them.
"""

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from gateway.core.verdict import Finding, Judgement
from gateway.law.amounts import Excess, Yuan
from gateway.law.bases import RATED_LOAD, RATING
from gateway.law.beside import FIELDS
from gateway.law.linkage import EnforcementMode
from gateway.law.measures import (
    GOODS_NOT_UNLOADED,
    NOTHING_KNOWN,
    Circumstances,
    Fact,
    Known,
    Measure,
    Proposal,
    Schedule,
)
from gateway.law.treatment import POLICE_HEIGHT

__all__ = ["Circumstances", "Known", "Measure", "Proposal", "Schedule", "measures_for", "oversize", "propose"]

OVER_LIMIT = "over-limit/"
"""Acts under this head are one passage over its limits: their fines add up, and share a cap."""


def propose(
    judgement: Judgement,
    schedules: Iterable[Schedule],
    enforcement_mode: EnforcementMode,
    *,
    jurisdiction: str = "CN",
    known: Known = NOTHING_KNOWN,
) -> tuple[Proposal, ...]:
    """What the schedules provide for one judgement where this mode enforces.

    超限, 超载 and a posted limit stand apart: one alone is enough, and each brings its own measures. No weighing
    alone leads to one while it is over none of them or stays in the ledger: an overloaded truck held inside a source
    enterprise, or refused at a toll entrance, was not on the road. What `known` states stands alone.
    """
    over_limit = judgement.road_limit.outcome == "exceeded" and judgement.illegal_over_limit is not False
    overloaded = judgement.vehicle_rating.outcome == "exceeded"
    found = Circumstances(known=known)
    posted = judgement.posted_limit.outcome == "exceeded"
    if judgement.consequence != "ledger" and (over_limit or overloaded or posted):
        found = _circumstances(judgement, known, over_limit=over_limit)
    elif known is NOTHING_KNOWN:
        return ()
    return measures_for(found, schedules, enforcement_mode, jurisdiction=jurisdiction)


def measures_for(
    found: Circumstances,
    schedules: Iterable[Schedule],
    enforcement_mode: EnforcementMode,
    *,
    jurisdiction: str = "CN",
) -> tuple[Proposal, ...]:
    """Every measure that holds, each act of a party fined once, under the caps. Order is that of the schedules."""
    best: dict[tuple[str, str, str], tuple[Proposal, int | None]] = {}
    for one in _applicable(tuple(schedules), enforcement_mode, jurisdiction):
        proposal = _proposal(one, found) if one.needed <= found.known.facts else None
        if proposal is None:
            continue
        key = (proposal.party, proposal.act, "money" if proposal.kind in ("warning", "fine") else proposal.kind)
        if key not in best or _weight(proposal) > _weight(best[key][0]):
            best[key] = proposal, one.cap_yuan
    return tuple(_capped(best.values()))


class _Applicable(NamedTuple):
    """A measure that can hold in one mode at one place."""

    measure: Measure
    clause: str
    needed: frozenset[Fact]
    cap_yuan: int | None


@lru_cache(maxsize=1024)
def _applicable(schedules: tuple[Schedule, ...], mode: EnforcementMode, jurisdiction: str) -> tuple[_Applicable, ...]:
    """Found once and kept: it is asked for every vehicle, and schedules never change."""
    local = [(one, measure) for one in schedules if one.applies_in(jurisdiction) for measure in one.measures]
    here = [(one, measure) for one, measure in local if mode in measure.modes]
    replaced = {clause for _, measure in here for clause in measure.replaces}
    return tuple(
        _Applicable(
            measure,
            f"{one.id} {measure.clause}",
            frozenset((*measure.facts, *measure.needs_in.get(mode, ()))),
            one.cap_yuan,
        )
        for one, measure in here
        if f"{one.id} {measure.clause}" not in replaced
    )


def _proposal(one: _Applicable, found: Circumstances) -> Proposal | None:
    measure, cap_yuan = one.measure, one.cap_yuan
    if measure.kind == "unloading" and found.known.goods == GOODS_NOT_UNLOADED:
        return None  # held and handed over, never unloaded at the roadside
    excesses = _excesses(measure, found)
    if excesses is None or not measure.span.holds(excesses[1]):
        return None
    least: int | None = None
    most: int | None = None
    if measure.amount is not None:
        yuan = [_yuan(measure, excess, found) for excess in excesses]
        if yuan[1][1] == 0:
            return None
        least, most = min(yuan[0][0], yuan[1][0]), yuan[1][1]
        if cap_yuan is not None and measure.act.startswith(OVER_LIMIT):
            least, most = min(least, cap_yuan), min(most, cap_yuan)
    return Proposal(
        measure.party,
        measure.kind,
        least,
        most,
        measure.points,
        one.clause,
        measure.authority,
        measure.verified,
        measure.act,
        measure.doubt,
    )


def _yuan(measure: Measure, excess: Excess, found: Circumstances) -> Yuan:
    if measure.amount is None or not measure.span.holds(excess):
        return 0, 0
    return measure.amount.of(excess, found.dimensions_mm) or (0, 0)


YES = (Excess(1), Excess(1))
"""For triggers that have no size: they hold or do not."""


def _excesses(measure: Measure, found: Circumstances) -> tuple[Excess, Excess] | None:
    """How far the trigger is exceeded, least and most; None where it is not."""
    known = found.known
    match measure.on:
        case "mass":
            return found.mass
        case "rated-load" | "permitted-gross" | "posted-limit" as basis:
            bases = {
                "rated-load": found.rated_load,
                "permitted-gross": found.permitted_gross,
                "posted-limit": found.posted,
            }
            one = bases[basis]
            return None if one is None else (one, one)
        case "dimensions":
            holds = bool(found.dimensions_mm)
        case "oversize":
            holds = found.oversize
        case "over-limit":
            holds = found.over_limit
        case "over-limit-otherwise":
            holds = found.over_limit and found.mass is None and not found.dimensions_mm
        case "count":
            holds = measure.counted is not None and known.counts.get(measure.counted, 0) > measure.more_than
        case "share":
            holds = not known.sole_trader and known.violators * 100 > measure.more_than * known.fleet > 0
        case "fact":
            holds = bool(measure.facts)
    return YES if holds else None


def _weight(proposal: Proposal) -> tuple[int, int, int]:
    return proposal.amount_max_yuan or 0, proposal.amount_min_yuan or 0, proposal.points or 0


def _capped(chosen: Iterable[tuple[Proposal, int | None]]) -> Iterable[Proposal]:
    """The fines of one party for one over-limit passage share the lowest cap among them, first come first."""
    pairs = list(chosen)
    left: dict[str, int] = {}
    for proposal, cap_yuan in pairs:
        if _shares_cap(proposal) and cap_yuan is not None:
            left[proposal.party] = min(cap_yuan, left.get(proposal.party, cap_yuan))
    for proposal, _ in pairs:
        least, most = proposal.amount_min_yuan, proposal.amount_max_yuan
        if least is None or most is None or not _shares_cap(proposal) or proposal.party not in left:
            yield proposal
            continue
        least, most = min(least, left[proposal.party]), min(most, left[proposal.party])
        left[proposal.party] -= most
        if most:
            yield replace(proposal, amount_min_yuan=least, amount_max_yuan=most)


def _shares_cap(proposal: Proposal) -> bool:
    return proposal.kind == "fine" and proposal.act.startswith(OVER_LIMIT)


def _circumstances(judgement: Judgement, known: Known, *, over_limit: bool) -> Circumstances:
    papers = {one.rule: one for one in judgement.findings if one.rule in (RATING, RATED_LOAD)}
    sign = judgement.posted_limit
    one_act = bool(judgement.road_limit.excess_kg)  # what is over the road's own limit is not fined by the sign again
    found = Circumstances(
        posted=Excess(sign.excess_kg, sign.limit_kg) if sign.excess_kg and not one_act else None,
        rated_load=_excess(papers.get(RATED_LOAD)),
        permitted_gross=_excess(papers.get(RATING)),
        known=known,
    )
    if not over_limit:
        return found
    sizes = [one for one in judgement.findings if one.rule in FIELDS and one.measured is not None]
    over = any((one.excess or 0) > 0 for one in sizes)
    measured = {one.rule: one.measured or 0 for one in sizes}
    return replace(
        found,
        over_limit=True,
        mass=_mass(judgement),
        dimensions_mm=measured if over else {},
        oversize=over and oversize((one.rule, one.excess) for one in judgement.findings),
    )


def oversize(excesses: Iterable[tuple[str, int | None]]) -> bool:
    """Whether findings, each a rule with its excess, are of a size that the police do not allow either."""
    found = dict(excesses)
    over = {field for field in FIELDS if found.get(field)}
    return bool(over - {"height_mm"} if found.get(POLICE_HEIGHT) == 0 else over)


def _excess(found: Finding | None) -> Excess | None:
    return None if found is None or found.excess is None else Excess(found.excess, found.limit)


def _mass(judgement: Judgement) -> tuple[Excess, Excess] | None:
    verdict = judgement.road_limit
    if not verdict.excess_kg:
        return None
    if not verdict.candidates:
        one = Excess(verdict.excess_kg, verdict.limit_kg)
        return one, one
    limits = [candidate.limit_kg for candidate in verdict.candidates]
    lowest, highest = min(limits), max(limits)
    return Excess(verdict.excess_kg, highest), Excess(verdict.excess_kg + highest - lowest, lowest)
