"""What may come later waits for a pause of the store, but not for ever."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import Session

from central.deriver import Deriver
from central.store import database as database_module
from central.store.database import Database, open_database
from central.store.due import Due, mark_due


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    monkeypatch.setattr(database_module, "PAUSE_S", 0.02)
    monkeypatch.setattr(database_module, "BURST_S", 0.1)
    opened = open_database(f"sqlite:///{tmp_path}/central.db")
    yield opened
    opened.close()


async def test_what_may_come_later_comes_behind_a_burst(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_module, "PUT_OFF_TIMES", 1_000_000_000)
    await database.run_in_a_pause(lambda _: None)
    done: list[str] = []
    await database.run(lambda _: done.append("first"))
    later = asyncio.create_task(database.run_in_a_pause(lambda _: done.append("derived")))
    for _ in range(20):
        await database.run(lambda _: done.append("entry"))
    await later
    assert done == ["first", *["entry"] * 20, "derived"]


async def test_a_burst_has_the_store_to_itself_though_the_last_derivation_took_no_time(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_module, "BURST_S", 60.0)
    done: list[str] = []
    await database.run(lambda _: done.append("first"))
    later = asyncio.create_task(database.run_in_a_pause(lambda _: done.append("derived")))
    for _ in range(20):
        await database.run(lambda _: done.append("entry"))
    await later
    assert done == ["first", *["entry"] * 20, "derived"]


async def test_it_comes_at_last_where_there_is_no_pause(database: Database) -> None:
    done: list[str] = []
    later = asyncio.create_task(database.run_in_a_pause(lambda _: done.append("derived")))
    async with asyncio.timeout(60):
        while not later.done():
            await database.run(lambda _: None)
    assert done == ["derived"]


async def test_a_deriver_leaves_the_store_after_one_key_to_whoever_wants_it(database: Database) -> None:
    derived: list[str] = []

    def derive(_: Session, due: Due) -> list[Due]:
        derived.append(due.key)
        return []

    deriver = Deriver(database, {"vehicle": (derive,)})
    marks = [Due("vehicle", key, 1, 2) for key in ("a", "b", "c")]
    await database.run(lambda session: mark_due(session.connection(), marks))

    def wanted_meanwhile(session: Session) -> int:
        return deriver.step(session, patient=True)

    assert await database.run(wanted_meanwhile) == 1  # this very call is one that waits
    assert derived == ["a"]
    assert await database.run_in_a_pause(wanted_meanwhile) == 2
    assert derived == ["a", "b", "c"]
