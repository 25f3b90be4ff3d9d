"""What central sends down, version 1: bulletins. Dated, numbered, signed, and the same over both doors.

    MQTT   <prefix>/<site>/down/<kind>                              retained: what is in force and what is to come
    HTTP   GET /api/v1/down/{site}?above=laws:<number>,lists:…      only those above these numbers

A bulletin is whole: from `effective_at` on it takes the place of every one of its kind with a lower number. So the way
back is a new number with the older content, and a replayed older number is nothing. Each is signed over the RFC 8785
form of the very object that is sent, without its `signature`: who verifies takes the object as received.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import from_json

from gateway.contract.entry import canonical
from gateway.core.verdict import ListStatus

Kind = Literal["laws", "vehicles", "permits", "lists"]
KINDS: tuple[Kind, ...] = get_args(Kind)
BULLETIN_BYTES_MAX = 2 * 1024 * 1024
DOWN_BYTES_MAX = 8 * 1024 * 1024
TOGETHER_MAX = 16
"""Bulletins in one message."""
NUMBER_MAX = 2**53 - 1

Text = Annotated[str, StringConstraints(max_length=200)]
Plate = Annotated[str, StringConstraints(min_length=2, max_length=16)]
Colour = Annotated[str, StringConstraints(pattern=r"^[a-z-]{1,20}$")]
Kg = Annotated[int, Field(ge=1, le=1_000_000)]
Mm = Annotated[int, Field(ge=1, le=200_000)]
LAW_PATH = (
    r"^((limits|linkage|penalties)/[a-z0-9-]{1,64}"
    r"|families/cn-default|permits/cn-order62-permits|instruments/cn-in-service)\.toml$"
)
LawPath = Annotated[str, StringConstraints(pattern=LAW_PATH)]
"""What a site reads: a file that nobody reads would be kept unproven and taken for law that holds."""


def _in_utc(time: datetime) -> datetime:
    """A time that a page and an entry can say. Raises ValueError at the calendar's two ends."""
    try:
        return time.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("is beyond the calendar in UTC") from error


Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)]


