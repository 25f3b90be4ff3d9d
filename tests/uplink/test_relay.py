"""Whatever doors and centre do: fresh overloads first, all delivered in the end, nothing gone without a signed yes."""

import asyncio
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from uplink_world import CENTRAL, FORGER, GONE, JOURNAL, SITE, FakeCentral, FakeDoor, FakeOutbox, World, signed

from gateway.contract.wire import Acknowledgement
from gateway.errors import JournalError, Refused
from gateway.journal import open_journal
from gateway.ports import Draft
from gateway.uplink.doors import BatchRefused


@pytest.mark.parametrize("forgets", [False, True])
async def test_a_fresh_overload_overtakes_a_backlog(forgets: bool) -> None:
    central = FakeCentral()
    mqtt, http = FakeDoor("mqtt", central), FakeDoor("http", central)
    mqtt.always = "forget" if forgets else None
    world = World(2_000, doors=[mqtt, http])
    for _ in range(6):
        await world.relay.drain_once()
    world.outbox.pending[2_001] = 0
    world.relay.kick()
    sent_before, at_ms = len(mqtt.batches) + len(http.batches), world.clock.ms
    await world.relay.drain_once()
    assert len(mqtt.batches) + len(http.batches) == sent_before + 1
    assert 2_001 in mqtt.batches[-1]
    while 2_001 not in world.outbox.acked:
        await world.clock.sleep(0.1)
        await world.relay.drain_once()
    assert world.clock.ms - at_ms <= 2_000


@pytest.mark.parametrize("kind", ["unsigned", "forger", "not hex", "other site", "huge"])
async def test_an_answer_that_central_did_not_sign_is_ignored_and_alarmed(kind: str) -> None:
    world = World(3)
    ack = Acknowledgement(incarnation="one", site=SITE, journal=JOURNAL, through=3)
    forged = {
        "unsigned": ack,
        "forger": signed(ack, FORGER),
        "not hex": ack.model_copy(update={"signature": "zz" * 64}),
        "other site": signed(ack.model_copy(update={"site": "elsewhere"})),
        "huge": ack.model_copy(update={"through": 2**60, "signature": "00" * 64}),
    }[kind]
    await world.relay.on_ack(forged)
    await world.relay.on_ack(forged)
    assert len(world.outbox.pending) == 3
    assert [code for code, _ in world.alarms] == ["acknowledgement-not-believed"]
    assert world.relay.counts["forged"] == 2


async def test_a_broker_that_acknowledges_and_forgets_loses_nothing() -> None:
    central = FakeCentral()
    mqtt, http = FakeDoor("mqtt", central), FakeDoor("http", central)
    mqtt.always = "forget"
    world = World(500, doors=[mqtt, http])
    await world.until_empty()
    assert world.outbox.acked == central.stored == set(range(1, 501))


async def test_a_failing_door_gives_way_to_the_other_at_once() -> None:
    central = FakeCentral()
    mqtt, http = FakeDoor("mqtt", central, GONE), FakeDoor("http", central)
    world = World(10, doors=[mqtt, http])
    await world.until_empty()
    assert world.clock.ms == 0


async def test_central_recovers_and_everything_arrives() -> None:
    http = FakeDoor("http", FakeCentral(), *[GONE] * 12)
    world = World(300, doors=[http])
    await world.until_empty()
    assert len(world.outbox.acked) == 300
    assert world.clock.ms < 200_000


async def test_too_big_makes_smaller_batches_and_no_alarm() -> None:
    http = FakeDoor("http", FakeCentral(), BatchRefused("413"), BatchRefused("413"))
    world = World(100, doors=[http])
    await world.until_empty()
    assert [len(batch) for batch in http.batches[:3]] == [50, 25, 12]
    assert world.alarms == []


async def test_one_entry_that_central_never_takes_lets_the_others_pass() -> None:
    class Picky(FakeDoor):
        async def send(self, batch: bytes) -> Any:
            if b'"j-one/100"' in batch:
                raise BatchRefused("422 unreadable")
            return await super().send(batch)

    world = World(100, doors=[Picky("http", FakeCentral())])
    with pytest.raises(AssertionError):
        await world.until_empty(1_000)
    assert set(world.outbox.pending) == {100}
    assert world.alarms == [("central-refuses", "j-one/100: 422 unreadable")]


async def test_a_wrong_token_is_alarmed_once_and_loses_nothing() -> None:
    http = FakeDoor("http", FakeCentral(), *[Refused("401")] * 5)
    world = World(20, doors=[http])
    await world.until_empty()
    assert world.alarms == [("central-refuses", "http: 401")]
    assert len(world.outbox.acked) == 20


