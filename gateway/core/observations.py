"""What the core is told: readings with their place, and the shell's own answers. Time comes beside them, in ms."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from gateway.core.vehicle import Identity
from gateway.core.verdict import Action


@dataclass(frozen=True, slots=True)
class LoadSeen:
    """The scale's live load. `stable` is the indicator's own flag where it has one."""

    mass_kg: Decimal
    stable: bool | None = None


@dataclass(frozen=True, slots=True)
class LoadUnreadable:
    """The indicator talks but gives no load: overload, underload, error."""

    status: str


@dataclass(frozen=True, slots=True)
class InputSeen:
    """A lane input by its role: loop_entry, loop_exit, treadle_in, treadle_out, barrier_open, barrier_closed."""

    role: str
    on: bool


@dataclass(frozen=True, slots=True)
class VehicleIdentified:
    """A camera or an officer named the vehicle; the register's facts are already looked up.

    `delay_ms` is how long ago the picture was taken, None where that is not known.
    """

    identity: Identity
    delay_ms: int | None = None


@dataclass(frozen=True, slots=True)
class DeviceChanged:
    device: Literal["scale", "io", "camera", "sign"]
    state: Literal["live", "stale", "lost"]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class WeighingStored:
    """The journal made the record durable. Only now may anything move or show a verdict."""

    entry_id: str
    action: Action


@dataclass(frozen=True, slots=True)
class StoreFailed:
    """The journal could not make the record durable: the lane fails safe."""

    reason: str


@dataclass(frozen=True, slots=True)
class ReleaseStored:
    """A release entry that says who or what released the held vehicle, and why, is durable.

    `weighing` is the entry it releases: it opens nothing for any other vehicle.
    """

    entry_id: str
    weighing: str


@dataclass(frozen=True, slots=True)
class Tick:
    """Nothing happened; time went on."""


Observation = (
    LoadSeen
    | LoadUnreadable
    | InputSeen
    | VehicleIdentified
    | DeviceChanged
    | WeighingStored
    | StoreFailed
    | ReleaseStored
    | Tick
)
