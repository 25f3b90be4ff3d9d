"""From a judgement to what may be imposed, by schedules of one line each: what starts a measure, and how sums meet."""

from datetime import date

import pytest

from gateway.core.verdict import Candidate, Finding, Judgement, Verdict
from gateway.law.amounts import Band, Bands, Excess, PerStep, Range, Span, Tier, Tiers
from gateway.law.measures import Circumstances, Known, Measure, Schedule
from gateway.law.penalties import measures_for, oversize, propose

WITHIN, OVER = Verdict("within"), Verdict("exceeded", 49_000, 1_000)
PER_TONNE = PerStep(1_000, 500, "floor")
TALL = Finding("height_mm", "", 4_300, 4_000, 300, "mm")
LONG = Finding("length_mm", "", 12_000, 12_000, 0, "mm")
POLICE_TALL = Finding("police-height", "", 4_190, 4_200, 0, "mm")
GROSS = Finding("gross", "", 50_000, 49_000, 1_000)
RATED = Finding("rated-load", "", 31_000, 30_000, 1_000)


def measure(on, amount=None, *, kind="fine", act="over-limit/one", span=None, **more):
    written = {
        "clause": "art.1",
        "party": "carrier",
        "modes": ("transport",),
        "authority": "",
        "verified": True,
        "doubt": "",
    }
    return Measure(act=act, kind=kind, on=on, span=span or Span(), amount=amount, **written | more)


def schedules(*measures, caps=()):
    """Each measure in a schedule of its own, with its cap."""
    caps = (*caps, *(None for _ in measures))
    return [
        Schedule(f"s{number}", "", "CN", date(2020, 1, 1), None, "", cap, (one,))
        for number, (one, cap) in enumerate(zip(measures, caps, strict=False))
    ]


def proposed(*measures, road=OVER, rating=WITHIN, findings=(), caps=()):
    judgement = Judgement("set", "", road, rating, WITHIN, findings, "hold", "", consequence="case")
    return sums(propose(judgement, schedules(*measures, caps=caps), "transport"))


def asked(*measures, caps=(), **found):
    return sums(measures_for(Circumstances(over_limit=True, **found), schedules(*measures, caps=caps), "transport"))


def sums(proposals):
    return [(one.clause, one.amount_min_yuan, one.amount_max_yuan) for one in proposals]


def mass(least_kg, most_kg=None):
    return {"mass": (Excess(least_kg, 49_000), Excess(most_kg or least_kg, 49_000))}


FINE = Range(200, 500)
YES = [("s0 art.1", 200, 500)]


@pytest.mark.parametrize(
    ("on", "road", "rating", "findings", "said"),
    [
        ("over-limit", OVER, WITHIN, (GROSS,), YES),
        ("over-limit", WITHIN, Verdict("exceeded"), (RATED,), []),
        ("rated-load", WITHIN, Verdict("exceeded"), (RATED,), YES),
        ("rated-load", WITHIN, WITHIN, (RATED,), []),
        ("mass", OVER, WITHIN, (GROSS,), YES),
        ("mass", Verdict("exceeded", 49_000, 0), WITHIN, (TALL,), []),
        ("dimensions", OVER, WITHIN, (GROSS,), []),
        ("dimensions", OVER, WITHIN, (GROSS, LONG), []),
        ("dimensions", OVER, WITHIN, (GROSS, LONG._replace(excess=None)), []),
        ("dimensions", OVER, WITHIN, (TALL, LONG), YES),
        ("dimensions", OVER, WITHIN, (TALL._replace(excess=1),), YES),
        ("oversize", OVER, WITHIN, (TALL, LONG), YES),
        ("oversize", OVER, WITHIN, (GROSS, LONG), []),
        ("oversize", OVER, WITHIN, (TALL, POLICE_TALL), []),
        ("over-limit-otherwise", Verdict("exceeded", 49_000, 0), WITHIN, (LONG,), YES),
        ("over-limit-otherwise", Verdict("exceeded", 49_000, 0), WITHIN, (TALL,), []),
    ],
)
def test_what_starts_a_measure(on, road, rating, findings, said):
    assert proposed(measure(on, FINE), road=road, rating=rating, findings=findings) == said


def test_the_tier_is_that_of_the_sizes_measured():
    tiers = Tiers(
        (Tier({"height_mm": 4_299, "length_mm": 12_000}, 1, 2), Tier({"height_mm": 4_300}, 3, 4), Tier({}, 5, 6))
    )
    assert proposed(measure("dimensions", tiers), findings=(TALL, LONG)) == [("s0 art.1", 3, 4)]


