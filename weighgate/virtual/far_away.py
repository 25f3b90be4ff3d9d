"""Misfortunes beyond the site: central, the line to it, the broker."""

import asyncio
from typing import TYPE_CHECKING

from weighgate.virtual.patience import died
from weighgate.virtual.place import Place
from weighgate.virtual.swarm import Fault

if TYPE_CHECKING:
    from weighgate.virtual.world import World


async def central_crash(world: "World", _place: Place, fault: Fault) -> None:
    await _central_down(world, fault.lasts_s)


async def central_crash_in_commit(world: "World", _place: Place, fault: Fault) -> None:
    world.centre.machine.cut_in_commits = 1 + fault.draw % 6
    if await died(world.centre.machine):
        await _central_down(world, fault.lasts_s)


async def central_crash_at_await(world: "World", _place: Place, fault: Fault) -> None:
    world.centre.machine.cut_after = (1 + fault.draw % 7, fault.draw // 7 % 12)
    if await died(world.centre.machine):
        await _central_down(world, fault.lasts_s)


async def central_disk_full(world: "World", _place: Place, fault: Fault) -> None:
    await _central_disk(world, "full", fault.lasts_s)


async def central_disk_read_only(world: "World", _place: Place, fault: Fault) -> None:
    await _central_disk(world, "read-only", fault.lasts_s)


async def _central_disk(world: "World", how: str, lasts_s: float) -> None:
    world.centre.disk.state = how
    await asyncio.sleep(lasts_s)
    world.centre.disk.state = ""


async def central_slow(world: "World", _place: Place, fault: Fault) -> None:
    world.centre.be_slow(0.5 + fault.draw % 80 / 10)
    await asyncio.sleep(fault.lasts_s)
    world.centre.be_slow(0.0)


async def _central_down(world: "World", lasts_s: float, *, restored: bool = False) -> None:
    await world.centre.crash()
    if restored and world.centre.restore():
        world.tell("central is an older copy of itself")
    await asyncio.sleep(lasts_s)
    if not world.centre.machine.alive:
        await world.centre.boot_again()


async def central_restored(world: "World", _place: Place, fault: Fault) -> None:
    if world.centre.machine.alive:
        world.centre.back_up()
    await asyncio.sleep(10 + fault.draw % 60)
    await _central_down(world, fault.lasts_s, restored=True)


async def network_cut(world: "World", place: Place, fault: Fault) -> None:
    place.box.line.cut = True
    world.broker.hang_up(place.box.line)
    await asyncio.sleep(fault.lasts_s)
    place.box.line.cut = False


async def network_slow(_world: "World", place: Place, fault: Fault) -> None:
    place.box.line.delay_s = 0.3 + fault.draw % 50 / 10
    await asyncio.sleep(fault.lasts_s)
    place.box.line.delay_s = 0.02


async def network_one_way(_world: "World", place: Place, fault: Fault) -> None:
    place.box.line.answers_lost = True
    await asyncio.sleep(fault.lasts_s)
    place.box.line.answers_lost = False


async def network_repeats(_world: "World", place: Place, fault: Fault) -> None:
    place.box.line.duplicate = 0.5
    await asyncio.sleep(fault.lasts_s)
    place.box.line.duplicate = 0.0


async def network_reorders(_world: "World", place: Place, fault: Fault) -> None:
    place.box.line.jitter_s = 0.5 + fault.draw % 30 / 10
    await asyncio.sleep(fault.lasts_s)
    place.box.line.jitter_s = 0.0


async def broker_down(world: "World", _place: Place, fault: Fault) -> None:
    world.broker.go_down()
    await asyncio.sleep(fault.lasts_s)
    world.broker.retained.clear()
    world.broker.up = True


async def broker_forgets(world: "World", _place: Place, fault: Fault) -> None:
    world.broker.forget = 0.1 + fault.draw % 9 / 10
    await asyncio.sleep(fault.lasts_s)
    world.broker.forget = 0.0


async def broker_repeats(world: "World", _place: Place, fault: Fault) -> None:
    world.broker.duplicate, world.broker.jitter_s = 0.5, 2.0
    await asyncio.sleep(fault.lasts_s)
    world.broker.duplicate, world.broker.jitter_s = 0.0, 0.0
