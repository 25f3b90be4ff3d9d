"""The door for finished records of other systems: each is a weighing entry before it is answered.

    POST /api/v1/finished/ID    with the site's local token
    POST /finished/ID           without it, for boxes that send no headers: from the addresses in the source's `from`

A message may come as multipart with its pictures beside it.
"""

from dataclasses import asdict

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import JSONResponse

from drivers.cameras.plates import PUSH_BYTES_MAX, text_and_pictures
from drivers.errors import FrameError
from drivers.records import FORMATS
from gateway.errors import JournalError
from gateway.ports import Evidence
from gateway.record_desk import RecordDesk, Told, TooMany
from gateway.settings import RecordsSource
from gateway.web.bodies import bounded
from gateway.web.cameras import evidence_of
from gateway.web.senders import comes_from

BODY_BYTES_MAX = 1024 * 1024
RECORDS_MAX = 1000
"""In one body: a longer file is sent in pieces."""


def records_router(desk: RecordDesk) -> APIRouter:
    """For who has the token; the caller guards it."""
    router = APIRouter()

    @router.post("/finished/{source_id}")
    async def push(source_id: str, request: Request) -> Response:
        """One message or one file of a `[[records]]` source, answered once it is in the journal."""
        return await _push(desk, _named(desk, source_id), request)

    return router


def bound_records_router(desk: RecordDesk) -> APIRouter:
    """For boxes that can send no token: where no source names their address, nobody is let in."""
    router = APIRouter()

    @router.post("/finished/{source_id}")
    async def push(source_id: str, request: Request) -> Response:
        """As /api/v1/finished/ID, from an address that this source's `from` names."""
        source = desk.source(source_id)
        if source is None or not comes_from(request, source.from_):
            raise HTTPException(403, f"no [[records]] source {source_id[:40]!r} of the site file has you in its `from`")
        return await _push(desk, source, request)

    return router


def _named(desk: RecordDesk, source_id: str) -> RecordsSource:
    source = desk.source(source_id)
    if source is None:
        known = ", ".join(desk.names) or "none"
        raise HTTPException(404, f"no [[records]] source {source_id[:40]!r} in the site file; known: {known}")
    return source


async def _push(desk: RecordDesk, source: RecordsSource, request: Request) -> Response:
    content_type = request.headers.get("content-type", "")
    with_pictures = content_type.strip().lower().startswith("multipart/")
    body = await bounded(request, PUSH_BYTES_MAX if with_pictures else BODY_BYTES_MAX)
    try:
        text, pictures = _apart(body, content_type)
        told = await desk.take(source, text, pictures, records_max=RECORDS_MAX)
    except FrameError as error:
        desk.refused(source, str(error))
        raise HTTPException(422, f"not a {source.format} record: {error}") from error
    except TooMany as error:
        raise HTTPException(413, str(error)) from error
    except JournalError as error:
        raise HTTPException(503, f"not kept: {error}; send it again") from error
    return _answer(source, told)


def _apart(body: bytes, content_type: str) -> tuple[bytes, list[Evidence]]:
    """The record and its pictures. FrameError where there is no record, or one that is too long."""
    text, pictures = text_and_pictures(body, content_type, lambda part: not part.is_picture)
    if not 0 < len(text) <= BODY_BYTES_MAX:
        raise FrameError(f"body: a record of at most {BODY_BYTES_MAX} bytes is needed, not {len(text)}")
    return text, evidence_of(pictures)


def _answer(source: RecordsSource, told: Told) -> Response:
    form = FORMATS[source.format]
    if form.lines is not None:
        return JSONResponse(asdict(told), 422 if told.refused and not told.stored + told.repeats else 200)
    if told.refused:
        raise HTTPException(409, told.refused[0]["reason"])
    answer, media_type = form.reply
    return Response(answer, media_type=media_type)
