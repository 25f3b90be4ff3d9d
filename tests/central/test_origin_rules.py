"""Where a load came from, rule by rule: one overload found on the road, what came before it, and what is said."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from central.supervision_rules import TraceRules
from central.tracing.origin import Position, Unweighed, Weighed, trace

RULES = TraceRules(window_h=48, same_percent=5, false_percent=50, loading_min=15, gap_min=10, empty_percent=110)
MIN = 60_000
HOUR = 60 * MIN
FOUND = Weighed("station-1-j/1", "station-1", "checkpoint", 100 * HOUR, "yellow", 60_000, "exceeded")
EXIT = Weighed("quarry-1-j/1", "quarry-1", "source-exit", 98 * HOUR, "yellow", 48_000, "within")


def said(*before: Weighed, found: Weighed = FOUND, positions: tuple[Position, ...] = ()) -> tuple[str, tuple[str, ...]]:
    finding = trace(found, "source-exit", before, positions, RULES)
    return finding.result, finding.notes


def at(hours: float, speed_kmh: int) -> Position:
    return Position(round(hours * HOUR), speed_kmh, 113_000_000, 34_000_000)


def driven(slow_kmh: int = 60, slow_min: int = 10, late_ms: int = 0) -> tuple[Position, ...]:
    """A report every ten minutes, slow from the fortieth on, the third one late."""
    way = [at(98 + minute / 60, slow_kmh if 40 <= minute <= 40 + slow_min else 60) for minute in range(0, 121, 10)]
    return tuple(replace(one, at_ms=one.at_ms + late_ms * (number == 2)) for number, one in enumerate(way))


DRIVEN_THROUGH = tuple(at(98 + minute / 60, 60) for minute in range(0, 121, 10))
STOPPED = tuple(at(98 + minute / 60, 0 if 40 <= minute <= 60 else 60) for minute in range(0, 121, 10))


@pytest.mark.parametrize(
    ("before", "positions", "expected"),
    [
        ((), (), ("no-origin", ())),
        ((replace(EXIT, site_kind="toll-entrance"),), (), ("no-origin", ())),
        ((replace(EXIT, colour="blue"),), (), ("no-origin", ())),
        ((replace(EXIT, at_ms=FOUND.at_ms - 48 * HOUR),), (), ("loaded-after-exit", ())),  # the window's edge is in it
        ((replace(EXIT, at_ms=FOUND.at_ms - 48 * HOUR - 1),), (), ("no-origin", ())),
        ((replace(EXIT, at_ms=FOUND.at_ms),), (), ("no-origin", ())),  # it cannot have left at the same moment
        ((EXIT,), (), ("loaded-after-exit", ())),
        ((replace(EXIT, colour="unknown"),), (), ("loaded-after-exit", ())),
        ((replace(EXIT, gross_kg=60_000, outcome="exceeded"),), (), ("same-load", ())),
        (
            (replace(EXIT, gross_kg=60_000, outcome="exceeded", left="not-released"),),
            (),
            ("same-load", ("not-released",)),
        ),
        ((replace(EXIT, gross_kg=57_143, outcome="exceeded"),), (), ("same-load", ())),  # 4.9997 % more
        ((replace(EXIT, gross_kg=57_142, outcome="exceeded"),), (), ("loaded-after-exit", ())),  # 5.0016 %
        ((replace(EXIT, gross_kg=58_000),), (), ("same-load", ("within-at-exit",))),
        ((replace(EXIT, gross_kg=70_000, outcome="exceeded"),), (), ("same-load", ("lighter-than-at-exit",))),
        ((replace(EXIT, gross_kg=40_000),), (), ("loaded-after-exit", ())),  # half as much again, not above it
        ((replace(EXIT, gross_kg=39_999),), (), ("record-false", ("difference-above-share",))),
        ((replace(EXIT, gross_kg=17_600, kerb_kg=16_000),), (), ("loaded-after-exit", ("left-empty",))),
        ((replace(EXIT, gross_kg=17_601, kerb_kg=16_000),), (), ("record-false", ("difference-above-share",))),
        ((replace(EXIT, at_ms=FOUND.at_ms - 15 * MIN + 1),), (), ("record-false", ("no-time-to-load",))),
        ((replace(EXIT, at_ms=FOUND.at_ms - 15 * MIN),), (), ("loaded-after-exit", ())),
        ((EXIT,), DRIVEN_THROUGH, ("record-false", ("no-stop-on-the-way",))),
        ((EXIT,), DRIVEN_THROUGH[:4] + DRIVEN_THROUGH[6:], ("loaded-after-exit", ())),  # a gap: nobody knows
        ((EXIT,), STOPPED, ("loaded-after-exit", ("stopped-on-the-way",))),
        ((replace(EXIT, gross_kg=20_000),), STOPPED, ("loaded-after-exit", ("stopped-on-the-way",))),
        ((EXIT,), (at(98, 3), at(98.25, 3), at(98.3, 60)), ("loaded-after-exit", ("stopped-on-the-way",))),
        ((EXIT,), driven(slow_kmh=3), ("record-false", ("no-stop-on-the-way",))),  # ten minutes load nothing
        ((EXIT,), driven(slow_kmh=3, slow_min=20), ("loaded-after-exit", ("stopped-on-the-way",))),
        ((EXIT,), driven(slow_kmh=4, slow_min=20), ("record-false", ("no-stop-on-the-way",))),
        ((EXIT,), driven(late_ms=1), ("loaded-after-exit", ())),  # a millisecond more than the gap
    ],
)
def test_what_is_said_of_an_overload(
    before: tuple[Weighed, ...], positions: tuple[Position, ...], expected: tuple[str, tuple[str, ...]]
) -> None:
    assert said(*before, positions=positions) == expected


@pytest.mark.parametrize(
    ("entered_kg", "expected"), [(58_500, "same-load"), (48_000, "loaded-after-exit"), (30_000, "record-false")]
)
def test_an_expressway_entrance_is_held_against_what_was_found_the_same_way(entered_kg: int, expected: str) -> None:
    entered = replace(EXIT, entry="toll-1-j/1", site="toll-1", site_kind="toll-entrance", gross_kg=entered_kg)
    finding = trace(FOUND, "toll-entrance", [EXIT, entered], (), RULES)
    assert (finding.result, finding.origin) == (expected, entered)
    assert trace(FOUND, "toll-entrance", [EXIT], (), RULES).result == "no-origin"


def test_exactly_the_share_is_still_the_same_load() -> None:
    left = replace(EXIT, gross_kg=60_000, outcome="exceeded")
    assert said(left, found=replace(FOUND, gross_kg=63_000)) == ("same-load", ())
    assert said(left, found=replace(FOUND, gross_kg=63_001)) == ("loaded-after-exit", ())
    assert said(left, found=replace(FOUND, gross_kg=57_000)) == ("same-load", ())
    assert said(left, found=replace(FOUND, gross_kg=56_999)) == ("same-load", ("lighter-than-at-exit",))


def test_of_nothing_there_is_no_difference() -> None:
    assert trace(FOUND, "source-exit", (), (), RULES).difference_kg == 0


def test_a_stop_that_lasts_until_the_truck_is_found_is_one() -> None:
    standing = tuple(at(98 + minute / 60, 60 if minute < 100 else 0) for minute in range(0, 121, 10))
    assert said(EXIT, positions=standing) == ("loaded-after-exit", ("stopped-on-the-way",))


@pytest.mark.parametrize(
    ("passed", "before", "expected"),
    [
        (Unweighed("source-exit", FOUND.at_ms - 1, "yellow"), (), ("no-origin", ("left-unweighed",))),
        (Unweighed("source-exit", FOUND.at_ms - 1, "blue"), (), ("no-origin", ())),
        (Unweighed("source-exit", FOUND.at_ms - 48 * HOUR - 1, "yellow"), (), ("no-origin", ())),
        (
            Unweighed("source-exit", EXIT.at_ms + 1, "unknown"),
            (replace(EXIT, gross_kg=20_000),),
            ("loaded-after-exit", ("passed-unweighed",)),
        ),
        (
            Unweighed("source-exit", EXIT.at_ms, "yellow"),
            (replace(EXIT, gross_kg=20_000),),
            ("record-false", ("difference-above-share",)),
        ),
        (
            Unweighed("source-exit", EXIT.at_ms + 1, "yellow"),
            (replace(EXIT, gross_kg=60_000),),
            ("same-load", ("within-at-exit",)),
        ),
        (Unweighed("toll-entrance", EXIT.at_ms + 1, "yellow"), (EXIT,), ("loaded-after-exit", ())),
    ],
)
def test_who_left_another_place_unweighed_may_have_been_loaded_there(
    passed: Unweighed, before: tuple[Weighed, ...], expected: tuple[str, tuple[str, ...]]
) -> None:
    """The record of the place before it is not doubted for that."""
    earlier = [replace(passed, at_ms=EXIT.at_ms - 1)] if before else []
    finding = trace(FOUND, "source-exit", before, (), RULES, [passed, *earlier])
    assert (finding.result, finding.notes) == expected


def test_the_last_exit_counts() -> None:
    earlier = replace(EXIT, entry="quarry-2-j/9", site="quarry-2", at_ms=90 * HOUR, gross_kg=60_000)
    finding = trace(FOUND, "source-exit", [EXIT, earlier], (), RULES)
    assert finding.origin == EXIT


@given(
    st.permutations(
        [EXIT, replace(EXIT, entry="a-j/10", gross_kg=50_000), replace(EXIT, entry="a-j/9", gross_kg=59_000)]
    ),
    st.permutations(list(STOPPED) + list(DRIVEN_THROUGH[:5])),
)
def test_no_order_of_what_is_known_changes_what_is_said(before: list[Weighed], positions: list[Position]) -> None:
    finding = trace(FOUND, "source-exit", before, positions, RULES)
    assert finding.origin is not None
    assert finding.origin.entry == "quarry-1-j/1"  # of three at one moment always the same
    assert finding == trace(FOUND, "source-exit", before[::-1], positions[::-1], RULES)
