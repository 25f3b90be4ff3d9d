"""What the law provides against the parties of one weighing: asked of gateway.law, proposed and never decided."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from functools import lru_cache
from typing import Literal, get_args

from central.acts.document import Document, content_of
from central.store.tables import EntryRow
from gateway.law.amounts import Excess
from gateway.law.linkage import ENFORCEMENT_MODES, EnforcementMode
from gateway.law.measures import Circumstances, Fact, Known, Proposal, Schedule
from gateway.law.penalties import measures_for, oversize

FACTS: tuple[Fact, ...] = get_args(Fact)


def mode_of(text: str | None) -> EnforcementMode | None:
    return next((one for one in ENFORCEMENT_MODES if one == text), None)


def proposals_for(
    weighing: EntryRow, known: Known, schedules: Iterable[Schedule], *, jurisdiction: str, day: date
) -> tuple[Proposal, ...]:
    """Every measure the law of that day and place provides for a weighing and what people found beside it."""
    content = content_of(weighing.body)
    mode = mode_of(content.sub("place").text("enforcement_mode"))
    if mode is None:
        return ()
    in_force = tuple(one for one in schedules if one.in_force(day))
    found = circumstances_of(content, known, overloaded=bool(weighing.over_papers_kg))
    return measures_for(found, in_force, mode, jurisdiction=jurisdiction)


def accumulated(known: Known, schedules: tuple[Schedule, ...], *, jurisdiction: str, day: date) -> tuple[Proposal, ...]:
    """What follows from counts alone, whoever enforced each time."""
    counts = known.counts.get("vehicle", 0), known.counts.get("driver", 0), known.violators, known.fleet
    return _accumulated(counts, known.sole_trader, known.facts, _in_force(schedules, day), jurisdiction)


@lru_cache(256)
def _in_force(schedules: tuple[Schedule, ...], day: date) -> tuple[Schedule, ...]:
    return tuple(one for one in schedules if one.in_force(day))


@lru_cache(8192)
def _accumulated(
    counts: tuple[int, int, int, int],
    sole_trader: bool,
    facts: frozenset[Fact],
    schedules: tuple[Schedule, ...],
    jurisdiction: str,
) -> tuple[Proposal, ...]:
    """Asked for every act of a large fleet, and most of the numbers come again."""
    vehicle, driver, violators, fleet = counts
    by_party: dict[Literal["vehicle", "driver"], int] = {"vehicle": vehicle, "driver": driver}
    known = Known(facts=facts, counts=by_party, violators=violators, fleet=fleet, sole_trader=sole_trader)
    return measures_for(Circumstances(known=known), schedules, "transport", jurisdiction=jurisdiction)


def circumstances_of(content: Document, known: Known, *, overloaded: bool) -> Circumstances:
    """What an entry says that measures are asked about; nothing of it where neither the road's limit nor the vehicle's
    own papers were exceeded in a way that law acts on.
    """
    judgement = content.sub("judgement")
    road = judgement.sub("road_limit")
    over_limit = road.text("outcome") == "exceeded" and judgement.flag("illegal_over_limit") is not False
    if not over_limit and not overloaded:
        return Circumstances(known=known)
    gross_kg = content.sub("measurement").number("gross_kg")
    vehicle = content.sub("identity", "vehicle")
    papers = Circumstances(
        rated_load=_rated_load(vehicle, gross_kg),
        permitted_gross=_over(gross_kg, vehicle.number("licence_gross_kg")),
        known=known,
    )
    if not over_limit:
        return papers
    return replace(
        papers,
        over_limit=True,
        mass=_mass(road),
        dimensions_mm=_dimensions(judgement),
        oversize=oversize((one.text("rule") or "", one.number("excess")) for one in judgement.tables("findings")),
    )


def _mass(road: Document) -> tuple[Excess, Excess] | None:
    """The least and the most it may be over, where candidates differ."""
    excess_kg = road.number("excess_kg")
    if not excess_kg:
        return None
    limits = [limit for one in road.tables("candidates") if (limit := one.number("limit_kg")) is not None]
    if not limits:
        one = Excess(excess_kg, road.number("limit_kg"))
        return one, one
    lowest, highest = min(limits), max(limits)
    return Excess(excess_kg, highest), Excess(excess_kg + highest - lowest, lowest)


def _dimensions(judgement: Document) -> dict[str, int]:
    found = [one for one in judgement.tables("findings") if one.text("unit") == "mm"]
    if not any((one.number("excess") or 0) > 0 for one in found):
        return {}
    measured = {one.text("rule"): one.number("measured") for one in found}
    return {name: value for name, value in measured.items() if name is not None and value is not None}


def _rated_load(vehicle: Document, gross_kg: int | None) -> Excess | None:
    kerb_kg, rated_kg = vehicle.number("kerb_kg"), vehicle.number("rated_load_kg")
    if gross_kg is None or kerb_kg is None or rated_kg is None:
        return None
    return Excess(gross_kg - kerb_kg - rated_kg, rated_kg)


def _over(gross_kg: int | None, limit_kg: int | None) -> Excess | None:
    return None if gross_kg is None or limit_kg is None else Excess(gross_kg - limit_kg, limit_kg)
