"""What a penalty file says, as the resolver reads it, and what it is asked about."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from gateway.law.amounts import Amount, Excess, Span
from gateway.law.linkage import EnforcementMode

Kind = Literal["warning", "fine", "points", "suspension", "revocation", "detention", "unloading", "listing"]
KINDS: tuple[Kind, ...] = (
    "warning",
    "fine",
    "points",
    "suspension",
    "revocation",
    "detention",
    "unloading",
    "listing",
)
Liable = Literal["vehicle", "carrier", "driver", "enterprise", "manager", "source", "operator"]
Trigger = Literal[
    "mass",  # gross above the road limit
    "dimensions",
    "oversize",  # a dimension over what the police allow
    "over-limit",  # either, or an axle load
    "over-limit-otherwise",  # neither mass nor dimensions
    "posted-limit",  # gross above the sign of a road or bridge, and not above the road's own limit
    "rated-load",  # the load above the licence's rated load
    "permitted-gross",  # the gross above the licence's permitted gross
    "count",  # decided acts of one party in a year
    "share",  # an enterprise's vehicles with violations among all its goods vehicles in a year
    "fact",  # something a person found
]
Fact = Literal[
    "driver-proved",
    "instructed-or-forced",
    "source-instructed-or-forced",
    "blocked-or-forced-through",
    "evaded",
    "outside-permit",
    "permit-not-carried",
    "permit-lent",
    "permit-forged",
    "load-dragged-or-spilled",
    "station-released",
    "source-released",
    "source-duty-breached",
    "operator-released",
    "enterprise-did-not-correct",
    "serious",
    "structure-modified",
    "source-breach-serious",
    "ordered-to-suspend",
    "share-serious",
    "instructed-gravely-or-thrice",
    "punished-by-police",
]
GOODS_NOT_UNLOADED = "hazardous"


@dataclass(frozen=True, slots=True)
class Proposal:
    """One measure against one party. Amounts are whole yuan, for fines only; a range is discretion.

    `act` is what it is for: no party has two fines for one act. `doubt` says why `verified` is False.
    """

    party: str
    kind: Kind
    amount_min_yuan: int | None
    amount_max_yuan: int | None
    points: int | None
    clause: str
    authority: str
    verified: bool
    act: str = ""
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class Measure:
    """One line of a schedule: for which act, from where to where, against whom, how much, imposed in which modes.

    `facts` must all have been found, in the modes of `needs_in` those too; `replaces` are clauses of other
    schedules that this one stands in for.
    """

    act: str
    clause: str
    party: Liable
    kind: Kind
    on: Trigger
    span: Span
    modes: tuple[EnforcementMode, ...]
    authority: str
    verified: bool
    doubt: str
    amount: Amount | None = None
    points: int | None = None
    facts: tuple[Fact, ...] = ()
    needs_in: Mapping[EnforcementMode, tuple[Fact, ...]] = field(default_factory=dict)
    counted: Literal["vehicle", "driver"] | None = None
    more_than: int = 0
    replaces: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Schedule:
    """One file of measures, of one jurisdiction, for some time. `cap_yuan` bounds its over-limit fines."""

    id: str
    title: str
    jurisdiction: str
    valid_from: date
    valid_until: date | None
    sha256: str
    cap_yuan: int | None
    measures: tuple[Measure, ...]

    def in_force(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_until is None or day <= self.valid_until)

    def applies_in(self, jurisdiction: str) -> bool:
        """A law of CN applies in CN-ZJ, one of CN-ZJ not in CN."""
        return f"{jurisdiction}-".startswith(f"{self.jurisdiction}-")


@dataclass(frozen=True, slots=True)
class Known:
    """What people and registers know beside the weighing. Counts are of decided acts, this one included.

    `violators` and `fleet` are distinct goods vehicles of one enterprise; a sole trader is none and has no share.
    """

    facts: frozenset[Fact] = frozenset()
    counts: Mapping[Literal["vehicle", "driver"], int] = field(default_factory=dict)
    violators: int = 0
    fleet: int = 0
    sole_trader: bool = False
    goods: str | None = None


NOTHING_KNOWN = Known()


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What measures are asked about. `mass` holds the least and the most the vehicle may be over, equal where known.

    dimensions_mm: as measured, where any is over the road's limit. oversize: whether any is over for the police too.
    """

    over_limit: bool = False
    mass: tuple[Excess, Excess] | None = None
    posted: Excess | None = None
    dimensions_mm: Mapping[str, int] = field(default_factory=dict)
    oversize: bool = False
    rated_load: Excess | None = None
    permitted_gross: Excess | None = None
    known: Known = NOTHING_KNOWN
