"""What people and programs read from central, and the live page."""

import re
from collections.abc import Callable
from datetime import datetime
from importlib.resources import files
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from fastapi import Path as PathParameter
from fastapi.responses import FileResponse, JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from central.access import Access, Reader, Refusal, nothing_asked
from central.asking import PAGE_MAX, Asked, FromMs, UntilMs, Word
from central.evidence import EvidenceStore
from central.masking import masked
from central.metrics import Metrics
from central.readiness import Readiness
from central.receiver import Receiver
from central.settings import CentralSettings
from central.store.database import Database, epoch_ms
from central.store.records import MIX_MS_MAX, RecordFilter, record_detail, records_page, statistics
from central.store.site_states import site_states


class RecordQuery(Asked):
    """Records of `from` ≤ when they happened < `until`; `after` is an entry's id."""

    site: Word | None = None
    plate: Word | None = None
    type: Word | None = None
    outcome: Word | None = None


_PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
_PAGE_FILES = {
    "/": ("index.html", "text/html; charset=utf-8"),
    "/static/live.js": ("live.js", "text/javascript; charset=utf-8"),
    "/static/live.css": ("live.css", "text/css; charset=utf-8"),
}


class MixQuery(BaseModel):
    """At most seven days."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    from_ms: FromMs | None = Field(None, alias="from")
    until_ms: UntilMs | None = Field(None, alias="until")


class SiteQuery(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    after: str = Field("", max_length=64)
    limit: int = Field(PAGE_MAX, ge=1, le=PAGE_MAX)


def read_router(database: Database, access: Access) -> APIRouter:
    """Records and their counts, for a reader with `records:read`."""
    router = APIRouter(prefix="/api/v1")
    may = access.reader("records:read")

    @router.get("/records")
    async def records(asked: Annotated[RecordQuery, Query()], reader: Annotated[Reader, Depends(may)]) -> JSONResponse:
        """Entries, newest first; `next` of one page is `after` of the following."""
        given = asked.model_dump(exclude={"after"})
        wanted = RecordFilter(**given, after=_place(asked.after))
        page = await database.run(lambda session: records_page(session, wanted))
        if page is None:
            raise Refusal(404, f"no entry '{asked.after}'", "pass the `next` of the page before")
        return JSONResponse(masked(page, whole=reader.sees_persons))

    @router.get("/records/{journal}/{seq}", dependencies=[Depends(nothing_asked)])
    async def record(
        journal: Annotated[str, PathParameter(pattern="^[a-z0-9-]{1,64}$")],
        seq: Annotated[int, PathParameter(ge=1, lt=2**53)],
        reader: Annotated[Reader, Depends(may)],
    ) -> JSONResponse:
        """One entry whole; its exact bytes, which its signature covers, only with `personal:read`."""
        detail = await database.run(lambda session: record_detail(session, journal, seq))
        if detail is None:
            raise Refusal(404, f"no entry '{journal}/{seq}'", "see /api/v1/records")
        if not reader.sees_persons:
            detail = {**masked(detail, whole=False), "data_base64": None}
        return JSONResponse(detail)

    @router.get("/statistics", dependencies=[Depends(may)])
    async def counts(asked: Annotated[MixQuery, Query()]) -> JSONResponse:
        """Entries by site, type, outcome and action in at most a week; without a time, the day up to the newest."""
        if asked.from_ms is not None and (asked.until_ms or asked.from_ms + MIX_MS_MAX) - asked.from_ms > MIX_MS_MAX:
            raise Refusal(422, "more than seven days", "ask /api/v1/statistics/series for longer")
        until_ms = asked.until_ms if asked.from_ms is None else asked.until_ms or asked.from_ms + MIX_MS_MAX
        return JSONResponse(await database.run(lambda session: statistics(session, asked.from_ms, until_ms)))

    return router


def site_state_router(
    settings: CentralSettings,
    database: Database,
    receiver: Receiver,
    evidence: EvidenceStore,
    access: Access,
    clock: Callable[[], datetime],
) -> APIRouter:
    """Sites with their online state, and evidence files, for a reader with `records:read`."""
    router = APIRouter(prefix="/api/v1", dependencies=[Depends(access.reader("records:read"))])

    @router.get("/sites")
    async def sites(asked: Annotated[SiteQuery, Query()]) -> JSONResponse:
        """By id; `next` of one page is `after` of the following."""
        now_ms = epoch_ms(clock())
        known = sorted(site.id for site in settings.sites if site.id > asked.after)
        page = known[: asked.limit]
        found = await database.run(lambda session: site_states(session, page, now_ms))
        following = page[-1] if len(known) > len(page) else None
        told = {"incarnation": receiver.incarnation, "public_key": receiver.public_hex}
        return JSONResponse({**told, "sites": found, "next": following})

    @router.get("/evidence/{sha256}", dependencies=[Depends(nothing_asked), Depends(access.reader("personal:read"))])
    async def evidence_file(sha256: Annotated[str, PathParameter(pattern="^[0-9a-f]{64}$")]) -> Response:
        path = evidence.path(sha256)
        if not path.is_file():
            raise Refusal(404, "this evidence has not arrived whole", "it follows its entry when the line allows")
        # never shown by the browser as a page of ours: anything may be inside
        headers = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox"}
        return FileResponse(path, media_type="application/octet-stream", filename=sha256, headers=headers)

    return router


def public_router(readiness: Readiness, metrics: Metrics) -> APIRouter:
    """Health, counters and the page itself, which holds no record: its script asks for the token."""
    router = APIRouter(include_in_schema=False)

    @router.get("/healthz")
    async def healthz() -> JSONResponse:
        return JSONResponse({"alive": True})

    @router.get("/readyz")
    async def readyz() -> JSONResponse:
        """200 while entries and evidence can be stored and every configured door is open, else 503 with the cure."""
        found = await readiness.look()
        parts = {
            "database": not found.database,
            "evidence": not found.evidence,
            "mqtt": None if found.mqtt is None else not found.mqtt,
        }
        if not found.cures:
            return JSONResponse({"ready": True, **parts})
        return JSONResponse({"ready": False, **parts, "cure": "; ".join(found.cures)}, status_code=503)

    @router.get("/metrics")
    async def counters() -> Response:
        return Response(metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")

    for address, (name, kind) in _PAGE_FILES.items():
        router.add_api_route(address, _page(files("central.web").joinpath(name).read_bytes(), kind), methods=["GET"])
    return router


def _page(content: bytes, kind: str) -> Callable[[], Any]:
    async def page() -> Response:
        return Response(content, media_type=kind, headers=_PAGE_HEADERS)

    return page


def _place(text: str | None) -> tuple[str, int] | None:
    if text is None:
        return None
    match = re.fullmatch(r"([a-z0-9-]{1,64})/([1-9][0-9]{0,15})", text)
    if match is None:
        raise Refusal(422, f"'{text}' is no entry id", "an entry id is <journal>/<seq>")
    return match[1], int(match[2])
