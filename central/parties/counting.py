"""Accumulation: decided acts of one party within a year, each counted once (Regulation 593 art. 66).

A pure function of the decided acts. The year ends with the day that is asked about; it slides, or it runs from the
anniversary of the party's certificate, as the setting says.
"""

from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Decided:
    """One decided case against a party. `act_key` is the act: two authorities' cases on one act count once."""

    case: str
    act_key: str
    day: date
    vehicle: str | None


@dataclass(frozen=True, slots=True)
class Count:
    """What was counted up to a day, oldest first."""

    begins: date
    ends: date
    cases: tuple[str, ...]
    acts: int
    vehicles: int


def count_at(decided: Iterable[Decided], day: date, certificate_from: date | None = None) -> Count:
    """Everything decided in the year that ends on `day`; `certificate_from` makes it the certificate's own year."""
    begins = year_before(day) if certificate_from is None else anniversary_before(certificate_from, day)
    counted = sorted((one for one in decided if begins <= one.day <= day), key=lambda one: (one.day, one.case))
    acts = {one.act_key for one in counted}
    vehicles = {one.vehicle for one in counted if one.vehicle is not None}
    return Count(begins, day, tuple(one.case for one in counted), len(acts), len(vehicles))


def year_before(day: date) -> date:
    """The first day of the year that ends on `day`."""
    try:
        last = day.replace(year=day.year - 1)
    except ValueError:
        last = date(day.year - 1, 2, 28)
    return date.fromordinal(last.toordinal() + 1)


def anniversary_before(first: date, day: date) -> date:
    """The last anniversary of `first` that is not after `day`; before it was issued, `first` itself."""
    years = day.year - first.year
    for back in (0, 1):
        found = _same_day(first, first.year + years - back)
        if found <= day:
            return max(found, first)
    return first


@dataclass(frozen=True, slots=True)
class Standing:
    """How much stood against a party when one act was decided, that act with it."""

    last: Decided
    begins: date
    acts: int
    vehicles: int


def counts_along(decided: Iterable[Decided], certificate_from: date | None = None) -> Iterator[Standing]:
    """Each decided act with the count it made, in the order they count; of several cases on one act the first."""
    window: deque[Decided] = deque()
    acts: Counter[str] = Counter()
    vehicles: Counter[str] = Counter()
    seen: set[str] = set()
    for one in sorted(decided, key=lambda one: (one.day, one.case)):
        window.append(one)
        acts[one.act_key] += 1
        if one.vehicle is not None:
            vehicles[one.vehicle] += 1
        begins = year_before(one.day) if certificate_from is None else anniversary_before(certificate_from, one.day)
        while window[0].day < begins:
            gone = window.popleft()
            _less(acts, gone.act_key)
            if gone.vehicle is not None:
                _less(vehicles, gone.vehicle)
        if one.act_key not in seen:
            seen.add(one.act_key)
            yield Standing(one, begins, len(acts), len(vehicles))


def _less(counter: Counter[str], key: str) -> None:
    counter[key] -= 1
    if not counter[key]:
        del counter[key]


def _same_day(first: date, year: int) -> date:
    try:
        return first.replace(year=year)
    except ValueError:
        return date(year, 3, 1)
