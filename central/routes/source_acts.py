"""The shapes of what authorities put down about source enterprises and about the items of their two lists."""

from typing import Annotated, Literal

from pydantic import Field

from central.routes.acting import Act, Day, Key, Line, Sha256, Words
from central.sources.kinds import SourceKind


class Registered(Act):
    """Into the register, or its newest particulars. `key_unit`: published by government as a key source unit."""

    kind: Literal["source-registered"]
    name: Line
    source_kind: SourceKind
    region: Annotated[str, Field(pattern="^[0-9]{6}$")]
    authority: Line
    key_unit: bool
    sites: list[Key] = Field(max_length=50)


class StruckOff(Act):
    kind: Literal["source-struck-off"]


class TalkHeld(Act):
    """约谈: with whom by office, what was said and undertaken."""

    kind: Literal["talk-held"]
    office: Line
    points: Words
    undertaken: Words
    until: Day | None = None


class Exposed(Act):
    """曝光: on which ground, where it was published, and the text."""

    kind: Literal["exposed"]
    ground: Line
    medium: Line
    text: Words


class ExposureWithdrawn(Act):
    kind: Literal["exposure-withdrawn"]
    exposure: Key


class TicketsCounted(Act):
    """How many weighing tickets the enterprise says it gave out at a site on a day."""

    kind: Literal["tickets-counted"]
    site: Key
    day: Day
    tickets: int = Field(ge=0, le=1_000_000)


SourceAct = Annotated[
    Registered | StruckOff | TalkHeld | Exposed | ExposureWithdrawn | TicketsCounted, Field(discriminator="kind")
]


class HazardFound(Act):
    kind: Literal["hazard-found"]
    source: Key
    title: Line
    level: Literal["ordinary", "major"]
    found_by: Line


class NoticeIssued(Act):
    """整改通知 with 五到位: all five, or it is no notice."""

    kind: Literal["notice-issued"]
    responsible: Line
    measure: Words
    money_yuan: int = Field(ge=0, le=10**12)
    deadline: Day
    plan: Words


class SupervisionListed(Act):
    """挂牌督办: which authority supervises it, until when."""

    kind: Literal["supervision-listed"]
    authority: Line
    deadline: Day


class EvidenceHandedIn(Act):
    kind: Literal["evidence-handed-in"]
    evidence: list[Sha256] = Field(min_length=1, max_length=50)


class ReviewPassed(Act):
    """销号: struck off the list. What is under listed supervision, only by the authority that listed it."""

    kind: Literal["review-passed"]
    finding: Words
    authority: Line


class Found(Act):
    kind: Literal["review-failed", "reopened", "measure-checked", "measure-withdrawn"]
    finding: Words


class MeasureAdopted(Act):
    kind: Literal["measure-adopted"]
    source: Key
    title: Line
    hazard: Key | None = None


ItemAct = Annotated[
    HazardFound | NoticeIssued | SupervisionListed | EvidenceHandedIn | ReviewPassed | Found | MeasureAdopted,
    Field(discriminator="kind"),
]
