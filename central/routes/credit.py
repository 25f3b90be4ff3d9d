"""The discredit list from candidate to removal, and marks for the gates."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from fastapi import APIRouter, Body, Depends, Path, Query
from fastapi.responses import JSONResponse
from pydantic import Field, model_validator
from sqlmodel import Session

from central.access import Access, Reader, Refusal, nothing_asked
from central.asking import OF_A_VEHICLE, WITHOUT_NUL, Asked, Paged, Word
from central.credit.criteria import CRITERIA, SOURCE, VERIFIED, Party
from central.credit.deriving import VEHICLE_KEY, acts_of, credit_subject, done_of, mark_subject
from central.credit.listing import BESIDE, PUBLISHING, misfit
from central.credit.reading import gate_lists, listings
from central.credit.standing import ground_of, newest_against
from central.masking import masked
from central.routes.acting import Act, Day, Line, Words, fact_made, keep
from central.routes.grades import Colour
from central.routes.paging import SealedMarks, page_of, written
from central.routes.supervision_examples import LISTING_ACTS, MARKS
from central.store.credit_tables import ListingRow
from central.store.database import Database, epoch_ms
from central.store.due import Due
from central.store.facts import Fact, fact_by_id, one_at_a_time

CaseId = Annotated[str, Field(pattern="^[a-z0-9][a-z0-9-]{7,63}$")]
ProposalId = Annotated[str, Field(pattern="^p-[0-9a-f]{24}$")]
PartyName = Annotated[Party, Path(examples=["repairer"])]
PartyKey = Annotated[
    str,
    Path(
        min_length=1,
        max_length=128,
        pattern=WITHOUT_NUL,
        description="a vehicle's is <plate>|<colour>",
        examples=["r1"],
    ),
]
Status = Literal["watched", "discredited", "certificate-revoked"]
_IN_ORDER = "take the steps in their order: publicity, objections, then the list; what ended is entered anew first"
BEGIN = ("candidate-entered", "vehicle-watched", "certificate-revoked")
"""Acts that put a party before the list, or a vehicle on those of the gates."""


class _Grounded(Act):
    """An act that may stand on what central knows: a decided `case` or a `proposal` against this party. Once that is
    taken back the act holds no more. While any stands, what begins and names none says that it stands `apart`.
    """

    until: Day | None = None
    case: CaseId | None = None
    proposal: ProposalId | None = None
    ground: Words | None = None
    apart: Literal[True] | None = None

    @model_validator(mode="after")
    def _stands_on_one_thing(self) -> Self:
        if self.case is not None and self.proposal is not None:
            raise ValueError("name the case or the proposal that it stands on, not both")
        if self.apart and (self.case is not None or self.proposal is not None):
            raise ValueError("what stands on a case or a proposal does not stand apart")
        return self


class ListingAct(_Grounded):
    """One step. What a kind needs: candidate-entered ground and document, and the case where the ground is one of
    central's; publicised until and medium; listed document; objections and repairs text or finding.
    """

    kind: Literal[
        "candidate-entered",
        "publicised",
        "objection-raised",
        "objection-rejected",
        "objection-upheld",
        "dismissed",
        "listed",
        "repair-applied",
        "repair-refused",
        "repair-granted",
        "removed",
        "suspension-ordered",
    ]
    document: Line | None = None
    medium: Line | None = None
    text: Words | None = None
    finding: Words | None = None


class MarkAct(_Grounded):
    """What a vehicle's authority put down: a key-supervision list, or its transport certificate. A revocation says on
    what it stands: the proposal or the case, or in words the ground that is none of central's.
    """

    kind: Literal["vehicle-watched", "vehicle-unwatched", "certificate-revoked", "certificate-restored"]
    plate: Annotated[str, Field(min_length=2, max_length=16, pattern=OF_A_VEHICLE)]
    colour: Colour
    document: Line

    @model_validator(mode="after")
    def _revoked_on_a_ground(self) -> Self:
        if self.kind == "certificate-revoked" and (self.case, self.proposal, self.ground) == (None, None, None):
            raise ValueError(
                "say on what it stands: `proposal`, `case`, or in words the `ground` if it is none of these"
            )
        return self


class ListingQuery(Asked):
    """Listings about which something was done in the time."""

    party: Party | None = None
    party_key: Annotated[str, Field(max_length=128, pattern=WITHOUT_NUL)] | None = None
    criterion: Annotated[int, Field(ge=1, le=10)] | None = None
    state: Word | None = None
    to_withdraw: Annotated[int, Field(ge=0, le=1)] | None = Field(None, description="1: published without its ground")


class GateQuery(Paged):
    status: Status | None = None


def credit_router(database: Database, access: Access, clock: Callable[[], datetime], marks: SealedMarks) -> APIRouter:
    router = APIRouter(prefix="/api/v1/credit", tags=["credit"])
    _add_lists(router, database, access, marks)
    _add_acts(router, database, access, clock)
    return router


def _add_lists(router: APIRouter, database: Database, access: Access, marks: SealedMarks) -> None:
    may = access.reader("credit:read")

    @router.get("/criteria", dependencies=[Depends(may), Depends(nothing_asked)])
    async def criteria() -> dict[str, Any]:
        """The ten, and which of them central computes candidates for."""
        said = [
            {"number": one.number, "parties": one.parties, "text": one.text, "computed": one.computed}
            for one in CRITERIA.values()
        ]
        return {"source": SOURCE, "verified": VERIFIED, "rows": said, "next": None}

    @router.get("/listings")
    async def listed(asked: Annotated[ListingQuery, Query()], reader: Annotated[Reader, Depends(may)]) -> Any:
        """Candidates, publicity, listed, removed. `grounded` false and `to_withdraw` 1: its ground was taken back."""
        equal = asked.model_dump(include={"party", "party_key", "criterion", "state", "to_withdraw"})
        after, span_ms = marks.place_of(asked.after, str), (asked.from_ms, asked.until_ms)
        rows = await database.run(lambda s: listings(s, equal, span_ms, after[0] if after else None, asked.limit + 1))
        return _seen(page_of(rows, asked.limit, ("id",), written, marks.mark_of), reader)

    @router.get("/gate-lists")
    async def at_the_gates(asked: Annotated[GateQuery, Query()], reader: Annotated[Reader, Depends(may)]) -> Any:
        """Vehicles as every gate is told of them."""
        after = marks.place_of(asked.after, str, str, str)
        rows = await database.run(lambda s: gate_lists(s, asked.status, after, asked.limit + 1))
        return masked(
            page_of(rows, asked.limit, ("status", "plate", "colour"), written, marks.mark_of), whole=reader.sees_persons
        )


def _add_acts(router: APIRouter, database: Database, access: Access, clock: Callable[[], datetime]) -> None:
    may, nothing = access.reader("credit:write"), Depends(nothing_asked)

    @router.post("/marks", status_code=201, dependencies=[nothing])
    async def mark(
        act: Annotated[MarkAct, Body(openapi_examples=MARKS)], reader: Annotated[Reader, Depends(may)]
    ) -> JSONResponse:
        """A vehicle on or off the gates' lists by an authority's document."""
        key = f"{act.plate}|{act.colour}"
        fact = fact_made(act, act.kind, mark_subject(act.plate, act.colour), reader, epoch_ms(clock()))
        touched = [Due("party", f"vehicle|{key}", fact.at_ms, fact.at_ms)]

        def work(session: Session) -> str:
            one_at_a_time(session)
            return keep(session, _with_ground(session, fact, act, "vehicle", key), touched)

        return _told(await database.run(work))

    @router.post("/{party}/{party_key}/{criterion}/acts", status_code=201, dependencies=[nothing])
    async def step(
        party: PartyName,
        party_key: PartyKey,
        criterion: Annotated[int, Path(ge=1, le=10, examples=[4])],
        act: Annotated[ListingAct, Body(openapi_examples=LISTING_ACTS)],
        reader: Annotated[Reader, Depends(may)],
    ) -> JSONResponse:
        """One step of a listing; one that may not be taken now is refused with what is missing."""
        if party not in CRITERIA[criterion].parties:
            raise Refusal(422, f"criterion {criterion} is not about a {party}", f"see {router.prefix}/criteria")
        if party == "vehicle" and VEHICLE_KEY.fullmatch(party_key) is None:
            raise Refusal(422, f"'{party_key}' is no vehicle", "write <plate>|<colour>, as leads and cases name it")
        fact = fact_made(act, act.kind, credit_subject(party, party_key, criterion), reader, epoch_ms(clock()))

        def work(session: Session) -> str:
            one_at_a_time(session)
            if fact_by_id(session, fact.id) is None:
                acts = acts_of(session, party, party_key, criterion)
                if why := misfit(acts, done_of(fact)):
                    raise Refusal(409, why, _IN_ORDER)
                row = session.get(ListingRow, f"{party}|{party_key}|{criterion}")
                begins = act.kind == "candidate-entered" or act.kind in BESIDE
                if not begins and (row is None or (act.kind in PUBLISHING and not row.grounded)):
                    raise Refusal(
                        409, "nothing stands for this criterion", "enter the candidate with its document first"
                    )
            touched = [Due("party", f"{party}|{party_key}", fact.at_ms, fact.at_ms)]
            return keep(session, _with_ground(session, fact, act, party, party_key), touched)

        return _told(await database.run(work))


def _with_ground(session: Session, fact: Fact, act: _Grounded, party: str, party_key: str) -> Fact:
    """The fact with what it stands on, as that was when it was put down.

    Raises:
        Refusal: 409, the case or proposal that it names does not stand against this party, or it names none of those
            that do.
    """
    known = fact_by_id(session, fact.id)
    if act.case is None and act.proposal is None:
        begins = known is None and fact.kind in BEGIN and not act.apart
        if begins and (found := newest_against(session, party, party_key)) is not None:
            cure = "name the proposal or case that it stands on, or say `apart`: true; then it stays when they fall"
            raise Refusal(409, f"'{found}' stands against this {party}: is this its consequence?", cure)
        return fact
    if known is None:
        ground = ground_of(session, party, party_key, case=act.case, proposal=act.proposal)
    else:
        ground = known.body.get("stood_on")
    if known is None and ground is None:
        named = act.case or act.proposal
        raise Refusal(409, f"'{named}' does not stand against this {party}", "see /api/v1/proposals and /api/v1/cases")
    return replace(fact, body={**fact.body, "stood_on": ground})


def _told(outcome: str) -> JSONResponse:
    return JSONResponse({"outcome": outcome}, status_code=201 if outcome == "stored" else 200)


def _seen(page: Mapping[str, Any], reader: Reader) -> dict[str, Any]:
    """A vehicle's key is its plate: masked like one, in the row's id too."""
    rows = []
    for row in page["rows"]:
        shown = dict(row)
        if not reader.sees_persons:
            vehicle = masked({"vehicle": row["party_key"]}, whole=False)["vehicle"]
            shown["party_key"] = vehicle if row["party"] == "vehicle" else "***"
            shown["id"] = f"{row['party']}|{shown['party_key']}|{row['criterion']}"
        rows.append(shown)
    return {**page, "rows": rows}
