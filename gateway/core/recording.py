"""The one record of a passage: asked for once, asked for again only after the journal said that it failed."""

from gateway.core.effects import Record, ShowText
from gateway.core.vehicle import Identity, Measurement
from gateway.core.verdict import Judgement

RETRY_MS = 5_000


class Recording:
    """A record on its way to the disk."""

    __slots__ = ("_failed_ms", "record")

    def __init__(self, record: Record) -> None:
        self.record = record
        self._failed_ms: int | None = None

    def fail(self, at_ms: int) -> None:
        self._failed_ms = at_ms

    def retry(self, at_ms: int) -> Record | None:
        """The record once more, `RETRY_MS` after it failed; None while its answer is still out."""
        if self._failed_ms is None or at_ms - self._failed_ms < RETRY_MS:
            return None
        self._failed_ms = None
        return self.record

    def text(self) -> ShowText:
        """What the sign may say once the record is durable."""
        return verdict_text(self.record.identity, self.record.measurement, self.record.judgement)


def verdict_text(identity: Identity, measurement: Measurement, judgement: Judgement) -> ShowText:
    """The verdict in one word. A vehicle that must wait is never told `within`."""
    road = judgement.road_limit
    bases = (road, judgement.vehicle_rating, judgement.posted_limit)
    limit_kg = road.limit_kg
    if not measurement.sound:
        return ShowText("weigh-again", identity.plate, None, limit_kg)
    if any(verdict.outcome == "exceeded" for verdict in bases):
        return ShowText("exceeded", identity.plate, measurement.gross_kg, limit_kg)
    if road.outcome == "undetermined" or judgement.held:
        return ShowText("undetermined", identity.plate, measurement.gross_kg, limit_kg)
    return ShowText("within", identity.plate, measurement.gross_kg, limit_kg)
