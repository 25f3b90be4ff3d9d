"""What presses a platform now, beside what was weighed on it: the same vehicle, more than it, or nothing."""

from gateway.core.effects import Alarm
from gateway.core.lane import PassageSettings
from gateway.core.signals import Signals

FRAMES_MIN = 2  # a weak checksum lets a bad frame through once
BOUNCE_MS = 1_000  # a leaving vehicle's last axles rock the platform for less
ROSE_RATIO = 20  # a load more than 1/20 above what was weighed is not the weighed vehicle bouncing


class Presence:
    """Call `watch` at every observation, behind `Signals.take`."""

    __slots__ = ("_frames", "_heard_ms", "_highest_kg", "_on_since_ms", "_settings", "_signals", "departed", "rose",
                 "weighed_kg")  # fmt: skip

    def __init__(self, settings: PassageSettings, signals: Signals) -> None:
        self._settings, self._signals = settings, signals
        self._on_since_ms = self._frames = self._heard_ms = 0
        self.begin()

    def begin(self) -> None:
        """Another vehicle is on: nothing is known of it yet."""
        self._highest_kg = 0
        self.weighed_kg: int | None = None
        self.departed = self.rose = False

    def watch(self, at_ms: int) -> None:
        if not self.on:
            self._on_since_ms, self._frames = at_ms, 0
        elif self._signals.heard_ms != self._heard_ms:
            self._frames += 1
        self._heard_ms = self._signals.heard_ms
        self.departed = self.departed or self._signals.zero_for_ms >= self._settings.clear_ms

    @property
    def on(self) -> bool:
        """Whether a vehicle presses the platform now. An overloaded scale is surely loaded."""
        load_kg = self._signals.load_kg
        return self._signals.overload or (load_kg is not None and load_kg >= self._settings.presence_kg)

    @property
    def off(self) -> bool:
        """Whether surely none does. A silent scale says neither."""
        return self._signals.load_kg is not None and not self.on

    @property
    def arrived(self) -> bool:
        """Whether a vehicle came onto the empty platform."""
        return self.on and self._frames >= FRAMES_MIN

    def another_came(self, at_ms: int) -> bool:
        """Whether another vehicle is on while the former leaves. Before zero a short load is the former's bounce."""
        return self.on and (self.departed or at_ms - self._on_since_ms >= BOUNCE_MS)

    def another_axle(self) -> bool:
        """Whether the load rose by an axle since it was last asked: the vehicle is still driving."""
        load_kg = self._signals.load_kg
        if load_kg is None or load_kg < self._highest_kg + self._settings.presence_kg:
            return False
        self._highest_kg = int(load_kg)
        return True

    def watch_weighed(self) -> tuple[Alarm, ...]:
        """Once, when more stands there than was weighed: the rest of the vehicle, or another behind it."""
        load_kg, weighed_kg = self._signals.load_kg, self.weighed_kg
        if self.rose or load_kg is None or weighed_kg is None or load_kg <= weighed_kg + self._tolerance_kg(weighed_kg):
            return ()
        self.rose = True
        return (Alarm("load-rose", f"{load_kg:f} kg stands where {weighed_kg} kg was weighed"),)

    def trust(self) -> None:
        """A person answers for what stands there now."""
        self.rose, self.weighed_kg = False, None

    def stands(self, gross_kg: int | None) -> bool:
        """Whether what stands there weighs what a record says."""
        load_kg = self._signals.load_kg
        if load_kg is None or gross_kg is None:
            return False
        return abs(load_kg - gross_kg) <= self._tolerance_kg(gross_kg)

    def _tolerance_kg(self, weighed_kg: int) -> int:
        return max(self._settings.presence_kg, weighed_kg // ROSE_RATIO)
