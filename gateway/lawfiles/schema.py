"""The shape of law files. Unknown keys are refused, and nothing legal has a default: absence must be meant."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from gateway.core.vehicle import AXLES_MAX, BODIES, FAMILIES, Body, Layout, parse_layout
from gateway.core.verdict import Outcome

Kg = Annotated[int, Field(gt=0, le=1_000_000, strict=True)]
Mm = Annotated[int, Field(gt=0, le=200_000, strict=True)]
Yuan = Annotated[int, Field(ge=0, le=10_000_000, strict=True)]
Axles = Annotated[int, Field(ge=1, le=AXLES_MAX, strict=True)]
Text = Annotated[str, Field(min_length=1, max_length=500)]
Verified = Annotated[bool, Field(strict=True)]
JURISDICTION = r"^CN(-[A-Z]{2})?$"
"""CN, or a province such as CN-HA: whoever names one, in a law file, a site's, central's or a command, names it so."""
Jurisdiction = Annotated[str, Field(pattern=JURISDICTION)]


def _layout(value: Any) -> Layout:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is not an axle layout such as 1+2+3")  # noqa: TRY004 - pydantic wants ValueError
    return parse_layout(value)


LayoutText = Annotated[tuple[int, ...], BeforeValidator(_layout)]


def _family(value: str) -> str:
    if value not in FAMILIES:
        raise ValueError(f"{value!r} is no family; known: {', '.join(FAMILIES)}")
    return value


Family = Annotated[str, AfterValidator(_family)]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ShapeFile(Strict):
    axles: tuple[Axles, Axles]
    groups: tuple[Axles, Axles]
    layouts: Literal["any"] | tuple[LayoutText, ...]


class RowFile(Strict):
    id: Text
    clause: Text
    bodies: tuple[Body, ...] = Field(min_length=1)
    layout: LayoutText | None = None
    axles: tuple[Axles, Axles] | None = None
    drive_axles: Literal["single", "several"] | None = None
    limit_kg: Kg
    verified: Verified
    note: str = ""


class SingleTyresFile(Strict):
    clause: Text
    deduct_kg: Kg
    verified: Verified


class AirCaseFile(Strict):
    clause: Text
    bodies: tuple[Body, ...] = Field(min_length=1)
    axles: tuple[Axles, ...] = Field(min_length=1)
    layout: LayoutText | None = None
    add_kg: Kg | None = None
    limit_kg: Kg | None = None
    trailer_spacing_min_mm: Mm | None = None
    verified: Verified


class LicenceFile(Strict):
    clause: Text
    axles: tuple[Axles, ...] = Field(min_length=1)
    verified: Verified


class StepFile(Strict):
    below_mm: Mm | None = None
    kg: Kg
    trailer_kg: Kg | None = None
    drive_air_kg: Kg | None = None


class SpacingFile(Strict):
    tandem: Mm
    tridem: Mm


class AxleLoadsFile(Strict):
    clause: Text
    verified: Verified
    single_tyres_kg: Kg
    wide_tyres_kg: Kg
    wide_tyres_drive_kg: Kg
    dual_tyres_kg: Kg
    dual_tyres_drive_kg: Kg
    tandem: tuple[StepFile, ...] = Field(min_length=1)
    tridem: tuple[StepFile, ...] = Field(min_length=1)
    presumed_spacing_mm: SpacingFile


class DimensionFile(Strict):
    field: Literal["length_mm", "width_mm", "height_mm"]
    clause: Text
    limit_mm: Mm
    verified: Verified
    bodies: tuple[Body, ...] = Field(default=BODIES, min_length=1)
    families: dict[Family, Mm] = Field(default_factory=dict)
    exempt: tuple[Family, ...] = ()


class FamilyGrossFile(Strict):
    families: tuple[Family, ...] = Field(min_length=1)
    clause: Text
    limit_kg: Kg | None = None
    verified: Verified


class DeferralFile(Strict):
    families: tuple[Family, ...] = Field(min_length=1)
    clause: Text
    to: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,64}$")]
    verified: Verified


class SpanRuleFile(Strict):
    clause: Text
    kg_per_m: Annotated[int, Field(ge=1, le=100_000, strict=True)]
    bodies: tuple[Body, ...] = Field(min_length=1)
    axles: tuple[Axles, ...] = Field(min_length=1)
    exempt: tuple[Family, ...] = ()
    verified: Verified


class ExampleVehicle(Strict):
    body: Body | None = None
    layout: LayoutText
    drive_axles: Axles | None = None
    tyres: tuple[Literal[2, 4], ...] | None = None
    wide_tyres: bool | None = None
    air_suspension: bool | None = None
    licence_gross_kg: Kg | None = None
    spacings_mm: tuple[Mm, ...] | None = None
    length_mm: Mm | None = None
    width_mm: Mm | None = None
    height_mm: Mm | None = None
    family: Family | None = None


class LimitExample(Strict):
    vehicle: ExampleVehicle
    axle_loads_kg: tuple[Kg, ...] | None = None
    gross_kg: Kg
    limit_kg: Kg | None = None
    outcome: Outcome


class LimitsFile(Strict):
    id: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,64}$")]
    title: Text
    jurisdiction: Jurisdiction
    source: Text
    valid_from: date
    valid_until: date | None = None
    version: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,32}$")] | None = None
    start_unconfirmed: Text | None = None
    judges_axle_loads: Verified = False
    verified: Verified
    otherwise: Text
    bodies: dict[Body, ShapeFile]
    single_tyres: SingleTyresFile | None = None
    air_suspension: tuple[AirCaseFile, ...] = ()
    licence: LicenceFile | None = None
    axle_loads: AxleLoadsFile | None = None
    dimensions: tuple[DimensionFile, ...] = ()
    family_gross: tuple[FamilyGrossFile, ...] = ()
    deferrals: tuple[DeferralFile, ...] = ()
    sizes_by: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,64}$")] | None = None
    undrawn_by: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,64}$")] | None = None
    span: SpanRuleFile | None = None
    limits: tuple[RowFile, ...] = Field(min_length=1)
    examples: tuple[LimitExample, ...] = Field(min_length=1)
