"""A scale on a line, kept alive: opened, read, judged silent or foreign, and opened again.

    connecting ──opened──> (waiting) ──first frame──> live ──silence──> stale ──frame──> live
        ^                      └────────silence────────────────────────> stale ──no byte for reopen_ms──> opened anew
        └──── back-off <──── lost <──── a link that fails, in any state

An indicator that waits to be asked is asked (`drivers.asking`). Frames that are good and cannot be true, such as a load
in another unit or two indicators on one wire (`drivers.suspicion`), make it stale by their name and give no weight.
It hands up readings, raw bytes and its own changes of state. It decides nothing about loads.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Literal

from drivers.asking import Asker
from drivers.errors import DriverError
from drivers.link import Link
from drivers.protocol import Found, Reader, Rejected, Remark, ScaleProtocol
from drivers.readings import HealthReading, Reading, Unit, WeightReading
from drivers.suspicion import FROZEN_MS, Suspicion

State = Literal["connecting", "live", "stale", "lost"]

FOREIGN_BYTES_MIN = 64  # this many bytes without one frame are another make, or other line settings
WINDOW_BYTES = 64  # looked at for the parity of a line read with the wrong settings
HIGH_BITS_MIN = 8  # fewer bytes above 7F than this prove no parity


class ScaleDevice:
    """One scale. Call `run` once, in a task of its own; cancel that task to stop.

    `unit` is what the site says where the wire says nothing. `clock_ms` never goes back; `sleep` takes seconds.
    `interval_kg` is the scale's; without it no good frame is doubted. `frozen_ms`: see `drivers.suspicion`.
    `reopen_ms` is for TCP: a peer that forgot the connection but still answers keepalives would stay silent for ever.
    """

    def __init__(
        self,
        name: str,
        open_link: Callable[[], Awaitable[Link]],
        protocol: ScaleProtocol,
        unit: Unit | None,
        stale_ms: int,
        clock_ms: Callable[[], int],
        sleep: Callable[[float], Awaitable[None]],
        reconnect_min_ms: int = 250,
        reconnect_max_ms: int = 10_000,
        reopen_ms: int | None = None,
        interval_kg: int | None = None,
        frozen_ms: int = FROZEN_MS,
    ) -> None:
        assert stale_ms > 0
        assert reopen_ms is None or reopen_ms >= stale_ms
        assert 0 < reconnect_min_ms <= reconnect_max_ms
        self.name = name
        self._open_link, self._protocol, self._unit = open_link, protocol, unit
        self._stale_ms, self._clock_ms, self._sleep = stale_ms, clock_ms, sleep
        self._reconnect_min_ms, self._reconnect_max_ms = reconnect_min_ms, reconnect_max_ms
        self._reopen_ms = reopen_ms
        self._interval_kg, self._frozen_ms = interval_kg, frozen_ms
        self._backoff_ms = reconnect_min_ms
        self._state: State = "connecting"
        self._reason = ""
        self._announced: HealthReading | None = None
        self._frames = self._rejected = self._remarks = self._bytes = self._reconnects = 0
        self._last_error = ""
        self._last_frame_ms: int | None = None
        self._quiet_since_ms = self._last_byte_ms = 0
        self._frameless_bytes = 0
        self._window = b""

    def health(self) -> Mapping[str, str | int | None]:
        """State and counters since the start, for metrics and the status topic."""
        age_ms = None if self._last_frame_ms is None else self._clock_ms() - self._last_frame_ms
        return {
            "name": self.name,
            "state": self._state,
            "reason": self._reason,
            "frames": self._frames,
            "rejected": self._rejected,
            "remarks": self._remarks,
            "bytes": self._bytes,
            "reconnects": self._reconnects,
            "last_error": self._last_error,
            "last_frame_age_ms": age_ms,
        }

    async def run(self, on_reading: Callable[[Reading], None], on_raw: Callable[[int, bytes], None]) -> None:
        """Read for ever. `on_raw(at_ms, data)` gets every byte, before the readings made of it."""
        while True:
            self._state = "connecting"
            try:
                await self._until_forgotten(on_reading, on_raw)
                self._backoff_ms = self._reconnect_min_ms
            except DriverError as error:
                self._last_error = str(error)
                self._enter("lost", str(error), on_reading)
            await self._sleep(self._backoff_ms / 1000)
            self._backoff_ms = min(self._backoff_ms * 2, self._reconnect_max_ms)
            self._reconnects += 1

    async def _until_forgotten(
        self, on_reading: Callable[[Reading], None], on_raw: Callable[[int, bytes], None]
    ) -> None:
        link = await self._open_link()
        self._quiet_since_ms = self._last_byte_ms = self._clock_ms()
        self._frameless_bytes, self._window = 0, b""
        line = _Line(self._protocol, Suspicion(self._unit, self._interval_kg, self._frozen_ms))
        asking = self._start_asking(link, line)
        reading = asyncio.create_task(link.read(), name=f"{self.name} read")
        waiting = asyncio.create_task(self._until_due(), name=f"{self.name} staleness")
        try:
            while True:
                done, _ = await asyncio.wait({reading, waiting, *asking}, return_when=asyncio.FIRST_COMPLETED)
                for ended in asking & done:
                    ended.result()
                if reading in done:
                    self._take(reading.result(), line, on_reading, on_raw)
                    reading = asyncio.create_task(link.read(), name=f"{self.name} read")
                if waiting in done:
                    waiting.result()
                    self._check_silence(on_reading)
                    if self._forgotten():
                        return
                    waiting = asyncio.create_task(self._until_due(), name=f"{self.name} staleness")
        finally:
            for task in (reading, waiting, *asking):
                task.cancel()
            await asyncio.wait({reading, waiting, *asking})
            await link.close()

    def _start_asking(self, link: Link, line: "_Line") -> set["asyncio.Task[None]"]:
        """Nothing, where the indicator talks by itself."""
        if self._protocol.polling is None:
            return set()
        line.asker = Asker(self._protocol.polling, self._clock_ms, self._sleep)
        return {asyncio.create_task(line.asker.run(link), name=f"{self.name} asking")}

    def _take(
        self, data: bytes, line: "_Line", on_reading: Callable[[Reading], None], on_raw: Callable[[int, bytes], None]
    ) -> None:
        now_ms = self._last_byte_ms = self._clock_ms()
        self._bytes += len(data)
        self._frameless_bytes += len(data)
        self._window = (self._window + data)[-WINDOW_BYTES:]
        on_raw(now_ms, data)
        for found in line.reader.feed(data):
            if isinstance(found, Rejected):
                self._rejected += 1
                self._last_error = found.reason
                continue
            if line.asker is not None and not _is_request(found):
                line.asker.hear()
            if isinstance(found, Remark):
                self._remarks += 1
                continue
            self._frames += 1
            self._last_frame_ms = self._quiet_since_ms = now_ms
            self._frameless_bytes = 0
            self._backoff_ms = self._reconnect_min_ms
            self._hand_up(found, line, now_ms, on_reading)

    def _hand_up(self, found: WeightReading, line: "_Line", now_ms: int, on_reading: Callable[[Reading], None]) -> None:
        load = line.follow(found)
        if doubt := line.suspicion.doubt(load, now_ms):
            self._last_error = doubt
            self._enter("stale", doubt, on_reading)
            return
        self._enter("live", "", on_reading)
        on_reading(load.assume(self._unit))

    async def _until_due(self) -> None:
        quiet_ms = self._clock_ms() - self._quiet_since_ms
        left_ms = self._stale_ms - quiet_ms
        await self._sleep((left_ms if left_ms > 0 else self._stale_ms) / 1000)

    def _forgotten(self) -> bool:
        """Whether this connection has been without a byte for so long that a new one is worth trying."""
        return self._reopen_ms is not None and self._clock_ms() - self._last_byte_ms >= self._reopen_ms

    def _check_silence(self, on_reading: Callable[[Reading], None]) -> None:
        if self._clock_ms() - self._quiet_since_ms < self._stale_ms:
            return
        if self._frameless_bytes < FOREIGN_BYTES_MIN:
            self._enter("stale", self._silence(), on_reading)
            return
        reason = (
            f"bytes arrive but no frame of {self._protocol.name}: "
            f"check protocol and baud rate with weighgate decode{_parity_hint(self._window)}"
        )
        self._last_error = reason
        self._enter("stale", reason, on_reading)

    def _silence(self) -> str:
        if self._protocol.polling is None:
            return f"no frame for {self._stale_ms} ms: the indicator is silent"
        return (
            f"no answer for {self._stale_ms} ms: check the address, the wiring of both directions, and that the "
            f"indicator is set to answer {self._protocol.name}"
        )

    def _enter(
        self, state: Literal["live", "stale", "lost"], reason: str, on_reading: Callable[[Reading], None]
    ) -> None:
        self._state, self._reason = state, reason
        health = HealthReading(state, reason)
        if health != self._announced:
            self._announced = health
            on_reading(health)


class _Line:
    """What is known of one open line, and forgotten when it closes."""

    def __init__(self, protocol: ScaleProtocol, suspicion: Suspicion) -> None:
        self.reader = Reader(protocol)
        self.suspicion = suspicion
        self.asker: Asker | None = None
        self.follow = _as_it_is if protocol.follower is None else protocol.follower()


def _is_request(found: Found) -> bool:
    """On two wires for both directions what was asked is heard again; it is no answer."""
    return isinstance(found, Remark) and found.about == "request"


def _as_it_is(reading: WeightReading) -> WeightReading:
    return reading


def _parity_hint(window: bytes) -> str:
    """Seven data bits and parity, read as eight, give every byte the same parity over eight bits."""
    if sum(byte > 0x7F for byte in window) < HIGH_BITS_MIN:
        return ""
    ones = {byte.bit_count() % 2 for byte in window}
    if len(ones) > 1:
        return " (many bytes above 7F that are no parity: a wrong baud rate, or a printer's alphabet)"
    parity = "E" if ones == {0} else "O"
    return f" (the line looks like bytesize=7&parity={parity})"
