"""The doors of what goes down: the administrator publishes, each site fetches what it has not seen."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from central.access import Access, Refusal
from central.bulletins import Bulletins, SendDown
from central.down_files import message_of
from central.errors import BulletinError
from gateway.contract.down import BULLETIN_BYTES_MAX, Bulletin, Kind, read_above
from gateway.contract.entry import instant
from gateway.shapes import faults_of

ORDER_BYTES_MAX = 2 * BULLETIN_BYTES_MAX


class PublishOrder(BaseModel):
    """`content` as `gateway.contract.down` has it for this kind; without `effective_at` it is in force at once."""

    model_config = ConfigDict(extra="forbid")

    content: dict[str, Any]
    effective_at: AwareDatetime | None = None


_SHOWN = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": PublishOrder.model_json_schema(),
                "examples": {"nobody": {"summary": "a list with nobody on it", "value": {"content": {"listed": []}}}},
            }
        },
    }
}
"""The body is read piece by piece, within its own bound, so it is shown by hand."""


def bulletin_router(bulletins: Bulletins, access: Access, send_down: SendDown | None) -> APIRouter:
    """`send_down` hands a site over MQTT what it has not been sent."""
    router = APIRouter(prefix="/api/v1/down")

    @router.get("/{site}")
    async def fetch(site: str, asking: Annotated[str, Depends(access.site)], above: str = "") -> Response:
        """Signed bulletins above what the site has seen, `laws:<number>,lists:<number>`; the same bytes as MQTT's."""
        if asking != site:
            raise Refusal(403, f"this token is not of site '{site[:64]}'", f"ask for /api/v1/down/{asking}")
        try:
            found = bulletins.above(site, read_above(above))
        except ValueError as error:
            raise Refusal(422, f"above: {error}", "send above=laws:12,lists:7, or nothing for all") from error
        return Response(message_of(found), media_type="application/json")

    @router.get("/{site}/{kind}", dependencies=[Depends(access.admin)])
    async def listing(site: str, kind: Kind) -> JSONResponse:
        return JSONResponse({"bulletins": _said(lambda: bulletins.listing(site, kind))})

    @router.put("/{site}/{kind}", dependencies=[Depends(access.admin)], status_code=201, openapi_extra=_SHOWN)
    async def publish(site: str, kind: Kind, request: Request) -> JSONResponse:
        """Sign, keep and send a new bulletin."""
        order = await _order(request)
        made = _said(lambda: bulletins.publish(site, kind, order.content, order.effective_at))
        return await _made(made, bulletins, send_down)

    @router.post("/{site}/{kind}/back", dependencies=[Depends(access.admin)], status_code=201)
    async def back(site: str, kind: Kind) -> JSONResponse:
        """The content before the one in force, under a new number."""
        return await _made(_said(lambda: bulletins.go_back(site, kind)), bulletins, send_down)

    return router


async def _made(bulletin: Bulletin, bulletins: Bulletins, send_down: SendDown | None) -> JSONResponse:
    """`replaced`: what was to come and now never will, where this one is in force before it or at once."""
    if send_down is not None:
        await send_down(bulletin.site)
    told: dict[str, Any] = {"site": bulletin.site, "kind": bulletin.kind, "number": bulletin.number}
    told |= {"effective_at": instant(bulletin.effective_at), "replaced": bulletins.replaced_by(bulletin)}
    return JSONResponse(told, status_code=201)


def _said(work: Callable[[], Any]) -> Any:
    try:
        return work()
    except BulletinError as error:
        raise Refusal(422, str(error), "see gateway/contract/down.py for the shape of each kind") from error


async def _order(request: Request) -> PublishOrder:
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > ORDER_BYTES_MAX:
            raise Refusal(413, "the bulletin is too large", f"send at most {BULLETIN_BYTES_MAX} bytes: a smaller slice")
    try:
        return PublishOrder.model_validate_json(bytes(body))
    except ValidationError as error:
        raise Refusal(422, "; ".join(faults_of(error, PublishOrder))[:2000], "send {content, effective_at}") from error
