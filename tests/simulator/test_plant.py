"""What scales feel, and what trucks weigh: bounds that hold for any seed."""

import csv
import io
import random
import re
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.plant import Indicator
from simulator.vehicles import Truck, make_trucks, registers_csv
from simulator.world import RoadLane

ROOT = Path(__file__).resolve().parents[2]
PLATE = re.compile("豫[XYZ][0-9]{5}")


class HandClock:
    def __init__(self) -> None:
        self.at_s = 0.0

    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC)

    def monotonic_s(self) -> float:
        return self.at_s


def lane_of(site: str, clock: HandClock) -> RoadLane:
    parsed = tomllib.loads((ROOT / f"config/sites/{site}.toml").read_text(encoding="utf-8"))
    return RoadLane(parsed["lanes"][0], clock)


@given(st.integers(0, 10_000), st.integers(8, 40), st.sampled_from(["source-exit", "checkpoint", "toll-entrance"]))
def test_fleets(seed: int, n: int, kind: str) -> None:
    trucks = make_trucks(seed, n, kind)
    assert trucks == make_trucks(seed, n, kind)
    assert {one.legality for one in trucks} == {"legal", "over", "unknown-to-register"}
    assert len({one.plate for one in trucks}) == n
    for one in trucks:
        assert PLATE.fullmatch(one.plate)
        assert sum(one.axle_loads_kg(one.gross_kg)) == one.gross_kg
        assert min(one.axle_loads_kg(one.gross_kg)) > 500
        assert one.length_mm < 19_000
        part = one.gross_kg / one.limit_kg
        if one.legality == "legal":
            assert 0.54 < part <= 0.94
        elif one.legality == "over":
            assert 1.019 < part <= 1.04 if one.within_tolerance else 1.079 < part <= 1.6
        else:
            assert 27_000 <= one.gross_kg <= 40_000


def test_the_register_knows_the_registered_and_has_the_shipped_header() -> None:
    trucks = make_trucks(1, 20, "checkpoint")
    text = registers_csv(trucks)
    shipped = (ROOT / "config/sites/vehicles.csv").read_text(encoding="utf-8").splitlines()[0]
    assert text.splitlines()[0] == shipped
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["plate"] for row in rows] == [one.plate for one in trucks if one.registered]


def drive(
    lane: RoadLane, clock: HandClock, to_mm: float, speed: float, kind: str = "eased"
) -> list[tuple[float, dict[str, bool]]]:
    seen = []
    end_s = clock.at_s + lane.drive(to_mm, speed, kind)  # type: ignore[arg-type]
    while clock.at_s < end_s:
        clock.at_s += 0.05
        seen.append((lane.load_kg(), lane.inputs()))
    return seen


@pytest.mark.parametrize("truck", make_trucks(5, 8, "source-exit"), ids=lambda truck: truck.layout)
def test_a_platform_swings_and_settles_on_the_true_mass(truck: Truck) -> None:
    clock = HandClock()
    lane = lane_of("quarry", clock)
    lane.enter(truck, truck.gross_kg, random.Random(1))
    coming = drive(lane, clock, 10_000 + truck.length_mm / 2, 5_500)
    assert coming[0][0] == 0
    assert any(inputs["loop_entry"] for _, inputs in coming)
    assert not coming[-1][1]["loop_entry"]
    assert not coming[-1][1]["loop_exit"]
    clock.at_s += 2.5
    indicator = Indicator(20, lambda: random.Random(1).gauss(0, 2))
    assert abs(indicator.show(lane.load_kg())[0] - truck.gross_kg) <= 20
    going = drive(lane, clock, 23_000 + truck.length_mm, 5_500)
    assert any(inputs["loop_exit"] for _, inputs in going)
    assert going[-1][0] == 0
    lane.leave()
    assert not any(lane.inputs()[role] for role in ("loop_entry", "loop_exit"))


@pytest.mark.parametrize("truck", make_trucks(6, 8, "checkpoint"), ids=lambda truck: truck.layout)
def test_an_axle_scale_feels_each_axle_and_a_loop_always_sees_the_truck(truck: Truck) -> None:
    clock = HandClock()
    lane = lane_of("station", clock)
    lane.enter(truck, truck.gross_kg, random.Random(2))
    seen = drive(lane, clock, 0, 2_500)
    seen += drive(lane, clock, 1_600 + truck.axle_offsets_mm[-1], 1_380, "steady")
    axles: list[list[float]] = []
    for load_kg, inputs in seen:
        loaded = load_kg > 100
        if loaded and (not axles or axles[-1][-1] <= 100):
            axles.append([])
        if axles:
            axles[-1].append(load_kg)
        if loaded or inputs["treadle_in"] or inputs["treadle_out"]:
            assert inputs["loop_entry"] or inputs["loop_exit"]
    true_kg = truck.axle_loads_kg(truck.gross_kg)
    assert len(axles) == len(true_kg)
    for felt, load in zip(axles, true_kg, strict=True):
        plateau = sorted(felt)[-6:-1]
        assert abs(sum(plateau) / len(plateau) - load) <= 0.01 * load
    for role in ("treadle_in", "treadle_out"):
        presses = "".join("1" if inputs[role] else " " for _, inputs in seen).split()
        assert len(presses) == len(true_kg)
        assert min(map(len, presses)) >= 3  # at 50 ms a look: 120 ms and more


def test_a_barrier_that_comes_down_on_a_truck_is_told() -> None:
    clock, told = HandClock(), []
    parsed = tomllib.loads((ROOT / "config/sites/quarry.toml").read_text(encoding="utf-8"))
    lane = RoadLane(parsed["lanes"][0], clock, lambda what, **facts: told.append(what))
    lane.set_output("barrier_open", on=True)
    lane.set_output("barrier_open", on=False)
    clock.at_s += 1.9
    assert not lane.inputs()["barrier_open"]
    clock.at_s += 0.2
    assert lane.inputs()["barrier_open"]
    truck = make_trucks(5, 8, "source-exit")[0]
    lane.enter(truck, truck.gross_kg, random.Random(1))
    drive(lane, clock, 24_000, 5_500)
    lane.set_output("barrier_close", on=True)
    assert not told
    clock.at_s += 1.5
    lane.inputs()
    lane.inputs()
    assert told == ["barrier_hit"]
