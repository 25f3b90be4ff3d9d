"""From candidate to the list and off it again. The table is the procedure; nothing else changes a state.

    proposed → publicised ⇄ objected → dismissed
                   ↓
                listed ⇄ repair-applied → removed

A listing stands on a ground. When the ground falls (the decided case was annulled), the vehicle is off the gates' lists
at once, and what was published must be withdrawn, whatever state the listing is in.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Literal

from central.course import Course, Step, unmet

State = Literal["proposed", "publicised", "objected", "dismissed", "listed", "repair-applied", "removed"]
ON_THE_LIST: frozenset[State] = frozenset({"listed", "repair-applied"})
VALID_YEARS = 2
"""After publication, unless an act says otherwise (交办公路〔2017〕8号; not verified after 2021)."""


STEPS: Mapping[str, Step[State]] = {
    "candidate-entered": Step(("proposed", "dismissed", "removed"), "proposed", ("ground", "document")),
    "publicised": Step(("proposed",), "publicised", ("until", "medium")),
    "objection-raised": Step(("publicised",), "objected", ("text",)),
    "objection-rejected": Step(("objected",), "publicised", ("finding",)),
    "objection-upheld": Step(("objected",), "dismissed", ("finding",)),
    "dismissed": Step(("proposed", "publicised"), "dismissed", ("finding",)),
    "listed": Step(("publicised",), "listed", ("document",)),
    "repair-applied": Step(("listed",), "repair-applied", ("text",)),
    "repair-refused": Step(("repair-applied",), "listed", ("finding",)),
    "repair-granted": Step(("repair-applied",), "removed", ("finding",)),
    "removed": Step(("listed", "repair-applied"), "removed", ("finding",)),
}
PUBLISHING = frozenset(kind for kind, step in STEPS.items() if step.after in ("publicised", "listed"))
"""Steps that need a ground that stands: who it is about may object, and be taken off, when it has fallen."""
BESIDE: frozenset[str] = frozenset({"suspension-ordered"})
"""Facts that a criterion needs beside the count; they move nothing."""


@dataclass(frozen=True, slots=True)
class Done:
    """One act; `day` is China's day on which it was done."""

    id: str
    kind: str
    at_ms: int
    day: date
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Listing:
    """`since` and `until`: both days are on the list. `ended`: its last day there, or when it was dismissed. `entered`:
    somebody put down a document as the ground, and `stood_on` is what that stands on of central's own, if anything.
    """

    state: State = "proposed"
    publicised_until: str | None = None
    since: date | None = None
    until: date | None = None
    ended: date | None = None
    entered: bool = False
    stood_on: Mapping[str, Any] | None = None
    beside: frozenset[str] = frozenset()
    unfit: tuple[str, ...] = field(default=())


def refusal(listing: Listing, act: Done) -> str | None:
    """Why this act cannot be taken now; None: it can."""
    if act.kind in BESIDE:
        return None
    return unmet(STEPS, listing.state, act, "a listing") or _too_early_or_late(act, str(listing.publicised_until))


def _too_early_or_late(act: Done, publicised_until: str) -> str | None:
    if act.kind == "listed" and act.day.isoformat() <= publicised_until:
        return f"the publicity runs until {publicised_until}; objections may still come"
    if act.kind == "objection-raised" and act.day.isoformat() > publicised_until:
        return f"the publicity ended on {publicised_until}; apply for repair or review instead"
    return None


def taken(listing: Listing, act: Done) -> Listing:
    """The listing after an act; one that does not fit is only noted."""
    if refusal(listing, act) is not None:
        return replace(listing, unfit=(*listing.unfit, act.id))
    if act.kind in BESIDE:
        return replace(listing, beside=listing.beside | {act.kind})
    changes: dict[str, Any] = {"state": STEPS[act.kind].after}
    match act.kind:
        case "candidate-entered":
            changes |= {"entered": True, "stood_on": act.body.get("stood_on")}
            changes |= {"since": None, "until": None, "ended": None, "publicised_until": None}
        case "publicised":
            changes |= {"publicised_until": str(act.body["until"])}
        case "listed":
            changes |= {"since": act.day, "until": _until(act)}
        case "objection-upheld" | "dismissed":
            changes |= {"ended": act.day}
        case "repair-granted" | "removed":
            last = min(act.day, listing.until or act.day)
            changes |= {"until": last, "ended": last}
    return replace(listing, **changes)


def _until(act: Done) -> date:
    """The last day on the list: as the act says, else two years, the day before the anniversary."""
    said = act.body.get("until")
    if isinstance(said, str):
        return date.fromisoformat(said)
    try:
        anniversary = act.day.replace(year=act.day.year + VALID_YEARS)
    except ValueError:
        anniversary = date(act.day.year + VALID_YEARS, 3, 1)
    return date.fromordinal(anniversary.toordinal() - 1)


_COURSE = Course(Listing, refusal, taken)
listing_after, misfit = _COURSE.after, _COURSE.misfit
