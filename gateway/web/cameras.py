"""Cameras push and never ask again: stored first, answered fast, deduplicated. The reply never opens a gate."""

import hashlib
import ipaddress
import os
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path

import structlog
from fastapi import HTTPException, Request, Response

from drivers.cameras import PROTOCOLS
from drivers.errors import FrameError
from drivers.readings import PlateReading
from gateway.identification import identify
from gateway.ports import Evidence
from gateway.register import Register
from gateway.station import Station

PUSH_BYTES_MAX = 8 * 1024 * 1024
SEEN_MAX = 4096
SPOOL_FILES_MAX = 500


class CameraDesk:
    """Receives pushes for a site's lanes. `spool` keeps each body on disk until its entry is stored."""

    def __init__(self, station: Station, register: Register, spool: Path) -> None:
        self._station = station
        self._register = register
        self._spool = spool
        self._seen: OrderedDict[str, None] = OrderedDict()
        self._allowed = [ipaddress.ip_network(one) for one in station.settings.web.cameras_from]
        self._log = structlog.get_logger()
        self.counts = {"pushes": 0, "repeats": 0, "rejected": 0}

    async def push(self, lane_id: str, request: Request) -> Response:
        self._admit(request)
        lane = next((one for one in self._station.settings.lanes if one.id == lane_id), None)
        if lane is None or lane.camera is None:
            known = [one.id for one in self._station.settings.lanes if one.camera]
            raise HTTPException(404, f"no camera is set for lane {lane_id!r}; known: {', '.join(known)}")
        body = await _bounded(request)
        protocol = PROTOCOLS[lane.camera.protocol]
        try:
            reading = protocol.decode(body, request.headers.get("content-type", ""))
        except FrameError as error:
            self.counts["rejected"] += 1
            self._log.warning("camera_push_rejected", lane=lane_id, reason=str(error))
            raise HTTPException(422, f"not a {lane.camera.protocol} push: {error}") from error
        self.counts["pushes"] += 1
        if self._repeated(f"{lane_id}/{reading.event_id}"):
            self.counts["repeats"] += 1
        else:
            self._keep(lane_id, body)
            await self._deliver(lane_id, reading)
        content, media_type = protocol.reply
        return Response(content, media_type=media_type)

    def _admit(self, request: Request) -> None:
        host = request.client.host if request.client else ""
        try:
            allowed = any(ipaddress.ip_address(host) in network for network in self._allowed)
        except ValueError:
            allowed = False
        if not allowed:
            self.counts["rejected"] += 1
            raise HTTPException(403, f"{host} is not in web.cameras_from of the site file")

    def _repeated(self, key: str) -> bool:
        if key in self._seen:
            return True
        self._seen[key] = None
        if len(self._seen) > SEEN_MAX:
            self._seen.popitem(last=False)
        return False

    def _keep(self, lane_id: str, body: bytes) -> None:
        """On disk before the answer; the oldest goes when the spool is full (a picture can be missed, a record not)."""
        self._spool.mkdir(parents=True, exist_ok=True)
        name = self._spool / f"{lane_id}-{hashlib.sha256(body).hexdigest()}"
        with open(name, "wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        files = sorted(self._spool.iterdir(), key=lambda path: path.stat().st_mtime_ns)
        for old in files[:-SPOOL_FILES_MAX]:
            old.unlink(missing_ok=True)

    async def _deliver(self, lane_id: str, reading: PlateReading) -> None:
        pictures = _pictures(reading)
        identity = identify(reading, tuple(one.sha256 for one in pictures), self._register)
        if reading.late:
            content = {"plate": reading.plate, "colour": reading.colour, "late": True, "device": reading.device}
            await self._station.evidence(lane_id, content, pictures)
        elif identity is not None:
            await self._station.identified(lane_id, identity, pictures)


def _pictures(reading: PlateReading) -> Sequence[Evidence]:
    return [
        Evidence(hashlib.sha256(picture.content).hexdigest(), "image/jpeg", picture.content)
        for picture in reading.pictures
    ]


async def _bounded(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > PUSH_BYTES_MAX:
            raise HTTPException(413, f"a push is at most {PUSH_BYTES_MAX} bytes")
    return bytes(body)
