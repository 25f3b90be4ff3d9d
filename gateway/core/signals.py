"""What a lane's devices last said. What a silent scale or a lost board said is unknown again, never remembered."""

from dataclasses import dataclass, field
from decimal import Decimal

from gateway.core.observations import DeviceChanged, InputSeen, LoadSeen, LoadUnreadable, Observation

SILENT_MS = 2_000  # scales speak several times a second: an older load says nothing of what stands there now


@dataclass(slots=True)
class Signals:
    """The newest of everything; None is "not known"."""

    zero_band_kg: int
    load_kg: Decimal | None = None
    overload: bool = False
    scale_live: bool = True
    heard_ms: int = 0  # when the scale last spoke
    zero_since_ms: int | None = None
    inputs: dict[str, bool] = field(default_factory=dict)

    def take(self, observation: Observation, at_ms: int) -> None:
        self._listen(observation, at_ms)
        match observation:
            case LoadSeen(mass_kg):
                self.load_kg, self.overload, self.scale_live = mass_kg, False, True
                if abs(mass_kg) > self.zero_band_kg:
                    self.zero_since_ms = None
                elif self.zero_since_ms is None:
                    self.zero_since_ms = at_ms
            case LoadUnreadable(status):
                self.load_kg, self.zero_since_ms = None, None
                self.overload = status == "overload"
            case InputSeen(role, on):
                self.inputs[role] = on
            case DeviceChanged("scale", state):
                self.scale_live = state == "live"
                if not self.scale_live:
                    self._forget_load()
            case DeviceChanged("io", "stale" | "lost"):
                self.inputs.clear()
            case _:
                pass

    @property
    def zero_for_ms(self) -> int:
        """How long the scale has said zero; -1 where it does not. Time in which it said nothing does not count."""
        return -1 if self.zero_since_ms is None else self.heard_ms - self.zero_since_ms

    @property
    def why_unsettled(self) -> str:
        """The flag of a vehicle that found no settled load."""
        if not self.scale_live:
            return "scale-lost"
        return "overload-signal" if self.overload else "unsettled"

    def loops_on(self) -> bool | None:
        """True: a loop is covered. False: both are known to be free. None: not known."""
        loops = (self.inputs.get("loop_entry"), self.inputs.get("loop_exit"))
        if True in loops:
            return True
        return None if None in loops else False

    def _listen(self, observation: Observation, at_ms: int) -> None:
        if at_ms - self.heard_ms > SILENT_MS:
            self._forget_load()
        if isinstance(observation, LoadSeen | LoadUnreadable):
            self.heard_ms = at_ms

    def _forget_load(self) -> None:
        self.load_kg, self.zero_since_ms = None, None
        self.overload = self.scale_live = False
