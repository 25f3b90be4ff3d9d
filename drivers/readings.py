"""What a device said, in physical units. No vehicle here: that is the gateway's word.

WeightReading   a scale's live load          InputReading   a loop, beam or end switch
PlateReading    a camera's plate             HealthReading  the state of the device itself
"""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Literal

Unit = Literal["kg", "g", "t", "lb"]
PlateColour = Literal["blue", "yellow", "green", "yellow-green", "black", "white", "unknown"]
View = Literal["front", "rear"]

KILOGRAMS_PER_UNIT: dict[Unit, Decimal] = {
    "kg": Decimal(1),
    "g": Decimal("0.001"),
    "t": Decimal(1000),
    "lb": Decimal("0.45359237"),  # exact by definition of the international pound
}


@dataclass(frozen=True, slots=True)
class WeightReading:
    """One weight as the wire gave it; `None` is "the wire does not say".

    `value` is None only when `status` says why there is no weight (overload, underload, error). `decks`: what each of
    several platforms carries, in the same unit, where the wire says so. `evidence`: how `value` was made of what the
    wire said, where it is not that itself.
    """

    value: Decimal | None
    unit: Unit | None = None
    stable: bool | None = None
    net: bool | None = None
    status: str | None = None
    decks: tuple[Decimal, ...] = ()
    evidence: str | None = None

    @property
    def mass_kg(self) -> Decimal | None:
        """The mass in kilograms, or None while value or unit is unknown."""
        if self.value is None or self.unit is None:
            return None
        return self.value * KILOGRAMS_PER_UNIT[self.unit]

    def assume(self, unit: Unit | None) -> "WeightReading":
        """The same reading with the site's unit where the wire gave none."""
        return self if self.unit is not None or unit is None else replace(self, unit=unit)


@dataclass(frozen=True, slots=True)
class InputReading:
    """A named input of an I/O board changed, or was read for the first time."""

    name: str
    on: bool


@dataclass(frozen=True, slots=True)
class Picture:
    kind: Literal["scene", "plate", "vehicle"]
    content: bytes


@dataclass(frozen=True, slots=True)
class PlateReading:
    """One recognition. `plate` is None where the camera saw none; `event_id` is stable over repeats of one push."""

    plate: str | None
    colour: PlateColour
    confidence_percent: int | None
    event_id: str
    view: View = "front"
    device_time: datetime | None = None
    device: str = ""
    late: bool = False
    pictures: tuple[Picture, ...] = ()


@dataclass(frozen=True, slots=True)
class HealthReading:
    """The device's own state changed: live, stale (connected but silent) or lost (link down)."""

    state: Literal["live", "stale", "lost"]
    reason: str = ""


Reading = WeightReading | InputReading | PlateReading | HealthReading
