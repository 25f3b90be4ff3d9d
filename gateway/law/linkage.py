"""What follows from a verdict: kind of site x who enforces there x outcome, looked up in a table and never computed.

State is the outcome as the lane sees it: `tolerated` is exceeded within a published tolerance of that kind of site;
`presumed` is undetermined where the site declared that it presumes the highest candidate.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from gateway.core.verdict import Action, Basis

SiteKind = Literal["source-exit", "checkpoint", "toll-entrance"]
SITE_KINDS: tuple[SiteKind, ...] = ("source-exit", "checkpoint", "toll-entrance")
EnforcementMode = Literal["transport", "police-at-joint-station", "operator", "unattended"]
ENFORCEMENT_MODES: tuple[EnforcementMode, ...] = ("transport", "police-at-joint-station", "operator", "unattended")
State = Literal["within", "tolerated", "exceeded", "undetermined", "presumed"]
STATES: tuple[State, ...] = ("within", "tolerated", "exceeded", "undetermined", "presumed")
Consequence = Literal["ledger", "lead", "case"]
Party = Literal["vehicle", "driver", "enterprise", "source"]
PARTIES: tuple[Party, ...] = ("vehicle", "driver", "enterprise", "source")

Key = tuple[SiteKind, EnforcementMode, State]


@dataclass(frozen=True, slots=True)
class Response:
    """One row of the matrix: what the lane does, what comes of it, and whom it may concern."""

    site_kind: SiteKind
    modes: tuple[EnforcementMode, ...]
    states: tuple[State, ...]
    action: Action
    consequence: Consequence
    parties: tuple[Party, ...]
    source: str
    verified: bool

    def keys(self) -> Iterable[Key]:
        return ((self.site_kind, mode, state) for mode in self.modes for state in self.states)


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
    """The whole file. `interval_kg` is what axle loads may differ from the gross per axle where no instrument says."""

    id: str
    sha256: str
    table: Mapping[Key, Response]
    tolerances: Mapping[SiteKind, Tolerance]
    bases: tuple[Basis, ...]
    hundred_tonne_kg: int
    interval_kg: int
    posted_limit_clause: str
    vehicle_rating_clause: str
    party_clauses: Mapping[Party, tuple[str, ...]]


def build_table(responses: Iterable[Response]) -> tuple[dict[Key, Response], list[str]]:
    """The lookup, and one line per combination that two rows answer or none does."""
    table: dict[Key, Response] = {}
    faults: list[str] = []
    for response in responses:
        for key in response.keys():  # noqa: SIM118 - a method of ours, not a mapping
            if key in table:
                faults.append(f"{' / '.join(key)} is answered twice")
            table[key] = response
    every = ((kind, mode, state) for kind in SITE_KINDS for mode in ENFORCEMENT_MODES for state in STATES)
    faults += [f"{' / '.join(key)} is not answered" for key in every if key not in table]
    return table, faults
