"""Working days in China (Administrative Penalty Law art. 85: its 2, 3, 5 and 7 days are working days).

Holidays and the weekends worked for them are announced each year for the next. A year that the calendar library does
not hold yet is counted by weekends alone, and the answer says that it is not verified: it can only come out too early.
"""

from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

from chinese_calendar import is_workday

HOLIDAYS_DAYS_MAX = 14
"""How much later than weekends alone a period can end: no row of public holidays has been longer."""


class LastDay(NamedTuple):
    """The last day of a period, and whether the holidays within it were published when it was counted."""

    day: date
    verified: bool

    @property
    def at_latest(self) -> date:
        """Until when a person's right surely lasts."""
        return self.day if self.verified else self.day + timedelta(days=HOLIDAYS_DAYS_MAX)


@lru_cache(4096)
def working_days_after(day: date, count: int) -> LastDay:
    """The `count`-th working day after `day`, which itself is not counted."""
    assert 0 < count <= 1_000
    verified = True
    while count:
        day += timedelta(days=1)
        works, known = _works(day)
        verified = verified and known
        count -= works
    return LastDay(day, verified)


def days_after(day: date, count: int) -> LastDay:
    return LastDay(day + timedelta(days=count), verified=True)


def years_after(day: date, count: int) -> LastDay:
    """The last day of so many years; what begins on 29 February ends on the 28th of a common year."""
    try:
        return LastDay(day.replace(year=day.year + count), verified=True)
    except ValueError:
        return LastDay(date(day.year + count, 2, 28), verified=True)


def _works(day: date) -> tuple[bool, bool]:
    try:
        return is_workday(day), True
    except NotImplementedError:  # the library holds no such year
        return day.weekday() < 5, False
