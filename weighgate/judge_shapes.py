"""The shapes of a line to `judge` and of its answer, from which `weighgate judge --schema` makes JSON Schemas.

A line of the right shape may still be refused for what no shape says: a time that is none, fields that contradict.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from gateway.core.vehicle import AXLES_MAX, FAMILIES, Body
from gateway.core.verdict import Action, Outcome
from gateway.law.linkage import Consequence, EnforcementMode, SiteKind
from gateway.law.measures import Fact, Kind, Liable
from gateway.law.permits import PermitClass, TrailerKind
from gateway.law.proof import ProofOutcome

MASS_KG_MAX = 1_000_000
SIZE_MM_MAX = 200_000
INTERVAL_KG_MAX = 200
"""The coarsest of any class (10, OIML R 134): axle loads may miss the gross by it, so more would let any sum pass."""
SPEED_KM_H_MAX = 120
PERCENT_MAX = 100
NAMES_MAX = 64

Kg = Annotated[int, Field(ge=1, le=MASS_KG_MAX)]
Count = Kg  # read by the same rule
Mm = Annotated[int, Field(ge=1, le=SIZE_MM_MAX)]
Name = Annotated[str, Field(min_length=1)]
Day = Annotated[str, Field(description="a day as 2027-12-31")]


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    @classmethod
    def names(cls) -> frozenset[str]:
        """The fields as they are written."""
        return frozenset(field.alias or name for name, field in cls.model_fields.items())


class InstrumentIn(Shape):
    kind: Literal["platform", "axle"] | None = None
    class_: str | int | float | None = Field(default=None, alias="class")
    interval_kg: Annotated[int, Field(ge=1, le=INTERVAL_KG_MAX)] | None = None
    weighings: Count | None = None
    uncertainty_kg: Kg | None = None
    valid_until: Day | None = Field(default=None, description="left out: presumed in force; null: no certificate")


class PermitIn(Shape):
    number: Name | None = None
    class_: PermitClass | None = Field(default=None, alias="class")
    valid_from: Day | None = None
    valid_until: Day | None = None
    tractor_plate: Name | None = None
    trailer_plates: Annotated[list[Name], Field(max_length=NAMES_MAX)] | None = None
    route: Annotated[list[Name], Field(max_length=NAMES_MAX)] | None = None
    trailer_kind: TrailerKind = "flat-bed"
    gross_kg: Kg | None = None
    length_mm: Mm | None = None
    width_mm: Mm | None = None
    height_mm: Mm | None = None
    axles: Annotated[int, Field(ge=1, le=AXLES_MAX)] | None = None
    axle_loads_kg: Annotated[list[Kg], Field(min_length=1, max_length=AXLES_MAX)] | None = None
    speed_km_h: Annotated[int, Field(ge=1, le=SPEED_KM_H_MAX)] | None = None
    escort: bool | None = None


class KnownIn(Shape):
    facts: Annotated[list[Fact], Field(max_length=NAMES_MAX)] | None = None
    vehicle_count: Count | None = None
    driver_count: Count | None = None
    violators: Count | None = None
    fleet: Count | None = None
    sole_trader: bool | None = None


class LineIn(Shape):
    """A field left out takes the law's own presumption where it has one; null is unknown."""

    id: Any = None
    at: str | None = Field(default=None, description="RFC 3339; without an offset UTC")
    axles: Annotated[str, Field(pattern=r"^[1-9](\+[1-9])*$")] | None = Field(
        default=None, description="axle counts of groups, tractor first; needed, or axle_loads_kg with spacings_mm"
    )
    body: Body | None = None
    drive_axles: Annotated[int, Field(ge=1, le=AXLES_MAX)] | None = None
    gross_kg: Kg
    axle_loads_kg: Annotated[list[Kg], Field(max_length=AXLES_MAX)] | None = None
    spacings_mm: Annotated[list[Mm], Field(max_length=AXLES_MAX - 1)] | None = None
    tyres: Annotated[list[Literal[2, 4]], Field(max_length=AXLES_MAX)] | None = None
    wide_tyres: bool | None = None
    air_suspension: bool | None = None
    length_mm: Mm | None = None
    width_mm: Mm | None = None
    height_mm: Mm | None = None
    licence_gross_kg: Kg | None = None
    rated_load_kg: Kg | None = None
    kerb_kg: Kg | None = None
    goods: str | None = None
    divisible: bool | None = None
    empty: bool | None = None
    cars: Count | None = None
    family: Annotated[str, Field(pattern=f"^({'|'.join(FAMILIES)})$")] | None = None
    permit: PermitIn | Literal[False] | None = None
    plate: Name | None = None
    trailer_plate: Name | None = None
    road: Name | None = None
    known: KnownIn | None = None
    site_kind: SiteKind = "checkpoint"
    enforcement_mode: EnforcementMode = "transport"
    instrument: InstrumentIn | None = None
    posted_limit_kg: Kg | None = None
    under_declared_percent: Annotated[int, Field(ge=1, le=PERCENT_MAX)] | None = None
    undetermined: Literal["hold", "presume"] = "hold"


class ProofBy(Shape):
    band_kg: int | None
    factor: str | None
    clause: str | None
    verified: bool
    reason: str | None


class CandidateOut(Shape):
    what: str
    limit_kg: int


class VerdictOut(Shape):
    outcome: Outcome
    proof: ProofOutcome
    proof_by: ProofBy | None
    limit_kg: int | None = Field(description="null where candidates differ")
    excess_kg: int = Field(ge=0, description="what is certain: 0 where nothing is known to be over")
    excess_ratio: str | None
    candidates: list[CandidateOut]
    reasons: list[str]


class Verdicts(Shape):
    road_limit: VerdictOut
    vehicle_rating: VerdictOut
    posted_limit: VerdictOut


class FindingOut(Shape):
    rule: str
    clause: str
    measured: int | None
    limit: int | None
    excess: int | None
    unit: Literal["kg", "mm", "cars", "km/h"]
    presumed: list[str]
    verified: bool


class AmountOut(Shape):
    min: int = Field(ge=0)
    max: int = Field(ge=0)


class PenaltyOut(Shape):
    party: Liable
    kind: Kind
    amount_yuan: AmountOut | None = Field(description="of fines only")
    points: int | None
    clause: str
    authority: str
    verified: bool


class Judged(Shape):
    id: Any
    rule_set: str
    rule_set_sha256: str
    verdicts: Verdicts
    hundred_tonne: bool
    illegal_over_limit: bool | None
    suspicions: list[str]
    findings: list[FindingOut]
    penalties: list[PenaltyOut]
    consequence: Consequence
    action: Action
    ground: str
    presumed: list[str]
    explanation: str | None = Field(default=None, description="only where a language was asked for")


class Fault(Shape):
    field: str
    value: Any
    reason: str


class Refused(Shape):
    """What a line gets in its place that cannot be judged."""

    id: Any
    error: Fault
    explanation: str | None = Field(default=None, description="only where a language was asked for")


ANSWER: TypeAdapter[Judged | Refused] = TypeAdapter(Judged | Refused)


def schemas() -> Mapping[str, Any]:
    """The two JSON Schemas: `in` of a line, `out` of its answer."""
    return {"in": LineIn.model_json_schema(), "out": ANSWER.json_schema()}
