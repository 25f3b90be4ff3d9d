"""What a person states when a case moves: the shapes of the facts, and which of them each move must carry."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from central.asking import SAYS_SOMETHING, WITHOUT_NUL, Moment

OFFICERS_MAX = 10
FactId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{7,63}$")]
EntryId = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,64}/[1-9][0-9]{0,15}$")]
Certificate = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64, pattern=WITHOUT_NUL)]
Name = Annotated[str, Field(min_length=1, max_length=128, pattern=SAYS_SOMETHING)]
Words = Annotated[str, Field(min_length=1, max_length=4_000, pattern=SAYS_SOMETHING)]
Why = Annotated[str, Field(min_length=1, max_length=2_000, pattern=SAYS_SOMETHING)]
Yuan = Annotated[int, Field(ge=0, le=10_000_000)]
Party = Literal["vehicle", "driver", "enterprise", "source", "carrier", "manager", "operator"]
Confirmed = Literal["plate", "illegal", "measurement", "clock"]


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class MeasureShape(_Shape):
    """One measure against one party. `payer` says whose bounds of the simple procedure apply."""

    party: Party
    kind: Literal["warning", "fine", "points", "suspension", "revocation", "detention", "unloading"]
    act: Annotated[str, Field(min_length=1, max_length=64, pattern=WITHOUT_NUL)]
    clause: Name
    amount_yuan: Yuan | None = None
    points: Annotated[int, Field(ge=0, le=12)] | None = None
    payer: Literal["citizen", "organisation"] = "organisation"
    mitigated: Words | None = None
    """Why it is less than the least the law names (Administrative Penalty Law art. 32)."""


class MoveShape(_Shape):
    """A move of a case. `id` makes a repetition harmless; `at` is when it was done, `why` in the person's words."""

    id: FactId
    at: Moment
    why: Why
    officers: Annotated[tuple[Certificate, ...], Field(max_length=OFFICERS_MAX)] = ()
    """Numbers of their enforcement certificates."""

    certificates_shown: bool = False
    approved_by: Certificate | None = None
    """The head who approved: certificate number."""

    facts: Words | None = None
    reasons: Words | None = None
    basis: Words | None = None
    rights: tuple[Literal["statement", "defence", "hearing"], ...] = ()
    measures: Annotated[tuple[MeasureShape, ...], Field(max_length=20)] = ()
    complex: bool = False
    expressly: bool = False
    statement: Words | None = None
    host: Certificate | None = None
    reviewer: Certificate | None = None
    reviewer_qualified: bool = False
    passed: bool = False
    form_number: Name | None = None
    ground: Literal["slight-corrected-no-harm", "first-slight-corrected", "no-fault", "not-proved"] | None = None
    annulled_by: Literal["own-authority", "superior", "reconsideration", "court"] | None = None
    amount_yuan: Yuan | None = None
    through: Literal["bank", "electronic", "officer"] | None = None
    until: date | None = None
    """The last day to which the case (art. 60) or its payment (art. 66) was put off."""

    how: Literal["handed-over", "post", "electronic", "left", "announced"] | None = None
    consented: bool = False
    party: Party | None = None
    to: Name | None = None
    copy_of: FactId | None = None
    outcome: Words | None = None


class FilingShape(MoveShape):
    """The first move of a case: `file` or `decide-on-spot`. `entry`: the weighing, release or evasion it stands on."""

    entry: EntryId
    authority: Name | None = None
    """The one that works here where it is not named (the setting cases.authority)."""


REQUIRED: dict[str, tuple[str, ...]] = {
    "extend": ("until",),
    "tell": ("measures",),
    "hear-statement": ("statement",),
    "decide": ("measures",),
    "decide-on-spot": ("measures",),
    "decide-no-penalty": (),
    "hold-hearing": ("host",),
    "review-legally": ("reviewer",),
    "serve": ("how",),
    "allow-instalments": ("until",),
    "pay": ("amount_yuan", "through"),
    "pay-part": ("amount_yuan", "through"),
    "transfer": ("to",),
    "copy": ("to", "party"),
    "copy-answered": ("copy_of", "outcome"),
}
"""What a move cannot be put down without. What the law asks beside it is the procedure's business."""


def lacking(move: str, said: MoveShape) -> list[str]:
    return [name for name in REQUIRED.get(move, ()) if getattr(said, name) in (None, ())]
