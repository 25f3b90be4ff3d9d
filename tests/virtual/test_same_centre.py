"""What real boxes wrote in a bad world, given to central in any order and as often as you like: the same rows."""

import asyncio
import random
import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlmodel import select

from central.bootstrap import build_central
from central.examine import read_batch
from central.settings import CentralSettings, load_central
from central.store.tables import AlarmRow, EntryRow, ProgressRow, QuarantineRow
from gateway.contract.entry import StoredEntry
from gateway.contract.wire import batch_of
from weighgate.virtual.clock import BEGIN
from weighgate.virtual.swarm import draw
from weighgate.virtual.world import run_seed

SEED, FAULTS = 12, ("box-crash", "broker-forgets")
COLUMNS = "journal, seq, type, body, prev_hash, hash, signature, key_id, alg"
TABLES = (EntryRow, QuarantineRow, AlarmRow, ProgressRow)

Parcel = tuple[str, StoredEntry]
State = list[list[dict[str, Any]]]


class Worlds:
    """The entries of every site's journal, and what central they are for."""

    def __init__(self, root: Path) -> None:
        self._root, self._runs = root, 0
        world = root / "world"
        world.mkdir()
        kinds = ("source-exit", "toll-entrance")
        outcome = run_seed(SEED, swarm=draw(SEED, kinds=kinds, only=FAULTS), keep=world)
        assert outcome.broken == ()
        self.parcels = [
            (machine.name, StoredEntry(*row))
            for machine in sorted(world.iterdir())
            if machine.name != "central"
            for row in _rows(
                max((one for one in machine.iterdir() if one.name.isdigit()), key=lambda one: int(one.name))
            )
        ]
        home = _last_life(world / "central")
        environ = {"ADMIN": "a" * 48} | {name.upper(): name * 8 for name, _ in self.parcels}
        self._settings = load_central(home / "central.toml", environ)
        self.plain = self.deliver([self.parcels])

    def deliver(self, batches: Sequence[Sequence[Parcel]]) -> State:
        self._runs += 1
        here = self._root / str(self._runs)
        here.mkdir()
        known: CentralSettings = replace(
            self._settings, database_url=f"sqlite:///{here}/central.db", evidence_dir=here / "evidence"
        )
        central = build_central(known, clock=lambda: BEGIN, new_incarnation=lambda: "first", inline=True)

        async def deliver() -> None:
            for batch in batches:
                for site in sorted({site for site, _ in batch}):
                    read = read_batch(batch_of([entry for whose, entry in batch if whose == site], site))
                    await central.receiver.accept(site, read.events, read.rejected)

        try:
            asyncio.run(deliver())
            rows = central.database.run_here(lambda session: [session.exec(select(table)).all() for table in TABLES])
            return [sorted((row.model_dump() for row in found), key=repr) for found in rows]
        finally:
            central.close()


def _last_life(machine: Path) -> Path:
    return max((one for one in machine.iterdir() if one.name.isdigit()), key=lambda one: int(one.name))


def _rows(machine: Path) -> list[Any]:
    with sqlite3.connect(f"file:{machine}/var/journal.sqlite?mode=ro", uri=True) as connection:
        return connection.execute(f"select {COLUMNS} from entries order by row").fetchall()


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Worlds:
    return Worlds(tmp_path_factory.mktemp("same-centre"))


@settings(max_examples=8, deadline=None, phases=(Phase.explicit, Phase.generate))
@given(shuffled=st.integers(0, 2**32 - 1), size=st.integers(1, 9), again=st.integers(0, 20))
def test_order_and_repetition_change_nothing(worlds: Worlds, shuffled: int, size: int, again: int) -> None:
    dice = random.Random(shuffled)
    order = [*worlds.parcels, *dice.choices(worlds.parcels, k=again)]
    dice.shuffle(order)
    batches = [order[start : start + size] for start in range(0, len(order), size)]
    state = worlds.deliver(batches)
    assert len(state[0]) == len(worlds.parcels) > 5
    assert state == worlds.plain
