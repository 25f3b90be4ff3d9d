"""Supervision of source enterprises: register, ledger, the two lists, notices, talks, exposure."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Depends, Path, Query
from fastapi.responses import JSONResponse
from pydantic import Field
from sqlmodel import Session

from central.access import Access, Reader, Refusal, nothing_asked
from central.asking import Asked, Paged, Word, day_of
from central.masking import masked
from central.routes.acting import fact_made, keep
from central.routes.paging import page_of, place_of, written
from central.routes.source_acts import ItemAct, SourceAct
from central.routes.supervision_examples import ITEM_ACTS, SOURCE_ACTS
from central.sources import register
from central.sources.deriving import done_of, item_of, item_subject, source_of, source_subject, stated, stated_of
from central.sources.items import misfit
from central.sources.kinds import SourceKind
from central.sources.reading import items, ledger, sources
from central.sources.releases import provided, releases
from central.statistics.periods import period_of
from central.store.database import Database, epoch_ms
from central.store.due import Due
from central.store.facts import fact_by_id, facts_of, one_at_a_time
from gateway.law.measures import Schedule

SourceId = Annotated[str, Path(pattern="^[a-z0-9-]{1,64}$", examples=["s1"])]
ItemId = Annotated[str, Path(pattern="^[a-z0-9-]{1,64}$", examples=["h1"])]
Clock = Callable[[], datetime]
Arrived = Callable[[str], bool]
LEDGER_DAYS_MAX = 400


class SourceQuery(Paged):
    kind: SourceKind | None = None
    region: Word | None = None
    key_unit: bool | None = None
    standing: Literal["registered", "struck-off"] | None = None


class ItemQuery(Asked):
    """Items found or adopted in the time; `overdue` only those whose deadline has passed."""

    source: Word | None = None
    list: Literal["hazards", "measures"] | None = None
    state: Word | None = None
    listed_by: Word | None = None
    overdue: bool = False


class LedgerQuery(Asked):
    source: Word = Field(description="the enterprise's id", examples=["s1"])


def sources_router(
    database: Database,
    access: Access,
    clock: Clock,
    schedules: Sequence[Schedule],
    jurisdiction: str,
    arrived: Arrived,
) -> APIRouter:
    """`schedules` are the penalty files; those of `jurisdiction` and above it are asked. `arrived`: whether a file of
    evidence is here.
    """
    router = APIRouter(prefix="/api/v1", tags=["sources"])
    _add_releases(router, database, access, schedules, jurisdiction)
    _add_reading(router, database, access, clock)
    _add_acts(router, database, access, clock)
    _add_item_acts(router, database, access, clock, arrived)
    return router


def _add_reading(router: APIRouter, database: Database, access: Access, clock: Clock) -> None:
    may = Depends(access.reader("sources:read"))

    @router.get("/sources", dependencies=[may])
    async def registered(asked: Annotated[SourceQuery, Query()]) -> dict[str, Any]:
        """The register by id, with sites, talks and exposures of each."""
        equal, after = asked.model_dump(include={"kind", "region", "key_unit", "standing"}), place_of(asked.after, str)
        rows = await database.run(lambda s: sources(s, equal, after[0] if after else None, asked.limit + 1))
        return page_of(rows, asked.limit, ("id",), written)

    @router.get("/source-items", dependencies=[may])
    async def two_lists(asked: Annotated[ItemQuery, Query()]) -> dict[str, Any]:
        """两个清单: problems and hazards, rules and measures, each as it stands."""
        equal = asked.model_dump(include={"source", "list", "state", "listed_by"})
        overdue_on = day_of(epoch_ms(clock())).isoformat() if asked.overdue else None
        after, span_ms = place_of(asked.after, str), (asked.from_ms, asked.until_ms)
        rows = await database.run(
            lambda s: items(s, equal, overdue_on, span_ms, after[0] if after else None, asked.limit + 1)
        )
        return page_of(rows, asked.limit, ("id",), _item)

    @router.get("/source-ledger", dependencies=[may])
    async def day_by_day(asked: Annotated[LedgerQuery, Query()]) -> dict[str, Any]:
        """Trucks, attempts, releases with grounds, tickets against passages, minutes of silence: by day and site."""
        now_ms = epoch_ms(clock())
        until_ms = asked.until_ms or now_ms + 1
        from_ms = asked.from_ms or until_ms - 30 * 86_400_000
        if until_ms - from_ms > LEDGER_DAYS_MAX * 86_400_000:
            raise Refusal(422, f"more than {LEDGER_DAYS_MAX} days", "ask for less at once")
        days = period_of(from_ms, "day"), period_of(until_ms - 1, "day")
        after = place_of(asked.after, int, str)
        rows = await database.run(lambda s: ledger(s, asked.source, days, now_ms, after, asked.limit + 1))
        return page_of(rows, asked.limit, ("period", "site"), _without_period)


def _add_releases(
    router: APIRouter, database: Database, access: Access, schedules: Sequence[Schedule], jurisdiction: str
) -> None:
    may = access.reader("sources:read")

    @router.get("/source-releases")
    async def let_out(asked: Annotated[LedgerQuery, Query()], reader: Annotated[Reader, Depends(may)]) -> Any:
        """Over-limit trucks that it let go and passages without a weighing, and what provincial law provides for it."""
        after, span_ms = place_of(asked.after, int, str), (asked.from_ms, asked.until_ms)
        rows = await database.run(lambda s: releases(s, asked.source, span_ms, after, asked.limit + 1))

        def shown(row: Mapping[str, Any]) -> dict[str, Any]:
            said = provided(row["kind"], row["at_ms"], schedules, jurisdiction)
            return {**written(row), "jurisdiction": jurisdiction, "measures": said}

        return masked(page_of(rows, asked.limit, ("at_ms", "id"), shown), whole=reader.sees_persons)


def _add_acts(router: APIRouter, database: Database, access: Access, clock: Clock) -> None:
    may, nothing = access.reader("sources:write"), Depends(nothing_asked)

    @router.post("/sources/{source}/acts", status_code=201, dependencies=[nothing])
    async def act(
        source: SourceId,
        done: Annotated[SourceAct, Body(openapi_examples=SOURCE_ACTS)],
        reader: Annotated[Reader, Depends(may)],
    ) -> JSONResponse:
        """Register, strike off, a talk, an exposure, tickets. 201 stored, 200 known already."""
        fact = fact_made(done, done.kind, source_subject(source), reader, epoch_ms(clock()))

        def work(session: Session) -> str:
            one_at_a_time(session)
            known = fact_by_id(session, fact.id)
            if known is None and (why := register.misfit(stated_of(session, source), stated(fact))):
                raise Refusal(409, f"'{done.kind}' cannot be said of '{source}': {why}", "see /api/v1/sources")
            return keep(session, fact, [Due("source", source, fact.at_ms, fact.at_ms)])

        return _told(await database.run(work))


def _add_item_acts(router: APIRouter, database: Database, access: Access, clock: Clock, arrived: Arrived) -> None:
    may, may_read = access.reader("sources:write"), Depends(access.reader("sources:read"))
    nothing = Depends(nothing_asked)

    @router.post("/source-items/{item}/acts", status_code=201, dependencies=[nothing])
    async def item_act(
        item: ItemId,
        done: Annotated[ItemAct, Body(openapi_examples=ITEM_ACTS)],
        reader: Annotated[Reader, Depends(may)],
    ) -> JSONResponse:
        """One step of an item; one that may not be taken now is refused with what is missing."""
        fact = fact_made(done, done.kind, item_subject(item), reader, epoch_ms(clock()))

        def work(session: Session) -> str:
            one_at_a_time(session)
            if fact_by_id(session, fact.id) is None:
                acts = [done_of(one) for one in facts_of(session, item_subject(item))]
                if why := misfit(acts, done_of(fact)):
                    raise Refusal(409, why, "take the steps in their order; a complete notice has all five of 五到位")
                stands = item_of(session, item)
                source = str(fact.body.get("source", stands.source))
                if source_of(session, source).standing == "unknown":
                    raise Refusal(409, f"'{source}' is not in the register", "register the enterprise first")
                if (against := fact.body.get("hazard")) is not None:
                    hazard = item_of(session, against)
                    if (hazard.source, hazard.list) != (source, "hazards"):
                        raise Refusal(409, f"'{against}' is no hazard of '{source}'", "see /api/v1/source-items")
                if done.kind == "review-passed" and (missing := [one for one in stands.evidence if not arrived(one)]):
                    cure = "bring the file with PUT /api/v1/evidence/<sha256>, or hand in what there is"
                    raise Refusal(409, f"evidence has not arrived: {', '.join(missing)[:400]}", cure)
            return keep(session, fact, [Due("item", item, fact.at_ms, fact.at_ms)])

        return _told(await database.run(work))

    @router.get("/source-items/{item}/acts", dependencies=[may_read, nothing])
    async def history(item: ItemId) -> dict[str, Any]:
        """Who did what with it, when and why."""
        facts = await database.run(lambda session: facts_of(session, item_subject(item)))
        shown = [written({name: getattr(one, name) for name in _ACT}) for one in facts]
        return {"rows": shown, "next": None}


_ACT = ("id", "kind", "at_ms", "who", "why", "body")


def _told(outcome: str) -> JSONResponse:
    return JSONResponse({"outcome": outcome}, status_code=201 if outcome == "stored" else 200)


def _item(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in written(row).items() if name != "ended"}


def _without_period(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "period"}
