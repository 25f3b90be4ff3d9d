"""Figures: by time, by site, by kind, the heaviest, who comes back, and where it was loaded."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import Field, field_validator

from central.access import Access, Reader, Refusal
from central.asking import Asked, Paged, Word, day_of
from central.masking import masked
from central.routes.paging import SealedMarks, page_of, place_of, written
from central.statistics.bands import BANDS
from central.statistics.periods import period_of, period_text, span_of
from central.statistics.reading import (
    Over,
    by_kind,
    by_site,
    hundred_tonners,
    repeat_offenders,
    series,
    top_sources,
)
from central.store.database import Database

SiteKind = Literal["source-exit", "checkpoint", "toll-entrance"]
DAYS_MAX = 3_700
"""A series covers ten years at most."""


class OverQuery(Asked):
    """`from` and `until` are widened to whole units."""

    unit: Literal["day", "month", "year"] = "month"
    site: Word | None = None
    kind: SiteKind | None = None


class PeriodQuery(Paged):
    """One month (2026-05) or one year (2026)."""

    period: str = Field(pattern=r"^[0-9]{4}(-[0-9]{2})?$", examples=["2026-05", "2026"])

    @field_validator("period")
    @classmethod
    def _is_one(cls, text: str) -> str:
        if span_of(int(text.replace("-", "")), "month" if "-" in text else "year") == (0, 0):
            raise ValueError(f"'{text}' is no month or year; write 2026-05 or 2026")
        return text

    @property
    def unit(self) -> str:
        return "month" if "-" in self.period else "year"

    @property
    def number(self) -> int:
        return int(self.period.replace("-", ""))


class OffenderQuery(PeriodQuery):
    at_least: int = Field(2, ge=1, le=1_000)


class HeaviestQuery(Asked):
    site: Word | None = None


def statistics_router(database: Database, access: Access, marks: SealedMarks) -> APIRouter:
    router = APIRouter(prefix="/api/v1/statistics", tags=["statistics"])
    may = access.reader("statistics:read")
    _add_sums(router, database, may)
    _add_rankings(router, database, may, marks)
    return router


def _add_sums(router: APIRouter, database: Database, may: Any) -> None:
    @router.get("/series", dependencies=[Depends(may)])
    async def over_time(asked: Annotated[OverQuery, Query()]) -> dict[str, Any]:
        """Checked, over and the five bands, period by period; `rate` is over per checked, as text."""
        over, after = _over(asked), place_of(asked.after, int)
        rows = await database.run(lambda session: series(session, over, after[0] if after else None, asked.limit + 1))
        return page_of(rows, asked.limit, ("period",), _figures)

    @router.get("/sites", dependencies=[Depends(may)])
    async def sites(asked: Annotated[OverQuery, Query()]) -> dict[str, Any]:
        """The same by site."""
        over, after = _over(asked), place_of(asked.after, str)
        rows = await database.run(lambda session: by_site(session, over, after[0] if after else None, asked.limit + 1))
        return page_of(rows, asked.limit, ("site",), _figures)

    @router.get("/kinds", dependencies=[Depends(may)])
    async def kinds(asked: Annotated[OverQuery, Query()]) -> dict[str, Any]:
        """The same by kind of place."""
        over, after = _over(asked), place_of(asked.after, str)
        rows = await database.run(lambda session: by_kind(session, over, after[0] if after else None, asked.limit + 1))
        return page_of(rows, asked.limit, ("kind",), _figures)


def _add_rankings(router: APIRouter, database: Database, may: Any, marks: SealedMarks) -> None:
    @router.get("/repeat-offenders")
    async def offenders(asked: Annotated[OffenderQuery, Query()], reader: Annotated[Reader, Depends(may)]) -> Any:
        """Vehicles found over at least so often, most first. Findings, not decided cases."""
        after = marks.place_of(asked.after, int, str, str)
        rows = await database.run(
            lambda s: repeat_offenders(s, asked.unit, asked.number, asked.at_least, after, asked.limit + 1)
        )
        page = page_of(rows, asked.limit, ("exceeded", "plate", "colour"), _ranked, marks.mark_of)
        return masked(page, whole=reader.sees_persons)

    @router.get("/top-sources", dependencies=[Depends(may)])
    async def sources(asked: Annotated[PeriodQuery, Query()]) -> dict[str, Any]:
        """Source sites to which most overloads were traced."""
        after = place_of(asked.after, int, str)
        rows = await database.run(lambda s: top_sources(s, asked.unit, asked.number, after, asked.limit + 1))
        return page_of(rows, asked.limit, ("blamed", "site"), _ranked)

    @router.get("/hundred-tonnes")
    async def heaviest(asked: Annotated[HeaviestQuery, Query()], reader: Annotated[Reader, Depends(may)]) -> Any:
        """百吨王: first weighings of 100 t and more, newest first."""
        after = place_of(asked.after, int, str, int)
        rows = await database.run(
            lambda s: hundred_tonners(s, asked.from_ms, asked.until_ms, asked.site, after, asked.limit + 1)
        )
        page = page_of(rows, asked.limit, ("at_ms", "journal", "seq"), _weighing)
        return masked(page, whole=reader.sees_persons)


def _over(asked: OverQuery) -> Over:
    """Without `from` and `until`: all there is, for months and years."""
    if asked.unit == "day" and (asked.from_ms is None or asked.until_ms is None):
        raise Refusal(422, "days need query.from and query.until", "say which days, or ask for unit=month")
    first = 0 if asked.from_ms is None else period_of(asked.from_ms, asked.unit)
    last = 99_999_999 if asked.until_ms is None else period_of(asked.until_ms - 1, asked.unit)
    if asked.unit == "day" and (day_of(asked.until_ms or 0) - day_of(asked.from_ms or 0)).days > DAYS_MAX:
        raise Refusal(422, f"more than {DAYS_MAX} days", "ask for unit=month")
    return Over(asked.unit, first, last, asked.site, asked.kind)


def _figures(row: Mapping[str, Any]) -> dict[str, Any]:
    said = {name: value for name, value in row.items() if not name.startswith("band_")}
    if "period" in said:
        said["period"] = period_text(said["period"])
    said["bands"] = {name: int(row[f"band_{place}"]) for place, name in enumerate(BANDS)}
    counts = {
        name: int(value) for name, value in said.items() if name not in ("period", "site", "kind", "name", "bands")
    }
    return {**said, **counts, "rate": share_text(counts["exceeded"], counts["checked"])}


def share_text(part: int, whole: int) -> str | None:
    """Four decimals as text, cut off; None where there is nothing to divide by."""
    return None if whole == 0 else f"{part * 10_000 // whole / 10_000:.4f}"


def _ranked(row: Mapping[str, Any]) -> dict[str, Any]:
    return {**written(row), "period": period_text(row["period"])}


def _weighing(row: Mapping[str, Any]) -> dict[str, Any]:
    said = written(row)
    return {"entry": f"{said.pop('journal')}/{said.pop('seq')}", **said}