class _Content(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Laws(_Content):
    """Law files by their place under config/law: they stand before the shipped ones of the same name.

    No file at all is the law as shipped.
    """

    files: dict[LawPath, str] = Field(max_length=64)


class Vehicles(_Content):
    """A slice of the vehicle register, as the site's own register file is written. It stands before that file."""

    csv: str


class Permit(_Content):
    """A permit for an indivisible load (超限运输通行证), as far as the paper says. `route`: roads by their names."""

    number: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    class_: Literal["I", "II", "III"] | None = Field(default=None, alias="class")
    plate: Plate
    colour: Colour
    trailer_plates: tuple[Plate, ...] = Field(default=(), max_length=8)
    trailer_kind: Literal["flat-bed", "hydraulic"] = "flat-bed"
    valid_from: date
    valid_until: date
    route: tuple[Text, ...] = Field(default=(), max_length=64)
    gross_kg: Kg | None = None
    length_mm: Mm | None = None
    width_mm: Mm | None = None
    height_mm: Mm | None = None
    axles: Annotated[int, Field(ge=2, le=32)] | None = None
    axle_loads_kg: tuple[Kg, ...] | None = Field(default=None, max_length=32)
    speed_km_h: Annotated[int, Field(ge=1, le=120)] | None = None
    escort: bool | None = None
    issuer: Text = ""

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if self.valid_until < self.valid_from:
            raise ValueError(f"valid_until {self.valid_until} is before valid_from {self.valid_from}")
        if self.axles is not None and self.axle_loads_kg is not None and len(self.axle_loads_kg) != self.axles:
            raise ValueError(f"{self.axles} axles have {self.axles} axle_loads_kg, not {len(self.axle_loads_kg)}")
        return self


class Permits(_Content):
    permits: tuple[Permit, ...] = Field(max_length=10_000)


class Listed(_Content):
    """One vehicle on one list, from `since` to `until` (the day itself included; None: until it is taken off)."""

    plate: Plate
    colour: Colour
    status: Literal["watched", "discredited", "certificate-revoked"]
    since: date
    until: date | None = None
    source: Text

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if self.until is not None and self.until < self.since:
            raise ValueError(f"until {self.until} is before since {self.since}")
        return self


class Lists(_Content):
    listed: tuple[Listed, ...] = Field(max_length=20_000)


Content = Laws | Vehicles | Permits | Lists
CONTENTS: Mapping[Kind, type[Content]] = {"laws": Laws, "vehicles": Vehicles, "permits": Permits, "lists": Lists}
GRAVEST: tuple[ListStatus, ...] = ("certificate-revoked", "discredited", "watched")
"""Of a vehicle on several lists the first of these counts."""


class Bulletin(BaseModel):
    """The envelope; `content` is of the shape that CONTENTS has for `kind`."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    v: Literal[1] = 1
    site: str = Field(max_length=64)
    kind: Kind
    number: int = Field(ge=1, le=NUMBER_MAX, strict=True)
    issued_at: Moment
    effective_at: Moment
    content: dict[str, Any]
    alg: Literal["ed25519"] = "ed25519"
    signature: str = Field(default="", max_length=128)
    """Hex Ed25519 by central's key over the RFC 8785 form of this object without `signature`."""


@dataclass(frozen=True, slots=True)
class ReceivedBulletin:
    """A bulletin with the object as it was sent; nothing of it is believed before its signature has been proven."""

    bulletin: Bulletin
    sent: Mapping[str, Any]
    signed: bytes
    """What its signature must cover, unknown fields included."""

    @property
    def as_sent(self) -> bytes:
        """The whole object, in the form that its signature covers."""
        return canonical(self.sent)

    @property
    def sha256(self) -> str:
        """Of what is signed: the short name of this very bulletin."""
        return hashlib.sha256(self.signed).hexdigest()


def read_bulletins(payload: bytes) -> list[ReceivedBulletin]:
    """One bulletin or a list of them, as sent.

    Raises:
        ValueError: too long, too many, not JSON, no bulletin, or a number that RFC 8785 cannot hold.
    """
    if len(payload) > DOWN_BYTES_MAX:
        raise ValueError(f"the message is longer than {DOWN_BYTES_MAX} bytes")
    document = from_json(payload, allow_inf_nan=False)
    together = document if isinstance(document, list) else [document]
    if len(together) > TOGETHER_MAX:
        raise ValueError(f"{len(together)} bulletins at once; at most {TOGETHER_MAX}")
    found = [_received(one) for one in together]
    for one in found:
        if len(one.signed) > BULLETIN_BYTES_MAX:
            raise ValueError(f"{one.bulletin.kind} {one.bulletin.number} is longer than {BULLETIN_BYTES_MAX} bytes")
    return found


def _received(document: Any) -> ReceivedBulletin:
    bulletin = Bulletin.model_validate(document)
    return ReceivedBulletin(
        bulletin, document, canonical({name: value for name, value in document.items() if name != "signature"})
    )


def in_force(numbers: Sequence[tuple[int, datetime]], at: datetime) -> int | None:
    """Of (number, effective_at): the highest number whose time has come."""
    return max((number for number, since in numbers if since <= at), default=None)


def above_text(numbers: Mapping[Kind, int]) -> str:
    """`laws:12,lists:7`, as the query `above` of the HTTP door has it."""
    return ",".join(f"{kind}:{number}" for kind, number in sorted(numbers.items()))


def read_above(text: str) -> dict[Kind, int]:
    """The inverse of `above_text`. Raises ValueError where it is none."""
    found: dict[Kind, int] = {}
    for part in filter(None, text.split(",")):
        name, _, number = part.partition(":")
        kind = next((one for one in KINDS if one == name), None)
        if kind is None or not (number.isascii() and number.isdigit() and len(number) <= 16):
            raise ValueError(f"{part[:40]!r} is not KIND:NUMBER; kinds: {', '.join(KINDS)}")
        found[kind] = int(number)
    return found


def down_of(status: bytes) -> dict[Kind, int] | None:
    """What a site's status says it has seen of each kind; None where it says nothing about it (an older gateway)."""
    try:
        document = from_json(status)
    except ValueError:
        return None
    down = document.get("down") if isinstance(document, dict) else None
    if not isinstance(down, dict):
        return None
    return {kind: down[kind] for kind in KINDS if isinstance(down.get(kind), int)}
