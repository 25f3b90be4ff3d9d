"""What law says of one weighing: findings, verdicts on separate bases, and what the lane does about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

Basis = Literal["road_limit", "vehicle_rating", "posted_limit"]
Outcome = Literal["within", "exceeded", "undetermined"]
Action = Literal["release", "hold", "admit", "admit-within-tolerance", "refuse"]
"""What the lane does. release/hold: exits and checkpoints; admit/refuse: toll entrances."""
ListStatus = Literal["unlisted", "watched", "discredited", "certificate-revoked"]
"""watched: on an authority's key-supervision list. discredited: on the published list. The last lost its 营运证."""


class Finding(NamedTuple):
    """One rule applied to one measurement. `presumed` names what was; `verified` is False where the source is not.

    A tuple, as a verdict is: a vehicle has half a dozen of them, and they are most of what judging costs.
    """

    rule: str
    clause: str
    measured: int | None
    limit: int | None
    excess: int | None
    unit: Literal["kg", "mm", "cars", "km/h"] = "kg"
    presumed: tuple[str, ...] = ()
    verified: bool = True


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way the unknown could be, and its limit."""

    what: str
    limit_kg: int


class Verdict(NamedTuple):
    """The outcome on one basis. `limit_kg` is None where candidates differ or nothing is known."""

    outcome: Outcome
    limit_kg: int | None = None
    excess_kg: int | None = None
    excess_ratio: str | None = None
    candidates: tuple[Candidate, ...] = ()
    reasons: tuple[str, ...] = ()


_NONE: Mapping[str, Any] = {}


class Judgement(NamedTuple):
    """Everything law said, under one rule set, and the lane's action with its ground.

    illegal_over_limit: whether being over is 违法超限 too; None where nobody can say. suspicions: for people.
    list_status, notices, release_grounds: from the linkage matrix `linkage`. bulletins: by kind, the number of what
    central sent down that this stands on. permit: the number of the permit it was judged beside.
    A tuple, as verdicts are: to fill a frozen dataclass of so many fields took a tenth of what judging takes.
    """

    rule_set: str
    rule_set_sha256: str
    road_limit: Verdict
    vehicle_rating: Verdict
    posted_limit: Verdict
    findings: tuple[Finding, ...]
    action: Action
    ground: str
    hundred_tonne: bool = False
    illegal_over_limit: bool | None = None
    suspicions: tuple[str, ...] = ()
    presumed: tuple[str, ...] = ()
    consequence: Literal["ledger", "lead", "case"] = "ledger"
    parties: tuple[str, ...] = ()
    party_clauses: Mapping[str, tuple[str, ...]] = _NONE
    list_status: ListStatus = "unlisted"
    notices: tuple[str, ...] = ()
    release_grounds: tuple[str, ...] = ()
    linkage: str = ""
    bulletins: Mapping[str, int] = _NONE
    permit: str | None = None

    @property
    def held(self) -> bool:
        return self.action in ("hold", "refuse")
