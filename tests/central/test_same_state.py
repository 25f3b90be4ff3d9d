"""However two journals arrive - any order, repeated, cut into any batches - central ends in the same state."""

import asyncio
import random
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from boxes import ADMIN, NOW, Box, public_hex, write_key
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st
from sqlmodel import select

from central.bootstrap import build_central
from central.examine import read_batch
from central.high_water import FILE_NAME
from central.settings import CentralSettings, SiteSettings
from central.store.tables import AlarmRow, EntryRow, ProgressRow, QuarantineRow
from gateway.contract.entry import StoredEntry
from gateway.contract.wire import Acknowledgement, batch_of

Delivery = Sequence[Sequence[StoredEntry]]
State = dict[str, list[dict[str, Any]]]
Play = Callable[[Delivery], tuple[State, dict[str, Acknowledgement]]]

SITE = "quarry-1"
TWIN_SEQ, FORGED_SEQ = 3, 2


def _weighed(journal: str, count: int) -> list[StoredEntry]:
    box = Box(SITE, journal)
    return [box.weigh(20_000 + number) for number in range(count)]


def _twin() -> StoredEntry:
    """A second entry with the number TWIN_SEQ of j1, as a box whose disk was copied would sign it."""
    box = Box(SITE, "j1")
    for number in range(TWIN_SEQ - 1):
        box.weigh(20_000 + number)
    return box.weigh(49_000, "exceeded")


FIRST, SECOND = _weighed("j1", 6), _weighed("j2", 5)
GENUINE, TWIN = FIRST[TWIN_SEQ - 1], _twin()
COPIED = SECOND[FORGED_SEQ - 1]
FORGED = replace(COPIED, signature=bytes(64))
WITHOUT_COPIED = [*FIRST, *[entry for entry in SECOND if entry is not COPIED], TWIN, FORGED]


@st.composite
def deliveries(draw: st.DrawFn) -> Delivery:
    """Shuffled by a drawn seed: drawn permutations stay too near to the given order to mix the two journals well."""
    order = WITHOUT_COPIED + ([COPIED] if draw(st.booleans()) else [])
    order += draw(st.lists(st.sampled_from(order), max_size=10))
    random.Random(draw(st.integers(0, 2**32 - 1))).shuffle(order)
    return _cut(order, draw(st.lists(st.integers(1, 6), min_size=1, max_size=8)))


def _cut(order: Sequence[StoredEntry], sizes: Sequence[int]) -> Delivery:
    """Batches of these sizes in turn, and round again."""
    batches: list[Sequence[StoredEntry]] = []
    start = 0
    while start < len(order):
        size = sizes[len(batches) % len(sizes)]
        batches.append(order[start : start + size])
        start += size
    return batches


SUCCESSOR_FIRST = _cut([*FIRST[TWIN_SEQ:], TWIN, *FIRST[:TWIN_SEQ], FORGED, *SECOND], [1])
"""What follows the twin is stored before it, so the broken chain shows only from behind."""


def play(url: str, folder: Path, delivery: Delivery) -> tuple[State, dict[str, Acknowledgement]]:
    """Deliver to a central on this database; every table's rows, and where each journal stands at the end."""
    site = SiteSettings(SITE, "", (public_hex(Box().key),))
    known = CentralSettings("127.0.0.1", 0, url, folder, folder / "central.key", ADMIN, None, (site,))
    (folder / FILE_NAME).unlink(missing_ok=True)  # each database is another machine's
    central = build_central(known, clock=lambda: NOW, new_incarnation=lambda: "first", inline=True)

    async def deliver() -> list[Acknowledgement]:
        through = {"j1": 0, "j2": 0}
        for entries in delivery:
            batch = read_batch(batch_of(list(entries), SITE))
            for ack in await central.receiver.accept(SITE, batch.events, batch.rejected):
                assert ack.through >= through[ack.journal], "an acknowledgement was taken back"
                through[ack.journal] = ack.through
                covered = {*range(1, ack.through + 1), *ack.also}
                assert {entry.seq for entry in entries if entry.journal == ack.journal} <= covered
        return await central.receiver.current(SITE)

    try:
        acks = asyncio.run(deliver())
        tables = (EntryRow, QuarantineRow, AlarmRow, ProgressRow)
        rows = central.database.run_here(lambda session: [session.exec(select(table)).all() for table in tables])
        state = {
            table.__name__: sorted((row.model_dump() for row in found), key=repr)
            for table, found in zip(tables, rows, strict=True)
        }
        return state, {ack.journal: ack for ack in acks}
    finally:
        central.close()


