"""A site's devices, built from its site file: the one place that knows which driver hangs on which wire."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from drivers.actuators import BEFORE, BEHIND, Arm, Barrier, Lamp
from drivers.board import IoBoard
from drivers.bus import Bus
from drivers.cameras import PROTOCOLS as CAMERAS
from drivers.cameras.watching import CameraWatch, over_http, over_link
from drivers.device import ScaleDevice
from drivers.link import Link
from drivers.modbus_scale import ModbusScale
from drivers.protocol import protocol_named
from drivers.readings import HealthReading, InputReading, Reading
from drivers.register_maps import load_map
from drivers.registers import IoMap, ScaleMap
from drivers.signs import PROTOCOLS as SIGNS
from drivers.signs import Sign
from drivers.tables import MapError
from drivers.tickets import TicketPrinter
from gateway.device_settings import BarrierSettings, Camera, Io, SignSettings
from gateway.errors import ConfigError
from gateway.lanes import LaneShell
from gateway.outages import Outage
from gateway.ports import Clock
from gateway.positions import Positions
from gateway.settings import Lane, SiteSettings

TCP_REOPEN_MS = 15_000
TCP_TIMEOUT_MS = 500
Map = TypeVar("Map", IoMap, ScaleMap)


@dataclass
class LaneEquipment:
    """One lane's devices. `inputs` holds what the board last said; it is empty while the board is lost."""

    scale: ScaleDevice | ModbusScale
    board: IoBoard | None = None
    board_url: str = ""
    lamp: Lamp | None = None
    barrier: Barrier | None = None
    front: Barrier | None = None
    sign: Sign | None = None
    voice: Sign | None = None
    printer: TicketPrinter | None = None
    inputs: dict[str, bool] = field(default_factory=dict)
    wired: frozenset[str] = frozenset()


@dataclass(frozen=True)
class AskedCamera:
    """A camera that does not push."""

    lane: str
    rear: bool
    url: str
    watch: CameraWatch


