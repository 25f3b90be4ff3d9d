"""What one site judges by: its rule set, the others beside it, and what follows from a verdict there."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from gateway.law.linkage import EnforcementMode, Linkage, SiteKind
from gateway.law.permits import PermitRules
from gateway.law.rules import RuleSet, versions_on
from gateway.law.treatment import Treatments

UNDER_DECLARED_PERCENT = 10
"""No law's number: how far scales, fuel and tools may take an empty truck from its papers before people should look."""


@dataclass(frozen=True, slots=True)
class Law:
    """What one site judges by. `others` are shown beside `rule_set` and decide nothing, save a tolerance's reference.

    undetermined: `hold`, or `presume` the highest candidate (the verdict stays undetermined).
    posted_limit_kg: the sign of the site's own road or bridge. interval_kg: the instrument's; None takes the linkage's.
    under_declared_percent: how far an empty weighing may be above the registered kerb mass before it is suspicious, and
    any weighing below it before it is none of this vehicle.
    permits: what a permit is held to; without it a shown one is for people to judge.
    treatments: vehicles and loads that are handled apart.
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
    under_declared_percent: int = UNDER_DECLARED_PERCENT
    sets: tuple[RuleSet, ...] = ()
    permits: PermitRules | None = None
    treatments: Treatments | None = None


def on_day(law: Law, day: date) -> Law:
    """The law as of one day: of each rule set the version in force. A site's own that is not is left as it is."""
    if not law.sets:
        return law
    own, others = versions_on(law.sets, law.rule_set, day)
    return replace(law, rule_set=own, others=others)


def set_named(law: Law, id_: str | None) -> RuleSet | None:
    """The set of that id, whether it governs here or stands beside the one that does."""
    if id_ is None:
        return None
    return next((one for one in (law.rule_set, *law.others) if one.id == id_), None)
