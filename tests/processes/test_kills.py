"""A short run of the kills: real gateway, Mosquitto, central and PostgreSQL, killed at random while they work."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from killing import run_kills
from ledger import Findings, compare
from programs import private_folder

KILLS, ENTRIES = 4, 200  # each victim once


@pytest.fixture
def folder() -> Iterator[Path]:
    with private_folder() as made:
        yield made


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.needs_mosquitto
@pytest.mark.parametrize("store", ["sqlite", pytest.param("postgresql", marks=pytest.mark.needs_postgres)])
def test_nothing_is_lost_and_nothing_doubled_whoever_is_killed(folder: Path, store: str) -> None:
    seed = random.SystemRandom().randrange(10_000)
    print(
        f"repeat: python tests/processes/kill_run.py --kills {KILLS} --entries {ENTRIES} --store {store} --seed {seed}"
    )
    result = run_kills(folder, kills=KILLS, entries=ENTRIES, seed=seed, store=store, show=lambda *_: None)
    assert result.faults == []
    assert result.findings.central == result.findings.journal >= ENTRIES
    assert sum(result.kills.values()) == KILLS
    assert result.checks_between > 0


def entry(number: int, passage: int) -> tuple[str, bytes, bytes, str, str]:
    return (
        f"j/{number}",
        b"hash",
        b'{"content":{"passage":%d,"identity":{"plate":"%d"}}}' % (passage, number),
        "1",
        "weighing",
    )


@pytest.mark.parametrize(
    ("promised", "central", "fault"),
    [
        ({"j/1": {"1"}, "j/3": {"3"}}, [entry(1, 1), entry(2, 2)], "promised and not in the journal: 1, such as j/3"),
        ({"j/1": {"other"}}, [entry(1, 1), entry(2, 2)], "promised, and its id given to another: 1, such as j/1"),
        ({"j/1": {"1"}}, [entry(1, 1)], "not at central: 1, such as j/2"),
        ({}, [entry(1, 1), entry(2, 2), entry(2, 2)], "more than once at central: 2, such as entry j/2"),
        ({}, [entry(1, 1), entry(2, 1)], "more than once at central: 1, such as passage ('1', 1)"),
        ({}, [entry(1, 1), ("j/2", b"other", b'{"content":{"passage":2}}', "1", "weighing")], "not as in"),
        ({}, [entry(1, 1), entry(2, 2), entry(3, 3)], "not as in the journal: 1, such as j/3"),
    ],
)
def test_the_ledger_tells_what_is_wrong(
    promised: dict[str, set[str]], central: list[tuple[str, bytes, bytes, str, str]], fault: str
) -> None:
    ours = {row[0]: (row[1], row[2]) for row in (entry(1, 1), entry(2, 2))}
    found = Findings()
    compare(found, promised, ours, central)
    assert any(fault in line for line in found.faults), found.faults


def test_the_ledger_has_nothing_to_say_of_a_sound_run() -> None:
    found = Findings()
    rows = [entry(1, 1), entry(2, 2)]
    compare(found, {"j/1": {"1"}, "j/2": set()}, {row[0]: (row[1], row[2]) for row in rows}, rows)
    assert found.faults == []