class Equipment:
    """Builds each lane's devices; a bus shared by several is built once. Nothing runs yet.

    `secret` gives a camera's password by the name of its variable.
    """

    def __init__(
        self,
        settings: SiteSettings,
        maps: Path,
        clock: Clock,
        open_link: Callable[[str], Awaitable[Link]],
        secret: Callable[[str], str] = lambda _name: "",
    ) -> None:
        self._secret = secret
        self._open_link = open_link
        self._site, self._lanes = settings.site.id, settings.lanes
        self._maps = maps
        self._clock = clock
        self.health: dict[str, Callable[[], Mapping[str, Any]]] = {}
        self.scales: dict[str, ScaleDevice | ModbusScale] = {}
        self.buses: dict[str, Bus] = {}
        self.cameras: list[AskedCamera] = []
        for bus in settings.buses:
            self._bus(bus.id, bus.url, bus.timeout_ms)

    def of(self, lane: Lane) -> LaneEquipment:
        """Raises ConfigError for an unknown protocol or register map, or one of the wrong kind."""
        gear = LaneEquipment(self._scale(lane))
        self.scales[lane.id] = gear.scale
        self.health[f"scale-{lane.id}"] = gear.scale.health
        if lane.io:
            gear.board = self._board(lane, lane.io)
            gear.wired = frozenset(lane.io.inputs)
            gear.board_url = self.buses[lane.io.bus or str(lane.io.url)].url
            self.health[f"board-{lane.id}"] = gear.board.health
            if {"lamp_red", "lamp_green"} <= set(lane.io.outputs):
                gear.lamp = Lamp(gear.board, yellow="lamp_yellow" in lane.io.outputs)
            if lane.barrier:
                gear.barrier = _arm(gear.board, lane.io, lane.barrier, gear.inputs, BEHIND)
            if lane.front_barrier:
                gear.front = _arm(gear.board, lane.io, lane.front_barrier, gear.inputs, BEFORE)
        for rear, camera in ((False, lane.camera), (True, lane.rear_camera)):
            if camera is not None and camera.url is not None:
                name = f"camera-{lane.id}" + ("-rear" if rear else "")
                watch = self._watch(name, camera, camera.url)
                self.cameras.append(AskedCamera(lane.id, rear, camera.url, watch))
                self.health[name] = watch.health
        if lane.sign:
            gear.sign = self._sign(f"sign-{lane.id}", lane.sign)
        if lane.voice:
            gear.voice = self._sign(f"voice-{lane.id}", lane.voice)
        if lane.printer:
            gear.printer = TicketPrinter(self._opener(lane.printer.url), lane.printer.chars)
        return gear

    def faults(self, lane: Lane) -> list[str]:
        """Everything that `of` would refuse, at once."""
        builders: list[Callable[[], object]] = [lambda: self._scale(lane)]
        if (io := lane.io) is not None:
            builders.append(lambda: self._board(lane, io))
        found = []
        for build in builders:
            try:
                build()
            except ConfigError as error:
                found += error.faults
        return found

    def _refused(self, lane: Lane, where: str, error: ValueError) -> ConfigError:
        faults = error.faults if isinstance(error, MapError) else [str(error)]
        place = next(place for place, one in enumerate(self._lanes) if one is lane)
        return ConfigError(self._site, [f"lanes[{place}].{where}: {fault}" for fault in faults])

    def _bus(self, name: str, url: str, timeout_ms: int) -> Bus:
        """One owner for each line: who names a URL that has a bus already shares it."""
        name = next((known for known, bus in self.buses.items() if bus.url == url), name)
        if name not in self.buses:
            self.buses[name] = Bus(
                url, timeout_ms=timeout_ms, clock_ms=self._clock.monotonic_ms, open_link=self._open_link
            )
            self.health[f"bus-{name}"] = self.buses[name].health
        return self.buses[name]

    def _scale(self, lane: Lane) -> ScaleDevice | ModbusScale:
        scale, name = lane.scale, f"scale-{lane.id}"
        kind, _, map_name = scale.protocol.partition(":")
        try:
            if kind == "modbus":
                _refuse_unknown(scale.options)
                return ModbusScale(
                    name,
                    self._bus(scale.url, scale.url, TCP_TIMEOUT_MS),
                    scale.unit_id,
                    self._map(map_name, ScaleMap),
                    scale.unit,
                    scale.poll_ms,
                    scale.stale_ms,
                    self._clock.monotonic_ms,
                    asyncio.sleep,
                    proven=scale.options.get("addresses_proven") is True,
                    interval_kg=scale.interval_kg,
                    frozen_ms=scale.frozen_s * 1000,
                )
            protocol = protocol_named(scale.protocol, scale.options)
            if protocol.follower is not None and lane.kind != "axle":
                raise ValueError(  # noqa: TRY301 - told as every other fault of this line
                    f"{protocol.name} counts up axles, which only a lane of kind axle takes; "
                    "for a live load set options = { cumulative = false }"
                )
        except ValueError as error:
            raise self._refused(lane, "scale.protocol", error) from error
        return ScaleDevice(
            name,
            self._opener(scale.url),
            protocol,
            scale.unit,
            scale.stale_ms,
            self._clock.monotonic_ms,
            asyncio.sleep,
            reopen_ms=max(TCP_REOPEN_MS, scale.stale_ms) if scale.url.startswith("tcp:") else None,
            interval_kg=scale.interval_kg,
            frozen_ms=scale.frozen_s * 1000,
        )

    def _board(self, lane: Lane, io: Io) -> IoBoard:
        bus = self.buses[io.bus] if io.bus else self._bus(str(io.url), str(io.url), TCP_TIMEOUT_MS)
        try:
            board = self._map(io.map, IoMap)
        except ValueError as error:
            raise self._refused(lane, "io.map", error) from error
        try:
            return IoBoard(
                f"io-{lane.id}",
                bus,
                io.unit,
                board,
                {str(role): index for role, index in io.inputs.items()},
                {str(role): index for role, index in io.outputs.items()},
                io.poll_ms,
                inverted=[str(role) for role in io.inverted],
            )
        except ValueError as error:
            raise self._refused(lane, "io", error) from error

    def _watch(self, name: str, camera: Camera, url: str) -> CameraWatch:
        feed = CAMERAS[camera.protocol].feed
        assert feed is not None, f"{camera.protocol} is not asked; the site file should have been refused"
        if url.startswith("tcp:"):
            return CameraWatch(name, feed, over_link(self._open_link, url))
        password = self._secret(camera.password_env) if camera.password_env else ""
        return CameraWatch(name, feed, over_http(url, feed.path, camera.user, password))

    def _sign(self, name: str, settings: SignSettings) -> Sign:
        sign = Sign(self._opener(settings.url), SIGNS[settings.protocol])
        self.health[name] = sign.health
        return sign

    def _opener(self, url: str) -> Callable[[], Awaitable[Link]]:
        return lambda: self._open_link(url)

    def _map(self, name: str, kind: type[Map]) -> Map:
        known = {path.stem: path for path in sorted(self._maps.glob("*.toml"))}
        if name not in known:
            raise ValueError(f"{name!r}; known: {', '.join(known)}")
        found = load_map(known[name])
        if not isinstance(found, kind):
            owner = "a scale" if isinstance(found, ScaleMap) else "an I/O board"
            raise ValueError(f"{name!r} is {owner}'s map")  # noqa: TRY004 - a fault of the file, not of the program
        return found


def _refuse_unknown(options: Mapping[str, object]) -> None:
    wrong = [name for name, value in options.items() if name != "addresses_proven" or not isinstance(value, bool)]
    if wrong:
        raise ValueError(f"a modbus scale's option {wrong[0]!r}; known: addresses_proven = true or false")


def _arm(board: IoBoard, io: Io, how: BarrierSettings, inputs: Mapping[str, bool], arm: Arm) -> Barrier:
    interlocks = [how.interlock] if isinstance(how.interlock, str) else how.interlock
    stop = ["emergency"] if "emergency" in io.inputs else []
    return Barrier(board, how.pulse_ms, how.travel_ms, (*interlocks, *stop), is_on=inputs.get, arm=arm)


def to_scale(shell: LaneShell, outage: Outage) -> Callable[[Reading], None]:
    def take(reading: Reading) -> None:
        if isinstance(reading, HealthReading):
            outage.hear(reading)
            shell.scale_health(reading)
        else:
            shell.reading(reading)

    return take


def to_board(
    shell: LaneShell, wired: Collection[str], inputs: dict[str, bool], outage: Outage
) -> Callable[[Reading], None]:
    def health(reading: HealthReading) -> None:
        outage.hear(reading)
        shell.board_health(reading)

    positions = Positions(wired, inputs, shell.reading, health)

    def take(reading: Reading) -> None:
        assert isinstance(reading, HealthReading | InputReading)
        positions.hear(reading)

    return take
