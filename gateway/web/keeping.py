"""What people order: let go, command a scale, complete, forget, take back. Each is an entry before it is done."""

from typing import Any

from fastapi import APIRouter, HTTPException, Request

from gateway.downlink.intake import Intake, NothingInForce
from gateway.errors import DownlinkError, JournalError
from gateway.law.dossier import SOURCES, Completion, facts_of
from gateway.law.linkage import PARTIES
from gateway.papers import NoSuchWeighing, Papers, UnknownFact
from gateway.scale_orders import NotConfirmed, NotNow, ScaleOrders
from gateway.station import GroundNotGiven, NothingHeld, Station
from gateway.web.bodies import CompletionOrder, ForgetOrder, ReleaseOrder, ScaleOrder, WithdrawOrder, order_of, takes


def release_router(station: Station) -> APIRouter:
    router = APIRouter()

    @router.post("/release", openapi_extra=takes(ReleaseOrder))
    async def release(request: Request) -> dict[str, str]:
        order = await order_of(request, ReleaseOrder)
        try:
            entry = await station.release(order.entry, by=order.by, reason=order.reason, ground=order.ground)
        except (NothingHeld, GroundNotGiven) as error:
            raise HTTPException(409, str(error)) from error
        except JournalError as error:
            raise HTTPException(503, str(error)) from error
        return {"entry": entry}

    return router


def scale_router(scales: ScaleOrders) -> APIRouter:
    router = APIRouter()

    @router.post("/scale", openapi_extra=takes(ScaleOrder))
    async def scale(request: Request) -> dict[str, str]:
        """Have a lane's scale do what its register map has a command for; who and why is an entry first."""
        order = await order_of(request, ScaleOrder)
        try:
            await scales.command(order.lane, order.command, by=order.by, reason=order.reason)
        except NotNow as error:
            raise HTTPException(409, str(error)) from error
        except NotConfirmed as error:
            raise HTTPException(502, str(error)) from error
        except JournalError as error:
            raise HTTPException(503, str(error)) from error
        return {"done": order.command}

    return router


def papers_router(papers: Papers) -> APIRouter:
    router = APIRouter()

    @router.post("/complete", openapi_extra=takes(CompletionOrder))
    async def complete(request: Request) -> dict[str, str]:
        """One fact of one party that was learnt after the weighing; the entry that says so."""
        order = await order_of(request, CompletionOrder)
        learnt = Completion(order.party, order.fact, order.value, order.source)
        try:
            return {"entry": await papers.complete(order.entry, learnt, by=order.by)}
        except (NoSuchWeighing, UnknownFact) as error:
            raise HTTPException(409, str(error)) from error
        except JournalError as error:
            raise HTTPException(503, str(error)) from error

    @router.get("/dossier")
    async def dossier(entry: str) -> dict[str, Any]:
        """The four parties of a weighing as they are known now."""
        try:
            return await papers.dossier(entry)
        except NoSuchWeighing as error:
            raise HTTPException(404, str(error)) from error
        except JournalError as error:
            raise HTTPException(503, str(error)) from error

    @router.post("/forget", openapi_extra=takes(ForgetOrder))
    async def forget(request: Request) -> dict[str, int]:
        """Delete who it was; the entries and their chain stay."""
        order = await order_of(request, ForgetOrder)
        try:
            return {"forgotten": await papers.forget(order.entry, by=order.by, reason=order.reason)}
        except NoSuchWeighing as error:
            raise HTTPException(409, str(error)) from error
        except JournalError as error:
            raise HTTPException(503, str(error)) from error

    return router


def down_router(intake: Intake) -> APIRouter:
    router = APIRouter()

    @router.get("/words")
    async def words() -> dict[str, Any]:
        """The codes that a person chooses among or is shown, each with its words in Chinese and in English."""
        parties = {party: {"facts": list(facts_of(party))} for party in PARTIES}
        said = intake.words()
        return {
            "release_grounds": said.release_grounds,
            "notices": said.notices,
            "parties": parties,
            "sources": list(SOURCES),
        }

    @router.get("/down")
    async def down() -> dict[str, Any]:
        """What central sent down: in force, to come, taken back, refused."""
        return intake.state()

    @router.post("/down/fetch")
    async def fetch() -> dict[str, Any]:
        """Ask central now, over HTTP, for what has not been seen here."""
        if intake.fetch is None:
            raise HTTPException(409, "this site has no central.http to ask at; over MQTT central sends by itself")
        if reason := await intake.fetch():
            raise HTTPException(502, reason)
        return intake.state()

    @router.post("/down/withdraw", openapi_extra=takes(WithdrawOrder))
    async def withdraw(request: Request) -> dict[str, int | None]:
        """Take back what is in force of one kind: what was before it is in force again."""
        order = await order_of(request, WithdrawOrder)
        try:
            return {"in_force": await intake.withdraw(order.kind, by=order.by, reason=order.reason)}
        except NothingInForce as error:
            raise HTTPException(409, str(error)) from error
        except (JournalError, DownlinkError) as error:
            raise HTTPException(503, str(error)) from error

    return router
