"""Finished records of other systems, kept as weighing entries, each once.

No lane hears of them: a record moves no barrier, holds nobody, opens no gate and ends no hold.
"""

import asyncio
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from drivers.records import FORMATS, BadLine, VehicleRecord, read_lines
from gateway.downlink.in_force import InForce, RegisterInForce
from gateway.errors import GatewayError
from gateway.finished import Received, content, identified, instrument, measured
from gateway.history import document_of
from gateway.judging import SiteJudge
from gateway.ports import Draft, Evidence
from gateway.records import personal
from gateway.settings import RecordsSource
from gateway.station import Station

PROBES_MAX = 8


class TooMany(GatewayError):  # noqa: N818 - an answer to a sender, not a fault of ours
    """More records at once than are taken; nothing was kept."""


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


@dataclass(slots=True)
class Told:
    """What came of it: records that are new, records that were here before, and what was refused and why."""

    stored: int = 0
    repeats: int = 0
    refused: list[dict[str, Any]] = field(default_factory=list)


class RecordDesk:
    """Takes what a site's `[[records]]` sources send or leave in a folder."""

    def __init__(self, station: Station, in_force: InForce) -> None:
        self._station, self._in_force = station, in_force
        site = station.settings.site.model_copy(update={"enforcement_mode": "unattended"})
        self._settings = station.settings.model_copy(update={"site": site})
        self._register = RegisterInForce(in_force, station.clock.now)
        self._one_at_a_time = asyncio.Lock()
        self.counts = {"stored": 0, "repeats": 0, "refused": 0}

    @property
    def names(self) -> list[str]:
        return [one.id for one in self._settings.records]

    def source(self, source_id: str) -> RecordsSource | None:
        return next((one for one in self._settings.records if one.id == source_id), None)

    async def take(
        self, source: RecordsSource, body: bytes, pictures: Sequence[Evidence] = (), *, records_max: int
    ) -> Told:
        """Every record in one message or file; the bytes, and the message's pictures, are its evidence.

        Raises:
            FrameError: the message is no record of the source's format.
            TooMany: more than `records_max`.
            JournalError: the rest was not kept; what was kept is found to be a repeat when it is taken again.
        """
        found = list(islice(_read(source, body), records_max + 1))
        if len(found) > records_max:
            raise TooMany(f"more than {records_max} records at once; nothing was kept: send it in pieces")
        raw = Evidence(hashlib.sha256(body).hexdigest(), "application/octet-stream", body)
        told = Told()
        for one in found:
            if isinstance(one, BadLine):
                told.refused.append({"line": one.number, "reason": one.reason})
                continue
            came = Received(source, one, raw.sha256, self._station.clock.now(), tuple(one.sha256 for one in pictures))
            try:
                async with self._one_at_a_time:
                    fresh = await self._store(came, [raw, *pictures])
            except OtherRecord as error:
                told.refused.append({"record": one.id, "reason": str(error)})
                continue
            told.stored += fresh
            told.repeats += not fresh
        self.counts["stored"] += told.stored
        self.counts["repeats"] += told.repeats
        if told.refused:
            self.refused(source, told.refused[0]["reason"], len(told.refused))
        return told

    def refused(self, source: RecordsSource, why: str, count: int = 1) -> None:
        """Count it and tell a person."""
        self.counts["refused"] += count
        self._station.alarm("record-refused", f"source {source.id}: {count} refused: {why}")

    async def _store(self, came: Received, evidence: Sequence[Evidence]) -> bool:
        """Whether it was new. The journal keeps one weighing per source and number; another key takes the next."""
        for probe in range(PROBES_MAX):
            draft = self._draft(came, came.passage + probe, evidence)
            entry, fresh = await self._station.finished(draft)
            kept = document_of(entry)["content"]["finished"]
            if kept["key"] != came.key:
                continue
            if kept["sha256"] != came.sha256:
                raise OtherRecord(f"{came.key}: told before with other values, kept as {entry.id}")
            return fresh
        raise OtherRecord(f"{came.key}: no number free for it")

    def _draft(self, came: Received, passage: int, evidence: Sequence[Evidence]) -> Draft:
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
            0 if said.road_limit.outcome == "exceeded" else 1, evidence, personal(who),
        )  # fmt: skip


def _read(source: RecordsSource, body: bytes) -> Iterator[VehicleRecord | BadLine]:
    form = FORMATS[source.format]
    if form.lines is not None:
        yield from read_lines(form, iter([body]))
    elif (record := form.decode(body)) is not None:
        yield record
