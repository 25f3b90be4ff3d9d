"""The shape of linkage files: a whole matrix with its words, or an amendment that says some of it otherwise."""

from typing import Annotated

from pydantic import ConfigDict, Field

from gateway.core.verdict import Action, ListStatus
from gateway.law.linkage import (
    ENFORCEMENT_MODES,
    LIST_STATUSES,
    Consequence,
    EnforcementMode,
    Notice,
    Party,
    ReleaseGround,
    SiteKind,
    State,
)
from gateway.lawfiles.schema import Jurisdiction, Kg, Strict, Text, Verified
from gateway.lawfiles.words_schema import WordsFile

Id = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,64}$")]


class ToleranceFile(Strict):
    site_kind: SiteKind
    percent: Annotated[int, Field(ge=100, le=120, strict=True)]
    rule_set: Text
    clause: Text
    verified: Verified


class ResponseFile(Strict):
    site_kind: SiteKind
    modes: tuple[EnforcementMode, ...] = ENFORCEMENT_MODES
    states: tuple[State, ...] = Field(min_length=1)
    lists: tuple[ListStatus, ...] = Field(default=LIST_STATUSES, min_length=1)
    action: Action
    consequence: Consequence
    parties: tuple[Party, ...] = ()
    notices: tuple[Notice, ...] = ()
    release_grounds: tuple[ReleaseGround, ...] = ()
    source: Text
    verified: Verified


class ListNoticesFile(Strict):
    lists: tuple[ListStatus, ...] = Field(min_length=1)
    notices: tuple[Notice, ...] = Field(min_length=1)
    source: Text
    verified: Verified


class LinkageFile(Strict):
    id: Id
    hundred_tonne_kg: Kg
    interval_kg: Kg
    posted_limit_clause: Text
    vehicle_rating_clause: Text
    parties: dict[Party, tuple[Text, ...]]
    overload_parties: dict[Party, tuple[Text, ...]]
    tolerances: tuple[ToleranceFile, ...] = ()
    list_notices: tuple[ListNoticesFile, ...] = ()
    responses: tuple[ResponseFile, ...]
    words: WordsFile


class AmendmentFile(Strict):
    id: Id
    amends: Id
    jurisdiction: Jurisdiction
    responses: tuple[ResponseFile, ...] = ()
    words: WordsFile = WordsFile()


class WhichFile(Strict):
    """Only enough to tell the two apart; the rest is read by the one it is."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    amends: Id | None = None
    jurisdiction: str = "CN"
