"""A finished vehicle record of another system, in the words of core: who, what was measured, and what nobody can say.

Nobody of this site saw the vehicle, so nothing moves for it, and law reads it as of a place where nobody enforces: a
lead, until people have reviewed it. What the source does not say is a flag; what speaks against its numbers takes the
verdict from it (`incomplete`).
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from drivers.cameras.chinese_plates import doubt_of, settled
from drivers.readings import PlateReading
from drivers.records import VehicleRecord
from gateway.clock import local_day
from gateway.contract.entry import instant
from gateway.core.grouping import group
from gateway.core.vehicle import Identity, Layout, Measurement
from gateway.core.verdict import Basis, Judgement
from gateway.identification import identify
from gateway.law.proof import Instrument, Proof
from gateway.records import identity, judgement, measurement
from gateway.register import Lookup
from gateway.settings import RecordsSource, SiteFacts

LATE = timedelta(days=31)
AHEAD = timedelta(minutes=5)
"""A source's clock is believed between these two around the moment of receipt."""
TEXT_MAX = 100
HARMLESS = ("over-limit", "escape")
"""Another system's own marks that say nothing against what it measured."""


@dataclass(frozen=True, slots=True)
class Received:
    """One record on its way into the journal. `raw_sha256`, `pictures`: of the bytes it came in, kept as evidence."""

    source: RecordsSource
    record: VehicleRecord
    raw_sha256: str
    at: datetime
    pictures: tuple[str, ...] = ()

    @property
    def weighed_at(self) -> datetime:
        """By the source's clock, where that can be believed; else when it came."""
        told = self.record.at
        return told if told is not None and self.at - LATE <= told <= self.at + AHEAD else self.at

    @property
    def sha256(self) -> str:
        """Of all it says: the same record in another file is the same record."""
        said = json.dumps(asdict(self.record), default=str, sort_keys=True)
        return hashlib.sha256(said.encode("utf-8", "backslashreplace")).hexdigest()

    @property
    def key(self) -> str:
        """What makes it this record and no other: the source's own id and time, else all it says.

        One with neither id nor time is told from its like by when it came alone.
        """
        record = self.record
        told = "" if record.at is None else instant(record.at)
        if record.id:
            return f"{_clean(record.id)} {told}"
        return self.sha256 if told else f"{self.sha256} {self.at.isoformat()}"

    @property
    def passage(self) -> int:
        """The number under which the journal keeps one weighing of this source once: 52 bits of the key's hash."""
        return int.from_bytes(hashlib.sha256(self.key.encode()).digest()[:8]) >> 12


def measured(came: Received) -> Measurement:
    """Whole kilograms and mm/s, with a flag for each thing that is missing or doubtful."""
    record = came.record
    speed = record.speed_km_h
    return Measurement(
        gross_kg=None if record.gross_kg is None else _whole(record.gross_kg),
        axle_loads_kg=tuple(map(_whole, record.axle_loads_kg)) or None,
        spacings_mm=record.spacings_mm or None,
        speed_mm_s=None if speed is None else _whole(speed * 1_000_000 / 3600),
        flags=_flags(came),
    )


def _flags(came: Received) -> tuple[str, ...]:
    record = came.record
    marks = [mark for mark in map(_clean, record.flags) if mark not in HARMLESS]
    said = {
        "finished-elsewhere": True,
        "incomplete": bool(record.doubts or marks),
        "plate-not-told": record.plate is None and record.rear_plate is None,
        "plate-doubtful": doubt_of(_reading(record), 0) is not None,
        "gross-not-told": record.gross_kg is None,
        "axles-not-told": not record.axle_loads_kg,
        "time-not-told": record.at is None,
        "time-not-believed": record.at is not None and came.weighed_at != record.at,
        "repeat-not-excluded": not record.id and record.at is None,
    }
    return tuple(flag for flag, holds in said.items() if holds)


def identified(came: Received, register: Lookup) -> Identity:
    """Whose plate the source read, with the register's facts; a plate in doubt names nobody."""
    record = came.record
    reading = _reading(record)
    named = None if doubt_of(reading, 0) is not None else identify(reading, (), register)
    who = named or Identity()
    rear = record.rear_plate or who.rear_plate
    who = replace(who, source="record", rear_plate=rear, picture_sha256=came.pictures)
    layout, told = _layout(came), who.vehicle
    if layout is None:
        return who
    sources = {**told.sources, "layout": "scale"}
    return replace(who, vehicle=replace(told, layout=layout, sources=sources))


def _reading(record: VehicleRecord) -> PlateReading:
    return settled(PlateReading(record.plate, record.colour, None, event_id=""))


def _layout(came: Received) -> Layout | None:
    """As the spacings have it, where the site file says what a group is and each axle has its place."""
    spacings, threshold_mm = came.record.spacings_mm, came.source.group_spacing_mm
    if threshold_mm is None or not spacings or len(spacings) != len(came.record.axle_loads_kg) - 1:
        return None
    return group(spacings, threshold_mm)


def instrument(came: Received) -> Instrument:
    """What weighed, by the site file: the record itself says nothing of it."""
    source, loads = came.source, came.record.axle_loads_kg
    expired = source.valid_until < local_day(came.weighed_at)
    certificate = "missing" if not source.certificate.strip() else "expired" if expired else "in-force"
    return Instrument(source.class_, source.interval_kg, len(loads) or None, None, certificate)  # type: ignore[arg-type]


def content(
    came: Received,
    passage: int,
    place: SiteFacts,
    who: Identity,
    said: Judgement,
    *,
    dossier: Mapping[str, Any],
    proofs: Mapping[Basis, Proof],
) -> dict[str, Any]:
    """A `weighing` entry's content, as a lane's own; under `finished` whose record it was. Personal data stays out.

    Its action is null: no lane did anything, and nobody is held who could be let go.
    """
    record, source = came.record, came.source
    when = instant(came.weighed_at)
    facts = {"interval_kg", "serial_number", "certificate", "issuer", "valid_until"}
    return {
        "passage": passage,
        "opened_at": when,
        "settled_at": when,
        "check": "first",
        "parent": None,
        "place": place.model_dump(mode="json", exclude={"id"}),
        "instrument": {
            **source.model_dump(mode="json", include=facts),
            "protocol": source.format,
            "unit": "kg",
            "class": source.class_,
            "expired": source.valid_until < local_day(came.weighed_at),
        },
        "identity": identity(who),
        "measurement": measurement(measured(came)),
        "judgement": {**judgement(said, proofs), "action": None, "release_grounds": []},
        "dossier": dict(dossier),
        "finished": {
            "key": came.key,
            "sha256": came.sha256,
            "raw_sha256": came.raw_sha256,
            "received_at": instant(came.at),
            "told_at": None if record.at is None else instant(record.at),
            "id": _clean(record.id),
            "site": _clean(record.site),
            "lane": _clean(record.lane),
            "plate": record.plate and _clean(record.plate),
            "flags": [_clean(one) for one in record.flags],
            "doubts": [_clean(one) for one in record.doubts],
        },
    }


def _whole(number: Decimal) -> int:
    return int(number.to_integral_value(ROUND_HALF_UP))


def _clean(text: str) -> str:
    """What an entry can hold for ever: half a surrogate pair or a control code is left out."""
    return "".join(one for one in text[:TEXT_MAX] if one.isprintable())
