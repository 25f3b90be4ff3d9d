"""What goes to one receiver about one suspicion, and what comes back. The table is the procedure. Pure.

    open → referred → answered
      ↑________|_________|      withdrawn

A suspicion may concern several: it is answered when each that it was passed on to has answered.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from central.course import Course, Step, unmet

State = Literal["open", "referred", "answered"]

STEPS: Mapping[str, Step[State]] = {
    "referred": Step(("open", "referred", "answered"), "referred"),
    "answered": Step(("referred",), "answered", ("finding",)),
    "withdrawn": Step(("referred", "answered"), "open"),
}


@dataclass(frozen=True, slots=True)
class Done:
    id: str
    kind: str
    at_ms: int
    body: Mapping[str, Any]

    @property
    def receiver(self) -> str:
        return str(self.body.get("receiver"))


@dataclass(frozen=True, slots=True)
class Referral:
    """To one receiver."""

    state: State = "open"
    unfit: tuple[str, ...] = field(default=())


def refusal(referral: Referral, act: Done) -> str | None:
    return unmet(STEPS, referral.state, act, "a referral")


def taken(referral: Referral, act: Done) -> Referral:
    if refusal(referral, act) is not None:
        return replace(referral, unfit=(*referral.unfit, act.id))
    return replace(referral, state=STEPS[act.kind].after)


_COURSE = Course(Referral, refusal, taken)
referral_after, misfit = _COURSE.after, _COURSE.misfit


def state_of(acts: Iterable[Done]) -> State:
    """Of the whole suspicion: referred while anybody owes an answer, then answered; open where it went to nobody."""
    to: dict[str, list[Done]] = {}
    for act in acts:
        to.setdefault(act.receiver, []).append(act)
    states = {referral_after(mine).state for mine in to.values()}
    return "referred" if "referred" in states else "answered" if "answered" in states else "open"
