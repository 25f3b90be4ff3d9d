"""What concerns other departments: referrals and their answers, joint duty, messages on their way, who read what."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from fastapi import APIRouter, Body, Depends, Path, Query
from fastapi.responses import JSONResponse
from pydantic import Field, model_validator
from sqlalchemy import select, tuple_
from sqlmodel import Session

from central.access import Access, Reader, Refusal, nothing_asked
from central.asking import OF_A_VEHICLE, Asked, Moment, Word
from central.masking import masked, masked_address
from central.routes.acting import Act, Key, Line, Words, fact_made, keep
from central.routes.paging import SealedMarks, page_of, place_of, written
from central.routes.supervision_examples import JOINT_DUTY, REFERRAL_ACTS
from central.sharing.deriving import done_of, referral_subject
from central.sharing.outbox import standing, try_again
from central.sharing.referring import misfit
from central.sharing.suspicion import RECEIVERS, Suspicion
from central.store.access_log import accesses
from central.store.database import Database, epoch_ms
from central.store.due import Due
from central.store.fact_tables import FactRow
from central.store.facts import fact_by_id, fact_of, facts_of, one_at_a_time
from central.store.sharing_tables import REFERRALS

_R = REFERRALS.c
Clock = Callable[[], datetime]


class ReferralQuery(Asked):
    """Vehicles last suspected in the time."""

    suspicion: Suspicion | None = None
    state: Literal["open", "referred", "answered"] | None = None


class ReferralAct(Act):
    """Passed on, answered with a finding, or taken back. `receiver`: whom it concerns; `document` its number."""

    kind: Literal["referred", "answered", "withdrawn"]
    plate: Annotated[str, Field(max_length=32, pattern=OF_A_VEHICLE)]
    colour: Annotated[str, Field(max_length=32, pattern=OF_A_VEHICLE)]
    suspicion: Suspicion
    receiver: Literal["police", "industry-authority"]
    document: Line
    finding: Words | None = None


class JointDuty(Act):
    """A shift that several authorities stand together at a site. Names of officers stay with their authorities."""

    kind: Literal["joint-duty"]
    site: Key
    until: Moment
    authorities: list[Line] = Field(min_length=2, max_length=10)
    officers: int = Field(ge=1, le=100)

    @model_validator(mode="after")
    def _ends_behind_its_beginning(self) -> Self:
        if self.until <= self.at:
            raise ValueError("until is not behind at")
        return self


class AccessQuery(Asked):
    who: Word | None = None


class DutyQuery(Asked):
    site: Key | None = None


def sharing_router(database: Database, access: Access, clock: Clock, marks: SealedMarks) -> APIRouter:
    router = APIRouter(prefix="/api/v1", tags=["sharing"])
    _add_referrals(router, database, access, clock, marks)
    _add_duties(router, database, access, clock)
    _add_watching(router, database, access, marks)
    return router


def _add_referrals(router: APIRouter, database: Database, access: Access, clock: Clock, marks: SealedMarks) -> None:
    may_read, may_write = access.reader("sharing:read"), access.reader("sharing:write")

    @router.get("/referrals")
    async def referrals(asked: Annotated[ReferralQuery, Query()], reader: Annotated[Reader, Depends(may_read)]) -> Any:
        """Suspected illegal conversion and 大吨小标, newest first, with what was told and answered."""
        order, after = (_R.last_ms, _R.id), marks.place_of(asked.after, int, str)
        query = select(REFERRALS).order_by(_R.last_ms.desc(), _R.id.desc()).limit(asked.limit + 1)
        for column, value in ((_R.suspicion, asked.suspicion), (_R.state, asked.state)):
            query = query if value is None else query.where(column == value)
        query = query if asked.from_ms is None else query.where(_R.last_ms >= asked.from_ms)
        query = query if asked.until_ms is None else query.where(_R.last_ms < asked.until_ms)
        query = query if after is None else query.where(tuple_(*order) < tuple_(*after))
        rows = await database.run(lambda s: [dict(row) for row in s.connection().execute(query).mappings()])
        page = page_of(rows, asked.limit, ("last_ms", "id"), _without_id, marks.mark_of)
        return masked(page, whole=reader.sees_persons)

    @router.post("/referrals/acts", status_code=201, dependencies=[Depends(nothing_asked)])
    async def act(
        done: Annotated[ReferralAct, Body(openapi_examples=REFERRAL_ACTS)],
        reader: Annotated[Reader, Depends(may_write)],
    ) -> JSONResponse:
        """Tell whom a suspicion concerns, or put down what they answered."""
        key = f"{done.plate}|{done.colour}|{done.suspicion}"
        if done.receiver not in RECEIVERS[done.suspicion]:
            raise Refusal(422, f"'{done.suspicion}' does not concern the {done.receiver}", "name whom it concerns")
        fact = fact_made(done, done.kind, referral_subject(key), reader, epoch_ms(clock()))
        touched = [Due("referral", key, fact.at_ms, fact.at_ms)]

        def work(session: Session) -> str:
            one_at_a_time(session)
            known = session.connection().execute(select(_R.id).where(_R.id == key)).first()
            if known is None:
                raise Refusal(404, "this vehicle is under no such suspicion", "see /api/v1/referrals")
            if fact_by_id(session, fact.id) is None:
                told = [done_of(one) for one in facts_of(session, referral_subject(key))]
                if why := misfit((one for one in told if one.receiver == done.receiver), done_of(fact)):
                    raise Refusal(409, why, f"say first what went to the {done.receiver}, then what came of it")
            return keep(session, fact, touched)

        return _told(await database.run(work))


def _add_duties(router: APIRouter, database: Database, access: Access, clock: Clock) -> None:
    may_read, may_write = access.reader("sharing:read"), access.reader("sharing:write")

    @router.post("/joint-duties", status_code=201, dependencies=[Depends(nothing_asked)])
    async def duty(
        done: Annotated[JointDuty, Body(openapi_examples=JOINT_DUTY)], reader: Annotated[Reader, Depends(may_write)]
    ) -> JSONResponse:
        """联合执法: who stood where together, from `at` until `until`."""
        fact = fact_made(done, done.kind, _duty_subject(done.site), reader, epoch_ms(clock()))
        return _told(await database.run(lambda session: keep(session, fact, [])))

    @router.get("/joint-duties", dependencies=[Depends(may_read)])
    async def duties(asked: Annotated[DutyQuery, Query()]) -> dict[str, Any]:
        """By when they began, newest first."""
        f = FactRow.__table__.c  # type: ignore[attr-defined]
        query = select(FactRow).where(f.kind == "joint-duty").order_by(f.at_ms.desc(), f.id.desc())
        query = query if asked.site is None else query.where(f.subject == _duty_subject(asked.site))
        after = place_of(asked.after, int, str)
        query = query if asked.from_ms is None else query.where(f.at_ms >= asked.from_ms)
        query = query if asked.until_ms is None else query.where(f.at_ms < asked.until_ms)
        query = query if after is None else query.where(tuple_(f.at_ms, f.id) < tuple_(*after))
        found = await database.run(lambda s: [fact_of(row) for row in s.scalars(query.limit(asked.limit + 1))])
        rows = [{"id": one.id, "at_ms": one.at_ms, "who": one.who, "why": one.why, **one.body} for one in found]
        return page_of(rows, asked.limit, ("at_ms", "id"), written)


def _add_watching(router: APIRouter, database: Database, access: Access, marks: SealedMarks) -> None:
    nothing, may_audit = Depends(nothing_asked), access.reader("audit:read")

    @router.get("/accesses")
    async def who_read_what(
        asked: Annotated[AccessQuery, Query()], reader: Annotated[Reader, Depends(may_audit)]
    ) -> dict[str, Any]:
        """One row an hour for one question of one reader, newest first."""
        after = marks.place_of(asked.after, int, str, str, str, str)
        rows = await database.run(
            lambda s: accesses(s, asked.who, asked.from_ms, asked.until_ms, after, asked.limit + 1)
        )
        shown = written if reader.sees_persons else _of_nobody
        return page_of(rows, asked.limit, ("hour_ms", "who", "method", "path", "query"), shown, marks.mark_of)

    @router.get("/webhooks", dependencies=[Depends(access.reader("sharing:read")), nothing])
    async def hooks() -> dict[str, Any]:
        """Per webhook how many messages wait, were taken, or were given up, and the last `error` of the oldest."""
        return {"rows": await database.run(standing), "next": None}

    @router.post("/webhooks/{hook}/again", dependencies=[Depends(access.reader("sharing:write")), nothing])
    async def again(hook: Annotated[str, Path(pattern="^[a-z0-9-]{1,64}$", examples=["industry"])]) -> dict[str, int]:
        """What was given up is tried anew, at once; not what something newer was told of since."""
        return {"messages": await database.run(lambda session: try_again(session, hook))}


def _duty_subject(site: str) -> str:
    return f"duty:{site}"


def _of_nobody(row: Mapping[str, Any]) -> dict[str, Any]:
    path, query = masked_address(row["path"], row["query"])
    return {**written(row), "path": path, "query": query}


def _without_id(row: Mapping[str, Any]) -> dict[str, Any]:
    """The id names the vehicle; plate, colour and suspicion say the same and can be masked."""
    return {name: value for name, value in written(row).items() if name != "id"}


def _told(outcome: str) -> JSONResponse:
    return JSONResponse({"outcome": outcome}, status_code=201 if outcome == "stored" else 200)
