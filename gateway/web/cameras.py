"""Cameras push and never ask again: stored first, answered fast, deduplicated. The reply never opens a gate."""

import asyncio
import hashlib
import os
from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import structlog
from fastapi import HTTPException, Request, Response
from pydantic import BaseModel, ValidationError

from drivers.cameras import PROTOCOLS
from drivers.cameras.chinese_plates import doubt_of, settled
from drivers.cameras.feed import Body
from drivers.errors import FrameError
from drivers.readings import Picture, PlateReading
from gateway.core.vehicle import Identity
from gateway.device_settings import Camera
from gateway.errors import JournalError
from gateway.identification import PictureTimes, identify
from gateway.ports import Evidence
from gateway.register import Lookup
from gateway.station import Station
from gateway.web.bodies import bounded
from gateway.web.senders import comes_from
from gateway.weighing_line import masked

PUSH_BYTES_MAX = 8 * 1024 * 1024
SEEN_MAX = 4096
SPOOL_FILES_MAX = 500
FRESH_MS = 20_000


class SpoolHead(BaseModel):
    """The first line of a spooled push; its body stands behind it."""

    at_ms: int
    lane: str
    type: str
    rear: bool = False


class CameraDesk:
    """Receives pushes for a site's lanes. `spool` keeps each body on disk until an entry holds what it said."""

    def __init__(self, station: Station, register: Lookup, spool: Path) -> None:
        self._station = station
        self._register = register
        self._spool = spool
        self._spool.mkdir(parents=True, exist_ok=True)
        self._kept: OrderedDict[Path, tuple[str, str | None]] = OrderedDict()  # body → lane, plate
        self._seen: OrderedDict[str, None] = OrderedDict()
        self._one_at_a_time: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)  # by lane
        self._times: defaultdict[tuple[str, str], PictureTimes] = defaultdict(PictureTimes)  # by lane and view
        self._log = structlog.get_logger()
        self.counts = {"pushes": 0, "repeats": 0, "rejected": 0}
        station.weighing_stored = self.release

    async def push(self, lane_id: str, request: Request, *, rear: bool = False) -> Response:
        self._admit(request)
        camera = self._camera(lane_id, rear=rear)
        if camera is None:
            known = [one.id for one in self._station.settings.lanes if (one.rear_camera if rear else one.camera)]
            raise HTTPException(404, f"no camera is set for lane {lane_id!r}; known: {', '.join(known)}")
        body = await bounded(request, PUSH_BYTES_MAX)
        try:
            await self.hear(lane_id, (body, request.headers.get("content-type", "")), rear=rear)
        except FrameError as error:
            raise HTTPException(422, f"not a {camera.protocol} push: {error}") from error
        except (OSError, JournalError) as error:
            raise HTTPException(503, f"not kept: {error}; push it again") from error
        content, media_type = PROTOCOLS[camera.protocol].reply
        return Response(content, media_type=media_type)

    async def hear(self, lane_id: str, said: Body, *, rear: bool = False) -> None:
        """What a lane's camera said, pushed or asked for. FrameError where it is no such camera's.

        OSError or JournalError where it could not be kept: then it is not remembered, and may be said again.
        """
        camera = self._camera(lane_id, rear=rear)
        assert camera is not None
        try:
            reading = PROTOCOLS[camera.protocol].decode(*said)
        except FrameError as error:
            self.counts["rejected"] += 1
            self._log.warning("camera_push_rejected", lane=lane_id, reason=str(error))
            raise
        self.counts["pushes"] += 1
        if reading is None:
            return  # a sign of life
        reading = _placed(reading, rear=rear)
        key = f"{lane_id}/{reading.event_id}"
        async with self._one_at_a_time[lane_id]:  # a repeat may come while the first is still being kept
            if key in self._seen:
                self.counts["repeats"] += 1
            else:
                await self._take(lane_id, reading, *said, rear=rear)
                self._remember(key)

    async def watched(self, lane_id: str, said: Body, *, rear: bool = False) -> None:
        """As `hear`, for a camera that is asked: it does not say things twice, so a failure is told."""
        try:
            await self.hear(lane_id, said, rear=rear)
        except FrameError:
            return  # counted and logged
        except (OSError, JournalError) as error:
            self._station.alarm("camera-event-not-kept", f"lane {lane_id}: {error}; is the disk full?")

    def _camera(self, lane_id: str, *, rear: bool) -> Camera | None:
        lane = next((one for one in self._station.settings.lanes if one.id == lane_id), None)
        return None if lane is None else lane.rear_camera if rear else lane.camera

    async def _take(self, lane_id: str, reading: PlateReading, body: bytes, content_type: str, *, rear: bool) -> None:
        """On disk, then to its lane."""
        head = SpoolHead(at_ms=self._now_ms(), lane=lane_id, type=content_type[:200], rear=rear)
        file = await asyncio.to_thread(_keep, self._spool, head, body)
        self._kept[file] = (lane_id, reading.plate)
        came_ms = self._station.clock.monotonic_ms()
        delay_ms = self._times[lane_id, reading.view].delay_ms(reading.device_time, came_ms)
        await self._deliver(file, lane_id, reading, delay_ms, rear=rear)

    def release(self, lane_id: str, plate: str | None) -> None:
        """A weighing holds what this lane's camera said of this plate: the bodies may go."""
        for file in [file for file, who in self._kept.items() if who == (lane_id, plate)]:
            self._forget(file)

    def _forget(self, file: Path) -> None:
        self._kept.pop(file, None)
        file.unlink(missing_ok=True)

    async def replay(self) -> None:
        """What a crash left in the spool: fresh plates go to their lane again, older ones become evidence entries."""
        for at_ms, lane_id, content_type, rear, body, file in sorted(self._spooled()):
            fresh = 0 <= self._now_ms() - at_ms < FRESH_MS
            camera = self._camera(lane_id, rear=rear)
            if camera is None:
                continue
            try:
                reading = PROTOCOLS[camera.protocol].decode(body, content_type)
            except FrameError as error:
                self._log.warning("spooled_push_unreadable", file=file.name, reason=str(error))
                continue
            if reading is None:
                continue
            reading = _placed(reading, rear=rear)
            self._kept[file] = (lane_id, reading.plate)
            self._remember(f"{lane_id}/{reading.event_id}")
            try:
                await self._deliver(file, lane_id, reading if fresh else replace(reading, late=True), rear=rear)
            except JournalError as error:  # it lies here until the next start; the site weighs meanwhile
                self._log.warning("spooled_push_not_stored", file=file.name, reason=str(error))

    def _spooled(self) -> Iterator[tuple[int, str, str, bool, bytes, Path]]:
        """When it came, for which lane, of what type, whether of its rear camera, the body, its file."""
        for file in self._spool.glob("*.push"):
            line, _, body = file.read_bytes().partition(b"\n")
            try:
                head = SpoolHead.model_validate_json(line)
            except ValidationError as error:
                self._log.warning("spooled_push_unreadable", file=file.name, reason=str(error))
            else:
                yield head.at_ms, head.lane, head.type, head.rear, body, file

    def _now_ms(self) -> int:
        return int(self._station.clock.now().timestamp() * 1000)

    def _admit(self, request: Request) -> None:
        if not comes_from(request, self._station.settings.web.cameras_from):
            self.counts["rejected"] += 1
            host = request.client.host if request.client else ""
            raise HTTPException(403, f"{host} is not in web.cameras_from of the site file")

    def _remember(self, key: str) -> None:
        self._seen[key] = None
        if len(self._seen) > SEEN_MAX:
            self._seen.popitem(last=False)
        while len(self._kept) > SPOOL_FILES_MAX:  # a picture can be missed, a record not
            self._forget(next(iter(self._kept)))

    async def _deliver(
        self, file: Path, lane_id: str, reading: PlateReading, delay_ms: int | None = None, *, rear: bool
    ) -> None:
        pictures = evidence_of(reading.pictures)
        sha256 = tuple(one.sha256 for one in pictures)
        camera = self._camera(lane_id, rear=rear)
        doubt = doubt_of(reading, 0 if camera is None else camera.confidence_min_percent)
        identity: Identity | None
        if doubt is None:
            identity = identify(reading, sha256, self._register)
        else:  # nobody is named by it: a person looks at the pictures
            identity = Identity(source="camera", confidence_percent=reading.confidence_percent, picture_sha256=sha256)
            self._station.alarm("plate-doubtful", f"lane {lane_id}: {masked(reading.plate)}: {doubt}")
            doubted = {"plate": reading.plate, "colour": reading.colour, "doubt": doubt, "device": reading.device}
            await self._station.evidence(lane_id, doubted, pictures)
        if reading.late:
            content = {"plate": reading.plate, "colour": reading.colour, "late": True, "device": reading.device}
            await self._station.evidence(lane_id, content, pictures)
            self._forget(file)
        elif identity is not None:
            await self._station.identified(lane_id, identity, pictures, delay_ms)


def _placed(reading: PlateReading, *, rear: bool) -> PlateReading:
    """As written on the plate; from a rear camera, of the rear."""
    reading = settled(reading)
    return replace(reading, view="rear") if rear else reading


def _keep(spool: Path, head: SpoolHead, body: bytes) -> Path:
    file = spool / f"{head.lane}-{hashlib.sha256(body).hexdigest()}.push"
    with open(file, "wb") as out:
        out.write(head.model_dump_json().encode() + b"\n" + body)
        out.flush()
        os.fsync(out.fileno())
    return file


def evidence_of(pictures: Iterable[Picture]) -> list[Evidence]:
    """Pictures under their hashes, as the journal keeps them."""
    return [Evidence(hashlib.sha256(one.content).hexdigest(), "image/jpeg", one.content) for one in pictures]
