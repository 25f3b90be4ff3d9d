"""Parties with what is counted against them, what is proposed, and what is owed by when."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from fastapi import Path as PathParameter
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from sqlmodel import Session

from central.access import Access, Reader, Refusal, nothing_asked
from central.asking import PAGE_MAX, WITHOUT_NUL, Asked, Word, day_of, reckoned
from central.case_rules import CaseRules
from central.cases.statements import Name, Words
from central.errors import MoveRefused, NotHere
from central.masking import masked
from central.parties.reading import count_of, fleet_on, party_subject
from central.routes.acting import Act, fact_made
from central.routes.examples import FLEET, ISSUED, OF_PROPOSAL, SHARE_FOUND, shown
from central.routes.paging import page_of, place_of, written
from central.routes.refusing import stated
from central.store.case_reading import DUTIES, PROPOSALS, page, row_of
from central.store.database import Database, epoch_ms
from central.store.due import Due
from central.store.facts import append_fact, fact_by_id, facts_of

Counted = Literal["vehicle", "driver", "enterprise", "source"]
InCalendar = Annotated[date, AfterValidator(reckoned)]


class PartyQuery(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    key: str = Field(min_length=1, max_length=128, pattern=WITHOUT_NUL, description="as leads and cases name the party")


class CountQuery(PartyQuery):
    on: InCalendar | None = None


class ProposalQuery(Asked):
    """Proposals made from `from` until before `until`."""

    party: Counted | None = None
    party_key: Word | None = None
    measure: Word | None = None
    state: Literal["open", "sent", "answered", "to-withdraw", "withdrawn"] | None = None


class DutyQuery(BaseModel):
    """What is owed, the most urgent first."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Word | None = None
    subject: str | None = Field(None, max_length=160, pattern=WITHOUT_NUL)
    due_before: date | None = Field(None, description="overdue on this day: due before it")
    done: bool = False
    after: str | None = Field(None, max_length=400, description="the `next` of the page before")
    limit: int = Field(100, ge=1, le=PAGE_MAX)


class Fleet(Act):
    """An enterprise's goods vehicles as of `at`; a sole trader (个体) is no enterprise."""

    vehicles: int = Field(ge=0, le=1_000_000)
    sole_trader: bool = False


class Issued(Act):
    """When a party's certificate was first issued: by settings the year is counted from it."""

    first_issued: InCalendar


class ShareFound(Act):
    """Whether the share of an enterprise's vehicles with violations is serious (Regulation 593 art. 66): the authority
    finds it, no number says it. About the year that ends with `at`.
    """

    serious: bool
    finding: Words


class OfProposal(Act):
    """What came of a proposal: it was sent `to` the authority that decides, answered, or withdrawn."""

    to: Name | None = None
    outcome: Words | None = None


def parties_router(database: Database, access: Access, rules: CaseRules, clock: Callable[[], datetime]) -> APIRouter:
    router = APIRouter(prefix="/api/v1", tags=["parties"])
    _add_counts(router, database, access, rules, clock)
    _add_lists(router, database, access)
    _add_facts(router, database, access, clock)
    _add_proposals(router, database, access, clock)
    return router


def _add_counts(
    router: APIRouter, database: Database, access: Access, rules: CaseRules, clock: Callable[[], datetime]
) -> None:
    may = access.reader("cases:read")

    @router.get("/parties/{party}/count", dependencies=[Depends(may)])
    async def count(party: Counted, asked: Annotated[CountQuery, Query()]) -> Any:
        """Decided acts of a party in the year that ends on a day (today), each counted once."""
        key, day = asked.key, asked.on or day_of(epoch_ms(clock()))

        def work(session: Session) -> dict[str, Any]:
            found = count_of(session, party, key, day, rules)
            vehicles, sole_trader = fleet_on(facts_of(session, party_subject(party, key)), day)
            return {
                "from": found.begins.isoformat(),
                "to": found.ends.isoformat(),
                "acts": found.acts,
                "vehicles": found.vehicles,
                "cases": list(found.cases),
                "fleet": vehicles or None,
                "sole_trader": sole_trader,
                "year": rules.count_year,
                "day": rules.count_day,
            }

        return await database.run(work)


def _add_lists(router: APIRouter, database: Database, access: Access) -> None:
    may = access.reader("cases:read")

    @router.get("/proposals")
    async def proposals(asked: Annotated[ProposalQuery, Query()], reader: Annotated[Reader, Depends(may)]) -> Any:
        """Newest first. A proposal follows from counts alone; people decide, by the procedure, where it belongs."""
        equal = {name: getattr(asked, name) for name in ("party", "party_key", "measure", "state")}
        key = ("at_ms", "id")
        span = ("at_ms", asked.from_ms, asked.until_ms)
        after = place_of(asked.after, int, str)
        rows = await database.run(
            lambda session: page(session, PROPOSALS, key, equal, span=span, after=after, limit=asked.limit + 1)
        )
        return masked(page_of(rows, asked.limit, key, _shown), whole=reader.sees_persons)

    @router.get("/duties", dependencies=[Depends(may)])
    async def duties(asked: Annotated[DutyQuery, Query()]) -> Any:
        """What authorities and parties owe, by the day it is due. A day not verified can only be later than told."""
        equal = {"kind": asked.kind, "subject": asked.subject, "done": int(asked.done)}
        key = ("due_day", "id")
        before = None if asked.due_before is None else asked.due_before.isoformat()
        after = place_of(asked.after, str, str)
        rows = await database.run(
            lambda session: page(
                session,
                DUTIES,
                key,
                equal,
                span=("due_day", None, before),
                after=after,
                limit=asked.limit + 1,
                newest_first=False,
            )
        )
        return page_of(rows, asked.limit, key, lambda row: {**written(row), "done": bool(row["done"])})


