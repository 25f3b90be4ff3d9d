"""The vehicle as law sees it, and what was measured of it. Every unknown is None; nothing is guessed here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Body = Literal["rigid", "articulated", "centre-axle-train", "drawbar-train"]
BODIES: tuple[Body, ...] = ("rigid", "articulated", "centre-axle-train", "drawbar-train")

FAMILIES = (
    "refrigerated",
    "special-work",
    "fire",
    "wrecker",
    "long-nose",
    "streamlined",
    "car-carrier",
    "container",
    "container-45ft",
    "low-bed",
    "dump",
    "concrete-mixer",
    "tractor",
    "low-speed",
)

AXLES_MAX = 32

Layout = tuple[int, ...]
"""Axle counts of groups front to rear, tractor first: 1+2+3 is (1, 2, 3)."""


def format_layout(layout: Layout) -> str:
    return "+".join(map(str, layout))


def parse_layout(text: str) -> Layout:
    """Read `1+2+3`.

    Raises:
        ValueError: not plus-separated axle counts of 1 to 9 each, at most AXLES_MAX together.
    """
    parts = text.split("+")
    if not all(part.isascii() and part.isdigit() and len(part) == 1 and part != "0" for part in parts):
        raise ValueError(f"{text!r} is not an axle layout such as 1+2+3")
    layout = tuple(map(int, parts))
    if sum(layout) > AXLES_MAX:
        raise ValueError(f"{text!r} has more than {AXLES_MAX} axles")
    return layout


@dataclass(frozen=True, slots=True)
class Vehicle:
    """Facts about one vehicle. `sources` says where each known field came from (register, camera, scale, presumed).

    family: one that the law treats apart, of FAMILIES; None: nobody says that it is one.
    """

    layout: Layout | None = None
    body: Body | None = None
    drive_axles: int | None = None
    tyres: tuple[int, ...] | None = None
    wide_tyres: bool | None = None
    air_suspension: bool | None = None
    length_mm: int | None = None
    width_mm: int | None = None
    height_mm: int | None = None
    licence_gross_kg: int | None = None
    rated_load_kg: int | None = None
    kerb_kg: int | None = None
    family: str | None = None
    sources: Mapping[str, str] = field(default_factory=dict)

    @property
    def axles(self) -> int | None:
        return None if self.layout is None else sum(self.layout)


@dataclass(frozen=True, slots=True)
class Load:
    """What is carried, as far as anybody said. `permit`: whether one was shown; `empty`: an empty weighing.

    cars: how many of them are on a car carrier.
    """

    goods: str | None = None
    divisible: bool | None = None
    permit: bool | None = None
    empty: bool | None = None
    cars: int | None = None


@dataclass(frozen=True, slots=True)
class Measurement:
    """What the scale found. `gross_kg` is None when no lawful weighing came about; `flags` says why or how.

    Flags: unsettled, incomplete, joined-midway, reversed, stopped, second-vehicle, scale-lost, overload-signal,
    unequal-axle-sum, rules-not-in-force, whole-vehicle-presumed, too-fast, axles-differ-from-register,
    zero-not-seen, plate-ambiguous; of a record that another system finished: finished-elsewhere, plate-not-told,
    plate-doubtful, gross-not-told, axles-not-told, time-not-told, time-not-believed, repeat-not-excluded.
    """

    gross_kg: int | None
    axle_loads_kg: tuple[int, ...] | None = None
    spacings_mm: tuple[int, ...] | None = None
    speed_mm_s: int | None = None
    settle_ms: int | None = None
    flags: tuple[str, ...] = ()

    @property
    def sound(self) -> bool:
        """Whether a verdict other than `undetermined` may stand on it."""
        return self.gross_kg is not None and not UNSOUND & set(self.flags)


UNSOUND = frozenset(
    {
        "unsettled",
        "incomplete",
        "joined-midway",
        "second-vehicle",
        "scale-lost",
        "overload-signal",
        "unequal-axle-sum",
        "rules-not-in-force",
        "zero-not-seen",
    }
)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who it is, as far as it is known. `vehicle` and `parties` carry the local register's facts."""

    plate: str | None = None
    colour: str = "unknown"
    rear_plate: str | None = None
    confidence_percent: int | None = None
    source: str = "none"
    picture_sha256: tuple[str, ...] = ()
    vehicle: Vehicle = field(default_factory=Vehicle)
    parties: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    in_register: bool = False
