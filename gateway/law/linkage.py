"""What follows from a verdict: kind of site x who enforces x outcome x list status, looked up and never computed.

State is the outcome as the lane sees it: `tolerated` is over, or perhaps over, and within the published tolerance of
that kind of site under every candidate; `presumed` is undetermined where the site says that it presumes the highest;
`over-rating` is over the vehicle's own papers alone (超载), `undetermined-over-rating` that with the road's limit open.
"""

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from gateway.core.verdict import Action, ListStatus
from gateway.law.words import Words

SiteKind = Literal["source-exit", "checkpoint", "toll-entrance"]
SITE_KINDS: tuple[SiteKind, ...] = ("source-exit", "checkpoint", "toll-entrance")
EnforcementMode = Literal["transport", "police-at-joint-station", "operator", "unattended"]
ENFORCEMENT_MODES: tuple[EnforcementMode, ...] = ("transport", "police-at-joint-station", "operator", "unattended")
State = Literal[
    "within", "tolerated", "exceeded", "undetermined", "presumed", "over-rating", "undetermined-over-rating"
]
STATES: tuple[State, ...] = (
    "within",
    "tolerated",
    "exceeded",
    "undetermined",
    "presumed",
    "over-rating",
    "undetermined-over-rating",
)
OVER_RATING: Mapping[State, State] = {
    "within": "over-rating",
    "presumed": "over-rating",
    "undetermined": "undetermined-over-rating",
}
"""What the road's state becomes where the papers are exceeded; what is over the road's limit stays what it is."""
Consequence = Literal["ledger", "lead", "case"]
Party = Literal["vehicle", "driver", "enterprise", "source"]
PARTIES: tuple[Party, ...] = ("vehicle", "driver", "enterprise", "source")

LIST_STATUSES: tuple[ListStatus, ...] = ("unlisted", "watched", "discredited", "certificate-revoked")
Notice = Literal[
    "weighing-form",  # the form of what was weighed, to the driver
    "unloading-form",  # what was unloaded, and the second weighing
    "police",
    "transport-authority",
    "home-authority",  # copied within 7 working days of closing (Order 62 art. 44)
    "source-authority",  # whoever watches the source unit
    "highway-authority",
    "owner-may-answer",  # told in time, able to query and answer (Administrative Penalty Law art. 41)
    "enterprise-within-15-days",
    "owner-within-15-days",
    "priority-check",
]
ReleaseGround = Literal[
    "recheck-within", "permit", "warning-only", "measuring-fault", "emergency-or-military", "handed-over"
]
RELEASE_GROUNDS: tuple[ReleaseGround, ...] = (
    "recheck-within",
    "permit",
    "warning-only",
    "measuring-fault",
    "emergency-or-military",
    "handed-over",
)

Key = tuple[SiteKind, EnforcementMode, State]
ListedKey = tuple[SiteKind, EnforcementMode, State, ListStatus]


@dataclass(frozen=True, slots=True)
class Response:
    """One row of the matrix: what the lane does, what comes of it, whom it concerns, who is told, what lets it go."""

    site_kind: SiteKind
    modes: tuple[EnforcementMode, ...]
    states: tuple[State, ...]
    action: Action
    consequence: Consequence
    parties: tuple[Party, ...]
    source: str
    verified: bool
    lists: tuple[ListStatus, ...] = LIST_STATUSES
    notices: tuple[Notice, ...] = ()
    release_grounds: tuple[ReleaseGround, ...] = ()

    def keys(self) -> Iterable[ListedKey]:
        return (
            (self.site_kind, mode, state, listed)
            for mode in self.modes
            for state in self.states
            for listed in self.lists
        )


@dataclass(frozen=True, slots=True)
class Tolerance:
    """A published allowance of one kind of site, on the limit of one rule set. It moves the lane, never the verdict."""

    site_kind: SiteKind
    percent: int
    rule_set: str
    clause: str
    verified: bool


@dataclass(frozen=True, slots=True, eq=False)
class Linkage:
    """The whole file. `interval_kg` is what axle loads may differ from the gross per axle where no instrument says.

    `table` answers for a vehicle on no list, `listed` for every list status. `party_clauses` can touch a party once the
    road's limit is exceeded, `overload_clauses` once the vehicle's own papers are.
    """

    id: str
    sha256: str
    table: Mapping[Key, Response]
    tolerances: Mapping[SiteKind, Tolerance]
    hundred_tonne_kg: int
    interval_kg: int
    posted_limit_clause: str
    vehicle_rating_clause: str
    party_clauses: Mapping[Party, tuple[str, ...]]
    overload_clauses: Mapping[Party, tuple[str, ...]]
    listed: Mapping[ListedKey, Response]
    words: Words

    def response(self, kind: SiteKind, mode: EnforcementMode, state: State, listed: ListStatus) -> Response:
        """The one row that answers."""
        return self.table[kind, mode, state] if listed == "unlisted" else self.listed[kind, mode, state, listed]


def build_table(responses: Iterable[Response]) -> tuple[dict[ListedKey, Response], list[str]]:
    """The lookup, and one line per combination that two rows answer."""
    table: dict[ListedKey, Response] = {}
    faults: list[str] = []
    for response in responses:
        for key in response.keys():  # noqa: SIM118 - a method of ours, not a mapping
            if key in table:
                faults.append(f"{' / '.join(key)} is answered twice")
            table[key] = response
    return table, faults


def unanswered(table: Mapping[ListedKey, Response]) -> list[str]:
    """One line per combination that no row answers."""
    every = itertools.product(SITE_KINDS, ENFORCEMENT_MODES, STATES, LIST_STATUSES)
    return [f"{' / '.join(key)} is not answered" for key in every if key not in table]
