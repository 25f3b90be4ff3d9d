"""What a late fine costs more: three percent of it a day, never more than itself (Administrative Penalty Law art. 72).

While it is contested nothing is added (art. 73), nor before the end of a deferral (art. 66).
"""

from collections.abc import Iterable
from datetime import date, timedelta

PERCENT_A_DAY = 3


def surcharge_yuan(fine_yuan: int, due: date, until: date, contested: Iterable[tuple[date, date]] = ()) -> int:
    """For the days after `due` to `until` with it; those contested, both ends with them, left out. Whole yuan, down."""
    assert fine_yuan >= 0
    late = {due + timedelta(days=one) for one in range(1, max(0, (until - due).days) + 1)}
    for first, last in contested:
        late -= {first + timedelta(days=one) for one in range((last - first).days + 1)}
    return min(fine_yuan, fine_yuan * PERCENT_A_DAY * len(late) // 100)
