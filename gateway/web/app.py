"""The gateway's own door: cameras push plates, lane software asks, keepers release, installers look."""

import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol, get_args

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request, Response
from fastapi.responses import FileResponse

from drivers.cameras.plates import plate_text
from drivers.errors import FrameError
from drivers.readings import PlateColour
from gateway.downlink.intake import Intake
from gateway.errors import JournalError, OutboxError
from gateway.papers import Papers
from gateway.record_desk import RecordDesk
from gateway.scale_orders import ScaleOrders
from gateway.station import Station
from gateway.vitals import Vitals
from gateway.web.bodies import RetryOrder, order_of, takes
from gateway.web.cameras import CameraDesk
from gateway.web.finished import bound_records_router, records_router
from gateway.web.health import health_router
from gateway.web.keeping import down_router, papers_router, release_router, scale_router

PAGE = Path(__file__).with_name("page.html")
COLOURS = get_args(PlateColour)


class ParkedPort(Protocol):
    """The outbox as an operator sees it."""

    async def list_outbox(self) -> Sequence[Any]: ...

    async def retry(self, entry_id: str | None = None) -> int: ...


def create_app(
    station: Station,
    cameras: CameraDesk,
    parked: ParkedPort,
    *,
    token: str,
    status: Callable[[], Mapping[str, Any]],
    vitals: Vitals,
    papers: Papers | None = None,
    intake: Intake | None = None,
    finished: RecordDesk | None = None,
    scales: ScaleOrders | None = None,
) -> FastAPI:
    """The ASGI app of one site. `token` opens all but health, the page's shell, and the doors for cameras and records
    that senders named in the site file need no token for.
    """
    app = FastAPI(title="Weighgate gateway", docs_url=None, redoc_url=None)

    async def keyed(request: Request) -> None:
        given = request.headers.get("authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
            raise HTTPException(401, f"send Authorization: Bearer <the value of {station.settings.web.token_env}>")

    app.include_router(health_router(vitals))
    routers = [_state_router(status), release_router(station), _outbox_router(station, parked), _plaza_router(station)]
    routers += [] if papers is None else [papers_router(papers)]
    routers += [] if intake is None else [down_router(intake)]
    routers += [] if scales is None else [scale_router(scales)]
    routers += [] if finished is None else [records_router(finished)]
    for router in routers:
        app.include_router(router, prefix="/api/v1", dependencies=[Depends(keyed)])
    if finished is not None:
        app.include_router(bound_records_router(finished))

    @app.post("/cameras/{lane_id}")
    async def camera(lane_id: str, request: Request) -> Response:
        return await cameras.push(lane_id, request)

    @app.post("/cameras/{lane_id}/rear")
    async def rear_camera(lane_id: str, request: Request) -> Response:
        return await cameras.push(lane_id, request, rear=True)

    @app.get("/")
    async def page() -> FileResponse:
        return FileResponse(PAGE, headers={"content-security-policy": "default-src 'self' 'unsafe-inline'"})

    return app


def _state_router(status: Callable[[], Mapping[str, Any]]) -> APIRouter:
    router = APIRouter()

    @router.get("/state")
    async def state() -> Mapping[str, Any]:
        return status()

    return router


def _outbox_router(station: Station, parked: ParkedPort) -> APIRouter:
    router = APIRouter()

    @router.get("/outbox")
    async def outbox() -> list[dict[str, Any]]:
        return [asdict(entry) for entry in await parked.list_outbox()]

    @router.post("/outbox/retry", openapi_extra=takes(RetryOrder))
    async def retry(request: Request) -> dict[str, int]:
        order = await order_of(request, RetryOrder)
        try:
            offered = await parked.retry(order.entry)
        except OutboxError as error:
            raise HTTPException(409, str(error)) from error
        station.kick_relay()
        return {"offered": offered}

    return router


def _plaza_router(station: Station) -> APIRouter:
    router = APIRouter()

    @router.get("/plaza/ask")
    async def ask(plate: str, colour: str, lane: str) -> dict[str, Any]:
        plaza = station.settings.plaza
        if plaza is None:
            raise HTTPException(404, "this site is no toll entrance")
        if lane not in plaza.entry_lanes:
            raise HTTPException(422, f"lane: {lane!r}; known: {', '.join(plaza.entry_lanes)}")
        if colour not in COLOURS:
            raise HTTPException(422, f"colour: {colour[:40]!r}; known: {', '.join(COLOURS)}")
        try:
            answer = await station.ask(_plate(plate), colour, lane)
        except JournalError as error:
            return {"admit": False, "answer": "no", "reason": f"not stored: {error}", "entry": None}
        said = "yes" if answer.admit else "unweighed" if answer.reason == "unweighed" else "no"
        return {"admit": answer.admit, "answer": said, "reason": answer.reason, "entry": answer.entry_id}

    return router


def _plate(written: str) -> str:
    """As cameras' plates are written, so that one vehicle is one: 豫a·12345 is 豫A12345."""
    try:
        plate = plate_text(written, "plate")
    except FrameError as error:
        raise HTTPException(422, str(error)) from error
    if plate is None:
        raise HTTPException(422, "plate: says that there is none")
    return plate
