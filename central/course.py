"""The course of what is brought to its end act by act: where it stands, and whether one more act may be taken.

Acts arrive in any order and count in one, (at_ms, id): who copies the acts has the same standing.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar


class Act(Protocol):
    """What somebody did, and when."""

    @property
    def id(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def at_ms(self) -> int: ...
    @property
    def body(self) -> Mapping[str, Any]: ...


class Standing(Protocol):
    """`unfit`: ids of acts that could not be taken when they were done."""

    @property
    def unfit(self) -> tuple[str, ...]: ...


A = TypeVar("A", bound=Act)
S = TypeVar("S", bound=Standing)
State = TypeVar("State", bound=str)


@dataclass(frozen=True, slots=True)
class Step(Generic[State]):
    """From which states an act may come, where it leads, and what its body must say."""

    before: tuple[State, ...]
    after: State
    needs: tuple[str, ...] = ()


def unmet(steps: Mapping[str, Step[State]], state: State, act: Act, thing: str) -> str | None:
    """Why the table does not let this act come in this state; None: it does. `thing` is what the table is of."""
    step = steps.get(act.kind)
    if step is None:
        return f"'{act.kind}' is no act on {thing}; known: {', '.join(steps)}"
    if state not in step.before:
        return f"'{act.kind}' comes after {' or '.join(sorted(step.before))}; it is {state}"
    missing = [name for name in step.needs if act.body.get(name) in (None, "", [])]
    return f"'{act.kind}' lacks {', '.join(missing)}" if missing else None


@dataclass(frozen=True, slots=True)
class Course(Generic[A, S]):
    """`begin` gives the standing before any act, `refusal` why an act cannot come now, `taken` what comes of it."""

    begin: Callable[[], S]
    refusal: Callable[[S, A], str | None]
    taken: Callable[[S, A], S]

    def after(self, acts: Iterable[A]) -> S:
        standing = self.begin()
        for act in sorted(acts, key=_order):
            standing = self.taken(standing, act)
        return standing

    def misfit(self, acts: Iterable[A], act: A) -> str | None:
        """Why this act cannot be taken at its own time among the others; None: it can, and disturbs none of them."""
        others = list(acts)
        why = self.refusal(self.after(one for one in others if _order(one) < _order(act)), act)
        if why is None and len(self.after([*others, act]).unfit) > len(self.after(others).unfit):
            return f"'{act.kind}' at that time would leave later acts without what they stand on"
        return why


def _order(act: Act) -> tuple[int, str]:
    return act.at_ms, act.id
