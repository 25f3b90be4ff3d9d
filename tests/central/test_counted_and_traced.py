"""Counts and traces from the set of entries: whatever comes late, twice or in another order, the same rows."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from places import QUARRY, STATION, TOLL, Place, central_of, deliver, rows_of, shuffled

from central.statistics.bands import UPPER_PERCENT, band_of
from central.store.counted_tables import PlaceRow, SitePeriodRow, VehiclePeriodRow
from central.store.trace_tables import OriginPeriodRow, TraceRow
from gateway.contract.entry import StoredEntry

TABLES = (PlaceRow, SitePeriodRow, VehiclePeriodRow, TraceRow, OriginPeriodRow)
TOPPED_UP, AS_RELEASED, UNKNOWN = "豫A00001", "豫A00002", "豫A00003"


def story() -> list[StoredEntry]:
    """Two days at three places: one truck topped up on the way, one let out too heavy, one from nowhere."""
    quarry, toll, station = Place(QUARRY), Place(TOLL), Place(STATION)
    quarry.weighed(0, TOPPED_UP, 48_000)
    toll.weighed(60, TOPPED_UP, 57_000)
    station.weighed(120, TOPPED_UP, 57_200)
    held = quarry.weighed(10, AS_RELEASED, 110_000)
    quarry.let_go(20, held, AS_RELEASED)
    first = station.weighed(90, AS_RELEASED, 109_500)
    station.weighed(150, AS_RELEASED, 48_900, parent=first.id)
    station.let_go(160, first, AS_RELEASED, ground="recheck-within")
    station.weighed(1_500, UNKNOWN, 52_000)  # the next day
    station.weighed(1_501, None, 30_000)
    toll.weighed(1_510, UNKNOWN, 49_000)
    return [*quarry.entries, *toll.entries, *station.entries]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, object]]]:
    central = central_of(tmp_path_factory.mktemp("told"))
    deliver(central, story())
    found = rows_of(central, *TABLES)
    central.close()
    return found


def test_each_overload_is_traced_to_where_it_was_loaded(told: dict[str, list[dict[str, object]]]) -> None:
    said = {(row["plate"], row["site"], row["kind"]): (row["result"], row["origin_site"]) for row in told["TraceRow"]}
    assert said == {
        (TOPPED_UP, TOLL, "source-exit"): ("loaded-after-exit", QUARRY),
        (TOPPED_UP, STATION, "source-exit"): ("loaded-after-exit", QUARRY),
        (TOPPED_UP, STATION, "toll-entrance"): ("same-load", TOLL),
        (AS_RELEASED, STATION, "source-exit"): ("same-load", QUARRY),
        (UNKNOWN, STATION, "source-exit"): ("no-origin", None),
    }
    month = next(row for row in told["OriginPeriodRow"] if row["unit"] == "month")
    assert (month["site"], month["period"], month["blamed"], month["loaded_after"]) == (QUARRY, 202605, 1, 2)


def test_a_truck_is_counted_once_however_often_it_is_weighed_again(told: dict[str, list[dict[str, object]]]) -> None:
    days = {(row["site"], row["period"]): row for row in told["SitePeriodRow"] if row["unit"] == "day"}
    first = days[STATION, 20260501]
    assert (first["checked"], first["rechecked"], first["exceeded"], first["held"]) == (2, 1, 2, 2)
    assert [first[f"band_{place}"] for place in range(5)] == [0, 1, 0, 0, 1]  # 16.7 % and 123 %
    assert (first["hundred_tonne"], first["released"]) == (1, 1)
    assert days[STATION, 20260502]["checked"] == 2
    assert days[TOLL, 20260501]["refused"] == 1
    assert {row["site"]: row["kind"] for row in told["PlaceRow"]}[TOLL] == "toll-entrance"


@pytest.mark.parametrize("content", [{}, {"place": "x"}, {"place": {"kind": 5, "name": "a\0b"}, "judgement": []}])
def test_a_weighing_that_says_nonsense_stops_nothing(tmp_path: Path, content: dict[str, Any]) -> None:
    station = Place(STATION)
    station.put("weighing", 0, identity={"plate": TOPPED_UP}, **content)
    station.put("release", 1, plate=TOPPED_UP, weighing="x/y/z", ground=["a"])
    station.weighed(2, TOPPED_UP, 60_000)
    central = central_of(tmp_path)
    deliver(central, station.entries)
    (trace,) = rows_of(central, TraceRow)["TraceRow"]
    central.close()
    assert trace["result"] == "no-origin"


def test_the_database_bands_as_the_rule_does(tmp_path: Path) -> None:
    """Each band's upper end is in it; one kilogram more is in the next."""
    station, limit_kg = Place(STATION), 40_000
    excesses = [one for percent in UPPER_PERCENT for one in (400 * percent, 400 * percent + 1)]
    for minute, excess_kg in enumerate([1, *excesses]):
        station.weighed(minute, f"豫A{minute:05d}", limit_kg + excess_kg, limit_kg)
    central = central_of(tmp_path)
    deliver(central, station.entries)
    (day,) = [row for row in rows_of(central, SitePeriodRow)["SitePeriodRow"] if row["unit"] == "day"]
    central.close()
    bands = [band_of(excess_kg, limit_kg) for excess_kg in [1, *excesses]]
    assert bands == [0, 0, 1, 1, 2, 2, 3, 3, 4]
    assert [day[f"band_{place}"] for place in range(5)] == [bands.count(place) for place in range(5)]
    edges = [band_of(excess_kg, 1_000) for excess_kg in (1, 100, 101, 200, 201, 500, 501, 1_000, 1_001)]
    assert edges == [0, 0, 1, 1, 2, 2, 3, 3, 4]
    assert (band_of(0, limit_kg), band_of(5, 0), band_of(1, 1)) == (None, None, 3)


@settings(max_examples=5, deadline=None, phases=(Phase.explicit, Phase.generate))
@given(seed=st.integers(0, 2**32 - 1), settle_between=st.booleans())
def test_no_order_of_arrival_changes_a_count_or_a_trace(
    seed: int,
    settle_between: bool,
    told: dict[str, list[dict[str, object]]],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    central = central_of(tmp_path_factory.mktemp("anew"))
    deliver(central, shuffled(story(), seed, repeated=4), settle_between=settle_between)
    found = rows_of(central, *TABLES)
    central.close()
    assert found == told


@pytest.mark.needs_postgres
def test_postgres_counts_and_traces_the_same(
    postgres_url: str, tmp_path: Path, told: dict[str, list[dict[str, object]]]
) -> None:
    central = central_of(tmp_path, postgres_url)
    deliver(central, shuffled(story(), 5, repeated=3), settle_between=True)
    found = rows_of(central, *TABLES)
    central.close()
    assert found == told
