"""Everything one vehicle did on an axle lane, collected until it has passed."""

from collections import deque

from gateway.core.axles import Axles, Pulse, assemble
from gateway.core.deck import Deck, Occupation
from gateway.core.lane import PassageSettings
from gateway.core.observations import InputSeen, LoadSeen, LoadUnreadable, Observation

PULSES_MAX = 256
OCCUPATIONS_MAX = 64
PULSE_LEAD_MS = 5_000
SPEED_MAX_MM_S = 2_800  # low-speed weighing is below 10 km/h; a site may name another bound


class Crossing:
    """Collects from the first sign of a vehicle; `finish` gives its axles and every doubt about them."""

    def __init__(self, settings: PassageSettings) -> None:
        self._settings = settings
        self._deck = Deck(presence_kg=settings.presence_kg, zero_band_kg=settings.zero_band_kg)
        self._pulses: deque[Pulse] = deque(maxlen=PULSES_MAX)
        self._pressed: dict[str, bool] = {}
        self._occupations: list[Occupation] = []
        self._flags: list[str] = []
        self._heard_ms: int | None = None
        self.first_ms: int | None = None
        self.absent_ms: int | None = None

    @property
    def touched(self) -> bool:
        """Whether an axle was on the deck or a treadle, or something kept us from seeing that."""
        return bool(self._occupations or self._flags or self._deck.occupied or self._pulses_since())

    def doubt(self, flag: str) -> None:
        if flag not in self._flags:
            self._flags.append(flag)

    def take(self, observation: Observation, at_ms: int, *, present: bool, readable: bool) -> None:
        """`present`: deck or loops see somebody. `readable`: the scale says what stands on it."""
        pulsed = self._take_pulse(observation, at_ms)
        self._watch_presence(at_ms, present=present or (pulsed and not readable))
        if self.first_ms is not None and not readable:
            self._deck.reset()
            self.doubt("scale-lost")
        match observation:
            case LoadSeen(mass_kg):
                self._watch_silence(at_ms)
                occupation = self._deck.feed(mass_kg, at_ms)
                if occupation is not None:
                    self._keep(occupation)
            case LoadUnreadable("overload") if self.first_ms is not None:
                self._deck.reset()
                self.doubt("overload-signal")
            case _:
                pass

    def absent_for_ms(self, at_ms: int) -> int:
        return -1 if self.absent_ms is None else at_ms - self.absent_ms

    def finish(self) -> Axles:
        assert self._settings.deck_mm is not None
        assert self._settings.treadle_span_mm is not None
        axles = assemble(
            self._occupations,
            self._pulses_since(PULSE_LEAD_MS),
            deck_mm=self._settings.deck_mm,
            span_mm=self._settings.treadle_span_mm,
        )
        doubts = [*self._flags, *axles.flags]
        speed_max_mm_s = self._settings.speed_max_mm_s
        if speed_max_mm_s is not None and axles.speed_mm_s is not None and axles.speed_mm_s > speed_max_mm_s:
            doubts += ["too-fast", "unsettled"]
        if not axles.loads_kg:
            doubts.append("incomplete")
        return Axles(axles.loads_kg, axles.spacings_mm, axles.speed_mm_s, tuple(dict.fromkeys(doubts)))

    def _take_pulse(self, observation: Observation, at_ms: int) -> bool:
        match observation:
            case InputSeen("treadle_in" | "treadle_out" as role, on):
                rose = on and not self._pressed.get(role, False)
                self._pressed[role] = on
                if rose:
                    self._pulses.append(Pulse(at_ms, "in" if role == "treadle_in" else "out"))
                return rose
            case _:
                return False

    def _pulses_since(self, lead_ms: int = 0) -> list[Pulse]:
        if self.first_ms is None:
            return []
        return [pulse for pulse in self._pulses if pulse.at_ms >= self.first_ms - lead_ms]

    def _watch_silence(self, at_ms: int) -> None:
        """Between two loads so far apart an axle may have come and gone, though the scale was never called silent."""
        assert self._settings.deck_mm is not None
        passing_ms = self._settings.deck_mm * 1000 // (self._settings.speed_max_mm_s or SPEED_MAX_MM_S)
        if self.first_ms is not None and self._heard_ms is not None and at_ms - self._heard_ms > passing_ms:
            self.doubt("scale-lost")
        self._heard_ms = at_ms

    def _watch_presence(self, at_ms: int, *, present: bool) -> None:
        if not present:
            self.absent_ms = at_ms if self.absent_ms is None else self.absent_ms
            return
        if self.first_ms is None:
            self.first_ms = at_ms
        self.absent_ms = None

    def _keep(self, occupation: Occupation) -> None:
        if len(self._occupations) < OCCUPATIONS_MAX:
            self._occupations.append(occupation)
        else:
            self.doubt("incomplete")
