"""The gateway's own door: cameras push plates, lane software asks, keepers release, installers look."""

import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol, get_args

from fastapi import Depends, FastAPI, HTTPException, Request, Response
from fastapi.responses import FileResponse
from pydantic import BaseModel, ConfigDict, Field

from drivers.readings import PlateColour
from gateway.errors import JournalError, OutboxError
from gateway.station import NothingHeld, Station
from gateway.vitals import Vitals
from gateway.web.cameras import CameraDesk
from gateway.web.health import health_router

PAGE = Path(__file__).with_name("page.html")
COLOURS = get_args(PlateColour)


class ReleaseOrder(BaseModel):
    model_config = ConfigDict(extra="forbid")

    entry: str = Field(max_length=96)
    by: str = Field(min_length=1, max_length=100)
    reason: str = Field(min_length=1, max_length=500)


class RetryOrder(BaseModel):
    model_config = ConfigDict(extra="forbid")

    entry: str | None = Field(default=None, max_length=96)


class ParkedPort(Protocol):
    """The outbox as an operator sees it."""

    async def list_outbox(self) -> Sequence[Any]: ...

    async def retry(self, entry_id: str | None = None) -> int: ...


def create_app(  # noqa: C901 - the list of doors
    station: Station,
    cameras: CameraDesk,
    parked: ParkedPort,
    *,
    token: str,
    status: Callable[[], Mapping[str, Any]],
    vitals: Vitals,
) -> FastAPI:
    """The ASGI app of one site. `token` opens everything but health, the page's shell and the cameras' allow-list."""
    app = FastAPI(title="Weighgate gateway", docs_url=None, redoc_url=None)

    app.include_router(health_router(vitals))

    async def keyed(request: Request) -> None:
        given = request.headers.get("authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
            raise HTTPException(401, f"send Authorization: Bearer <the value of {station.settings.web.token_env}>")

    @app.get("/api/v1/state", dependencies=[Depends(keyed)])
    async def state() -> Mapping[str, Any]:
        return status()

    @app.post("/api/v1/release", dependencies=[Depends(keyed)])
    async def release(order: ReleaseOrder) -> dict[str, str]:
        try:
            return {"entry": await station.release(order.entry, by=order.by, reason=order.reason)}
        except NothingHeld as error:
            raise HTTPException(409, str(error)) from error
        except JournalError as error:
            raise HTTPException(503, str(error)) from error

    @app.get("/api/v1/outbox", dependencies=[Depends(keyed)])
    async def outbox() -> list[dict[str, Any]]:
        return [asdict(entry) for entry in await parked.list_outbox()]

    @app.post("/api/v1/outbox/retry", dependencies=[Depends(keyed)])
    async def retry(order: RetryOrder) -> dict[str, int]:
        try:
            offered = await parked.retry(order.entry)
        except OutboxError as error:
            raise HTTPException(409, str(error)) from error
        station.kick_relay()
        return {"offered": offered}

    @app.get("/api/v1/plaza/ask", dependencies=[Depends(keyed)])
    async def ask(plate: str, colour: str, lane: str) -> dict[str, Any]:
        plaza = station.settings.plaza
        if plaza is None:
            raise HTTPException(404, "this site is no toll entrance")
        if lane not in plaza.entry_lanes:
            raise HTTPException(422, f"lane: {lane!r}; known: {', '.join(plaza.entry_lanes)}")
        if colour not in COLOURS or not 1 <= len(plate) <= 16:
            raise HTTPException(422, f"plate of 1 to 16 characters, colour one of {', '.join(COLOURS)}")
        try:
            answer = await station.ask(plate, colour, lane)
        except JournalError as error:
            return {"admit": False, "answer": "no", "reason": f"not stored: {error}", "entry": None}
        said = "yes" if answer.admit else "unweighed" if answer.reason == "unweighed" else "no"
        return {"admit": answer.admit, "answer": said, "reason": answer.reason, "entry": answer.entry_id}

    @app.post("/cameras/{lane_id}")
    async def camera(lane_id: str, request: Request) -> Response:
        return await cameras.push(lane_id, request)

    @app.get("/")
    async def page() -> FileResponse:
        return FileResponse(PAGE, headers={"content-security-policy": "default-src 'self' 'unsafe-inline'"})

    return app