@pytest.fixture(scope="module")
def play_anew() -> Iterator[Play]:
    """Deliver to a fresh SQLite central; the schema is made once and copied."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_key(folder / "central.key")
        play(f"sqlite:///{folder}/empty.db", folder, [])

        def deliver(delivery: Delivery) -> tuple[State, dict[str, Acknowledgement]]:
            for path in folder.glob("used.db*"):
                path.unlink()
            shutil.copy(folder / "empty.db", folder / "used.db")
            return play(f"sqlite:///{folder}/used.db", folder, delivery)

        yield cache_plain(deliver)


def cache_plain(deliver: Play) -> Play:
    """Remembers what deliveries of one batch end in: the plain ones every other is compared with."""

    @cache
    def plain(batch: tuple[StoredEntry, ...]) -> tuple[State, dict[str, Acknowledgement]]:
        return deliver([batch])

    return lambda delivery: plain(tuple(delivery[0])) if len(delivery) == 1 else deliver(delivery)


def expected_of(delivery: Delivery, play_anew: Play) -> State:
    """The state of the plain delivery: in order, once, in one batch; of two conflicting entries the first stays."""
    order = [entry for batch in delivery for entry in batch]
    first, second = (GENUINE, TWIN) if order.index(GENUINE) < order.index(TWIN) else (TWIN, GENUINE)
    rest = [entry for entry in SECOND if entry in order]
    plain = [first if entry is GENUINE else entry for entry in FIRST] + [second, *rest, FORGED]
    return play_anew([plain])[0]


def check(delivery: Delivery, outcome: tuple[State, dict[str, Acknowledgement]], play_anew: Play) -> None:
    state, acks = outcome
    order = [entry for batch in delivery for entry in batch]
    assert [(ack.through, ack.also, ack.conflicts) for ack in (acks["j1"], acks["j2"])] == [
        (6, [], [TWIN_SEQ]),
        (5, [], []),
    ]
    assert acks["j1"].quarantined == []
    assert [q.seq for q in acks["j2"].quarantined] == ([] if COPIED in order else [FORGED_SEQ])
    assert state == expected_of(delivery, play_anew)
    ids = [(row["journal"], row["seq"]) for row in state["EntryRow"]]
    assert sorted(ids) == sorted({(entry.journal, entry.seq) for entry in order if entry is not FORGED})


@settings(max_examples=40, deadline=None, phases=(Phase.explicit, Phase.generate))  # a shrunk seed says no more
@given(delivery=deliveries())
@example(delivery=SUCCESSOR_FIRST)
@example(delivery=_cut(WITHOUT_COPIED[::-1] * 2, [1]))
def test_order_repetition_and_batching_change_nothing(play_anew: Play, delivery: Delivery) -> None:
    check(delivery, play_anew(delivery), play_anew)


@pytest.mark.needs_postgres
def test_postgres_ends_in_the_same_state_as_sqlite(postgres_url: str, tmp_path: Path, play_anew: Play) -> None:
    dice = random.Random(3)
    entries = [*WITHOUT_COPIED, COPIED]
    order = entries + dice.choices(entries, k=12)
    dice.shuffle(order)
    delivery = _cut(order, [3, 1, 5, 2])
    write_key(tmp_path / "central.key")
    check(delivery, play(postgres_url, tmp_path, delivery), play_anew)
