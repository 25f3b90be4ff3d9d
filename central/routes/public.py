"""What anybody may read: figures without vehicles, and what the law says is to be published. No token, no person."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import Field
from sqlalchemy import or_, select
from sqlmodel import Session

from central.access import nothing_asked
from central.asking import Asked, day_of
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


class MonthsQuery(Asked):
    year: int = Field(ge=2000, le=9998, examples=[2026])


class PublishedQuery(Asked):
    pass


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
    async def listings(asked: Annotated[PublishedQuery, Query()]) -> dict[str, Any]:
        """Publicity and the discredit list: enterprises by name, vehicles masked, drivers not at all."""
        after = place_of(asked.after, str)
        today = day_of(epoch_ms(clock())).isoformat()
        rows = await database.run(lambda s: _published(s, today, after[0] if after else "", asked.limit + 1))
        return page_of(rows, asked.limit, ("mark",), lambda row: {n: v for n, v in row.items() if n != "mark"})

    @router.get("/exposures", dependencies=[Depends(nothing_asked)])
    async def exposures() -> dict[str, Any]:
        """曝光 of source enterprises, as published and not withdrawn."""
        query = select(SOURCES.c.name, SOURCES.c.content).order_by(SOURCES.c.id).limit(10_000)
        found = await database.run(lambda s: s.connection().execute(query).all())
        rows = [
            {"name": name, "ground": one["ground"], "medium": one["medium"], "text": one["text"]}
            for name, content in found
            for one in json.loads(content)["exposures"]
        ]
        return {"rows": rows, "next": None}

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
            "name": masked_plate(row["party_key"].partition("|")[0]) if row["party"] == "vehicle" else row["party_key"],
            "criterion": row["criterion"],
            "state": row["state"],
            "publicised_until": row["publicised_until"],
            "since": row["since"],
            "until": row["until"],
            "mark": str(skip + number),
        }
        for number, row in enumerate(rows, 1)
    ]
