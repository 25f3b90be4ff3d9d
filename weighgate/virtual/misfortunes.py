"""How each fault begins and ends. Every one heals: afterwards the world must come to rest with nothing pending."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from weighgate.virtual.place import Place
from weighgate.virtual.swarm import Fault
from weighgate.virtual.wires import VirtualWire

if TYPE_CHECKING:
    from weighgate.virtual.world import World

Do = Callable[["World", Place, Fault], Awaitable[None]]

LIES_LINGER_S = 30.0  # so long after it a vehicle weighed meanwhile may still stand there


async def play(world: "World") -> None:
    """Every fault in its time; returns when the last is over and everything is mended."""
    async with asyncio.TaskGroup() as all_of_them:
        for fault in world.swarm.faults:
            all_of_them.create_task(_one(world, fault))
    await heal(world)


async def _one(world: "World", fault: Fault) -> None:
    await asyncio.sleep(fault.at_s - world.clock.monotonic_s())
    place = world.places[fault.place]
    world.tell(f"{fault.name} {place.id} {fault.lasts_s:g} s")
    await HOW[fault.name](world, place, fault)


async def heal(world: "World") -> None:
    """Whatever is still down comes up again."""
    world.broker.heal()
    world.centre.line.heal()
    if not world.centre.machine.alive:
        await world.centre.crash()
        await world.centre.boot_again()
    for place in world.places:
        place.box.line.heal()
        for wire in place.ports.wires.values():
            wire.mend()
        place.box.mend_disk()
        place.box.machine.cut_in_commits = None
        if not place.box.machine.alive:
            await place.box.crash()
            await place.box.boot_again()
    world.centre.machine.cut_in_commits = None


# devices ---------------------------------------------------------------------------------------------------------


def _wire(place: Place, fault: Fault, what: str) -> VirtualWire:
    """The wire of one of its scales, or of its boards."""
    lanes = place.document["lanes"]
    lane = lanes[fault.draw % len(lanes)]
    if what == "scale":
        return place.ports.wire(lane["scale"]["url"])
    buses = {bus["id"]: bus["url"] for bus in place.document.get("buses", ())}
    io = lane.get("io", {})
    return place.ports.wire(buses[io["bus"]] if "bus" in io else io.get("url", lane["scale"]["url"]))


async def _scale_unplugged(_world: "World", place: Place, fault: Fault) -> None:
    await _unplugged(_wire(place, fault, "scale"), fault.lasts_s)


async def _board_unplugged(_world: "World", place: Place, fault: Fault) -> None:
    await _unplugged(_wire(place, fault, "board"), fault.lasts_s)


async def _unplugged(wire: VirtualWire, lasts_s: float) -> None:
    wire.unplug()
    await asyncio.sleep(lasts_s)
    wire.plug_in()


async def _scale_mute(_world: "World", place: Place, fault: Fault) -> None:
    wire = _wire(place, fault, "scale")
    wire.mute = True
    await asyncio.sleep(fault.lasts_s)
    wire.mute = False


async def _scale_frozen(world: "World", place: Place, fault: Fault) -> None:
    wire = _wire(place, fault, "scale")
    wire.frozen = True
    place.lies_until_s = world.clock.monotonic_s() + fault.lasts_s + LIES_LINGER_S
    await asyncio.sleep(fault.lasts_s)
    wire.frozen = False


async def _scale_reboots(_world: "World", place: Place, fault: Fault) -> None:
    wire = _wire(place, fault, "scale")
    wire.break_off()
    await _unplugged(wire, fault.lasts_s)


async def _scales_swapped(world: "World", place: Place, fault: Fault) -> None:
    urls = sorted({lane["scale"]["url"] for lane in place.document["lanes"]})
    if len(urls) == 2:
        one, other = (place.ports.wire(url) for url in urls)
        one.exchange(other)
        place.lies_until_s = world.clock.monotonic_s() + fault.lasts_s + LIES_LINGER_S
        await asyncio.sleep(fault.lasts_s)
        one.exchange(other)


# the box ---------------------------------------------------------------------------------------------------------


async def _disk_full(_world: "World", place: Place, fault: Fault) -> None:
    place.box.fill_disk()
    await asyncio.sleep(fault.lasts_s)
    place.box.mend_disk()


async def _disk_read_only(_world: "World", place: Place, fault: Fault) -> None:
    place.box.make_read_only()
    await asyncio.sleep(fault.lasts_s)
    place.box.mend_disk()


async def _box_crash(_world: "World", place: Place, fault: Fault) -> None:
    await _down(place, fault.lasts_s)


async def _box_crash_in_commit(_world: "World", place: Place, fault: Fault) -> None:
    place.box.machine.cut_in_commits = 1 + fault.draw % 6
    async with _patience(60):
        await place.box.machine.until_dead()
    place.box.machine.cut_in_commits = None
    if not place.box.machine.alive:
        await _down(place, fault.lasts_s)


async def _down(place: Place, lasts_s: float) -> None:
    await place.box.crash()
    await asyncio.sleep(lasts_s)
    if not place.box.machine.alive:
        await place.box.boot_again()


async def _box_replaced(_world: "World", place: Place, fault: Fault) -> None:
    """A new box from the shelf: its own key, an empty journal. What the old one still owed is with the old one."""
    await place.box.crash()
    await asyncio.sleep(fault.lasts_s)
    if not place.box.machine.alive:
        place.replace_box()
        await place.box.boot_again()


async def _box_twin(world: "World", place: Place, fault: Fault) -> None:
    """Somebody copies the disk into a second box and lets both run."""
    twin = world.twin_of(place)
    await twin.boot_again()
    assert twin.site is not None
    for number in range(1 + fault.draw % 3):
        await asyncio.sleep(fault.lasts_s / 4)
        if twin.machine.alive:
            await twin.site.station.audit("twin", {"number": number})
    await asyncio.sleep(fault.lasts_s / 4)
    await twin.crash()


async def _clock_steps(_world: "World", place: Place, fault: Fault) -> None:
    by_ms = random.Random(fault.draw).choice((-3_600_000, -5_000, 5_000, 3_600_000))
    place.box.clock.offset_ms += by_ms
    await asyncio.sleep(fault.lasts_s)
    place.box.clock.offset_ms -= by_ms


async def _clock_drifts(_world: "World", place: Place, fault: Fault) -> None:
    place.box.clock.drift_ppm = 100 + fault.draw % 400
    await asyncio.sleep(fault.lasts_s)


# central, network, broker ----------------------------------------------------------------------------------------


async def _central_crash(world: "World", _place: Place, fault: Fault) -> None:
    await _central_down(world, fault.lasts_s)


async def _central_crash_in_commit(world: "World", _place: Place, fault: Fault) -> None:
    world.centre.machine.cut_in_commits = 1 + fault.draw % 6
    async with _patience(60):
        await world.centre.machine.until_dead()
    world.centre.machine.cut_in_commits = None
    if not world.centre.machine.alive:
        await _central_down(world, fault.lasts_s)


async def _central_down(world: "World", lasts_s: float, *, restored: bool = False) -> None:
    await world.centre.crash()
    if restored and world.centre.restore():
        world.tell("central is an older copy of itself")
    await asyncio.sleep(lasts_s)
    if not world.centre.machine.alive:
        await world.centre.boot_again()


async def _central_restored(world: "World", _place: Place, fault: Fault) -> None:
    if world.centre.machine.alive:
        world.centre.back_up()
    await asyncio.sleep(10 + fault.draw % 60)
    await _central_down(world, fault.lasts_s, restored=True)


async def _network_cut(world: "World", place: Place, fault: Fault) -> None:
    place.box.line.cut = True
    world.broker.hang_up(place.box.line)
    await asyncio.sleep(fault.lasts_s)
    place.box.line.cut = False


async def _network_slow(_world: "World", place: Place, fault: Fault) -> None:
    place.box.line.delay_s = 0.3 + fault.draw % 50 / 10
    await asyncio.sleep(fault.lasts_s)
    place.box.line.delay_s = 0.02


async def _network_one_way(_world: "World", place: Place, fault: Fault) -> None:
    place.box.line.answers_lost = True
    await asyncio.sleep(fault.lasts_s)
    place.box.line.answers_lost = False


async def _network_repeats(_world: "World", place: Place, fault: Fault) -> None:
    place.box.line.duplicate = 0.5
    await asyncio.sleep(fault.lasts_s)
    place.box.line.duplicate = 0.0


async def _network_reorders(_world: "World", place: Place, fault: Fault) -> None:
    place.box.line.jitter_s = 0.5 + fault.draw % 30 / 10
    await asyncio.sleep(fault.lasts_s)
    place.box.line.jitter_s = 0.0


async def _broker_down(world: "World", _place: Place, fault: Fault) -> None:
    world.broker.go_down()
    await asyncio.sleep(fault.lasts_s)
    world.broker.retained.clear()
    world.broker.up = True


async def _broker_forgets(world: "World", _place: Place, fault: Fault) -> None:
    world.broker.forget = 0.1 + fault.draw % 9 / 10
    await asyncio.sleep(fault.lasts_s)
    world.broker.forget = 0.0


async def _broker_repeats(world: "World", _place: Place, fault: Fault) -> None:
    world.broker.duplicate, world.broker.jitter_s = 0.5, 2.0
    await asyncio.sleep(fault.lasts_s)
    world.broker.duplicate, world.broker.jitter_s = 0.0, 0.0


class _patience:  # noqa: N801 - reads as a phrase
    """A time-out after which one goes on."""

    def __init__(self, seconds: float) -> None:
        self._timeout = asyncio.timeout(seconds)

    async def __aenter__(self) -> None:
        await self._timeout.__aenter__()

    async def __aexit__(self, *what: object) -> bool:
        try:
            await self._timeout.__aexit__(*what)  # type: ignore[arg-type]
        except TimeoutError:
            return True
        return False


HOW: dict[str, Do] = {
    "scale-unplugged": _scale_unplugged,
    "scale-mute": _scale_mute,
    "scale-frozen": _scale_frozen,
    "scale-reboots": _scale_reboots,
    "scales-swapped": _scales_swapped,
    "board-unplugged": _board_unplugged,
    "disk-full": _disk_full,
    "disk-read-only": _disk_read_only,
    "box-crash": _box_crash,
    "box-crash-in-commit": _box_crash_in_commit,
    "central-crash": _central_crash,
    "central-crash-in-commit": _central_crash_in_commit,
    "central-restored": _central_restored,
    "network-cut": _network_cut,
    "network-slow": _network_slow,
    "network-one-way": _network_one_way,
    "network-repeats": _network_repeats,
    "network-reorders": _network_reorders,
    "broker-down": _broker_down,
    "broker-forgets": _broker_forgets,
    "broker-repeats": _broker_repeats,
    "box-replaced": _box_replaced,
    "box-twin": _box_twin,
    "clock-steps": _clock_steps,
    "clock-drifts": _clock_drifts,
}
