"""One weighing as acts see it: who, where, when, how much over, and what law said follows from it."""

from dataclasses import dataclass
from typing import Literal

from central.acts.document import content_of
from central.case_rules import CaseRules
from central.store.tables import EntryRow
from gateway.law.linkage import Linkage

Consequence = Literal["ledger", "lead", "case"]
RANK: dict[str, int] = {"ledger": 0, "lead": 1, "case": 2}
_CONSEQUENCES: dict[str | None, Consequence] = {"ledger": "ledger", "lead": "lead", "case": "case"}


@dataclass(frozen=True, slots=True)
class Sighting:
    """`outcome` is the road limit's: within, exceeded or undetermined; `colour` is "unknown" where no camera and nobody
    said. `overloaded`: over the vehicle's own papers alone, and its entry says that something follows from it;
    `excess_kg` is then over the papers, else over the road's limit.
    """

    entry: str
    at_ms: int
    site: str
    site_kind: str
    mode: str
    region: str
    colour: str
    outcome: str
    gross_kg: int | None
    excess_kg: int
    parent: str | None
    consequence: Consequence
    overloaded: bool = False

    @property
    def over(self) -> bool:
        return self.outcome == "exceeded" or self.overloaded


def sighting_of(row: EntryRow, linkage: Linkage, rules: CaseRules) -> Sighting:
    content = content_of(row.body)
    place = content.sub("place")
    site_kind, mode = place.text("kind", 32) or "", place.text("enforcement_mode", 32) or ""
    outcome, said = row.outcome or "undetermined", content.sub("judgement").text("consequence")
    return Sighting(
        entry=f"{row.journal}/{row.seq}",
        at_ms=row.at_ms,
        site=row.site,
        site_kind=site_kind,
        mode=mode,
        region=place.text("region") or "",
        colour=row.colour or "unknown",
        outcome=outcome,
        gross_kg=row.gross_kg,
        excess_kg=max(0, row.over_papers_kg or row.excess_kg or 0),
        parent=row.parent,
        consequence=_CONSEQUENCES[said]
        if row.over_papers_kg
        else _consequence(said, site_kind, mode, outcome, row.action, linkage, rules),
        overloaded=bool(row.over_papers_kg),
    )


def _consequence(
    said: str | None, site_kind: str, mode: str, outcome: str, action: str | None, linkage: Linkage, rules: CaseRules
) -> Consequence:
    """What the entry says; where it is silent (older gateways) what the matrix says; refused entries by setting."""
    if outcome != "exceeded":
        return "ledger"
    if site_kind == "toll-entrance" and action == "refuse" and rules.refused_entries == "lead":
        return "lead"
    if said in _CONSEQUENCES:
        return _CONSEQUENCES[said]
    for (kind, who, state), response in linkage.table.items():
        if (kind, who, state) == (site_kind, mode, "exceeded"):
            return response.consequence
    return "ledger"
