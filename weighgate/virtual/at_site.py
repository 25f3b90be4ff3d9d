"""Misfortunes of one site: its devices, and its box."""

import asyncio
import random
from typing import TYPE_CHECKING

from weighgate.virtual.patience import died
from weighgate.virtual.place import Place
from weighgate.virtual.swarm import Fault
from weighgate.virtual.wires import VirtualWire

if TYPE_CHECKING:
    from weighgate.virtual.world import World

LIES_LINGER_S = 30.0  # so long after it a vehicle weighed meanwhile may still stand there


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


async def scale_unplugged(_world: "World", place: Place, fault: Fault) -> None:
    await _unplugged(_wire(place, fault, "scale"), fault.lasts_s)


async def board_unplugged(_world: "World", place: Place, fault: Fault) -> None:
    await _unplugged(_wire(place, fault, "board"), fault.lasts_s)


async def _unplugged(wire: VirtualWire, lasts_s: float) -> None:
    wire.unplug()
    await asyncio.sleep(lasts_s)
    wire.plug_in()


async def scale_mute(_world: "World", place: Place, fault: Fault) -> None:
    wire = _wire(place, fault, "scale")
    wire.mute = True
    await asyncio.sleep(fault.lasts_s)
    wire.mute = False


async def scale_frozen(world: "World", place: Place, fault: Fault) -> None:
    wire = _wire(place, fault, "scale")
    wire.frozen = True
    place.lies_until_s = world.clock.monotonic_s() + fault.lasts_s + LIES_LINGER_S
    await asyncio.sleep(fault.lasts_s)
    wire.frozen = False


async def scale_reboots(_world: "World", place: Place, fault: Fault) -> None:
    wire = _wire(place, fault, "scale")
    wire.break_off()
    await _unplugged(wire, fault.lasts_s)


async def scales_swapped(world: "World", place: Place, fault: Fault) -> None:
    urls = sorted({lane["scale"]["url"] for lane in place.document["lanes"]})
    if len(urls) == 2:
        one, other = (place.ports.wire(url) for url in urls)
        one.exchange(other)
        place.lies_until_s = world.clock.monotonic_s() + fault.lasts_s + LIES_LINGER_S
        await asyncio.sleep(fault.lasts_s)
        one.exchange(other)


# the box ---------------------------------------------------------------------------------------------------------


async def disk_full(_world: "World", place: Place, fault: Fault) -> None:
    place.box.fill_disk()
    await asyncio.sleep(fault.lasts_s)
    place.box.mend_disk()


async def disk_read_only(_world: "World", place: Place, fault: Fault) -> None:
    place.box.make_read_only()
    await asyncio.sleep(fault.lasts_s)
    place.box.mend_disk()


async def box_crash(_world: "World", place: Place, fault: Fault) -> None:
    await _down(place, fault.lasts_s)


async def box_crash_in_commit(_world: "World", place: Place, fault: Fault) -> None:
    place.box.machine.cut_in_commits = 1 + fault.draw % 6
    if await died(place.box.machine):
        await _down(place, fault.lasts_s)


async def box_crash_at_await(_world: "World", place: Place, fault: Fault) -> None:
    """A few turns of the loop after it has stored something: between that and whatever should follow from it."""
    place.box.machine.cut_after = (1 + fault.draw % 7, fault.draw // 7 % 12)
    if await died(place.box.machine):
        await _down(place, fault.lasts_s)


async def _down(place: Place, lasts_s: float) -> None:
    await place.box.crash()
    await asyncio.sleep(lasts_s)
    if not place.box.machine.alive:
        await place.box.boot_again()


async def box_replaced(_world: "World", place: Place, fault: Fault) -> None:
    """A new box from the shelf: its own key, an empty journal. What the old one still owed is with the old one."""
    await place.box.crash()
    await asyncio.sleep(fault.lasts_s)
    if not place.box.machine.alive:
        place.replace_box()
        await place.box.boot_again()


async def box_twin(world: "World", place: Place, fault: Fault) -> None:
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


async def clock_steps(_world: "World", place: Place, fault: Fault) -> None:
    by_ms = random.Random(fault.draw).choice((-3_600_000, -5_000, 5_000, 3_600_000))
    place.box.clock.step(by_ms)
    await asyncio.sleep(fault.lasts_s)
    place.box.clock.step(-by_ms)


async def clock_drifts(_world: "World", place: Place, fault: Fault) -> None:
    place.box.clock.drift_ppm = 100 + fault.draw % 400
    await asyncio.sleep(fault.lasts_s)
