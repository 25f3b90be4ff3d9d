"""What a late fine costs more: three percent of it a day, never more than itself (Administrative Penalty Law art. 72).

While it is contested nothing is added (art. 73), nor before the end of a deferral (art. 66).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from central.asking import day_of
from central.cases.machine import periods_of
from central.cases.procedure import Procedure
from central.cases.story import Story

PERCENT_A_DAY = 3


def surcharge_yuan(fine_yuan: int, due: date, until: date, contested: Iterable[tuple[date, date]] = ()) -> int:
    """For the days after `due` to `until` with it; those contested, both ends with them, left out. Whole yuan, down."""
    assert fine_yuan >= 0
    late = {due + timedelta(days=one) for one in range(1, max(0, (until - due).days) + 1)}
    for first, last in contested:
        late -= {first + timedelta(days=one) for one in range((last - first).days + 1)}
    return min(fine_yuan, fine_yuan * PERCENT_A_DAY * len(late) // 100)


@dataclass(frozen=True, slots=True)
class Payment:
    """What a case's fine comes to on a day. `due` is the last day on which it costs no more; `paid` when all was."""

    fine_yuan: int
    paid_yuan: int
    due: date
    paid: date | None
    surcharge_yuan: int


def payment_on(story: Story, procedure: Procedure, day: date) -> Payment | None:
    """None where no fine was decided, or it was not served yet, or the case was annulled."""
    running = next((one for one in periods_of(procedure, story.at) if one.period.name == "pay"), None)
    if not story.fine_yuan or running is None or story.police or story.state == "annulled":
        return None
    due, paid = running.last.day, running.ended
    late = surcharge_yuan(story.fine_yuan, due, paid or day, _contested(story, day))
    return Payment(story.fine_yuan, story.paid_yuan, due, paid, late)


def _contested(story: Story, day: date) -> list[tuple[date, date]]:
    """From each contest to its end, or to the day that is asked about."""
    found: list[tuple[date, date]] = []
    begun: date | None = None
    for one in story.moves:
        if one.kind == "contest" and begun is None:
            begun = day_of(one.at_ms)
        elif one.kind == "contest-ended" and begun is not None:
            found.append((begun, day_of(one.at_ms)))
            begun = None
    return found if begun is None else [*found, (begun, day)]
