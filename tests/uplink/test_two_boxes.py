"""An answer counts for what this life of the box has sent: another box may write under the same journal's name."""

import asyncio
from pathlib import Path

import pytest
from uplink_world import (
    CENTRAL,
    JOURNAL,
    SITE,
    FakeCentral,
    FakeDoor,
    FakeOutbox,
    World,
    entry,
    received,
    signed,
    turned,
    until,
)

from gateway.contract.wire import Acknowledgement, Quarantined, digest_of
from gateway.journal import open_journal
from gateway.ports import Draft
from gateway.uplink.flight import SENT_MAX, Flight

A_DAY, SOME = 4_000, 400


def said(through: int, **more: object) -> Acknowledgement:
    return signed(Acknowledgement.model_validate({**FRAME, "through": through, **more}))


FRAME = {"incarnation": "one", "site": SITE, "journal": JOURNAL}
TO_ANOTHER = {
    "stored without gaps": said(7),
    "stored apart": said(5, also=[7]),
    "refused": said(7, quarantined=[Quarantined(seq=7, reason="hash")]),
    "in conflict": said(7, conflicts=[7]),
}


@pytest.mark.parametrize("answer", TO_ANOTHER)
@turned
async def test_an_entry_that_was_never_sent_waits_for_its_own_answer(answer: str) -> None:
    """Seven was sent by the other box, stored or refused, and both hear of it. Ours is sent, and is a conflict."""
    central = FakeCentral()
    door = FakeDoor("http", central)
    world = World(5, doors=[door])
    async with world.running():
        await until(lambda: len(world.outbox.acked) == 5, 30)
        door.ready = False
        world.store(6, 1)
        world.store(7, 1)
        await world.relay.on_ack(received(TO_ANOTHER[answer]))
        assert set(world.outbox.pending) == {6, 7}
        central.stored.add(7)
        central.clashes = {7}
        door.ready = True
        await until(lambda: world.outbox.parked == {7: "conflict"}, 30)
        assert 7 in {seq for batch in door.batches for seq in batch}
        assert world.outbox.acked == set(range(1, 7))


@turned
async def test_a_start_sends_at_most_once_more_what_an_earlier_life_was_not_answered() -> None:
    central = FakeCentral()
    central.stored = set(range(1, 501))
    door = FakeDoor("http", central)
    world = World(500, doors=[door])
    await world.until_empty()
    assert sorted(seq for batch in door.batches for seq in batch) == list(range(1, 501))


@turned
async def test_a_start_sends_nothing_that_was_answered_whatever_gap_central_has() -> None:
    """Entry 1 never gets through: central's `through` stays 0, and all the others are told one by one."""
    central = FakeCentral()
    central.stored = set(range(2, A_DAY + 1))
    outbox = FakeOutbox(A_DAY)
    outbox.acked, outbox.pending = set(range(2, A_DAY + 1)), {}
    door = FakeDoor("http", central)
    world = World(outbox=outbox, doors=[door])
    async with world.running():
        await until(lambda: door.asked > 1, 100)
    assert (door.batches, outbox.offered_again) == ([], 0)


@pytest.mark.parametrize("answer", TO_ANOTHER)
@turned
async def test_what_was_sent_and_lost_is_not_taken_for_what_the_other_box_sent(answer: str) -> None:
    central = FakeCentral()
    door = FakeDoor("mqtt", central)
    world = World(5, doors=[door])
    async with world.running():
        await until(lambda: len(world.outbox.acked) == 5, 30)
        door.always = "forget"
        world.store(6, 1)
        world.store(7, 1)
        await until(lambda: len(door.batches[-1]) == 2, 30)
        told = TO_ANOTHER[answer].model_copy(update={"batch": digest_of(b"what the other box sent")})
        await world.relay.on_ack(received(signed(told)))
        assert set(world.outbox.pending) == {6, 7}
        assert world.outbox.parked == {}
        door.always = None
        await until(lambda: not world.outbox.pending, 30)
        assert {6, 7} <= central.stored


def test_what_is_remembered_of_what_was_sent_has_a_bound() -> None:
    one = Flight()
    for seq in range(1, 3 * SENT_MAX):
        one.sent(f"batch-{seq}", [entry(seq)])
        one.sent("batch-1", [entry(1)])
    remembered = [seq for seq in range(1, 3 * SENT_MAX) if one.of_ours(said(10_000), f"batch-{seq}").also == [seq]]
    assert remembered == [1, *range(2 * SENT_MAX + 1, 3 * SENT_MAX)]
    assert one.covered(one.of_ours(said(10_000), "batch-1"), "batch-1") == set()
    assert one.of_ours(said(10_000), "batch-1").also == []


@turned
async def test_a_day_that_central_has_already_is_sent_once_after_a_restart(tmp_path: Path) -> None:
    """The worst case: all of it was delivered over a line that carried no answers, and then the box started anew."""
    clock = World(outbox=FakeOutbox()).clock
    async with await open_journal(
        tmp_path, site=SITE, key=CENTRAL, new_name=lambda: JOURNAL, alarm=lambda code, detail: None, inline=True
    ) as journal:
        for number in range(SOME):
            await journal.append(Draft("device", None, {"number": number}, clock.now(), clock.quality()))
        central = FakeCentral()
        central.stored = set(range(1, SOME + 1))
        door = FakeDoor("http", central)
        async with World(outbox=journal, doors=[door]).running():
            await asyncio.sleep(30)
        assert sorted(seq for batch in door.batches for seq in batch) == list(range(1, SOME + 1))
        assert (await journal.depth())["pending"] == 0
