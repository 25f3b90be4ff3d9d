"""Whether a register map fits the instrument that answers: what one reading alone cannot show.

    unproven ──the instrument once said "stable", or its heartbeat advanced as it should──► proven
       ^                                                                                      │
       └───────── a rule of the map broken, the heartbeat still or in leaps ──────────────────┘

Until it is proven there is no weight, only a reason that an installer understands. A map whose addresses are one off
reads the high half of one number with the low half of its neighbour: it never sees the flag where it should be, or a
heartbeat that leaps by 65 536. A map without either is proven by loads: two whose low words lie apart, which one off
never gives, since there the low word is the high one of a number that never fills it. Floats need eight different ones.
"""

from collections.abc import Sequence
from decimal import Decimal

from drivers.errors import FrameError
from drivers.readings import WeightReading
from drivers.registers import CURE, ScaleMap, register_value

STILL_MS = 1_500  # a heartbeat that has not moved for so long is a frozen instrument, or another register
LEAP_BEATS = 50  # more than it could have counted
DIFFERENT_FLOATS = 8


class MapProof:
    """One per instrument. `proven`: an installer has read a known load with this map, so zero may be believed."""

    def __init__(self, scale: ScaleMap, *, proven: bool = False) -> None:
        self._scale = scale
        self._flag = bool(scale.flags.get("stable"))
        self._told = proven and not self._flag
        self._seen = self._told
        self._doubted = False
        self._loads: set[int] = set()
        self._alive = "heartbeat" not in scale.registers
        self._beat: int | None = None
        self._beat_ms = 0

    def judge(self, words: Sequence[int], reading: WeightReading, now_ms: int) -> None:
        """FrameError while this map is not proven by what the instrument has said so far. `words` as decoded."""
        if "heartbeat" in self._scale.registers:
            self._listen(register_value(self._scale, words, "heartbeat"), now_ms)
        if not self._seen:
            self._seen = self._shown(words, reading)
        if not self._alive:
            raise FrameError(f"{self._scale.name}: its heartbeat has not been seen to advance yet; {CURE}")
        if not self._seen:
            flagged = self._flag and not self._doubted
            wanted = 'said "stable"' if flagged else "shown different loads"
            cure = "" if flagged else "; drive a vehicle on once, or set options.addresses_proven after a known load"
            raise FrameError(f"{self._scale.name}: not proven: it has not {wanted} yet; {CURE}{cure}")

    def broken(self) -> None:
        """A rule of the map was broken: what was believed so far is not, and a flag alone is no longer enough."""
        self._doubted = True
        self._seen = self._told
        self._loads.clear()
        self._alive = "heartbeat" not in self._scale.registers
        self._beat = None

    def _shown(self, words: Sequence[int], reading: WeightReading) -> bool:
        if reading.value is None:
            return False
        varied = self._varied(words, reading.value) if self._doubted or not self._flag else True
        return varied and (bool(reading.stable) or not self._flag)

    def _varied(self, words: Sequence[int], value: Decimal) -> bool:
        raw = register_value(self._scale, words, "gross")
        if self._scale.number == "float32":
            self._loads |= {raw} if value else set()
            return len(self._loads) >= DIFFERENT_FLOATS
        low, near = raw & 0xFFFF, (self._scale.counts_max >> 16) + 1
        first = next(iter(self._loads), low)
        self._loads.add(first)  # the first is kept: one is enough to compare with
        return min((low - first) % 0x10000, (first - low) % 0x10000) > near

    def _listen(self, beat: int, now_ms: int) -> None:
        size = 1 << 16 * self._scale.registers["heartbeat"].words
        before, since_ms = self._beat, now_ms - self._beat_ms
        if before is None:
            self._beat, self._beat_ms = beat, now_ms
            return
        passed = (beat - before) % size
        if passed == 0:
            if since_ms >= STILL_MS:
                self._alive = False
                raise FrameError(f"{self._scale.name}: its heartbeat stands still: it is frozen, or {CURE}")
            return
        self._beat, self._beat_ms = beat, now_ms
        if passed > 2 * since_ms * self._scale.beats_per_s // 1000 + LEAP_BEATS:
            self._alive = False  # it was started again, or this is no heartbeat: the next advance tells
            raise FrameError(f"{self._scale.name}: its heartbeat leapt by {passed}: it started again, or {CURE}")
        self._alive = True
