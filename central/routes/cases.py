"""Cases: filed on a lead, moved step by step, each step held to the procedure; and imported police decisions."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from fastapi import Path as PathParameter
from pydantic import Field
from sqlmodel import Session

from central.access import Access, Reader, Refusal, nothing_asked
from central.asking import Asked, Word, day_of
from central.cases.evidence import told
from central.cases.moving import OPENING, Casework, body_of
from central.cases.notes import (
    CircumstanceFound,
    EvidenceConfirmed,
    LookedAgain,
    PartyKnown,
    PoliceDecision,
    party_known,
    police_case,
    police_decision,
)
from central.cases.payment import payment_on
from central.cases.statements import FilingShape, MoveShape, lacking
from central.masking import masked
from central.routes.examples import (
    AGAIN,
    CONFIRMED,
    FILE,
    FOUND,
    ON_SPOT,
    PARTY_KNOWN,
    POLICE_DECISION,
    TELL,
    shown,
)
from central.routes.paging import page_of, place_of, written
from central.routes.refusing import stated
from central.store.case_reading import CASES, page, row_of
from central.store.database import Database, epoch_ms
from central.store.facts import Fact

CaseId = Annotated[str, PathParameter(pattern="^[a-z0-9][a-z0-9-]{7,63}$")]
MoveName = Annotated[str, PathParameter(pattern="^[a-z-]{1,40}$")]
SHOWN_IN_LISTS = (
    "id",
    "origin",
    "authority",
    "state",
    "entry",
    "weighing",
    "act",
    "plate",
    "colour",
    "driver",
    "enterprise",
    "source",
)
MOMENTS = ("happened_ms", "filed_ms", "decided_ms", "closed_ms")


class CaseQuery(Asked):
    """Cases filed from `from` until before `until`."""

    state: Word | None = None
    origin: Literal["transport", "police"] | None = None
    plate: Word | None = None
    enterprise: Word | None = None
    driver: Word | None = None
    source: Word | None = None
    annulled: bool | None = None
    to_review: bool = Field(False, description="only those that people must look at again")


def cases_router(
    database: Database, access: Access, casework: Casework, clock: Callable[[], datetime], secret: bytes
) -> APIRouter:
    """`secret` makes drivers' pseudonyms."""
    router = APIRouter(prefix="/api/v1", tags=["cases"])
    _add_listing(router, database, access)
    _add_reading(router, database, access, casework, clock)
    desk = _Desk(database, casework, clock, secret)
    _add_moves(router, access, desk)
    _add_notes(router, access, desk)
    return router


class _Desk:
    """Keeps what a person stated about a case, and answers the case as it stands then."""

    def __init__(self, database: Database, casework: Casework, clock: Callable[[], datetime], secret: bytes) -> None:
        self._database = database
        self._casework = casework
        self._clock = clock
        self.secret = secret

    def moves(self) -> list[str]:
        """Moves of a case that is open: those that open one have addresses of their own."""
        return sorted(set(self._casework.law.procedure.moves) - set(OPENING))

    def filing(self, said: FilingShape) -> dict[str, Any]:
        """With the authority that files: the one named, or the one that works here."""
        authority = said.authority or self._casework.rules.authority
        if not authority:
            raise Refusal(422, "no authority is named", "say `authority`, or set cases.authority in central's file")
        return {**body_of(said), "authority": authority}

    async def say(
        self,
        case: str,
        kind: str,
        said: Any,
        reader: Reader,
        body: Mapping[str, Any],
        personal: Mapping[str, str] | None = None,
    ) -> Any:
        made_ms = epoch_ms(self._clock())
        fact = Fact(said.id, kind, f"case:{case}", epoch_ms(said.at), made_ms, reader.name, said.why, body)

        def work(session: Session) -> dict[str, Any]:
            self._casework.move(session, case, fact, personal)
            row = row_of(session, CASES, case)
            assert row is not None
            return row

        return masked(written(await stated(self._database, work)), whole=reader.sees_persons)


def _add_listing(router: APIRouter, database: Database, access: Access) -> None:
    may = access.reader("cases:read")

    @router.get("/cases")
    async def cases(asked: Annotated[CaseQuery, Query()], reader: Annotated[Reader, Depends(may)]) -> Any:
        """Newest first, without their details."""
        names = ("state", "origin", "plate", "enterprise", "driver", "source", "annulled")
        equal = {name: getattr(asked, name) for name in names}
        key = ("filed_ms", "id")
        span = ("filed_ms", asked.from_ms, asked.until_ms)
        after = place_of(asked.after, int, str)
        rows = await database.run(
            lambda session: page(
                session,
                CASES,
                key,
                equal,
                span=span,
                stated="review" if asked.to_review else None,
                after=after,
                limit=asked.limit + 1,
            )
        )
        shown = (*SHOWN_IN_LISTS, *MOMENTS, "counted", "annulled", "review")
        found = page_of(rows, asked.limit, key, lambda row: written({name: row[name] for name in shown}))
        return masked(found, whole=reader.sees_persons)


