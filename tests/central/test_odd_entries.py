"""Whatever an entry's document says, deriving never fails: an odd entry costs nobody else's case."""

import asyncio
import json
import random
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from roads import SEEN, Centre, Place

from central.examine import read_batch
from gateway.contract.wire import batch_of

ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**53) + 1, 2**53 - 1),
    st.text(max_size=12),
    st.sampled_from(["2026-99-99", "j/²", "a\0b", "x" * 200]),
    st.lists(st.integers(0, 9), max_size=2),
    st.dictionaries(st.text(max_size=4), st.integers(0, 9), max_size=2),
)


@pytest.fixture(scope="module")
def centre() -> Iterator[Centre]:
    with tempfile.TemporaryDirectory() as name:
        made = Centre(Path(name), [Place("station-1", "checkpoint"), Place("quarry-1", "source-exit")])
        yield made
        asyncio.run(made.close())


def places_in(document: Any, at: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, value in document.items():
        yield (*at, name)
        if isinstance(value, dict):
            yield from places_in(value, (*at, name))


NUMBERS = iter(range(10**9))


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    odd=st.lists(ODD, min_size=1, max_size=4),
    kind=st.sampled_from(["weighing", "release", "evasion", "evidence", "audit", "correction"]),
    site=st.sampled_from(["station-1", "quarry-1"]),
)
def test_an_odd_entry_is_derived_like_any_other(
    centre: Centre, seed: int, odd: list[Any], kind: str, site: str
) -> None:
    dice = random.Random(seed)
    place = Place(site, centre.places[site].kind)
    sample = place.sees("豫A12345", "2026-03-02 12:00", 58_400, pictures=SEEN)
    content = json.loads(sample.body)["content"]
    for value in odd:
        path = dice.choice(list(places_in(content)))
        inside = content
        for name in path[:-1]:
            inside = inside[name]
        inside[path[-1]] = value
    place = Place(site, centre.places[site].kind)
    place.journal = f"odd-{next(NUMBERS)}"
    entry = place.make(kind, at="2026-03-02T04:00:00.000Z", **content)

    async def deliver() -> None:
        batch = read_batch(batch_of([entry], site))
        await centre.central.receiver.accept(site, batch.events, batch.rejected)
        assert await centre.central.deriver.settle() > 0
        answer = await centre.http.get(f"/api/v1/evidence-check/{entry.id}")
        assert answer.status_code in (200, 404), answer.text

    asyncio.run(deliver())
