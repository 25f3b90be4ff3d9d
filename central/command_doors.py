"""The doors of commands: the administrator orders, each site fetches what it has not acknowledged."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Body, Depends
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from central.access import Access, Refusal
from central.bulletins import SendDown
from central.commands import Commands
from central.down_files import message_of
from central.errors import BulletinError
from gateway.contract.commands import What
from gateway.contract.entry import instant

EXAMPLE = {"tell": {"summary": "say how it stands", "value": {"what": "tell-state", "valid_s": 3_600}}}


class CommandOrder(BaseModel):
    """`valid_s`: how long it may wait for the site. `above_seq` is for offer-again."""

    model_config = ConfigDict(extra="forbid")

    what: What
    valid_s: int = Field(default=86_400, ge=60, le=30 * 86_400)
    above_seq: int = Field(default=0, ge=0, lt=2**53)


def command_router(commands: Commands, access: Access, send: SendDown | None) -> APIRouter:
    """`send` says them over MQTT at once; a site hears them again with each status until it has answered."""
    router = APIRouter(prefix="/api/v1/commands")

    @router.post("/{site}", dependencies=[Depends(access.admin)], status_code=201)
    async def order(site: str, order: Annotated[CommandOrder, Body(openapi_examples=EXAMPLE)]) -> JSONResponse:
        try:
            made = commands.issue(site, order.what, valid=timedelta(seconds=order.valid_s), above_seq=order.above_seq)
        except BulletinError as error:
            raise Refusal(422, str(error), "see gateway/contract/commands.py") from error
        if send is not None:
            await send(site)
        told = {"site": site, "id": made.id, "what": made.what, "expires_at": instant(made.expires_at)}
        return JSONResponse(told, status_code=201)

    @router.get("/{site}")
    async def fetch(site: str, asking: Annotated[str, Depends(access.site)]) -> Response:
        """Signed commands that this site has not acknowledged; the same bytes as MQTT's."""
        if asking != site:
            raise Refusal(403, f"this token is not of site '{site[:64]}'", f"ask for /api/v1/commands/{asking}")
        return Response(message_of(await commands.open(site)), media_type="application/json")

    return router
