"""An I/O board by its map: contacts polled and reported on change, relays set and confirmed by their echo."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any

from drivers.bus import Bus
from drivers.errors import DeviceError, DeviceTimeout, DriverError
from drivers.readings import HealthReading, InputReading, Reading
from drivers.registers import IoMap, ScaleMap
from drivers.tables import MapError

LOST_POLLS = 3  # so many in a row unanswered, and what the inputs last said is no longer true


class IoBoard:
    """One board at `unit` on `bus`. `inputs` and `outputs` give roles their number on the board, from 0.

    `inverted` roles are on while their contact is open: what must not go unseen when its wire breaks.
    MapError for a map of another kind, or a number the board does not have.
    """

    def __init__(
        self,
        name: str,
        bus: Bus,
        unit: int,
        map_: IoMap | ScaleMap,
        inputs: Mapping[str, int],
        outputs: Mapping[str, int],
        poll_ms: int,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        inverted: Collection[str] = (),
    ) -> None:
        if not isinstance(map_, IoMap):
            raise MapError(map_.name, ["kind: 'scale' where an 'io' board is needed"])
        faults = _wrong(name, "inputs", inputs, map_.inputs_count) + _wrong(name, "outputs", outputs, map_.coils_count)
        faults += [f"{name}.inverted: {role} is not among its inputs" for role in inverted if role not in inputs]
        if faults:
            raise MapError(map_.name, faults)
        assert poll_ms > 0
        self.name = name
        self._bus, self._unit, self._map, self._sleep = bus, unit, map_, sleep
        self._inputs, self._outputs, self._poll_ms = dict(inputs), dict(outputs), poll_ms
        self._inverted = frozenset(inverted)
        self._seen: dict[str, bool] = {}
        self._state, self._reason = "connecting", ""
        self._missed = 0
        self._counts = {"polls": 0, "failed": 0, "writes": 0, "writes_failed": 0}

    def health(self) -> Mapping[str, Any]:
        """State, counters, and the inputs as last read (empty while lost)."""
        return {
            "name": self.name, "state": self._state, "reason": self._reason, **self._counts, "inputs": dict(self._seen),
        }  # fmt: skip

    async def run(self, on_reading: Callable[[Reading], None]) -> None:
        """Poll for ever; cancel to stop. After a loss every input is told again."""
        while True:
            await self._poll(on_reading)
            await self._sleep(self._poll_ms / 1000)

    async def set(self, role: str, on: bool) -> None:
        """Switch a relay; returns when the board has confirmed it. A bad or missing echo is tried once more."""
        coil = self._map.coils_address + self._outputs[role]
        self._counts["writes"] += 1
        try:
            await self._bus.write_coil(self._unit, coil, on)
        except (DeviceError, DeviceTimeout):
            try:
                await self._bus.write_coil(self._unit, coil, on)
            except DriverError:
                self._counts["writes_failed"] += 1
                raise

    async def _poll(self, on_reading: Callable[[Reading], None]) -> None:
        board = self._map
        self._counts["polls"] += 1
        try:
            bits = await self._bus.read_inputs(
                self._unit, board.inputs_address, board.inputs_count, board.inputs_function
            )
        except DriverError as error:
            self._counts["failed"] += 1
            self._missed += 1
            if self._state != "lost" and (self._missed >= LOST_POLLS or self._bus.health()["state"] != "up"):
                self._state, self._reason = "lost", str(error)
                self._seen.clear()
                on_reading(HealthReading("lost", str(error)))
            return
        self._missed = 0
        if self._state != "live":
            self._state, self._reason = "live", ""
            on_reading(HealthReading("live"))
        for role, number in self._inputs.items():
            on = bits[number] is not (role in self._inverted)
            if self._seen.get(role) != on:
                self._seen[role] = on
                on_reading(InputReading(role, on))


def _wrong(name: str, what: str, roles: Mapping[str, int], count: int) -> list[str]:
    faults = [
        f"{name}.{what}.{role}: {number} is not on this board; known: 0 to {count - 1}"
        for role, number in roles.items()
        if not 0 <= number < count
    ]
    twice = len(roles) - len(set(roles.values()))
    return [*faults, *([f"{name}.{what}: one number has two roles"] if twice else [])]
