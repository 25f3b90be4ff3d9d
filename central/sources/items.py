"""One entry of the two lists of a source enterprise (两个清单), and how it is brought to its end.

    problems and hazards   open → notified → [listed] → handed-in → closed
    rules and measures     adopted → checked → …, or withdrawn

A notice is complete only with all five of 五到位: who is responsible, which measure, which money, by when, which plan.
A hazard that stands under listed supervision (挂牌督办) is struck off (销号) only by whom it was listed. Nothing is
closed without evidence. The table is the procedure; nothing else changes a state.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from central.course import Course, Step, unmet

ItemList = Literal["hazards", "measures"]
State = Literal["unknown", "open", "notified", "listed", "handed-in", "closed", "adopted", "checked", "withdrawn"]
ENDED: frozenset[State] = frozenset({"closed", "withdrawn"})
FIVE: tuple[str, ...] = ("responsible", "measure", "money_yuan", "deadline", "plan")
"""五到位: 责任、措施、资金、时限、预案."""


STEPS: Mapping[str, Step[State]] = {
    "hazard-found": Step(("unknown",), "open", ("source", "title", "level", "found_by")),
    "notice-issued": Step(("open", "notified"), "notified", FIVE),
    "supervision-listed": Step(("notified",), "listed", ("authority", "deadline")),
    "evidence-handed-in": Step(("notified", "listed"), "handed-in", ("evidence",)),
    "review-failed": Step(("handed-in",), "notified", ("finding",)),
    "review-passed": Step(("handed-in",), "closed", ("finding", "authority")),
    "reopened": Step(("closed",), "open", ("finding",)),
    "measure-adopted": Step(("unknown",), "adopted", ("source", "title")),
    "measure-checked": Step(("adopted", "checked"), "checked", ("finding",)),
    "measure-withdrawn": Step(("adopted", "checked"), "withdrawn", ("finding",)),
}


@dataclass(frozen=True, slots=True)
class Item:
    """As it stands. `hazard`: against which a measure was adopted, if any. `listed_by` is the authority that supervises
    it; `deadline` a day, YYYY-MM-DD.
    """

    state: State = "unknown"
    source: str | None = None
    list: ItemList = "hazards"
    title: str = ""
    level: str | None = None
    hazard: str | None = None
    notice: Mapping[str, Any] | None = None
    deadline: str | None = None
    listed_by: str | None = None
    evidence: tuple[str, ...] = ()
    opened_ms: int | None = None
    closed_ms: int | None = None
    unfit: tuple[str, ...] = field(default=())
    """Ids of acts that do not fit where their time puts them: kept, of no effect, for people to look at."""


@dataclass(frozen=True, slots=True)
class Done:
    """One act about this item."""

    id: str
    kind: str
    at_ms: int
    body: Mapping[str, Any]


def refusal(item: Item, act: Done) -> str | None:
    """Why this act cannot be taken now, with what is missing; None: it can."""
    if (why := unmet(STEPS, item.state, act, "an item")) is not None:
        return f"{why} (五到位)" if act.kind == "notice-issued" and "lacks" in why else why
    if act.kind == "review-passed" and item.listed_by not in (None, act.body["authority"]):
        return f"listed supervision is ended by whom it was listed, '{item.listed_by}'"
    return None


def taken(item: Item, act: Done) -> Item:
    """The item after an act; one that does not fit is only noted."""
    if refusal(item, act) is not None:
        return replace(item, unfit=(*item.unfit, act.id))
    return replace(item, **{"state": STEPS[act.kind].after, **_changes(item, act)})


def _changes(item: Item, act: Done) -> dict[str, Any]:
    """What an act changes beside the state."""
    body, changes = act.body, dict[str, Any]()
    match act.kind:
        case "hazard-found" | "measure-adopted":
            of = "hazards" if act.kind == "hazard-found" else "measures"
            begun = {"source": str(body["source"]), "title": str(body["title"]), "level": body.get("level")}
            changes = {"list": of, "opened_ms": act.at_ms, "hazard": body.get("hazard"), **begun}
        case "notice-issued":
            changes = {"notice": dict(body), "deadline": str(body["deadline"])}
        case "supervision-listed":
            changes = {"listed_by": str(body["authority"]), "deadline": str(body["deadline"])}
        case "evidence-handed-in":
            changes = {"evidence": tuple(map(str, body["evidence"]))}
        case "review-failed":
            changes = {"evidence": (), "state": "notified" if item.listed_by is None else "listed"}
        case "review-passed" | "measure-withdrawn":
            changes = {"closed_ms": act.at_ms}
        case "reopened":
            changes = {"closed_ms": None, "evidence": (), "listed_by": None}
    return changes


_COURSE = Course(Item, refusal, taken)
item_after, misfit = _COURSE.after, _COURSE.misfit
