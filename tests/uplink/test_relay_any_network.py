"""Over any network, and with the real outbox: all is delivered in the end, restores of central included."""

import asyncio
import random
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from uplink_world import (
    CENTRAL,
    GONE,
    SITE,
    FakeCentral,
    FakeDoor,
    FakeOutbox,
    World,
    received,
    turned,
    until,
)

from gateway.errors import Unreachable
from gateway.journal import open_journal
from gateway.ports import Draft


class LossyDoor(FakeDoor):
    """Loses, repeats and delays both ways, each message by itself; its answers come by themselves."""

    def __init__(self, central: FakeCentral, chance: random.Random, loss: float) -> None:
        super().__init__("mqtt", central)
        self.chance, self.loss = chance, loss
        self.world: World
        self.restored = False
        self.carrying: set[asyncio.Task[None]] = set()

    def carry(self, batch: bytes | None, question: str) -> None:
        for _ in range(self.chance.randint(1, 2)):
            task = asyncio.ensure_future(self.there_and_back(batch, question))
            self.carrying.add(task)
            task.add_done_callback(self.carrying.discard)

    async def send(self, batch: bytes) -> None:
        self.carry(batch, "")

    async def ask(self, question: str) -> None:
        self.carry(None, question)

    async def there_and_back(self, batch: bytes | None, question: str) -> None:
        await asyncio.sleep(self.chance.random() * 3)
        if self.chance.random() < self.loss:
            return
        ack = self.central.ack(answers=question) if batch is None else self.central.accept(batch)
        await asyncio.sleep(self.chance.random() * 3)
        if self.chance.random() >= self.loss:
            await self.world.relay.on_ack(received(ack))
            assert self.restored or self.world.outbox.acked <= self.central.stored


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32), count=st.integers(1, 300), loss=st.floats(0, 0.7), restores=st.integers(0, 3))
def test_any_network_delivers_everything_and_nothing_unacknowledged_leaves(
    seed: int, count: int, loss: float, restores: int
) -> None:
    """Also where central is restored from backups in between, while answers of its former lives are under way."""

    @turned
    async def play() -> None:
        chance = random.Random(seed)
        central = FakeCentral()
        door = LossyDoor(central, chance, loss)
        http = FakeDoor("http", central)
        http.round_trip_s, http.always = 2.0, Unreachable("503")
        door.world = world = World(count, doors=[door, http])
        async with world.running():
            for number in range(restores):
                await asyncio.sleep(chance.random() * 20)
                http.always = chance.choice([None, http.always])
                central.stored = set(range(1, chance.randint(0, count) + 1)) & central.stored
                central.incarnation = f"life {number}"
                door.restored = True
            await until(lambda: central.stored == world.outbox.acked == set(range(1, count + 1)), 2_000)
            for task in list(door.carrying):
                await task

    play()


@turned
async def test_the_real_outbox_drains_and_recovers_what_central_lost(tmp_path: Path) -> None:
    central = FakeCentral()
    clock = World(outbox=FakeOutbox()).clock
    async with await open_journal(
        tmp_path, site=SITE, key=CENTRAL, new_name=lambda: "j-box", alarm=lambda code, detail: None, inline=True
    ) as journal:
        for number in range(120):
            await journal.append(Draft("device", None, {"number": number}, clock.now(), clock.quality()))
        doors = [FakeDoor("mqtt", central, GONE), FakeDoor("http", central, GONE)]
        central.journal = "j-box"
        world = World(outbox=journal, doors=doors)
        async with world.running():
            for _ in range(2):
                for _ in range(1_000):
                    await asyncio.sleep(0.1)
                    if (await journal.depth())["pending"] == 0 and len(central.stored) == 120:
                        break
                assert central.stored == set(range(1, 121))
                central.stored, central.incarnation = set(range(1, 31)), "restored"
                await asyncio.sleep(60)
            assert central.stored == set(range(1, 121))
