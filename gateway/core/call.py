"""What a lane shows while it waits: whom it calls, who is held, or that it cannot weigh.

Behind an axle scale the lamp speaks to who has passed it, the sign speaks to both. No loop sees where a held
driver waits, so after a hold the lamp stays red until the next record releases, and the sign alone calls the next
vehicle, naming who is held: a green lamp is never shown to a driver it could be misread by. Where a lane has no sign,
a person waves the next one on.
"""

from gateway.core.effects import Alarm, Effect, SetLamp, ShowText
from gateway.core.lane import PassageSettings
from gateway.core.signals import Signals

PATIENCE_MS = 5_000  # a scale or a board needs a moment after a start; what takes longer is an outage somebody must see
CALM_MS = 1_000  # so long everything speaks again before anybody is called: who drives on now keeps seeing red
ROLL_ON_MS = 5_000  # who rolls over the entry loop presses the scale within this; who stands on it longer waits


class Call:
    """Says each thing once. `held` is the sign's text for the last vehicle while nothing has released it."""

    __slots__ = ("_alarmed", "_covered", "_heard_ms", "_settings", "_shown", "_signals", "_silent_ms", "held")

    def __init__(self, signals: Signals, settings: PassageSettings) -> None:
        self._signals, self._settings = signals, settings
        self.held: ShowText | None = None
        self._shown: ShowText | None = None
        self._silent_ms: int | None = None
        self._heard_ms: int | None = None  # since when everything speaks again, after the lane was shown out of order
        self._alarmed = self._covered = False

    @property
    def silent(self) -> str | None:
        """What keeps the lane from weighing anybody; None where nothing does."""
        signals = self._signals
        if not signals.scale_live or (signals.load_kg is None and not signals.overload):
            return "the scale gives no load"
        if self._settings.whole_vehicle == "loops" and signals.loops_on() is None:
            return "the board of the loops says nothing"
        return None

    def interrupt(self) -> None:
        """Something else is shown now."""
        self._shown = None

    def wait(self, at_ms: int) -> tuple[Effect, ...]:
        """As `show`, but says nothing of an outage before it has lasted."""
        outage = self._outage(at_ms)
        return (*self._show(ShowText("out-of-order")), *outage) if self._alarmed else ()

    def show(self, at_ms: int) -> tuple[Effect, ...]:
        """Call the next vehicle, or say why not; at once, since a green lamp would bring one that cannot be weighed."""
        outage = self._outage(at_ms)
        if self.silent is not None:
            self._heard_ms = None
            return (*self._show(ShowText("out-of-order")), *outage)
        covered = self._signals.loops_on() is True
        if self._heard_ms is None or covered != self._covered:
            self._heard_ms, self._covered = at_ms, covered
        calm_ms = ROLL_ON_MS if covered else CALM_MS
        if self._shown == ShowText("out-of-order") and at_ms - self._heard_ms < calm_ms:
            return outage
        return (*self._show(self.held or ShowText("ready")), *outage)

    def _show(self, text: ShowText) -> tuple[Effect, ...]:
        if text == self._shown:
            return ()
        self._shown = text
        return SetLamp("green" if text.code == "ready" else "red"), text

    def _outage(self, at_ms: int) -> tuple[Effect, ...]:
        silent = self.silent
        if silent is None:
            self._silent_ms, self._alarmed = None, False
            return ()
        if self._silent_ms is None:
            self._silent_ms = at_ms
        if self._alarmed or at_ms - self._silent_ms < PATIENCE_MS:
            return ()
        self._alarmed = True
        return (Alarm("lane-out-of-order", silent),)
