"""A world that gets nowhere ends as a failure with a name, after so many turns of the loop and not of the clock."""

import asyncio
import random
from pathlib import Path

import pytest
from seeded_bugs import quarry

from weighgate.virtual.loop import VirtualLoop
from weighgate.virtual.machine import Machine
from weighgate.virtual.world import run_seed


def test_a_world_that_takes_too_many_turns_is_a_failure_that_repeats(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("weighgate.virtual.world.STEPS_MAX", 1_000)
    first, again = (run_seed(1, swarm=quarry(trucks=1)) for _ in range(2))
    assert first.broken[0].startswith("endless: 1000 turns of the loop, and it is only ")
    assert (first.broken, first.digest) == (again.broken, again.digest)


def test_what_goes_on_though_it_was_cancelled_is_named(tmp_path: Path) -> None:
    async def stubborn() -> None:
        while True:
            try:
                await asyncio.sleep(1.0)
            except asyncio.CancelledError:
                if loop.time() > 100.0:
                    raise

    async def play() -> None:
        machine.power_on()
        machine.spawn(stubborn(), "arm")
        await asyncio.sleep(1.0)
        machine.power_off()
        await machine.bury()

    machine, loop = Machine("box", tmp_path, random.Random(1)), VirtualLoop()
    loop.run_until_complete(play())
    assert machine.stubborn == ["box arm"]
    assert 60.0 <= loop.time() < 100.0
    for task in asyncio.all_tasks(loop):
        loop.call_later(100.0, task.cancel)
        loop.run_until_complete(asyncio.wait({task}))
    loop.close()
