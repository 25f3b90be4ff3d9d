"""The shape of a penalty file. Unknown keys are refused; what is unverified must say why, what is verified must not."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from gateway.law.amounts import Rounding
from gateway.law.linkage import EnforcementMode
from gateway.law.measures import Fact, Kind, Liable, Trigger
from gateway.lawfiles.schema import Jurisdiction, Kg, Mm, Strict, Text, Verified, Yuan

Count = Annotated[int, Field(ge=0, le=1_000_000, strict=True)]
Percent = Annotated[int, Field(ge=0, le=1000, strict=True)]


class StepFile(Strict):
    kg: Kg
    yuan: Yuan
    rounding: Rounding


class BandFile(Strict):
    through_percent: Percent | None = None
    yuan_per_1000_kg: Yuan


class TierFile(Strict):
    height_mm: Mm | None = None
    width_mm: Mm | None = None
    length_mm: Mm | None = None
    min_yuan: Yuan
    max_yuan: Yuan


class MeasureFile(Strict):
    act: Annotated[str, Field(pattern=r"^[a-z-]{1,40}(/[a-z-]{1,40})?$")]
    clause: Text
    party: Liable
    kind: Kind
    on: Trigger
    above_kg: Count | None = None
    through_kg: Count | None = None
    above_percent: Percent | None = None
    from_percent: Percent | None = None
    through_percent: Percent | None = None
    below_percent: Percent | None = None
    facts: tuple[Fact, ...] = ()
    needs_in: dict[EnforcementMode, tuple[Fact, ...]] = Field(default_factory=dict)
    counted: Literal["vehicle", "driver"] | None = None
    more_than: Count | None = None
    min_yuan: Yuan | None = None
    max_yuan: Yuan | None = None
    step: StepFile | None = None
    bands: tuple[BandFile, ...] = ()
    tiers: tuple[TierFile, ...] = ()
    points: Annotated[int, Field(ge=1, le=12, strict=True)] | None = None
    modes: tuple[EnforcementMode, ...] = ()
    authority: Text | None = None
    replaces: tuple[Text, ...] = ()
    verified: Verified
    doubt: str = ""

    @model_validator(mode="after")
    def hangs_together(self) -> Self:
        amounts = [self.max_yuan is not None, self.step is not None, bool(self.bands), bool(self.tiers)]
        if (self.kind == "fine") != (sum(amounts) == 1) or sum(amounts) > 1:
            raise ValueError("a fine has one of max_yuan (with min_yuan), step, bands and tiers; nothing else has any")
        if (self.min_yuan is None) != (self.max_yuan is None) or (self.min_yuan or 0) > (self.max_yuan or 0):
            raise ValueError("min_yuan and max_yuan come together, min_yuan not above max_yuan")
        if (self.kind == "points") != (self.points is not None):
            raise ValueError("kind points and the key points come together")
        if self.party == "vehicle" and self.kind != "revocation":
            raise ValueError("party vehicle: a vehicle only loses its certificate; money falls on carrier or owner")
        if self.verified == bool(self.doubt):
            raise ValueError("doubt: an unverified measure says why it is, a verified one has none")
        if (self.on in ("count", "share")) != (self.more_than is not None) or (self.on == "count") != bool(
            self.counted
        ):
            raise ValueError("on count needs counted and more_than, on share needs more_than; nothing else has them")
        if self.on == "fact" and not self.facts:
            raise ValueError("on fact needs facts")
        if self.bands and self.bands[-1].through_percent is not None:
            raise ValueError("bands: the last band must be open, or the largest excess matches none")
        if self.tiers and self.tiers[-1].model_fields_set & {"height_mm", "width_mm", "length_mm"}:
            raise ValueError("tiers: the last tier must be open, or the largest vehicles match none")
        return self


class Given(Strict):
    """What an example is asked with; `limit_kg` is the road limit that `excess_kg` is over.

    police_height_mm: what the police allow this vehicle beyond the road's limit.
    """

    mode: EnforcementMode | None = None
    excess_kg: Count = 0
    limit_kg: Kg | None = None
    axle_over: bool = False
    posted_excess_kg: Count = 0
    height_mm: Mm | None = None
    police_height_mm: Mm | None = None
    width_mm: Mm | None = None
    length_mm: Mm | None = None
    load_kg: Count | None = None
    rated_load_kg: Kg | None = None
    gross_kg: Kg | None = None
    permitted_gross_kg: Kg | None = None
    facts: tuple[Fact, ...] = ()
    vehicle_count: Count = 0
    driver_count: Count = 0
    violators: Count = 0
    fleet: Count = 0
    sole_trader: bool = False
    goods: str | None = None


class PenaltyExample(Strict):
    given: Given
    gives: tuple[Text, ...]


class PenaltiesFile(Strict):
    id: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,64}$")]
    title: Text
    jurisdiction: Jurisdiction
    source: Text
    valid_from: date
    valid_until: date | None = None
    modes: tuple[EnforcementMode, ...] = Field(min_length=1)
    authority: Text
    cap_yuan: Yuan | None = None
    measures: tuple[MeasureFile, ...] = Field(min_length=1)
    examples: tuple[PenaltyExample, ...] = Field(min_length=1)