def test_two_candidates_give_the_least_and_the_most_it_may_be_over():
    road = Verdict("exceeded", None, 1_000, None, (Candidate("a", 46_000), Candidate("b", 49_000)))
    assert proposed(measure("mass", PER_TONNE), road=road) == [("s0 art.1", 500, 2_000)]
    beyond = measure("mass", FINE, span=Span(above_kg=3_000))
    assert proposed(beyond, road=road) == [("s0 art.1", 0, 500)]  # only if it is the lighter kind
    share = measure("mass", FINE, span=Span(above_percent=8))  # 4 t of 46 t, not 1 t of 49 t
    assert proposed(share, road=road) == [("s0 art.1", 0, 500)]


@pytest.mark.parametrize(
    ("excesses", "police_too"),
    [
        ([("height_mm", 300)], True),
        ([("height_mm", 100), ("police-height", 0)], False),
        ([("height_mm", 300), ("police-height", 100)], True),
        ([("height_mm", 300), ("police-height", 1)], True),
        ([("height_mm", 100), ("police-height", 0), ("length_mm", 5)], True),
        ([("height_mm", 0), ("width_mm", None)], False),
    ],
)
def test_a_height_that_the_police_allow_is_not_oversize(excesses, police_too):
    assert oversize(excesses) is police_too


def test_what_costs_nothing_is_not_proposed():
    assert asked(measure("mass", PER_TONNE, act="overload"), **mass(999)) == []
    shares = measure("rated-load", Bands((Band(None, 500),)), act="overload")
    assert asked(shares, rated_load=Excess(500, None)) == []
    assert asked(shares, rated_load=Excess(500, 10_000)) == [("s0 art.1", 250, 250)]


@pytest.mark.parametrize(
    ("first", "second", "chosen"),
    [
        (Range(200, 500), Range(200, 500), "s0 art.1"),  # the same: the one that stands first
        (Range(200, 500), Range(300, 500), "s1 art.1"),
        (Range(300, 500), Range(200, 501), "s1 art.1"),
    ],
)
def test_of_two_fines_for_one_act_the_higher_applies(first, second, chosen):
    assert [name for name, _, _ in asked(measure("over-limit", first), measure("over-limit", second))] == [chosen]


def test_of_two_numbers_of_points_for_one_act_the_higher_applies():
    few, many = (measure("over-limit", kind="points", points=points) for points in (3, 6))
    assert [name for name, _, _ in asked(few, many)] == ["s1 art.1"]


def test_fines_for_one_passage_share_the_lowest_cap():
    fines = measure("over-limit", Range(0, 800)), measure("over-limit", Range(300, 700), act="over-limit/two")
    assert asked(*fines) == [("s0 art.1", 0, 800), ("s1 art.1", 300, 700)]
    assert asked(*fines, caps=(1_000, 30_000)) == [("s0 art.1", 0, 800), ("s1 art.1", 200, 200)]
    assert asked(*fines, caps=(1_000,)) == [("s0 art.1", 0, 800), ("s1 art.1", 200, 200)]
    points = measure("over-limit", kind="points", points=3)
    assert asked(points, fines[0], caps=(100,)) == [("s0 art.1", None, None), ("s1 art.1", 0, 800)]


@pytest.mark.parametrize(
    ("on", "more", "known", "holds"),
    [
        ("count", {"counted": "vehicle", "more_than": 0}, Known(), False),
        ("count", {"counted": "vehicle", "more_than": 3}, Known(counts={"vehicle": 3, "driver": 9}), False),
        ("count", {"counted": "vehicle", "more_than": 3}, Known(counts={"vehicle": 4}), True),
        ("share", {"more_than": 10}, Known(violators=1, fleet=0), False),
        ("share", {"more_than": 10}, Known(violators=1, fleet=10), False),
        ("share", {"more_than": 10}, Known(violators=2, fleet=10), True),
        ("share", {"more_than": 1}, Known(violators=1, fleet=1), True),
        ("share", {"more_than": 10}, Known(violators=2, fleet=10, sole_trader=True), False),
    ],
)
def test_counts_and_shares_are_exceeded_and_not_reached(on, more, known, holds):
    assert bool(asked(measure(on, kind="listing", **more), known=known)) is holds


def test_a_schedule_is_in_force_on_its_first_and_its_last_day():
    one = Schedule("s", "", "CN", date(2020, 1, 1), date(2020, 12, 31), "", None, ())
    days = (date(2019, 12, 31), date(2020, 1, 1), date(2020, 12, 31), date(2021, 1, 1))
    assert [one.in_force(day) for day in days] == [False, True, True, False]


def test_a_tier_ends_at_its_bound_and_holds_what_was_not_measured():
    tiers = Tiers((Tier({"height_mm": 4_200}, 1, 2), Tier({}, 3, 4)))
    assert [tiers.of(Excess(1), size) for size in ({"height_mm": 4_200}, {"height_mm": 4_201}, {})] == [
        (1, 2),
        (3, 4),
        (1, 2),
    ]
