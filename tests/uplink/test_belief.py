"""Only what central says now, of this site, lets entries go: no forged answer, none from before a restore."""

import asyncio
from typing import Any

import pytest
from uplink_world import (
    GONE,
    FakeCentral,
    FakeDoor,
    World,
    belief,
    received,
    said,
    turned,
    until,
)

from gateway.contract.wire import Acknowledgement, ReceivedAcknowledgement
from gateway.uplink.belief import Belief, Word

ALL = set(range(1, 101))


def weigh(one: Belief, ack: Acknowledgement, asked: int | None = None) -> Word:
    ((ack, word),) = one.weigh([received(ack)], asked)
    one.applied(ack, word)
    return word


# whose word counts ---------------------------------------------------------------------------------------------


def test_nothing_is_believed_before_something_was_asked() -> None:
    centre = belief()
    assert weigh(centre, said(9)) is Word.DOUBTED
    assert weigh(centre, said(9, answers="q-1")) is Word.DOUBTED
    question = centre.question()
    assert weigh(centre, said(9, answers=question)) is Word.WENT_BACK
    assert weigh(centre, said(10)) is Word.BELIEVED


def test_one_announcement_tells_of_several_journals() -> None:
    centre = belief()
    question = centre.question()
    assert weigh(centre, said(9, answers=question)) is Word.WENT_BACK
    assert weigh(centre, said(5, journal="j-before", answers=question)) is Word.WENT_BACK
    assert not centre.wants_to_ask
    two = [received(said(9, "two")), received(said(4, "two", journal="j-before"))]
    assert [word for _, word in centre.weigh(two, centre.asking())] == [Word.WENT_BACK] * 2


def test_after_a_restore_no_answer_from_before_is_believed_by_either_door() -> None:
    centre = belief()
    asked_before = centre.asking()
    old_question = centre.question()
    weigh(centre, said(100), centre.asking())
    asked_under_one = centre.asking()
    under_one = centre.question()
    assert weigh(centre, said(40, "two"), centre.asking()) is Word.WENT_BACK
    assert weigh(centre, said(100, "one")) is Word.DOUBTED
    assert centre.wants_to_ask
    for asked in (asked_before, asked_under_one):
        assert weigh(centre, said(100, "one"), asked) is Word.DOUBTED
    for question in (old_question, under_one):
        assert weigh(centre, said(100, "one", answers=question)) is Word.DOUBTED
    assert weigh(centre, said(41, "two")) is Word.BELIEVED


def test_a_store_that_comes_back_under_a_former_name_is_believed_when_asked() -> None:
    centre = belief()
    weigh(centre, said(100, "one"), centre.asking())
    weigh(centre, said(40, "two"), centre.asking())
    assert weigh(centre, said(20, "one"), centre.asking()) is Word.WENT_BACK


def test_a_store_that_went_back_under_the_same_name_is_seen_by_asking_only() -> None:
    centre = belief()
    weigh(centre, said(100), centre.asking())
    asked = centre.asking()
    assert weigh(centre, said(60)) is Word.LATE
    assert centre.wants_to_ask
    assert weigh(centre, said(60), centre.asking()) is Word.WENT_BACK
    assert weigh(centre, said(100), asked) is Word.DOUBTED, "asked before it went back"


def test_late_answers_of_one_life_offer_nothing_again() -> None:
    centre = belief()
    weigh(centre, said(1), centre.asking())
    asked = centre.asking()
    assert weigh(centre, said(100), asked) is Word.BELIEVED
    assert weigh(centre, said(50), asked) is Word.LATE
    assert not centre.wants_to_ask


# the relay, with an outbox ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["by itself", "as the answer to a batch sent before"])
@turned
async def test_a_late_answer_from_before_a_restore_leaves_the_lost_entries_pending(way: str) -> None:
    central = FakeCentral()
    mqtt, http = FakeDoor("mqtt", central), LateDoor("http", central)
    world = World(100, doors=[mqtt, http])
    async with world.running():
        await until(lambda: world.outbox.acked == ALL, 30)
        late = central.ack()
        mqtt.ready = False
        if way != "by itself":
            http.answer_late = asyncio.Event()
            world.store(101, 0)
            await until(lambda: 101 in central.stored, 2)
            late = central.ack()
        central.stored, central.incarnation = set(range(1, 41)), "two"
        http.always = GONE  # nothing is delivered again meanwhile; asking works
        await world.relay.on_ack(received(central.ack()))  # unknown: makes it ask, and the answer is believed
        await until(lambda: set(world.outbox.pending) >= set(range(41, 101)), 5)
        if way == "by itself":
            await world.relay.on_ack(received(late))
        else:
            assert http.answer_late is not None
            http.answer_late.set()
        await asyncio.sleep(1)
        assert set(world.outbox.pending) >= set(range(41, 101))
        assert world.relay.counts["doubted"] >= 2
        http.always = None
        await until(lambda: central.stored >= ALL and world.outbox.acked >= ALL, 60)


