"""How each fault begins and ends. Every one heals: afterwards the world must come to rest with nothing pending."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from weighgate.virtual import at_site, far_away
from weighgate.virtual.place import Place
from weighgate.virtual.swarm import Fault

if TYPE_CHECKING:
    from weighgate.virtual.world import World

Do = Callable[["World", Place, Fault], Awaitable[None]]


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
    world.centre.be_slow(0.0)
    world.centre.disk.state = ""
    if not world.centre.machine.alive:
        await world.centre.crash()
        await world.centre.boot_again()
    for place in world.places:
        place.box.line.heal()
        for wire in place.ports.wires.values():
            wire.mend()
        place.box.mend_disk()
        place.box.machine.cut_in_commits = place.box.machine.cut_after = None
        if not place.box.machine.alive:
            await place.box.crash()
            await place.box.boot_again()
    world.centre.machine.cut_in_commits = world.centre.machine.cut_after = None


HOW: dict[str, Do] = {
    "scale-unplugged": at_site.scale_unplugged,
    "scale-mute": at_site.scale_mute,
    "scale-frozen": at_site.scale_frozen,
    "scale-reboots": at_site.scale_reboots,
    "scales-swapped": at_site.scales_swapped,
    "board-unplugged": at_site.board_unplugged,
    "disk-full": at_site.disk_full,
    "disk-read-only": at_site.disk_read_only,
    "box-crash": at_site.box_crash,
    "box-crash-in-commit": at_site.box_crash_in_commit,
    "box-crash-at-await": at_site.box_crash_at_await,
    "central-crash": far_away.central_crash,
    "central-crash-in-commit": far_away.central_crash_in_commit,
    "central-crash-at-await": far_away.central_crash_at_await,
    "central-disk-full": far_away.central_disk_full,
    "central-disk-read-only": far_away.central_disk_read_only,
    "central-slow": far_away.central_slow,
    "central-restored": far_away.central_restored,
    "network-cut": far_away.network_cut,
    "network-slow": far_away.network_slow,
    "network-one-way": far_away.network_one_way,
    "network-repeats": far_away.network_repeats,
    "network-reorders": far_away.network_reorders,
    "broker-down": far_away.broker_down,
    "broker-forgets": far_away.broker_forgets,
    "broker-repeats": far_away.broker_repeats,
    "box-replaced": at_site.box_replaced,
    "box-twin": at_site.box_twin,
    "clock-steps": at_site.clock_steps,
    "clock-drifts": at_site.clock_drifts,
}
