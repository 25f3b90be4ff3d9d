"""分级分类: grades of vehicles and of source enterprises by the year, so that who kept clean is seen too (守信激励)."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from central.access import Access, Reader
from central.asking import Paged, Word
from central.credit.grades import WHAT_FOLLOWS, Record, grade_of
from central.credit.reading import kept_clean, record_of
from central.credit.source_records import source_records
from central.masking import masked
from central.routes.paging import SealedMarks, page_of, place_of, written
from central.store.database import Database

Colour = Literal["blue", "yellow", "black", "white", "green", "yellow-green", "gradient-green", "unknown"]
Year = Annotated[int, Field(ge=2000, le=9998, examples=[2026])]


class VehicleQuery(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    plate: Annotated[Word, Field(examples=["豫A00001"])]
    colour: Annotated[Colour, Field(examples=["yellow"])]
    period: Year


class YearQuery(Paged):
    period: Year


def grades_router(database: Database, access: Access, marks: SealedMarks) -> APIRouter:
    router = APIRouter(prefix="/api/v1/credit", tags=["credit"])
    may = access.reader("credit:read")

    @router.get("/vehicle")
    async def vehicle(asked: Annotated[VehicleQuery, Query()], reader: Annotated[Reader, Depends(may)]) -> Any:
        """One vehicle's grade in a year, and what it stands on."""
        record = await database.run(lambda s: record_of(s, asked.plate, asked.colour, asked.period))
        graded = _graded(record)
        said = {**asked.model_dump(), **graded, "follows": WHAT_FOLLOWS[graded["grade"]]}
        return masked(said, whole=reader.sees_persons)

    @router.get("/kept-clean")
    async def clean(asked: Annotated[YearQuery, Query()], reader: Annotated[Reader, Depends(may)]) -> Any:
        """守信激励: grade A of a year, most checked first."""
        after = marks.place_of(asked.after, int, str, str)
        rows = await database.run(lambda s: kept_clean(s, asked.period, after, asked.limit + 1))
        return masked(
            page_of(rows, asked.limit, ("checked", "plate", "colour"), written, marks.mark_of),
            whole=reader.sees_persons,
        )

    @router.get("/sources", dependencies=[Depends(may)])
    async def sources(asked: Annotated[YearQuery, Query()]) -> dict[str, Any]:
        """Grades of the registered source enterprises in a year, by id. `exceeded`: overloads traced to it, and leads
        against it that nobody dismissed; one truck may be both.
        """
        after = place_of(asked.after, str)
        rows = await database.run(
            lambda s: source_records(s, asked.period, after[0] if after else None, asked.limit + 1)
        )
        return page_of(rows, asked.limit, ("source",), _source)

    return router


def _graded(record: Record) -> dict[str, Any]:
    grade, why = grade_of(record)
    counted = {name: getattr(record, name) for name in record.__slots__}
    return {"grade": grade, "why": why, **counted}


def _source(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"source": row["source"], "name": row["name"], "kind": row["kind"], **_graded(row["record"])}
