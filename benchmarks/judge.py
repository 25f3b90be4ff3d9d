"""Vehicles decided a second on one core: whole JSON lines in and out, and the limit engine alone.

The vehicles are made up, half of them over; they differ in layout, mass, axle loads, sizes, licence, instrument and
what is unknown. Every line is answered with all findings, proofs and penalties. Nothing is kept between rounds but
what the program itself keeps: resolved vehicles by kind, never by mass.
"""

import io
import json
import random
import time
from collections.abc import Callable
from pathlib import Path

from figures import Bench, Figure, Found, Row, Show

from gateway.core.vehicle import Measurement
from gateway.law.limits import Law, judge
from weighgate.judge_fields import measurement_of, vehicle_of
from weighgate.judging import ShippedLaws, judge_stream, load_shipped_laws

CONFIG = Path(__file__).resolve().parents[1] / "config"
LINES_MIN, ENGINE_MIN = 5_000, 50_000
ROW = Row("judge", "vehicles decided per second on one core: JSON lines with all findings, and the engine alone")
SHAPES = (
    ("rigid", "1+1", 1, 18_000),
    ("rigid", "1+2", 2, 25_000),
    ("rigid", "2+2", 2, 31_000),
    ("centre-axle-train", "1+2+1", 2, 35_000),
    ("articulated", "1+1+3", 1, 42_000),
    ("articulated", "1+2+2", 2, 43_000),
    ("articulated", "1+2+3", 1, 46_000),
    ("articulated", "1+2+3", 2, 49_000),
)


def lines(count: int, seed: int) -> list[dict[str, object]]:
    rng = random.Random(seed)
    made: list[dict[str, object]] = []
    for number in range(count):
        body, layout, drives, limit_kg = rng.choice(SHAPES)
        axles = sum(map(int, layout.split("+")))
        loads = [rng.randrange(limit_kg // axles // 2, 3 * limit_kg // axles // 2, 20) for _ in range(axles)]
        line: dict[str, object] = {"id": str(number), "at": "2026-11-21T08:00:00+08:00", "axles": layout, "body": body}
        line |= {"drive_axles": drives, "gross_kg": sum(loads), "axle_loads_kg": loads, "divisible": True}
        line |= {"licence_gross_kg": limit_kg, "kerb_kg": limit_kg // 3, "rated_load_kg": limit_kg - limit_kg // 3}
        line["instrument"] = {"kind": "axle", "class": "5", "interval_kg": 50}
        if rng.random() < 0.2:
            line["drive_axles"] = None
        if rng.random() < 0.2:
            line |= {"height_mm": 3_900, "width_mm": 2_550, "length_mm": 16_000}
        made.append(line)
    return made


def best(count: int, rounds: int, work: Callable[[], None]) -> float:
    """Per second of processor time, of the best round: others on the machine must not slow the law."""
    took_s = []
    for _ in range(rounds):
        began_s = time.process_time()
        work()
        took_s.append(time.process_time() - began_s)
    return count / min(took_s)


def engine(made: list[dict[str, object]], laws: ShippedLaws) -> Callable[[], None]:
    """The engine with what a lane gives it: the vehicle and the gross; every other rule set is shown beside."""
    weighed = [(vehicle_of(line), Measurement(measurement_of(line).gross_kg)) for line in made]
    limits = laws.limits
    law = Law(limits.rule_set, limits.others, limits.linkage, "checkpoint", "transport")

    def work() -> None:
        for vehicle, found in weighed:
            judge(vehicle, found, law)

    return work


def measure(quick: bool, show: Show) -> Found:
    count, rounds = (200, 2) if quick else (5_000, 9)
    show(f"{count} vehicles, {rounds} rounds")
    laws, made = load_shipped_laws(CONFIG), lines(count, seed=1)
    text = b"".join(json.dumps(line).encode() + b"\n" for line in made)
    out = io.BytesIO()
    judge_stream(io.BytesIO(text), out, laws)
    answers = [json.loads(line) for line in out.getvalue().splitlines()]
    remarks = [f"line {one['id']}: {one['error']}" for one in answers if "error" in one]
    figures = [
        Figure(
            "JSON lines in and out",
            best(count, rounds, lambda: judge_stream(io.BytesIO(text), io.BytesIO(), laws)),
            "vehicles/s",
            at_least=LINES_MIN,
        ),
        Figure("the engine alone", best(count, rounds, engine(made, laws)), "vehicles/s", at_least=ENGINE_MIN),
        Figure("of them over", sum(one["verdicts"]["road_limit"]["outcome"] == "exceeded" for one in answers), ""),
    ]
    return Found({ROW.key: figures}, remarks)


BENCH = Bench((ROW,), measure)
