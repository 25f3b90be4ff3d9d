"""Acts and leads: what may be a violation, and what people say of it before anybody files a case."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from fastapi import Path as PathParameter
from sqlmodel import Session

from central.access import Access, Reader, Refusal, nothing_asked
from central.asking import Asked, Word
from central.cases.evidence import told
from central.cases.moving import Casework
from central.masking import masked
from central.routes.acting import Act, fact_made
from central.routes.examples import DISMISS, REVIEW, shown
from central.routes.paging import page_of, place_of, written
from central.routes.refusing import stated
from central.store.case_reading import ACTS, LEADS, page, row_of
from central.store.database import Database, epoch_ms
from central.store.due import Due
from central.store.facts import append_fact

Journal = Annotated[str, PathParameter(pattern="^[a-z0-9-]{1,64}$")]
Seq = Annotated[int, PathParameter(ge=1, lt=2**53)]
Kind = Annotated[str, PathParameter(pattern="^[a-z-]{1,32}$")]


class LeadQuery(Asked):
    """Leads of `from` ≤ when it happened < `until`."""

    kind: Word | None = None
    state: Literal["open", "reviewed", "dismissed", "filed"] | None = None
    site: Word | None = None
    plate: Word | None = None
    party_key: Word | None = None


class ActQuery(Asked):
    """Acts that began from `from` until before `until`."""

    plate: Word | None = None
    site: Word | None = None
    consequence: Literal["ledger", "lead", "case"] | None = None


class Review(Act):
    """The legal and the technical review of an electronic record (Administrative Penalty Law art. 41)."""

    technical: bool = False
    legal: bool = False


class Dismissal(Act):
    """Why a lead is no violation."""


def leads_router(database: Database, access: Access, casework: Casework, clock: Callable[[], datetime]) -> APIRouter:
    router = APIRouter(prefix="/api/v1", tags=["leads"])
    _add_reading(router, database, access, casework)
    _add_statements(router, database, access, casework, clock)
    return router


def _add_reading(router: APIRouter, database: Database, access: Access, casework: Casework) -> None:
    may = access.reader("cases:read")

    @router.get("/leads")
    async def leads(asked: Annotated[LeadQuery, Query()], reader: Annotated[Reader, Depends(may)]) -> Any:
        """Newest first. A lead is a fact that may be a violation; nobody has opened anything."""
        equal = {name: getattr(asked, name) for name in ("kind", "state", "site", "plate", "party_key")}
        key = ("at_ms", "id")
        span = ("at_ms", asked.from_ms, asked.until_ms)
        after = place_of(asked.after, int, str)
        rows = await database.run(
            lambda session: page(session, LEADS, key, equal, span=span, after=after, limit=asked.limit + 1)
        )
        return masked(page_of(rows, asked.limit, key, written), whole=reader.sees_persons)

    @router.get("/leads/{kind}/{journal}/{seq}", dependencies=[Depends(nothing_asked)])
    async def lead(kind: Kind, journal: Journal, seq: Seq, reader: Annotated[Reader, Depends(may)]) -> Any:
        row = await database.run(lambda session: row_of(session, LEADS, f"{kind}/{journal}/{seq}"))
        if row is None:
            raise Refusal(404, f"no lead '{kind}/{journal}/{seq}'", "see /api/v1/leads")
        return masked(written(row), whole=reader.sees_persons)

    @router.get("/acts")
    async def acts(asked: Annotated[ActQuery, Query()], reader: Annotated[Reader, Depends(may)]) -> Any:
        """Newest first. An act is all weighings of one detention, and of one trip without new loading."""
        equal = {name: getattr(asked, name) for name in ("plate", "site", "consequence")}
        key = ("begins_ms", "id")
        span = ("begins_ms", asked.from_ms, asked.until_ms)
        after = place_of(asked.after, int, str)
        rows = await database.run(
            lambda session: page(session, ACTS, key, equal, span=span, after=after, limit=asked.limit + 1)
        )
        return masked(page_of(rows, asked.limit, key, written), whole=reader.sees_persons)

    @router.get("/evidence-check/{journal}/{seq}", dependencies=[Depends(may), Depends(nothing_asked)])
    async def check(journal: Journal, seq: Seq) -> Any:
        """Whether what is known of an entry stands up as evidence, item by item, and what is missing."""

        def work(session: Session) -> dict[str, Any]:
            return told(casework.evidence(session, f"{journal}/{seq}"))

        return await stated(database, work)


def _add_statements(
    router: APIRouter, database: Database, access: Access, casework: Casework, clock: Callable[[], datetime]
) -> None:
    may = access.reader("cases:write")
    alone = [Depends(nothing_asked)]

    async def say(kind: str, entry: str, said: Review | Dismissal, reader: Reader, lead_kind: str) -> Any:
        fact = fact_made(said, kind, f"lead:{entry}", reader, epoch_ms(clock()))

        def work(session: Session) -> dict[str, Any]:
            row = row_of(session, LEADS, f"{lead_kind}/{entry}")
            if row is None:
                raise Refusal(404, f"no lead '{lead_kind}/{entry}'", "see /api/v1/leads")
            due = _due_of(row)
            append_fact(session, fact, [due])
            casework.deriver.bring_up_to_date(session, due.topic, due.key)
            return row_of(session, LEADS, f"{lead_kind}/{entry}") or row

        return masked(written(await stated(database, work)), whole=reader.sees_persons)

    @router.post("/leads/{kind}/{journal}/{seq}/review", dependencies=alone, openapi_extra=shown(REVIEW))
    async def review(
        kind: Kind, journal: Journal, seq: Seq, said: Review, reader: Annotated[Reader, Depends(may)]
    ) -> Any:
        """Put down that the record was reviewed: without both reviews it is no evidence."""
        return await say("lead-reviewed", f"{journal}/{seq}", said, reader, kind)

    @router.post("/leads/{kind}/{journal}/{seq}/dismiss", dependencies=alone, openapi_extra=shown(DISMISS))
    async def dismiss(
        kind: Kind, journal: Journal, seq: Seq, said: Dismissal, reader: Annotated[Reader, Depends(may)]
    ) -> Any:
        """Put down why this lead is no violation."""
        return await say("lead-dismissed", f"{journal}/{seq}", said, reader, kind)


def _due_of(row: dict[str, Any]) -> Due:
    if row["plate"]:
        return Due("vehicle", row["plate"], row["at_ms"], row["at_ms"])
    return Due("loose", row["entry"], row["at_ms"], row["at_ms"])
