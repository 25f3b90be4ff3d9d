"""Whatever doors and centre do: fresh overloads first, all delivered in the end, nothing gone without a signed yes."""

import asyncio
from typing import Any

import pytest
from uplink_world import (
    GONE,
    SITE,
    FakeCentral,
    FakeDoor,
    World,
    received,
    turned,
    until,
)

from gateway.contract.wire import Acknowledgement, ReceivedAcknowledgement
from gateway.errors import JournalError, Refused
from gateway.uplink.doors import BatchRefused, Busy, Slow

STEPS = ["forget", "hang", GONE, Slow("too slow"), Busy("429", 5.0)]


@pytest.mark.parametrize("first", [None, *STEPS], ids=str)
@turned
async def test_a_fresh_overload_overtakes_a_backlog_whatever_the_first_door_does(first: Any) -> None:
    central = FakeCentral()
    mqtt, http = FakeDoor("mqtt", central), FakeDoor("http", central)
    mqtt.always, mqtt.round_trip_s, http.round_trip_s = first, 0.2, 0.4
    world = World(2_000, doors=[mqtt, http])
    async with world.running():
        for number in range(2_001, 2_021):
            await asyncio.sleep(0.7)
            world.store(number, 0)
            assert await until(lambda number=number: number in world.outbox.acked, 2.0) <= 2.0  # type: ignore[misc]


@pytest.mark.parametrize("name", ["mqtt", "http"])
@turned
async def test_a_backlog_batch_that_hangs_does_not_hold_a_live_entry_on_the_only_door(name: str) -> None:
    door = FakeDoor(name, FakeCentral(), "later", "hang")
    world = World(200, doors=[door])
    async with world.running():
        await until(lambda: len(door.batches) >= 2 and not door.plan, 5)
        world.store(201, 0)
        assert await until(lambda: 201 in world.outbox.acked, 2.0) <= 2.0
        assert len(world.outbox.acked) < 200, "the backlog still hangs"


@turned
async def test_live_batches_that_hang_are_bounded_and_the_next_one_finds_a_way() -> None:
    central = FakeCentral()
    first, second = FakeDoor("mqtt", central), FakeDoor("http", central)
    first.always = second.always = "hang"
    world = World(0, doors=[first, second])
    async with world.running():
        for number in range(1, 41):
            world.store(number, 0)
            await asyncio.sleep(0.1)
        assert len(world.relay._tasks) <= 2 * (3 + 1 + 1)
        first.always = second.always = None
        await until(lambda: len(world.outbox.acked) == 40, 15)


@turned
async def test_a_live_entry_comes_before_the_backlog_when_a_door_is_back() -> None:
    door = FakeDoor("http", FakeCentral())
    door.always = GONE
    world = World(500, doors=[door])
    async with world.running():
        await asyncio.sleep(300)
        world.store(501, 0)
        door.batches.clear()
        door.always = None
        assert await until(lambda: 501 in world.outbox.acked, 2.0) <= 2.0
        assert 501 in door.batches[0]


@turned
async def test_a_broker_that_acknowledges_and_forgets_loses_nothing() -> None:
    central = FakeCentral()
    mqtt, http = FakeDoor("mqtt", central), FakeDoor("http", central)
    mqtt.always = "forget"
    world = World(500, doors=[mqtt, http])
    await world.until_empty()
    assert world.outbox.acked == central.stored == set(range(1, 501))


@turned
async def test_a_failing_door_gives_way_to_the_other_at_once() -> None:
    central = FakeCentral()
    mqtt, http = FakeDoor("mqtt", central, GONE), FakeDoor("http", central)
    assert await World(10, doors=[mqtt, http]).until_empty() < 0.1


@turned
async def test_central_recovers_and_everything_arrives() -> None:
    http = FakeDoor("http", FakeCentral(), *[GONE] * 12)
    world = World(300, doors=[http])
    assert await world.until_empty() < 60
    assert len(world.outbox.acked) == 300


@turned
async def test_a_long_outage_costs_few_attempts_and_a_pause_that_central_asks_for_is_kept() -> None:
    http = FakeDoor("http", FakeCentral())
    http.always = GONE
    world = World(300, doors=[http])
    async with world.running():
        await asyncio.sleep(60)
        assert 30 < len(http.batches) < 130
        http.always = Busy("503", 20.0)
        await asyncio.sleep(1)
        http.batches.clear()
        await asyncio.sleep(100)
        assert 3 <= len(http.batches) <= 10


