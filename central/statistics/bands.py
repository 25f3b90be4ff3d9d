"""How far over, in the five bands that the yearly figures use: 0–10, 10–20, 20–50, 50–100, > 100 %.

A band takes its upper end in, as the law speaks of "not more than 20 %" (Zhejiang Highway Regulation 2020, art. 53).
Integers throughout: `excess_kg` of `limit_kg`, compared without a division.
"""

BANDS: tuple[str, ...] = ("0-10", "10-20", "20-50", "50-100", "over-100")
"""The names, lowest first."""

UPPER_PERCENT: tuple[int, ...] = (10, 20, 50, 100)
"""The upper ends of all but the last."""


def band_of(excess_kg: int, limit_kg: int) -> int | None:
    """Which of BANDS, by its place; None where nothing is over or nobody knows the limit."""
    if excess_kg <= 0 or limit_kg <= 0:
        return None
    return next(
        (place for place, percent in enumerate(UPPER_PERCENT) if excess_kg * 100 <= limit_kg * percent), len(BANDS) - 1
    )
