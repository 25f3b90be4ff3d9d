"""What anybody may read: figures without vehicles, and what the law says is to be published. No token, no person."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field
from sqlalchemy import or_, select
from sqlmodel import Session

from central.asking import Paged, day_of
from central.masking import masked_plate
from central.routes.paging import page_of, place_of
from central.routes.statistics import share_text
from central.statistics.bands import BANDS
from central.statistics.periods import period_text
from central.statistics.reading import Over, series
from central.store.credit_tables import LISTINGS
from central.store.database import Database, epoch_ms
from central.store.source_tables import SOURCES

FEW = 5
"""A smaller count could be one known truck: it is not told."""
PUBLISHED = ("publicised", "listed", "repair-applied")


class MonthsQuery(Paged):
    year: int = Field(ge=2000, le=9998, examples=[2026])


def public_feed_router(database: Database, clock: Callable[[], datetime]) -> APIRouter:
    router = APIRouter(prefix="/api/v1/public", tags=["public"])

    @router.get("/months")
    async def months(asked: Annotated[MonthsQuery, Query()]) -> dict[str, Any]:
        """The whole region month by month: trucks checked, over, by band. Counts below five are null."""
        over = Over("month", asked.year * 100 + 1, asked.year * 100 + 12)
        after = place_of(asked.after, int)
        rows = await database.run(lambda s: series(s, over, after[0] if after else None, asked.limit + 1))
        return page_of(rows, asked.limit, ("period",), _month)

    @router.get("/listings")
    async def listings(asked: Annotated[Paged, Query()]) -> dict[str, Any]:
        """Publicity and the discredit list: enterprises by name, vehicles masked, drivers not at all."""
        after = place_of(asked.after, str)
        today = day_of(epoch_ms(clock())).isoformat()
        rows = await database.run(lambda s: _published(s, today, after[0] if after else "", asked.limit + 1))
        return page_of(rows, asked.limit, ("mark",), lambda row: {n: v for n, v in row.items() if n != "mark"})

    @router.get("/exposures")
    async def exposures(asked: Annotated[Paged, Query()]) -> dict[str, Any]:
        """曝光 of source enterprises, as published and not withdrawn: by enterprise, then oldest first."""
        after = place_of(asked.after, str, int, str)
        rows = await database.run(lambda s: _exposed(s, after, asked.limit + 1))
        return page_of(rows, asked.limit, ("source", "at_ms", "id"), lambda row: {name: row[name] for name in _EXPOSED})

    return router


def _month(row: Any) -> dict[str, Any]:
    counts = {name: int(row[name]) for name in ("checked", "exceeded", "refused", "hundred_tonne")}
    bands = none_told_apart({name: int(row[f"band_{place}"]) for place, name in enumerate(BANDS)})
    rate = share_text(counts["exceeded"], counts["checked"]) if counts["exceeded"] >= FEW else None
    told = {name: _told(count) for name, count in counts.items()}
    return {"period": period_text(row["period"]), **told, "bands": bands, "rate": rate}


def none_told_apart(bands: dict[str, int]) -> dict[str, int | None]:
    """Small counts are null, and of the others as many, the smallest first, as keep what is missing from the sum from
    being a small count itself.
    """
    hidden = [name for name, count in bands.items() if 0 < count < FEW]
    others = sorted((count, name) for name, count in bands.items() if count >= FEW)
    if hidden and others and (len(hidden) == 1 or sum(bands[name] for name in hidden) < FEW):
        hidden.append(others[0][1])
    return {name: None if name in hidden else count for name, count in bands.items()}


def _told(count: int) -> int | None:
    return None if 0 < count < FEW else count


_EXPOSED = ("name", "ground", "medium", "text")


def _exposed(session: Session, after: tuple[Any, ...] | None, limit: int) -> list[dict[str, Any]]:
    """Exposures behind that of `after` (enterprise, at_ms, id)."""
    c, found = SOURCES.c, list[dict[str, Any]]()
    query = select(c.id, c.name, c.content).where(c.id >= ("" if after is None else after[0])).order_by(c.id)
    for source, name, content in session.connection().execute(query):
        for one in json.loads(content)["exposures"]:
            if after is None or (source, one["at_ms"], one["id"]) > after:
                found.append({**one, "source": source, "name": name})
        if len(found) >= limit:
            break
    return found[:limit]


def _published(session: Session, today: str, after: str, limit: int) -> list[dict[str, Any]]:
    """What did not end before today. `mark` is a number: an id would name the vehicle."""
    c = LISTINGS.c
    public = (c.state.in_(PUBLISHED), c.grounded, c.party != "driver", or_(c.until.is_(None), c.until >= today))
    query = select(LISTINGS).where(*public).order_by(c.id)
    skip = int(after) if after.isdecimal() and len(after) < 10 else 0
    rows = session.connection().execute(query.offset(skip).limit(limit)).mappings()
    return [
        {
            "party": row["party"],
            "name": masked_plate(row["party_key"].partition("|")[0])
            if row["party"] == "vehicle"
            else row["party_key"].removeprefix("name:"),
            "criterion": row["criterion"],
            "state": row["state"],
            "publicised_until": row["publicised_until"],
            "since": row["since"],
            "until": row["until"],
            "mark": str(skip + number),
        }
        for number, row in enumerate(rows, 1)
    ]