@turned
async def test_too_big_makes_smaller_batches_and_no_alarm() -> None:
    class Narrow(FakeDoor):
        async def send(self, batch: bytes) -> Any:
            if batch.count(b'"specversion"') > 7:
                self.plan.insert(0, BatchRefused("413"))
            return await super().send(batch)

    http = Narrow("http", FakeCentral())
    world = World(100, doors=[http])
    await world.until_empty()
    assert world.alarms == []


@turned
async def test_a_line_too_slow_for_a_batch_gets_smaller_ones() -> None:
    class Thin(FakeDoor):
        async def send(self, batch: bytes) -> Any:
            if batch.count(b'"specversion"') > 7:
                self.plan.insert(0, "hang")
            return await super().send(batch)

    world = World(100, doors=[Thin("http", FakeCentral())])
    assert await world.until_empty(1_000) < 1_000


@turned
async def test_one_entry_that_central_never_takes_lets_the_others_pass() -> None:
    class Picky(FakeDoor):
        async def send(self, batch: bytes) -> Any:
            if b'"j-one/100"' in batch:
                raise BatchRefused("422 unreadable")
            return await super().send(batch)

    world = World(100, doors=[Picky("http", FakeCentral())])
    async with world.running():
        await until(lambda: set(world.outbox.pending) == {100}, 30)
        await asyncio.sleep(600)
    assert set(world.outbox.pending) == {100}
    assert world.alarms == [("central-refuses", "j-one/100: 422 unreadable")]


@turned
async def test_a_centre_that_takes_nothing_is_not_asked_without_a_pause() -> None:
    http = FakeDoor("http", FakeCentral())
    http.always = BatchRefused("422 unreadable")
    world = World(500, doors=[http])
    async with world.running():
        await asyncio.sleep(600)
        assert len(http.batches) < 300
        http.always = None
        await until(lambda: not world.outbox.pending, 120)


@pytest.mark.parametrize("answer", ["nothing", "forged", "of another incarnation"])
@turned
async def test_a_centre_whose_answers_cover_nothing_is_not_asked_without_a_pause(answer: str) -> None:
    class Vain(FakeDoor):
        async def send(self, batch: bytes) -> list[ReceivedAcknowledgement]:
            self.batches.append([])
            if answer == "nothing":
                return []
            ack = Acknowledgement(incarnation="one", site=SITE, journal="j-one", through=500, signature="00" * 64)
            return [received(ack if answer == "forged" else FakeCentral("x").ack())]

        async def ask(self, question: str) -> Any:
            raise GONE

    http = Vain("http", FakeCentral())
    world = World(500, doors=[http])
    async with world.running():
        await asyncio.sleep(120)
    assert len(http.batches) < 250
    assert len(world.outbox.pending) == 500


@turned
async def test_a_wrong_token_is_alarmed_once_and_loses_nothing() -> None:
    http = FakeDoor("http", FakeCentral(), *[Refused("401")] * 5)
    world = World(20, doors=[http])
    await world.until_empty()
    assert world.alarms == [("central-refuses", "http: 401")]
    assert len(world.outbox.acked) == 20


@turned
async def test_quarantined_is_parked_with_the_reason() -> None:
    central = FakeCentral()
    central.refused = {7: "hash"}
    world = World(20, doors=[FakeDoor("http", central)])
    await world.until_empty()
    assert world.outbox.parked == {7: "hash"}
    assert 7 not in world.outbox.acked


@turned
async def test_a_full_journal_stops_neither_loop_nor_delivery() -> None:
    world = World(10, doors=[FakeDoor("http", FakeCentral())])
    kept, failures = world.outbox.acknowledge, iter([True, True])

    async def acknowledge(ack: Acknowledgement) -> int:
        if next(failures, False):
            raise JournalError("disk full")
        return int(await kept(ack))

    world.outbox.acknowledge = acknowledge
    await world.until_empty()
    assert len(world.outbox.acked) == 10


@turned
async def test_a_relay_with_nothing_to_send_seldom_asks_the_journal_and_misses_nothing_that_comes() -> None:
    world = World(1, doors=[FakeDoor("http", FakeCentral())])
    looked, look = 0, world.outbox.claim

    async def claim(*args: Any, **more: Any) -> Any:
        nonlocal looked
        looked += 1
        return await look(*args, **more)

    world.outbox.claim = claim
    async with world.running():
        await until(lambda: world.outbox.acked == {1}, 10)
        looked = 0
        await asyncio.sleep(100)
        assert looked <= 30
        world.store(2, 1)
        assert await until(lambda: 2 in world.outbox.acked, 1) < 0.1
