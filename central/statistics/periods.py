"""Days, months and years as numbers that sort: 20260501, 202605, 2026. All in China's civil time."""

from datetime import date

from central.asking import DAY_MS, day_of, day_start_ms

UNITS: tuple[str, ...] = ("day", "month", "year")


def period_of(at_ms: int, unit: str) -> int:
    day = day_of(at_ms)
    if unit == "year":
        return day.year
    if unit == "month":
        return day.year * 100 + day.month
    assert unit == "day", unit
    return day.year * 10_000 + day.month * 100 + day.day


def span_of(period: int, unit: str) -> tuple[int, int]:
    """Its first millisecond, and the first one after it; both the same where there is no such day, month or year."""
    try:
        if unit == "day":
            start = day_start_ms(date(period // 10_000, period // 100 % 100, period % 100))
            return start, start + DAY_MS
        if unit == "month":
            year, month = divmod(period, 100)
            return day_start_ms(date(year, month, 1)), day_start_ms(date(year + month // 12, month % 12 + 1, 1))
        return day_start_ms(date(period, 1, 1)), day_start_ms(date(period + 1, 1, 1))
    except ValueError:
        return 0, 0


def period_text(period: int) -> str:
    """2026-05-01, 2026-05 or 2026."""
    text = str(period)
    return "-".join(part for part in (text[:4], text[4:6], text[6:]) if part)
