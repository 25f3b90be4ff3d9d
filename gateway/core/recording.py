"""The one record of a passage: asked for once, asked for again only after the journal said that it failed."""

from collections.abc import Sequence
from typing import Literal

from gateway.core.effects import Record, ShowText
from gateway.core.vehicle import Identity, Measurement
from gateway.core.verdict import Judgement, Verdict

RETRY_MS = 5_000
Word = Literal["within", "tolerated", "over-rating", "overloaded", "passed", "exceeded", "undetermined", "listed"]


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
    """The verdict in one word. A vehicle that must wait is never told `within`, one that may go never to unload."""
    road, plate, gross_kg = judgement.road_limit, identity.plate, measurement.gross_kg
    if not measurement.sound:
        return ShowText("weigh-again", plate, None, road.limit_kg)
    over = [said for said in (road, judgement.posted_limit, judgement.vehicle_rating) if said.outcome == "exceeded"]
    limit_kg = over[0].limit_kg if over else road.limit_kg
    return ShowText(_word(judgement, over), plate, gross_kg, limit_kg)


def _word(judgement: Judgement, over: Sequence[Verdict]) -> Word:
    road = judgement.road_limit.outcome
    if judgement.held:
        listed = road == "within" and judgement.list_status != "unlisted"
        if over:
            return "overloaded" if over == [judgement.vehicle_rating] else "exceeded"
        return "listed" if listed else "undetermined"
    if judgement.action == "admit-within-tolerance":
        return "tolerated"
    if road == "undetermined":
        return "passed"
    return "over-rating" if over else "within"
