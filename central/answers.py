"""What a request is answered that cannot be served: always what was wrong and what helps, whichever part said no."""

from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from central.access import Refusal, answer_refusal, problem
from central.errors import FactTooLarge, StoreError

BODY_BYTES_MAX = 1024 * 1024
"""Of what people and programs state. It is read before anybody knows who sends it."""

OWN_BOUNDS = ("/api/v1/entries", "/api/v1/evidence", "/api/v1/down/")
"""Doors that read piece by piece, once they know whose pieces these are."""

CURES = {404: "see /openapi.json for the addresses", 405: "see /openapi.json for what this address takes"}

log = structlog.get_logger()


def answering(app: FastAPI) -> None:
    """Have every failure answered here, and no body read that is too large."""
    app.add_exception_handler(Refusal, answer_refusal)
    app.add_exception_handler(StoreError, _store_error)
    app.add_exception_handler(FactTooLarge, _too_large)
    app.add_exception_handler(RequestValidationError, _bad_request)
    app.add_exception_handler(HTTPException, _not_served)
    app.add_exception_handler(ClientDisconnect, _nobody)
    app.add_middleware(BoundedBodies)


class BoundedBodies:
    """Stops reading a body at BODY_BYTES_MAX: whoever reads it hears of an HTTPException."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(OWN_BOUNDS):
            await self._app(scope, receive, send)
            return
        taken = 0

        async def bounded() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > BODY_BYTES_MAX:
                raise HTTPException(413, f"the body is longer than {BODY_BYTES_MAX} bytes")
            return message

        await self._app(scope, bounded, send)


async def _store_error(_request: Request, error: Exception) -> Response:
    log.error("store_failed", reason=str(error))
    return problem(
        503, "nothing was stored: the database does not answer", "offer it again later", {"Retry-After": "5"}
    )


async def _too_large(_request: Request, error: Exception) -> Response:
    return problem(413, str(error), "say it shorter; what is long belongs into a document of its own")


async def _bad_request(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    faults = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {_words_of(fault)}" for fault in error.errors()[:10])
    return problem(422, faults, "see /openapi.json")


def _words_of(fault: dict[str, Any]) -> str:
    if fault["type"] == "extra_forbidden":
        return "unknown; this address does not take it"
    words: str = fault["msg"]
    return words.removeprefix("Value error, ")


async def _not_served(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    what = f"{request.method} {request.url.path[:200]}: {error.detail}" if error.status_code in CURES else error.detail
    cure = CURES.get(error.status_code, "send it as /openapi.json says")
    return problem(error.status_code, what, cure, dict(error.headers or {}))


async def _nobody(request: Request, _error: Exception) -> Response:
    log.info("client_vanished", method=request.method, path=request.url.path)
    return Response(status_code=499)  # nobody reads it; what came of a file stays