def _add_facts(router: APIRouter, database: Database, access: Access, clock: Callable[[], datetime]) -> None:
    may = access.reader("cases:write")

    async def say(kind: str, party: str, key: str, said: Fleet | Issued | ShareFound, reader: Reader) -> dict[str, str]:
        fact = fact_made(said, kind, party_subject(party, key), reader, epoch_ms(clock()))
        due = Due("party", f"{party}|{key}")
        return {"stored": await stated(database, lambda session: append_fact(session, fact, [due]))}

    @router.post("/parties/enterprise/fleet", status_code=202, openapi_extra=shown(FLEET))
    async def fleet(asked: Annotated[PartyQuery, Query()], said: Fleet, reader: Annotated[Reader, Depends(may)]) -> Any:
        """State an enterprise's fleet: its share of vehicles with violations is counted over the fleet of that day."""
        return await say("fleet", "enterprise", asked.key, said, reader)

    @router.post("/parties/enterprise/share-found", status_code=202, openapi_extra=shown(SHARE_FOUND))
    async def share_found(
        asked: Annotated[PartyQuery, Query()], said: ShareFound, reader: Annotated[Reader, Depends(may)]
    ) -> Any:
        """State whether an enterprise's share is serious: then its licence is proposed to be revoked, too."""
        return await say("share-found", "enterprise", asked.key, said, reader)

    @router.post("/parties/{party}/certificate", status_code=202, openapi_extra=shown(ISSUED))
    async def certificate(
        party: Counted, asked: Annotated[PartyQuery, Query()], said: Issued, reader: Annotated[Reader, Depends(may)]
    ) -> Any:
        """State when a party's certificate was first issued."""
        return await say("certificate", party, asked.key, said, reader)


def _add_proposals(router: APIRouter, database: Database, access: Access, clock: Callable[[], datetime]) -> None:
    may = access.reader("cases:write")
    steps = {"sent": "proposal-sent", "answered": "proposal-answered", "withdrawn": "proposal-withdrawn"}

    @router.post(
        "/proposals/{proposal}/{step}", dependencies=[Depends(nothing_asked)], openapi_extra=shown(OF_PROPOSAL)
    )
    async def came(
        proposal: Annotated[str, PathParameter(pattern="^p-[0-9a-f]{24}$")],
        step: Literal["sent", "answered", "withdrawn"],
        said: OfProposal,
        reader: Annotated[Reader, Depends(may)],
    ) -> Any:
        """Put down that it was sent to the authority that decides, what that answered, or that it was withdrawn."""
        needed = {"sent": "to", "answered": "outcome"}.get(step)
        if needed is not None and getattr(said, needed) is None:
            raise Refusal(422, f"'{step}' is not said without '{needed}'", "see /openapi.json")

        def work(session: Session) -> dict[str, Any]:
            row = row_of(session, PROPOSALS, proposal)
            if row is None:
                raise NotHere(f"no proposal '{proposal}'")
            subject = party_subject(row["party"], row["party_key"])
            if fact_by_id(session, said.id) is None:
                told = {one.kind for one in facts_of(session, subject) if one.body.get("proposal") == proposal}
                if why := _out_of_turn(step, row["state"], told):
                    raise MoveRefused("", f"'{step}' cannot be said of this proposal", (why,))
            kept = {name: row[name] for name in ("measure", "clause", "case")}
            body = {"proposal": proposal, "to": said.to, "outcome": said.outcome, **kept, "proposed_ms": row["at_ms"]}
            fact = replace(fact_made(said, steps[step], subject, reader, epoch_ms(clock())), body=body)
            append_fact(session, fact, [Due("party", f"{row['party']}|{row['party_key']}")])
            return row

        row = await stated(database, work)
        return {"proposal": row["id"], "said": steps[step]}


def _out_of_turn(step: str, state: str, told: set[str]) -> str | None:
    """Why a step does not fit how the proposal stands; None: it does."""
    fallen = state in ("to-withdraw", "withdrawn")
    match step:
        case "sent" if fallen:
            return "what it stood on was annulled"
        case "answered" if "proposal-sent" not in told:
            return "say first to whom it was sent"
        case "withdrawn" if not fallen:
            return "what it stands on was not annulled"
    return None


def _shown(row: Any) -> dict[str, Any]:
    """The vehicle's key under a name that is masked for whom plates are not for."""
    said = written(row)
    if said["party"] == "vehicle":
        said["vehicle"] = said.pop("party_key")
    return said
