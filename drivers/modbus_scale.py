"""A weighing instrument behind Modbus: its register block read in a steady beat, handed up as readings.

The raw record of such a scale is the block's words, high byte first, as they stood on the wire. What a map that does
not fit reads is no weight but a reason (`drivers/map_proof.py`).
"""

import struct
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from drivers.bus import Bus
from drivers.errors import DriverError, FrameError
from drivers.map_proof import MapProof
from drivers.readings import HealthReading, Reading, Unit, WeightReading
from drivers.registers import IoMap, ScaleMap, decode_scale
from drivers.suspicion import FROZEN_MS, Suspicion
from drivers.tables import MapError


class ModbusScale:
    """One scale at `unit_id` on `bus`. `unit` is what the site says its numbers mean; the map may not say.

    `interval_kg` is the scale's, for what good numbers can still be wrong about (drivers/suspicion.py). `proven`: an
    installer has read a known load through this map, so that a first zero may be believed. MapError if `map_` is not a
    scale's. Readings, health and raw bytes go out as from a serial scale.
    """

    def __init__(
        self,
        name: str,
        bus: Bus,
        unit_id: int,
        map_: ScaleMap | IoMap,
        unit: Unit | None,
        poll_ms: int,
        stale_ms: int,
        clock_ms: Callable[[], int],
        sleep: Callable[[float], Awaitable[None]],
        *,
        proven: bool = False,
        interval_kg: int | None = None,
        frozen_ms: int = FROZEN_MS,
    ) -> None:
        if not isinstance(map_, ScaleMap):
            raise MapError(map_.name, ["kind: 'io' where a 'scale' is needed"])
        assert poll_ms > 0
        assert stale_ms > 0
        self.name = name
        self._bus, self._unit_id, self._map, self._unit = bus, unit_id, map_, unit
        self._poll_ms, self._stale_ms, self._clock_ms, self._sleep = poll_ms, stale_ms, clock_ms, sleep
        self._proof = MapProof(map_, proven=proven)
        self._suspicion = Suspicion(unit, interval_kg, frozen_ms)
        self._announced: HealthReading | None = None
        self._last_frame_ms: int | None = None
        self._last_good_ms = 0
        self._frames = self._rejected = self._failed = self._bytes = 0
        self._last_error = ""

    def health(self) -> Mapping[str, Any]:
        """State and counters since the start."""
        state = self._announced or HealthReading("stale", "not read yet")
        age_ms = None if self._last_frame_ms is None else self._clock_ms() - self._last_frame_ms
        return {
            "name": self.name,
            "state": state.state if self._announced else "connecting",
            "reason": state.reason,
            "frames": self._frames,
            "rejected": self._rejected,
            "failed": self._failed,
            "bytes": self._bytes,
            "last_error": self._last_error,
            "last_frame_age_ms": age_ms,
        }

    async def run(self, on_reading: Callable[[Reading], None], on_raw: Callable[[int, bytes], None]) -> None:
        """Poll for ever; cancel to stop."""
        next_ms = self._last_good_ms = self._clock_ms()
        while True:
            await self._poll(on_reading, on_raw)
            now_ms = self._clock_ms()
            next_ms = max(next_ms + self._poll_ms, now_ms)  # a late poll does not make the next ones crowd
            await self._sleep((next_ms - now_ms) / 1000)

    @property
    def commands(self) -> tuple[str, ...]:
        """What its map can have it do."""
        return tuple(self._map.commands)

    async def command(self, name: str) -> None:
        """Have the instrument do what its map calls `name` (zero, tare, clear). Never sent by itself: a person asks.

        ValueError where the map has no such command; DriverError where it was not confirmed.
        """
        if name not in self.commands:
            raise ValueError(f"{self._map.name} has no command {name!r}; known: {', '.join(self.commands) or 'none'}")
        one = self._map.commands[name]
        high_first = [one.value >> 16 * place & 0xFFFF for place in reversed(range(one.words))]
        words = high_first if self._map.word_order == "high-first" else high_first[::-1]
        await self._bus.write_registers(self._unit_id, one.address, tuple(words))

    async def _poll(self, on_reading: Callable[[Reading], None], on_raw: Callable[[int, bytes], None]) -> None:
        scale = self._map
        try:
            words = await self._bus.read_registers(self._unit_id, scale.address, scale.count, scale.function)
            now_ms = self._clock_ms()
            raw = struct.pack(f">{len(words)}H", *words)
            self._bytes += len(raw)
            on_raw(now_ms, raw)
            reading = self._decoded(words, now_ms)
        except DriverError as error:
            self._failed += 1
            self._rejected += isinstance(error, FrameError)
            self._last_error = str(error)
            self._check_silence(str(error), on_reading)
            return
        self._frames += 1
        self._last_frame_ms = self._last_good_ms = now_ms
        if doubt := self._suspicion.doubt(reading, now_ms):
            self._last_error = doubt
            self._enter(HealthReading("stale", doubt), on_reading)
            return
        self._enter(HealthReading("live"), on_reading)
        on_reading(reading.assume(self._unit))

    def _decoded(self, words: Sequence[int], now_ms: int) -> WeightReading:
        try:
            reading = decode_scale(self._map, words)
        except FrameError:
            self._proof.broken()
            raise
        self._proof.judge(words, reading, now_ms)
        return reading

    def _check_silence(self, reason: str, on_reading: Callable[[Reading], None]) -> None:
        if self._bus.health()["state"] != "up":
            self._enter(HealthReading("lost", reason), on_reading)
        elif self._clock_ms() - self._last_good_ms >= self._stale_ms:
            self._enter(HealthReading("stale", reason), on_reading)

    def _enter(self, health: HealthReading, on_reading: Callable[[Reading], None]) -> None:
        changed = self._announced is None or self._announced.state != health.state
        self._announced = health
        if changed:
            on_reading(health)
