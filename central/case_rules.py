"""What a province or an authority decides about acts, leads, cases and counting; each with its default and why."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from gateway.lawfiles.schema import JURISDICTION

HOUR_MS = 3_600_000


class CaseRules(BaseModel):
    """The table [cases] of central's file. Absent, these defaults hold."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    authority: str = Field(default="", max_length=64)
    """The authority that works here, as its documents name it."""

    jurisdiction: str = Field(default="CN", pattern=JURISDICTION)
    """Whose penalty files apply, and who is an outsider: a province such as CN-HA."""

    trip_hours: Annotated[int, Field(ge=1, le=240)] = 24
    """Over-limit weighings of one vehicle further apart are never taken for one trip (practice, not law)."""

    new_loading_percent: Annotated[int, Field(ge=1, le=100)] = 10
    """So much heavier than before on one trip means that it was loaded again: a new act (practice, not law)."""

    refused_entries: Literal["ledger", "lead"] = "ledger"
    """What a refusal at a toll entrance is: no penalty by itself, a lead where the province admits confirmed data."""

    count_year: Literal["sliding", "anniversary"] = "sliding"
    """Order 62 art. 46 is said to count from a certificate's first issue; that paragraph was not seen."""

    count_day: Literal["decided", "happened"] = "decided"
    """By closing date, as one province's practice; or by the day of the act."""

    count_warnings: bool = False
    """Whether a decided warning counts toward article 66; not found in any text."""

    plate_confidence_percent_min: Annotated[int, Field(ge=0, le=100)] = 90
    """Below it a person must confirm the plate before it is evidence."""

    hearing_yuan_citizen: Annotated[int, Field(ge=0)] = 200
    hearing_yuan_organisation: Annotated[int, Field(ge=0)] = 3_000
    """Above these a fine is a larger one, for which a hearing is offered (art. 63). The amounts are provincial; the
    defaults are the bounds of the simple procedure, below which none is ever due.
    """

    @property
    def trip_ms(self) -> int:
        return self.trip_hours * HOUR_MS
