"""Accumulation and days, where a mistake is one act or one day: counted once, a year long, days as published."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from central.cases.payment import surcharge_yuan
from central.cases.surroundings import Other
from central.cases.words import fined_twice
from central.parties.counting import Decided, anniversary_before, count_at, counts_along, year_before
from central.parties.measures import accumulated
from central.parties.provinces import province_of_plate
from central.shipped import law_dir
from central.workdays import working_days_after
from gateway.law.measures import Known
from gateway.lawfiles import load_penalties_dir

DAY = date(2026, 6, 1)
SCHEDULES = load_penalties_dir(law_dir() / "penalties")


def decided(number: int, day: date, act: str | None = None, vehicle: str | None = "豫A12345|yellow") -> Decided:
    return Decided(f"case-{number}", act or f"act-{number}", day, vehicle)


def measures(known: Known) -> list[str]:
    found = accumulated(known, SCHEDULES, jurisdiction="CN-HA", day=DAY)
    return [f"{one.party} {one.kind}" for one in found if one.kind != "listing"]


def test_more_than_three_in_a_year_is_four() -> None:
    assert measures(Known(counts={"vehicle": 3, "driver": 3})) == []
    assert measures(Known(counts={"vehicle": 4})) == ["vehicle revocation"]
    assert measures(Known(counts={"driver": 4})) == ["driver suspension"]


@pytest.mark.parametrize(
    ("violators", "fleet", "sole", "found"),
    [
        (3, 30, False, []),  # from 10 % is what one province's script tests; the statute says more than
        (4, 30, False, ["enterprise suspension"]),
        (1, 1, True, []),  # a sole trader is no enterprise
        (1, 0, False, []),  # a fleet nobody stated has no share
    ],
)
def test_more_than_a_tenth_of_the_fleet_of_that_day(violators: int, fleet: int, sole: bool, found: list[str]) -> None:
    assert [
        one for one in measures(Known(violators=violators, fleet=fleet, sole_trader=sole)) if "revoc" not in one
    ] == found


def test_one_vehicle_with_five_acts_is_one_vehicle() -> None:
    count = count_at([decided(number, DAY) for number in range(5)], DAY)
    assert (count.acts, count.vehicles) == (5, 1)


def test_two_authorities_on_one_act_count_once() -> None:
    count = count_at([decided(1, DAY, "one"), decided(2, DAY, "one")], DAY)
    assert (count.acts, count.cases) == (1, ("case-1", "case-2"))


def test_the_sliding_year_begins_the_day_after_last_year_s_day() -> None:
    inside, outside = decided(1, date(2025, 6, 2)), decided(2, date(2025, 6, 1))
    assert count_at([inside, outside], DAY).cases == ("case-1",)
    assert year_before(date(2028, 2, 29)) == date(2027, 3, 1)


def test_the_anniversary_year_begins_with_the_certificate_s_day() -> None:
    first = date(2020, 5, 10)
    count = count_at([decided(1, date(2026, 5, 9)), decided(2, date(2026, 5, 10))], DAY, first)
    assert (count.begins, count.cases) == (date(2026, 5, 10), ("case-2",))
    assert anniversary_before(date(2020, 2, 29), date(2026, 3, 1)) == date(2026, 3, 1)
    assert anniversary_before(date(2026, 5, 10), date(2026, 5, 1)) == date(2026, 5, 10)


@given(st.lists(st.tuples(st.integers(0, 800), st.integers(0, 9)), max_size=30), st.booleans())
def test_counting_along_is_counting_anew_each_day(days: list[tuple[int, int]], anniversary: bool) -> None:
    first = date(2024, 2, 29) if anniversary else None
    begin = date(2024, 3, 1)
    every = [
        decided(number, begin + timedelta(days=at), f"act-{act}" if act < 5 else None, None if act > 7 else f"v{act}")
        for number, (at, act) in enumerate(days)
    ]
    standings = list(counts_along(every, first))
    assert sorted(one.last.act_key for one in standings) == sorted({one.act_key for one in every})
    for standing in standings:
        one = standing.last
        count = count_at([other for other in every if (other.day, other.case) <= (one.day, one.case)], one.day, first)
        assert (standing.begins, standing.acts, standing.vehicles) == (count.begins, count.acts, count.vehicles)


@pytest.mark.parametrize(("day", "acts"), [(date(2025, 6, 2), 2), (date(2025, 6, 1), 1)])
def test_counting_along_keeps_the_year_s_first_day(day: date, acts: int) -> None:
    *_, last = counts_along([decided(1, day), decided(2, DAY)])
    assert last.acts == acts


@pytest.mark.parametrize(
    ("day", "count", "last"),
    [
        (date(2026, 3, 4), 5, date(2026, 3, 11)),
        (date(2026, 9, 28), 7, date(2026, 10, 13)),  # National Day, then a Saturday that is worked
        (date(2026, 2, 13), 3, date(2026, 2, 25)),  # the day before Spring Festival's holiday, then a worked Saturday
    ],
)
def test_working_days_are_those_published(day: date, count: int, last: date) -> None:
    assert working_days_after(day, count) == (last, True)


def test_a_year_that_is_not_published_is_said_to_be_so() -> None:
    found = working_days_after(date(2026, 12, 30), 3)
    assert found == (date(2027, 1, 4), False)
    assert found.at_latest == date(2027, 1, 18), "holidays can only make it later"


@pytest.mark.parametrize(
    ("until", "contested", "yuan"),
    [
        (date(2026, 6, 1), [], 0),
        (date(2026, 6, 2), [], 30),
        (date(2026, 6, 5), [(date(2026, 6, 2), date(2026, 6, 3))], 60),
        (date(2027, 6, 1), [], 1_000),  # never more than the fine
    ],
)
def test_late_payment_costs_three_percent_a_day(until: date, contested: list[tuple[date, date]], yuan: int) -> None:
    assert surcharge_yuan(1_000, date(2026, 6, 1), until, contested) == yuan


def test_nobody_is_fined_twice_for_one_act() -> None:
    fine = {"party": "carrier", "kind": "fine", "act": "over-limit/mass"}
    police = Other("p", "police", "closed", ({"party": "driver", "kind": "fine", "act": "overload"},))
    other = Other("o", "transport", "closed", (fine,))
    assert not fined_twice([fine], [police]), "the carrier's act is not the driver's"
    assert fined_twice([fine], [other])
    assert fined_twice([fine, fine], [])


def test_provinces_by_plate() -> None:
    assert (province_of_plate("冀B54321"), province_of_plate("新A54321")) == ("CN-HE", "CN-XJ")
    assert province_of_plate("WJ00001") is None
