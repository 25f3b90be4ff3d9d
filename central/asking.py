"""What may be asked of a list: filters by name, a time range, a page. A parameter that is not known is refused by name,
because a filter that is misspelt and ignored answers a question that nobody asked.
"""

import re
from datetime import date, datetime, time, timedelta, timezone
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

PAGE_MAX = 500
PLACE_CHARS_MAX = 4_000
"""Of the mark of a page: the longest names what somebody asked for (central/store/access_log.py), sealed."""

CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")
"""One civil time for the whole country, without daylight saving since 1991: days are counted in it."""

DAY_MS = 86_400_000
FIRST_YEAR, LAST_YEAR = 1970, 9998
"""Of what happened: years are counted back from a day and on from it, and the calendar ends."""

D = TypeVar("D", bound=date)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def day_of(at_ms: int) -> date:
    """The civil day in China on which it happened."""
    return datetime.fromtimestamp(at_ms / 1000, tz=CHINA).date()


def day_start_ms(day: date) -> int:
    return round(datetime.combine(day, time(), CHINA).timestamp() * 1000)


def reckoned(day: D) -> D:
    """A day or a moment from which days and years can be counted.

    Raises:
        ValueError: it lies outside FIRST_YEAR to LAST_YEAR.
    """
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError(f"the year {day.year} is not between {FIRST_YEAR} and {LAST_YEAR}")
    return day


Moment = Annotated[AwareDatetime, AfterValidator(reckoned)]
"""When something was done, with its zone."""

AHEAD_MS_MAX = 300_000
"""How far a person's clock may be ahead of ours."""


def _first_ms(value: Any) -> int:
    return _moment_ms(value, last=False)


def _last_ms(value: Any) -> int:
    return _moment_ms(value, last=True)


def _moment_ms(value: Any, *, last: bool) -> int:
    """A moment with its zone, or a whole day in China's time: from its beginning, until its end."""
    if isinstance(value, int):
        return value
    text = str(value)
    try:
        day = date.fromisoformat(text) if _DAY.fullmatch(text) else None
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"'{text[:40]}' is no time; write 2026-05-01 or 2026-05-01T08:00:00Z") from error
    if day is not None:
        return day_start_ms(reckoned(day)) + (DAY_MS if last else 0)
    if moment.tzinfo is None:
        raise ValueError(f"'{text[:40]}' has no time zone; write 2026-05-01T08:00:00Z or +08:00")
    return round(reckoned(moment).timestamp() * 1000)


FromMs = Annotated[int, BeforeValidator(_first_ms, json_schema_input_type=str)]
UntilMs = Annotated[int, BeforeValidator(_last_ms, json_schema_input_type=str)]
WITHOUT_NUL = r"^[^\x00]*$"
"""PostgreSQL takes no NUL in text: refused at the door, by name."""

SAYS_SOMETHING = r"^[^\x00]*[^\x00\s][^\x00]*$"
"""Words that the law asks for are not blank."""

OF_A_VEHICLE = r"^[^\x00|]+$"
"""A plate or a colour: a vehicle's key is both, with a bar between."""

Word = Annotated[str, Field(min_length=1, max_length=64, pattern=WITHOUT_NUL)]


class Paged(BaseModel):
    """What every list may be asked for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    after: str | None = Field(None, max_length=PLACE_CHARS_MAX, description="the `next` of the page before")
    limit: int = Field(100, ge=1, le=PAGE_MAX)


class Asked(Paged):
    """A list of what happened: `from` is included, `until` is not; a day names the whole of it."""

    from_ms: FromMs | None = Field(None, alias="from", description="2026-05-01 or 2026-05-01T08:00:00Z, included")
    until_ms: UntilMs | None = Field(None, alias="until", description="a day to its end, or a moment, not included")

    @model_validator(mode="after")
    def _in_order(self) -> "Asked":
        if self.from_ms is not None and self.until_ms is not None and self.from_ms >= self.until_ms:
            raise ValueError("from is not before until")
        return self
