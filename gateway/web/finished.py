"""The door for finished records of other systems: kept as weighing entries before they are answered, each once.

No lane hears of them: a record moves no barrier, holds nobody, opens no gate and ends no hold.
"""

import asyncio
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import JSONResponse

from drivers.errors import FrameError
from drivers.records import FORMATS, BadLine, VehicleRecord, read_lines
from gateway.downlink.in_force import InForce, RegisterInForce
from gateway.errors import JournalError
from gateway.finished import Received, content, identified, instrument, measured
from gateway.history import document_of
from gateway.judging import SiteJudge
from gateway.ports import Draft, Evidence
from gateway.records import personal
from gateway.settings import RecordsSource
from gateway.station import Station
from gateway.web.bodies import bounded

BODY_BYTES_MAX = 1024 * 1024
RECORDS_MAX = 1000
"""In one body: a longer file is sent in pieces."""
PROBES_MAX = 8


class OtherRecord(Exception):  # noqa: N818 - an answer to a sender, not a fault of ours
    """The source told something else under the same id and time before."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A clock that stands where the vehicle was weighed: law is asked as of then."""

    at: datetime

    def now(self) -> datetime:
        return self.at

    def monotonic_ms(self) -> int:
        return int(self.at.timestamp() * 1000)

    def quality(self) -> dict[str, Any]:
        """Nobody here knows how right the source's clock is."""
        return {"synchronised": None, "offset_ms": None}


class RecordDesk:
    """Takes what a site's `[[records]]` sources send."""

    def __init__(self, station: Station, in_force: InForce) -> None:
        self._station, self._in_force = station, in_force
        site = station.settings.site.model_copy(update={"enforcement_mode": "unattended"})
        self._settings = station.settings.model_copy(update={"site": site})
        self._register = RegisterInForce(in_force, station.clock.now)
        self._one_at_a_time = asyncio.Lock()
        self.counts = {"stored": 0, "repeats": 0, "refused": 0}

    async def push(self, source_id: str, request: Request) -> Response:
        source = next((one for one in self._settings.records if one.id == source_id), None)
        if source is None:
            known = ", ".join(one.id for one in self._settings.records) or "none"
            raise HTTPException(404, f"no [[records]] source {source_id[:40]!r} in the site file; known: {known}")
        body = await bounded(request, BODY_BYTES_MAX)
        found = list(islice(self._read(source, body), RECORDS_MAX + 1))
        if len(found) > RECORDS_MAX:
            raise HTTPException(413, f"more than {RECORDS_MAX} records at once; nothing was kept: send it in pieces")
        told = await self._keep(source, body, found)
        if FORMATS[source.format].lines is not None:
            kept = told["stored"] + told["repeats"]
            return JSONResponse(told, 422 if told["refused"] and not kept else 200)
        if told["refused"]:
            raise HTTPException(409, told["refused"][0]["reason"])
        answer, media_type = FORMATS[source.format].reply
        return Response(answer, media_type=media_type)

    def _read(self, source: RecordsSource, body: bytes) -> Iterator[VehicleRecord | BadLine]:
        form = FORMATS[source.format]
        if form.lines is not None:
            yield from read_lines(form, iter([body]))
            return
        try:
            record = form.decode(body)
        except FrameError as error:
            self._refused(source, str(error))
            raise HTTPException(422, f"not a {source.format} record: {error}") from error
        if record is not None:
            yield record

    async def _keep(self, source: RecordsSource, body: bytes, found: list[VehicleRecord | BadLine]) -> dict[str, Any]:
        """How many were stored and how many were here before, and what was refused; 503 where the journal fails."""
        raw = Evidence(hashlib.sha256(body).hexdigest(), "application/octet-stream", body)
        told: dict[str, Any] = {"stored": 0, "repeats": 0, "refused": []}
        for one in found:
            if isinstance(one, BadLine):
                told["refused"].append({"line": one.number, "reason": one.reason})
                continue
            try:
                async with self._one_at_a_time:
                    fresh = await self._store(Received(source, one, raw.sha256, self._station.clock.now()), raw)
            except OtherRecord as error:
                told["refused"].append({"record": one.id, "reason": str(error)})
            except JournalError as error:
                raise HTTPException(503, f"not kept: {error}; send it again") from error
            else:
                told["stored" if fresh else "repeats"] += 1
        self.counts["stored"] += told["stored"]
        self.counts["repeats"] += told["repeats"]
        if told["refused"]:
            self._refused(source, told["refused"][0]["reason"], len(told["refused"]))
        return told

    async def _store(self, came: Received, raw: Evidence) -> bool:
        """Whether it was new. The journal keeps one weighing per source and number; another key takes the next."""
        for probe in range(PROBES_MAX):
            draft = self._draft(came, came.passage + probe, raw)
            entry, fresh = await self._station.finished(draft)
            kept = document_of(entry)["content"]["finished"]
            if kept["key"] != came.key:
                continue
            if kept["sha256"] != came.sha256:
                raise OtherRecord(f"{came.key}: told before with other values, kept as {entry.id}")
            return fresh
        raise OtherRecord(f"{came.key}: no number free for it")

    def _draft(self, came: Received, passage: int, raw: Evidence) -> Draft:
        moment = Moment(came.weighed_at)
        law = SiteJudge(self._settings, self._in_force, moment)
        who, found = identified(came, self._register), measured(came)
        said = law.judge(who, found)
        said_of_it = content(
            came, passage, self._settings.site, who, said,
            dossier=law.dossier(who, said), proofs=law.prove(said, found, instrument(came)),
        )  # fmt: skip
        return Draft(
            "weighing", came.source.id, said_of_it, moment.at, moment.quality(),
            0 if said.road_limit.outcome == "exceeded" else 1, [raw], personal(who),
        )  # fmt: skip

    def _refused(self, source: RecordsSource, why: str, count: int = 1) -> None:
        self.counts["refused"] += count
        self._station.alarm("record-refused", f"source {source.id}: {count} refused: {why}")


def records_router(desk: RecordDesk) -> APIRouter:
    router = APIRouter()

    @router.post("/finished/{source_id}")
    async def push(source_id: str, request: Request) -> Response:
        """One message or one file of a `[[records]]` source, answered once it is in the journal."""
        return await desk.push(source_id, request)

    return router
