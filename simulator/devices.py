"""The boxes at the roadside: indicators, I/O boards, cameras, signs. Each speaks with the gateway's own codecs.

RoadLane ──load_kg()──▶ ScaleFeed, RegisterScale      RoadLane ◀──set_output(), inputs()── Board
truck comes ──▶ Camera ──POST /cameras/<lane>──▶      pty ──bytes──▶ SignPanel
"""

import itertools
import random
from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol

import httpx

from drivers.cameras import CameraProtocol
from drivers.errors import FrameError
from drivers.protocol import ScaleProtocol
from drivers.readings import Picture, PlateReading, WeightReading
from drivers.registers import IoMap, ScaleMap, encode_scale
from drivers.signs import SignProtocol
from simulator.faults import FaultyWire
from simulator.modbus_server import BareUnit
from simulator.plant import Indicator
from simulator.plate_card import plate_card
from simulator.truth import Clock
from simulator.vehicles import Truck
from simulator.world import RoadLane

FRAME_MS = 100  # ten frames a second, as indicators send them
PUSH_AFTER_S = 2.5  # the front plate is in the picture
PUSH_TRIES, PUSH_PAUSE_S = 20, 0.4
LATE_AFTER_TRIES = 15  # from here a camera says that it was offline
SIGN_BYTES_MAX = 1024
Sleep = Callable[[float], Awaitable[None]]


class Wire(Protocol):
    """A pty or a TCP feed."""

    def write(self, chunk: bytes) -> None: ...

    def disconnect(self) -> None: ...


def make_indicator(lane: RoadLane, interval_kg: int, rng: random.Random) -> Callable[[], WeightReading]:
    """What the lane's indicator shows at this moment, in kilograms."""
    indicator = Indicator(interval_kg, lambda: rng.gauss(0, 2))

    def show() -> WeightReading:
        shown_kg, stable = indicator.show(lane.load_kg())
        return WeightReading(Decimal(shown_kg), unit="kg", stable=stable, net=False)

    return show


class ScaleFeed:
    """An indicator that talks without being asked."""

    def __init__(
        self,
        show: Callable[[], WeightReading],
        protocol: ScaleProtocol,
        wire: Wire,
        faults: FaultyWire,
        clock: Clock,
        sleep: Sleep,
        frame_ms: Callable[[], int] = lambda: FRAME_MS,
    ) -> None:
        self._show, self._protocol, self._wire = show, protocol, wire
        self._faults, self._clock, self._sleep, self._frame_ms = faults, clock, sleep, frame_ms

    async def run(self) -> None:
        due_s = self._clock.monotonic_s()
        while True:
            await self.say(self._protocol.encode(self._show()))
            now_s = self._clock.monotonic_s()
            due_s = max(due_s + self._frame_ms() / 1000, now_s)
            await self._sleep(due_s - now_s)

    async def say(self, frame: bytes) -> None:
        """One frame, with what goes wrong on the way."""
        for piece in self._faults.carry(frame, self._clock.monotonic_s()):
            if piece.pause_s:
                await self._sleep(piece.pause_s)
            if piece.kind == "disconnect":
                self._wire.disconnect()
            else:
                self._wire.write(piece.chunk)


class RegisterScale(BareUnit):
    """A weighing instrument on Modbus: its registers are what its map says, computed when read."""

    def __init__(self, show: Callable[[], WeightReading], scale: ScaleMap) -> None:
        self._show, self._map = show, scale
        self._beats = itertools.count(1)
        self.commanded: list[str] = []
        self._written: dict[int, int] = {}

    def read_registers(self, address: int, count: int) -> list[int]:
        words = encode_scale(self._map, self._show(), next(self._beats))
        if not self._map.address <= address <= address + count <= self._map.address + self._map.count:
            raise LookupError(address, count)
        return [words.get(one, 0) for one in range(address, address + count)]  # what the map does not name is zero

    def write_register(self, address: int, word: int) -> None:
        """A command is told once its last word has come."""
        self._written[address] = word
        for name, one in self._map.commands.items():
            words = [self._written.get(one.address + place) for place in range(one.words)]
            high_first = words if self._map.word_order == "high-first" else words[::-1]
            if address == one.address + one.words - 1 and high_first == [*(0,) * (one.words - 1), one.value]:
                self.commanded.append(name)
                return
        if not any(one.address <= address < one.address + one.words for one in self._map.commands.values()):
            raise LookupError(address, word)


