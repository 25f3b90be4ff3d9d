"""How people's acts come in: each with an id of the sender's own, so that an act sent twice is done once."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from sqlmodel import Session

from central.access import Reader, Refusal
from central.asking import AHEAD_MS_MAX, SAYS_SOMETHING, Moment, day_of, reckoned
from central.errors import FactConflict
from central.store.database import epoch_ms
from central.store.due import Due
from central.store.facts import Fact, append_fact

Line = Annotated[str, Field(min_length=1, max_length=200, pattern=SAYS_SOMETHING)]
Words = Annotated[str, Field(min_length=1, max_length=2000, pattern=SAYS_SOMETHING)]
Key = Annotated[str, Field(pattern="^[a-z0-9-]{1,64}$")]


def _in_the_calendar(text: str) -> str:
    reckoned(date.fromisoformat(text))
    return text


Day = Annotated[
    str,
    Field(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}$", examples=["2026-06-30"]),
    AfterValidator(_in_the_calendar),
]
Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]

_ENVELOPE = {"id", "at", "why", "kind"}


class Act(BaseModel):
    """`id` is chosen by who sends it; `at` when it was done; `why` in the actor's own words."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, Field(pattern="^[a-z0-9-]{8,64}$")]
    at: Moment
    why: Words

    @model_validator(mode="after")
    def _ends_behind_its_beginning(self) -> Self:
        """A gate takes no list on which anything ends before it began, and nobody cures anything by a day gone by."""
        day = day_of(epoch_ms(self.at)).isoformat()
        for name in ("until", "deadline"):
            last = getattr(self, name, None)
            if isinstance(last, str) and last < day:
                raise ValueError(f"{name} {last} is before the day it was done, {day}")
        return self

    def body(self) -> dict[str, Any]:
        """What is particular to this kind of act."""
        return self.model_dump(mode="json", exclude=_ENVELOPE, exclude_none=True)


def fact_made(act: Act, kind: str, subject: str, reader: Reader, now_ms: int) -> Fact:
    """The act as a fact. Nobody puts down today what is to be done tomorrow.

    Raises:
        Refusal: 422, it lies in the future.
    """
    at_ms = epoch_ms(act.at)
    if at_ms > now_ms + AHEAD_MS_MAX:
        raise Refusal(422, "body.at lies in the future", "say when it was done")
    return Fact(act.id, kind, subject, at_ms, now_ms, reader.name, act.why, act.body())


def keep(session: Session, fact: Fact, touched: Iterable[Due], personal: Mapping[str, str] | None = None) -> str:
    """`stored`, or `repeated`.

    Raises:
        Refusal: 409, the id was used for something else.
    """
    try:
        return append_fact(session, fact, touched, personal)
    except FactConflict as error:
        raise Refusal(409, f"the id '{fact.id}' belongs to another act", "choose a new id for a new act") from error
