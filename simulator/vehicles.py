"""Who drives: trucks of Chinese layouts, drawn from a seed, with plates of letters that no authority issues.

The limits stand here only to draw loads well away from them; what is lawful is for the gateway's law files to say.
Layouts, spacings and tares follow common Chinese types; limits follow the annex of notice 124 of 2016.
"""

import csv
import io
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from drivers.readings import PlateColour

Legality = Literal["legal", "over", "unknown-to-register"]
SiteKind = Literal["source-exit", "checkpoint", "toll-entrance"]

REGISTER_FIELDS = (
    *("plate", "colour", "body", "layout", "drive_axles", "tyres", "air_suspension", "licence_gross_kg"),
    *("rated_load_kg", "kerb_kg", "owner", "owner_id", "driver", "enterprise", "enterprise_id"),
)
PLATE_LETTERS: dict[str, str] = {"source-exit": "X", "checkpoint": "Y", "toll-entrance": "Z"}  # none of them issued
FRONT_OVERHANG_MM = 1400
REAR_OVERHANG_MM = 1200
STEP_KG = 20  # loads are drawn in whole intervals, so that an indicator does not flicker between two


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of truck. Tyres and shares stand per axle, front to rear; shares are parts of a hundred."""

    layout: tuple[int, ...]
    body: str
    drive_axles: int
    limit_kg: int
    tyres: tuple[int, ...]
    spacings_mm: tuple[int, ...]
    tare_kg: tuple[int, int]
    tare_shares: tuple[int, ...]
    load_shares: tuple[int, ...]


TWO = Kind((1, 1), "rigid", 1, 18_000, (2, 4), (4500,), (5_600, 7_000), (55, 45), (25, 75))
THREE = Kind(
    (1, 2), "rigid", 2, 25_000, (2, 4, 4), (3600, 1350), (10_000, 12_000), (45, 28, 27), (16, 42, 42)
)  # fmt: skip
TIPPER = Kind(
    (2, 2), "rigid", 2, 31_000, (2, 2, 4, 4), (1800, 3200, 1350), (13_000, 15_000), (29, 29, 21, 21), (15, 15, 35, 35)
)
FOUR_TRAIN = Kind(
    (1, 1, 2), "articulated", 1, 36_000, (2, 4, 4, 4), (3500, 6500, 1310), (12_000, 14_000),
    (39, 27, 17, 17), (5, 35, 30, 30),
)  # fmt: skip
FIVE_ONE_DRIVE = Kind(
    (1, 1, 3), "articulated", 1, 42_000, (2, 4, 4, 4, 4), (3500, 6500, 1310, 1310), (13_600, 15_000),
    (36, 25, 13, 13, 13), (4, 24, 24, 24, 24),
)  # fmt: skip
FIVE_TWO_DRIVES = Kind(
    (1, 2, 2), "articulated", 2, 43_000, (2, 4, 4, 4, 4), (3300, 1350, 6800, 1310), (14_000, 15_600),
    (34, 19, 19, 14, 14), (4, 24, 24, 24, 24),
)  # fmt: skip
SIX_TWO_DRIVES = Kind(
    (1, 2, 3), "articulated", 2, 49_000, (2, 4, 4, 4, 4, 4), (3300, 1350, 6800, 1310, 1310), (14_600, 17_000),
    (32, 18, 17, 11, 11, 11), (4, 20, 20, 19, 19, 18),
)  # fmt: skip
SIX_ONE_DRIVE = Kind(
    (1, 2, 3), "articulated", 1, 46_000, (2, 4, 4, 4, 4, 4), (3300, 1350, 6800, 1310, 1310), (14_600, 17_000),
    (32, 18, 17, 11, 11, 11), (4, 20, 20, 19, 19, 18),
)  # fmt: skip

MIXES: dict[str, tuple[tuple[Kind, int], ...]] = {
    "source-exit": ((TIPPER, 60), (SIX_TWO_DRIVES, 20), (THREE, 10), (FIVE_ONE_DRIVE, 10)),
    "checkpoint": ((TIPPER, 30), (SIX_TWO_DRIVES, 25), (SIX_ONE_DRIVE, 15), (FIVE_ONE_DRIVE, 10), (TWO, 20)),
    "toll-entrance": (
        *((TWO, 30), (THREE, 10), (TIPPER, 10), (FOUR_TRAIN, 5), (FIVE_TWO_DRIVES, 5)),
        *((FIVE_ONE_DRIVE, 5), (SIX_TWO_DRIVES, 35)),
    ),
}
AMBIGUOUS = (FIVE_ONE_DRIVE, FIVE_TWO_DRIVES, SIX_ONE_DRIVE, SIX_TWO_DRIVES)


@dataclass(frozen=True, slots=True)
class Truck:
    """One truck as it arrives. `legality` is the truth at arrival; axle offsets count from the front bumper."""

    id: str
    plate: str
    colour: PlateColour
    kind: Kind
    tare_kg: int
    gross_kg: int
    registered: bool
    legality: Legality
    plate_readable: bool = True
    within_tolerance: bool = False

    @property
    def limit_kg(self) -> int:
        return self.kind.limit_kg

    @property
    def layout(self) -> str:
        return "+".join(map(str, self.kind.layout))

    @property
    def axle_offsets_mm(self) -> tuple[int, ...]:
        spacings = self.kind.spacings_mm
        return tuple(FRONT_OVERHANG_MM + sum(spacings[:place]) for place in range(len(spacings) + 1))

    @property
    def length_mm(self) -> int:
        return self.axle_offsets_mm[-1] + REAR_OVERHANG_MM

    def axle_loads_kg(self, gross_kg: int) -> tuple[int, ...]:
        """How `gross_kg` stands on the axles, front to rear; they sum to it exactly."""
        load_kg = gross_kg - self.tare_kg
        shares = zip(self.kind.tare_shares, self.kind.load_shares, strict=True)
        axles = [(self.tare_kg * tare + load_kg * load) // 100 for tare, load in shares]
        return (*axles[:-1], gross_kg - sum(axles[:-1]))


def make_trucks(
    seed: int,
    n: int,
    site_kind: str,
    overload_share: float = 0.3,
    unregistered_share: float = 0.15,
    unreadable_share: float = 0.0,
) -> list[Truck]:
    """`n` trucks for one kind of site, the same for the same arguments.

    Registered legal trucks weigh 55 to 94 % of their limit, over-limit ones 108 to 160 %; at a toll entrance some
    weigh 102 to 104 % (`within_tolerance`). Those not in the register weigh 27 to 40 t on five or six axles, which
    a platform alone cannot judge. With three or more trucks each of the three legalities occurs.
    """
    rng = random.Random(f"{seed}/{site_kind}/trucks")
    numbers = rng.sample(range(100_000), n)
    trucks = []
    for place, legality in enumerate(_legalities(rng, n, overload_share, unregistered_share)):
        plate = f"豫{PLATE_LETTERS[site_kind]}{numbers[place]:05d}"
        tolerated = legality == "over" and site_kind == "toll-entrance" and rng.random() < 0.2
        kind = _kind(rng, site_kind, legality)
        tare_kg = _whole(rng.randint(*kind.tare_kg))
        gross_kg = _gross(rng, kind, legality, tolerated)
        trucks.append(
            Truck(
                id=f"{site_kind}-{place + 1}",
                plate=plate,
                colour="yellow",
                kind=kind,
                tare_kg=tare_kg,
                gross_kg=gross_kg,
                registered=legality != "unknown-to-register",
                legality=legality,
                plate_readable=rng.random() >= unreadable_share,
                within_tolerance=tolerated,
            )
        )
    return trucks


def _legalities(rng: random.Random, n: int, overload_share: float, unregistered_share: float) -> list[Legality]:
    least = 1 if n >= 3 else 0
    over = max(least if overload_share else 0, round(n * overload_share))
    unknown = max(least if unregistered_share else 0, round(n * unregistered_share))
    counts: tuple[tuple[Legality, int], ...] = (("over", over), ("unknown-to-register", unknown), ("legal", n))
    made = [legality for legality, count in counts for _ in range(count)][:n]
    rng.shuffle(made)
    return made


def _kind(rng: random.Random, site_kind: str, legality: Legality) -> Kind:
    if legality == "unknown-to-register":
        return rng.choice(AMBIGUOUS)
    kinds, weights = zip(*MIXES[site_kind], strict=True)
    picked: Kind = rng.choices(kinds, weights)[0]
    return picked


def _gross(rng: random.Random, kind: Kind, legality: Legality, tolerated: bool) -> int:
    if legality == "unknown-to-register":
        return _whole(rng.randint(27_000, 40_000))
    low, high = (1020, 1040) if tolerated else (1080, 1600) if legality == "over" else (550, 940)
    return _whole(kind.limit_kg * rng.randint(low, high) // 1000)


def _whole(mass_kg: int) -> int:
    return mass_kg // STEP_KG * STEP_KG


def registers_csv(trucks: Sequence[Truck]) -> str:
    """The local register, with the header of `config/sites/vehicles.csv`: only trucks that are registered."""
    out = io.StringIO()
    writer = csv.DictWriter(out, REGISTER_FIELDS, lineterminator="\n")
    writer.writeheader()
    for truck in (one for one in trucks if one.registered):
        kind = truck.kind
        writer.writerow(
            {
                "plate": truck.plate,
                "colour": truck.colour,
                "body": kind.body,
                "layout": truck.layout,
                "drive_axles": kind.drive_axles,
                "tyres": "/".join(map(str, kind.tyres)),
                "air_suspension": "false",
                "licence_gross_kg": kind.limit_kg,
                "rated_load_kg": kind.limit_kg - truck.tare_kg,
                "kerb_kg": truck.tare_kg,
                "owner": f"示例车主{truck.plate[2:]}",
                "owner_id": f"demo-owner-{truck.plate[2:]}",
                "driver": "",
                "enterprise": "示例运输公司",
                "enterprise_id": "demo-ent-1",
            }
        )
    return out.getvalue()