class Board(BareUnit):
    """A relay and contact board. Lanes are wired to it by the numbers of their site file."""

    def __init__(self, board: IoMap) -> None:
        self._map = board
        self._coils = [False] * board.coils_count
        self._lanes: list[tuple[RoadLane, Mapping[str, int], Mapping[int, str]]] = []
        self._inverted: set[int] = set()

    def wire(
        self,
        lane: RoadLane,
        inputs: Mapping[str, int],
        outputs: Mapping[str, int],
        inverted: Collection[str] = (),
    ) -> None:
        self._lanes.append((lane, inputs, {number: role for role, number in outputs.items()}))
        self._inverted |= {inputs[role] for role in inverted}

    def read_inputs(self, address: int, count: int) -> list[bool]:
        _inside(address - self._map.inputs_address, count, self._map.inputs_count)
        found = [False] * self._map.inputs_count
        for lane, inputs, _ in self._lanes:
            felt = lane.inputs()
            for role, number in inputs.items():
                found[number] = felt.get(role, False) is not (number in self._inverted)
        start = address - self._map.inputs_address
        return found[start : start + count]

    def read_coils(self, address: int, count: int) -> list[bool]:
        if self._map.inputs_function == 1 and address == self._map.inputs_address != self._map.coils_address:
            return self.read_inputs(address, count)
        start = _inside(address - self._map.coils_address, count, len(self._coils))
        return self._coils[start : start + count]

    def write_coil(self, address: int, on: bool) -> None:
        number = _inside(address - self._map.coils_address, 1, len(self._coils))
        self._coils[number] = on
        for lane, _, outputs in self._lanes:
            if number in outputs:
                lane.set_output(outputs[number], on=on)


def _inside(start: int, count: int, size: int) -> int:
    if not 0 <= start <= size - count:
        raise LookupError(start, count)
    return start


class Camera:
    """Sees a truck come and pushes its plate: fire and forget, a few tries while nobody answers."""

    def __init__(
        self,
        lane: Mapping[str, Any],
        url: str,
        protocol: CameraProtocol,
        client: httpx.AsyncClient,
        clock: Clock,
        sleep: Sleep,
    ) -> None:
        self._device: str = lane["camera"]["device"]
        self._url, self._protocol, self._client = url, protocol, client
        self._clock, self._sleep = clock, sleep

    async def push(self, truck: Truck) -> bool:
        """Whether the push was taken."""
        await self._sleep(PUSH_AFTER_S)
        at = self._clock.now()
        for attempt in range(PUSH_TRIES):
            reading = sighting(truck, self._device, at, late=attempt >= LATE_AFTER_TRIES)
            body, content_type = self._protocol.encode(reading)
            try:
                response = await self._client.post(self._url, content=body, headers={"content-type": content_type})
            except httpx.TransportError:
                await self._sleep(PUSH_PAUSE_S)
            else:
                return response.is_success
        return False


def sighting(truck: Truck, device: str, at: datetime, *, late: bool = False) -> PlateReading:
    """What a camera makes of a truck, with a picture of its plate."""
    plate = truck.plate if truck.plate_readable else None
    return PlateReading(
        plate=plate,
        colour=truck.colour if truck.plate_readable else "unknown",
        confidence_percent=96 if truck.plate_readable else 0,
        event_id=f"{device}-{at:%Y%m%d%H%M%S%f}",
        device_time=at,
        device=device,
        late=late,
        pictures=(Picture("plate", plate_card(plate)),),
    )


class SignPanel:
    """An LED panel: keeps what it was last told, and answers where such cards do. `wire` is set once it has one."""

    def __init__(self, protocol: SignProtocol) -> None:
        self._protocol = protocol
        self._card = None if protocol.card is None else protocol.card()
        self.wire: Wire | None = None
        self._bytes = b""
        self.lines: tuple[str, ...] = ()
        self.colour = ""

    def read(self) -> tuple[str, ...]:
        return self.lines

    def receive(self, chunk: bytes) -> None:
        """Any chunks; a message counts once it reads as one."""
        if self._card is not None:
            answer = self._card.receive(chunk)
            self.lines, self.colour = self._card.lines, self._card.colour
            if answer and self.wire is not None:
                self.wire.write(answer)
            return
        self._bytes = (self._bytes + chunk)[-SIGN_BYTES_MAX:]
        try:
            self.lines, self.colour = self._protocol.decode(self._bytes)
        except FrameError:
            return  # the rest is still to come
        self._bytes = b""
