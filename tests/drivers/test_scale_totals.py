"""Trucks over a console that counts up: what the gateway makes of its totals is what each axle weighs.

Method: simulated trucks cross an axle deck; the console's totals go through the codec, the driver's subtraction and the
core's own axle deck, and each axle found is compared with the true one.
"""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from random import Random

import pytest

from drivers.protocol import Reader, protocol_named
from drivers.readings import WeightReading
from drivers.scales.mcgs import Totals
from gateway.core.deck import Deck, Occupation
from simulator.devices import make_indicator
from simulator.scales import RunningTotal
from simulator.vehicles import make_trucks
from simulator.world import RoadLane

FRAME_S = 0.05
LANE = {"id": "1", "kind": "axle", "scale": {"deck_mm": 800, "treadle_span_mm": 1200}}


class Clock:
    def __init__(self) -> None:
        self.now_s = 0.0

    def now(self) -> datetime:
        return datetime(2026, 11, 23, tzinfo=UTC)

    def monotonic_s(self) -> float:
        return self.now_s


@pytest.mark.parametrize("seed", range(6))
def test_axles_are_what_the_totals_grew_by(seed: int) -> None:
    protocol, clock, deck = protocol_named("mcgs"), Clock(), Deck(presence_kg=300, zero_band_kg=100)
    assert protocol.follower is not None
    road, follow, reader = RoadLane(LANE, clock), protocol.follower(), Reader(protocol)
    console = RunningTotal(make_indicator(road, 20, Random(seed)), clock)
    for truck in make_trucks(seed, 3, "checkpoint"):
        road.enter(truck, truck.gross_kg, Random(seed))
        ends_s = clock.now_s + road.drive(30_000, 900.0, "steady") + 6
        found: list[Occupation] = []
        evidence: set[str | None] = set()
        while clock.now_s < ends_s:
            clock.now_s += FRAME_S
            for reading in reader.feed(protocol.encode(console())):
                assert isinstance(reading, WeightReading)
                load = follow(reading)
                assert load.value is not None
                evidence.add(load.evidence)
                axle = deck.feed(Decimal(load.value), round(clock.now_s * 1000))
                found += [axle] if axle else []
        road.leave()
        true_kg = truck.axle_loads_kg(truck.gross_kg)
        assert len(found) == len(true_kg)
        for axle, load_kg in zip(found, true_kg, strict=True):
            assert abs(axle.load_kg - load_kg) <= load_kg * 0.05 + 40
        assert all(each is not None and " - " in each for each in evidence)


def totals(settled: int, *shown: int) -> list[int | None]:
    follow = Totals(settled)
    found = [follow(WeightReading(Decimal(one), "kg")).value for one in shown]
    return [None if one is None else int(one) for one in found]


def test_a_total_is_counted_when_it_has_stood() -> None:
    assert totals(3, 0, 6000, 6000, 6000, 14_200) == [0, 6000, 6000, 6000, 8200]
    assert totals(3, 0, 6000, 6000, 14_200) == [0, 6000, 6000, 14_200]
    assert totals(1, 0, 1, 14_200) == [0, 1, 14_199]
    assert totals(1, 6000, 6000, 0, 6000) == [None, None, 0, 6000]
    assert totals(1, 0, 6000, 5999, 5999, -1, 20) == [0, 6000, None, None, 0, 20]
    said = Totals(1)(WeightReading(Decimal(-1), "kg"))
    assert said == replace(WeightReading(Decimal(0), "kg"), evidence="-1 - 0")
