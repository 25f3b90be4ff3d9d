"""An acknowledgement lets go of nothing that central refused, however much it refused."""

from dataclasses import replace

import httpx
import pytest
from boxes import TOKEN, Box
from test_receiver import offer

from central import receiver
from central.store import intake
from gateway.contract.wire import Acknowledgement

LISTED = 20
FORGED = 50  # more than one acknowledgement can list


@pytest.fixture(autouse=True)
def short_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiver, "LISTED_MAX", LISTED)
    monkeypatch.setattr(intake, "LISTED_MAX", LISTED, raising=False)


def let_go(ack: Acknowledgement) -> set[int]:
    """What an edge takes for stored."""
    refused = {one.seq for one in ack.quarantined} | set(ack.conflicts)
    return {*range(1, ack.through + 1), *ack.also} - refused


async def latest(client: httpx.AsyncClient) -> Acknowledgement:
    answer = await client.get("/api/v1/acks", headers={"Authorization": f"Bearer {TOKEN}"})
    return Acknowledgement.model_validate(answer.json()[0])


async def test_many_forged_entries_never_stand_for_those_that_are_still_to_come(
    client: httpx.AsyncClient, box: Box
) -> None:
    sound = [box.make() for _ in range(FORGED)]
    forged = [replace(one, signature=bytes(64)) for one in sound]
    for start in range(0, FORGED, 10):
        said = await offer(client, forged[start : start + 10])
        assert let_go(Acknowledgement.model_validate(said[0])) == set()
    assert let_go(await latest(client)) == set()
    for start in range(0, FORGED, 10):
        await offer(client, sound[start : start + 10])
    assert let_go(await latest(client)) == set(range(1, FORGED + 1))


async def test_one_place_forged_ever_anew_hides_no_other(client: httpx.AsyncClient, box: Box) -> None:
    first, second = box.make(), box.make()
    await offer(client, [replace(first, signature=bytes(64))])
    for start in range(0, FORGED, 10):
        variants = range(start + 1, min(start + 10, FORGED) + 1)
        await offer(client, [replace(second, signature=number.to_bytes(64, "big")) for number in variants])
    assert [one.seq for one in (await latest(client)).quarantined] == [1, 2]


async def test_a_conflict_that_is_not_kept_is_told_all_the_same(
    client: httpx.AsyncClient, box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "QUARANTINE_PER_SITE_MAX", 1)
    await offer(client, [box.make() for _ in range(3)])
    copied = Box(seed=b"box")
    said = await offer(client, [copied.make(other=True) for _ in range(3)])
    assert said[0]["conflicts"] == [1, 2, 3]
