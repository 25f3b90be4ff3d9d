"""Which faults a seed draws, and when. A swarm: each world has only some kinds, so that each is met undisturbed too.

Source of the idea: Groce and others, "Swarm Testing", ISSTA 2012.
"""

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace

from simulator.faults import FaultPlan

KINDS = ("source-exit", "checkpoint", "toll-entrance")
WIRE_FAULTS = ("split", "flip", "drop", "mute", "disconnect", "delay")
BEGIN_S, SPAN_S = 4.0, 70.0
FAULTS_AN_HOUR = 4  # of a world that is to last hours
FIRST_HOUR = 8  # local time when the world begins
TRUCKS_OF_HOUR = (0, 0, 0, 0, 1, 6, 18, 24, 24, 24, 20, 16, 20, 24, 24, 24, 20, 16, 10, 6, 4, 2, 1, 0)
"""How many come in each hour of a day, from midnight on: some three hundred, and hardly any at night."""

FAULTS: dict[str, tuple[float, float]] = {
    "scale-unplugged": (1, 20),
    "scale-mute": (1, 20),
    "scale-frozen": (1, 20),
    "scale-reboots": (1, 5),
    "scales-swapped": (5, 40),
    "board-unplugged": (1, 20),
    "disk-full": (1, 30),
    "disk-read-only": (1, 30),
    "box-crash": (0.2, 20),
    "box-crash-in-commit": (0.2, 10),
    "box-crash-at-await": (0.2, 10),
    "central-crash": (0.2, 40),
    "central-crash-in-commit": (0.2, 20),
    "central-crash-at-await": (0.2, 20),
    "central-restored": (1, 10),
    "central-disk-full": (1, 40),
    "central-disk-read-only": (1, 40),
    "central-slow": (5, 60),
    "network-cut": (1, 60),
    "network-slow": (5, 60),
    "network-one-way": (5, 40),
    "network-repeats": (5, 60),
    "network-reorders": (5, 60),
    "broker-down": (1, 60),
    "broker-forgets": (5, 60),
    "broker-repeats": (5, 60),
    "box-replaced": (1, 10),
    "box-twin": (10, 40),
    "clock-steps": (5, 60),
    "clock-drifts": (20, 100),
}
"""How long each lasts, in seconds: from, to."""


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """`place` is an index into the world's places; faults of central and broker ignore it."""

    at_s: float
    name: str
    place: int
    lasts_s: float
    draw: int


@dataclass(frozen=True, slots=True, order=True)
class Listing:
    """When some of a place's vehicles come on a list; the list is whole, so that each takes the former's place."""

    at_s: float
    place: int
    draw: int


@dataclass(frozen=True, slots=True)
class Swarm:
    """One world's shape and misfortunes."""

    kinds: tuple[str, ...]
    trucks: int
    gap_s_max: float
    wires: FaultPlan
    faults: tuple[Fault, ...]
    hours: float | None = None
    listings: tuple[Listing, ...] = ()

    def waves(self) -> Iterator[tuple[float, int, float]]:
        """When the next trucks come (seconds from the beginning), how many, and the longest gap between two of them."""
        if self.hours is None:
            yield 0.0, self.trucks, self.gap_s_max
            return
        for hour in range(math.ceil(self.hours)):
            part = min(1.0, self.hours - hour)
            trucks = round(TRUCKS_OF_HOUR[(FIRST_HOUR + hour) % 24] * part)
            if trucks:
                yield 3600.0 * hour, trucks, 2 * 3600 * part / trucks


def draw(
    seed: int,
    *,
    kinds: tuple[str, ...] | None = None,
    only: tuple[str, ...] | None = None,
    hours: float | None = None,
) -> Swarm:
    """The same seed draws the same. `kinds` and `only` (faults) replace what it would choose; `hours` make it long."""
    rng = random.Random(f"{seed}/swarm")
    chosen = tuple(rng.sample(KINDS, rng.choice((1, 1, 1, 2))))
    trucks, gap_s_max = rng.randint(2, 4), rng.choice((6.0, 6.0, 30.0))
    ill = [name for name in WIRE_FAULTS if rng.random() < 0.15]
    wires = FaultPlan(**{name: rng.choice((0.002, 0.01, 0.05)) for name in ill})
    names = rng.sample(sorted(FAULTS), rng.choice((0, 1, 2, 3, 5)))
    span_s, times = SPAN_S, 1
    if hours is not None:
        span_s, times = hours * 3600, max(1, round(hours * FAULTS_AN_HOUR))
    places = kinds or chosen
    faults = []
    for name in names if only is None else only:
        shortest_s, longest_s = FAULTS[name]
        for _ in range(times * rng.choice((1, 1, 2))):
            at_s, lasts_s = BEGIN_S + rng.random() * span_s, rng.uniform(shortest_s, longest_s)
            place, number = rng.randrange(len(places)), rng.randrange(1 << 16)
            faults.append(Fault(round(at_s, 3), name, place, round(lasts_s, 3), number))
    listings = [
        Listing(round(BEGIN_S + rng.random() * span_s, 3), rng.randrange(len(places)), rng.randrange(1 << 16))
        for _ in range(rng.choice((0, 1, 2)))
    ]
    swarm = Swarm(places, trucks, gap_s_max, wires, tuple(sorted(faults)), hours, tuple(sorted(listings)))
    return replace(swarm, trucks=sum(trucks for _, trucks, _ in swarm.waves()))