def _add_reading(
    router: APIRouter, database: Database, access: Access, casework: Casework, clock: Callable[[], datetime]
) -> None:
    may = access.reader("cases:read")

    @router.get("/cases/{case}", dependencies=[Depends(nothing_asked)])
    async def case(case: CaseId, reader: Annotated[Reader, Depends(may)]) -> Any:
        """One case: its steps, its four parties, what is owed and copied, why to look again, and what is to be paid."""

        def work(session: Session) -> dict[str, Any] | None:
            row = row_of(session, CASES, case)
            if row is None:
                return None
            story, _ = casework.story(session, case)
            owed = payment_on(story, casework.law.procedure, day_of(epoch_ms(clock())))
            return {**written(row), "payment": None if owed is None else asdict(owed)}

        found = await database.run(work)
        if found is None:
            raise Refusal(404, f"no case '{case}'", "see /api/v1/cases")
        return masked(found, whole=reader.sees_persons)

    @router.get("/cases/{case}/evidence", dependencies=[Depends(may), Depends(nothing_asked)])
    async def evidence(case: CaseId) -> Any:
        """The evidence a decision would stand on now, item by item, and what is missing."""

        def work(session: Session) -> dict[str, Any]:
            story, basis = casework.story(session, case)
            if basis is None:
                return {"complete": None, "items": []}
            entry = f"{basis.entry.journal}/{basis.entry.seq}"
            return told(casework.evidence(session, entry, story))

        return await stated(database, work)


def _add_moves(router: APIRouter, access: Access, desk: _Desk) -> None:
    may = access.reader("cases:write")

    @router.post("/cases", status_code=201, dependencies=[Depends(nothing_asked)], openapi_extra=shown(FILE))
    async def file(said: FilingShape, reader: Annotated[Reader, Depends(may)]) -> Any:
        """File a case (立案, art. 54). The case's id is the id of this statement."""
        return await desk.say(said.id, "file", said, reader, desk.filing(said))

    @router.post("/cases/on-spot", status_code=201, dependencies=[Depends(nothing_asked)], openapi_extra=shown(ON_SPOT))
    async def on_spot(said: FilingShape, reader: Annotated[Reader, Depends(may)]) -> Any:
        """Decide on the spot (当场处罚, art. 51): a warning, or a small fine."""
        _complete("decide-on-spot", said)
        return await desk.say(said.id, "decide-on-spot", said, reader, desk.filing(said))

    @router.post("/cases/{case}/moves/{move}", dependencies=[Depends(nothing_asked)], openapi_extra=shown(TELL))
    async def move(case: CaseId, move: MoveName, said: MoveShape, reader: Annotated[Reader, Depends(may)]) -> Any:
        """Make a step. 409 names the article that forbids it now, and what is missing."""
        if move not in desk.moves():
            raise Refusal(404, f"no move '{move}'", f"known: {', '.join(desk.moves())}")
        _complete(move, said)
        return await desk.say(case, move, said, reader, body_of(said))


def _complete(move: str, said: MoveShape) -> None:
    if missing := lacking(move, said):
        raise Refusal(422, f"'{move}' is not said without: {', '.join(missing)}", "see /openapi.json")


def _add_notes(router: APIRouter, access: Access, desk: _Desk) -> None:
    may = access.reader("cases:write")
    nothing = [Depends(nothing_asked)]

    @router.post("/cases/{case}/party-known", dependencies=nothing, openapi_extra=shown(PARTY_KNOWN))
    async def known(case: CaseId, said: PartyKnown, reader: Annotated[Reader, Depends(may)]) -> Any:
        """Put down what became known of a party. What is about a natural person is kept apart, and deletable."""
        body, apart = party_known(said, desk.secret)
        return await desk.say(case, "party-known", said, reader, body, apart)

    @router.post("/cases/{case}/evidence-confirmed", dependencies=nothing, openapi_extra=shown(CONFIRMED))
    async def confirmed(case: CaseId, said: EvidenceConfirmed, reader: Annotated[Reader, Depends(may)]) -> Any:
        """Give a person's word for a plate, a divisible load, the conditions of a measurement, a compared clock."""
        return await desk.say(case, "evidence-confirmed", said, reader, body_of(said))

    @router.post("/cases/{case}/circumstance-found", dependencies=nothing, openapi_extra=shown(FOUND))
    async def found(case: CaseId, said: CircumstanceFound, reader: Annotated[Reader, Depends(may)]) -> Any:
        """Put down what was found beside the weighing: instructed, evaded, forced through…"""
        return await desk.say(case, "circumstance-found", said, reader, body_of(said))

    @router.post("/cases/{case}/looked-again", dependencies=nothing, openapi_extra=shown(AGAIN))
    async def again(case: CaseId, said: LookedAgain, reader: Annotated[Reader, Depends(may)]) -> Any:
        """Put down that people looked at what came late, and that the case stands."""
        return await desk.say(case, "looked-again", said, reader, body_of(said))

    @router.post("/police-decisions", status_code=201, dependencies=nothing, openapi_extra=shown(POLICE_DECISION))
    async def police(said: PoliceDecision, reader: Annotated[Reader, Depends(may)]) -> Any:
        """Import a decision of the police: it is counted with ours, and one act is counted once. The same number of
        the same authority is the same case, whatever the id of the statement.
        """
        body, apart = police_decision(said, desk.secret, epoch_ms(said.happened))
        return await desk.say(police_case(said), "police-decision", said, reader, body, apart)