class LateDoor(FakeDoor):
    """Central takes the batch at once, its answer waits."""

    answer_late: asyncio.Event | None = None

    async def send(self, batch: bytes) -> Any:
        answer = await super().send(batch)
        if self.answer_late is not None:
            self.always = GONE
            await self.answer_late.wait()
        return answer

    async def ask(self, question: str) -> list[ReceivedAcknowledgement]:
        return [received(self.central.ack())]


class BrokerDoor(FakeDoor):
    """Answers come by themselves, to questions too; a central that has nothing of us answers none."""

    world: World

    async def send(self, batch: bytes) -> None:
        for one in await super().send(batch) or ():
            await self.world.relay.on_ack(one)

    async def ask(self, question: str) -> None:
        self.asked += 1
        if self.central.stored:
            await asyncio.sleep(0.01)
            await self.world.relay.on_ack(received(self.central.ack(answers=question)))


@turned
async def test_the_first_batches_of_a_site_that_central_does_not_know_wait_for_one_question_only() -> None:
    door = BrokerDoor("mqtt", FakeCentral())
    world = door.world = World(1_000, doors=[door])
    assert await world.until_empty() < 0.2
    assert (door.asked, sum(map(len, door.batches))) == (2, 1_000), "nothing goes twice, and nothing waits its time out"


def test_what_came_too_early_counts_only_under_the_name_that_central_then_says() -> None:
    centre = belief()
    for incarnation, through in (("former", 9), ("one", 3)):
        assert weigh(centre, said(through, incarnation)) is Word.DOUBTED
    assert centre.early() == [], "nothing is known yet"
    assert weigh(centre, said(2), centre.asking()) is Word.WENT_BACK
    assert [word for _, word in centre.weigh(centre.early(), None)] == [Word.DOUBTED, Word.BELIEVED]
    assert centre.early() == []


@pytest.mark.parametrize("incarnation", ["one", "two"])
@turned
async def test_a_quiet_site_learns_by_asking_that_central_lost_something(incarnation: str) -> None:
    central = FakeCentral()
    http = FakeDoor("http", central)
    world = World(100, doors=[http])
    async with world.running():
        await until(lambda: world.outbox.acked == ALL, 30)
        central.stored, central.incarnation = set(range(1, 41)), incarnation
        await until(lambda: central.stored == ALL, 60)
        await asyncio.sleep(1)
        sent = len(http.batches)
        await asyncio.sleep(600)
        assert (len(http.batches), world.outbox.offered_again) == (sent, 60)


@pytest.mark.parametrize("others", [[], ["j-before"]], ids=["nor of anybody", "but of the box before"])
@turned
async def test_a_central_that_knows_nothing_of_us_any_more_is_offered_everything(others: list[str]) -> None:
    central = FakeCentral()
    central.others = others
    world = World(100, doors=[FakeDoor("http", central)])
    async with world.running():
        await until(lambda: world.outbox.acked == ALL, 30)
        central.stored, central.incarnation = set(), "new"
        await until(lambda: central.stored == ALL, 60)


@turned
async def test_a_start_offers_nothing_again_that_central_lists() -> None:
    central = FakeCentral()
    central.stored = set(range(5, 50))
    world = World(50, doors=[FakeDoor("http", central)])
    await world.until_empty()
    again = World(0, outbox=world.outbox, doors=[FakeDoor("http", central)])
    async with again.running():
        await asyncio.sleep(100)
    assert world.outbox.acked == set(range(1, 51))


@turned
async def test_a_flood_of_foreign_answers_makes_few_questions() -> None:
    central = FakeCentral()
    central.stored = {1}
    door = FakeDoor("http", central)
    world = World(1, doors=[door])
    async with world.running():
        await asyncio.sleep(1)
        asked = door.asked
        for _ in range(1_000):
            await world.relay.on_ack(received(said(1, "former")))
            await asyncio.sleep(0.01)
        assert door.asked - asked <= 45
