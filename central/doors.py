"""The sites' HTTP doors: entries in, acknowledgements out; evidence by hash."""

import re
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi import Path as PathParameter
from fastapi.responses import JSONResponse, Response
from prometheus_client import Counter

from central.access import Access, Refusal, problem
from central.errors import BatchError, Busy, EvidenceError, HashMismatch, NoRoom, Stalled, TooLarge, WrongOffset
from central.evidence import EvidenceStore
from central.examine import read_batch
from central.metrics import Metrics
from central.receiver import Receiver
from gateway.contract.together import TOGETHER_BYTES_MAX, apart
from gateway.contract.wire import BATCH_BYTES_MAX, BATCH_CONTENT_TYPE

Sha256 = Annotated[str, PathParameter(pattern="^[0-9a-f]{64}$")]
_RANGE = re.compile(r"bytes ([0-9]{1,15})-([0-9]{1,15})/([0-9]{1,15})")
_NOTHING_MORE = re.compile(r"bytes \*/([0-9]{1,15})")
_RANGE_CURE = "send Content-Range: bytes a-b/total, or bytes */total when all bytes were sent before"


def site_router(receiver: Receiver, evidence: EvidenceStore, access: Access, metrics: Metrics) -> APIRouter:
    router = APIRouter(prefix="/api/v1")
    _add_entries(router, receiver, access, metrics)
    _add_evidence(router, evidence, access, metrics)
    return router


def _add_entries(router: APIRouter, receiver: Receiver, access: Access, metrics: Metrics) -> None:
    @router.post("/entries")
    async def entries(request: Request, site: Annotated[str, Depends(access.site)]) -> JSONResponse:
        """Take a CloudEvents batch; answers one signed acknowledgement per journal, after the commit."""
        kind = request.headers.get("content-type", "").partition(";")[0].strip()
        if kind != BATCH_CONTENT_TYPE:
            raise Refusal(415, f"content type '{kind[:80]}' is not taken", f"send {BATCH_CONTENT_TYPE}")
        try:
            batch = read_batch(await _bounded_body(request, BATCH_BYTES_MAX))
        except BatchError as error:
            metrics.bad_batches.labels("http").inc()
            raise Refusal(
                400, str(error), "send a CloudEvents 1.0 batch as gateway/contract/wire.py makes it"
            ) from error
        metrics.nameless.inc(batch.nameless)
        if batch.nameless and not batch.events and not batch.rejected:
            raise Refusal(422, "no item names an entry", "an item's id is <journal>/<seq>")
        acks = await receiver.accept(site, batch.events, batch.rejected)
        return JSONResponse([ack.model_dump(mode="json") for ack in acks])

    @router.get("/acks")
    async def acks(site: Annotated[str, Depends(access.site)]) -> JSONResponse:
        """Where each of the site's journals stands, as MQTT tells on connect."""
        return JSONResponse([ack.model_dump(mode="json") for ack in await receiver.current(site)])


async def _bounded_body(request: Request, bytes_max: int) -> bytes:
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > bytes_max:
            raise Refusal(413, "the body is too large", f"send at most {bytes_max} bytes at once")
    return bytes(body)


def _add_evidence(router: APIRouter, evidence: EvidenceStore, access: Access, metrics: Metrics) -> None:
    @router.head("/evidence/{sha256}")
    async def held(sha256: Sha256, site: Annotated[str, Depends(access.bringer)]) -> Response:
        """200 when the file is complete, else 404; Upload-Offset says where to go on."""
        found = await evidence.held(site, sha256)
        return Response(status_code=200 if found.complete else 404, headers={"Upload-Offset": str(found.offset)})

    @router.put("/evidence/{sha256}")
    async def put(request: Request, sha256: Sha256, site: Annotated[str, Depends(access.bringer)]) -> Response:
        """201 complete, 308 partial; 408 stood still; 409 begins elsewhere; 413 too large; 422 not the bytes of this
        name; 507 no room.

        A piece from byte 0 begins the file anew; `Content-Range: bytes */total` with no body finishes one whose bytes
        are all here.
        """
        start, total = _range_of(request)
        try:
            counter = metrics.evidence_bytes.labels(metrics.label(site))
            found = await evidence.put(site, sha256, start, total, _counted(request.stream(), counter))
        except EvidenceError as error:
            offset = (await evidence.held(site, sha256)).offset
            return problem(_code_of(error), str(error), "ask HEAD for Upload-Offset", {"Upload-Offset": str(offset)})
        metrics.evidence_files.labels(metrics.label(site)).inc(found.complete)
        return Response(status_code=201 if found.complete else 308, headers={"Upload-Offset": str(found.offset)})

    @router.put("/evidence")
    async def together(request: Request, site: Annotated[str, Depends(access.site)]) -> JSONResponse:
        """Small files in one body (gateway/contract/together.py); the names of those that are here now, whole.

        What is not among them goes by its own address, which says why.
        """
        body = await _bounded_body(request, TOGETHER_BYTES_MAX)
        try:
            here = await evidence.put_together(site, apart(body))
        except ValueError as error:
            raise Refusal(400, str(error), "send what gateway/contract/together.py makes") from error
        except NoRoom as error:
            return problem(507, str(error), "send them again later")
        metrics.evidence_bytes.labels(metrics.label(site)).inc(len(body))
        metrics.evidence_files.labels(metrics.label(site)).inc(len(here))
        return JSONResponse(here)


async def _counted(pieces: AsyncIterator[bytes], counter: Counter) -> AsyncIterator[bytes]:
    async for piece in pieces:
        counter.inc(len(piece))
        yield piece


def _code_of(error: EvidenceError) -> int:
    codes = {WrongOffset: 409, Busy: 409, Stalled: 408, TooLarge: 413, HashMismatch: 422, NoRoom: 507}
    return codes[type(error)]


def _range_of(request: Request) -> tuple[int, int]:
    """First byte and whole size, from Content-Range, or from Content-Length for a file in one piece."""
    text = request.headers.get("content-range")
    if text is None:
        length = request.headers.get("content-length", "")
        if not re.fullmatch(r"[0-9]{1,15}", length):
            raise Refusal(411, "the size is not said", "send Content-Length, or Content-Range: bytes a-b/total")
        return 0, int(length)
    if match := _NOTHING_MORE.fullmatch(text):
        return int(match[1]), int(match[1])
    match = _RANGE.fullmatch(text)
    if match is None or not int(match[1]) <= int(match[2]) < int(match[3]):
        raise Refusal(400, f"Content-Range '{text[:80]}' is not understood", _RANGE_CURE)
    return int(match[1]), int(match[3])
