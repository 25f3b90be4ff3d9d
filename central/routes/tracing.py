"""Where overloads found on the road came from, and the reports of vehicles' own recorders that narrow it."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Depends, Query
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from central.access import Access, Reader, nothing_asked
from central.asking import Asked, Moment, Word
from central.masking import masked
from central.routes.paging import page_of, place_of, written
from central.routes.supervision_examples import POSITIONS
from central.store.database import Database, epoch_ms
from central.store.due import mark_due
from central.tracing.following import stored_positions
from central.tracing.origin import Position, Result
from central.tracing.reading import KEY, traces

POSITIONS_MAX = 1_000


class TraceQuery(Asked):
    """Finds of `from` ≤ when they were found < `until`."""

    result: Result | None = None
    kind: Literal["source-exit", "toll-entrance"] | None = None
    site: Word | None = Field(None, description="where it was found")
    origin_site: Word | None = Field(None, description="where it had left")
    plate: Word | None = None


class Report(BaseModel):
    """One report of a vehicle's recorder. Degrees in millionths."""

    model_config = ConfigDict(extra="forbid")

    plate: Word
    at: Moment
    speed_kmh: int = Field(ge=0, le=300)
    longitude_e6: int = Field(ge=-180_000_000, le=180_000_000)
    latitude_e6: int = Field(ge=-90_000_000, le=90_000_000)


class Reports(BaseModel):
    model_config = ConfigDict(extra="forbid")

    positions: list[Report] = Field(max_length=POSITIONS_MAX)


def tracing_router(database: Database, access: Access) -> APIRouter:
    router = APIRouter(prefix="/api/v1", tags=["tracing"])
    may, may_share = access.reader("cases:read"), access.reader("sharing:write")

    @router.get("/traces")
    async def traced(asked: Annotated[TraceQuery, Query()], reader: Annotated[Reader, Depends(may)]) -> Any:
        """Newest first: same-load, loaded-after-exit, record-false or no-origin, with the exit it is held against.

        A finding is a pointer for people: no official value of the shares it stands on was found.
        """
        equal = {name: getattr(asked, name) for name in ("result", "kind", "site", "origin_site", "plate")}
        after = place_of(asked.after, int, str, str)
        rows = await database.run(
            lambda session: traces(session, equal, asked.from_ms, asked.until_ms, after, asked.limit + 1)
        )
        return masked(page_of(rows, asked.limit, KEY, written), whole=reader.sees_persons)

    @router.post("/positions", status_code=202, dependencies=[Depends(may_share), Depends(nothing_asked)])
    async def positions(reports: Annotated[Reports, Body(openapi_examples=POSITIONS)]) -> dict[str, int]:
        """Reports of a position feed, in any order, any number of times; finds of these vehicles are traced anew."""
        by_plate: dict[str, list[Position]] = {}
        for one in reports.positions:
            place = Position(epoch_ms(one.at), one.speed_kmh, one.longitude_e6, one.latitude_e6)
            by_plate.setdefault(one.plate, []).append(place)

        def keep(session: Session) -> int:
            touched = [stored_positions(session, plate, by_plate[plate]) for plate in sorted(by_plate)]
            mark_due(session.connection(), [one for one in touched if one is not None])
            return len(reports.positions)

        return {"taken": await database.run(keep)}

    return router