async def test_quarantined_is_parked_with_the_reason() -> None:
    central = FakeCentral()
    central.refused = {7: "hash"}
    world = World(20, doors=[FakeDoor("http", central)])
    await world.until_empty()
    assert world.outbox.parked == {7: "hash"}
    assert 7 not in world.outbox.acked


@pytest.mark.parametrize("incarnation", ["one", "two"])
async def test_a_centre_that_lost_something_is_offered_it_again_and_only_once(incarnation: str) -> None:
    central = FakeCentral()
    http = FakeDoor("http", central)
    world = World(100, doors=[http])
    await world.until_empty()
    central.stored, central.incarnation = set(range(1, 41)), incarnation
    await world.relay.on_ack(central.ack())
    assert set(world.outbox.pending) == set(range(41, 101))
    await world.until_empty()
    assert central.stored == set(range(1, 101))
    sent = len(http.batches)
    for _ in range(20):
        await world.relay.on_ack(central.ack())
        assert not await world.relay.drain_once()
    assert (len(http.batches), world.outbox.offered_again) == (sent, 60)


async def test_the_first_answer_after_a_start_offers_nothing_again_that_it_lists() -> None:
    central = FakeCentral()
    central.stored = set(range(5, 50))
    world = World(50)
    await world.relay.on_ack(central.ack())
    await World(0, outbox=world.outbox).relay.on_ack(central.ack())
    assert world.outbox.acked == set(range(5, 50))


async def test_stale_and_repeated_answers_cost_one_more_offer_at_most() -> None:
    central = FakeCentral()
    http = FakeDoor("http", central)
    world = World(50, doors=[http])
    central.stored = {1, 2, 3}
    stale = central.ack()
    await world.until_empty()
    await world.relay.on_ack(stale)
    await world.relay.on_ack(stale)
    await world.until_empty()
    assert not await world.relay.drain_once()
    assert len(world.outbox.acked) == 50


async def test_a_full_journal_stops_neither_loop_nor_delivery() -> None:
    world = World(10, doors=[FakeDoor("http", FakeCentral())])
    kept, failures = world.outbox.acknowledge, iter([True, True])

    async def acknowledge(ack: Acknowledgement) -> int:
        if next(failures, False):
            raise JournalError("disk full")
        return int(await kept(ack))

    world.outbox.acknowledge = acknowledge  # type: ignore[method-assign]
    await world.until_empty()
    assert len(world.outbox.acked) == 10


class LossyDoor(FakeDoor):
    """Loses, repeats and reorders both ways; its answers come by themselves."""

    def __init__(self, central: FakeCentral, chance: random.Random, loss: float) -> None:
        super().__init__("mqtt", central)
        self.chance, self.loss = chance, loss
        self.up: list[bytes] = []
        self.down: list[Acknowledgement] = []

    async def send(self, batch: bytes) -> None:
        self.up += [batch] * self.chance.randint(1, 2)

    async def carry(self, world: World) -> None:
        self.chance.shuffle(self.up)
        self.chance.shuffle(self.down)
        for batch in self.up:
            if self.chance.random() >= self.loss:
                self.down += [self.central.accept(batch)] * self.chance.randint(1, 2)
        self.up.clear()
        arriving, self.down = self.down[:3], self.down[3:]
        for ack in arriving:
            if self.chance.random() >= self.loss:
                await world.relay.on_ack(ack)
                assert world.outbox.acked <= self.central.stored


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32), count=st.integers(1, 300), loss=st.floats(0, 0.7))
def test_any_network_delivers_everything_and_nothing_unacknowledged_leaves(seed: int, count: int, loss: float) -> None:
    async def play() -> None:
        door = LossyDoor(FakeCentral(), random.Random(seed), loss)
        world = World(count, doors=[door])
        for _ in range(4_000):
            await world.relay.drain_once()
            await door.carry(world)
            world.clock.ms += 200
            if not world.outbox.pending and not door.up and not door.down:
                break
        assert world.outbox.acked == door.central.stored == set(range(1, count + 1))

    asyncio.run(play())


async def test_the_real_outbox_drains_and_recovers_what_central_lost(tmp_path: Path) -> None:
    central = FakeCentral()
    world = World(outbox=FakeOutbox())
    clock = world.clock
    async with await open_journal(
        tmp_path, site=SITE, key=CENTRAL, new_name=lambda: "j-box", alarm=lambda code, detail: None, inline=True
    ) as journal:
        for number in range(120):
            await journal.append(Draft("device", None, {"number": number}, clock.now(), clock.quality()))
        world = World(outbox=journal, doors=[FakeDoor("mqtt", central, GONE), FakeDoor("http", central, GONE)])
        await world.until_empty()
        assert len(central.stored) == 120
        central.stored = set(range(1, 31))
        await world.relay.on_ack(central.ack(journal.name))
        assert (await journal.depth())["pending"] == 90
        await world.until_empty()
        assert central.stored == set(range(1, 121))
