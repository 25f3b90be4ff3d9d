"""Erasure of personal data (Personal Information Protection Law art. 47): by a token that may do nothing else."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Annotated, Any, Self

from fastapi import APIRouter, Depends, Query
from fastapi.responses import JSONResponse
from pydantic import Field, model_validator
from sqlmodel import Session

from central.access import Access, Reader, Refusal, nothing_asked
from central.asking import Asked, day_start_ms
from central.routes.acting import Act, Day, fact_made, keep
from central.routes.examples import ERASURE, shown
from central.routes.paging import page_of, place_of
from central.store.case_reading import CASES, page, row_of
from central.store.database import Database, epoch_ms, moment_text
from central.store.fact_tables import FACTS
from central.store.facts import fact_by_id
from central.store.persons import ENDED, cases_to_forget, erase_persons

KIND = "persons-erased"


class Erasure(Act):
    """Of one ended case, or of the first 500 that ended before a day: again until `cases` is 0."""

    case: Annotated[str, Field(pattern="^[a-z0-9][a-z0-9-]{7,63}$")] | None = None
    ended_before: Day | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.case is None) == (self.ended_before is None):
            raise ValueError("say either `case` or `ended_before`")
        return self


def persons_router(database: Database, access: Access, clock: Callable[[], datetime]) -> APIRouter:
    router = APIRouter(prefix="/api/v1/persons", tags=["persons"])
    may, may_read = access.reader("personal:erase"), access.reader("audit:read")

    @router.post("/erasures", status_code=201, dependencies=[Depends(nothing_asked)], openapi_extra=shown(ERASURE))
    async def erase(said: Erasure, reader: Annotated[Reader, Depends(may)]) -> JSONResponse:
        """Delete who it was. What was stated stays, with pseudonyms; who erased what, when and why is kept."""
        now_ms = epoch_ms(clock())

        def work(session: Session) -> tuple[str, dict[str, Any]]:
            fact = fact_made(said, KIND, f"persons:{said.case or said.ended_before}", reader, now_ms)
            if (known := fact_by_id(session, fact.id)) is not None:
                return keep(session, replace(fact, body={**fact.body, **_counts(known.body)}), ()), _counts(known.body)
            cases = _cases(session, said)
            counts = {"cases": len(cases), "values": erase_persons(session, cases)}
            return keep(session, replace(fact, body={**fact.body, **counts}), ()), counts

        outcome, counts = await database.run(work)
        return JSONResponse({"outcome": outcome, **counts}, 201 if outcome == "stored" else 200)

    @router.get("/erasures", dependencies=[Depends(may_read)])
    async def erasures(asked: Annotated[Asked, Query()]) -> Any:
        """Newest first: who erased what, and why."""
        key, span = ("at_ms", "id"), ("at_ms", asked.from_ms, asked.until_ms)
        after = place_of(asked.after, int, str)
        rows = await database.run(
            lambda session: page(session, FACTS, key, {"kind": KIND}, span=span, after=after, limit=asked.limit + 1)
        )
        return page_of(rows, asked.limit, key, _row)

    return router


def _counts(body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: body[name] for name in ("cases", "values")}


def _cases(session: Session, said: Erasure) -> list[str]:
    if said.case is None:
        return cases_to_forget(session, day_start_ms(date.fromisoformat(str(said.ended_before))))
    row = row_of(session, CASES, said.case)
    if row is None:
        raise Refusal(404, f"no case '{said.case}'", "see /api/v1/cases")
    if row["state"] not in ENDED:
        raise Refusal(
            409, f"the case is {row['state']}: it still needs to name the party", "erase it when it has ended"
        )
    return [said.case]


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    body = json.loads(row["body"])
    return {"id": row["id"], "who": row["who"], "at": moment_text(row["at_ms"]), "why": row["why"], **body}
